"""What a trial does to a population of virtual patients, in arrays over people, day by day.

The glands are `patient`'s, person by person; around them stand what current is reached, who comes, who leaves, what is
felt, answered and weighed, and what the skin suffers. Chance is drawn by counting (`chance`): what happens to person
number i depends on the seed and on i alone, never on who else is played.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ionto.simulate.chance import Floats, keys_of, normal, uniform
from ionto.simulate.circuit import WATERS
from ionto.simulate.patient import CATHODAL_RATIO
from ionto.simulate.population import People, Population, people, stated
from ionto.simulate.reached import limit_ma
from ionto.words.terms import Effect, Site

__all__ = ["NEVER", "Left", "People", "Played", "Population", "Regimen", "in_chunks", "people", "played", "stated"]

FIRST_DAY = -7
NEVER = 1_000_000
# People who are stepped together: their arrays stay in the cache.
TOGETHER = 2048
# Streams of chance of what happens to a person.
_SLOW, _DAY, _ANSWER, _RATING, _WEIGHED, _BALANCE, _COMES, _LEAVES, _REASON = range(200, 209)
_EFFECT = 220


class Left(IntEnum):
    """Why somebody left a trial."""

    STAYED = 0
    NO_TIME = 1
    SIDE_EFFECT = 2
    NO_BENEFIT = 3


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
    left: NDArray[np.int8]  # why, as a `Left`
    effects: Mapping[Effect, NDArray[np.int32]]  # sessions with that side effect


@dataclass(slots=True)
class Side:
    """The ducts of one side of everybody, as fractions of all."""

    fresh_fraction: Floats
    consolidated_fraction: Floats

    @property
    def opened(self) -> Floats:
        return np.maximum(0.0, 1.0 - self.fresh_fraction - self.consolidated_fraction)


def in_chunks(
    population: Population, regimen: Regimen, *, count: int, days_count: int, seed: int, chunk: int = 8 * TOGETHER
) -> Iterator[tuple[People, Played]]:
    """The same people and days as all at once, some at a time, so that memory stays bounded whatever the count."""
    for first in range(0, count, chunk):
        group = people(population, min(chunk, count - first), seed=seed, first=first)
        yield group, played(group, regimen, days_count=days_count, seed=seed)


def played(group: People, regimen: Regimen, *, days_count: int, seed: int) -> Played:
    """These people under this regimen, from the week before it to `days_count`; each day is seen before its session."""
    kept = unplayed(len(group), days_count=days_count, sessions_count=len(regimen.session_days))
    for start in range(0, len(group), TOGETHER):
        stop = min(len(group), start + TOGETHER)
        Underway(group.part(start, stop), regimen, seed).play(_part(kept, start, stop))
    turned = {name: value.T for name in Played.__slots__ if isinstance(value := getattr(kept, name), np.ndarray)}
    return Played(first_day=FIRST_DAY, effects=kept.effects, **turned)


def unplayed(people_count: int, *, days_count: int, sessions_count: int) -> Played:
    """Room for what will be seen, days or sessions first."""
    count = people_count
    by_day, by_session = (max(0, days_count - FIRST_DAY), count), (sessions_count, count)
    return Played(
        first_day=FIRST_DAY,
        sweat_mg_per_min=np.empty(by_day, np.float32),
        felt_mg_per_min=np.empty(by_day, np.float32),
        hdss=np.empty(by_day, np.int8),
        rating=np.empty(by_day, np.int8),
        weighed_mg_per_min=np.empty(by_day, np.float32),
        attended=np.zeros(by_session, bool),
        delivered_ma=np.zeros(by_session, np.float32),
        delivered_ma_min=np.zeros(by_session, np.float32),
        dropped_on_day=np.full(count, NEVER, np.int32),
        left=np.zeros(count, np.int8),
        effects={effect: np.zeros(count, np.int32) for effect in stated().effect},
    )


def _part(kept: Played, start: int, stop: int) -> Played:
    """Views on the arrays of some people, days or sessions first."""
    cut = {
        name: value[..., start:stop]
        for name in Played.__slots__
        if isinstance(value := getattr(kept, name), np.ndarray)
    }
    return Played(
        first_day=FIRST_DAY, effects={effect: value[start:stop] for effect, value in kept.effects.items()}, **cut
    )


def untouched(count: int) -> Side:
    """All ducts open."""
    return Side(np.zeros(count), np.zeros(count))


def doses(group: People, regimen: Regimen, session: int, current_ma: Floats) -> tuple[Floats, Floats]:
    """What one session's charge through the left and the right side is worth under the anode [mA·min/cm²]."""
    charge_ratio = regimen.duration_min * regimen.duty_fraction * regimen.net_charge_ratio
    water_ratio = stated()["saline_ratio"] if regimen.water == "saline" else 1.0
    charge = current_ma * (charge_ratio * water_ratio / group.contact_area_cm2)
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
    moved = side.fresh_fraction * consolidating
    side.fresh_fraction = side.fresh_fraction - moved + side.opened * blocking
    side.consolidated_fraction = side.consolidated_fraction + moved


def rest(group: People, side: Side, days: float = 1.0) -> None:
    """Days without a session (`patient.rested`)."""
    side.fresh_fraction = side.fresh_fraction * np.exp2(-days / group.fresh_half_life_days)
    side.consolidated_fraction = side.consolidated_fraction * np.exp2(-days / group.consolidated_half_life_days)


def side_mg_per_min(group: People, side: Side) -> Floats:
    """Sweat of one side on an average day (`patient.sweat_mg_per_min`)."""
    opened = side.opened**group.typical.steepness_ratio
    reachable = opened * ((1 + group.typical.reserve_ratio) / (opened + group.typical.reserve_ratio))
    share: Floats = group.residual_fraction + (1 - group.residual_fraction) * reachable
    return group.untreated_mg_per_min * share


class Underway:
    """Some people on their way through a regimen."""

    def __init__(self, group: People, regimen: Regimen, seed: int) -> None:
        file, count = stated(), len(group)
        self.group, self.regimen, self.key = group, regimen, keys_of(seed, group.number)
        self.left, self.right = untouched(count), untouched(count)
        self.fresh_ratio = np.exp2(-1 / group.fresh_half_life_days)
        self.consolidated_ratio = np.exp2(-1 / group.consolidated_half_life_days)
        stays = float(np.exp(-file["screened_days"] / file["slow_days"]))
        self.slow = stays * group.screened_slow_ratio + np.sqrt(1 - stays**2) * normal(self.key, _SLOW)
        self.answered_placebo = np.zeros(count)  # how much of it has come: 0 to 1
        self.remembered: Floats | None = None  # ln of felt sweat, the week's
        self.comes = np.ones(count, dtype=bool)
        self.attended_count = np.zeros(count)
        self.placebo_decay = float(np.exp2(-1 / file["placebo_half_life_days"]))
        self.slow_stays = float(np.exp(-1 / file["slow_days"]))
        self.slow_sd = group.day_to_day_sd_ratio * np.sqrt(file["slow_fraction"])
        self.day_sd = group.day_to_day_sd_ratio * np.sqrt(1 - file["slow_fraction"])

    def play(self, kept: Played) -> None:
        sessions = {day: session for session, day in enumerate(self.regimen.session_days)}
        for column in range(len(kept.sweat_mg_per_min)):
            average = self.average_mg_per_min()
            self.see(average, kept, column)
            session = sessions.get(column + FIRST_DAY)
            if session is not None:
                self.treat(average, kept, session)
            self.rest(column)

    def average_mg_per_min(self) -> Floats:
        """Sweat of the treated sides on an average day, without any placebo answer."""
        right = side_mg_per_min(self.group, self.right)
        if self.regimen.treated_sides == 1:
            return right
        # Under reversal both sides have had the same.
        return right if self.regimen.reverses else (side_mg_per_min(self.group, self.left) + right) / 2

    def see(self, average: Floats, kept: Played, column: int) -> None:
        """One day of sweat, as it is, is felt, answered and weighed."""
        file, typical = stated(), self.group.typical
        day_ln = self.slow_sd * self.slow + self.day_sd * normal(self.key, _DAY, column)
        placebo = self.group.placebo_fraction * self.answered_placebo
        without = average * np.exp(day_ln)
        sweat = without * (1 - file["placebo_weighed_fraction"] * placebo)
        felt_ln = np.log(without * (1 - placebo)) + typical.answer_sd_ratio * normal(self.key, _ANSWER, column)
        self.remembered = felt_ln if self.remembered is None else self.remembered + (felt_ln - self.remembered) / 7
        said = np.exp(felt_ln + file["recall_fraction"] * (self.remembered - felt_ln))
        thresholds = self.group.hdss_thresholds_mg_per_min
        score = 10 * said / (said + self.group.half_rating_mg_per_min)
        score += typical.rating_sd_score * normal(self.key, _RATING, column)
        weighed = sweat * np.exp(typical.gravimetry_sd_ratio * normal(self.key, _WEIGHED, column))
        weighed += typical.balance_sd_mg_per_min * normal(self.key, _BALANCE, column)
        kept.sweat_mg_per_min[column] = sweat
        kept.felt_mg_per_min[column] = np.exp(felt_ln)
        kept.hdss[column] = 1 + (said > thresholds[0]) + (said > thresholds[1]) + (said > thresholds[2])
        kept.rating[column] = np.rint(np.minimum(10, np.maximum(0, score)))
        kept.weighed_mg_per_min[column] = np.maximum(0, np.rint(weighed * 10)) / 10

    def treat(self, average: Floats, kept: Played, session: int) -> None:
        """One planned session: who comes, what it does to them, and who leaves."""
        here = self.comes & (uniform(self.key, _COMES, session) >= stated()["missed_prob"])
        suffered = self.give(here, self.regimen.current_ma[session], kept, session)
        self.leave(average, suffered, here, kept, session)

    def give(
        self, here: NDArray[np.bool_], asked_ma: float, kept: Played, session: int
    ) -> Mapping[Effect, NDArray[np.bool_]]:
        """A session for those who are here: what flows, what it does to ducts and belief, and what the skin suffers."""
        regimen = self.regimen
        current_ma = np.where(here, self.reached_ma(asked_ma), 0.0)
        kept.attended[session], kept.delivered_ma[session] = here, current_ma
        kept.delivered_ma_min[session] = current_ma * regimen.duration_min * regimen.duty_fraction
        left, right = doses(self.group, regimen, session, current_ma)
        if regimen.treated_sides == 2 and not regimen.reverses:
            block(self.group, self.left, left)
        block(self.group, self.right, right)
        if regimen.believed:
            gained = -np.expm1(-1 / stated()["placebo_sessions_count"])
            self.answered_placebo += here * (1 - self.answered_placebo) * gained
        self.attended_count += here
        return self.suffered(current_ma, kept, session)

    def reached_ma(self, asked_ma: float) -> Floats:
        """The asked current, or what the voltage limit lets through skins that the course has dried."""
        group, regimen, file = self.group, self.regimen, stated()
        if asked_ma <= 0:
            return np.zeros(len(group))
        conductance_ratio = 1 - file["dried_conductance_loss_ratio"] * (1 - self.right.opened)
        water_us_per_cm = file["saline_us_per_cm"] if regimen.water == "saline" else WATERS[regimen.water]
        ceiling_ma = limit_ma(
            group.circuit,
            group.skin_kohm_cm2 / conductance_ratio,
            group.body_kohm,
            group.contact_area_cm2,
            water_us_per_cm=water_us_per_cm,
            limit_v=regimen.voltage_limit_v,
        )
        return np.minimum(asked_ma, ceiling_ma)

    def suffered(self, current_ma: Floats, kept: Played, session: int) -> Mapping[Effect, NDArray[np.bool_]]:
        """Who had which side effect in or after this session."""
        file, had = stated(), {}
        density_ratio = current_ma / self.group.contact_area_cm2 / file["effect_density_ma_per_cm2"]
        flows = current_ma > 0
        for place, (effect, rate) in enumerate(file.effect.items()):
            per_session = rate.per_session_count * self.group.effect_tolerance_ratio[effect]
            if rate.density_exponent_ratio:
                per_session = per_session * density_ratio**rate.density_exponent_ratio
            if effect is Effect.DRYNESS:
                per_session = per_session * (1 - self.right.opened)
            if self.group.site is Site.AXILLAE:
                per_session = per_session * rate.axillae_ratio
            if self.regimen.duty_fraction < 1:
                per_session = per_session * rate.pulsed_ratio
            if rate.needs_charge:
                per_session = per_session * self.regimen.net_charge_ratio
            had[effect] = flows & (uniform(self.key, _EFFECT + place, session) < -np.expm1(-per_session))
            kept.effects[effect][:] += had[effect]
        return had

    def leave(
        self,
        average: Floats,
        suffered: Mapping[Effect, NDArray[np.bool_]],
        here: NDArray[np.bool_],
        kept: Played,
        session: int,
    ) -> None:
        """Who leaves the trial after this session, and why; nobody leaves after the last one."""
        file, days = stated(), self.regimen.session_days
        if session + 1 == len(days):
            return
        no_time = self.group.burden_per_week * (days[session + 1] - days[session]) / 7
        pained = suffered[Effect.BLISTER] + 0.1 * suffered[Effect.PAIN]
        gained = 1 - average * (1 - self.group.placebo_fraction * self.answered_placebo) / (
            self.group.untreated_mg_per_min
        )
        useless = file["useless_leaving_prob"] * (here & (self.attended_count >= 6) & (gained < 0.2))
        hazards = (no_time, file["effect_leaving_prob"] * pained, useless)
        total = hazards[0] + hazards[1] + hazards[2]
        leaves = self.comes & (uniform(self.key, _LEAVES, session) < -np.expm1(-total))
        which = uniform(self.key, _REASON, session) * total
        reason = 1 + (which > hazards[0]).astype(np.int8) + (which > hazards[0] + hazards[1])
        kept.left[leaves] = reason[leaves]
        kept.dropped_on_day[leaves] = days[session]
        self.comes = self.comes & ~leaves

    def rest(self, column: int) -> None:
        """One night."""
        sides = (self.right,) if self.regimen.reverses or self.regimen.treated_sides == 1 else (self.left, self.right)
        for side in sides:
            side.fresh_fraction = side.fresh_fraction * self.fresh_ratio
            side.consolidated_fraction = side.consolidated_fraction * self.consolidated_ratio
        self.answered_placebo = self.answered_placebo * self.placebo_decay
        self.slow = self.slow_stays * self.slow + np.sqrt(1 - self.slow_stays**2) * normal(self.key, _SLOW, column + 1)
