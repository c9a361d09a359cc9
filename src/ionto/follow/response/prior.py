"""The prior: what is believed about a person's sweating and response before anything is known of them.

Each person is ten standard normal scores, one per parameter below, and whether the treatment works at all.
The centres and spreads are those of docs/explanation/response-model.md, palms first. No publication gives per-patient
series, so every spread is a judgement around published means.

Another site of the same person may have been learned first: then the scores begin nearer to what was found there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from ionto.follow.response.curves import Floats, hypercube
from ionto.words.terms import Site

Flags = NDArray[np.bool_]


class Parameter(NamedTuple):
    """One parameter of a person, normal on the scale named. The name carries the unit of the value."""

    name: str
    scale: Literal["logarithmic", "plain"]
    centre: float
    spread: float
    set_by: tuple[str, ...]


PARAMETERS = (
    Parameter("untreated_mg_per_min", "logarithmic", math.log(50.0), 0.5, ("KAR04",)),
    Parameter("excess", "plain", 1.12, 0.4, ("CAN07",)),
    Parameter("session_effect_ratio", "logarithmic", math.log(0.45), 0.40, ("KIM17", "KAR04")),
    Parameter("half_life_days", "logarithmic", math.log(20.0), 0.75, ("KAR02", "HKMJ99", "GUL26")),
    Parameter("floor_fraction", "logarithmic", math.log(0.06), 0.5, ("KAR04",)),
    Parameter("steepness", "logarithmic", math.log(3.3), 0.2, ("HHUK",)),
    Parameter("delay_days", "logarithmic", math.log(4.0), 0.3, ("HHUK",)),
    Parameter("rating_offset_score", "plain", 0.0, 0.7, ()),
    Parameter("day_to_day", "logarithmic", math.log(0.30), 0.3, ()),
    # A fall of 13 %, 4 to 38 % in nine of ten: sham arms fell by 0 to 39 %.
    Parameter("sham_fall", "logarithmic", math.log(0.14), 0.75, ("KAR04", "KIM17")),
)
NON_RESPONDER_PROB = 0.13
# A non-responder keeps this share of a responder's effect, so that a long course may still show a trace.
NON_RESPONDER_EFFECT_RATIO = 0.12
# The model is calibrated on palms. Elsewhere the same centres stand, with wider spreads for what the site may change.
SPREAD_RATIO = {Site.PALMS: 1.0, Site.SOLES: 1.4, Site.AXILLAE: 1.4}
_SAME_AT_EVERY_SITE = {"rating_offset_score", "day_to_day", "sham_fall"}
# Nobody is further out than this; so nothing overflows.
FARTHEST_SCORE = 8.0
# Decay and onset are held this far apart, so that their difference has digits left in single precision.
RATES_APART_RATIO = 1e-3
# How much two sites of one person have in common, in every score and in the class. No publication gives it: judgement.
SITE_CORRELATION_RATIO = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """What a set of draws says the person may be like. Every field is an array of shape (draws,).

    untreated_mg_per_min    sweat rate of one side without treatment [mg/min]
    excess                  untreated sweating above the person's tolerance [ln units]
    session_effect_ratio    what one full-dose session adds to the effect, by responder class [1]
    half_life_days          of the effect [days]
    floor_fraction          share of sweating that remains at full effect [1]
    steepness               exponent of the effect curve [1]
    delay_days              half-life of the delay before the effect shows [days]
    rating_offset_score     personal offset of the 0-10 rating [points]
    day_to_day              standard deviation of ln sweat from day to day [ln units]
    sham_fall               what falls with any sessions, of whatever dose: expectation and a bad start [ln units]
    decay                   ln 2 over the half-life [1/day]
    onset                   ln 2 over the delay, at least a thousandth away from the decay [1/day]
    """

    untreated_mg_per_min: Floats
    excess: Floats
    session_effect_ratio: Floats
    half_life_days: Floats
    floor_fraction: Floats
    steepness: Floats
    delay_days: Floats
    rating_offset_score: Floats
    day_to_day: Floats
    sham_fall: Floats
    decay: Floats
    onset: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prior:
    """Normal centre and spread of each score, shape (10,), and the probability of being a responder."""

    centre: Floats
    spread: Floats
    responder_prob: float

    def log_density(self, scores: Floats, *, responder: bool) -> Floats:
        """Of scores (draws, 10) together with their class, up to a constant; shape (draws,)."""
        prob = self.responder_prob if responder else 1.0 - self.responder_prob
        off = (scores - self.centre) / self.spread
        constant = math.log(prob) - float(np.log(self.spread).sum())
        return np.asarray(constant - 0.5 * np.einsum("ij,ij->i", off, off))

    def draws(self, rng: np.random.Generator, count: int) -> tuple[Floats, Flags]:
        """Scores of shape (count, 10) and responder flags of shape (count,): a Latin hypercube, evenly spread."""
        levels = (np.arange(count) + 0.5) / count
        scores = self.centre + self.spread * hypercube(rng, count, len(PARAMETERS))
        return scores, rng.permutation(levels) < self.responder_prob


POPULATION = Prior(
    centre=np.zeros(len(PARAMETERS)), spread=np.ones(len(PARAMETERS)), responder_prob=1.0 - NON_RESPONDER_PROB
)


def prior_given(scores: Floats, responder: Flags, weight: Floats) -> Prior:
    """The prior for one site of a person of whom another site has been learned alone, as weighted draws.

    Each score of the two sites is taken as normal with correlation r, and the class as two answers with correlation r:
    given mean m and variance v there, the score here has mean r m and variance 1 - r^2 (1 - v), and the chance of being
    a responder moves by r of what it moved there.
    """
    r = SITE_CORRELATION_RATIO
    mean = weight @ scores
    variance = weight @ (scores - mean) ** 2
    moved = float(weight @ responder) - POPULATION.responder_prob
    return Prior(
        centre=r * mean,
        spread=np.sqrt(1.0 - r * r * (1.0 - variance)),
        responder_prob=POPULATION.responder_prob + r * moved,
    )


def persons_from(scores: Floats, responder: Flags, site: Site) -> Persons:
    """The persons that standard normal `scores` of shape (draws, 10) stand for, with their responder class, in single
    precision."""
    scores = cast(Floats, np.clip(scores, -FARTHEST_SCORE, FARTHEST_SCORE).astype(np.float32))
    values: dict[str, Floats] = {}
    for column, parameter in enumerate(PARAMETERS):
        spread = parameter.spread * (1.0 if parameter.name in _SAME_AT_EVERY_SITE else SPREAD_RATIO[site])
        value = parameter.centre + spread * scores[:, column]
        values[parameter.name] = np.exp(value) if parameter.scale == "logarithmic" else value
    values["session_effect_ratio"] = values["session_effect_ratio"] * np.where(
        responder, 1.0, NON_RESPONDER_EFFECT_RATIO
    ).astype(scores.dtype)
    decay, onset = math.log(2.0) / values["half_life_days"], math.log(2.0) / values["delay_days"]
    near = np.abs(onset - decay) < RATES_APART_RATIO * decay
    onset = np.where(near, (1.0 + RATES_APART_RATIO) * decay, onset)
    return Persons(**values, decay=decay, onset=onset)
