"""A sketch of the likelihood, all observations at once: where the draws begin, never what they weigh.

Every day-to-day deviation is taken as one more scatter of its answer, and answers close in time count for less. What
that gets wrong, the likelihood of timeline.py puts right, at several times the cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import numpy as np

from ionto.follow.response.curves import Floats
from ionto.follow.response.observation import Answer, Measure
from ionto.follow.response.prior import Persons
from ionto.follow.response.timeline import Timeline, effects_of
from ionto.follow.response.transition import DEVIATION_MEMORY_DAYS, log_share_left

# A logistic of this scale is as wide as a normal of standard deviation 1.
LOGISTIC_OF_NORMAL = math.sqrt(3.0) / math.pi
# Of the scatter of an answer so much is the day's, about, and lasts into the next ones.
LASTING_RATIO = 0.2
FARTHEST_LOGIT = 40.0


def sketch_of(timeline: Timeline) -> Callable[[Persons], Floats]:
    """The function that sketches the log likelihood of persons, shape (draws,)."""
    expectation = np.array(timeline.expectation_fraction[:-1], dtype=np.float32)[:, None]
    memory = np.exp(-np.array(timeline.seen_gaps_days[:-1]) / DEVIATION_MEMORY_DAYS)
    worth_ratio = (1.0 - memory) / (1.0 - memory + 2.0 * LASTING_RATIO * memory)
    worth_ratio[0] = 1.0
    worth_ratio = worth_ratio.astype(np.float32)
    is_answer = np.array([isinstance(law, Answer) for law in timeline.seen])
    answers, measures = np.flatnonzero(is_answer), np.flatnonzero(~is_answer)
    asked = _columns([law for law in timeline.seen if isinstance(law, Answer)])
    measured = _columns([law for law in timeline.seen if isinstance(law, Measure)])

    def sketched(persons: Persons) -> Floats:
        share = log_share_left(persons, effects_of(persons, timeline)[1][:-1]) - expectation * persons.sham_fall
        found = np.zeros_like(persons.excess)
        if answers.size:
            found += worth_ratio[answers] @ _log_answered(persons, share[answers], *asked)
        if measures.size:
            found += worth_ratio[measures] @ _log_measured(persons, share[measures], *measured)
        return found

    return sketched


def _log_answered(
    persons: Persons, share: Floats, slope: Floats, own: Floats, low: Floats, high: Floats, scale: Floats
) -> Floats:
    centre = slope * (persons.excess + share) + own * persons.rating_offset_score
    per_scale = 1.0 / np.sqrt(scale * scale + (LOGISTIC_OF_NORMAL * slope * persons.day_to_day) ** 2)
    above = np.exp(np.clip((low - centre) * per_scale, -FARTHEST_LOGIT, FARTHEST_LOGIT))
    below = np.exp(np.clip((centre - high) * per_scale, -FARTHEST_LOGIT, FARTHEST_LOGIT))
    return np.log(-np.expm1((low - high) * per_scale) / ((1.0 + above) * (1.0 + below)))


def _log_measured(
    persons: Persons, share: Floats, value: Floats, slope: Floats, scale: Floats, _tails: Floats, _beyond: Floats
) -> Floats:
    variance = scale * scale + (slope * persons.day_to_day) ** 2
    off = value - slope * (np.log(persons.untreated_mg_per_min) + share)
    return -0.5 * (off * off / variance + np.log(variance))


def _columns(laws: list[Answer] | list[Measure]) -> list[Floats]:
    """The fields of laws of one kind, each of shape (laws, 1)."""
    return [cast(Floats, np.array(column, dtype=np.float32)[:, None]) for column in zip(*laws, strict=True)]
