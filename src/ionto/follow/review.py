"""The review: whether the treatment works for this person, when it is fair to say so, and what to check before.

Nobody is told that it does not work before the sixth session: most notice nothing until after the fourth [HHUK]. It is
said after the tenth at the earliest [CAN07, HOL87], and only when what the record knows of current, rhythm, waveform
and water is in order. Sessions and current are on record; what only the person can see, their water and how their
device is set, counts as they said last. benchmarks/nonresponse.py prints how often that is wrong.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np

from ionto.follow.recommendation import ResponseCheck, ResponseReview
from ionto.follow.response.forecast import on_evening
from ionto.follow.response.observation import controlled
from ionto.follow.response.transition import elapsed, treated, untreated
from ionto.follow.rhythm import WEEK_DAYS, gap_days
from ionto.follow.situation import Situation
from ionto.words.records import CauseFact
from ionto.words.terms import Answer, Cause, Waveform

FAIR_FROM_COUNT = 10
EARLY_FROM_COUNT = 6
# At or below this the treatment, as it stands, is unlikely to work; chosen from benchmarks/nonresponse.py.
UNLIKELY_PROB = 0.20
# What is tried in thought: so many more sessions in the prescription's rhythm.
MORE_SESSIONS_COUNT = 12
# The current is reached when the last sessions carried this share of the prescription's charge [IONTO].
REACHED_RATIO = 0.75
KEPT_RHYTHM_RATIO = 0.7
LAST_COUNT = 6


def review_of(situation: Situation) -> ResponseReview:
    """What may be said today about the response."""
    sessions = situation.credited
    works_prob = works_probability(situation)
    checks = (_current(situation), _sessions(situation), _waveform(situation), _water(situation))
    count = len(sessions)
    if count < EARLY_FROM_COUNT:
        verdict, why = (
            "too_early",
            "Most people notice nothing until after the fourth session; it is too early to tell.",
        )
    elif works_prob > UNLIKELY_PROB:
        verdict, why = "open", "What you noted so far does not speak against the treatment."
    elif count < FAIR_FROM_COUNT or any(check.settled is False for check in checks):
        verdict, why = (
            "check_first",
            "So far it does not look as if the treatment works. Check these things before you judge.",
        )
    else:
        verdict, why = (
            "unlikely",
            (f"After {count} sessions it is unlikely that this treatment, as it stands, will make you dry enough."),
        )
    return ResponseReview(
        verdict=verdict,  # type: ignore[arg-type]
        works_prob=works_prob,
        sessions_count=count,
        checks=checks if verdict in {"check_first", "unlikely"} else (),
        why=why,
    )


def works_probability(situation: Situation) -> float:
    """Probability that usual days are within tolerance after twelve more sessions in the prescription's rhythm."""
    belief, persons = situation.belief, situation.belief.persons
    state, _ = on_evening(persons, belief.state, belief.at, situation.today, situation.zone)
    for _ in range(MORE_SESSIONS_COUNT):
        state = elapsed(persons, treated(persons, state, 1.0), WEEK_DAYS / situation.prescription.sessions_per_week)
    usual = untreated(persons)
    on_usual_days = replace(state, deviation=usual.deviation, variance=usual.variance)
    fine = controlled(persons, on_usual_days, situation.tolerance_score) >= 0.5
    return float(np.clip(belief.weight @ fine, 0.0, 1.0))


def _current(situation: Situation) -> ResponseCheck:
    full_ma_min, last = situation.belief.full_dose_ma_min, situation.credited[-LAST_COUNT:]
    reached_ratio = median([session.delivered_ma_min / full_ma_min for session in last]) if last else 0.0
    reached_ma = median([session.current_ma for session in last]) if last else 0.0
    target_ma = situation.prescription.target_current_ma
    return ResponseCheck(
        check="current",
        settled=reached_ratio >= REACHED_RATIO,
        finding=f"Your last sessions ran at about {reached_ma:.0f} mA and carried {100 * reached_ratio:.0f} % of the "
        f"prescribed charge; the target is {target_ma:g} mA.",
        do="If the device does not reach the current, soak the skin first, or add a teaspoon of baking soda to each "
        "tray, or use mineral water. Longer or more sessions are for your clinician to decide.",
        sources=("SAAL-I", "FISCHER", "DERMADRY"),
    )


def _sessions(situation: Situation) -> ResponseCheck:
    held, per_week = situation.held_on, situation.prescription.sessions_per_week
    span_days = (held[-1] - held[0]).days + gap_days(situation) if held else 0
    due_count = max(1.0, span_days * per_week / WEEK_DAYS)
    kept_ratio = min(1.0, len(held) / due_count)
    return ResponseCheck(
        check="sessions",
        settled=kept_ratio >= KEPT_RHYTHM_RATIO,
        finding=f"You had {len(held)} of about {max(len(held), round(due_count))} sessions that were due.",
        do="Too few sessions, too far apart, wear off before they add up. Keep the rhythm for three or four weeks.",
        sources=("HOL87", "HHUK"),
    )


def _waveform(situation: Situation) -> ResponseCheck:
    pulsed = [session for session in situation.credited[-LAST_COUNT:] if session.waveform is Waveform.PULSED]
    said = _said_of(Cause.WAVEFORM, situation)
    if pulsed:
        finding = "Your last sessions were with pulsed current."
    elif said is not None and said.found is Answer.YES:
        finding = f"You said on {_day_of(said, situation)} that the device is set to pulsed or alternating current."
    else:
        finding = "Your last sessions were with direct current."
    return ResponseCheck(
        check="waveform",
        settled=not pulsed and (said is None or said.found is not Answer.YES),
        finding=finding,
        do="Pulsed current needs a few more sessions than direct current, and failed in two of ten; alternating "
        "current does nothing. Ask your clinician about direct current.",
        sources=("REI95", "REI93"),
    )


def _water(situation: Situation) -> ResponseCheck:
    said, settled = _said_of(Cause.WATER, situation), None
    finding = "The record does not know your water."
    if said is not None and said.found is not Answer.UNKNOWN:
        settled = said.found is Answer.NO
        finding = (
            f"You said on {_day_of(said, situation)} that your water {'is not' if settled else 'may be'} too soft."
        )
    return ResponseCheck(
        check="water",
        settled=settled,
        finding=finding,
        do="Use plain tap water that covers the skin evenly, without salt. Very soft or distilled water lets too "
        "little current through; salt makes it less effective.",
        sources=("HID94", "SATO93", "DERMADRY"),
    )


def _said_of(cause: Cause, situation: Situation) -> CauseFact | None:
    """What the person said last of a cause."""
    return next((fact for fact in reversed(situation.causes) if fact.cause is cause), None)


def _day_of(said: CauseFact, situation: Situation) -> str:
    on = said.at.astimezone(situation.zone).date()
    return f"{on.day} {on:%B %Y}"
