"""Looking back: whether sweating was under control at earlier moments, as seen with all that is known now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from ionto.follow.response.belief import Belief
from ionto.follow.response.observation import controlled
from ionto.follow.response.timeline import days_between
from ionto.follow.response.transition import dose_of, elapsed, stacked, treated, untreated
from ionto.words.records import SessionFact


def looking_back(belief: Belief, moments: Sequence[datetime], *, tolerance: int) -> tuple[float, ...]:
    """Probability of control (HDSS at or below `tolerance`) at each of the ascending moments, before any session then.

    The day-to-day deviation is averaged over, so this is about usual days, not about one day.
    """
    persons = belief.persons
    usual = untreated(persons)
    sessions = [fact for fact in belief.facts if isinstance(fact, SessionFact)]
    state, since, held_count = usual, None, 0
    states = []
    for moment in moments:
        while held_count < len(sessions) and sessions[held_count].at < moment:
            session = sessions[held_count]
            state = elapsed(persons, state, 0.0 if since is None else days_between(since, session.at))
            state = treated(persons, state, dose_of(session, belief.full_dose_ma_min))
            since, held_count = session.at, held_count + 1
        state = elapsed(persons, state, 0.0 if since is None else days_between(since, moment))
        since = moment if since is not None else None
        states.append(replace(state, deviation=usual.deviation, variance=usual.variance))
    if not states:
        return ()
    probs = controlled(persons, stacked(states), tolerance) @ belief.weight
    return tuple(np.clip(probs, 0.0, 1.0).tolist())
