"""What can be made to go wrong on purpose, by name and moment, so that a session's answer to it can be seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class FaultName(StrEnum):
    """What a rehearsal may call for: to the circuit, to the device, to its measurement, to the host or the person."""

    CONTACT_LOST = "contact_lost"
    SHORT_CIRCUIT = "short_circuit"
    OVERCURRENT = "overcurrent"
    RUNAWAY_SOURCE = "runaway_source"
    STUCK_POLARITY = "stuck_polarity"
    ADC_FROZEN = "adc_frozen"
    LINK_LOST = "link_lost"
    HOST_KILLED = "host_killed"
    PAIN_REPORTED = "pain_reported"
    STOP_PRESSED = "stop_pressed"
    CLOCK_JUMP = "clock_jump"
    # To the circuit.
    LIMB_LIFTED = "limb_lifted"
    PARTIAL_CONTACT = "partial_contact"
    SKIN_DRIES = "skin_dries"
    BRIDGED = "bridged"
    METAL_TOUCHED = "metal_touched"
    WATER_SALTED = "water_salted"
    # To the device.
    POLARITY_FLIPPED = "polarity_flipped"
    TURNS_LOADED = "turns_loaded"
    NEVER_RAMPS_DOWN = "never_ramps_down"
    CUT_IGNORED = "cut_ignored"
    VOLTAGE_LIMIT_LOST = "voltage_limit_lost"
    HEARTBEAT_LOST = "heartbeat_lost"
    LIMITER_LOST = "limiter_lost"
    SPIKES = "spikes"
    LOOP_MISLED = "loop_misled"
    # To its measurement.
    READING_MISSING = "reading_missing"
    READING_NEGATIVE = "reading_negative"
    READING_HIGH = "reading_high"
    READING_LOW = "reading_low"
    READING_STALE = "reading_stale"
    # To the host or the person.
    PAUSE_PRESSED = "pause_pressed"
    RESUME_PRESSED = "resume_pressed"
    LESS_ASKED = "less_asked"
    MORE_ASKED = "more_asked"
    END_ASKED = "end_asked"

    @property
    def happens_to_device(self) -> bool:
        return self not in _TO_HOST_OR_PERSON


_TO_HOST_OR_PERSON = frozenset(
    {
        FaultName.HOST_KILLED,
        FaultName.PAIN_REPORTED,
        FaultName.STOP_PRESSED,
        FaultName.CLOCK_JUMP,
        FaultName.PAUSE_PRESSED,
        FaultName.RESUME_PRESSED,
        FaultName.LESS_ASKED,
        FaultName.MORE_ASKED,
        FaultName.END_ASKED,
    }
)


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """One fault from `at_s` on; for good, or for as long as it lasts (a hand lifted out and put back)."""

    name: FaultName
    at_s: float
    lasts_s: float = math.inf

    def __post_init__(self) -> None:
        if not (math.isfinite(self.at_s) and self.at_s >= 0 and self.lasts_s > 0):
            raise ValueError(f"{self.name} wants a moment from 0 s on, and a time to last")

    @property
    def until_s(self) -> float:
        return self.at_s + self.lasts_s

    def holds_at(self, t_s: float) -> bool:
        """Whether the fault is there at this moment."""
        return self.at_s <= t_s < self.until_s
