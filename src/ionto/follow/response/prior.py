"""The prior: what is believed about a person's sweating and response before anything is known of them.

Each person is nine standard normal scores, one per parameter below, and whether the treatment works at all.
The centres and spreads are those of docs/explanation/response-model.md, palms first. No publication gives per-patient
series, so every spread is a judgement around published means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ionto.words.terms import Site

Floats = NDArray[np.float64]
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
)
NON_RESPONDER_PROB = 0.13
# A non-responder keeps this share of a responder's effect, so that a long course may still show a trace.
NON_RESPONDER_EFFECT_RATIO = 0.12
# The model is calibrated on palms. Elsewhere the same centres stand, with wider spreads for what the site may change.
SPREAD_RATIO = {Site.PALMS: 1.0, Site.SOLES: 1.4, Site.AXILLAE: 1.4}
_SAME_AT_EVERY_SITE = {"rating_offset_score", "day_to_day"}


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


def persons_from(scores: Floats, responder: Flags, site: Site) -> Persons:
    """The persons that standard normal `scores` of shape (draws, 9) stand for, with their responder class."""
    values: dict[str, Floats] = {}
    for column, parameter in enumerate(PARAMETERS):
        spread = parameter.spread * (1.0 if parameter.name in _SAME_AT_EVERY_SITE else SPREAD_RATIO[site])
        value = parameter.centre + spread * scores[:, column]
        values[parameter.name] = np.exp(value) if parameter.scale == "logarithmic" else value
    values["session_effect_ratio"] = values["session_effect_ratio"] * np.where(
        responder, 1.0, NON_RESPONDER_EFFECT_RATIO
    )
    return Persons(**values)


def log_prior(scores: Floats, responder: Flags) -> Floats:
    """Log prior density of scores and class, up to a constant, of shape (draws,)."""
    of_class = np.where(responder, math.log(1.0 - NON_RESPONDER_PROB), math.log(NON_RESPONDER_PROB))
    return np.asarray(of_class - 0.5 * np.einsum("ij,ij->i", scores, scores))


def draw_prior(rng: np.random.Generator, draws_count: int) -> tuple[Floats, Flags]:
    """Scores of shape (draws, 9) and responder flags of shape (draws,): a Latin hypercube, evenly spread."""
    levels = (np.arange(draws_count) + 0.5) / draws_count
    scores = np.column_stack([ndtri(rng.permutation(levels)) for _ in PARAMETERS])
    return scores, rng.permutation(levels) >= NON_RESPONDER_PROB
