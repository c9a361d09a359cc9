"""The virtual patient: the trials that it was fitted to (guarded, not validated), what people say, and its laws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.simulate.patient import (
    Ducts,
    PatientState,
    PatientTraits,
    drawn_traits,
    gravimetry,
    hdss_said,
    rating_said,
    rested,
    sweat_mg_per_min,
    sweat_today,
    treated,
    typical_traits,
)
from ionto.words.terms import Site

PALM_CM2, AXILLA_CM2 = 163.5, 98.0  # TAYLOR13
PALMS = typical_traits(Site.PALMS)
NEW = PatientState()
THREE_A_WEEK = (0, 2, 4, 7, 9, 11, 14, 16)
FIVE_A_WEEK = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
SIX_WEEKS = tuple(7 * week + day for week in range(6) for day in (0, 2, 4))


def left_over(
    traits: PatientTraits,
    days: Sequence[float],
    charges_ma_min: Sequence[float],
    seen_on: Sequence[float],
    area_cm2: float = PALM_CM2,
) -> list[float]:
    """Sweat as a fraction of untreated on the days of seeing (before that day's session); reversed at half time."""
    state, now, seen = NEW, 0.0, []
    moments = [(day, charge) for day, charge in zip(days, charges_ma_min, strict=True)] + [
        (day, None) for day in seen_on
    ]
    for day, charge_ma_min in sorted(moments, key=lambda moment: (moment[0], moment[1] is not None)):
        state, now = rested(state, traits, day - now), day
        if charge_ma_min is None:
            seen.append(sweat_mg_per_min(state, traits).mean_mg_per_min / traits.untreated_mg_per_min)
        else:
            state = treated(state, traits, charge_ma_min / 2, charge_ma_min / 2, area_cm2)
    return seen


def course(traits: PatientTraits, days: Sequence[float], charge_ma_min: float, seen_on: Sequence[float]) -> list[float]:
    return left_over(traits, days, [charge_ma_min] * len(days), seen_on)


def days_until_half_the_benefit(traits: PatientTraits, charge_ma_min: float) -> float:
    seen = course(traits, SIX_WEEKS, charge_ma_min, [39.01 + day for day in range(120)])
    return next(day for day, left in enumerate(seen) if 1 - left < (1 - seen[0]) / 2)


# --- trials that set the values


def test_eight_sessions_at_20_ma_leave_an_eighth_of_the_sweat_a_week_later_as_in_karakoc_2004() -> None:
    left = course(PALMS, THREE_A_WEEK, 400.0, [23])[0]
    assert left * PALMS.untreated_mg_per_min == pytest.approx(6.4, rel=0.15)  # KAR04: 52.0 and 52.8 to 6.3 and 6.5


def test_a_half_successful_course_wears_off_by_half_in_four_weeks_as_in_chan_1999() -> None:
    at_end, four_weeks_on, six_weeks_on = (1 - left for left in course(PALMS, SIX_WEEKS, 65.0, [42, 70, 84]))
    assert at_end == pytest.approx(0.51, abs=0.05)  # HKMJ99: 51, 26, 22 %
    assert four_weeks_on == pytest.approx(0.26, abs=0.05)
    assert six_weeks_on == pytest.approx(0.22, abs=0.05)


def test_with_rising_currents_the_first_benefit_comes_after_about_the_fourth_session() -> None:
    uk_days, rising_ma_min = (0, 1, 3, 6, 9, 14, 21), [20.0 * (5 + count) for count in range(7)]
    seen = left_over(PALMS, uk_days, rising_ma_min, [*uk_days, 22])
    assert seen[1] > 0.85  # HHUK: none after session 1
    before_the_fifth = seen[4] * PALMS.untreated_mg_per_min
    assert before_the_fifth < PALMS.hdss_thresholds_mg_per_min[2] < seen[2] * PALMS.untreated_mg_per_min


# --- trials that also weighed in the fit, or were compared; the page says which, and which are missed


def test_ten_sessions_in_two_weeks_dry_as_in_kims_trial() -> None:
    assert 1 - course(PALMS, FIVE_A_WEEK, 300.0, [12])[0] == pytest.approx(0.918, abs=0.03)  # KIM17


def test_after_a_full_course_half_the_benefit_is_gone_in_five_to_six_weeks() -> None:
    assert 30 < days_until_half_the_benefit(PALMS, 300.0) < 45  # KAR02: remission 35 days; HKMJ99: 29 to 34


def test_one_session_is_mostly_gone_after_three_days() -> None:
    next_day, third_day, second_week = course(PALMS, [0], 300.0, [0.01, 3, 14])
    assert next_day < 0.65  # SHA11, DOL04
    assert third_day > 0.75
    assert second_week > 0.97


def test_axillae_lose_seventy_percent_in_ten_sessions() -> None:
    axillae, days = typical_traits(Site.AXILLAE), (*THREE_A_WEEK, 18, 21)
    left = left_over(axillae, days, [150.0] * 10, [28], AXILLA_CM2)[0]
    assert 1 - left == pytest.approx(0.70, abs=0.04)  # SEN19


def test_of_drawn_people_about_four_fifths_respond_by_the_end_of_eight_sessions() -> None:
    rng = np.random.default_rng(5)
    people = [drawn_traits(Site.PALMS, rng) for _ in range(1500)]
    left = np.array([course(traits, THREE_A_WEEK, 400.0, [17, 198]) for traits in people])
    responded = left[:, 0] < 0.5
    assert responded.mean() == pytest.approx(
        0.812, abs=0.05
    )  # KAR02, which measured 20 days later, where the model misses
    relapsed = left[responded, 1] > 0.5
    assert 0.85 <= relapsed.mean() <= 1.0  # GUL26: 85 %
    assert sum(not traits.responder for traits in people) / 1500 == pytest.approx(0.19, abs=0.03)


def residuals() -> list[str]:
    """The table of docs/explanation/virtual-patient.md, as the model has it today."""
    axillae, ten_days = typical_traits(Site.AXILLAE), (*THREE_A_WEEK, 18, 21)
    karakoc = course(PALMS, THREE_A_WEEK, 400.0, [23])[0]
    chan = [100 * (1 - left) for left in course(PALMS, SIX_WEEKS, 65.0, [21, 42, 70, 84])]
    uk_days, rising_ma_min = (0, 1, 3, 6, 9, 14, 21), [20.0 * (5 + count) for count in range(7)]
    onset = [100 * left for left in left_over(PALMS, uk_days, rising_ma_min, uk_days)]
    kim = 100 * (1 - course(PALMS, FIVE_A_WEEK, 300.0, [12])[0])
    after_one = [100 * left for left in course(PALMS, [0], 300.0, [0.01, 3, 14])]
    sener = 100 * (1 - left_over(axillae, ten_days, [150.0] * 10, [28], AXILLA_CM2)[0])
    rng = np.random.default_rng(5)
    people = [drawn_traits(Site.PALMS, rng) for _ in range(1500)]
    drawn = np.array([course(traits, THREE_A_WEEK, 400.0, [17, 23, 36, 198]) for traits in people])
    responded = drawn[:, 0] < 0.5
    return [
        f"{karakoc * PALMS.untreated_mg_per_min:.1f} mg/min",
        f"{chan[1]:.0f}, {chan[2]:.0f}, {chan[3]:.0f} %",
        f"{chan[0]:.0f} % in week 3",
        f"{onset[1]:.0f} % after one, {onset[4]:.0f} % after four",
        f"{kim:.1f} %",
        f"{days_until_half_the_benefit(PALMS, 300.0):.0f} days",
        f"{after_one[0]:.0f}, {after_one[1]:.0f}, {after_one[2]:.0f} %",
        f"{sener:.0f} %",
        f"{100 * responded.mean():.0f} % at the end",
        f"{100 * (drawn[:, 2] < 0.5).mean():.0f} % twenty days later",
        f"{52 * drawn[:, 1].mean():.0f} mg/min",
        f"{100 * (drawn[responded, 3] > 0.5).mean():.0f} % of responders",
    ]


def test_the_page_on_the_virtual_patient_quotes_what_the_model_does() -> None:
    page = (Path(__file__).parents[1] / "docs" / "explanation" / "virtual-patient.md").read_text("utf-8")
    assert [said for said in residuals() if f"| {said} |" not in page] == []


# --- what the person reports


def test_drawn_people_come_with_an_hdss_of_three_or_four() -> None:
    rng = np.random.default_rng(8)
    said = []
    for _ in range(1000):
        traits = drawn_traits(Site.PALMS, rng)
        said.append(hdss_said(sweat_today(NEW, traits, rng).mean_mg_per_min, traits, rng))
    assert np.mean(np.array(said) >= 3) > 0.95
    assert 3.3 < np.mean(said) < 3.9  # DAG17: 3.5


def test_half_the_sweat_is_one_point_less_and_a_fifth_two_points() -> None:
    quiet, rng = replace(PALMS, answer_sd_ratio=0.0), np.random.default_rng(0)
    assert [hdss_said(52.0 * left, quiet, rng) for left in (1.0, 0.5, 0.2, 0.05)] == [4, 3, 2, 1]  # CAN07


def test_answers_stay_on_their_scales_and_weights_above_zero() -> None:
    rng = np.random.default_rng(2)
    for today_mg_per_min in (0.0, 0.1, 5.0, 50.0, 2000.0):
        for _ in range(200):
            assert hdss_said(today_mg_per_min, PALMS, rng) in {1, 2, 3, 4}
            assert rating_said(today_mg_per_min, PALMS, rng) in range(11)
            assert gravimetry(today_mg_per_min, PALMS, rng) >= 0


def test_more_sweat_is_rated_and_weighed_higher() -> None:
    rng = np.random.default_rng(3)
    ratings = [np.mean([rating_said(sweat, PALMS, rng) for _ in range(300)]) for sweat in (2.0, 10.0, 30.0, 80.0)]
    weights = [np.mean([gravimetry(sweat, PALMS, rng) for _ in range(300)]) for sweat in (2.0, 10.0, 30.0, 80.0)]
    assert ratings == sorted(ratings)
    assert ratings[-1] - ratings[0] > 5
    assert weights == pytest.approx([2.0, 10.0, 30.0, 80.0], rel=0.1)


def test_a_hot_day_is_hot_for_both_sides() -> None:
    state = treated(NEW, PALMS, 300.0, 0.0, PALM_CM2)
    average, today = sweat_mg_per_min(state, PALMS), sweat_today(state, PALMS, np.random.default_rng(4))
    assert today != average
    assert today.left_mg_per_min / average.left_mg_per_min == pytest.approx(
        today.right_mg_per_min / average.right_mg_per_min
    )


# --- laws


def test_the_anode_side_dries_more_and_the_sides_mirror_each_other() -> None:
    left_anode, right_anode = treated(NEW, PALMS, 300.0, 0.0, PALM_CM2), treated(NEW, PALMS, 0.0, 300.0, PALM_CM2)
    assert left_anode.left.open_fraction < left_anode.right.open_fraction
    assert (left_anode.left, left_anode.right) == (right_anode.right, right_anode.left)
    cathodal = treated(NEW, PALMS, 0.0, 300.0, PALM_CM2).left.fresh_fraction
    assert cathodal == pytest.approx(treated(NEW, PALMS, 250.0, 0.0, PALM_CM2).left.fresh_fraction)  # SATO93


def test_an_untreated_person_sweats_as_untreated_for_ever() -> None:
    assert rested(NEW, PALMS, 1000.0) == NEW
    assert sweat_mg_per_min(NEW, PALMS).mean_mg_per_min == PALMS.untreated_mg_per_min


def test_a_non_responder_hardly_responds() -> None:
    rng = np.random.default_rng(6)
    people = [drawn_traits(Site.PALMS, rng) for _ in range(300)]
    left = [course(traits, THREE_A_WEEK, 400.0, [17])[0] for traits in people if not traits.responder]
    assert min(left) > 0.5
    assert np.mean(left) > 0.8


def test_the_same_seed_draws_the_same_person_saying_the_same() -> None:
    def bytes_of(seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        traits = drawn_traits(Site.SOLES, rng)
        today = sweat_today(treated(NEW, traits, 200.0, 200.0, 262.0), traits, rng)
        said = hdss_said(today.left_mg_per_min, traits, rng), rating_said(today.left_mg_per_min, traits, rng)
        return repr((traits, today, said, gravimetry(today.left_mg_per_min, traits, rng))).encode()

    assert bytes_of(11) == bytes_of(11)
    assert bytes_of(11) != bytes_of(12)


def test_drawn_traits_are_within_reason() -> None:
    rng = np.random.default_rng(9)
    for site in (Site.PALMS, Site.SOLES, Site.AXILLAE):
        for _ in range(300):
            traits = drawn_traits(site, rng)
            numbers = [value for value in astuple(traits) if isinstance(value, float)]
            assert all(math.isfinite(value) and value > 0 for value in numbers)
            assert traits.residual_fraction <= 0.5


@pytest.mark.parametrize("make", [typical_traits, lambda site: drawn_traits(site, np.random.default_rng(0))])
def test_the_face_has_no_virtual_patient(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="face"):
        make(Site.FACE)


@pytest.mark.parametrize(
    ("left_ma_min", "right_ma_min", "area_cm2"),
    [(-1.0, 0.0, 100.0), (0.0, -1.0, 100.0), (math.nan, 0.0, 100.0), (1.0, 1.0, 0.0), (1.0, 1.0, math.nan)],
)
def test_a_session_that_cannot_be_is_refused(left_ma_min: float, right_ma_min: float, area_cm2: float) -> None:
    with pytest.raises(ValueError, match="charge"):
        treated(NEW, PALMS, left_ma_min, right_ma_min, area_cm2)


@pytest.mark.parametrize("days", [-0.5, math.nan])
def test_rest_does_not_run_backwards(days: float) -> None:
    with pytest.raises(ValueError, match="rest lasts"):
        rested(NEW, PALMS, days)


def test_traits_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="at least as long"):
        replace(PALMS, consolidated_half_life_days=2.0)
    with pytest.raises(ValueError, match="thresholds rise"):
        replace(PALMS, hdss_thresholds_mg_per_min=(5.0, 5.0, 37.0))


charge = st.floats(0, 1000)
schedules = st.lists(st.tuples(charge, charge, st.floats(0, 60)), max_size=20)


def states_through(traits: PatientTraits, schedule: list[tuple[float, float, float]]) -> list[PatientState]:
    states = [NEW]
    for left_ma_min, right_ma_min, days in schedule:
        states.append(treated(states[-1], traits, left_ma_min, right_ma_min, PALM_CM2))
        states.append(rested(states[-1], traits, days))
    return states


@settings(deadline=None)
@given(schedule=schedules, which=st.integers(0, 19), more_ma_min=charge)
def test_more_charge_in_any_session_never_dries_less_on_any_later_day(
    schedule: list[tuple[float, float, float]], which: int, more_ma_min: float
) -> None:
    more = [
        (left + more_ma_min, right, days) if count == which else (left, right, days)
        for count, (left, right, days) in enumerate(schedule)
    ]
    for less_treated, more_treated in zip(states_through(PALMS, schedule), states_through(PALMS, more), strict=True):
        less, much = sweat_mg_per_min(less_treated, PALMS), sweat_mg_per_min(more_treated, PALMS)
        assert much.left_mg_per_min <= less.left_mg_per_min + 1e-9
        assert much.right_mg_per_min <= less.right_mg_per_min + 1e-9


@given(schedule=schedules)
def test_sweat_stays_between_the_residual_and_the_untreated(schedule: list[tuple[float, float, float]]) -> None:
    floor = PALMS.untreated_mg_per_min * PALMS.residual_fraction
    for state in states_through(PALMS, schedule):
        for ducts in (state.left, state.right):
            assert 0 <= ducts.fresh_fraction <= 1 + 1e-12
            assert 0 <= ducts.consolidated_fraction <= 1 + 1e-12
            assert ducts.fresh_fraction + ducts.consolidated_fraction <= 1 + 1e-12
        sweat = sweat_mg_per_min(state, PALMS)
        for side_mg_per_min in (sweat.left_mg_per_min, sweat.right_mg_per_min):
            assert floor - 1e-9 <= side_mg_per_min <= PALMS.untreated_mg_per_min + 1e-9


fractions = st.floats(0, 0.5)


@given(fresh=fractions, consolidated=fractions, days=st.floats(0, 400), part=st.floats(0, 1))
def test_without_current_there_is_only_rest_and_rest_is_one_however_it_is_divided(
    fresh: float, consolidated: float, days: float, part: float
) -> None:
    state = PatientState(Ducts(fresh, consolidated), Ducts(consolidated, fresh))
    assert treated(state, PALMS, 0.0, 0.0, PALM_CM2) == state
    at_once, divided = rested(state, PALMS, days), rested(rested(state, PALMS, days * part), PALMS, days * (1 - part))
    assert astuple(at_once.left) == pytest.approx(astuple(divided.left), abs=1e-12)
    assert sweat_mg_per_min(at_once, PALMS).mean_mg_per_min >= sweat_mg_per_min(state, PALMS).mean_mg_per_min - 1e-9
