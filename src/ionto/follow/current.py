"""The current of the next session: up by a step after each session that was tolerated, down after an amber effect."""

from __future__ import annotations

from collections.abc import Sequence

from ionto.follow.alerts import level_of
from ionto.words.limits import EFFECTIVE_FLOOR_MIN, floored
from ionto.words.records import Fact, PrescriptionFact, SessionFact, SideEffectFact
from ionto.words.terms import AlertLevel, Effect, Outcome

# Up by 1 mA a session [DERMADRY].
STEP_CURRENT_MA = 1.0
# An amber effect lowers the current by a quarter: the middle of 20 to 30 % [IONTO].
AMBER_RATIO = 0.75
# Without a start current in the prescription, a third of the target [IONTO].
START_RATIO = 1.0 / 3.0
FLOOR_CURRENT_MA = 1.0
# Advice is given in tenths; the device's own step is applied when it is set.
ADVICE_STEP_MA = 0.1


def next_current_ma(prescription: PrescriptionFact, facts: Sequence[Fact]) -> float:
    """Current for the next session [mA], never above target or cap, floored to a tenth. `facts` in time order."""
    current_ma = prescription.start_current_ma or prescription.target_current_ma * START_RATIO
    last_ma = current_ma
    for fact in facts:
        if isinstance(fact, SessionFact) and fact.current_ma > 0.0:
            last_ma = fact.current_ma
            current_ma = _after_session(fact, current_ma)
        elif isinstance(fact, SideEffectFact) and fact.site is prescription.site:
            current_ma = _after_effect(fact, current_ma, last_ma)
    return limited_ma(prescription, max(current_ma, FLOOR_CURRENT_MA))


def limited_ma(prescription: PrescriptionFact, current_ma: float) -> float:
    """The current under target and cap, floored to a tenth [mA]."""
    cap_ma = prescription.target_current_ma if prescription.cap_current_ma is None else prescription.cap_current_ma
    return floored(min(current_ma, prescription.target_current_ma, cap_ma), ADVICE_STEP_MA)


def _after_session(session: SessionFact, current_ma: float) -> float:
    tolerated = session.outcome is Outcome.COMPLETED and session.duration_min >= EFFECTIVE_FLOOR_MIN
    if tolerated and not session.pain_reported:
        return session.current_ma + STEP_CURRENT_MA
    if tolerated:
        return session.current_ma
    # A fault says nothing about the skin; a session that was stopped, or hurt, gives no reason to rise.
    return (
        min(current_ma, session.current_ma)
        if session.outcome is Outcome.STOPPED or session.pain_reported
        else current_ma
    )


def _after_effect(fact: SideEffectFact, current_ma: float, last_ma: float) -> float:
    level = level_of(fact)
    if level is AlertLevel.GREEN:
        return min(current_ma, last_ma) if fact.effect is Effect.PAIN else current_ma
    return min(current_ma, AMBER_RATIO * last_ma)
