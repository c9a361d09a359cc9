"""Prescribe: a protocol made personal, under limits that only go down."""

from ionto.prescribe.decide import claims_of, plan_for, prescribe
from ionto.prescribe.prescription import Claim, Plan, PlannedSession, Prescription
from ionto.prescribe.protocol import (
    NotPrescribable,
    ProtocolVersion,
    TreatmentDevice,
    TreatmentProtocol,
    devices,
    protocol_for,
    protocols,
)

__all__ = [
    "Claim",
    "NotPrescribable",
    "Plan",
    "PlannedSession",
    "Prescription",
    "ProtocolVersion",
    "TreatmentDevice",
    "TreatmentProtocol",
    "claims_of",
    "devices",
    "plan_for",
    "prescribe",
    "protocol_for",
    "protocols",
]
