"""The response model's posterior for many people at once: rows are people, columns are draws.

The equations are those of `ionto.follow.response`, called or laid out in single precision; the rejuvenation is cheaper
than the product's: draws are resampled when too few carry the weight and moved by a small kernel that keeps mean and
spread (Liu and West 2001), and the effect of all sessions is computed again for the moved draws.
tests/test_follow_benchmarks.py holds it beside the product's own belief.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ionto.follow.response.observation import (
    DAY_CUTS,
    DAY_SCALE,
    HDSS_CUTS,
    HDSS_SCALE,
    RATING_MIDDLE_SCORE,
    RATING_SCALE,
    RATING_SLOPE,
)
from ionto.follow.response.prior import POPULATION, persons_from
from ionto.follow.response.transition import DEVIATION_MEMORY_DAYS, State, elapsed, expectation_left, raised
from ionto.words.terms import Site

F32 = np.float32
Rows = NDArray[np.float32]
_NODES, _raw = np.polynomial.hermite_e.hermegauss(7)
_NODES, _WEIGHTS = _NODES.astype(F32), (_raw / _raw.sum()).astype(F32)
KERNEL = 0.12
NAMED = (
    "excess",
    "session_effect_ratio",
    "floor_fraction",
    "steepness",
    "rating_offset_score",
    "day_to_day",
    "sham_fall",
)


def _effect_only(amount: Rows, effect: Rows) -> State:
    none = np.zeros_like(amount)
    return State(amount=amount, effect=effect, deviation=none, variance=none, expectation_fraction=0.0)


class Posterior:
    """What is believed of some people, each by the same number of draws. Every array is [person, draw]."""

    def __init__(self, people_count: int, draws_count: int, *, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        drawn = [POPULATION.draws(self.rng, draws_count) for _ in range(people_count)]
        self.shape = (people_count, draws_count)
        self.scores = np.stack([scores for scores, _ in drawn])
        self.responder = np.stack([responder for _, responder in drawn])
        self.log_weight = np.zeros(self.shape, F32)
        self.amount, self.effect, self.deviation = (np.zeros(self.shape, F32) for _ in range(3))
        self.part: dict[str, Rows] = {
            name: np.empty(self.shape, F32) for name in (*NAMED, "amount_left", "effect_left", "shown")
        }
        self.expectation_fraction = np.zeros(people_count, F32)
        self._name(np.arange(people_count))
        self.variance = self.part["day_to_day"] ** 2
        self.day = 0
        self.doses: list[tuple[int, NDArray[np.bool_]]] = []
        self._weigh()

    def _name(self, whom: NDArray[Any]) -> None:
        """Parameters, and what one day does, from the scores of some people."""
        shape = (len(whom), self.shape[1])
        persons = persons_from(
            self.scores[whom].reshape(-1, self.scores.shape[2]), self.responder[whom].ravel(), Site.PALMS
        )
        for name in NAMED:
            self.part[name][whom] = getattr(persons, name).reshape(shape)
        one, none = np.ones_like(persons.excess), np.zeros_like(persons.excess)
        # A day is linear in amount and effect: two unit states say all of it.
        given = elapsed(persons, _effect_only(one, none), 1.0)
        shown = elapsed(persons, _effect_only(none, one), 1.0)
        self.part["amount_left"][whom] = given.amount.reshape(shape)
        self.part["shown"][whom] = given.effect.reshape(shape)
        self.part["effect_left"][whom] = shown.effect.reshape(shape)

    def _weigh(self) -> None:
        raw = np.exp(self.log_weight - self.log_weight.max(axis=1, keepdims=True))
        self.weight = raw / raw.sum(axis=1, keepdims=True)

    def rest(self) -> None:
        """A day passes."""
        self.day += 1
        self.effect = self.part["effect_left"] * self.effect + self.part["shown"] * self.amount
        self.amount = self.part["amount_left"] * self.amount
        self.expectation_fraction = self.expectation_fraction * F32(expectation_left(1.0))
        stays = F32(np.exp(-1.0 / DEVIATION_MEMORY_DAYS))
        self.deviation = self.deviation * stays
        self.variance = self.variance * stays**2 + self.part["day_to_day"] ** 2 * (1 - stays**2)

    def treat(self, whom: NDArray[np.bool_]) -> None:
        """A full-dose session of some people."""
        if whom.any():
            self.amount = self.amount + self.part["session_effect_ratio"] * whom[:, None]
            self.expectation_fraction = np.where(whom, raised(self.expectation_fraction), self.expectation_fraction)
            self.doses.append((self.day, whom.copy()))

    def usual_x(self, effect: Rows, expectation_fraction: Rows) -> Rows:
        """Sweating against tolerance on a usual day, at this effect and this expectation of each person."""
        powered = np.maximum(effect, F32(1e-12)) ** self.part["steepness"]
        left = np.log1p(-(1 - self.part["floor_fraction"]) * powered / (1 + powered))
        return self.part["excess"] + left - self.part["sham_fall"] * expectation_fraction[:, None]

    def rated(self, score: NDArray[np.int64], whom: NDArray[np.bool_]) -> None:
        """A rating, 0 to 10, of some people."""
        middle = RATING_MIDDLE_SCORE + self.part["rating_offset_score"]
        low = np.where(score == 0, -1e3, score - 0.5)[:, None].astype(F32)
        high = np.where(score == 10, 1e3, score + 0.5)[:, None].astype(F32)
        self._observe(RATING_SLOPE, middle.astype(F32), low, high, RATING_SCALE, whom)

    def answered(self, hdss: NDArray[np.int64], whom: NDArray[np.bool_]) -> None:
        """An HDSS answer, 1 to 4, of some people."""
        cuts = np.array([-1e3, *HDSS_CUTS, 1e3], F32)
        middle = np.zeros((1, 1), F32)
        self._observe(1.0, middle, cuts[hdss - 1][:, None], cuts[hdss][:, None], HDSS_SCALE, whom)

    def tapped(self, rank: NDArray[np.int64], whom: NDArray[np.bool_]) -> None:
        """Dry, clammy or wet (0, 1, 2), of some people."""
        cuts = np.array([-1e3, *DAY_CUTS, 1e3], F32)
        middle = np.zeros((1, 1), F32)
        self._observe(1.0, middle, cuts[rank][:, None], cuts[rank + 1][:, None], DAY_SCALE, whom)

    def _observe(
        self, slope: float, middle: Rows, low: Rows, high: Rows, scale: float, whom: NDArray[np.bool_]
    ) -> None:
        """Reweigh by the mass of a logistic between two bounds, the day's deviation integrated out at nodes."""
        slope, scale = F32(slope), F32(scale)
        centre = (middle + slope * (self.usual_x(self.effect, self.expectation_fraction) + self.deviation)) / scale
        spread = np.sqrt(self.variance)
        step = slope / scale * spread
        low, high = low / scale, high / scale
        mass, first, second = (np.zeros(self.shape, F32) for _ in range(3))
        width = -np.expm1(np.maximum(low - high, F32(-80)))
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            at = centre + step * node
            above = np.exp(np.clip(low - at, -40, 40))
            below = np.exp(np.clip(at - high, -40, 40))
            seen = weight * width / ((1 + above) * (1 + below))
            mass += seen
            first += seen * node
            second += seen * node**2
        mass = np.maximum(mass, F32(1e-30))
        shift = first / mass
        some = whom[:, None]
        self.log_weight = self.log_weight + np.where(some, np.log(mass), F32(0))
        self.deviation = self.deviation + np.where(some, spread * shift, F32(0))
        self.variance = self.variance * np.where(some, np.clip(second / mass - shift**2, 1e-4, None), F32(1))
        self._weigh()
        self._rejuvenate()

    def _rejuvenate(self) -> None:
        poor = np.flatnonzero(1.0 / (self.weight**2).sum(axis=1) < 0.5 * self.shape[1])
        if not len(poor):
            return
        for person in poor:
            self._resample(person)
        self._name(poor)
        self.log_weight[poor] = 0.0
        self.weight[poor] = 1.0 / self.shape[1]
        persons = persons_from(
            self.scores[poor].reshape(-1, self.scores.shape[2]), self.responder[poor].ravel(), Site.PALMS
        )
        none, at = np.zeros_like(persons.excess), 0
        state = _effect_only(none, none)
        rho = persons.session_effect_ratio.reshape(len(poor), -1)
        for day, whom in [*self.doses, (self.day, np.zeros(self.shape[0], dtype=bool))]:
            state = elapsed(persons, state, float(day - at))
            at = day
            if whom[poor].any():
                given = (rho * whom[poor][:, None]).ravel()
                state = replace(state, amount=state.amount + given)
        self.amount[poor] = state.amount.reshape(len(poor), -1)
        self.effect[poor] = state.effect.reshape(len(poor), -1)

    def _resample(self, person: int) -> None:
        """One person's draws anew: each about as often as its weight says, then moved a little within its class."""
        weight, count = self.weight[person].astype(float), self.shape[1]
        points = (np.arange(count) + self.rng.random()) / count
        chosen = np.minimum(np.searchsorted(np.cumsum(weight / weight.sum()), points), count - 1)
        scores, responder = self.scores[person][chosen], self.responder[person][chosen]
        for array in (self.deviation, self.variance):
            array[person] = array[person][chosen]
        stays = np.sqrt(1.0 - KERNEL**2)
        for of_class in (responder, ~responder):
            number = int(of_class.sum())
            if number < 4 * scores.shape[1]:
                continue
            own = scores[of_class]
            centre = own.mean(axis=0)
            factor = np.linalg.cholesky(np.cov(own.T) + 1e-6 * np.eye(own.shape[1]))
            moved = self.rng.standard_normal(own.shape) @ factor.T
            scores[of_class] = centre + stays * (own - centre) + KERNEL * moved
        self.scores[person], self.responder[person] = scores, responder

    def risk_prob(self, days: int = 1, cut: float = HDSS_CUTS[1]) -> NDArray[np.float64]:
        """Probability of x above the cut so many days from now without a session, one for each person."""
        onward = Onward(self)
        for _ in range(days):
            onward.rest()
        stays = F32(np.exp(-days / DEVIATION_MEMORY_DAYS))
        variance = self.variance * stays**2 + self.part["day_to_day"] ** 2 * (1 - stays**2)
        above = ndtr((onward.usual_x + stays * self.deviation - F32(cut)) / np.sqrt(variance))
        return np.asarray((self.weight * above).sum(axis=1))

    def usual_controlled_prob(self, cut: float = HDSS_CUTS[1]) -> NDArray[np.float64]:
        """Probability of control today on usual days, the day's deviation averaged over."""
        fine = ndtr((F32(cut) - self.usual_x(self.effect, self.expectation_fraction)) / self.part["day_to_day"])
        return np.asarray((self.weight * fine).sum(axis=1))

    @property
    def responder_prob(self) -> NDArray[np.float64]:
        return np.asarray((self.weight * self.responder).sum(axis=1))


class Onward:
    """Effect and expectation from today on, as a forecast goes: the posterior itself stays where it is."""

    def __init__(self, posterior: Posterior) -> None:
        self.posterior = posterior
        self.amount, self.effect = posterior.amount, posterior.effect
        self.expectation_fraction = posterior.expectation_fraction

    @property
    def usual_x(self) -> Rows:
        """Sweating against tolerance on a usual day, [person, draw]."""
        return self.posterior.usual_x(self.effect, self.expectation_fraction)

    def treat(self, dose_ratio: NDArray[Any]) -> None:
        """A session of these doses, one for each person; 0 for none."""
        self.amount = self.amount + self.posterior.part["session_effect_ratio"] * dose_ratio[:, None].astype(F32)
        self.expectation_fraction = np.where(
            dose_ratio > 0, raised(self.expectation_fraction), self.expectation_fraction
        ).astype(F32)

    def rest(self) -> None:
        """A day passes."""
        part = self.posterior.part
        self.effect = part["effect_left"] * self.effect + part["shown"] * self.amount
        self.amount = part["amount_left"] * self.amount
        self.expectation_fraction = self.expectation_fraction * F32(expectation_left(1.0))
