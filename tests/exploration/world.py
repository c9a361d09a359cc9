"""A small world for the session to be explored in: coarse time, few currents, and a device that does what it likes.

Every number in it is a multiple of 1/8 or of the session's own whole microamperes, and time is counted from the last
event, so that two sessions that will behave alike for ever have the same `key`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from ionto.treat import guards, session, table
from ionto.treat.events import (
    EndAsked,
    Event,
    LessAsked,
    MoreAsked,
    PainReported,
    PausePressed,
    Press,
    Read,
    ResumePressed,
    SessionPlan,
    Started,
    StopPressed,
    Supervised,
)
from ionto.treat.session import Session
from ionto.words.terms import PolarityHabit, Side, Site, Waveform

TICK_S = 1.0
NEVER = 10**9
NORMAL_KOHM = 2.5
# The session's patience, shortened; its thresholds are its own.
SMALL = {
    "PAUSE_PATIENCE_S": 3.0,
    "CONTACT_PATIENCE_S": 3.0,
    "MORE_REST_S": 2.0,
    "NOT_REACHED_S": 2.0,
    "FROZEN_COUNT": NEVER,
    "RAMPS_MIN": 1e9,
}
PLAN = SessionPlan(
    site=Site.PALMS,
    waveform=Waveform.DC,
    current_ma=2.0,
    cap_current_ma=2.5,
    ramp_ma_per_s=1.0,
    duration_min=2 / 60,
    polarity=PolarityHabit.REVERSE_AT_HALF_TIME,
    first_anode=Side.RIGHT,
    contact_area_cm2=163.5,
    voltage_limit_v=58.0,
)
PRESSES: tuple[type[Press], ...] = (StopPressed, PainReported, PausePressed, ResumePressed, EndAsked)
COMFORT: tuple[type[Press], ...] = (LessAsked, MoreAsked)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the device shows: `current_ma` and `kohm` as functions of what it was told."""

    name: str
    current_ma: float | None = None
    above_ma: float = 0.0
    kohm: float = NORMAL_KOHM
    voltage_v: float | None = None
    late_s: float = 0.0
    turned: bool = False
    frozen: bool = False

    def reading(self, now: Session) -> Read:
        t_s = now.t_s + TICK_S
        if self.frozen and now.reading is not None:
            return replace(now.reading, t_s=t_s, read_at_s=t_s)
        asked_ma = now.commanded_ma
        current_ma = asked_ma + self.above_ma if self.current_ma is None else self.current_ma
        if self.name == "limited":
            current_ma = min(asked_ma, 1.0)
        voltage_v = self.kohm * current_ma if self.voltage_v is None else self.voltage_v
        anode = now.anode.other if self.turned else now.anode
        return Read(t_s=t_s, read_at_s=t_s - self.late_s, current_ma=current_ma, voltage_v=voltage_v, anode=anode)


SITUATIONS = (
    Situation("normal"),
    Situation("limited"),
    Situation("weak", kohm=4.0),
    Situation("bridged", kohm=1.0),
    Situation("open", current_ma=0.0, voltage_v=58.0),
    Situation("short", voltage_v=0.0),
    Situation("leaks", current_ma=0.4375),
    Situation("over", above_ma=2.0),
    Situation("trips", current_ma=40.0, voltage_v=10.0),
    Situation("negative", current_ma=-1.0),
    Situation("missing", current_ma=math.nan),
    Situation("high", voltage_v=70.0),
    Situation("stale", late_s=2.0),
    Situation("turned", turned=True),
    Situation("frozen", frozen=True),
)


def only(*names: str) -> tuple[Situation, ...]:
    """The situations of these names."""
    return tuple(situation for situation in SITUATIONS if situation.name in names)


def without(*names: str) -> tuple[Situation, ...]:
    """Every situation but these."""
    return tuple(situation for situation in SITUATIONS if situation.name not in names)


@contextmanager
def small(*, frozen: bool = False) -> Iterator[None]:
    """The session's modules with their patience shortened. Only where readings freeze are they told apart by it."""
    changed = {**SMALL, "FROZEN_COUNT": 2} if frozen else SMALL
    with ExitStack() as patches:
        for module in (table, guards, session):
            for name, value in changed.items():
                if hasattr(module, name):
                    patches.enter_context(patch.object(module, name, value))
        yield


def happenings(
    now: Session, situations: tuple[Situation, ...], presses: tuple[type[Press], ...]
) -> Iterator[tuple[str, Event]]:
    """Everything that can happen next, by name."""
    if now.phase is table.Phase.READY:
        yield "started", Started(t_s=now.t_s)
    for situation in situations:
        yield situation.name, situation.reading(now)
    for press in presses:
        yield press.__name__, press(t_s=now.t_s)
    yield "supervised", Supervised(t_s=now.t_s, reason="density")
    yield (
        "clock_jump",
        Read(t_s=now.t_s + 3600.0, read_at_s=now.t_s + 3600.0, current_ma=0.0, voltage_v=0.0, anode=now.anode),
    )


def rebased(now: Session) -> Session:
    """The same session with its clock at zero, and without what only tells the past."""
    shift_s = now.t_s
    watch = now.watch
    reading = now.reading and replace(now.reading, t_s=0.0, read_at_s=now.reading.read_at_s - shift_s)
    excess_since_s = None if watch.excess_since_s is None else max(watch.excess_since_s - shift_s, -guards.CREEP_S)
    return replace(
        now,
        t_s=0.0,
        entered_at_s=max(now.entered_at_s - shift_s, -8.0) if now.phase in _TIMED else 0.0,
        adjusted_at_s=max(now.adjusted_at_s - shift_s, -session.MORE_REST_S),
        reading=reading,
        watch=replace(
            watch,
            since_s=0.0,
            excess_since_s=excess_since_s,
            suspicion_count=min(watch.suspicion_count, guards.CONFIRMED_COUNT),
            unchanged_s=min(watch.unchanged_s, guards.FROZEN_S),
            unchanged_count=min(watch.unchanged_count, guards.FROZEN_COUNT),
            contact_steady_s=min(watch.contact_steady_s, table.CONTACT_STEADY_S),
            limited_s=0.0,
            jump_ratio=1.0,
        ),
        notices=(),
        delivered=session.Delivered(),
        max_current_ma=0.0,
        max_slope_ma_per_s=0.0,
        voltage_limit_v=0.0,
    )


_TIMED = frozenset(
    {
        table.Phase.SELF_TESTING,
        table.Phase.CHECKING_CONTACT,
        table.Phase.RAMPING_UP,
        table.Phase.TURNING,
        table.Phase.PAUSED,
    }
)


def key(now: Session) -> tuple[Any, ...]:
    """What tells a rebased session from another."""
    watch, reading = now.watch, now.reading
    freezes = guards.FROZEN_COUNT < NEVER
    return (
        now.phase,
        now.entered_at_s,
        now.commanded_ma,
        now.aim_ma,
        now.adjusted_at_s if now.aim_ma != now.plan.current_ma else 0.0,
        now.weak_contacts_count,
        now.anode,
        now.half_count,
        now.held_s,
        now.pain_reported,
        (reading.current_ma, reading.voltage_v) if reading and freezes else None,
        watch.suspicion is not None,
        watch.suspicion_count,
        watch.excess_since_s,
        watch.since_excess_s,
        watch.unrested_s,
        (watch.unchanged_s, watch.unchanged_count) if freezes else None,
        watch.contact_steady_s,
        watch.settled_kohm,
        watch.held_kohm,
        watch.weak_s,
    )
