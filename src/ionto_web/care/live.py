"""SHELL. The sessions that run in this server: a thread each, with its journal on disk, and what the page may see.

The page watches and presses; it decides nothing. The session decides, and what it decided is what the page shows. When
the server dies, the journal on disk is what remains, and `recovered` reads from it what was delivered.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import InjectedFault, SimulatedSource
from ionto.treat.events import Event, SessionPlan
from ionto.treat.journal import Journal, replay
from ionto.treat.plain import PHASES, limb_is_out, possible, told
from ionto.treat.runner import PRESSES, Clock, PacedClock, WallClock, run_session
from ionto.treat.session import Session, begin
from ionto.treat.table import TURN_REST_S, Phase
from ionto.words.reading import DocumentError, read_json
from ionto_web.care import actions
from ionto_web.care.lead import Lead, is_stale
from ionto_web.care.models import SessionRecord

SPEEDS = (1, 20, 60)
# One point of the picture per second of the session.
POINT_S = 1.0
# A journal that was written to this lately belongs to a session that still runs, in another process.
STILL_WRITTEN = timedelta(seconds=5)
PAUSES = {Phase.PAUSING, Phase.PAUSED}

_running: dict[Any, LiveSession] = {}
_lock = threading.Lock()


@dataclass
class LiveSession:
    """One session as it runs. Written by its own thread, read by the page's stream."""

    record_id: Any
    session: Session
    speed_ratio: int
    inbox: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    points: list[tuple[float, float, float]] = field(default_factory=list)
    limb_out: bool = False
    is_kept: bool = False
    # The page that leads, where nobody has a hand free for any other stop.
    lead: Lead | None = None
    page_lost: bool = False
    seen_at_s: float = field(default_factory=time.monotonic)
    presses_heard: set[str] = field(default_factory=set)

    def heard(self, t_s: float) -> Iterator[Event]:
        """What was pressed since the last tick, as the session's events; a break where the page that leads is gone."""
        while not self.inbox.empty():
            yield PRESSES[self.inbox.get()](t_s=t_s)
        if (
            self.lead is not None
            and self.lead.is_silent(time.monotonic())
            and "pause_pressed" in possible(self.session)
        ):
            self.page_lost = True
            yield PRESSES["pause_pressed"](t_s=t_s)

    def seen(self, session: Session) -> None:
        self.seen_at_s = time.monotonic()
        self.page_lost = self.page_lost and session.phase in PAUSES
        self.limb_out = limb_is_out(self.session, session, was_out=self.limb_out)
        self.session = session
        reading = session.reading
        if reading is not None and (not self.points or reading.t_s - self.points[-1][0] >= POINT_S):
            self.points.append((round(reading.t_s, 1), round(reading.current_ma, 2), round(reading.voltage_v, 1)))

    def shown(self) -> dict[str, Any]:
        """The moment as the page shows it."""
        session, ago_s = self.session, time.monotonic() - self.seen_at_s
        shown = picture_of(session, limb_out=self.limb_out)
        old = session.reading is not None and is_stale(session.reading.read_at_s, session.t_s, ago_s)
        shown |= {"is_stale": old and not session.has_ended, "page_lost": self.page_lost}
        shown["falls_s"] = math.ceil(falls_s(session.plan, session.aim_ma) / self.speed_ratio)
        return {**shown, "speed_ratio": self.speed_ratio, "is_kept": self.is_kept}


def picture_of(session: Session, *, limb_out: bool = False) -> dict[str, Any]:
    """One moment of a session in plain data."""
    reading, whole_s = session.reading, session.plan.duration_min * 60
    return {
        "t_s": round(session.t_s, 1),
        "phase": session.phase.value,
        "phase_words": PHASES[session.phase],
        "current_ma": round(max(0.0, reading.current_ma), 1) if reading else 0.0,
        "voltage_v": round(max(0.0, reading.voltage_v), 1) if reading else 0.0,
        "aim_ma": session.aim_ma,
        "cap_ma": session.plan.cap_current_ma,
        "possible": possible(session),
        "told": told(session, limb_out=limb_out),
        "left_s": math.ceil(left_s(session)),
        "done_fraction": round(min(1.0, session.held_s / whole_s), 4),
        "has_ended": session.has_ended,
        "fault": session.fault,
        "delivered_ma_min": round(session.delivered.charge_ma_min, 1),
    }


def falls_s(plan: SessionPlan, from_ma: float) -> float:
    """How long the current takes from there to zero, by the plan's ramp [s]."""
    return from_ma / plan.ramp_ma_per_s


def left_s(session: Session) -> float:
    """About how long until the current is back at zero: hold time still to come, and the ramps with it [s]."""
    plan = session.plan
    if session.has_ended:
        return 0.0
    if session.phase in {Phase.STOPPING, Phase.ENDING_EARLY}:
        return session.commanded_ma / plan.ramp_ma_per_s
    ramp_s = session.aim_ma / plan.ramp_ma_per_s
    first_half = plan.reverses and session.half_count == 1
    ramps_s = (3 * ramp_s + TURN_REST_S) if first_half else ramp_s
    if session.phase not in {Phase.HOLDING, Phase.RAMPING_DOWN}:
        ramps_s += ramp_s - session.commanded_ma / plan.ramp_ma_per_s
    elif session.phase is Phase.RAMPING_DOWN:
        ramps_s -= ramp_s - session.commanded_ma / plan.ramp_ma_per_s
    return max(0.0, session.remaining_s + ramps_s)


def journal_file(record: SessionRecord) -> Path:
    return Path(settings.JOURNAL_DIR) / record.journal_path


def start(
    record: SessionRecord, *, speed_ratio: int, faults: Iterable[InjectedFault] = (), led_by: str | None = None
) -> LiveSession:
    """The session set running in a thread of its own; `led_by` names the page that leads it, where nobody has a hand
    free. `faults` is for rehearsals."""
    plan = read_json(SessionPlan, record.session_plan)
    live = LiveSession(record.pk, begin(plan), speed_ratio)
    live.lead = None if led_by is None else Lead(led_by, time.monotonic())
    path = journal_file(record)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch()
    with _lock:
        _running[record.pk] = live
    source = SimulatedSource(
        circuit_traits(plan.site, skin="normal"),
        voltage_limit_v=plan.voltage_limit_v,
        duty_fraction=plan.duty_fraction,
        seed=record.pk.int % 2**32,
        faults=faults,
    )
    threading.Thread(target=_run, args=(live, record, source, path), name=f"session {record.pk}", daemon=True).start()
    return live


def running(record_id: Any) -> LiveSession | None:
    """The session, if it runs in this server."""
    with _lock:
        return _running.get(record_id)


def press(record_id: Any, name: str, *, once: str | None = None) -> bool:
    """Whether a running session was there to hear it, and it means something now. What came of it, the session says.

    `once` names a press that is sent until it is heard: sent again it is not a second one.
    """
    assert name in PRESSES, name
    live = running(record_id)
    if live is not None and once in live.presses_heard:
        return True
    if live is None or name not in possible(live.session):
        return False
    if once is not None:
        live.presses_heard.add(once)
    live.inbox.put(name)
    return True


def beat(record_id: Any, page: str) -> bool | None:
    """Whether the page that says that it is there leads the session; None where none runs that is led by a page."""
    live = running(record_id)
    return None if live is None or live.lead is None else live.lead.beat(page, time.monotonic())


def stop_all(*, patience_s: float) -> None:
    """Every running session told to stop, as when the server is shut down; waits until they have ended."""
    with _lock:
        lives = list(_running.values())
    for live in lives:
        live.inbox.put("stop_pressed")
    until_s = time.monotonic() + patience_s
    while time.monotonic() < until_s and any(running(live.record_id) for live in lives):
        time.sleep(0.05)


def recovered(record: SessionRecord) -> bool:
    """Whether a session that a dead server left behind was read back from its journal and kept."""
    path = journal_file(record)
    if record.status != SessionRecord.Status.RUNNING or running(record.pk) is not None:
        return False
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else record.started_at
    if datetime.now(UTC) - written_at < STILL_WRITTEN:
        return False
    journal = path.read_bytes() if path.exists() else b""
    try:
        session = replay(journal.decode("utf-8", "replace").splitlines(keepends=True))
    except DocumentError:
        # Nothing readable was written: nothing is known to have flowed, and the journal is kept as it is.
        session = begin(read_json(SessionPlan, record.session_plan))
    kept = actions.end_session(record, session, journal, ended_at=written_at)
    path.unlink(missing_ok=True)
    return kept


def _clock(speed_ratio: int) -> Clock:
    return WallClock() if speed_ratio == 1 else PacedClock(speed_ratio)


def _run(live: LiveSession, record: SessionRecord, source: SimulatedSource, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            session = run_session(
                live.session.plan,
                source,
                _clock(live.speed_ratio),
                journal=Journal(file),
                watch=live.seen,
                inbox=live.heard,
            )
        live.seen(session)
        if actions.end_session(record, session, path.read_bytes(), ended_at=datetime.now(UTC)):
            path.unlink()
        live.is_kept = True
    finally:
        with _lock:
            _running.pop(record.pk, None)
        connections.close_all()
