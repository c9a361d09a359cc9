"""Consult: severity, suitability with reasons and sources, the other treatments and their order.

`consult(intake)` answers per site; `clearance_for(...)` gives the leave to prescribe, or raises `NotCleared`.
"""

from ionto.consult.consultation import (
    Clearance,
    Consultation,
    Finding,
    NotCleared,
    PrimaryFocal,
    Question,
    Severity,
    SiteConsultation,
    TreatmentOption,
)
from ionto.consult.decide import clearance_for, consult
from ionto.consult.intake import HistoryItem, Intake, Patient, SiteIntake, TriedTreatment

__all__ = [
    "Clearance",
    "Consultation",
    "Finding",
    "HistoryItem",
    "Intake",
    "NotCleared",
    "Patient",
    "PrimaryFocal",
    "Question",
    "Severity",
    "SiteConsultation",
    "SiteIntake",
    "TreatmentOption",
    "TriedTreatment",
    "clearance_for",
    "consult",
]
