"""The phase of the course at one site, from what is known today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from ionto.follow.alerts import RED
from ionto.follow.recommendation import Alert
from ionto.follow.response.forecast import FORECAST_HOUR, left_alone
from ionto.follow.response.observation import controlled
from ionto.follow.response.retrospect import looking_back
from ionto.follow.response.transition import untreated
from ionto.follow.rhythm import (
    CONTROL_LIKELY_PROB,
    INDUCTION_FLOOR_COUNT,
    ONE_DAY,
    WEEK_DAYS,
    controlled_tonight,
    possible,
)
from ionto.follow.situation import Situation
from ionto.words.terms import CoursePhase

# The effect of a session shows after some days; control is looked for then, or at the next session if that is sooner.
EFFECT_SHOWN_DAYS = 5
# Below this on usual days, control that once was likely is taken as lost; one bad day is no relapse.
RELAPSE_PROB = 0.50
# No response is judged after 12 sessions [HOL87, CAN07].
NO_RESPONSE_COUNT = 12
LOW_RESPONDER_PROB = 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the course stands.

    controlled_prob         of control this evening, with the day's own deviation
    usual_controlled_prob   of control this evening if it is a usual day
    tried_count             sessions since control was last likely; all of them if it never was
    hdss_unchanged          whether those left HDSS as it was; None when it was not asked before and after
    """

    phase: CoursePhase
    controlled_prob: float
    usual_controlled_prob: float
    credited_count: int
    tried_count: int
    hdss_unchanged: bool | None


def standing_of(situation: Situation, alerts: tuple[Alert, ...]) -> Standing:
    """The phase today, and the numbers that decided it."""
    sessions = situation.credited
    since_control_count = _sessions_up_to_last_control(situation)
    tried = sessions[since_control_count:]
    usual_prob, unchanged = usual_controlled_prob(situation), situation.hdss_unchanged(tried)
    hopeless = situation.belief.responder_prob < LOW_RESPONDER_PROB or unchanged is True
    if any(alert.level in RED for alert in alerts):
        phase = CoursePhase.PAUSED
    elif since_control_count and usual_prob >= RELAPSE_PROB:
        phase = CoursePhase.MAINTENANCE
    elif len(tried) >= NO_RESPONSE_COUNT and hopeless:
        phase = CoursePhase.NO_RESPONSE
    else:
        phase = CoursePhase.RELAPSE if since_control_count else CoursePhase.INDUCTION
    return Standing(
        phase=phase,
        controlled_prob=controlled_tonight(situation),
        usual_controlled_prob=usual_prob,
        credited_count=len(sessions),
        tried_count=len(tried),
        hdss_unchanged=unchanged,
    )


def usual_controlled_prob(situation: Situation) -> float:
    """Probability of control this evening if it is a usual day: today's own deviation is left out."""
    belief, usual = situation.belief, untreated(situation.belief.persons)
    tonight = left_alone(belief, [situation.today], situation.zone)
    usual_evening = replace(tonight, deviation=usual.deviation, variance=usual.variance)
    (prob,) = controlled(belief.persons, usual_evening, situation.tolerance_score) @ belief.weight
    return float(prob)


def _evening(situation: Situation) -> datetime:
    """This evening, or the last fact if that came later."""
    evening = datetime.combine(situation.today, time(FORECAST_HOUR), situation.zone).astimezone(UTC)
    return evening if situation.belief.at is None else max(evening, situation.belief.at)


def _sessions_up_to_last_control(situation: Situation) -> int:
    """How many sessions had been held when control was last likely on usual days; 0 if it never was."""
    sessions = situation.credited
    ends = [later.at for later in sessions[1:]]
    if sessions:
        ends.append(_evening(situation))
    moments = [
        min(session.at + timedelta(days=EFFECT_SHOWN_DAYS), end) for session, end in zip(sessions, ends, strict=True)
    ]
    probs = looking_back(situation.belief, moments, tolerance=situation.tolerance_score)
    likely = [count for count, prob in enumerate(probs, start=1) if prob >= CONTROL_LIKELY_PROB]
    return likely[-1] if likely and likely[-1] >= INDUCTION_FLOOR_COUNT else 0


def missed_count(situation: Situation, standing: Standing) -> int:
    """Sessions that the prescription's rhythm had since the last one and that were not held; 0 outside of it.

    The rhythm is in force in the induction, and in a relapse from its first session on. What was held back, for a rest
    of the skin or until a clinician has looked, was not missed.
    """
    in_rhythm = standing.phase is CoursePhase.INDUCTION or (
        standing.phase is CoursePhase.RELAPSE and standing.tried_count > 0
    )
    if not (in_rhythm and situation.held_on):
        return 0
    begun_on = max(situation.held_on[-1] + ONE_DAY, situation.free_from)
    home = sum(
        possible(situation, begun_on + timedelta(days=days)) for days in range((situation.today - begun_on).days)
    )
    return home * situation.prescription.sessions_per_week // WEEK_DAYS
