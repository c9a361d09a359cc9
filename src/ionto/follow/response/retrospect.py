"""Looking back: whether sweating was under control at earlier moments, as seen with all that is known now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from ionto.follow.response.belief import Belief
from ionto.follow.response.observation import controlled
from ionto.follow.response.timeline import effects_of, timeline_through
from ionto.follow.response.transition import State, dose_of, untreated
from ionto.words.records import SessionFact


def looking_back(belief: Belief, moments: Sequence[datetime], *, tolerance: int) -> tuple[float, ...]:
    """Probability of control (HDSS at or below `tolerance`) at each of the ascending moments, before any session then.

    The day-to-day deviation is averaged over, so this is about usual days, not about one day.
    """
    if not moments:
        return ()
    persons = belief.persons
    usual = untreated(persons)
    sessions = [
        (fact.at, dose_of(fact, belief.full_dose_ma_min))
        for fact in belief.facts
        if isinstance(fact, SessionFact) and fact.at < moments[-1]
    ]
    events = [*((moment, None) for moment in moments), *sessions]
    timeline = timeline_through(sorted(events, key=lambda event: (event[0], event[1] is not None)))
    states = State(
        amount=usual.amount,
        effect=np.maximum(effects_of(persons, timeline)[1], 0.0),
        deviation=usual.deviation,
        variance=usual.variance,
        expectation_fraction=np.array(timeline.expectation_fraction)[:, None],
    )
    return tuple(np.clip(controlled(persons, states, tolerance) @ belief.weight, 0.0, 1.0).tolist())
