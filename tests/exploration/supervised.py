"""The supervisor between a session that asks what it likes and a device that does what it likes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from ionto.treat.supervisor import Bounds, Supervision, current_asked, seen, turn_asked

TICK_S = 0.5
# Charge and time are counted, not explored: their bounds are far away here, and have tests of their own.
BOUNDS = Bounds(current_ma=1.0, area_cm2=12.0, charge_ma_min=1e9, energised_s=1e9)
ASKED_MA = (-1.0, 0.0, 0.5, 1.0, 30.0, math.nan)
MEASURED = (
    (0.0, 0.0),
    (0.5, 1.25),
    (1.0, 2.5),
    (1.0, 45.0),
    (3.0, 7.5),
    (7.0, 17.5),
    (40.0, 20.0),
    (1.0, 70.0),
    (math.nan, 1.0),
)
WAITS_S = (0.0, TICK_S, 2.0)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing asked of the supervisor, and what came of it."""

    name: str
    since_s: float
    asked_ma: float | None = None
    allowed_ma: float | None = None
    may_turn: bool | None = None
    measured: tuple[float, float, str] | None = None


def rebased(now: Supervision, t_s: float) -> Supervision:
    """The same with its clock at zero, and without what is only counted; what is long past is past."""
    return replace(
        now,
        commanded_at_s=max(now.commanded_at_s - t_s, -0.5),
        lowered_at_s=max(now.lowered_at_s - t_s, -1.5),
        seen_at_s=None if now.seen_at_s is None else max(now.seen_at_s - t_s, -2.0),
        excess_s=min(now.excess_s, 0.5),
        unrested_s=min(now.unrested_s, 1.0),
        charge_ma_min=0.0,
        energised_s=0.0,
        least_kohm=None if now.least_kohm is None else round(now.least_kohm),
    )


def steps_from(now: Supervision) -> Iterator[tuple[Step, Supervision]]:
    """Everything that can be asked next, and what the supervisor makes of it."""
    for since_s in WAITS_S:
        for asked_ma in ASKED_MA:
            later, allowed_ma = current_asked(now, BOUNDS, since_s, asked_ma)
            yield Step(f"ask {asked_ma}", since_s, asked_ma=asked_ma, allowed_ma=allowed_ma), rebased(later, since_s)
        for anode in ("left", "right"):
            later, may_turn = turn_asked(now, since_s, anode)
            yield Step(f"turn {anode}", since_s, may_turn=may_turn), rebased(later, since_s)
        for (current_ma, voltage_v), anode in product(MEASURED, ("left", "right")):
            later = seen(now, BOUNDS, since_s, current_ma, voltage_v, anode)
            measured = (current_ma, voltage_v, anode)
            yield Step(f"read {measured}", since_s, measured=measured), rebased(later, since_s)


def broken(now: Supervision, step: Step, later: Supervision) -> Iterator[str]:
    """What does not hold on this step."""
    if now.cut is None:
        for invariant in (_asked, _turned, _read):
            yield from invariant(now, step, later)
    elif later.cut is None or step.allowed_ma or step.may_turn:
        yield "a cut does not last"


def _asked(now: Supervision, step: Step, later: Supervision) -> Iterator[str]:
    if step.asked_ma is None or step.allowed_ma is None:
        return
    if not 0 <= step.allowed_ma <= 1.0:
        yield "more than the cap is let through"
    if step.allowed_ma > 0 and not step.allowed_ma <= step.asked_ma:
        yield "more is let through than was asked"
    if step.allowed_ma > now.commanded_ma + min(now.rise_ma + step.since_s - now.commanded_at_s, 0.5) + 1e-6:
        yield "the current rises too fast"
    if not step.asked_ma >= 0 and later.cut is None:
        yield "an impossible command is let through"


def _turned(now: Supervision, step: Step, later: Supervision) -> Iterator[str]:
    turns = step.may_turn and now.anode is not None and step.name != f"turn {now.anode}"
    if turns and (now.commanded_ma > 0 or now.measured_ma > 0.41):
        yield "the poles turn under current"
    if step.measured is not None and now.anode is not None and later.cut is None:
        current_ma, _, anode = step.measured
        if anode != now.anode and max(current_ma, now.measured_ma) > 0.41:
            yield "the poles turned under current and nobody cut"


def _read(now: Supervision, step: Step, later: Supervision) -> Iterator[str]:
    if step.measured is None or later.cut is not None:
        return
    current_ma, voltage_v, _ = step.measured
    if not current_ma < 35 or voltage_v > 62:
        yield "a reading that proves a fault is passed over"
    if current_ma > 0.5 * 12.0:
        yield "too dense on the whole area is passed over"
    if step.since_s > 1.5 and now.commanded_ma > 0 and now.seen_at_s is not None:
        yield "a silence is passed over"
    calm = now.commanded_ma == 0 and now.lowered_at_s <= -1.0 and step.since_s >= 0.5
    if calm and now.unrested_s >= 1.0 and current_ma > 0.41:
        yield "an output that stays on is left on"


def explored() -> tuple[int, int, str | None]:
    """States and steps seen, and the first invariant that did not hold.

    Resistances are rounded, so that the states are a little fewer than they are.
    """
    first = Supervision()
    known: set[Any] = {first}
    waiting, steps_count = deque([first]), 0
    while waiting:
        now = waiting.popleft()
        for step, later in steps_from(now):
            steps_count += 1
            wrong = next(broken(now, step, later), None)
            if wrong is not None:
                return len(known), steps_count, f"{wrong}: {now} {step} {later}"
            if later not in known:
                known.add(later)
                waiting.append(later)
    return len(known), steps_count, None
