"""Two unlike truths, in arrays over people: the response model's own prior, and the ducts of `simulate`.

A truth is asked day by day: `seen` is what the person feels and notes that day, before any session; `treat` gives some
of them a session; `rest` lets a night pass. Chance is drawn by counting or beforehand, so that every policy meets the
same days. x is ln of sweating over what the person tolerates; 0 is the border between HDSS 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, ndtr

from ionto.follow.response.observation import (
    DAY_CUTS,
    DAY_SCALE,
    HDSS_CUTS,
    HDSS_SCALE,
    RATING_MIDDLE_SCORE,
    RATING_SCALE,
    RATING_SLOPE,
)
from ionto.follow.response.prior import PARAMETERS, POPULATION, persons_from
from ionto.follow.response.transition import DEVIATION_MEMORY_DAYS, elapsed, log_residual, treated, untreated
from ionto.simulate.chance import keys_of, normal, uniform
from ionto.simulate.cohort import Regimen, block, doses, rest, side_mg_per_min, untouched
from ionto.simulate.population import Population, people, stated
from ionto.words.terms import Site

Floats = NDArray[np.float64]
SESSION = Regimen(session_days=(0,), current_ma=(15.0,), duration_min=20.0)
_SLOW, _DAY, _ANSWER, _RATING = range(900, 904)
_WEATHER, _SCALE, _SAID = range(910, 913)
_OFFSET, _TAPPED = 920, 921


@dataclass(frozen=True, slots=True)
class Day:
    """One day of everybody: true sweating against tolerance, and what each would note if asked."""

    x: Floats
    rating: NDArray[np.int64]
    hdss: NDArray[np.int64]
    felt: Floats  # x as it is felt, of which HDSS is cut
    tapped: NDArray[np.int64]  # dry, clammy or wet: 0, 1 or 2


class Truth(Protocol):
    """Some people who can be treated."""

    count: int
    responder: NDArray[np.bool_]

    def seen(self) -> Day: ...

    def usual_x(self, days: float) -> Floats:
        """x on a usual day so many days from now if there is no session: what only an oracle knows."""
        ...

    def risk_prob(self, days: float) -> Floats:
        """Probability that x is above 0 so many days from now without a session, given all that is true today."""
        ...

    def treat(self, whom: NDArray[np.bool_], dose_ratio: float = 1.0) -> None: ...

    def rest(self) -> None: ...


class OwnModel:
    """People drawn from the response model's own prior."""

    def __init__(self, count: int, *, seed: int) -> None:
        scores, self.responder = POPULATION.draws(np.random.default_rng(seed), count)
        self.persons = persons_from(scores, self.responder, Site.PALMS)
        self.count, self.state, self.day = count, untreated(self.persons), 0
        self.key = keys_of(seed, np.arange(count, dtype=np.int64))
        self.weather = normal(self.key, _WEATHER, 0)

    def seen(self) -> Day:
        x = self.usual_x(0.0) + self.persons.day_to_day * self.weather
        centre = RATING_MIDDLE_SCORE + RATING_SLOPE * x + self.persons.rating_offset_score
        rating = np.rint(centre + RATING_SCALE * logit(uniform(self.key, _SCALE, self.day)))
        said = x + HDSS_SCALE * logit(uniform(self.key, _SAID, self.day))
        tapped = np.searchsorted(DAY_CUTS, x + DAY_SCALE * logit(uniform(self.key, _TAPPED, self.day)))
        return Day(x, np.clip(rating, 0, 10).astype(int), 1 + np.searchsorted(HDSS_CUTS, said), said, tapped)

    def usual_x(self, days: float) -> Floats:
        return self.persons.excess + log_residual(self.persons, elapsed(self.persons, self.state, days))

    def risk_prob(self, days: float) -> Floats:
        stays, sd = np.exp(-days / DEVIATION_MEMORY_DAYS), self.persons.day_to_day
        return ndtr((self.usual_x(days) + stays * sd * self.weather) / (sd * np.sqrt(1.0 - stays**2)))

    def treat(self, whom: NDArray[np.bool_], dose_ratio: float = 1.0) -> None:
        after = treated(self.persons, self.state, np.where(whom, dose_ratio, 0.0))  # type: ignore[arg-type]
        expected = np.where(whom, after.expectation_fraction, self.state.expectation_fraction)
        self.state = replace(after, expectation_fraction=expected)

    def rest(self) -> None:
        self.state, self.day = elapsed(self.persons, self.state, 1.0), self.day + 1
        stays = np.exp(-1.0 / DEVIATION_MEMORY_DAYS)
        self.weather = stays * self.weather + np.sqrt(1.0 - stays**2) * normal(self.key, _WEATHER, self.day)


class Ducts:
    """People of `simulate`'s population at 15 mA for 20 minutes, with its placebo answer, recall and slow spells."""

    def __init__(self, count: int, *, seed: int) -> None:
        self.group = people(Population(site=Site.PALMS, entry_hdss=3), count, seed=seed)
        self.count, self.responder, self.day = count, self.group.responder, 0
        self.side = untouched(count)
        self.dose = doses(self.group, SESSION, 0, np.full(count, SESSION.current_ma[0]))[1]
        self.key = keys_of(seed, self.group.number)
        file, sd = stated(), self.group.day_to_day_sd_ratio
        self.slow, self.slow_stays = self.group.screened_slow_ratio.copy(), float(np.exp(-1 / file["slow_days"]))
        self.slow_sd, self.day_sd = sd * np.sqrt(file["slow_fraction"]), sd * np.sqrt(1 - file["slow_fraction"])
        self.placebo, self.offset_score = np.zeros(count), np.zeros(count)
        self.remembered: Floats | None = None

    def seen(self) -> Day:
        group, typical = self.group, self.group.typical
        spell = self.slow_sd * self.slow + self.day_sd * normal(self.key, _DAY, self.day)
        x = self.usual_x(0.0) + spell
        felt = x + typical.answer_sd_ratio * normal(self.key, _ANSWER, self.day)
        self.remembered = felt if self.remembered is None else self.remembered + (felt - self.remembered) / 7
        felt = felt + stated()["recall_fraction"] * (self.remembered - felt)
        said = np.exp(felt) * group.hdss_thresholds_mg_per_min[1]
        score = 10 * said / (said + group.half_rating_mg_per_min)
        score = score + self.offset_score + typical.rating_sd_score * normal(self.key, _RATING, self.day)
        hdss = 1 + (said > group.hdss_thresholds_mg_per_min).sum(axis=0)
        return Day(x, np.rint(np.clip(score, 0, 10)).astype(int), hdss, felt, np.searchsorted(DAY_CUTS, felt))

    def usual_x(self, days: float) -> Floats:
        side = untouched(self.count)
        side.fresh_fraction = self.side.fresh_fraction
        side.consolidated_fraction = self.side.consolidated_fraction
        rest(self.group, side, days)
        felt = side_mg_per_min(self.group, side) * (1 - self.group.placebo_fraction * self.placebo)
        return np.log(felt / self.group.hdss_thresholds_mg_per_min[1])

    def risk_prob(self, days: float) -> Floats:
        stays = self.slow_stays**days
        spread = np.sqrt(self.day_sd**2 + self.slow_sd**2 * (1 - stays**2))
        return ndtr((self.usual_x(days) + stays * self.slow_sd * self.slow) / spread)

    def treat(self, whom: NDArray[np.bool_], dose_ratio: float = 1.0) -> None:
        block(self.group, self.side, np.where(whom, dose_ratio * self.dose, 0.0))
        gained = -np.expm1(-1 / stated()["placebo_sessions_count"])
        self.placebo = self.placebo + whom * (1 - self.placebo) * gained

    def rest(self) -> None:
        self.day += 1
        rest(self.group, self.side)
        self.placebo = self.placebo * np.exp2(-1 / stated()["placebo_half_life_days"])
        shock = normal(self.key, _SLOW, self.day)
        self.slow = self.slow_stays * self.slow + np.sqrt(1 - self.slow_stays**2) * shock


class OffsetDucts(Ducts):
    """The same people, who each use the written scale in a way of their own: an offset as in the response model."""

    def __init__(self, count: int, *, seed: int) -> None:
        super().__init__(count, seed=seed)
        offset = next(parameter for parameter in PARAMETERS if parameter.name == "rating_offset_score")
        self.offset_score = offset.spread * normal(self.key, _OFFSET, 0)


TRUTHS: dict[str, Callable[..., Truth]] = {"own": OwnModel, "ducts": Ducts}
