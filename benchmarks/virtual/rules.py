"""Simple rules for maintenance, over arrays of people: what a leaflet, a maker or common sense would say.

Each rule is asked on the evening of every day whom to treat. All share one induction (twelve sessions in four weeks)
and one envelope (three sessions in seven days, a day between them). A rule sees what the person noted, the oracle sees
the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionto.follow.phase import LOW_RESPONDER_PROB, NO_RESPONSE_COUNT
from ionto.follow.rhythm import CONTROL_LIKELY_PROB
from ionto.follow.taper import LONGEST_INTERVAL_DAYS, PROOF_KEPT_DAYS, RATING_WITHIN_SCORE, step_days
from virtual.posterior import Posterior
from virtual.truth import Day, Floats, Truth

Flags = NDArray[np.bool_]
INDUCTION_DAYS = tuple(7 * week + day for week in range(4) for day in (0, 2, 4))
INDUCTION_LASTS_DAYS, YEAR_DAYS = 28, 365
# As prescribed: no rule treats more often than the induction did.
SESSIONS_PER_WEEK, GAP_DAYS = 3, 2
STEPS_COUNT = LONGEST_INTERVAL_DAYS + 1
STEP_OF = np.array([step_days(days) for days in range(STEPS_COUNT)])


class Rule:
    """Whom to treat this evening. `since` is days since each person's last session."""

    name: str

    def begin(self, truth: Truth) -> None:
        """A new group of people."""
        self.truth = truth

    def hear(self, day: int, seen: Day) -> None:
        """What was noted today, on every day, the induction's too."""

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        """Who is due tonight, in maintenance."""
        raise NotImplementedError

    def done(self, treated: Flags) -> None:
        """Who was treated."""

    def night(self) -> None:
        """A day passes."""


class Fixed(Rule):
    def __init__(self, days: int) -> None:
        self.days, self.name = days, f"every {days} days"

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        return since >= self.days


class Ladder(Rule):
    """The makers' 7, 14, 28 days: four weekly, four two-weekly, then monthly [FISCHER, BCM, facts 3.7]."""

    name = "ladder 7, 14, 28 days"

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        begun = day - INDUCTION_LASTS_DAYS
        return since >= (7 if begun < 28 else 14 if begun < 84 else 28)


class Reactive(Rule):
    """Treat on the first day that the mean of the last ratings reaches a score."""

    def __init__(self, from_score: float, mean_of: int = 1) -> None:
        self.from_score, self.mean_of = from_score, mean_of
        last = "rating" if mean_of == 1 else f"mean of {mean_of} ratings"
        self.name = f"reactive, {last} from {from_score:g}"

    def begin(self, truth: Truth) -> None:
        self.ratings: list[NDArray[np.int64]] = []

    def hear(self, day: int, seen: Day) -> None:
        self.ratings = [*self.ratings[-self.mean_of + 1 :], seen.rating] if self.mean_of > 1 else [seen.rating]

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        return np.asarray(np.mean(self.ratings, axis=0) >= self.from_score)


class Clammy(Rule):
    """Treat on the first day that feels within a margin of what one tolerates, or after so many days in any case.

    It needs no record and no program: the person feels it, and without the offset that a written rating has.
    """

    def __init__(self, margin: float, at_most_days: int = 1000) -> None:
        self.margin, self.at_most_days = margin, at_most_days
        self.name = f"reactive, feels within {margin:g}" + ("" if at_most_days == 1000 else f", or {at_most_days} days")

    def hear(self, day: int, seen: Day) -> None:
        self.felt = seen.felt

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        return np.asarray((self.felt >= -self.margin) | (since >= self.at_most_days))


class Titrate(Rule):
    """An interval of one's own: longer by a tenth after a dry one, a fifth shorter as soon as it was wet."""

    def __init__(self, from_score: float, start_days: float = 7.0) -> None:
        self.from_score, self.start_days = from_score, start_days
        self.name = f"titrate x1.1, x0.8, rating from {from_score:g}"

    def begin(self, truth: Truth) -> None:
        self.interval_days = np.full(truth.count, self.start_days)
        self.wet = np.zeros(truth.count, dtype=bool)

    def hear(self, day: int, seen: Day) -> None:
        self.wet |= (seen.rating >= self.from_score) & (day >= INDUCTION_LASTS_DAYS)

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        return np.asarray(since >= np.where(self.wet, 0.8, 1.0) * self.interval_days)

    def done(self, treated: Flags) -> None:
        changed = np.clip(self.interval_days * np.where(self.wet, 0.8, 1.1), 1.0, 28.0)
        self.interval_days = np.where(treated, changed, self.interval_days)
        self.wet &= ~treated


class Oracle(Rule):
    """Knows the person, the effect and today's chance: treats when the true risk of being too wet is too high."""

    def __init__(self, risk_prob: float, ahead_days: float = 1.0) -> None:
        self.risk_prob, self.ahead_days = risk_prob, ahead_days
        self.name = f"oracle, true risk {risk_prob:g}" + ("" if ahead_days == 1.0 else f" in {ahead_days:g} days")

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        return np.asarray(self.truth.risk_prob(self.ahead_days) >= self.risk_prob)


class Ours(Rule):
    """What `recommend` does, for many people: the believed risk within the taper's step; who does not respond stops.

    `every_days` is how often a rating is written down; HDSS is asked once a week. tests/test_follow_benchmarks.py holds
    `due` beside `recommend` on the same draws.
    """

    def __init__(
        self,
        risk_prob: float,
        *,
        every_days: int = 1,
        taps: bool = False,
        steps: bool = True,
        stops: bool = True,
        draws_count: int = 256,
        seed: int = 1,
    ) -> None:
        self.risk_prob, self.every_days, self.steps, self.stops = risk_prob, every_days, steps, stops
        self.draws_count, self.seed, self.taps = draws_count, seed, taps
        self.name = f"ours, risk {risk_prob:g}"
        self.name += "" if every_days == 1 else f", a rating every {every_days} days"
        self.name += ", a tap a day" if taps else ""
        self.name += "" if steps else ", no steps"
        self.name += "" if stops else ", never stops"

    def begin(self, truth: Truth) -> None:
        count = truth.count
        self.posterior = Posterior(count, self.draws_count, seed=self.seed)
        self.everybody = np.ones(count, dtype=bool)
        self.last = np.full(count, -1)
        self.borne_on, self.borne = np.full((count, STEPS_COUNT), -10_000), np.zeros(count, dtype=int)
        self.held, self.ever = np.zeros(count, dtype=int), np.zeros(count, dtype=bool)
        self.stopped = np.zeros(count, dtype=bool)

    def hear(self, day: int, seen: Day) -> None:
        within = np.zeros(len(self.last), dtype=bool)
        if self.taps:
            self.posterior.tapped(seen.tapped, self.everybody)
            within |= seen.tapped == 0
        elif day % self.every_days == 0:
            self.posterior.rated(seen.rating, self.everybody)
            within |= seen.rating <= RATING_WITHIN_SCORE[2]
        if day % 7 == 0:
            self.posterior.answered(seen.hdss, self.everybody)
            within |= seen.hdss <= 2
        since = np.minimum(day - self.last, STEPS_COUNT - 1)
        who = np.flatnonzero(within & (self.last >= 0))
        self.borne_on[who, since[who]] = day
        recent = self.borne_on >= day - PROOF_KEPT_DAYS
        self.borne = np.where(recent.any(axis=1), STEPS_COUNT - 1 - recent[:, ::-1].argmax(axis=1), 0)
        self.ever |= (self.held >= 4) & (self.posterior.usual_controlled_prob() >= CONTROL_LIKELY_PROB)

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        due = self.at_risk()
        if self.steps:
            due |= since + 1 > STEP_OF[self.borne]
        hopeless = (self.held >= NO_RESPONSE_COUNT) & ~self.ever
        self.stopped |= hopeless & (self.posterior.responder_prob < LOW_RESPONDER_PROB)
        return np.asarray(due & ~self.stopped) if self.stops else np.asarray(due)

    def at_risk(self) -> Flags:
        """Who is likely enough to be above tolerance tomorrow."""
        return np.asarray(self.posterior.risk_prob() >= self.risk_prob)

    def done(self, treated: Flags) -> None:
        self.last = np.where(treated, self.posterior.day, self.last)
        self.held = self.held + treated
        self.posterior.treat(treated)

    def night(self) -> None:
        self.posterior.rest()


@dataclass(frozen=True, slots=True)
class Year:
    """What a year of maintenance came to, for each person."""

    controlled_fraction: Floats
    sessions_count: Floats
    worst_row_days: Floats  # days in a row above tolerance, the longest


def lived(truth: Truth, rule: Rule, *, days: int = YEAR_DAYS, told: Callable[[int], None] | None = None) -> Year:
    """One year of everybody under a rule, after the same induction."""
    rule.begin(truth)
    count = truth.count
    controlled, sessions, row, longest = (np.zeros(count) for _ in range(4))
    last, recent = np.full(count, -1), np.zeros((7, count), dtype=bool)
    for day in range(INDUCTION_LASTS_DAYS + days):
        seen = truth.seen()
        rule.hear(day, seen)
        recent[day % 7] = False
        if day < INDUCTION_LASTS_DAYS:
            who = np.full(count, day in INDUCTION_DAYS)
        else:
            fine = seen.x <= 0.0
            controlled += fine
            row = np.where(fine, 0.0, row + 1)
            longest = np.maximum(longest, row)
            fits = (recent.sum(axis=0) < SESSIONS_PER_WEEK) & (day - last >= GAP_DAYS)
            who = rule.due(day, day - last) & fits
            sessions += who
        recent[day % 7] = who
        last = np.where(who, day, last)
        truth.treat(who)
        rule.done(who)
        truth.rest()
        rule.night()
        if told is not None:
            told(day)
    return Year(controlled / days, sessions * 365.0 / days, longest)
