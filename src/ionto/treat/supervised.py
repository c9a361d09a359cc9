"""A current source with the supervisor before it: what it does not let through does not reach the device."""

from __future__ import annotations

from dataclasses import dataclass, field

from ionto.treat.events import SessionPlan
from ionto.treat.source import Command, CurrentSource, CutOff, Reading, SetCurrent, TurnAnode
from ionto.treat.supervisor import OVER_MA, Bounds, Supervision, current_asked, seen, turn_asked

# Contact checks, ramps and a few resumptions, beside the time and charge that were prescribed [IONTO].
BESIDE_S = 600.0
BESIDE_MIN = 3.0


def bounds_of(plan: SessionPlan) -> Bounds:
    """What the session of this plan may never pass."""
    return Bounds(
        current_ma=plan.cap_current_ma,
        area_cm2=plan.contact_area_cm2,
        charge_ma_min=plan.cap_current_ma * (plan.duration_min + BESIDE_MIN),
        energised_s=plan.duration_min * 60 + BESIDE_S,
        excess_ma=OVER_MA if plan.is_measured else plan.cap_current_ma,
    )


@dataclass(slots=True)
class SupervisedSource:
    """A `CurrentSource` that lowers or cuts what another one is told. `cut` says why, once it has cut."""

    source: CurrentSource
    bounds: Bounds
    now: Supervision = field(default_factory=Supervision)

    @property
    def cut(self) -> str | None:
        return self.now.cut

    def obey(self, command: Command, t_s: float) -> None:
        match command:
            case SetCurrent(current_ma=asked_ma):
                self.now, allowed_ma = current_asked(self.now, self.bounds, t_s, asked_ma)
                if self.now.cut is None:
                    command = SetCurrent(current_ma=allowed_ma, voltage_limit_v=command.voltage_limit_v)
            case TurnAnode(anode=anode):
                self.now, _ = turn_asked(self.now, t_s, anode)
        self.source.obey(command if self.now.cut is None else CutOff(), t_s)

    def read(self, t_s: float) -> Reading:
        reading = self.source.read(t_s)
        self.now = seen(self.now, self.bounds, t_s, reading.current_ma, reading.voltage_v, reading.anode)
        if self.now.cut is not None:
            self.source.obey(CutOff(), t_s)
        return reading
