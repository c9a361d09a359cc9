"""The journal of a session: one JSON line per event, command and reading, written as it happens.

The first line holds the session plan. A journal that stops in the middle, as after a power cut, is whole up to its last
complete line, and `replay` tells from it what was delivered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any, TextIO

from pydantic import Discriminator

from ionto.treat.events import Event, Read, Said, SessionPlan
from ionto.treat.session import Session, advance, begin
from ionto.treat.source import Command
from ionto.treat.table import NotNow
from ionto.words.reading import DocumentError, Fault, read_json, to_document

_Said = Annotated[Said, Discriminator("kind")]


@dataclass(frozen=True, slots=True)
class Journal:
    """Writes lines; each is flushed so that it outlives the host."""

    file: TextIO

    def prepared(self, plan: SessionPlan) -> None:
        self._line(0.0, "ready", {"event": {"kind": "prepared", "plan": to_document(plan)}})

    def happened(self, session: Session, event: Event) -> None:
        """An event or reading, with the phase it found."""
        if isinstance(event, Read):
            reading = {
                "current_ma": _number(event.current_ma),
                "voltage_v": _number(event.voltage_v),
                "commanded_ma": session.commanded_ma,
                "anode": event.anode.value,
                "read_at_s": _number(event.read_at_s),
            }
            self._line(event.t_s, session.phase.value, {"reading": reading})
        else:
            told = to_document(event)
            self._line(told.pop("t_s"), session.phase.value, {"event": told})

    def commanded(self, session: Session, t_s: float, command: Command) -> None:
        """A command, with the phase that gave it."""
        self._line(t_s, session.phase.value, {"command": to_document(command)})

    def _line(self, t_s: float, phase: str, body: dict[str, Any]) -> None:
        self.file.write(json.dumps({"t_s": t_s, "phase": phase, **body}) + "\n")
        self.file.flush()


def events_in(lines: Iterable[str]) -> tuple[SessionPlan, list[Event]]:
    """The plan and the events of a journal, in order. An unfinished last line is left out.

    Raises
    ------
    DocumentError
        When the journal does not begin with a plan, or a line in the middle is damaged.
    """
    plan: SessionPlan | None = None
    events: list[Event] = []
    kept = [line for line in lines if line.strip()]
    for number, line in enumerate(kept, start=1):
        try:
            entry = json.loads(line)
            t_s, body, reading = entry["t_s"], entry.get("event", {}), entry.get("reading", {})
            if not (isinstance(body, dict) and isinstance(reading, dict)):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            if number == len(kept) and not line.endswith("\n"):
                break
            raise DocumentError([Fault(f"line {number}", "this is not a line of a session journal")]) from None
        if plan is None:
            if body.get("kind") != "prepared":
                raise DocumentError([Fault("line 1", "a session journal begins with the plan of the session")])
            plan = read_json(SessionPlan, json.dumps(body.get("plan")))
        elif "reading" in entry:
            events.append(_reading(number, t_s, reading))
        elif "event" in entry:
            events.append(_read(number, _Said, {"t_s": t_s, **body}))
    if plan is None:
        raise DocumentError([Fault("", "the journal is empty")])
    return plan, events


def replay(lines: Iterable[str]) -> Session:
    """The session that the journal tells of: the same fold over the same events, to the last bit.

    Raises
    ------
    DocumentError
        When the journal is damaged, or tells what cannot have happened.
    """
    plan, events = events_in(lines)
    session = begin(plan)
    try:
        for event in events:
            session, _ = advance(session, event)
    except NotNow as error:
        raise DocumentError([Fault("", f"not the journal of one session: {error}")]) from None
    return session


def _number(value: float) -> float | None:
    """A measured value as JSON can say it: what is not a finite number is null."""
    return value if math.isfinite(value) else None


def _reading(number: int, t_s: Any, said: dict[str, Any]) -> Event:
    """A reading; null stands for a value that the device gave as no number."""
    no_number = [key for key in ("current_ma", "voltage_v", "read_at_s") if key in said and said[key] is None]
    told = {key: value for key, value in said.items() if key != "commanded_ma"}
    event = _read(number, Read, {"t_s": t_s, **told, **dict.fromkeys(no_number, 0.0)})
    unread: dict[str, Any] = dict.fromkeys(no_number, math.nan)
    return replace(event, **unread)


def _read(number: int, kind: Any, entry: dict[str, Any]) -> Event:
    try:
        event: Event = read_json(kind, json.dumps(entry))
    except DocumentError as error:
        faults = [Fault(f"line {number}" + (f", {f.path}" if f.path else ""), f.sentence) for f in error.faults]
        raise DocumentError(faults) from None
    return event
