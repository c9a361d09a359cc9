"""The rhythm: on which days sessions may be held, and on which they are due if nothing new becomes known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ionto.follow.current import STEP_CURRENT_MA, limited_ma
from ionto.follow.response.forecast import on_evening
from ionto.follow.response.observation import controlled
from ionto.follow.response.transition import DOSE_CEILING_RATIO, State, treated
from ionto.follow.situation import HORIZON_DAYS, Situation
from ionto.follow.taper import LONGEST_INTERVAL_DAYS, step_days
from ionto.words.limits import SESSIONS_CEILING_PER_WEEK

# Control is likely from here on; the induction ends there, after at least four sessions [HHUK].
CONTROL_LIKELY_PROB = 0.80
INDUCTION_FLOOR_COUNT = 4
# Nothing is planned further ahead than this, so that an endless absence ends the search.
PLANNABLE_DAYS = 400
WEEK_DAYS = 7
FEW_WEEKDAYS = 2
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAhead:
    """A session that is due if nothing new becomes known. The dose is relative to the protocol's charge."""

    on: date
    current_ma: float
    dose_ratio: float


@dataclass(frozen=True, slots=True)
class _Evenings:
    """The evenings from a moment on if there is no further session, each worked out once."""

    situation: Situation
    state: State
    at: datetime | None
    known: dict[date, tuple[State, datetime]] = field(default_factory=dict)

    def on(self, day: date) -> tuple[State, datetime]:
        if day not in self.known:
            persons = self.situation.belief.persons
            self.known[day] = on_evening(persons, self.state, self.at, day, self.situation.zone)
        return self.known[day]

    def controlled_prob(self, day: date) -> float:
        """Probability that sweating is at or below the tolerance that evening."""
        belief = self.situation.belief
        state, _ = self.on(day)
        return float(belief.weight @ controlled(belief.persons, state, self.situation.tolerance_score))

    def after_session(self, day: date, dose_ratio: float) -> _Evenings:
        """The evenings after a session on that one."""
        state, at = self.on(day)
        return _Evenings(self.situation, treated(self.situation.belief.persons, state, dose_ratio), at)


def gap_days(situation: Situation) -> int:
    """Days between two sessions of the induction: 7, 3, 2, 2 or 1 for one to five sessions a week."""
    per_week = situation.prescription.sessions_per_week
    return {1: 7, 2: 3, 3: 2, 4: 2, 5: 1}[per_week]


def present(situation: Situation, day: date) -> bool:
    """Whether the person has the device that day."""
    return not any(first <= day <= last for first, last in situation.away)


def possible(situation: Situation, day: date) -> bool:
    """Whether the person has the device that day, and it is a day of the week on which a session suits."""
    return present(situation, day) and day.weekday() in situation.weekdays


def allowed(situation: Situation, held: Sequence[date], day: date) -> bool:
    """Whether a session on `day` keeps to what is never passed: one a day, in any seven days what is prescribed, and
    never more than five [DERMADRY]."""
    if day < situation.not_before or not possible(situation, day) or (held and day <= held[-1]):
        return False
    return count_of_week(held, day) < min(situation.prescription.sessions_per_week, SESSIONS_CEILING_PER_WEEK)


def on_rhythm(situation: Situation, held: Sequence[date], day: date) -> bool:
    """Whether a session on `day` keeps the prescription's rhythm."""
    if day < situation.not_before or (held and (day - held[-1]).days < gap_days(situation)):
        return False
    return count_of_week(held, day) < situation.prescription.sessions_per_week


def longest_days(situation: Situation, proven_days: int) -> int:
    """The longest interval that the taper allows now; whole weeks for who has one or two days of the week."""
    step = step_days(proven_days)
    return step if len(situation.weekdays) > FEW_WEEKDAYS else WEEK_DAYS * math.ceil(step / WEEK_DAYS)


def controlled_tonight(situation: Situation) -> float:
    """Probability that sweating is at or below the tolerance this evening."""
    return float(situation.controlled_prob_left_alone[0])


def plan_ahead(situation: Situation, *, maintained: bool, current_ma: float) -> tuple[SessionAhead, ...]:
    """The sessions due over the next six weeks if nothing new becomes known, at least the next one where days allow.

    While control has not been likely (`maintained` is false), sessions follow the prescription's rhythm, the next one
    in any case: that control will be likely by then is a forecast, not yet a finding. After that a session is due on
    the last day before the risk of being above tolerance reaches `risk_prob`, or before the taper's step ends; each
    step that is planned counts as borne for the next one. The day before days away, or before days of the week that do
    not suit, counts all of them as one step. There a session may follow the last one sooner than the rhythm has it,
    where the risk or the rhythm's own next day asks for it; in any seven days it stays at what is prescribed.
    """
    held, ahead = list(situation.held_on), list[SessionAhead]()
    proven_days = situation.proven_days
    evenings = _Evenings(situation, situation.belief.state, situation.belief.at)
    for days in range(PLANNABLE_DAYS):
        if days >= HORIZON_DAYS and ahead:
            break
        day = situation.today + timedelta(days=days)
        if not maintained and ahead and len(held) >= INDUCTION_FLOOR_COUNT:
            maintained = evenings.controlled_prob(day) >= CONTROL_LIKELY_PROB
        if not allowed(situation, held, day):
            continue
        if maintained:
            due = _due_in_maintenance(situation, held, day, longest_days(situation, proven_days), evenings)
        else:
            due = _due_in_induction(situation, held, day)
        if due:
            if maintained and held:
                proven_days = max(proven_days, (day - held[-1]).days)
            dose_ma_min = current_ma * situation.prescription.duration_min
            dose_ratio = min(dose_ma_min / situation.belief.full_dose_ma_min, DOSE_CEILING_RATIO)
            ahead.append(SessionAhead(on=day, current_ma=current_ma, dose_ratio=dose_ratio))
            held.append(day)
            evenings = evenings.after_session(day, dose_ratio)
            current_ma = limited_ma(situation.prescription, current_ma + STEP_CURRENT_MA)
    return tuple(ahead)


def days_until_above(situation: Situation, risk_prob: float) -> int:
    """Days from today to the first day on which, without a session, the risk of being above tolerance reaches
    `risk_prob`; at most the longest interval."""
    above = 1.0 - situation.controlled_prob_left_alone[1:LONGEST_INTERVAL_DAYS] >= risk_prob
    return 1 + int(above.argmax()) if above.any() else LONGEST_INTERVAL_DAYS


def comes_late(situation: Situation, ahead: Sequence[SessionAhead]) -> bool:
    """Whether the risk of being above tolerance reaches `risk_prob` before the next session can be held."""
    waited_days = (ahead[0].on - situation.today).days
    return waited_days > 0 and waited_days >= days_until_above(situation, situation.risk_prob)


def _due_in_maintenance(
    situation: Situation,
    held: Sequence[date],
    day: date,
    most_days: int,
    evenings: _Evenings,
) -> bool:
    following, in_rhythm = next_possible(situation, day), on_rhythm(situation, held, day)
    if in_rhythm and held and (following - held[-1]).days > most_days:
        return True
    if following == day + ONE_DAY and not in_rhythm:
        return False
    return 1.0 - evenings.controlled_prob(following) >= situation.risk_prob


def _due_in_induction(situation: Situation, held: Sequence[date], day: date) -> bool:
    """Whether the rhythm's next day is `day`, or falls on a day right after it that is not possible."""
    days_count = (next_possible(situation, day) - day).days
    return any(on_rhythm(situation, held, day + timedelta(days=days)) for days in range(days_count))


def next_possible(situation: Situation, day: date) -> date:
    """The first day after `day` on which a session is possible."""
    for days in range(1, PLANNABLE_DAYS):
        if possible(situation, day + timedelta(days=days)):
            return day + timedelta(days=days)
    return day + timedelta(days=PLANNABLE_DAYS)


def count_of_week(held: Sequence[date], day: date) -> int:
    return sum(0 <= (day - earlier).days < WEEK_DAYS for earlier in held)
