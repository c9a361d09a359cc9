"""A session over time, as its journal tells it: what flowed, and the moments at which something happened."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ionto.treat.events import Event, Read, Shown
from ionto.treat.guards import RESISTANCE_FROM_MA
from ionto.treat.journal import events_in
from ionto.treat.runner import PRESSES, Interruption
from ionto.treat.session import Session, advance, begin

Kind = Literal["phase", "press", "fault", "rehearsed"]
Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment at which something happened: a new phase, a press, a fault or a cut, or what a rehearsal broke."""

    t_s: float
    kind: Kind
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One value a reading. What is not known then is not a number: resistance, where too little flows."""

    t_s: tuple[float, ...]
    commanded_ma: tuple[float, ...]
    current_ma: tuple[float, ...]
    voltage_v: tuple[float, ...]
    resistance_kohm: tuple[float, ...]
    charge_ma_min: tuple[float, ...]
    left_anode_ma_min: tuple[float, ...]
    right_anode_ma_min: tuple[float, ...]
    marks: tuple[Mark, ...]

    def knows(self, names: Iterable[str]) -> bool:
        """Whether any of these was ever known: a person who turns a dial measures no voltage."""
        return any(math.isfinite(value) for name in names for value in getattr(self, name))

    @property
    def lasted_s(self) -> float:
        return max((*self.t_s[-1:], *(mark.t_s for mark in self.marks)), default=0.0)


def trace_of(lines: Iterable[str], rehearsed: Iterable[Interruption] = ()) -> Trace:
    """The trace of a journal. What was rehearsed is marked too: the journal knows only what was seen of it."""
    plan, events = events_in(lines)
    session, rows = begin(plan), []
    marks = [Mark(fault.at_s, "rehearsed", f"rehearsed: {_spaced(fault.name)}") for fault in rehearsed]
    for event in events:
        before = session
        session, _ = advance(session, event)
        marks += _marks(before, event, session)
        # A reading of a clock that jumped belongs to no moment of the session.
        if isinstance(event, Read) and not before.has_ended and session.fault != "clock_jump":
            rows.append(_row(event, session))
    columns = [tuple(column) for column in zip(*rows, strict=True)] or [()] * 8
    return Trace(
        t_s=columns[0],
        commanded_ma=columns[1],
        current_ma=columns[2],
        voltage_v=columns[3],
        resistance_kohm=columns[4],
        charge_ma_min=columns[5],
        left_anode_ma_min=columns[6],
        right_anode_ma_min=columns[7],
        marks=tuple(sorted(marks, key=lambda mark: mark.t_s)),
    )


def _row(reading: Read, session: Session) -> tuple[float, ...]:
    measured = session.plan.is_measured
    flows = measured and reading.current_ma >= RESISTANCE_FROM_MA
    done = session.delivered
    return (
        reading.t_s,
        session.commanded_ma,
        reading.current_ma,
        reading.voltage_v if measured else math.nan,
        reading.voltage_v / reading.current_ma if flows else math.nan,
        done.charge_ma_min,
        done.left_anode_ma_min,
        done.right_anode_ma_min,
    )


def _marks(before: Session, event: Event, after: Session) -> Iterator[Mark]:
    """What this event was, in a few words, when it was more than time passing."""
    words: list[str] = []
    kind: Kind = "phase"
    if event.kind in PRESSES:
        words, kind = [_spaced(event.kind)], "press"
    if isinstance(event, Shown):
        words, kind = [f"shows {event.current_ma:g} mA"], "press"
    if after.weak_contacts_count > before.weak_contacts_count:
        words, kind = ["a limb out of the water"], "fault"
    if after.fault is not None and before.fault is None:
        words, kind = [_spaced(after.fault)], "fault"
    words += [_spaced(name) for name in after.notices if name not in before.notices]
    if after.phase is not before.phase:
        words.append(_spaced(after.phase))
    if words:
        yield Mark(before.t_s if after.fault == "clock_jump" else event.t_s, kind, ": ".join(words))


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def runs_of(t_s: Sequence[float], values: Sequence[float]) -> Iterator[Points]:
    """The stretches of a curve between the gaps where it is not known."""
    run: Points = []
    for point in zip(t_s, values, strict=True):
        if all(map(math.isfinite, point)):
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def thinned(points: Points, off_by: float) -> Points:
    """The fewest of these points whose straight lines stay within `off_by` of the rest (Ramer, Douglas, Peucker).

    >>> thinned([(0, 0), (1, 0.01), (2, 0), (3, 5), (4, 0)], off_by=0.1)
    [(0, 0), (2, 0), (3, 5), (4, 0)]
    """
    xs, ys = np.array(points, dtype=float).T
    kept, spans = {0, len(points) - 1}, [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        inside = slice(first + 1, last)
        straight = np.interp(xs[inside], xs[[first, last]], ys[[first, last]])
        distance = np.abs(ys[inside] - straight)
        furthest = int(distance.argmax())
        if distance[furthest] > off_by:
            split = first + 1 + furthest
            kept.add(split)
            spans += [(first, split), (split, last)]
    return [points[number] for number in sorted(kept)]


def clock(t_s: float) -> str:
    """Minutes and seconds.

    >>> clock(633.1)
    '10:33'
    """
    return f"{int(t_s // 60)}:{int(t_s % 60):02d}"


def nice_step(value: float) -> float:
    """The next step of 1, 2 or 5 at or above it.

    >>> nice_step(0.3), nice_step(7)
    (0.5, 10.0)
    """
    scale: float = 10 ** math.floor(math.log10(value))
    return next(step * scale for step in (1.0, 2.0, 5.0, 10.0) if step * scale >= value * (1 - 1e-9))
