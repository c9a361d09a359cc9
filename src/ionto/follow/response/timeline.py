"""The timeline: all facts of one site as the likelihood reads them, and one pass through them for many draws at once.

Single precision is enough here: a log likelihood of a year is right to about 1e-4, and weights need no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ionto.follow.response.curves import Floats
from ionto.follow.response.observation import Law, deviated, law_of
from ionto.follow.response.prior import Persons
from ionto.follow.response.transition import (
    DEVIATION_MEMORY_DAYS,
    State,
    dose_of,
    expectation_left,
    log_share_left,
    raised,
)
from ionto.words.records import CauseFact, ClearedFact, Fact, SessionFact, SideEffectFact

SECONDS_PER_DAY = 86_400.0
IMPOSSIBLE_NATS = -1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Sessions and the moments that are looked at, in time order: each observation, and the last fact.

    gaps_days       from one event to the next, the first 0 [days]
    dose_ratio      of each event's session; None for a moment that is looked at
    seen            how each observation depends on sweating, in order
    expectation_fraction    at each moment that is looked at
    seen_gaps_days          from one such moment to the next [days]
    """

    gaps_days: tuple[float, ...]
    dose_ratio: tuple[float | None, ...]
    seen: tuple[Law, ...]
    expectation_fraction: tuple[float, ...]
    seen_gaps_days: tuple[float, ...]


def timeline_of(facts: Sequence[Fact], full_dose_ma_min: float) -> Timeline:
    """The timeline of facts in time order."""
    telling = [fact for fact in facts if not isinstance(fact, SideEffectFact | CauseFact | ClearedFact)]
    events = [(fact.at, dose_of(fact, full_dose_ma_min) if isinstance(fact, SessionFact) else None) for fact in telling]
    seen = tuple(law_of(fact) for fact in telling if not isinstance(fact, SessionFact))
    return timeline_through([*events, (facts[-1].at, None)], seen)


def timeline_through(events: Sequence[tuple[datetime, float | None]], seen: tuple[Law, ...] = ()) -> Timeline:
    """The timeline of sessions, each with its dose, and of moments that are looked at (dose None), in time order."""
    gaps, expected, looked_gaps = [], [], list[float]()
    since, expectation, waited_days = events[0][0], 0.0, 0.0
    for at, dose_ratio in events:
        gaps.append(days_between(since, at))
        since = at
        expectation *= expectation_left(gaps[-1])
        waited_days += gaps[-1]
        if dose_ratio is None:
            expected.append(expectation)
            looked_gaps.append(waited_days)
            waited_days = 0.0
        else:
            expectation = float(raised(expectation))
    return Timeline(
        gaps_days=tuple(gaps),
        dose_ratio=tuple(dose_ratio for _, dose_ratio in events),
        seen=seen,
        expectation_fraction=tuple(expected),
        seen_gaps_days=tuple(looked_gaps),
    )


def effects_of(persons: Persons, timeline: Timeline) -> tuple[Floats, Floats]:
    """The amount A at the end, shape (draws,), and the effect C at each moment that is looked at, shape (moments,
    draws): the difference of two sums of sessions, one fading with the half-life and one with the
    delay."""
    decay, onset = persons.decay, persons.onset
    gaps_days = np.array(timeline.gaps_days, dtype=decay.dtype)[:, None]
    amount_left, hidden_left = np.exp(-gaps_days * decay), np.exp(-gaps_days * onset)
    amount, hidden = np.zeros_like(decay), np.zeros_like(decay)
    effects = np.empty((len(timeline.expectation_fraction), decay.size), dtype=decay.dtype)
    row = 0
    for index, dose_ratio in enumerate(timeline.dose_ratio):
        amount *= amount_left[index]
        hidden *= hidden_left[index]
        if dose_ratio is None:
            np.subtract(amount, hidden, out=effects[row])
            row += 1
        elif dose_ratio > 0.0:
            given = persons.session_effect_ratio * dose_ratio
            amount += given
            hidden += given
    effects *= onset / (onset - decay)
    return amount, effects


def replayed(persons: Persons, timeline: Timeline) -> tuple[Floats, State]:
    """Log likelihood of all observations, shape (draws,), and the state at the last fact, in the persons' precision."""
    amount, effects = effects_of(persons, timeline)
    expectation = np.array(timeline.expectation_fraction, dtype=amount.dtype)[:, None]
    log_shares = log_share_left(persons, effects[:-1]) - expectation[:-1] * persons.sham_fall
    usual = persons.day_to_day * persons.day_to_day
    memory = np.exp(-np.array(timeline.seen_gaps_days, dtype=usual.dtype) / DEVIATION_MEMORY_DAYS)
    squared = memory * memory
    fresh = (1.0 - squared)[:, None] * usual
    deviation, variance = np.zeros_like(amount), usual
    masses = np.empty_like(log_shares)
    with np.errstate(all="ignore"):
        for row, law in enumerate(timeline.seen):
            deviation, variance = deviation * memory[row], variance * squared[row] + fresh[row]
            masses[row], deviation, variance = deviated(persons, log_shares[row], deviation, variance, law)
        log_likelihood = np.log(masses).sum(axis=0)
    # A draw too far out for single precision is as good as impossible.
    return np.where(np.isfinite(log_likelihood), log_likelihood, IMPOSSIBLE_NATS), State(
        amount=amount,
        effect=np.maximum(effects[-1], 0.0),
        deviation=deviation * memory[-1],
        variance=variance * squared[-1] + fresh[-1],
        expectation_fraction=timeline.expectation_fraction[-1],
    )


def days_between(earlier: datetime, later: datetime) -> float:
    """Days of 24 hours between two aware moments."""
    return (later - earlier).total_seconds() / SECONDS_PER_DAY
