"""One scenario on one skin: a healthy session up to the moment, then what goes wrong, watched to the end.

The healthy beginning is the same for every scenario of a skin, site and water, so it is played once (`Prelude`) and
each scenario goes on from a copy of it. Time passes in the runner's steps; nothing here decides what a session does.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ionto.hazards.gauge import Gauge, Measures
from ionto.hazards.table import Moment, Scenario
from ionto.simulate.circuit import CircuitTraits
from ionto.treat.devices.faults import FaultName, InjectedFault
from ionto.treat.devices.simulated import SimulatedSource
from ionto.treat.events import Event, Read, SessionPlan, Started, Supervised
from ionto.treat.guards import GUARDS, Guards
from ionto.treat.runner import JUMP_S, PRESSES, TICK_S
from ionto.treat.session import Session, accepts, advance, begin
from ionto.treat.source import Command, CurrentSource, SetCurrent, TurnAnode
from ionto.treat.supervised import SupervisedSource, bounds_of
from ionto.treat.supervisor import Supervision
from ionto.treat.table import Phase

# The prelude holds so briefly; from the moment on the session has its whole time.
PRELUDE_MIN = 0.1
PRELUDE_PATIENCE_S = 240.0
# While nothing goes wrong and nobody is heard, the host looks less often: the same happens, in fewer steps.
QUIET_TICK_S = 4 * TICK_S
# What goes wrong does so between two ticks.
BETWEEN_TICKS_S = TICK_S / 2
# So much is left of a charge or a time that is all but spent.
LEFT_MA_MIN, LEFT_S = 0.5, 1.0

# Each moment by its phase and half, and how long or how far the phase must have gone.
_IN_PHASE: dict[Moment, tuple[Phase, int, Callable[[Session], bool]]] = {
    "in_self_test": (Phase.SELF_TESTING, 1, lambda session: _since_s(session) >= 0.5),
    "in_turning": (Phase.TURNING, 1, lambda session: _since_s(session) >= 0.5),
    "in_contact_check": (Phase.CHECKING_CONTACT, 1, lambda session: _since_s(session) >= 0.5),
    "in_ramp_up": (Phase.RAMPING_UP, 1, lambda session: _is_half_way(session)),
    "in_hold": (Phase.HOLDING, 1, lambda session: _since_s(session) >= 1.0),
    "in_ramp_down": (Phase.RAMPING_DOWN, 1, lambda session: session.commanded_ma <= session.aim_ma / 2),
    "in_second_turning": (Phase.TURNING, 2, lambda session: _since_s(session) >= 0.5),
    "in_second_contact_check": (Phase.CHECKING_CONTACT, 2, lambda session: _since_s(session) >= 0.5),
    "in_second_ramp_up": (Phase.RAMPING_UP, 2, lambda session: _is_half_way(session)),
    "in_second_hold": (Phase.HOLDING, 2, lambda session: _since_s(session) >= 1.0),
    "in_last_ramp_down": (Phase.RAMPING_DOWN, 2, lambda session: session.commanded_ma <= session.aim_ma / 2),
}
_OF_HOST = frozenset({FaultName.HOST_KILLED, FaultName.CLOCK_JUMP})
# The device's own protection, and the fault that breaks it.
_PROTECTS = {
    "heartbeat": FaultName.HEARTBEAT_LOST,
    "limiter": FaultName.LIMITER_LOST,
    "relay": FaultName.TURNS_LOADED,
}


class NotPlayed(Exception):
    """A run could not be played, and why. It counts as a failure of the suite."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session in the middle: the fold, the device and what the supervisor remembers, at one time."""

    session: Session
    device: SimulatedSource
    supervision: Supervision
    t_s: float


@dataclass(slots=True)
class Prelude:
    """A healthy session of this plan on this circuit, played as far as it was asked for."""

    plan: SessionPlan
    traits: CircuitTraits
    seed: int = 0
    snapshots: dict[Moment, Snapshot] = field(default_factory=dict)
    _played: Iterator[Snapshot] | None = None

    def at(self, moment: Moment) -> Snapshot:
        """The session at this moment.

        Raises
        ------
        NotPlayed
            When the session ends before it comes.
        """
        if self._played is None:
            self._played = self._healthy()
        while moment not in self.snapshots:
            now = next(self._played, None)
            if now is None:
                raise NotPlayed(f"the healthy session never came to {moment.replace('_', ' ')}")
            session = now.session
            for name, (phase, half_count, is_there) in _IN_PHASE.items():
                is_new = name not in self.snapshots and session.phase is phase and session.half_count == half_count
                if is_new and is_there(session):
                    self.snapshots[name] = replace(now, device=now.device.copied())
        return self.snapshots[moment]

    def _healthy(self) -> Iterator[Snapshot]:
        device = SimulatedSource(self.traits, voltage_limit_v=self.plan.voltage_limit_v, seed=self.seed)
        source = SupervisedSource(device, bounds_of(self.plan))
        host = Host(begin(_lasting(self.plan, PRELUDE_MIN)), source, GUARDS)
        host.put(Started(t_s=0.0), 0.0)
        t_s = 0.0
        while not host.has_ended and t_s < PRELUDE_PATIENCE_S:
            t_s = round(t_s + QUIET_TICK_S, 4)
            host.tick(t_s)
            yield Snapshot(host.session, device, source.now, t_s)


@dataclass(slots=True)
class Host:
    """The runner's loop, one step at a time: what is read is put to the session, and its commands are obeyed."""

    session: Session
    source: CurrentSource
    guards: Guards
    follows_limit: bool = True
    keeps_lead: bool = True
    jumped_s: float = 0.0

    @property
    def has_ended(self) -> bool:
        return self.session.has_ended

    def tick(self, t_s: float) -> None:
        seen = self.source.read(t_s)
        at_s = t_s + self.jumped_s
        reading = Read(
            t_s=at_s,
            read_at_s=seen.read_at_s + self.jumped_s,
            current_ma=seen.current_ma,
            voltage_v=seen.voltage_v,
            anode=seen.anode,
        )
        self.put(reading, t_s)
        cut = self.source.cut if isinstance(self.source, SupervisedSource) else None
        if cut is not None and not self.has_ended:
            self.put(Supervised(t_s=at_s, reason=cut), t_s)

    def put(self, event: Event, t_s: float) -> None:
        if not accepts(self.session, event):
            return
        self.session, commands = advance(self.session, event, guards=self.guards)
        for command in commands:
            self._obeyed(command, t_s)

    def begins_without(self, t_s: float) -> None:
        """What was left out is not in the last command either."""
        if not (self.follows_limit and self.keeps_lead) and self.session.commanded_ma > 0:
            limit_v = self.session.voltage_limit_v
            self._obeyed(SetCurrent(current_ma=self.session.commanded_ma, voltage_limit_v=limit_v), t_s)

    def _obeyed(self, command: Command, t_s: float) -> None:
        if isinstance(command, SetCurrent) and not self.follows_limit:
            command = replace(command, voltage_limit_v=math.inf)
        if isinstance(command, SetCurrent) and not self.keeps_lead and self.session.phase is Phase.HOLDING:
            command = replace(command, current_ma=self.session.aim_ma)
        self.source.obey(command, t_s)


@dataclass(slots=True)
class Controller:
    """Another program than ours at the same device, in the middle of its session: what was found in open projects.

    In one the ramp down never runs and "ended" is said with the output on [KAIZOKU]; it falls silent then, or goes on
    reading. Another starts at full current, and both turn the poles under it [APOTATOA].
    """

    name: str
    source: CurrentSource
    current_ma: float

    @property
    def has_ended(self) -> bool:
        is_cut = isinstance(self.source, SupervisedSource) and self.source.cut is not None
        return is_cut or self.name == "never_ramps_down"

    def tick(self, t_s: float) -> None:
        seen = self.source.read(t_s)
        if self.name == "flips_under_current":
            self.source.obey(TurnAnode(anode=seen.anode.other), t_s)
            self.name = "has_flipped"
        elif self.name == "starts_at_full_current":
            self.source.obey(SetCurrent(current_ma=self.current_ma), t_s)

    def put(self, event: Event, t_s: float) -> None:
        """It has no buttons."""


def played(scenario: Scenario, start: Snapshot, plan: SessionPlan, left_out: Iterable[str]) -> tuple[Measures, bool]:
    """What was measured from the moment on, with these controls left out; and whether it is over for good."""
    missing = frozenset(left_out)
    from_s = start.t_s + BETWEEN_TICKS_S
    to_device, to_host = _what_comes(scenario, from_s, missing)
    device = start.device.copied(faults=to_device)
    gauge = Gauge(device, start.t_s, from_s=from_s, cap_ma=plan.cap_current_ma)
    device.witness = gauge
    source: CurrentSource = device
    if "supervisor" not in missing:
        source = SupervisedSource(device, bounds_of(plan), _spent(start.supervision, plan, scenario.play.spent))
    host: Host | Controller
    if scenario.play.controller is not None:
        host = Controller(scenario.play.controller, source, plan.current_ma)
    else:
        guards = frozenset(g for g in GUARDS if "guards" not in missing and f"guard:{g}" not in missing)
        session = replace(start.session, plan=plan)
        host = Host(session, source, guards, "voltage_limit" not in missing, "lead" not in missing)
        host.begins_without(start.t_s)
    until_s = round(start.t_s + scenario.hazard.watched_s, 4)
    _played_on(host, device, gauge, to_host, start.t_s, until_s, hears="presses" not in missing)
    device.wait_until(until_s)
    gauge(max(until_s, gauge.t_s), device.flowing, device.anode)
    return gauge.measures(), host.has_ended or scenario.play.controller is not None


def _played_on(
    host: Host | Controller,
    device: SimulatedSource,
    gauge: Gauge,
    to_host: list[tuple[float, FaultName]],
    t_s: float,
    until_s: float,
    *,
    hears: bool,
) -> None:
    """Tick by tick until it is over, until the host dies, or until the end of what is watched."""
    last_s = max((fault.until_s if fault.lasts_s < math.inf else fault.at_s for fault in device.faults), default=t_s)
    tick_s = TICK_S if device.faults or (to_host and hears) else QUIET_TICK_S
    while not host.has_ended and t_s < until_s:
        t_s = round(min(t_s + tick_s, until_s), 4)
        while to_host and to_host[0][0] <= t_s:
            name = to_host.pop(0)[1]
            if name is FaultName.HOST_KILLED:
                return
            if name is FaultName.CLOCK_JUMP and isinstance(host, Host):
                host.jumped_s += JUMP_S
            elif name in PRESSES and hears:
                host.put(PRESSES[name](t_s=t_s), t_s)
        if host.has_ended:
            return
        host.tick(t_s)
        is_paused = isinstance(host, Host) and host.session.phase is Phase.PAUSED
        if is_paused and gauge.is_at_rest and not to_host and t_s > last_s:
            return


def _what_comes(
    scenario: Scenario, from_s: float, missing: frozenset[str]
) -> tuple[list[InjectedFault], list[tuple[float, FaultName]]]:
    """The faults of the device, and what happens to the host or is pressed, at their times."""
    broken = [InjectedFault(fault, from_s) for control, fault in _PROTECTS.items() if control in missing]
    to_host = []
    for coming in scenario.play.coming:
        at_s = round(from_s + coming.after_s, 4)
        if coming.name.happens_to_device:
            broken.append(InjectedFault(coming.name, at_s, coming.lasts_s or math.inf))
        else:
            to_host.append((at_s, coming.name))
    return broken, sorted(to_host)


def _spent(now: Supervision, plan: SessionPlan, spent: str | None) -> Supervision:
    """What the supervisor remembers after a session that is all but over: set, for to play it would take too long."""
    bounds = bounds_of(plan)
    if spent == "charge":
        return replace(now, charge_ma_min=bounds.charge_ma_min - LEFT_MA_MIN)
    return replace(now, energised_s=bounds.energised_s - LEFT_S) if spent == "time" else now


def _lasting(plan: SessionPlan, duration_min: float) -> SessionPlan:
    """The plan with another duration; not checked anew, for a plan of a run without the cap would be refused."""
    other = copy.copy(plan)
    object.__setattr__(other, "duration_min", duration_min)
    return other


def _since_s(session: Session) -> float:
    return session.t_s - session.entered_at_s


def _is_half_way(session: Session) -> bool:
    return _since_s(session) >= session.aim_ma / session.plan.ramp_ma_per_s / 2
