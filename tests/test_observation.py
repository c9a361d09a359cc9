"""How likely each answer and measurement is, against the model as it is written down."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ionto.follow.response.observation import observed
from ionto.follow.response.prior import PARAMETERS, persons_from
from ionto.follow.response.transition import untreated
from ionto.words.records import ClearedFact, Fact, SessionFact, SideEffectFact
from ionto.words.terms import Site, Wetness

from .answers import felt, hdss, rating, stained, weighed


def likelihood_without_deviation(fact: Fact, excess_score: float = 0.0) -> float:
    """Likelihood for the average person before any session, were there no change from day to day."""
    z = np.zeros((1, len(PARAMETERS)))
    z[0, 1] = excess_score
    person = persons_from(z, np.array([True]), Site.PALMS)
    assert not isinstance(fact, SessionFact | SideEffectFact | ClearedFact)
    steady = replace(untreated(person), variance=np.array([1e-12]))
    return float(np.exp(observed(person, steady, fact)[0][0]))


def test_a_rating_is_likely_where_the_model_says() -> None:
    """The average untreated person has x = 1.12, so the ratings scatter around 4.5 + 2.2 x 1.12 = 6.96."""
    probs = [likelihood_without_deviation(rating(0.0, score)) for score in range(11)]
    assert sum(probs) == pytest.approx(1.0)
    assert sum(score * prob for score, prob in enumerate(probs)) == pytest.approx(6.96, abs=0.03)
    assert probs[7] == pytest.approx(1 / (1 + math.exp(-0.536 / 0.7)) - 1 / (1 + math.exp(0.464 / 0.7)), rel=1e-6)
    dry = [likelihood_without_deviation(rating(0.0, score), -1.12 / 0.4) for score in range(11)]
    assert sum(score * prob for score, prob in enumerate(dry)) == pytest.approx(4.5, abs=0.03)


def test_an_hdss_is_likely_where_the_model_says() -> None:
    probs = [likelihood_without_deviation(hdss(0.0, score)) for score in (1, 2, 3, 4)]
    assert sum(probs) == pytest.approx(1.0)
    assert probs[3] == pytest.approx(1 / (1 + math.exp(-0.32 / 0.3)), rel=1e-6)
    assert probs[0] == pytest.approx(1 / (1 + math.exp(2.02 / 0.3)), rel=1e-6)


def test_a_weighing_is_likely_where_the_model_says() -> None:
    """Student's t with five degrees of freedom: the 95 % point lies 2.015 scales out, the density at 0 is 0.3796."""
    assert likelihood_without_deviation(weighed(0.0, 50.0)) == pytest.approx(0.3796 / 0.25, rel=1e-3)
    steps = np.arange(-40.0, 2.015, 0.01)
    mass = sum(
        likelihood_without_deviation(weighed(0.0, 50.0 * math.exp(0.25 * step))) * 0.0025 for step in steps[3200:]
    )
    assert mass == pytest.approx(0.95, abs=0.005)
    below_the_scale = likelihood_without_deviation(weighed(0.0, 0.0))
    assert below_the_scale == likelihood_without_deviation(weighed(0.0, 0.9))
    assert 0.0 < below_the_scale < 1e-4


def test_a_tap_is_likely_where_the_model_says() -> None:
    """The average untreated person, x = 1.12, says wet far more often than not."""
    dry, clammy, wet = (likelihood_without_deviation(felt(0.0, wetness)) for wetness in Wetness)
    assert dry + clammy + wet == pytest.approx(1.0)
    assert wet == pytest.approx(1 / (1 + math.exp(-0.72 / 0.35)), rel=1e-5)
    assert likelihood_without_deviation(felt(0.0, Wetness.CLAMMY), -2.8) > 0.5


def test_a_stained_area_is_likely_where_the_model_says() -> None:
    """50 mg/min: the logit is normal around 1.3 (ln 50 - 3) = 1.186, the area around 77 %."""
    normaliser = 1 / (0.6 * math.sqrt(2 * math.pi))
    assert likelihood_without_deviation(stained(0.0, 0.766)) == pytest.approx(normaliser, rel=1e-3)
    one_off = 1 / (1 + math.exp(-1.186 - 0.6))
    assert likelihood_without_deviation(stained(0.0, one_off)) == pytest.approx(normaliser * math.exp(-0.5), rel=1e-3)
    # An edge stands for all that lies beyond it: the logit of 98 % lies 4.51 spreads out.
    full = likelihood_without_deviation(stained(0.0, 1.0))
    assert full == likelihood_without_deviation(stained(0.0, 0.99)) == pytest.approx(3.24e-6, rel=0.01)
