"""The forecast: what sessions change in it, and what it agrees with."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.follow.response import forecast, update
from ionto.words.records import SideEffectFact
from ionto.words.terms import Effect, Site

from .answers import BERLIN, SHORT_COURSE, folded, session, weighed


@settings(max_examples=20, deadline=None)
@given(day=st.integers(0, 20), dose_ratio=st.floats(0.0, 2.0))
def test_one_more_session_never_makes_the_forecast_wetter(day: int, dose_ratio: float) -> None:
    belief = COURSE_SO_FAR
    days = [date(2026, 3, 28) + timedelta(days=count) for count in range(30)]
    planned = {days[4]: 1.0}
    without = forecast(belief, days=days, dose_ratio_on=planned, zone=BERLIN, tolerance=2)
    more = planned | {days[day]: planned.get(days[day], 0.0) + dose_ratio}
    with_one = forecast(belief, days=days, dose_ratio_on=more, zone=BERLIN, tolerance=2)
    for one, other in zip(without, with_one, strict=True):
        assert other.controlled_prob >= one.controlled_prob - 1e-12
        assert other.sweat_mg_per_min.p50 <= one.sweat_mg_per_min.p50 + 1e-9
        assert other.sweat_mg_per_min.p95 <= one.sweat_mg_per_min.p95 + 1e-9


COURSE_SO_FAR = folded(SHORT_COURSE, draws_count=512)


def test_a_planned_session_makes_the_following_days_drier() -> None:
    days = [date(2026, 3, 28) + timedelta(days=count) for count in range(12)]
    without, treated_once = (
        forecast(COURSE_SO_FAR, days=days, dose_ratio_on=planned, zone=BERLIN, tolerance=2)
        for planned in ({}, {days[0]: 1.0})
    )
    assert treated_once[0].controlled_prob == without[0].controlled_prob
    assert treated_once[8].controlled_prob > without[8].controlled_prob + 0.02
    assert treated_once[8].sweat_mg_per_min.p50 < without[8].sweat_mg_per_min.p50
    assert [day.on for day in treated_once if day.session_planned] == [days[0]]


def test_a_fact_that_says_nothing_of_sweat_leaves_the_forecast_as_it_was() -> None:
    itch = SideEffectFact(site=Site.PALMS, at=COURSE_SO_FAR.facts[-1].at, effect=Effect.ITCH)
    before, after_itch = (
        forecast(belief, days=[date(2026, 4, 1)], dose_ratio_on={}, zone=BERLIN, tolerance=2)
        for belief in (COURSE_SO_FAR, update(COURSE_SO_FAR, itch))
    )
    assert before == after_itch


def test_one_more_session_in_the_record_never_makes_the_forecast_wetter() -> None:
    days = [date(2026, 4, 1) + timedelta(days=count) for count in range(20)]
    before = forecast(COURSE_SO_FAR, days=days, dose_ratio_on={}, zone=BERLIN, tolerance=2)
    treated_once = update(COURSE_SO_FAR, session(25.0))
    for one, other in zip(
        before, forecast(treated_once, days=days, dose_ratio_on={}, zone=BERLIN, tolerance=2), strict=True
    ):
        assert other.controlled_prob >= one.controlled_prob - 1e-9
        assert other.sweat_mg_per_min.p50 <= one.sweat_mg_per_min.p50 + 1e-9


@pytest.mark.parametrize("tolerance", [1, 2, 3])
def test_the_forecast_says_the_same_in_hdss_and_in_control(tolerance: int) -> None:
    """HDSS answers scatter around the cuts, so the two agree closely but not exactly."""
    day = forecast(COURSE_SO_FAR, days=[date(2026, 4, 1)], dose_ratio_on={}, zone=BERLIN, tolerance=tolerance)[0]
    assert sum(day.hdss_prob) == pytest.approx(1.0)
    assert sum(day.hdss_prob[:tolerance]) == pytest.approx(day.controlled_prob, abs=0.12)
    assert day.sweat_mg_per_min.p05 < day.sweat_mg_per_min.p50 < day.sweat_mg_per_min.p95


def test_more_tolerance_is_more_control() -> None:
    probs = [
        forecast(COURSE_SO_FAR, days=[date(2026, 4, 1)], dose_ratio_on={}, zone=BERLIN, tolerance=tolerance)[
            0
        ].controlled_prob
        for tolerance in (1, 2, 3)
    ]
    assert probs == sorted(probs)
    assert probs[0] < probs[2]


def test_a_forecast_of_the_past_is_refused() -> None:
    with pytest.raises(ValueError, match="before the last fact"):
        forecast(COURSE_SO_FAR, days=[date(2026, 3, 1)], dose_ratio_on={}, zone=BERLIN, tolerance=2)


def test_a_session_today_is_known_to_a_forecast_for_this_evening() -> None:
    """The last fact came at 21:00; the forecast for 18:00 of that day is given for the moment of the fact instead."""
    late = update(COURSE_SO_FAR, session(26.0 + 4 / 24))
    day = forecast(late, days=[date(2026, 3, 28)], dose_ratio_on={}, zone=BERLIN, tolerance=2)[0]
    assert 0.0 <= day.controlled_prob <= 1.0


def test_no_sweat_on_the_scale_is_an_answer_too() -> None:
    belief = folded([*SHORT_COURSE, weighed(30.0, 0.0)])
    assert np.isfinite(belief.log_weight).all()
    day = forecast(belief, days=[date(2026, 4, 1)], dose_ratio_on={}, zone=BERLIN, tolerance=2)[0]
    without = forecast(COURSE_SO_FAR, days=[date(2026, 4, 1)], dose_ratio_on={}, zone=BERLIN, tolerance=2)[0]
    assert day.sweat_mg_per_min.p50 < without.sweat_mg_per_min.p50
