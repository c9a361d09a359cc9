"""Consult: severity, suitability with reasons and sources, the other treatments and their order.

`consult(intake, policy)` answers per site; `clearance_for(...)` gives the leave to prescribe, or raises `NotCleared`.
"""

from ionto.consult.consultation import (
    Clearance,
    Consultation,
    Expectation,
    Finding,
    HouseDecision,
    NotCleared,
    PrimaryFocal,
    Question,
    Said,
    ScaleReading,
    Severity,
    SiteConsultation,
    TreatmentOption,
    WeighedSweat,
)
from ionto.consult.decide import ANSWERS_HOLD_DAYS, clearance_for, consult, outdated
from ionto.consult.expect import expectations_for
from ionto.consult.intake import Gravimetry, HistoryItem, Intake, Patient, SiteIntake, TriedTreatment
from ionto.consult.policy import STRICTEST, Policy, policies, policy_named

__all__ = [
    "ANSWERS_HOLD_DAYS",
    "STRICTEST",
    "Clearance",
    "Consultation",
    "Expectation",
    "Finding",
    "Gravimetry",
    "HistoryItem",
    "HouseDecision",
    "Intake",
    "NotCleared",
    "Patient",
    "Policy",
    "PrimaryFocal",
    "Question",
    "Said",
    "ScaleReading",
    "Severity",
    "SiteConsultation",
    "SiteIntake",
    "TreatmentOption",
    "TriedTreatment",
    "WeighedSweat",
    "clearance_for",
    "consult",
    "expectations_for",
    "outdated",
    "policies",
    "policy_named",
]
