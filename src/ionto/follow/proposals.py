"""Proposals: what the record speaks for, but only a clinician may change. Each names its reason and changes nothing."""

from __future__ import annotations

from ionto.follow.current import skin_ceiling_ma
from ionto.follow.phase import NO_RESPONSE_COUNT, Standing
from ionto.follow.recommendation import Alert, Proposal, ResponseReview
from ionto.follow.review import FAIR_FROM_COUNT
from ionto.follow.rhythm import SessionAhead, count_of_week, gap_days
from ionto.follow.situation import Situation
from ionto.words.limits import SESSIONS_CEILING_PER_WEEK
from ionto.words.terms import CoursePhase, Waveform


def proposals_for(
    situation: Situation,
    standing: Standing,
    review: ResponseReview,
    alerts: tuple[Alert, ...],
    ahead: tuple[SessionAhead, ...],
) -> tuple[Proposal, ...]:
    """What to put before the clinician today; nothing while sessions are paused."""
    if standing.phase is CoursePhase.PAUSED:
        return ()
    found = (
        _next_step(standing, review),
        _gentler(situation, alerts),
        _more_often(situation, standing, ahead),
        _stronger(situation, standing),
    )
    return tuple(proposal for proposal in found if proposal is not None)


def _next_step(standing: Standing, review: ResponseReview) -> Proposal | None:
    given_up = review.verdict == "unlikely" and standing.tried_count >= FAIR_FROM_COUNT
    if standing.phase is not CoursePhase.NO_RESPONSE and not given_up:
        return None
    return Proposal(
        change="next_step",
        why=f"After {standing.tried_count} sessions without control the chance of it after twelve more is "
        f"{_percent(review.works_prob)}. Look at current, water and waveform, or take the next treatment.",
        sources=("CAN07", "HOL87", "IONTO"),
    )


def _gentler(situation: Situation, alerts: tuple[Alert, ...]) -> Proposal | None:
    if not any(alert.alert == "repeated_effect" for alert in alerts):
        return None
    ceiling_ma = skin_ceiling_ma(situation.prescription.site, situation.belief.facts)
    at = "" if ceiling_ma is None else f" The skin has borne no more than about {ceiling_ma:g} mA."
    said = f"The skin was irritated again and again.{at}"
    if situation.credited and situation.credited[-1].waveform is Waveform.PULSED:
        return Proposal(
            change="target_current",
            why=f"{said} The current is pulsed already; a lower target may be borne better.",
            sources=("DP450", "IONTO"),
        )
    return Proposal(
        change="waveform",
        why=f"{said} Pulsed current may be borne better.",
        sources=("DP450", "HHUK", "REI95"),
    )


def _more_often(situation: Situation, standing: Standing, ahead: tuple[SessionAhead, ...]) -> Proposal | None:
    """Where control was had, and the prescribed rhythm cannot keep it."""
    per_week = situation.prescription.sessions_per_week
    if standing.phase is not CoursePhase.MAINTENANCE or per_week >= SESSIONS_CEILING_PER_WEEK or not situation.held_on:
        return None
    full_week = count_of_week(situation.held_on, situation.held_on[-1]) >= per_week
    waits = bool(ahead) and (ahead[0].on - situation.today).days >= 1
    at_risk = 1.0 - standing.controlled_prob >= situation.risk_prob
    if not (full_week and waits and at_risk and (ahead[0].on - situation.held_on[-1]).days <= gap_days(situation) + 1):
        return None
    return Proposal(
        change="sessions_per_week",
        why=f"With {per_week} sessions a week the chance of being too wet is "
        f"{_percent(1.0 - standing.controlled_prob)}, above the {_percent(situation.risk_prob)} that was chosen.",
        sources=("DERMADRY", "OZC14"),
    )


def _stronger(situation: Situation, standing: Standing) -> Proposal | None:
    """Where the target is reached and borne, is not enough, and the cap leaves room."""
    prescription = situation.prescription
    cap_ma = prescription.cap_current_ma
    last = situation.credited[-3:]
    borne = len(last) == 3 and all(session.current_ma >= prescription.target_current_ma for session in last)
    if (
        cap_ma is None
        or cap_ma <= prescription.target_current_ma
        or standing.phase not in {CoursePhase.INDUCTION, CoursePhase.RELAPSE}
        or standing.tried_count < NO_RESPONSE_COUNT
        or not borne
        or skin_ceiling_ma(prescription.site, situation.belief.facts) is not None
    ):
        return None
    return Proposal(
        change="target_current",
        why=f"{standing.tried_count} sessions have not brought control, the target of "
        f"{prescription.target_current_ma:g} mA is borne well, and the cap of {cap_ma:g} mA leaves room.",
        sources=("DERMADRY", "SAAL-I"),
    )


def _percent(prob: float) -> str:
    return f"{100.0 * prob:.0f} %"
