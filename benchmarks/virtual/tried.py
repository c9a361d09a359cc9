"""Rules that were tried for fewer sessions and are not the product's: what each would have to know, and what it saves.

`KnowsThePerson` is an ablation: every trait and the effect of all sessions are known, today's spell is learned from the
ratings as the response model learns it. `Waits` and `OwnTrack` change nothing of what is believed, only what is done.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from ionto.follow.response.observation import HDSS_CUTS, RATING_MIDDLE_SCORE, RATING_SCALE, RATING_SLOPE
from ionto.follow.response.transition import DEVIATION_MEMORY_DAYS
from virtual.rules import INDUCTION_LASTS_DAYS, Flags, Ours, Rule
from virtual.truth import Day, Ducts, OwnModel, Truth

WET_SCORE = 5
# A logistic of scale 1 is about as wide as a normal of this standard deviation.
LOGISTIC_SD = 1.7


class Waits(Ours):
    """Due from a small risk on; then it waits, a day at a time, while it feels dry by a margin, up to a higher risk."""

    def __init__(self, risk_prob: float, margin: float, waits_prob: float = 0.5) -> None:
        super().__init__(risk_prob)
        self.margin, self.waits_prob = margin, waits_prob
        self.name = f"waits while dry by {margin:g}, risk {risk_prob:g} to {waits_prob:g}"

    def hear(self, day: int, seen: Day) -> None:
        self.felt = seen.felt
        super().hear(day, seen)

    def at_risk(self) -> Flags:
        risk_prob = self.posterior.risk_prob()
        dry = self.felt < -self.margin
        return np.asarray((risk_prob >= self.risk_prob) & (~dry | (risk_prob >= self.waits_prob)))


class OwnTrack(Ours):
    """The risk, moved by the person's own track record: up (in log odds) when more ratings are wet than was said."""

    def __init__(self, risk_prob: float, gain: float = 0.3) -> None:
        super().__init__(risk_prob)
        self.gain = gain
        self.name = f"ours, risk {risk_prob:g}, by own track record"

    def begin(self, truth: Truth) -> None:
        super().begin(truth)
        self.shift = np.zeros(truth.count)

    def hear(self, day: int, seen: Day) -> None:
        if day >= INDUCTION_LASTS_DAYS:
            said = np.clip(expit(logit(self._wet_rating_prob()) + self.shift), 1e-3, 1 - 1e-3)
            self.shift = self.shift + self.gain * ((seen.rating >= WET_SCORE) - said)
        super().hear(day, seen)

    def _wet_rating_prob(self) -> NDArray[np.float64]:
        posterior = self.posterior
        x = posterior.usual_x(posterior.effect, posterior.expectation_fraction) + posterior.deviation
        centre = RATING_MIDDLE_SCORE + RATING_SLOPE * x + posterior.part["rating_offset_score"]
        spread = np.sqrt(RATING_SLOPE**2 * posterior.variance + (LOGISTIC_SD * RATING_SCALE) ** 2)
        wet = ndtr((centre - (WET_SCORE - 0.5)) / spread)
        return np.clip((posterior.weight * wet).sum(axis=1), 1e-3, 1 - 1e-3)

    def at_risk(self) -> Flags:
        risk_prob = np.clip(self.posterior.risk_prob(), 1e-5, 1 - 1e-5)
        return np.asarray(expit(logit(risk_prob) + self.shift) >= self.risk_prob)


class KnowsThePerson(Rule):
    """Knows every trait and the effect of the sessions; learns the spell of these days from the ratings alone."""

    def __init__(self, risk_prob: float) -> None:
        self.risk_prob, self.name = risk_prob, f"knows the person, not the spell, risk {risk_prob:g}"

    def begin(self, truth: Truth) -> None:
        assert isinstance(truth, OwnModel | Ducts)
        self.truth = truth
        self.sd = truth.persons.day_to_day if isinstance(truth, OwnModel) else truth.group.day_to_day_sd_ratio
        self.spell, self.variance = np.zeros(truth.count), self.sd**2

    def hear(self, day: int, seen: Day) -> None:
        middle, slope, scatter = self._scale(self.truth.usual_x(0.0) + self.spell)
        gain = self.variance * slope / (slope**2 * self.variance + scatter)
        self.spell = self.spell + gain * (seen.rating - middle)
        self.variance = self.variance * (1 - gain * slope)

    def _scale(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The rating expected at x, how fast it rises there, and the variance of what is written."""
        truth, rounding = self.truth, 1 / 12
        if isinstance(truth, OwnModel):
            middle = RATING_MIDDLE_SCORE + RATING_SLOPE * x + truth.persons.rating_offset_score
            scatter = RATING_SCALE**2 * np.pi**2 / 3 + rounding
            return middle, np.full(truth.count, RATING_SLOPE), np.full(truth.count, scatter)
        group, typical = truth.group, truth.group.typical
        share = expit(x + np.log(group.hdss_thresholds_mg_per_min[1] / group.half_rating_mg_per_min))
        slope = 10 * share * (1 - share)
        scatter = typical.rating_sd_score**2 + (slope * typical.answer_sd_ratio) ** 2 + rounding
        return 10 * share + truth.offset_score, slope, scatter

    def due(self, day: int, since: NDArray[np.int64]) -> Flags:
        stays = np.exp(-1 / DEVIATION_MEMORY_DAYS)
        spread = np.sqrt(self.variance * stays**2 + self.sd**2 * (1 - stays**2))
        above = (self.truth.usual_x(1.0) + stays * self.spell - HDSS_CUTS[1]) / spread
        return np.asarray(ndtr(above) >= self.risk_prob)

    def night(self) -> None:
        stays = np.exp(-1 / DEVIATION_MEMORY_DAYS)
        self.spell = self.spell * stays
        self.variance = self.variance * stays**2 + self.sd**2 * (1 - stays**2)
