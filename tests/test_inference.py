"""The inference: where it begins moves nothing, and few draws say of an unlikely class what many say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ionto.follow.response import Belief, believed_after, prior_belief
from ionto.follow.response import belief as belief_room
from ionto.follow.response.inference import effective_count
from ionto.follow.response.pareto import TRUSTED_SHAPE, smoothed
from ionto.follow.response.prior import POPULATION, Persons, persons_from
from ionto.follow.response.sketch import sketch_of
from ionto.follow.response.timeline import Timeline, replayed, timeline_of
from ionto.words.records import DayFact, Fact, HdssFact, RatingFact, SessionFact, StarchIodineFact, SweatRateFact
from ionto.words.terms import Site, Wetness

BEGUN_AT = datetime(2026, 1, 5, 18, tzinfo=UTC)
INDUCTION_DAYS = [7 * week + day for week in range(4) for day in (0, 2, 4)]


def session(day: float) -> SessionFact:
    return SessionFact(site=Site.PALMS, at=BEGUN_AT + timedelta(days=day), current_ma=15.0, duration_min=20.0)


def hdss(day: float, score: int) -> HdssFact:
    return HdssFact(site=Site.PALMS, at=BEGUN_AT + timedelta(days=day - 0.03), score=score)


def rating(day: float, score: int) -> RatingFact:
    return RatingFact(site=Site.PALMS, at=BEGUN_AT + timedelta(days=day - 0.02), score=score)


def believed(facts: list[Fact], *, seed: int = 0, draws_count: int = 1024) -> Belief:
    nothing = prior_belief(Site.PALMS, full_dose_ma_min=300.0, seed=seed, draws_count=draws_count)
    return believed_after(nothing, facts)


UNMOVED = [fact for day in INDUCTION_DAYS for fact in (hdss(day, 4), rating(day, 9), session(day))] + [hdss(26, 4)]
DRIER = [
    fact
    for day, score in zip(INDUCTION_DAYS, (4, 4, 4, 3, 3, 2, 2, 2, 1, 1, 1, 1), strict=True)
    for fact in (hdss(day, score), session(day))
]


def test_few_draws_say_of_an_unlikely_class_what_many_say() -> None:
    few = [believed(UNMOVED, seed=seed).responder_prob for seed in range(12)]
    many = [believed(UNMOVED, seed=seed, draws_count=16_384).responder_prob for seed in range(2)]
    assert 0.05 < np.mean(many) < 0.3
    assert np.mean(few) == pytest.approx(np.mean(many), abs=0.015)


def flat(_timeline: Timeline) -> Callable[[Persons], np.ndarray]:
    return lambda persons: np.zeros_like(persons.excess)


def upside_down(timeline: Timeline) -> Callable[[Persons], np.ndarray]:
    told = sketch_of(timeline)
    return lambda persons: -0.2 * told(persons)


@pytest.mark.parametrize("wrong", [flat, upside_down])
@pytest.mark.parametrize("facts", [UNMOVED, DRIER], ids=["unmoved", "drier"])
def test_a_sketch_that_is_wrong_costs_draws_and_moves_nothing(
    monkeypatch: pytest.MonkeyPatch, facts: list[Fact], wrong: Callable[[Timeline], Callable[[Persons], np.ndarray]]
) -> None:
    right = believed(facts, draws_count=4096)
    monkeypatch.setattr(belief_room, "sketch_of", wrong)
    found = believed(facts, draws_count=4096)
    assert effective_count(found.log_weight) > 1000
    spread = np.sqrt(right.weight @ (right.scores - right.weight @ right.scores) ** 2)
    assert np.max(np.abs(found.weight @ found.scores - right.weight @ right.scores) / spread) < 0.15
    assert found.responder_prob == pytest.approx(right.responder_prob, abs=0.03)


def test_the_sketch_is_near_what_it_sketches() -> None:
    """Draws of the prior, all kinds of facts: the best draws by the sketch are among the best."""
    measured: list[Fact] = [
        fact
        for week in range(4)
        for fact in (
            SweatRateFact(site=Site.PALMS, at=BEGUN_AT + timedelta(days=30 + week), sweat_mg_per_min=20.0),
            StarchIodineFact(site=Site.PALMS, at=BEGUN_AT + timedelta(days=40 + week), area_fraction=0.4),
            DayFact(site=Site.PALMS, at=BEGUN_AT + timedelta(days=50 + week), felt=Wetness.CLAMMY),
        )
    ]
    facts = sorted([*DRIER, *measured], key=lambda fact: fact.at)
    timeline = timeline_of(facts, 300.0)
    persons = persons_from(*POPULATION.draws(np.random.default_rng(1), 4000), Site.PALMS)
    sketched, exact = sketch_of(timeline)(persons), replayed(persons, timeline)[0]
    best = np.argsort(exact)[-400:]
    assert np.isin(np.argsort(sketched)[-400:], best).mean() > 0.7
    assert np.corrcoef(sketched[best], exact[best])[0, 1] > 0.6


def test_weights_of_which_one_carries_all_are_smoothed_without_a_warning() -> None:
    log_weight = np.random.default_rng(2).normal(0.0, 400.0, 1000)
    found, shape = smoothed(log_weight)
    assert np.isfinite(found).all()
    assert found.max() <= log_weight.max()
    assert shape > 10.0 * TRUSTED_SHAPE
