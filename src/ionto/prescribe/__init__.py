"""Prescribe: a protocol made personal, under limits that only go down, for the device that will run it."""

from ionto.prescribe.check import check_device
from ionto.prescribe.decide import prescribe, protocol_suiting
from ionto.prescribe.device import TreatmentDevice, devices
from ionto.prescribe.plan import claims_of, plan_for
from ionto.prescribe.polarity import habit_in, next_first_anode, polarity_habits
from ionto.prescribe.prescription import Claim, Plan, PlannedSession, Prescription
from ionto.prescribe.preview import preview
from ionto.prescribe.protocol import (
    NotPrescribable,
    ProtocolVersion,
    TreatmentProtocol,
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
    "check_device",
    "claims_of",
    "devices",
    "habit_in",
    "next_first_anode",
    "plan_for",
    "polarity_habits",
    "prescribe",
    "preview",
    "protocol_for",
    "protocol_suiting",
    "protocols",
]
