"""The belief: a fold over facts, kept as weighted draws of who the person may be.

Iterated batch importance sampling: each observation reweights the draws; when too few carry the weight they are
resampled and moved by Metropolis steps that run through all remembered facts again (Chopin 2002). Chance comes from the
seed and the number of facts, so the same facts give the same belief to the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from ionto.follow.response.observation import observed
from ionto.follow.response.prior import SPREAD_RATIO, Flags, Floats, Persons, draw_prior, persons_from
from ionto.follow.response.rejuvenate import rejuvenated
from ionto.follow.response.transition import State, dose_of, elapsed, treated, untreated
from ionto.words.records import ClearedFact, Fact, SessionFact, SideEffectFact
from ionto.words.terms import Site

DEFAULT_DRAWS_COUNT = 2048
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Belief:
    """What is known about the response at one site. Arrays have one row per draw and are read-only.

    scores           standard normal scores of the nine parameters, shape (draws, 9)
    responder        whether the draw is a responder, shape (draws,)
    log_weight       unnormalised log weight, shape (draws,)
    log_likelihood   of all facts so far, shape (draws,)
    state            effect and day-to-day deviation at the last fact
    """

    site: Site
    seed: int
    full_dose_ma_min: float
    facts: tuple[Fact, ...]
    scores: Floats
    responder: Flags
    log_weight: Floats
    log_likelihood: Floats
    state: State

    @cached_property
    def persons(self) -> Persons:
        """The draws as persons."""
        return persons_from(self.scores, self.responder, self.site)

    @cached_property
    def weight(self) -> Floats:
        """Weights that sum to one, shape (draws,)."""
        raw = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(raw / raw.sum())

    @property
    def responder_prob(self) -> float:
        """Probability that the treatment works for this person."""
        return float(np.clip(self.weight @ self.responder, 0.0, 1.0))

    @property
    def at(self) -> datetime | None:
        """When the last fact happened; None before the first."""
        return self.facts[-1].at if self.facts else None


def prior_belief(
    site: Site, *, full_dose_ma_min: float, seed: int = 0, draws_count: int = DEFAULT_DRAWS_COUNT
) -> Belief:
    """What is believed before the first fact. `full_dose_ma_min` is the protocol's charge, target current times time.

    Raises
    ------
    ValueError
        For a site without a model (the face), or a dose that is not positive.
    """
    if site not in SPREAD_RATIO:
        raise ValueError(f"there is no response model for {site}")
    if not (math.isfinite(full_dose_ma_min) and full_dose_ma_min > 0.0):
        raise ValueError(f"full_dose_ma_min must be positive, not {full_dose_ma_min}")
    scores, responder = draw_prior(_rng(seed, 0), draws_count)
    zero = np.zeros(draws_count)
    return _sealed(
        Belief(
            site=site,
            seed=seed,
            full_dose_ma_min=full_dose_ma_min,
            facts=(),
            scores=scores,
            responder=responder,
            log_weight=zero,
            log_likelihood=zero.copy(),
            state=untreated(persons_from(scores, responder, site)),
        )
    )


def update(belief: Belief, fact: Fact) -> Belief:
    """The belief after one more fact. Side effects and their clearing are remembered for the alerts, and change nothing
    else here.

    Raises
    ------
    ValueError
        When the fact is older than the last one, or belongs to another site. A side effect may come from another site:
        some of them stop every site.
    """
    if belief.at is not None and fact.at < belief.at:
        raise ValueError(f"facts must come in time order: {fact.at.isoformat()} lies before {belief.at.isoformat()}")
    if fact.site is not belief.site and not isinstance(fact, SideEffectFact):
        raise ValueError(f"this belief is about the {belief.site}, the fact about the {fact.site}")
    persons = belief.persons
    state, gain = _after(persons, belief.state, belief.at, fact, belief.full_dose_ma_min)
    known = replace(
        belief,
        facts=(*belief.facts, fact),
        state=state,
        log_weight=belief.log_weight + gain,
        log_likelihood=belief.log_likelihood + gain,
    )
    weight = known.weight
    if 1.0 / float(weight @ weight) >= 0.5 * weight.size:
        return _sealed(known)
    scores, responder, log_likelihood = rejuvenated(
        known.scores,
        known.responder,
        weight,
        known.log_likelihood,
        rng=_rng(known.seed, len(known.facts)),
        log_likelihood_of=lambda scores, responder: _replayed(known, persons_from(scores, responder, known.site))[1],
    )
    moved = replace(known, scores=scores, responder=responder, log_likelihood=log_likelihood)
    return _sealed(replace(moved, log_weight=np.zeros(weight.size), state=_replayed(moved, moved.persons)[0]))


def _after(
    persons: Persons, state: State, since: datetime | None, fact: Fact, full_dose_ma_min: float
) -> tuple[State, Floats | float]:
    """State and gain in log likelihood after the time since the last fact, and then the fact."""
    if isinstance(fact, SideEffectFact | ClearedFact):
        return (state if since is None else elapsed(persons, state, days_between(since, fact.at))), 0.0
    if since is not None:
        state = elapsed(persons, state, days_between(since, fact.at))
    if isinstance(fact, SessionFact):
        return treated(persons, state, dose_of(fact, full_dose_ma_min)), 0.0
    gain, state = observed(persons, state, fact)
    return state, gain


def _replayed(belief: Belief, persons: Persons) -> tuple[State, Floats]:
    """State and log likelihood, shape (draws,), after all facts, for other persons than the belief's own."""
    state, since = untreated(persons), None
    log_likelihood: Floats = np.zeros_like(persons.excess)
    for fact in belief.facts:
        state, gain = _after(persons, state, since, fact, belief.full_dose_ma_min)
        log_likelihood = log_likelihood + gain
        since = fact.at
    return state, log_likelihood


def days_between(earlier: datetime, later: datetime) -> float:
    """Days of 24 hours between two aware moments."""
    return (later - earlier).total_seconds() / SECONDS_PER_DAY


def _rng(seed: int, facts_count: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, facts_count]))


def _sealed(belief: Belief) -> Belief:
    state = belief.state
    for array in (
        belief.scores,
        belief.responder,
        belief.log_weight,
        belief.log_likelihood,
        state.amount,
        state.effect,
        state.deviation,
        state.variance,
    ):
        array.setflags(write=False)
    return belief
