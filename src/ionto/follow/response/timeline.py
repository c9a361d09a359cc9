"""The timeline: all facts of one site as the likelihood reads them, and one pass through them for many draws at once.

Single precision is enough here: a log likelihood of a year is right to about 1e-4, and weights need no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ionto.follow.response.curves import Floats
from ionto.follow.response.observation import Observation, deviated
from ionto.follow.response.prior import Persons
from ionto.follow.response.transition import (
    DEVIATION_MEMORY_DAYS,
    State,
    dose_of,
    expectation_left,
    log_share_left,
    raised,
)
from ionto.words.records import ClearedFact, Fact, SessionFact, SideEffectFact

SECONDS_PER_DAY = 86_400.0
IMPOSSIBLE_NATS = -1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Sessions and observations in time order, and the moment of the last fact.

    gaps_days       from one event to the next, the first 0 [days]
    dose_ratio      of each event's session; None for an observation and for the end
    seen            the observations, in order
    expectation_fraction    at each observation, and at the end
    """

    gaps_days: tuple[float, ...]
    dose_ratio: tuple[float | None, ...]
    seen: tuple[Observation, ...]
    expectation_fraction: tuple[float, ...]
    seen_gaps_days: tuple[float, ...]


def timeline_of(facts: Sequence[Fact], full_dose_ma_min: float) -> Timeline:
    """The timeline of facts in time order."""
    gaps, doses, seen, expected, seen_gaps = [], list[float | None](), list[Observation](), list[float](), list[float]()
    since: datetime | None = None
    expectation, waited_days = 0.0, 0.0

    def step(at: datetime, dose_ratio: float | None) -> None:
        nonlocal since, expectation, waited_days
        gap_days = 0.0 if since is None else days_between(since, at)
        since = at
        gaps.append(gap_days)
        doses.append(dose_ratio)
        expectation *= expectation_left(gap_days)
        waited_days += gap_days

    for fact in facts:
        if isinstance(fact, SideEffectFact | ClearedFact):
            continue
        if isinstance(fact, SessionFact):
            step(fact.at, dose_of(fact, full_dose_ma_min))
            expectation = float(raised(expectation))
            continue
        step(fact.at, None)
        seen.append(fact)
        expected.append(expectation)
        seen_gaps.append(waited_days)
        waited_days = 0.0
    step(facts[-1].at, None)
    return Timeline(
        gaps_days=tuple(gaps),
        dose_ratio=tuple(doses),
        seen=tuple(seen),
        expectation_fraction=(*expected, expectation),
        seen_gaps_days=(*seen_gaps, waited_days),
    )


def replayed(persons: Persons, timeline: Timeline) -> tuple[Floats, State]:
    """Log likelihood of all observations, shape (draws,), and the state at the last fact, in the persons' precision.

    The effect is the difference of two sums of sessions, one fading with the half-life and one with the delay.
    """
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
    expectation = np.array(timeline.expectation_fraction, dtype=decay.dtype)[:, None]
    log_shares = log_share_left(persons, effects[:-1]) - expectation[:-1] * persons.sham_fall
    usual = persons.day_to_day * persons.day_to_day
    log_likelihood, deviation, variance = np.zeros_like(decay), np.zeros_like(decay), usual
    with np.errstate(all="ignore"):
        for fact, gap_days, log_share in zip(timeline.seen, timeline.seen_gaps_days, log_shares, strict=False):
            deviation, variance = _carried(deviation, variance, usual, gap_days)
            gain, deviation, variance = deviated(persons, log_share, deviation, variance, fact)
            log_likelihood += gain
    deviation, variance = _carried(deviation, variance, usual, timeline.seen_gaps_days[-1])
    # A draw too far out for single precision is as good as impossible.
    return np.where(np.isfinite(log_likelihood), log_likelihood, IMPOSSIBLE_NATS), State(
        amount=amount,
        effect=np.maximum(effects[-1], 0.0),
        deviation=deviation,
        variance=variance,
        expectation_fraction=timeline.expectation_fraction[-1],
    )


def _carried(deviation: Floats, variance: Floats, usual: Floats, days: float) -> tuple[Floats, Floats]:
    memory = math.exp(-days / DEVIATION_MEMORY_DAYS)
    return deviation * memory, usual + (variance - usual) * (memory * memory)


def days_between(earlier: datetime, later: datetime) -> float:
    """Days of 24 hours between two aware moments."""
    return (later - earlier).total_seconds() / SECONDS_PER_DAY
