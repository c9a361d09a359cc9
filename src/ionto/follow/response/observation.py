"""The observation: how what a person reports or a scale weighs depends on sweating.

    x       = x0 + ln S - ln B          sweating against the person's tolerance; 0 is the border of HDSS 2 and 3
    HDSS    ordered logit on x, cuts -0.9, 0 and 0.8, scale 0.30
    rating  4.5 + 2.2 x + offset, logistic 0.70, rounded to 0-10
    weight  ln S + 0.25 t with five degrees of freedom; below 1 mg/min only "below" is believed

The day-to-day deviation u is integrated out at Gauss-Hermite nodes; what is learned of it is kept as a normal.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, stdtr

from ionto.follow.response.prior import Floats, Persons
from ionto.follow.response.transition import State, log_residual
from ionto.words.records import HdssFact, RatingFact, SweatRateFact

Observation = HdssFact | RatingFact | SweatRateFact

HDSS_CUTS = (-0.9, 0.0, 0.8)
HDSS_SCALE = 0.30
RATING_MIDDLE_SCORE = 4.5
RATING_SLOPE = 2.2
RATING_SCALE = 0.70
WEIGHING_SCALE = 0.25
WEIGHING_FREEDOM = 5
WEIGHING_FLOOR_MG_PER_MIN = 1.0
_T_NORMALISER = math.gamma(3.0) / (math.gamma(2.5) * math.sqrt(5.0 * math.pi))

_NODES, _raw_weights = np.polynomial.hermite_e.hermegauss(8)
_WEIGHTS = _raw_weights / _raw_weights.sum()
# Rows that sum a likelihood at the nodes, and its first and second moment.
_MOMENTS = _WEIGHTS * np.stack([np.ones(8), _NODES, _NODES**2])


def observed(persons: Persons, state: State, fact: Observation) -> tuple[Floats, State]:
    """Log likelihood of the observation for each draw, shape (draws,), and the state that knows of it."""
    spread = np.sqrt(state.variance)
    level = log_residual(persons, state) + state.deviation
    likelihood = _likelihood(persons, level + spread * _NODES[:, None], fact)
    mass, first, second = _MOMENTS @ likelihood
    total = np.maximum(mass, 1e-280)
    shift, square = first / total, second / total
    seen = replace(
        state,
        deviation=state.deviation + spread * shift,
        variance=state.variance * np.clip(square - shift**2, 1e-4, None),
    )
    return np.log(total), seen


def _likelihood(persons: Persons, log_share: Floats, fact: Observation) -> Floats:
    """Probability (or density of the logarithm, for a weight) at ln(S/B) of shape (nodes, draws)."""
    match fact:
        case HdssFact():
            return hdss_probability(persons.excess + log_share, fact.score)
        case RatingFact():
            centre = RATING_MIDDLE_SCORE + RATING_SLOPE * (persons.excess + log_share) + persons.rating_offset_score
            low = -math.inf if fact.score == 0 else fact.score - 0.5
            high = math.inf if fact.score == 10 else fact.score + 0.5
            return _logistic_between(centre, low, high, RATING_SCALE)
        case SweatRateFact():
            log_sweat = np.log(persons.untreated_mg_per_min) + log_share
            weighed = math.log(max(fact.sweat_mg_per_min, WEIGHING_FLOOR_MG_PER_MIN))
            off = (weighed - log_sweat) / WEIGHING_SCALE
            if fact.sweat_mg_per_min < WEIGHING_FLOOR_MG_PER_MIN:
                return np.asarray(stdtr(WEIGHING_FREEDOM, off))
            return np.asarray(_T_NORMALISER / WEIGHING_SCALE * (1.0 + off**2 / WEIGHING_FREEDOM) ** -3)


def hdss_probability(x: Floats, score: int) -> Floats:
    """Probability of an HDSS score, 1 to 4, at sweating x against tolerance; shape as x."""
    cuts = (-math.inf, *HDSS_CUTS, math.inf)
    return _logistic_between(x, cuts[score - 1], cuts[score], HDSS_SCALE)


def hdss_probabilities(persons: Persons, state: State) -> Floats:
    """Probability of each HDSS score with the day-to-day deviation integrated out; shape (4, draws)."""
    x = persons.excess + log_residual(persons, state) + state.deviation + np.sqrt(state.variance) * _NODES[:, None]
    return np.stack([_WEIGHTS @ hdss_probability(x, score) for score in (1, 2, 3, 4)])


def controlled(persons: Persons, state: State, tolerance: int) -> Floats:
    """Probability, for each draw, that sweating is no worse than HDSS `tolerance` (1, 2 or 3); shape (draws,)."""
    x = persons.excess + log_residual(persons, state) + state.deviation
    return np.asarray(ndtr((HDSS_CUTS[tolerance - 1] - x) / np.sqrt(state.variance)))


def _logistic_between(centre: Floats, low: float, high: float, scale: float) -> Floats:
    """Mass of a logistic distribution between two bounds, without the cancellation of a plain difference.

    F(high) - F(low) = (1 - exp((low - high) / scale)) / ((1 + odds exp(-high / scale)) (1 + exp(low / scale) / odds))
    """
    odds = np.exp(np.clip(centre / scale, -300.0, 300.0))
    if math.isinf(low):
        return np.asarray(1.0 / (1.0 + odds * math.exp(-high / scale)))
    if math.isinf(high):
        return np.asarray(1.0 / (1.0 + math.exp(low / scale) / odds))
    below, above = 1.0 + odds * math.exp(-high / scale), 1.0 + math.exp(low / scale) / odds
    return np.asarray(-math.expm1((low - high) / scale) / (below * above))
