"""The taper: after the induction the interval lengthens in steps, each earned by the person's own entries.

Usual practice goes from several sessions a week to one, then to two-weekly and monthly ones [UKSCHED, IONTO]. A step is
taken when the person has noted, so many days after a session, that sweating was still within tolerance. The risk of the
response model decides within the step; it may only shorten the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ionto.words.records import DayFact, Fact, HdssFact, RatingFact, SessionFact
from ionto.words.terms import Wetness

# Weekly, every 10 days, two-weekly, then by weeks to the longest that makers and clinics name [IONTO, FISCHER, BCM].
TAPER_STEPS_DAYS = (7, 10, 14, 21, 28)
LONGEST_INTERVAL_DAYS = TAPER_STEPS_DAYS[-1]
# Half a year: what was borne longer ago proves nothing now [IONTO].
PROOF_KEPT_DAYS = 182
# The highest rating that still counts as within an HDSS of 1, 2 and 3 (docs/explanation/response-model.md).
RATING_WITHIN_SCORE = {1: 2, 2: 4, 3: 6}
# What a tap must say for that: "dry" ends within HDSS 2, and "clammy" within HDSS 3 (response/observation.py).
FELT_WITHIN: dict[int, frozenset[Wetness]] = {
    1: frozenset(),
    2: frozenset({Wetness.DRY}),
    3: frozenset({Wetness.DRY, Wetness.CLAMMY}),
}


def within_tolerance(fact: Fact, tolerance_score: int) -> bool | None:
    """Whether an entry says that sweating was within tolerance; None for facts that are no such entry."""
    if isinstance(fact, HdssFact):
        return fact.score <= tolerance_score
    if isinstance(fact, RatingFact):
        return fact.score <= RATING_WITHIN_SCORE[tolerance_score]
    if isinstance(fact, DayFact):
        return fact.felt in FELT_WITHIN[tolerance_score]
    return None


def proven_days(facts: Sequence[Fact], days_of: Sequence[date], tolerance_score: int, today: date) -> int:
    """The longest time after a session at which the person noted to be within tolerance [days]; 0 if never.

    `days_of` has the local day of each fact; both in time order.
    """
    longest_days, last_on = 0, None
    for fact, on in zip(facts, days_of, strict=True):
        if isinstance(fact, SessionFact):
            last_on = on
        elif last_on is not None and within_tolerance(fact, tolerance_score) and (today - on).days <= PROOF_KEPT_DAYS:
            longest_days = max(longest_days, (on - last_on).days)
    return longest_days


def step_days(proven: int) -> int:
    """The longest interval that may be tried once `proven` days have been borne: the next step of the taper.

    >>> [step_days(days) for days in (0, 6, 7, 9, 10, 14, 20, 21, 40)]
    [7, 7, 10, 10, 14, 21, 21, 28, 28]
    """
    return next((step for step in TAPER_STEPS_DAYS if step > proven), LONGEST_INTERVAL_DAYS)
