"""What can be made to go wrong on purpose, by name and moment, so that a session's answer to it can be seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class FaultName(StrEnum):
    """The faults that a rehearsal may call for. The last four happen to host or person: the runner makes them."""

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

    @property
    def happens_to_device(self) -> bool:
        return self not in {
            FaultName.HOST_KILLED,
            FaultName.PAIN_REPORTED,
            FaultName.STOP_PRESSED,
            FaultName.CLOCK_JUMP,
        }


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
