"""The situation a recommendation is made from, and what the record says of it: sessions held, days off, HDSS given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from ionto.follow.alerts import rested_on
from ionto.follow.response import Belief
from ionto.follow.response.curves import Floats
from ionto.follow.response.forecast import TOLERANCES_SCORE, left_alone
from ionto.follow.response.observation import controlled
from ionto.follow.taper import proven_days
from ionto.words.limits import EFFECTIVE_FLOOR_MIN
from ionto.words.records import CauseFact, ClearedFact, HdssFact, PrescriptionFact, SessionFact

HORIZON_DAYS = 42
# An HDSS answer this long before a try at treatment still counts as the one it began with.
HDSS_BEFORE_DAYS = 60
# Change is looked for after the tenth session [CAN07, HOL87].
HDSS_AFTER_COUNT = 10

Away = tuple[tuple[date, date], ...]
# Monday is 0, as in datetime.
EVERY_WEEKDAY = frozenset(range(7))


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known and wished on one day. `away` holds first and last days without a device, `weekdays` the days of
    the week (Monday is 0) on which the person can hold a session, `causes` what they found of the known causes here, in
    time order.

    Raises
    ------
    ValueError
        When the parts do not fit together, with one sentence.
    """

    belief: Belief
    prescription: PrescriptionFact
    today: date
    zone: ZoneInfo
    tolerance_score: int
    away: Away
    risk_prob: float
    weekdays: frozenset[int] = EVERY_WEEKDAY
    causes: tuple[CauseFact, ...] = ()

    def __post_init__(self) -> None:
        if self.tolerance_score not in TOLERANCES_SCORE:
            raise ValueError(f"tolerance must be an HDSS score of 1, 2 or 3, not {self.tolerance_score}")
        if not (math.isfinite(self.risk_prob) and 0.0 < self.risk_prob < 1.0):
            raise ValueError(f"risk_prob must lie between 0 and 1, not {self.risk_prob}")
        if not self.weekdays or not self.weekdays <= EVERY_WEEKDAY:
            raise ValueError("weekdays must name at least one day, 0 (Monday) to 6 (Sunday)")
        if self.prescription.site is not self.belief.site:
            raise ValueError(f"the prescription is for {self.prescription.site}, the belief about {self.belief.site}")
        for first, last in self.away:
            if last < first:
                raise ValueError(f"away ends on {last.isoformat()}, before it begins on {first.isoformat()}")
        if self.belief.facts and self.today < (latest := self.day_of(len(self.belief.facts) - 1)):
            raise ValueError(f"today is {self.today.isoformat()}, but the last fact is of {latest.isoformat()}")

    def day_of(self, index: int) -> date:
        """The local day of the fact at `index`."""
        return self.belief.facts[index].at.astimezone(self.zone).date()

    @cached_property
    def absences(self) -> Away:
        """The days away, ascending; spans that overlap or follow one another are one."""
        joined: list[tuple[date, date]] = []
        for first, last in sorted(self.away):
            if joined and first <= joined[-1][1] + timedelta(days=1):
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        return tuple(joined)

    @cached_property
    def controlled_prob_left_alone(self) -> Floats:
        """Probability of control this evening and on each of the next six weeks, without a session; shape (days,)."""
        days = [self.today + timedelta(days=days) for days in range(HORIZON_DAYS)]
        states = left_alone(self.belief, days, self.zone)
        probs = controlled(self.belief.persons, states, self.tolerance_score) @ self.belief.weight
        return np.clip(probs, 0.0, 1.0)

    @cached_property
    def held_on(self) -> tuple[date, ...]:
        """The local days on which a session was begun, whether or not it earned credit, ascending."""
        return tuple(
            sorted(
                {fact.at.astimezone(self.zone).date() for fact in self.belief.facts if isinstance(fact, SessionFact)}
            )
        )

    @cached_property
    def credited(self) -> tuple[SessionFact, ...]:
        """The sessions long enough to count [HID94], in time order."""
        return tuple(
            fact
            for fact in self.belief.facts
            if isinstance(fact, SessionFact) and fact.duration_min >= EFFECTIVE_FLOOR_MIN
        )

    @cached_property
    def proven_days(self) -> int:
        """The longest time after a session that the person noted to be within tolerance."""
        days_of = [fact.at.astimezone(self.zone).date() for fact in self.belief.facts]
        return proven_days(self.belief.facts, days_of, self.tolerance_score, self.today)

    @cached_property
    def free_from(self) -> date:
        """Since when nothing has held sessions back: the prescription has begun, the skin has had its day off, and a
        clinician has looked at what was serious."""
        facts = self.belief.facts
        rested = rested_on(self.belief.site, facts, zone=self.zone) or self.prescription.starts_on
        cleared = [fact.at.astimezone(self.zone).date() for fact in facts if isinstance(fact, ClearedFact)]
        return max([self.prescription.starts_on, rested, *cleared])

    @cached_property
    def not_before(self) -> date:
        """The first day the next session may be held."""
        return max(self.today, self.free_from)

    def hdss_unchanged(self, sessions: Sequence[SessionFact]) -> bool | None:
        """Whether HDSS after the tenth of these sessions is as high as before the second; None when not asked."""
        if len(sessions) <= HDSS_AFTER_COUNT:
            return None
        begun, second, tenth = sessions[0].at, sessions[1].at, sessions[HDSS_AFTER_COUNT - 1].at
        answers = [fact for fact in self.belief.facts if isinstance(fact, HdssFact)]
        before = [fact.score for fact in answers if begun - timedelta(days=HDSS_BEFORE_DAYS) <= fact.at <= second]
        after = [fact.score for fact in answers if fact.at > tenth]
        return median(after) >= median(before) if before and after else None
