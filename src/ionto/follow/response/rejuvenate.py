"""Fresh draws when too few carry the weight: systematic resampling, then Metropolis steps that keep the posterior.

Two kinds of step take turns. The leap proposes a whole person, class included, from a Student-t fitted to each class;
the walk moves a person a little within the class, and finds what the fit misses.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ionto.follow.response.prior import Flags, Floats, log_prior

LogLikelihood = Callable[[Floats, Flags], Floats]

ROUNDS_COUNT = 3
FREEDOM = 6.0
WALK_RATIO = 0.45
# The leap visits each class at least this often, so that a class that has died out can come back.
CLASS_FLOOR_PROB = 0.03


@dataclass(frozen=True, slots=True)
class _Fit:
    """A multivariate Student-t over the scores of one class."""

    centre: Floats
    factor: Floats

    def log_density(self, scores: Floats) -> Floats:
        """Up to a constant that is the same for every fit; shape (draws,)."""
        apart = np.linalg.solve(self.factor, (scores - self.centre).T)
        distance = np.einsum("ij,ij->j", apart, apart)
        heavy = 0.5 * (FREEDOM + scores.shape[1]) * np.log1p(distance / FREEDOM)
        return np.asarray(-heavy - np.log(np.diag(self.factor)).sum())


def rejuvenated(
    scores: Floats,
    responder: Flags,
    weight: Floats,
    log_likelihood: Floats,
    *,
    rng: np.random.Generator,
    log_likelihood_of: LogLikelihood,
) -> tuple[Floats, Flags, Floats]:
    """Equally weighted scores (draws, 9), responder flags (draws,) and log likelihoods (draws,)."""
    fits = (_fitted(scores, weight * ~responder), _fitted(scores, weight * responder))
    responder_prob = float(np.clip(weight @ responder, CLASS_FLOOR_PROB, 1.0 - CLASS_FLOOR_PROB))
    chosen = _systematic(weight, rng)
    scores, responder, log_likelihood = scores[chosen], responder[chosen], log_likelihood[chosen]

    def log_leap(scores: Floats, responder: Flags) -> Floats:
        """Log density with which the leap proposes these draws."""
        return np.where(
            responder,
            math.log(responder_prob) + fits[1].log_density(scores),
            math.log(1.0 - responder_prob) + fits[0].log_density(scores),
        )

    def leap() -> None:
        nonlocal scores, responder, log_likelihood
        to_class = rng.random(responder.size) < responder_prob
        step = rng.standard_normal(scores.shape) / np.sqrt(rng.chisquare(FREEDOM, (scores.shape[0], 1)) / FREEDOM)
        to = np.where(
            to_class[:, None],
            fits[1].centre + step @ fits[1].factor.T,
            fits[0].centre + step @ fits[0].factor.T,
        )
        settle(to, to_class, log_leap(scores, responder) - log_leap(to, to_class))

    def walk() -> None:
        step = WALK_RATIO * rng.standard_normal(scores.shape)
        settle(scores + np.where(responder[:, None], step @ fits[1].factor.T, step @ fits[0].factor.T), responder, 0.0)

    def settle(to: Floats, to_class: Flags, log_correction: Floats | float) -> None:
        nonlocal scores, responder, log_likelihood
        to_likelihood = log_likelihood_of(to, to_class)
        gain = to_likelihood + log_prior(to, to_class) - log_likelihood - log_prior(scores, responder)
        taken = np.log(rng.random(responder.size)) < gain + log_correction
        scores = np.where(taken[:, None], to, scores)
        responder = np.where(taken, to_class, responder)
        log_likelihood = np.where(taken, to_likelihood, log_likelihood)

    for _ in range(ROUNDS_COUNT):
        leap()
        walk()
    return scores, responder, log_likelihood


def _fitted(scores: Floats, weight: Floats) -> _Fit:
    """The class's weighted mean and spread; the prior's where the class has too few draws to tell."""
    size = scores.shape[1]
    total = float(weight.sum())
    if total <= 0.0 or total**2 / float(weight @ weight) < 4.0 * size:
        return _Fit(np.zeros(size), np.eye(size))
    share = weight / total
    centre = share @ scores
    off = scores - centre
    spread: Floats = (off * share[:, None]).T @ off + 1e-3 * np.eye(size)
    return _Fit(centre, np.asarray(np.linalg.cholesky(spread), dtype=np.float64))


def _systematic(weight: Floats, rng: np.random.Generator) -> np.ndarray:
    """Indices of the draws that are kept, each about as often as its weight says; shape (draws,)."""
    points = (np.arange(weight.size) + rng.random()) / weight.size
    return np.minimum(np.searchsorted(np.cumsum(weight), points), weight.size - 1)
