"""The current of the next session: up by a step after each session that was tolerated, down after an amber effect.

What the skin has objected to is remembered: for a while the current stays a step below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ionto.follow.alerts import level_of
from ionto.words.limits import EFFECTIVE_FLOOR_MIN, floored
from ionto.words.records import Fact, PrescriptionFact, SessionFact, SideEffectFact
from ionto.words.terms import AlertLevel, Effect, Outcome, Site

# Up by 1 mA a session [DERMADRY].
STEP_CURRENT_MA = 1.0
# An amber effect lowers the current by a quarter: the middle of 20 to 30 % [IONTO].
AMBER_RATIO = 0.75
# Without a start current in the prescription, a third of the target [IONTO].
START_RATIO = 1.0 / 3.0
FLOOR_CURRENT_MA = 1.0
# So many well borne sessions after an amber effect the current may try that height again [IONTO].
SKIN_REMEMBERS_COUNT = 6
# These come of too much treatment, not of too much current at once.
_OF_TREATMENT = frozenset({Effect.DRYNESS, Effect.CRACKING})
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
    ceiling_ma = skin_ceiling_ma(prescription.site, facts)
    if ceiling_ma is not None:
        current_ma = min(current_ma, ceiling_ma)
    return limited_ma(prescription, max(current_ma, FLOOR_CURRENT_MA))


def skin_ceiling_ma(site: Site, facts: Sequence[Fact]) -> float | None:
    """A step below the lowest current that this skin has objected to of late [mA]; None when there is no such memory.

    Six well borne sessions later it is forgotten; after the same again it comes back.
    """
    ceiling_ma, last_ma, borne_count = None, None, 0
    for fact in facts:
        if isinstance(fact, SessionFact) and fact.current_ma > 0.0:
            last_ma, borne_count = fact.current_ma, borne_count + _well_borne(fact)
            if borne_count > SKIN_REMEMBERS_COUNT:
                ceiling_ma = None
        elif _objects(fact, site) and last_ma is not None:
            objected_ma = max(last_ma - STEP_CURRENT_MA, FLOOR_CURRENT_MA)
            ceiling_ma = objected_ma if ceiling_ma is None else min(ceiling_ma, objected_ma)
            borne_count = 0
    return ceiling_ma


def _objects(fact: Fact, site: Site) -> bool:
    """Whether the fact is a side effect at this site that a lower current would spare."""
    return (
        isinstance(fact, SideEffectFact)
        and fact.site is site
        and fact.effect not in _OF_TREATMENT
        and level_of(fact) is not AlertLevel.GREEN
    )


def limited_ma(prescription: PrescriptionFact, current_ma: float) -> float:
    """The current under target and cap, floored to a tenth [mA]."""
    cap_ma = prescription.target_current_ma if prescription.cap_current_ma is None else prescription.cap_current_ma
    return floored(min(current_ma, prescription.target_current_ma, cap_ma), ADVICE_STEP_MA)


def _whole(session: SessionFact) -> bool:
    return session.outcome is Outcome.COMPLETED and session.duration_min >= EFFECTIVE_FLOOR_MIN


def _well_borne(session: SessionFact) -> bool:
    """Whether a whole session went by without pain."""
    return _whole(session) and not session.pain_reported


def _after_session(session: SessionFact, current_ma: float) -> float:
    if _well_borne(session):
        return session.current_ma + STEP_CURRENT_MA
    if _whole(session):
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
