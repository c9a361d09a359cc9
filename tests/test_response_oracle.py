"""The response model against long NUTS runs, stored as numbers by tests/oracles/nuts.py: twenty virtual persons with 60
observations in a year each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ionto.follow.response import Belief, believed_after, prior_belief
from ionto.follow.response.observation import controlled
from ionto.follow.response.transition import elapsed
from ionto.words.records import (
    DayFact,
    Fact,
    HdssFact,
    RatingFact,
    SessionFact,
    StarchIodineFact,
    SweatRateFact,
)
from ionto.words.terms import Site, Wetness

ORACLES = Path(__file__).parent / "oracles"
BEGUN_AT = datetime(2026, 1, 5, 18, tzinfo=UTC)
AHEAD_DAYS = (5, 10, 21)
KINDS: dict[str, type] = {
    "hdss": HdssFact,
    "rating": RatingFact,
    "day": DayFact,
    "sweat_rate": SweatRateFact,
    "starch_iodine": StarchIodineFact,
}


def fact_of(row: dict[str, Any]) -> Fact:
    at = BEGUN_AT + timedelta(days=row["day"])
    if row["kind"] == "session":
        return SessionFact(site=Site.PALMS, at=at, current_ma=15.0, duration_min=20.0)
    said = {name: value for name, value in row.items() if name not in ("kind", "day")}
    if "felt" in said:
        said["felt"] = Wetness(said["felt"])
    return KINDS[row["kind"]](site=Site.PALMS, at=at, **said)


def believed(person: dict[str, Any]) -> Belief:
    return believed_after(prior_belief(Site.PALMS, full_dose_ma_min=300.0), [fact_of(row) for row in person["facts"]])


def above_probs(belief: Belief) -> list[float]:
    """Chance of being above tolerance so many days after the last fact."""
    states = [elapsed(belief.persons, belief.state, days) for days in AHEAD_DAYS]
    return [1.0 - float(belief.weight @ controlled(belief.persons, state, 2)) for state in states]


@pytest.fixture(scope="module")
def compared() -> list[tuple[Belief, dict[str, Any]]]:
    """Each person's belief beside what NUTS found, where its chains agree."""
    persons = json.loads((ORACLES / "persons.json").read_text("utf-8"))
    found = json.loads((ORACLES / "nuts.json").read_text("utf-8"))
    return [(believed(persons[nuts["seed"]]), nuts) for nuts in found if nuts["r_hat"] < 1.05]


def test_most_long_runs_can_be_trusted(compared: list[tuple[Belief, dict[str, Any]]]) -> None:
    assert len(compared) >= 15


def test_posterior_means_lie_within_a_seventh_of_a_spread(compared: list[tuple[Belief, dict[str, Any]]]) -> None:
    """The goal is 0.15 spreads in the worst parameter of a person, in the median over persons."""
    worst = [
        np.max(np.abs(belief.weight @ belief.scores - np.array(nuts["mean"])) / np.array(nuts["sd"]))
        for belief, nuts in compared
    ]
    assert np.median(worst) < 0.15
    assert max(worst) < 0.5


def test_relapse_probabilities_lie_within_three_points(compared: list[tuple[Belief, dict[str, Any]]]) -> None:
    worst = [
        max(abs(mine - theirs) for mine, theirs in zip(above_probs(belief), nuts["above_prob"], strict=True))
        for belief, nuts in compared
    ]
    assert np.median(worst) < 0.03
    assert max(worst) < 0.1


def test_the_class_is_weighed_as_nuts_weighs_it(compared: list[tuple[Belief, dict[str, Any]]]) -> None:
    apart = [abs(belief.responder_prob - nuts["responder_prob"]) for belief, nuts in compared]
    assert np.median(apart) < 0.01
    assert max(apart) < 0.08


def test_a_class_that_is_alive_is_not_given_up(compared: list[tuple[Belief, dict[str, Any]]]) -> None:
    """Draws from the prior may all lie far from where a class is at its best; it must be looked for all the same."""
    alive = [(belief, nuts) for belief, nuts in compared if 0.02 < nuts["responder_prob"] < 0.98]
    assert len(alive) >= 5
    for belief, nuts in alive:
        mine, theirs = (prob / (1.0 - prob) for prob in (belief.responder_prob, nuts["responder_prob"]))
        assert 0.6 < mine / theirs < 1.6, nuts["seed"]
