"""SHELL. Runs one session: a clock, a current source, the session's fold and a journal, and nothing decided here.

In each tick the source is read, the reading is put to the session, and the commands that come back are journalled and
obeyed, in this order, so that the journal knows of everything the device was told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

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
from ionto.treat.journal import Journal
from ionto.treat.session import Session, accepts, advance, begin
from ionto.treat.source import CurrentSource, CutOff
from ionto.treat.supervised import SupervisedSource, bounds_of

TICK_S = 0.1
JUMP_S = 3600.0
LATE_S = 0.25
PRESSES: dict[str, type[Press]] = {
    "stop_pressed": StopPressed,
    "pain_reported": PainReported,
    "pause_pressed": PausePressed,
    "resume_pressed": ResumePressed,
    "less_asked": LessAsked,
    "more_asked": MoreAsked,
    "end_asked": EndAsked,
}


class Clock(Protocol):
    """The session's time, from zero."""

    def now_s(self) -> float:
        """Seconds since the session began."""

    def wait_until(self, t_s: float) -> None:
        """Return when this moment has come."""


@dataclass(slots=True)
class VirtualClock:
    """Time that passes only when it is waited for."""

    t_s: float = 0.0

    def now_s(self) -> float:
        return self.t_s

    def wait_until(self, t_s: float) -> None:
        self.t_s = max(self.t_s, t_s)


@dataclass(slots=True)
class PacedClock:
    """Time in whole steps, at a multiple of real speed. A late host is waited for; its steps stay the same.

    A host that was away for longer than `LATE_S` makes the session longer; it is not caught up in a burst, in which
    half a session would be over before anybody could press stop.
    """

    speed_ratio: float
    t_s: float = 0.0
    began_at_s: float = field(default_factory=time.monotonic)

    def now_s(self) -> float:
        return self.t_s

    def wait_until(self, t_s: float) -> None:
        early_s = self.began_at_s + t_s / self.speed_ratio - time.monotonic()
        if early_s < -LATE_S:
            self.began_at_s -= early_s
        time.sleep(max(0.0, early_s))
        self.t_s = max(self.t_s, t_s)


@dataclass(slots=True)
class WallClock:
    """Real time."""

    began_at_s: float = field(default_factory=time.monotonic)

    def now_s(self) -> float:
        return time.monotonic() - self.began_at_s

    def wait_until(self, t_s: float) -> None:
        time.sleep(max(0.0, t_s - self.now_s()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Something that happens to a session at a moment, for rehearsals: a stop, a pain, a jumping clock, a dead host."""

    name: str
    at_s: float


class HostKilled(Exception):
    """The host was made to die in the middle of a session; the journal ends here."""


def run_session(
    plan: SessionPlan,
    source: CurrentSource,
    clock: Clock,
    *,
    journal: Journal | None = None,
    watch: Callable[[Session], None] | None = None,
    inbox: Callable[[float], Iterable[Event]] | None = None,
    interruptions: Iterable[Interruption] = (),
    tick_s: float = TICK_S,
) -> Session:
    """The session as it ended. `watch` sees it after each tick; `inbox` is asked each tick for what people pressed.

    The supervisor stands before the source. A press that means nothing in this phase is passed over.

    Raises
    ------
    HostKilled
        When an interruption of that name was asked for. The device is left to its own safety, as in life.
    Exception
        Whatever a device, a journal or a watcher raises, after the circuit has been cut.
    """
    if journal is not None:
        journal.prepared(plan)
    supervised = SupervisedSource(source, bounds_of(plan))
    to_come = sorted(interruptions, key=lambda interruption: interruption.at_s)
    try:
        return _run(begin(plan), supervised, clock, journal, watch, inbox, to_come, tick_s)
    except HostKilled:
        raise
    except BaseException:
        with suppress(Exception):
            source.obey(CutOff(), clock.now_s())
        raise


def _run(
    session: Session,
    source: SupervisedSource,
    clock: Clock,
    journal: Journal | None,
    watch: Callable[[Session], None] | None,
    inbox: Callable[[float], Iterable[Event]] | None,
    to_come: list[Interruption],
    tick_s: float,
) -> Session:
    jumped_s = 0.0
    session = _put(session, Started(t_s=0.0), source, journal, 0.0)
    next_at_s = 0.0
    while not session.has_ended:
        next_at_s = max(next_at_s + tick_s, clock.now_s())
        clock.wait_until(next_at_s)
        t_s = round(clock.now_s(), 4)
        while to_come and to_come[0].at_s <= t_s:
            name = to_come.pop(0).name
            if name == "host_killed":
                raise HostKilled
            jumped_s += JUMP_S if name == "clock_jump" else 0.0
            if name in PRESSES:
                session = _put(session, PRESSES[name](t_s=t_s), source, journal, t_s)
        for event in inbox(t_s) if inbox is not None else ():
            session = _put(session, event, source, journal, t_s)
        if session.has_ended:
            break
        seen = source.read(t_s)
        reading = Read(
            t_s=t_s + jumped_s,
            read_at_s=seen.read_at_s + jumped_s,
            current_ma=seen.current_ma,
            voltage_v=seen.voltage_v,
            anode=seen.anode,
        )
        session = _put(session, reading, source, journal, t_s)
        if source.cut is not None and not session.has_ended:
            session = _put(session, Supervised(t_s=t_s + jumped_s, reason=source.cut), source, journal, t_s)
        if watch is not None:
            watch(session)
    if watch is not None:
        watch(session)
    return session


def _put(session: Session, event: Event, source: SupervisedSource, journal: Journal | None, now_s: float) -> Session:
    """The session after one event; its commands are journalled, then obeyed."""
    if not accepts(session, event):
        return session
    if journal is not None:
        journal.happened(session, event)
    session, commands = advance(session, event)
    for command in commands:
        if journal is not None:
            journal.commanded(session, event.t_s, command)
        source.obey(command, now_s)
    return session
