"""The observation: how what a person reports, or a test shows, depends on sweating.

    x       = x0 + ln S - ln B          sweating against the person's tolerance; 0 is the border of HDSS 2 and 3
    HDSS    ordered logit on x, cuts -0.9, 0 and 0.8, scale 0.30
    rating  4.5 + 2.2 x + offset, logistic 0.70, rounded to 0-10
    day     dry, clammy or wet: ordered logit on x, cuts -0.6 and 0.4, scale 0.35
    weight  ln S + 0.25 t with five degrees of freedom; below 1 mg/min only "below" is believed
    iodine  logit of the dark area 1.3 (ln S - 3) + 0.60 normal; beyond 2 and 98 % only "beyond" is believed

The day-to-day deviation u is integrated out at Gauss-Hermite nodes; what is learned of it is kept as a normal. All of
it works in the precision of the arrays it is given.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ionto.follow.response.curves import Floats, normal_below, student5_below
from ionto.follow.response.prior import Persons
from ionto.follow.response.transition import State, log_residual
from ionto.words.records import DayFact, HdssFact, RatingFact, StarchIodineFact, SweatRateFact
from ionto.words.terms import Wetness

Observation = HdssFact | RatingFact | DayFact | SweatRateFact | StarchIodineFact

HDSS_CUTS = (-0.9, 0.0, 0.8)
HDSS_SCALE = 0.30
RATING_MIDDLE_SCORE = 4.5
RATING_SLOPE = 2.2
RATING_SCALE = 0.70
# Clammy is when sweating comes back and a session is due [UKSCHED]; so it lies around the border of control.
DAY_CUTS = (-0.6, 0.4)
DAY_SCALE = 0.35
WEIGHING_SCALE = 0.25
WEIGHING_FREEDOM = 5
WEIGHING_FLOOR_MG_PER_MIN = 1.0
IODINE_SLOPE = 1.3
IODINE_MIDDLE_LOG_SWEAT = 3.0
IODINE_SCALE = 0.60
IODINE_EDGE_FRACTION = 0.02
_T_NORMALISER = math.gamma(3.0) / (math.gamma(2.5) * math.sqrt(5.0 * math.pi))
_WETNESS = tuple(Wetness)
_NORMAL_NORMALISER = 1.0 / math.sqrt(2.0 * math.pi)
# No single answer may weigh more than this against a person.
_LEAST_MASS = 1e-30

# Gauss-Hermite by Golub and Welsch (numpy.polynomial has it too, and is slow to load).
_ROOTS = np.sqrt(np.arange(1.0, 8.0))
_NODES, _vectors = np.linalg.eigh(np.diag(_ROOTS, 1) + np.diag(_ROOTS, -1))
_NODES = (_NODES - _NODES[::-1]) / 2.0
_WEIGHTS = (_vectors[0] ** 2 + _vectors[0, ::-1] ** 2) / 2.0
# Rows that sum a likelihood at the nodes, and its first and second moment.
_MOMENTS = _WEIGHTS * np.stack([np.ones(8), _NODES, _NODES**2])
_OF_PRECISION: dict[np.dtype[Any], tuple[Floats, Floats]] = {
    np.dtype(kind): (_NODES[:, None].astype(kind), _MOMENTS.astype(kind)) for kind in (np.float32, np.float64)
}


class Answer(NamedTuple):
    """An answer is given when slope x + own offset + a logistic of `scale` lies between `low` and `high`."""

    slope: float
    own: float
    low: float
    high: float
    scale: float


class Measure(NamedTuple):
    """A measurement is slope ln S plus scatter of `scale`, Student t with five degrees of freedom or normal.

    `beyond` is -1 where only "below the value" is believed, 1 where only "above" is, else 0.
    """

    value: float
    slope: float
    scale: float
    heavy_tailed: bool
    beyond: int


Law = Answer | Measure


def law_of(fact: Observation) -> Law:
    """How this fact depends on sweating."""
    match fact:
        case HdssFact():
            return Answer(1.0, 0.0, *_bounds(HDSS_CUTS, fact.score - 1), HDSS_SCALE)
        case RatingFact():
            low = -math.inf if fact.score == 0 else fact.score - 0.5 - RATING_MIDDLE_SCORE
            high = math.inf if fact.score == 10 else fact.score + 0.5 - RATING_MIDDLE_SCORE
            return Answer(RATING_SLOPE, 1.0, low, high, RATING_SCALE)
        case DayFact():
            return Answer(1.0, 0.0, *_bounds(DAY_CUTS, _WETNESS.index(fact.felt)), DAY_SCALE)
        case SweatRateFact():
            weighed = math.log(max(fact.sweat_mg_per_min, WEIGHING_FLOOR_MG_PER_MIN))
            beyond = -1 if fact.sweat_mg_per_min < WEIGHING_FLOOR_MG_PER_MIN else 0
            return Measure(weighed, 1.0, WEIGHING_SCALE, heavy_tailed=True, beyond=beyond)
        case StarchIodineFact():
            area = min(max(fact.area_fraction, IODINE_EDGE_FRACTION), 1.0 - IODINE_EDGE_FRACTION)
            beyond = (fact.area_fraction > 1.0 - IODINE_EDGE_FRACTION) - (fact.area_fraction < IODINE_EDGE_FRACTION)
            value = math.log(area / (1.0 - area)) + IODINE_SLOPE * IODINE_MIDDLE_LOG_SWEAT
            return Measure(value, IODINE_SLOPE, IODINE_SCALE, heavy_tailed=False, beyond=beyond)


def observed(persons: Persons, state: State, fact: Observation) -> tuple[Floats, State]:
    """Log likelihood of the observation for each draw, shape (draws,), and the state that knows of it."""
    log_share = log_residual(persons, state)
    mass, deviation, variance = deviated(persons, log_share, state.deviation, state.variance, law_of(fact))
    return np.log(mass), replace(state, deviation=deviation, variance=variance)


def deviated(
    persons: Persons, log_share: Floats, deviation: Floats, variance: Floats, law: Law
) -> tuple[Floats, Floats, Floats]:
    """Likelihood of what was observed, and mean and variance of the deviation that know of it, each (draws,).

    `log_share` is ln of the share of untreated sweating without deviation, shape (draws,).
    """
    nodes, moments = _OF_PRECISION[log_share.dtype]
    spread: Floats = np.sqrt(variance)
    mass, first, second = moments @ _likelihood(persons, log_share + deviation, spread, nodes, law)
    np.maximum(mass, _LEAST_MASS, out=mass)
    first /= mass
    second /= mass
    second -= first * first
    return mass, deviation + spread * first, variance * np.maximum(second, 1e-4)


def _likelihood(persons: Persons, level: Floats, spread: Floats, nodes: Floats, law: Law) -> Floats:
    """Probability (or density of the logarithm or logit, for a measurement) at ln(S/B) = level + spread * node; shape
    (nodes, draws)."""
    if isinstance(law, Answer):
        centre = law.slope * (persons.excess + level)
        if law.own:
            centre += law.own * persons.rating_offset_score
        return _logistic_between(centre, law.slope * spread, nodes, (law.low, law.high), law.scale)
    middle = (law.value - law.slope * (np.log(persons.untreated_mg_per_min) + level)) / law.scale
    off = middle - spread * (nodes * (law.slope / law.scale))
    if law.beyond:
        lies_below = student5_below if law.heavy_tailed else normal_below
        return lies_below(-law.beyond * off)
    if law.heavy_tailed:
        near = 1.0 / (1.0 + off * off / WEIGHING_FREEDOM)
        return _T_NORMALISER / law.scale * (near * near * near)
    return _NORMAL_NORMALISER / law.scale * np.exp(-0.5 * off * off)


def hdss_probabilities(persons: Persons, state: State) -> Floats:
    """Probability of each HDSS score with the day-to-day deviation integrated out; shape (4, …, draws)."""
    x = persons.excess + log_residual(persons, state) + state.deviation
    centre, spread = np.ravel(x), np.ravel(np.sqrt(state.variance))
    nodes, moments = _OF_PRECISION[centre.dtype]
    odds = np.exp((centre + spread * nodes) * (1.0 / HDSS_SCALE))
    at_most = [moments[0] @ (1.0 / (1.0 + odds * math.exp(-cut / HDSS_SCALE))) for cut in HDSS_CUTS]
    probs = np.diff(at_most, axis=0, prepend=0.0, append=1.0)
    return np.reshape(np.maximum(probs, 0.0), (len(probs), *x.shape))


def controlled(persons: Persons, state: State, tolerance: int) -> Floats:
    """Probability, for each draw, that sweating is no worse than HDSS `tolerance` (1, 2 or 3); shape
    (…, draws)."""
    x = persons.excess + log_residual(persons, state) + state.deviation
    return normal_below((HDSS_CUTS[tolerance - 1] - x) / np.sqrt(state.variance))


def _bounds(cuts: tuple[float, ...], rank: int) -> tuple[float, float]:
    """Between which cuts the answer of this rank, from 0, lies."""
    fenced = (-math.inf, *cuts, math.inf)
    return fenced[rank], fenced[rank + 1]


def _logistic_between(
    centre: Floats, spread: Floats, nodes: Floats, bounds: tuple[float, float], scale: float
) -> Floats:
    """Mass of a logistic distribution around centre + spread * node between two bounds, shape (nodes, draws).

    F(high) - F(low) = (1 - exp((low - high) / scale)) / (1 + h l + h odds + l / odds), without cancellation, where
    h = exp(-high / scale) and l = exp(low / scale). The nodes are symmetric, so that one exponential serves both odds
    and their reciprocal.
    """
    low, high = math.exp(bounds[0] / scale), math.exp(-bounds[1] / scale)
    half = len(nodes) // 2
    odds = np.exp(centre * (1.0 / scale))
    turned = np.empty((len(nodes), centre.size), dtype=centre.dtype)
    np.exp(spread * (nodes[half:] * (1.0 / scale)), out=turned[half:])
    np.divide(1.0, turned[half:][::-1], out=turned[:half])
    below = None
    if high > 0.0:
        below = turned * (high * odds)
    if low > 0.0:
        wetter = turned[::-1] * (low / odds)
        below = wetter if below is None else np.add(below, wetter, out=below)
    assert below is not None
    below += 1.0 + high * low
    return np.divide(1.0 - low * high, below, out=below)
