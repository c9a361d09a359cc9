"""The belief: what facts say of the response at one site, kept as weighted draws of who the person may be.

`believed_after` takes all facts at once. `update` takes one more: the draws are reweighed, and drawn anew from all
facts when too few of them carry the weight (inference.py). Chance comes from the seed and the number of facts, so the
same facts, taken the same way, give the same belief to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import numpy as np

from ionto.follow.response.curves import Floats
from ionto.follow.response.inference import Fit, begun, effective_count, fitted
from ionto.follow.response.observation import observed
from ionto.follow.response.prior import (
    POPULATION,
    SPREAD_RATIO,
    Flags,
    Persons,
    Prior,
    persons_from,
    prior_given,
)
from ionto.follow.response.sketch import sketch_of
from ionto.follow.response.timeline import days_between, replayed, timeline_of
from ionto.follow.response.transition import State, dose_of, elapsed, treated, untreated
from ionto.words.records import CauseFact, ClearedFact, Fact, SessionFact, SideEffectFact
from ionto.words.terms import Site

DEFAULT_DRAWS_COUNT = 1024
# Draws are drawn anew when they are worth less than this share of what they were worth when they were drawn.
WORN_RATIO = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Belief:
    """What is known about the response at one site. Arrays have one row per draw and are read-only.

    scores           standard normal scores of the ten parameters, shape (draws, 10)
    responder        whether the draw is a responder, shape (draws,)
    log_weight       unnormalised log weight, shape (draws,)
    state            effect and day-to-day deviation at the last fact
    prior            what was believed before the first fact
    fit              the draws as they were last drawn; None while they are the prior's
    """

    site: Site
    seed: int
    full_dose_ma_min: float
    draws_count: int
    prior: Prior
    facts: tuple[Fact, ...]
    scores: Floats
    responder: Flags
    log_weight: Floats
    state: State
    fit: Fit | None

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
    site: Site,
    *,
    full_dose_ma_min: float,
    seed: int = 0,
    draws_count: int = DEFAULT_DRAWS_COUNT,
    learned_elsewhere: Belief | None = None,
) -> Belief:
    """What is believed before the first fact.

    Parameters
    ----------
    full_dose_ma_min
        The protocol's charge, target current times time.
    learned_elsewhere
        The belief about another site of the same person, that was itself learned from no other.

    Raises
    ------
    ValueError
        For a site without a model (the face), or a dose that is not positive.
    """
    if site not in SPREAD_RATIO:
        raise ValueError(f"there is no response model for {site}")
    if not (math.isfinite(full_dose_ma_min) and full_dose_ma_min > 0.0):
        raise ValueError(f"full_dose_ma_min must be positive, not {full_dose_ma_min}")
    prior = POPULATION
    if learned_elsewhere is not None:
        prior = prior_given(learned_elsewhere.scores, learned_elsewhere.responder, learned_elsewhere.weight)
    scores, responder = prior.draws(_rng(seed, 0), draws_count)
    return _sealed(
        Belief(
            site=site,
            seed=seed,
            full_dose_ma_min=full_dose_ma_min,
            draws_count=draws_count,
            prior=prior,
            facts=(),
            scores=scores,
            responder=responder,
            log_weight=np.zeros(draws_count),
            state=untreated(persons_from(scores, responder, site)),
            fit=None,
        )
    )


def believed_after(belief: Belief, facts: Sequence[Fact]) -> Belief:
    """The belief after more facts, drawn once from all of them.

    Raises
    ------
    ValueError
        As `update`.
    """
    if not facts:
        return belief
    _checked(belief, facts)
    return _drawn(replace(belief, facts=(*belief.facts, *facts)), start=None)


def update(belief: Belief, fact: Fact) -> Belief:
    """The belief after one more fact. Side effects and their clearing are remembered for the alerts, and change nothing
    else here.

    Raises
    ------
    ValueError
        When the fact is older than the last one, or belongs to another site. A side effect may come from another site:
        some of them stop every site.
    """
    _checked(belief, (fact,))
    persons, state, gain = belief.persons, belief.state, np.zeros(1)
    if belief.at is not None:
        state = elapsed(persons, state, days_between(belief.at, fact.at))
    if isinstance(fact, SessionFact):
        state = treated(persons, state, dose_of(fact, belief.full_dose_ma_min))
    elif not isinstance(fact, SideEffectFact | CauseFact | ClearedFact):
        gain, state = observed(persons, state, fact)
    known = replace(belief, facts=(*belief.facts, fact), state=state, log_weight=belief.log_weight + gain)
    fresh_count = belief.draws_count if belief.fit is None else effective_count(belief.fit.log_weight)
    if effective_count(known.log_weight) >= WORN_RATIO * fresh_count:
        return _sealed(known)
    return _drawn(known, start=belief.fit and replace(belief.fit, log_weight=known.log_weight))


def _drawn(belief: Belief, start: Fit | None) -> Belief:
    """The belief with draws made anew from its facts."""
    timeline = timeline_of(belief.facts, belief.full_dose_ma_min)
    rng = _rng(belief.seed, len(belief.facts))
    if not timeline.seen:
        scores, responder = belief.prior.draws(rng, belief.draws_count)
        state = replayed(persons_from(scores, responder, belief.site), timeline)[1]
        return _sealed(
            replace(
                belief, scores=scores, responder=responder, log_weight=np.zeros(responder.size), state=state, fit=None
            )
        )

    def seen(scores: Floats, responder: Flags) -> tuple[Floats, Floats]:
        log_likelihood, state = replayed(persons_from(scores, responder, belief.site), timeline)
        return log_likelihood, state.rows()

    if start is None:
        sketched = sketch_of(timeline)

        def guessed(scores: Floats, responder: Flags) -> tuple[Floats, Floats]:
            found = sketched(persons_from(scores, responder, belief.site))
            return found, np.empty((0, found.size))

        start = begun(guessed, belief.prior, rng=rng, draws_count=belief.draws_count // 4)
    fit = fitted(seen, belief.prior, rng=rng, draws_count=belief.draws_count, start=start)
    amount, effect, deviation, variance = fit.carried
    return _sealed(
        replace(
            belief,
            scores=fit.scores,
            responder=fit.responder,
            log_weight=fit.log_weight,
            state=State(
                amount=amount,
                effect=effect,
                deviation=deviation,
                variance=variance,
                expectation_fraction=timeline.expectation_fraction[-1],
            ),
            fit=fit,
        )
    )


def _checked(belief: Belief, facts: Sequence[Fact]) -> None:
    for fact in facts:
        if fact.site is not belief.site and not isinstance(fact, SideEffectFact):
            raise ValueError(f"this belief is about the {belief.site}, the fact about the {fact.site}")
    moments = [*([belief.at] if belief.at is not None else []), *(fact.at for fact in facts)]
    for earlier, later in pairwise(moments):
        if later < earlier:
            raise ValueError(f"facts must come in time order: {later.isoformat()} lies before {earlier.isoformat()}")


def _rng(seed: int, facts_count: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, facts_count]))


def _sealed(belief: Belief) -> Belief:
    state = belief.state
    for array in (
        belief.scores,
        belief.responder,
        belief.log_weight,
        state.amount,
        state.effect,
        state.deviation,
        state.variance,
    ):
        array.setflags(write=False)
    return belief
