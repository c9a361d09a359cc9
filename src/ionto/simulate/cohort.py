"""A population of virtual patients and what a trial does to them, in arrays over people.

The mechanism is `patient`'s, person by person. Chance is drawn by counting (`chance`): what happens to person number i
depends on the seed and on i alone, never on who else is played.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ionto.simulate.chance import Floats, Keys, keys_of, normal, uniform
from ionto.simulate.circuit import WATERS, circuit_traits
from ionto.simulate.patient import CATHODAL_RATIO, NON_RESPONDER_PROB, NON_RESPONDER_RATIO, typical_traits
from ionto.words.terms import Effect, Site

FIRST_DAY = -7
NEVER = 1_000_000
ENTRY_TRIES = 1000
# Streams of chance: one for each thing that is drawn. Traits come first, in the order of `SPREAD_SD_RATIO`.
_RESPONDS, _DAY, _ANSWER, _RATING, _WEIGHED, _BALANCE, _SCREENED, _SCREEN_WEIGHED, _SCREEN_ANSWER = range(100, 109)

SPREAD_SD_RATIO: Mapping[str, float] = MappingProxyType(
    {
        "untreated": 0.40,
        "blocked": 0.30,
        "fresh": 0.30,
        "consolidated": 0.60,
        "residual": 0.50,
        "day_to_day": 0.30,
        "tolerance": 0.40,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """What one arm of a trial gets; `session_days` has one entry for each planned session, day 0 the first of them.

    Raises
    ------
    ValueError
        When the sessions contradict each other, or a number is out of range.
    """

    session_days: tuple[int, ...]
    current_ma: tuple[float, ...]  # asked, within a pulse; 0: nothing flows
    duration_min: float
    duty_fraction: float = 1.0
    net_charge_ratio: float = 1.0  # 1 direct or pulsed, 0 alternating without offset
    reverses: bool = True  # poles at half time; else the anode alternates between sessions, right first
    treated_sides: Literal[1, 2] = 2  # 1: the right side is treated by protocol, the left only closes the circuit
    water: str = "tap"
    voltage_limit_v: float = 58.0
    believed: bool = True

    def __post_init__(self) -> None:
        if len(self.session_days) != len(self.current_ma):
            raise ValueError("current_ma: one current for each session day")
        if any(later <= day for day, later in zip(self.session_days, self.session_days[1:], strict=False)):
            raise ValueError("session_days: they rise, one session a day")
        if any(day < 0 for day in self.session_days):
            raise ValueError("session_days: day 0 is the first day of treatment")
        if not all(0 <= current_ma < np.inf for current_ma in self.current_ma):
            raise ValueError("current_ma: no current is negative")
        if not 0 < self.duration_min < np.inf:
            raise ValueError("duration_min: a session lasts some minutes")
        if not (0 < self.duty_fraction <= 1 and 0 <= self.net_charge_ratio <= 1):
            raise ValueError("duty_fraction, net_charge_ratio: they lie between 0 and 1")
        if self.treated_sides not in (1, 2):
            raise ValueError("treated_sides: 1 or 2")
        if self.water not in {*WATERS, "saline"}:
            raise ValueError(f"water: {self.water!r} is not one of {', '.join([*WATERS, 'saline'])}")
        if not 0 < self.voltage_limit_v < np.inf:
            raise ValueError("voltage_limit_v: some volts")


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
    """Traits of some people at one site, an array of each; person number i depends on the seed and i alone."""

    site: Site
    number: NDArray[np.int64]
    key: Keys
    contact_area_cm2: Floats
    responder: NDArray[np.bool_]
    untreated_mg_per_min: Floats
    blocked_per_dose_ratio: Floats
    consolidated_per_dose_ratio: Floats
    fresh_half_life_days: Floats
    consolidated_half_life_days: Floats
    residual_fraction: Floats
    steepness_ratio: float
    reserve_ratio: float
    day_to_day_sd_ratio: Floats
    gravimetry_sd_ratio: float
    balance_sd_mg_per_min: float
    hdss_thresholds_mg_per_min: Floats  # [person, threshold]
    answer_sd_ratio: float
    half_rating_mg_per_min: Floats
    rating_sd_score: float

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of them: arrays [person, day] from `first_day` on, and [person, session] or [person]."""

    first_day: int
    sweat_mg_per_min: NDArray[np.float32]  # at rest on that day, mean of the treated sides
    felt_mg_per_min: NDArray[np.float32]
    hdss: NDArray[np.int8]
    rating: NDArray[np.int8]
    weighed_mg_per_min: NDArray[np.float32]  # one treated side on the balance
    attended: NDArray[np.bool_]
    delivered_ma: NDArray[np.float32]
    delivered_ma_min: NDArray[np.float32]
    dropped_on_day: NDArray[np.int32]  # NEVER: stayed to the end
    effects: Mapping[Effect, NDArray[np.int32]]  # sessions with that side effect


@dataclass(slots=True)
class Side:
    """The ducts of one side of everybody, as fractions of all."""

    fresh: Floats
    consolidated: Floats

    @property
    def opened(self) -> Floats:
        return np.maximum(0.0, 1.0 - self.fresh - self.consolidated)


def people(population: Population, count: int, *, seed: int, first: int = 0) -> People:
    """People number `first` to `first + count - 1` of this population, whose entry criteria they meet.

    Raises
    ------
    ValueError
        When the site is not treated, a shift names no trait, or hardly anybody meets the entry criteria.
    """
    typical = typical_traits(population.site)
    if unknown := set(population.overrides) - set(SPREAD_SD_RATIO):
        raise ValueError(f"overrides: {', '.join(sorted(unknown))} is not one of {', '.join(SPREAD_SD_RATIO)}")
    number = np.arange(first, first + count, dtype=np.int64)
    key = keys_of(seed, number)
    tries = _entered(population, key)

    def spread(name: str) -> Floats:
        return _spread(population, name, key, tries)

    prob = NON_RESPONDER_PROB if population.non_responder_prob is None else population.non_responder_prob
    responder = uniform(key, _RESPONDS, tries) >= prob
    answering = spread("blocked") * np.where(responder, 1.0, NON_RESPONDER_RATIO)
    fresh_half_life_days = typical.fresh_half_life_days * spread("fresh")
    tolerance = spread("untreated") * spread("tolerance")
    return People(
        site=population.site,
        number=number,
        key=key,
        contact_area_cm2=np.full(count, circuit_traits(population.site).area_cm2),
        responder=responder,
        untreated_mg_per_min=typical.untreated_mg_per_min * spread("untreated"),
        blocked_per_dose_ratio=typical.blocked_per_dose_ratio * answering,
        consolidated_per_dose_ratio=typical.consolidated_per_dose_ratio * answering,
        fresh_half_life_days=fresh_half_life_days,
        consolidated_half_life_days=np.maximum(
            typical.consolidated_half_life_days * spread("consolidated"), fresh_half_life_days
        ),
        residual_fraction=np.minimum(0.5, typical.residual_fraction * spread("residual")),
        steepness_ratio=typical.steepness_ratio,
        reserve_ratio=typical.reserve_ratio,
        day_to_day_sd_ratio=typical.day_to_day_sd_ratio * spread("day_to_day"),
        gravimetry_sd_ratio=typical.gravimetry_sd_ratio,
        balance_sd_mg_per_min=typical.balance_sd_mg_per_min,
        hdss_thresholds_mg_per_min=tolerance[:, None] * np.array(typical.hdss_thresholds_mg_per_min),
        answer_sd_ratio=typical.answer_sd_ratio,
        half_rating_mg_per_min=typical.half_rating_mg_per_min * tolerance,
        rating_sd_score=typical.rating_sd_score,
    )


def played(group: People, regimen: Regimen, *, days_count: int, seed: int) -> Played:
    """These people under this regimen, from the week before it to `days_count`; each day is seen before its session."""
    days = range(FIRST_DAY, days_count)
    key = keys_of(seed, group.number)
    shape = (len(group), len(days))
    sweat = np.empty(shape)
    left, right = untouched(len(group)), untouched(len(group))
    sessions = len(regimen.session_days)
    delivered_ma = np.zeros((len(group), sessions))
    for column, day in enumerate(days):
        day_ratio = np.exp(group.day_to_day_sd_ratio * normal(key, _DAY, day - FIRST_DAY))
        sweat[:, column] = day_ratio * _seen_mg_per_min(group, regimen, left, right)
        if day in regimen.session_days:
            session = regimen.session_days.index(day)
            delivered_ma[:, session] = regimen.current_ma[session]
            for side, dose in zip((left, right), doses(group, regimen, session, delivered_ma[:, session]), strict=True):
                block(group, side, dose)
        rest(group, left)
        rest(group, right)
    said = _said(group, key, sweat)
    duration_min = regimen.duration_min * regimen.duty_fraction
    return Played(
        first_day=FIRST_DAY,
        sweat_mg_per_min=sweat.astype(np.float32),
        felt_mg_per_min=said[0].astype(np.float32),
        hdss=said[1].astype(np.int8),
        rating=said[2].astype(np.int8),
        weighed_mg_per_min=said[3].astype(np.float32),
        attended=np.ones((len(group), sessions), dtype=bool),
        delivered_ma=delivered_ma.astype(np.float32),
        delivered_ma_min=(delivered_ma * duration_min).astype(np.float32),
        dropped_on_day=np.full(len(group), NEVER, dtype=np.int32),
        effects={effect: np.zeros(len(group), dtype=np.int32) for effect in (Effect.TINGLING,)},
    )


def untouched(count: int) -> Side:
    """All ducts open."""
    return Side(np.zeros(count), np.zeros(count))


def doses(group: People, regimen: Regimen, session: int, current_ma: Floats) -> tuple[Floats, Floats]:
    """What one session's charge through the left and the right side is worth under the anode [mA·min/cm²]."""
    charge = current_ma * regimen.duration_min * regimen.duty_fraction * regimen.net_charge_ratio
    charge = charge / group.contact_area_cm2
    if regimen.reverses:
        left = right = charge * (1 + CATHODAL_RATIO) / 2
    elif session % 2 == 0:
        left, right = charge * CATHODAL_RATIO, charge
    else:
        left, right = charge, charge * CATHODAL_RATIO
    return (left if regimen.treated_sides == 2 else np.zeros_like(left)), right


def block(group: People, side: Side, dose_ma_min_per_cm2: Floats) -> None:
    """One session: fresh blocks consolidate first, then open ducts block (`patient.treated`)."""
    blocking = -np.expm1(-group.blocked_per_dose_ratio * dose_ma_min_per_cm2)
    consolidating = -np.expm1(-group.consolidated_per_dose_ratio * dose_ma_min_per_cm2)
    moved = side.fresh * consolidating
    side.fresh = side.fresh - moved + side.opened * blocking
    side.consolidated = side.consolidated + moved


def rest(group: People, side: Side, days: float = 1.0) -> None:
    """Days without a session (`patient.rested`)."""
    side.fresh = side.fresh * np.exp2(-days / group.fresh_half_life_days)
    side.consolidated = side.consolidated * np.exp2(-days / group.consolidated_half_life_days)


def side_mg_per_min(group: People, side: Side) -> Floats:
    """Sweat of one side on an average day (`patient.sweat_mg_per_min`)."""
    opened = side.opened**group.steepness_ratio
    reachable = opened * (1 + group.reserve_ratio) / (opened + group.reserve_ratio)
    share: Floats = group.residual_fraction + (1 - group.residual_fraction) * reachable
    return group.untreated_mg_per_min * share


def _seen_mg_per_min(group: People, regimen: Regimen, left: Side, right: Side) -> Floats:
    right_mg_per_min = side_mg_per_min(group, right)
    if regimen.treated_sides == 1:
        return right_mg_per_min
    return (side_mg_per_min(group, left) + right_mg_per_min) / 2


def _said(group: People, key: Keys, sweat: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Felt sweat, HDSS, rating and weight of every day."""
    column = np.arange(sweat.shape[1], dtype=np.int64)[None, :]
    keys = key[:, None]
    felt = sweat * np.exp(group.answer_sd_ratio * normal(keys, _ANSWER, column))
    hdss = 1 + sum(felt > group.hdss_thresholds_mg_per_min[:, [point]] for point in range(3))
    score = 10 * sweat / (sweat + group.half_rating_mg_per_min[:, None])
    rating = np.clip(np.rint(score + group.rating_sd_score * normal(keys, _RATING, column)), 0, 10)
    weighed = sweat * np.exp(group.gravimetry_sd_ratio * normal(keys, _WEIGHED, column))
    weighed = weighed + group.balance_sd_mg_per_min * normal(keys, _BALANCE, column)
    return felt, np.asarray(hdss), rating, np.maximum(0.0, np.round(weighed, 1))


def _spread(population: Population, name: str, key: Keys, tries: NDArray[np.int64]) -> Floats:
    """How far each person lies from the typical one in this trait, as a factor."""
    stream = list(SPREAD_SD_RATIO).index(name)
    shift = population.overrides.get(name, 0.0)
    return np.exp(shift + SPREAD_SD_RATIO[name] * normal(key, stream, tries))


def _entered(population: Population, key: Keys) -> NDArray[np.int64]:
    """How many candidates were turned away before each person, by one weighing and one answer on one day."""
    tries = np.zeros(len(key), dtype=np.int64)
    if population.entry_mg_per_min is None and population.entry_hdss is None:
        return tries
    typical = typical_traits(population.site)
    waiting = np.arange(len(key))
    for _ in range(ENTRY_TRIES):
        keys, trying = key[waiting], tries[waiting]
        day = typical.day_to_day_sd_ratio * _spread(population, "day_to_day", keys, trying)
        today = _spread(population, "untreated", keys, trying) * np.exp(day * normal(keys, _SCREENED, trying))
        today = today * typical.untreated_mg_per_min
        refused = np.zeros(len(waiting), dtype=bool)
        if population.entry_mg_per_min is not None:
            weighed = today * np.exp(typical.gravimetry_sd_ratio * normal(keys, _SCREEN_WEIGHED, trying))
            refused |= weighed < population.entry_mg_per_min
        if population.entry_hdss is not None:
            tolerance = _spread(population, "untreated", keys, trying) * _spread(population, "tolerance", keys, trying)
            felt = today * np.exp(typical.answer_sd_ratio * normal(keys, _SCREEN_ANSWER, trying)) / tolerance
            refused |= 1 + np.searchsorted(typical.hdss_thresholds_mg_per_min, felt) < population.entry_hdss
        waiting = waiting[refused]
        if not len(waiting):
            return tries
        tries[waiting] += 1
    raise ValueError("entry_mg_per_min, entry_hdss: hardly anybody meets these criteria")
