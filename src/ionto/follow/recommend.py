"""recommend(): the next session at one site, how long it may wait, at what current, and why."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from ionto.follow.alerts import alerts_for
from ionto.follow.current import next_current_ma
from ionto.follow.outlook import days_away, days_skipped, dry_until
from ionto.follow.phase import Standing, missed_count, standing_of
from ionto.follow.proposals import proposals_for
from ionto.follow.reasons import reasons, sources_of
from ionto.follow.recommendation import Recommendation
from ionto.follow.response import Belief, forecast
from ionto.follow.review import review_of
from ionto.follow.rhythm import (
    SessionAhead,
    comes_late,
    days_until_above,
    gap_days,
    longest_days,
    plan_ahead,
    possible,
)
from ionto.follow.situation import EVERY_WEEKDAY, HORIZON_DAYS, Away, Situation
from ionto.follow.taper import LONGEST_INTERVAL_DAYS
from ionto.words.records import CauseFact, PrescriptionFact
from ionto.words.terms import CoursePhase

DEFAULT_TOLERANCE_SCORE = 2
# Chosen from benchmarks/policies.py: half this risk buys few more dry days for its sessions, twice this loses many.
DEFAULT_RISK_PROB = 0.1
# A session may wait until the risk reaches this.
WAITING_RISK_PROB = 0.2
MONTH_DAYS = 30.4
RESTING = frozenset({CoursePhase.PAUSED, CoursePhase.NO_RESPONSE})


def recommend(
    belief: Belief,
    prescription: PrescriptionFact,
    today: date,
    *,
    zone: ZoneInfo,
    tolerance: int = DEFAULT_TOLERANCE_SCORE,
    away: Away = (),
    risk_prob: float = DEFAULT_RISK_PROB,
    weekdays: frozenset[int] = EVERY_WEEKDAY,
    causes: tuple[CauseFact, ...] = (),
) -> Recommendation:
    """The recommendation for one site on one local day.

    Control means HDSS at or below `tolerance` (1, 2 or 3). In maintenance the next session falls on the last day
    before the risk of being above it reaches `risk_prob`, within the taper's step. `away` holds first and last days
    without a device, `weekdays` the days of the week (Monday is 0) that suit, `causes` what the person found of the
    known causes at this site, in time order.

    Raises
    ------
    ValueError
        When the arguments do not fit together, or `today` lies before the last fact.
    """
    situation = Situation(
        belief=belief,
        prescription=prescription,
        today=today,
        zone=zone,
        tolerance_score=tolerance,
        away=away,
        risk_prob=risk_prob,
        weekdays=weekdays,
        causes=causes,
    )
    alerts = alerts_for(belief.site, belief.facts, today, zone=zone)
    standing = standing_of(situation, alerts)
    current_ma = 0.0 if standing.phase in RESTING else next_current_ma(prescription, belief.facts)
    ahead = _sessions_ahead(situation, standing, current_ma)
    waits_until = _may_wait_until(situation, standing, ahead)
    interval_days = _interval_days(situation, standing, ahead)
    review = review_of(situation)
    maintained = standing.phase is CoursePhase.MAINTENANCE
    return Recommendation(
        phase=standing.phase,
        next_session_on=ahead[0].on if ahead else None,
        may_wait_until=waits_until,
        interval_days=interval_days,
        current_ma=current_ma,
        sessions_per_month_expected=_sessions_per_month(situation, standing, interval_days),
        responder_prob=belief.responder_prob,
        forecast=forecast(
            belief,
            days=[today + timedelta(days=days) for days in range(HORIZON_DAYS)],
            dose_ratio_on={session.on: session.dose_ratio for session in ahead},
            zone=zone,
            tolerance=tolerance,
        ),
        dry_until=dry_until(situation),
        skipped=days_skipped(situation),
        review=review,
        missed_count=missed_count(situation, standing),
        away=days_away(situation, ahead, maintained=maintained),
        proposals=proposals_for(situation, standing, review, alerts, ahead),
        alerts=alerts,
        why=reasons(situation, standing, alerts, ahead, interval_days, waits_until),
        sources=sources_of(standing.phase),
    )


def _sessions_ahead(situation: Situation, standing: Standing, current_ma: float) -> tuple[SessionAhead, ...]:
    if standing.phase in RESTING:
        return ()
    return plan_ahead(situation, maintained=standing.phase is CoursePhase.MAINTENANCE, current_ma=current_ma)


def _may_wait_until(situation: Situation, standing: Standing, ahead: tuple[SessionAhead, ...]) -> date | None:
    """In maintenance the last day under the higher risk, within the taper's next step; else one step of the rhythm."""
    if not ahead:
        return None
    next_on = ahead[0].on
    latest = next_on + timedelta(days=gap_days(situation))
    if standing.phase is CoursePhase.MAINTENANCE:
        days = days_until_above(situation, max(WAITING_RISK_PROB, situation.risk_prob))
        # It may be put off into the taper's next step, never further.
        furthest_days = longest_days(situation, longest_days(situation, situation.proven_days))
        envelope_ends_on = situation.held_on[-1] + timedelta(days=furthest_days)
        latest = min(situation.today + timedelta(days=days - 1), envelope_ends_on)
    while latest > next_on and not possible(situation, latest):
        latest -= timedelta(days=1)
    return max(latest, next_on)


def _interval_days(situation: Situation, standing: Standing, ahead: tuple[SessionAhead, ...]) -> int | None:
    """Days from the last session to the next; when that one comes late, the interval that the plan settles to."""
    if not ahead:
        return None
    if standing.phase is not CoursePhase.MAINTENANCE:
        return gap_days(situation)
    late = 1.0 - standing.controlled_prob >= situation.risk_prob or comes_late(situation, ahead)
    since_last_days = (ahead[0].on - situation.held_on[-1]).days
    if not late and since_last_days <= LONGEST_INTERVAL_DAYS:
        return since_last_days
    steps_days = [(later.on - earlier.on).days for earlier, later in pairwise(ahead)]
    if not steps_days:
        # No second session in sight: the day on which the next one would have been due tells.
        due_in_days = days_until_above(situation, situation.risk_prob) - 1
        steps_days = [max(1, (situation.today - situation.held_on[-1]).days + due_in_days)]
    return min(steps_days[-1], longest_days(situation, situation.proven_days))


def _sessions_per_month(situation: Situation, standing: Standing, interval_days: int | None) -> float:
    if interval_days is None:
        return 0.0
    if standing.phase is CoursePhase.MAINTENANCE:
        return MONTH_DAYS / interval_days
    return MONTH_DAYS / 7.0 * situation.prescription.sessions_per_week
