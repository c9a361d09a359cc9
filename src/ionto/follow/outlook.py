"""The outlook: until when the person probably stays dry enough, as an interval of dates, and what days away ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ionto.follow.recommendation import DaysAway, DaySkipped, DryUntil
from ionto.follow.response.curves import Floats
from ionto.follow.response.forecast import left_alone, on_evening
from ionto.follow.response.observation import controlled
from ionto.follow.response.transition import State, treated, untreated
from ionto.follow.rhythm import SessionAhead, plan_ahead, present
from ionto.follow.situation import HORIZON_DAYS, Situation

# Dates further ahead than this are not told.
OUTLOOK_DAYS = 84
# Day by day for four weeks, then every fourth day: what is that far away is told roughly.
_LOOKED_AT_DAYS = (*range(29), *range(32, OUTLOOK_DAYS + 1, 4))
# The interval leaves out one time in ten at either end.
OUTER_PROB = 0.10
NEVER_DAYS = 10_000


def dry_until(situation: Situation) -> DryUntil | None:
    """When usual days pass tolerance if there is no further session; None when they are above it already."""
    belief, persons = situation.belief, situation.belief.persons
    days = [situation.today + timedelta(days=days) for days in _LOOKED_AT_DAYS]
    states = _on_usual_days(left_alone(belief, days, situation.zone), untreated(persons))
    lost = controlled(persons, states, situation.tolerance_score) < 0.5
    # The last day looked at that still was dry enough.
    last = np.array([-1, *_LOOKED_AT_DAYS])[lost.argmax(axis=0)]
    lasts_days = np.where(lost.any(axis=0), last, NEVER_DAYS)
    early, middle, late = _quantiles(lasts_days, belief.weight, (OUTER_PROB, 0.5, 1.0 - OUTER_PROB))
    if middle < 0:
        return None

    def on(days: int) -> date | None:
        return None if days > OUTLOOK_DAYS else situation.today + timedelta(days=max(0, days))

    return DryUntil(on=on(middle), earliest_on=on(early), latest_on=on(late))


def days_skipped(situation: Situation) -> tuple[DaySkipped, ...]:
    """Every day of the next six weeks, if there is no session until then."""
    return tuple(
        DaySkipped(on=situation.today + timedelta(days=days), controlled_prob=float(prob))
        for days, prob in enumerate(situation.controlled_prob_left_alone)
    )


def dry_until_words(found: DryUntil) -> str:
    """The interval of dates in one sentence.

    >>> dry_until_words(DryUntil(on=date(2026, 3, 14), earliest_on=date(2026, 3, 10), latest_on=date(2026, 3, 19)))
    'probably dry enough until about 14 March; between 10 March and 19 March.'
    """
    if found.earliest_on is None:
        return f"probably dry enough for more than {OUTLOOK_DAYS // 7} weeks."
    if found.on is None:
        weeks = OUTLOOK_DAYS // 7
        return f"dry enough until {_spoken(found.earliest_on)} at the earliest, probably for more than {weeks} weeks."
    said = f"probably dry enough until about {_spoken(found.on)}; "
    if found.latest_on is None:
        return said + f"hardly less than until {_spoken(found.earliest_on)}."
    return said + f"between {_spoken(found.earliest_on)} and {_spoken(found.latest_on)}."


def days_away(situation: Situation, ahead: tuple[SessionAhead, ...], *, maintained: bool) -> tuple[DaysAway, ...]:
    """For each absence that begins within six weeks, the extra session before it and the risk on its last day."""
    return tuple(
        _absence(situation, first, last, ahead, maintained=maintained)
        for first, last in situation.absences
        if last >= situation.today and ahead and (first - situation.today).days < HORIZON_DAYS
    )


def _absence(
    situation: Situation, first: date, last: date, ahead: tuple[SessionAhead, ...], *, maintained: bool
) -> DaysAway:
    home = replace(situation, away=tuple(span for span in situation.absences if span != (first, last)))
    without = {session.on for session in plan_ahead(home, maintained=maintained, current_ma=ahead[0].current_ma)}
    before = [session.on for session in ahead if session.on < first]
    eve = first - timedelta(days=1)
    extra_on = before[-1] if before and before[-1] not in without and present(situation, eve) else None
    above_prob = _above_on(situation, ahead, last)
    span = f"{_spoken(first)} to {_spoken(last)}"
    said = f"Away {span}: "
    said += _extra(extra_on, needed=above_prob >= situation.risk_prob)
    said += f"On {_spoken(last)} the chance of being too wet is {100 * above_prob:.0f} %."
    return DaysAway(from_on=first, to_on=last, extra_session_on=extra_on, above_prob=above_prob, why=said)


def _extra(extra_on: date | None, *, needed: bool) -> str:
    if extra_on is not None:
        return f"one extra session on {_spoken(extra_on)}. "
    return "no extra session fits in before. " if needed else "no extra session is needed. "


def _above_on(situation: Situation, ahead: tuple[SessionAhead, ...], day: date) -> float:
    """Probability of being above tolerance on that evening, if the sessions ahead are held."""
    belief, persons = situation.belief, situation.belief.persons
    state, at = belief.state, belief.at
    for session in ahead:
        if session.on < day:
            state, at = on_evening(persons, state, at, session.on, situation.zone)
            state = treated(persons, state, session.dose_ratio)
    state, _ = on_evening(persons, state, at, max(day, situation.today), situation.zone)
    return float(1.0 - np.clip(belief.weight @ controlled(persons, state, situation.tolerance_score), 0.0, 1.0))


def _on_usual_days(state: State, usual: State) -> State:
    return replace(state, deviation=usual.deviation, variance=usual.variance)


def _quantiles(days: np.ndarray, weight: Floats, levels: tuple[float, ...]) -> list[int]:
    order = np.argsort(days, kind="stable")
    reached = np.searchsorted(np.cumsum(weight[order]), levels)
    return [int(days[order][min(place, days.size - 1)]) for place in reached]


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B}"
