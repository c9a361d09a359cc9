"""Who may come: the stated distributions of population.toml, and people drawn from them, an array for each trait.

Person number i depends on the seed and on i alone. A trial's entry criteria turn candidates away until one meets them,
on one day and by one weighing; that such a day was a bad one more often than not is regression to the mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from ionto.simulate.chance import Floats, Keys, keys_of, normal, uniform
from ionto.simulate.circuit import CircuitTraits, circuit_traits
from ionto.simulate.patient import PatientTraits, typical_traits
from ionto.words.evidence import references
from ionto.words.reading import document, read_toml
from ionto.words.terms import Effect, Site

ENTRY_TRIES = 1000
# Streams of chance of a person's traits; the spreads take the first ones, in the order of the file.
_RESPONDS, _PLACEBO, _BURDEN, _SKIN_TOLERANCE, _SLOW, _DAY, _WEIGHED, _BALANCE, _ANSWER = range(100, 109)
_OWN_TOLERANCE = 120


@document
class Spread:
    """How far people differ in one trait."""

    sd_ratio: Annotated[float, Ge(0)]
    sources: tuple[str, ...]
    guess: bool


@document
class StatedNumber:
    """One number of the population: from its sources, or a guess."""

    value: Annotated[float, Ge(0)]
    sources: tuple[str, ...] = ()
    guess: bool = False

    def __post_init__(self) -> None:
        if not self.sources and not self.guess:
            raise ValueError("a number without a source is a guess, and says so")


@document
class EffectRate:
    """One side effect: its mean count in a session of the median person, and what that rises with."""

    per_session_count: Annotated[float, Gt(0)]
    density_exponent_ratio: Annotated[float, Ge(0)]
    pulsed_ratio: Annotated[float, Ge(0)]
    axillae_ratio: Annotated[float, Ge(0)]
    needs_charge: bool  # alternating current does not do it
    sources: tuple[str, ...]


@document
class PopulationFile:
    """population.toml."""

    spread: dict[str, Spread]
    number: dict[str, StatedNumber]
    effect: dict[Effect, EffectRate]

    def __post_init__(self) -> None:
        cited = [entry.sources for table in (self.spread, self.number, self.effect) for entry in table.values()]
        if unknown := {key for keys in cited for key in keys} - set(references()):
            raise ValueError(f"sources names {', '.join(sorted(unknown))}, not in references.toml")

    def __getitem__(self, name: str) -> float:
        return self.number[name].value


@cache
def stated() -> PopulationFile:
    """The numbers of population.toml."""
    return read_toml(PopulationFile, files("ionto.simulate").joinpath("population.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Whom a trial takes in."""

    site: Site
    age: Literal["adult", "child"] = "adult"
    entry_mg_per_min: float | None = None  # least untreated sweat, weighed on the day of screening
    entry_hdss: int | None = None  # least answer on that day
    non_responder_prob: float | None = None  # None: the population's own
    overrides: Mapping[str, float] = field(default_factory=dict)  # shift of a named trait's ln median


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Traits of some people at one site, an array of each; what all share are single numbers (`patient`)."""

    site: Site
    number: NDArray[np.int64]
    typical: PatientTraits
    circuit: CircuitTraits  # of the typical person
    contact_area_cm2: float
    responder: NDArray[np.bool_]
    untreated_mg_per_min: Floats
    blocked_per_dose_ratio: Floats
    consolidated_per_dose_ratio: Floats
    fresh_half_life_days: Floats
    consolidated_half_life_days: Floats
    residual_fraction: Floats
    day_to_day_sd_ratio: Floats
    hdss_thresholds_mg_per_min: Floats  # [threshold, person]
    half_rating_mg_per_min: Floats
    skin_kohm_cm2: Floats
    body_kohm: Floats
    placebo_fraction: Floats
    burden_per_week: Floats
    screened_slow_ratio: Floats  # the slow part of the variation between days on the day of screening, in sds
    effect_tolerance_ratio: Mapping[Effect, Floats]  # above 1: has it more often

    def __len__(self) -> int:
        return len(self.number)

    def part(self, start: int, stop: int) -> People:
        """Some of them, by their place."""
        cut: dict[str, Any] = {
            name: value[..., start:stop]
            for name in self.__slots__
            if isinstance(value := getattr(self, name), np.ndarray)
        }
        same: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__ if name not in cut}
        same["effect_tolerance_ratio"] = {
            effect: value[start:stop] for effect, value in self.effect_tolerance_ratio.items()
        }
        return People(**cut, **same)


def people(population: Population, count: int, *, seed: int, first: int = 0) -> People:
    """People number `first` to `first + count - 1` of this population, whose entry criteria they meet.

    Raises
    ------
    ValueError
        When the site is not treated, a shift names no trait, or hardly anybody meets the entry criteria.
    """
    file, typical, circuit = stated(), typical_traits(population.site), circuit_traits(population.site)
    if unknown := set(population.overrides) - set(file.spread):
        raise ValueError(f"overrides: {', '.join(sorted(unknown))} is not one of {', '.join(file.spread)}")
    number = np.arange(first, first + count, dtype=np.int64)
    key = keys_of(seed, number)
    tries = _entered(population, key)
    spread = {name: _spread(population, name, key, tries) for name in file.spread}
    child = population.age == "child"
    prob = file["non_responder_prob"] if population.non_responder_prob is None else population.non_responder_prob
    responder = uniform(key, _RESPONDS, tries) >= prob
    answering = file["blocked_gain_ratio"] * spread["blocked"] * np.where(responder, 1.0, file["non_responder_ratio"])
    fresh_half_life_days = typical.fresh_half_life_days * spread["fresh"]
    untreated = spread["untreated"] * (file["child_untreated_ratio"] if child else 1.0)
    tolerance = untreated * spread["tolerance"]
    shared = np.sqrt(file["effect_shared_fraction"]) * normal(key, _SKIN_TOLERANCE, tries)
    own = np.sqrt(1 - file["effect_shared_fraction"])
    return People(
        site=population.site,
        number=number,
        typical=typical,
        circuit=circuit,
        contact_area_cm2=circuit.area_cm2 * (file["child_area_ratio"] if child else 1.0),
        responder=responder,
        untreated_mg_per_min=typical.untreated_mg_per_min * untreated,
        blocked_per_dose_ratio=typical.blocked_per_dose_ratio * answering,
        consolidated_per_dose_ratio=typical.consolidated_per_dose_ratio * answering,
        fresh_half_life_days=fresh_half_life_days,
        consolidated_half_life_days=np.maximum(
            typical.consolidated_half_life_days * spread["consolidated"], fresh_half_life_days
        ),
        residual_fraction=np.minimum(0.5, typical.residual_fraction * spread["residual"]),
        day_to_day_sd_ratio=typical.day_to_day_sd_ratio * spread["day_to_day"],
        hdss_thresholds_mg_per_min=np.array(typical.hdss_thresholds_mg_per_min)[:, None] * tolerance,
        half_rating_mg_per_min=typical.half_rating_mg_per_min * tolerance,
        skin_kohm_cm2=circuit.skin_kohm_cm2 * spread["skin"],
        body_kohm=circuit.body_kohm * spread["body"],
        placebo_fraction=file["placebo_top_fraction"] * uniform(key, _PLACEBO, tries),
        burden_per_week=file["burden_per_week"] * np.exp(file["burden_sd_ratio"] * normal(key, _BURDEN, tries)),
        screened_slow_ratio=normal(key, _SLOW, tries),
        effect_tolerance_ratio={
            effect: np.exp(file["effect_sd_ratio"] * (shared + own * normal(key, _OWN_TOLERANCE + place, tries)))
            for place, effect in enumerate(file.effect)
        },
    )


def _spread(population: Population, name: str, key: Keys, tries: NDArray[np.int64]) -> Floats:
    """How far each person lies from the typical one in this trait, as a factor."""
    spread = stated().spread
    shift = population.overrides.get(name, 0.0)
    return np.exp(shift + spread[name].sd_ratio * normal(key, list(spread).index(name), tries))


def _entered(population: Population, key: Keys) -> NDArray[np.int64]:
    """How many candidates were turned away before each person."""
    tries = np.zeros(len(key), dtype=np.int64)
    if population.entry_mg_per_min is None and population.entry_hdss is None:
        return tries
    file, typical = stated(), typical_traits(population.site)
    child_ratio = file["child_untreated_ratio"] if population.age == "child" else 1.0
    slow = file["slow_fraction"]
    waiting = np.arange(len(key))
    for _ in range(ENTRY_TRIES):
        keys, tried = key[waiting], tries[waiting]
        day_sd = typical.day_to_day_sd_ratio * _spread(population, "day_to_day", keys, tried)
        day = np.sqrt(slow) * normal(keys, _SLOW, tried) + np.sqrt(1 - slow) * normal(keys, _DAY, tried)
        usual = typical.untreated_mg_per_min * child_ratio * _spread(population, "untreated", keys, tried)
        today = usual * np.exp(day_sd * day)
        refused = np.zeros(len(waiting), dtype=bool)
        if population.entry_mg_per_min is not None:
            weighed = today * np.exp(typical.gravimetry_sd_ratio * normal(keys, _WEIGHED, tried))
            weighed += typical.balance_sd_mg_per_min * normal(keys, _BALANCE, tried)
            refused |= weighed < population.entry_mg_per_min
        if population.entry_hdss is not None:
            felt = today * np.exp(typical.answer_sd_ratio * normal(keys, _ANSWER, tried))
            felt_ratio = felt * typical.untreated_mg_per_min / usual / _spread(population, "tolerance", keys, tried)
            refused |= 1 + np.searchsorted(typical.hdss_thresholds_mg_per_min, felt_ratio) < population.entry_hdss
        waiting = waiting[refused]
        if not len(waiting):
            return tries
        tries[waiting] += 1
    raise ValueError("entry_mg_per_min, entry_hdss: hardly anybody meets these criteria")
