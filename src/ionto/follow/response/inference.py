"""The inference: importance sampling, class by class, from Student t's that are fitted to ever better draws.

    1  a sketch of the likelihood says where to begin, or what the last belief left does
    2  the likelihood is raised to the highest power at which enough draws carry the weight; a Student t is fitted to
       the draws so weighed, and more are drawn from it (power 1 is the posterior)
    3  each draw is weighed against the mixture of all that its class was drawn from, a few from the prior among them,
       so that none is wasted (adaptive multiple importance sampling, Cornuet et al. 2012)
    4  the largest weights are smoothed; until the tail is light and enough draws carry the weight, go to 2

Both classes are tried until one is settled or beyond hope, so that no mode is missed; their shares are their evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from ionto.follow.response.curves import Floats, hypercube
from ionto.follow.response.pareto import TRUSTED_SHAPE, smoothed
from ionto.follow.response.prior import Flags, Prior

# Log likelihood (draws,), and rows (rows, draws) to carry along, of scores (draws, size) and class (draws,).
LogLikelihood = Callable[[Floats, Flags], tuple[Floats, Floats]]

CLASSES = (False, True)
FREEDOM = 7.0
# Sizes of rounds, and what is enough, for each draw asked for.
FIRST_RATIO, ROUND_RATIO, ENOUGH_RATIO = 0.375, 0.5, 0.4
UNSETTLED_RATIO = 0.1875
# Fewer draws than this bias the evidence: the proposal leans on draws that it then weighs down.
LEAST_RATIO = 0.125
DEFENSIVE_RATIO = 0.0625
ROUNDS_CEILING_COUNT = 14
# So many effective draws are kept by the power of the likelihood, and so many settle a class.
CARRIED_COUNT = 60.0
SETTLED_COUNT = 100.0
# A class with a smaller share than this is settled by fewer, in proportion; by fewer than these its mode is not found.
SMALL_SHARE = 0.1
FOUND_COUNT = 12.0
# A class this far below the other in log evidence is beyond hope; but each of its first rounds may find so much more.
HOPELESS_NATS = 8.0
FOUND_NATS, FINDING_ROUNDS_COUNT = 12.0, 3
# The fitted spread leans on its own diagonal as if so many draws had said so.
DIAGONAL_COUNT = 5.0
# So many draws are handed on, for each asked for.
KEPT_RATIO = 0.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A normal or Student t over the scores of one class: centre (size,), Cholesky factor (size, size)."""

    centre: Floats
    factor: Floats
    freedom_count: float
    whitening: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whitening", np.linalg.inv(self.factor))

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        """Draws of shape (count, size), from a Latin hypercube; those of a Student t with stretched radii."""
        points = hypercube(rng, count, self.centre.size)
        if math.isfinite(self.freedom_count):
            points /= np.sqrt(rng.chisquare(self.freedom_count, count) / self.freedom_count)[:, None]
        return self.centre + points @ self.factor.T

    def log_density(self, scores: Floats) -> Floats:
        """Up to a constant that is the same for all proposals; shape (draws,)."""
        off = self.whitening @ (scores - self.centre).T
        distance = np.einsum("ij,ij->j", off, off)
        volume = float(np.log(np.diag(self.factor)).sum())
        if not math.isfinite(self.freedom_count):
            return np.asarray(-0.5 * distance - volume)
        half = 0.5 * self.centre.size
        constant = math.lgamma(0.5 * self.freedom_count + half) - math.lgamma(0.5 * self.freedom_count)
        constant -= half * math.log(0.5 * self.freedom_count) + volume
        return np.asarray(constant - (0.5 * self.freedom_count + half) * np.log1p(distance / self.freedom_count))


@dataclass(frozen=True, slots=True)
class Fit:
    """Weighted draws of both classes, what came along with them, the last proposal of each class, and the shape of the
    tail of the weights, which can be trusted up to 0.7."""

    scores: Floats
    responder: Flags
    log_weight: Floats
    carried: Floats
    proposals: tuple[Proposal, Proposal]
    tail_ratio: float


@dataclass(slots=True)
class _Class:
    """What was drawn of one class so far: scores (draws, size), and for each draw the log likelihood, the log prior
    density, and the log density of the mixture of all proposals so far, each (draws,)."""

    responder: bool
    prior: Prior
    tried: list[tuple[int, Proposal]] = field(default_factory=list)
    scores: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    log_likelihood: Floats = field(default_factory=lambda: np.zeros(0))
    log_prior: Floats = field(default_factory=lambda: np.zeros(0))
    log_mixture: Floats = field(default_factory=lambda: np.zeros(0))
    log_weight: Floats = field(default_factory=lambda: np.zeros(0))
    carried: list[Floats] = field(default_factory=list)

    def add(self, count: int, proposal: Proposal, scores: Floats, log_likelihood: Floats, carried: Floats) -> None:
        """Draws from a proposal; the mixture behind every draw is brought up to date."""
        self.tried.append((count, proposal))
        densities = [math.log(drawn) + tried.log_density(scores) for drawn, tried in self.tried]
        fresh = np.logaddexp.reduce(densities, axis=0)
        if self.log_mixture.size:
            known = np.logaddexp(self.log_mixture, math.log(count) + proposal.log_density(self.scores))
            self.scores, self.log_mixture = np.concatenate([self.scores, scores]), np.concatenate([known, fresh])
        else:
            self.scores, self.log_mixture = scores, fresh
        self.log_prior = np.concatenate([self.log_prior, self.prior.log_density(scores, responder=self.responder)])
        self.log_likelihood = np.concatenate([self.log_likelihood, log_likelihood])
        self.carried.append(carried)
        self.log_weight = self.log_prior + self.log_likelihood - self.log_mixture

    @property
    def log_evidence(self) -> float:
        """The class's share of the evidence, up to a constant that is the same for both."""
        highest = float(self.log_weight.max())
        return highest + math.log(float(np.exp(self.log_weight - highest).sum()))

    def is_open(self, best: float) -> bool:
        """Whether the class may still matter beside this log evidence, and too few draws speak for its own."""
        behind_nats = best - self.log_evidence
        to_find_nats = FOUND_NATS * max(0, FINDING_ROUNDS_COUNT - len(self.tried))
        if behind_nats > HOPELESS_NATS + to_find_nats:
            return False
        # The smaller its share, the less its evidence matters.
        enough_count = SETTLED_COUNT * min(1.0, math.exp(-behind_nats) / SMALL_SHARE)
        return effective_count(self.log_weight) < max(enough_count, FOUND_COUNT)

    def better(self) -> Proposal:
        """A Student t fitted to the draws at the highest power of the likelihood that leaves enough of them."""
        if effective_count(self.log_weight) >= CARRIED_COUNT:
            return student_of(self.scores, smoothed(self.log_weight)[0])
        base, low, high = self.log_prior - self.log_mixture, 0.0, 1.0
        while high - low > 0.02 * high:
            power = 0.5 * (low + high)
            carried = effective_count(base + power * self.log_likelihood) >= CARRIED_COUNT
            low, high = (power, high) if carried else (low, power)
        return student_of(self.scores, base + low * self.log_likelihood)


def begun(sketch: LogLikelihood, prior: Prior, *, rng: np.random.Generator, draws_count: int) -> Fit:
    """Where to begin: draws fitted to a sketch of the likelihood, in rounds of `draws_count` from the prior on."""
    classes = [_Class(is_responder, prior) for is_responder in CLASSES]
    population = _population(prior)
    wanted = [(one, draws_count, population) for one in classes]
    for _ in range(ROUNDS_CEILING_COUNT):
        _draw(sketch, rng, wanted)
        best = max(one.log_evidence for one in classes)
        wanted = [(one, draws_count, one.better()) for one in classes if one.is_open(best)]
        if not wanted:
            break
    return _weighed(classes)


def fitted(
    log_likelihood: LogLikelihood, prior: Prior, *, rng: np.random.Generator, draws_count: int, start: Fit
) -> Fit:
    """The posterior as weighted draws, worth at least 0.4 `draws_count` equally weighted ones where that can be had.

    `log_likelihood` takes scores (draws, size) and class (draws,). `start` is a fit to much the same posterior.
    """
    classes = [_Class(is_responder, prior) for is_responder in CLASSES]
    population, defensive_count = _population(prior), round(DEFENSIVE_RATIO * draws_count)
    wanted = [(one, defensive_count, population) for one in classes]
    for one in classes:
        wanted.append((one, round(_share_of(start, one.responder) * draws_count), _left(start, one.responder)))
    for _ in range(ROUNDS_CEILING_COUNT):
        _draw(log_likelihood, rng, wanted)
        fit = _weighed(classes)
        enough = fit.tail_ratio <= TRUSTED_SHAPE and effective_count(fit.log_weight) >= ENOUGH_RATIO * draws_count
        wanted = _next_draws(classes, draws_count, enough=enough)
        if not wanted:
            break
    return _thinned(fit, rng, round(KEPT_RATIO * draws_count))


def _population(prior: Prior) -> Proposal:
    return Proposal(prior.centre, np.diag(prior.spread), math.inf)


def _draw(log_likelihood: LogLikelihood, rng: np.random.Generator, wanted: list[tuple[_Class, int, Proposal]]) -> None:
    """So many more draws of these classes from these proposals; the likelihood of all of them is asked for at once."""
    fresh = [proposal.draws(rng, count) for _, count, proposal in wanted]
    counts = [count for _, count, _ in wanted]
    found, carried = log_likelihood(np.concatenate(fresh), np.repeat([one.responder for one, _, _ in wanted], counts))
    ends = np.cumsum(counts)[:-1]
    parts, along = np.split(found.astype(np.float64), ends), np.split(carried, ends, axis=1)
    for (one, count, proposal), scores, part, rows in zip(wanted, fresh, parts, along, strict=True):
        one.add(count, proposal, scores, part, rows)


def effective_count(log_weight: Floats) -> float:
    """How many equally weighted draws these are worth."""
    weight = np.exp(log_weight - log_weight.max())
    return float(weight.sum() ** 2 / (weight @ weight))


def student_of(scores: Floats, log_weight: Floats) -> Proposal:
    """The Student t with the mean and, leaning on its diagonal, the spread of weighted draws."""
    weight = np.exp(log_weight - log_weight.max())
    share = weight / weight.sum()
    centre = share @ scores
    off = scores - centre
    spread = (off * share[:, None]).T @ off
    carried_count = 1.0 / float(share @ share)
    diagonal = np.diag(np.maximum(np.diag(spread), 1e-6))
    leaning = (carried_count * spread + DIAGONAL_COUNT * diagonal) / (carried_count + DIAGONAL_COUNT)
    return Proposal(centre, np.linalg.cholesky(leaning), FREEDOM)


def _next_draws(classes: list[_Class], draws_count: int, *, enough: bool) -> list[tuple[_Class, int, Proposal]]:
    """How many draws of which class come next, and from where; when both together are `enough`, only of a class that
    is not yet settled."""
    best = max(one.log_evidence for one in classes)
    total = sum(math.exp(one.log_evidence - best) for one in classes)
    wanted = []
    for one in classes:
        share = 0.0 if enough else math.exp(one.log_evidence - best) / total
        count = round(ROUND_RATIO * draws_count * share)
        if one.is_open(best):
            count = max(count, round(UNSETTLED_RATIO * draws_count))
        if count >= round(LEAST_RATIO * draws_count):
            wanted.append((one, count, one.better()))
    return wanted


def _weighed(classes: list[_Class]) -> Fit:
    log_weight, tail_ratio = smoothed(np.concatenate([one.log_weight for one in classes]))
    responder = np.repeat(CLASSES, [one.log_weight.size for one in classes])
    return Fit(
        scores=np.concatenate([one.scores for one in classes]),
        responder=responder,
        log_weight=log_weight,
        carried=np.concatenate([rows for one in classes for rows in one.carried], axis=1),
        proposals=(classes[0].tried[-1][1], classes[1].tried[-1][1]),
        tail_ratio=tail_ratio,
    )


def _left(fit: Fit, responder: bool) -> Proposal:  # noqa: FBT001
    """A Student t for what an earlier fit left of a class; the one it was last drawn from where too little is left."""
    chosen = fit.responder == responder
    if not chosen.any() or effective_count(fit.log_weight[chosen]) < CARRIED_COUNT:
        last = fit.proposals[CLASSES.index(responder)]
        return replace(last, freedom_count=FREEDOM)
    return student_of(fit.scores[chosen], fit.log_weight[chosen])


def _share_of(fit: Fit, responder: bool) -> float:  # noqa: FBT001
    """Which share of a warm start's draws a class gets."""
    weight = np.exp(fit.log_weight - fit.log_weight.max())
    share = float(weight[fit.responder == responder].sum() / weight.sum())
    return max(FIRST_RATIO * share, UNSETTLED_RATIO)


def _thinned(fit: Fit, rng: np.random.Generator, count: int) -> Fit:
    """About `count` of the draws, so that every weighted sum stays the same on average: draws above a weight keep it,
    of those below some are chosen by their weight and given that weight (Fearnhead and Clifford 2003)."""
    weight = np.exp(fit.log_weight - fit.log_weight.max())
    if weight.size <= count:
        return fit
    falling = np.sort(weight)[::-1]
    rest = falling.sum() - np.concatenate([[0.0], np.cumsum(falling)[:-1]])
    # The first draw from which on an even share of what is left is more than its own weight.
    heavy_count = int(np.argmax((count - np.arange(weight.size)) * falling <= rest))
    bar = max(float(rest[heavy_count]), 1e-300) / (count - heavy_count)
    heavy = weight > bar
    steps = np.floor(np.cumsum(np.where(heavy, 0.0, weight / bar)) + rng.random())
    chosen = heavy | (np.diff(steps, prepend=0.0) > 0.5)
    log_weight = np.log(np.maximum(weight[chosen], bar))
    return replace(
        fit,
        scores=fit.scores[chosen],
        responder=fit.responder[chosen],
        log_weight=log_weight,
        carried=fit.carried[:, chosen],
    )
