"""The benchmarks' shortcuts beside the product: the posterior of many people, and the rule in place of `recommend`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ionto.follow.recommend import recommend
from ionto.follow.response import Belief, forecast, prior_belief, update
from ionto.words.records import DayFact, HdssFact, PrescriptionFact, RatingFact, SessionFact
from ionto.words.terms import CoursePhase, Site, Wetness

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
BEGUN_ON, UTC_ZONE = date(2026, 1, 5), ZoneInfo("UTC")
PALMS = PrescriptionFact(
    site=Site.PALMS,
    protocol="palms_dc",
    target_current_ma=15.0,
    duration_min=20.0,
    starts_on=BEGUN_ON,
    sessions_per_week=3,
)


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The package of virtual people, which is no part of the product."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from virtual import posterior, rules, tried, truth

    yield SimpleNamespace(posterior=posterior, rules=rules, tried=tried, truth=truth)
    for name in [name for name in sys.modules if name.split(".")[0] in {"virtual", "nonresponse", "forecast"}]:
        del sys.modules[name]


def noon(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 1, 5, hour, tzinfo=UTC) + timedelta(days=day)


def lived(virtual: SimpleNamespace, truth: Any, posterior: Any, belief: Belief, days: int) -> Belief:
    """The same record for both: an induction, then a session every fifth day; ratings daily, HDSS weekly, at 18:00."""
    everybody = np.ones(1, dtype=bool)
    for day in range(days):
        seen, at = truth.seen(), noon(day, 18)
        belief = update(belief, RatingFact(site=Site.PALMS, at=at, score=int(seen.rating[0])))
        posterior.rated(seen.rating, everybody)
        if day % 7 == 0:
            belief = update(belief, HdssFact(site=Site.PALMS, at=at, score=int(seen.hdss[0])))
            posterior.answered(seen.hdss, everybody)
        if day in virtual.rules.INDUCTION_DAYS or (day > 27 and day % 5 == 0):
            belief = update(belief, SessionFact(site=Site.PALMS, at=at, current_ma=15.0, duration_min=20.0))
            posterior.treat(everybody)
            truth.treat(everybody)
        truth.rest()
        posterior.rest()
    return belief


def test_the_posterior_of_many_people_is_that_of_the_product(virtual: SimpleNamespace) -> None:
    apart = []
    for seed in range(4):
        truth = virtual.truth.OwnModel(1, seed=seed)
        posterior = virtual.posterior.Posterior(1, 1024, seed=seed)
        belief = lived(virtual, truth, posterior, prior_belief(Site.PALMS, full_dose_ma_min=300.0), 45)
        days = [BEGUN_ON + timedelta(days=44 + ahead) for ahead in (1, 4, 8)]
        said = forecast(belief, days=days, dose_ratio_on={}, zone=UTC_ZONE, tolerance=2)
        apart += [
            abs(1.0 - day.controlled_prob - posterior.risk_prob(ahead)[0])
            for day, ahead in zip(said, (0, 3, 7), strict=True)
        ]
        assert abs(belief.responder_prob - posterior.responder_prob[0]) < 0.1
    assert np.median(apart) < 0.03
    assert max(apart) < 0.12


def test_a_tap_says_to_the_posterior_of_many_what_it_says_to_the_product(virtual: SimpleNamespace) -> None:
    posterior = virtual.posterior.Posterior(1, 4096, seed=1)
    belief, everybody = prior_belief(Site.PALMS, full_dose_ma_min=300.0, draws_count=4096), np.ones(1, dtype=bool)
    for day, felt in enumerate([Wetness.WET, Wetness.WET, Wetness.CLAMMY, Wetness.CLAMMY, Wetness.DRY]):
        belief = update(belief, DayFact(site=Site.PALMS, at=noon(day, 18), felt=felt))
        posterior.tapped(np.array([tuple(Wetness).index(felt)]), everybody)
        posterior.rest()
    days = [BEGUN_ON + timedelta(days=4 + ahead) for ahead in (1, 4)]
    said = forecast(belief, days=days, dose_ratio_on={}, zone=UTC_ZONE, tolerance=2)
    for day, ahead in zip(said, (0, 3), strict=True):
        assert 1.0 - day.controlled_prob == pytest.approx(posterior.risk_prob(ahead)[0], abs=0.03)


def filled(belief: Belief, rule: Any, day: int) -> None:
    """The belief's own draws in place of the rule's."""
    posterior = rule.posterior
    posterior.scores, posterior.responder = belief.scores[None].copy(), belief.responder[None].copy()
    posterior.shape = posterior.responder.shape
    posterior.part = {name: np.empty(posterior.shape, np.float32) for name in posterior.part}
    posterior._name(np.arange(1))
    posterior.log_weight = belief.log_weight[None].copy()
    posterior.amount, posterior.effect = belief.state.amount[None].copy(), belief.state.effect[None].copy()
    posterior.deviation, posterior.variance = belief.state.deviation[None].copy(), belief.state.variance[None].copy()
    posterior.expectation_fraction = np.full(1, belief.state.expectation_fraction, np.float32)
    posterior.day = day
    posterior._weigh()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("risk_prob", [0.05, 0.1, 0.3])
def test_the_rule_of_the_benchmark_is_the_rule_of_the_product(
    virtual: SimpleNamespace, seed: int, risk_prob: float
) -> None:
    """Day by day without a further session, until the product says that one is due: so says the benchmark."""
    truth = virtual.truth.OwnModel(1, seed=seed)
    rule = virtual.rules.Ours(risk_prob, draws_count=16)
    rule.begin(truth)
    belief, everybody = prior_belief(Site.PALMS, full_dose_ma_min=300.0), np.ones(1, dtype=bool)
    agreed = 0
    for day in range(60):
        seen, at, last = truth.seen(), noon(day, 18), int(rule.last[0])
        belief = update(belief, RatingFact(site=Site.PALMS, at=at, score=int(seen.rating[0])))
        if day % 7 == 0:
            belief = update(belief, HdssFact(site=Site.PALMS, at=at, score=int(seen.hdss[0])))
        rule.hear(day, seen)
        filled(belief, rule, day)
        treat = day in virtual.rules.INDUCTION_DAYS
        if day >= virtual.rules.INDUCTION_LASTS_DAYS:
            advice = recommend(belief, PALMS, BEGUN_ON + timedelta(days=day), zone=UTC_ZONE, risk_prob=risk_prob)
            treat = advice.next_session_on == BEGUN_ON + timedelta(days=day)
            if advice.phase is CoursePhase.MAINTENANCE and day - last >= virtual.rules.GAP_DAYS:
                assert bool(rule.due(day, np.array([day - last]))[0]) == treat, f"day {day}"
                agreed += 1
        if treat:
            belief = update(belief, SessionFact(site=Site.PALMS, at=at, current_ma=15.0, duration_min=20.0))
            truth.treat(everybody)
            rule.done(everybody)
        truth.rest()
        rule.night()
    assert agreed >= 5


def test_the_probability_that_it_works_is_that_of_the_review(virtual: SimpleNamespace) -> None:
    import nonresponse

    truth = virtual.truth.OwnModel(1, seed=4)
    posterior = virtual.posterior.Posterior(1, 1024, seed=4)
    belief = lived(virtual, truth, posterior, prior_belief(Site.PALMS, full_dose_ma_min=300.0), 18)
    said = recommend(belief, PALMS, BEGUN_ON + timedelta(days=18), zone=UTC_ZONE).review.works_prob
    assert nonresponse.works_prob(posterior)[0] == pytest.approx(said, abs=0.06)


def test_the_area_under_the_curve_counts_pairs(virtual: SimpleNamespace) -> None:
    del virtual
    import nonresponse

    score, positive = np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False])
    assert nonresponse.area(score, positive) == pytest.approx((2 + 0.5 + 1) / 4)


TABLE = (
    "person,on,kind,value\na,2026-01-05,hdss,4\na,2026-01-05,session,1\na,2026-01-08,rating,7\nb,2026-02-01,hdss,3\n"
)


def test_a_table_that_somebody_drops_in_is_read_by_day_and_person(virtual: SimpleNamespace, tmp_path: Path) -> None:
    del virtual
    from virtual.series import read

    path = tmp_path / "own.csv"
    path.write_text(TABLE, "utf-8")
    series = read(path)
    assert series.dose.shape == (4, 2)
    assert series.dose[0].tolist() == [1.0, 0.0]
    assert series.hdss[0].tolist() == [4, 3]
    assert series.rating[3].tolist() == [7, -1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,2026-01-05,hdss", "line 6: there are 3 fields, not 4"),
        (",2026-01-05,hdss,3", "line 6, person: it is empty"),
        ("a,05.01.2026,hdss,3", "line 6, on: '05.01.2026' is not a day such as 2026-03-14"),
        ("a,2026-01-05,sweat,3", "line 6, kind: 'sweat' is not one of session, hdss, rating"),
        ("a,2026-01-05,hdss,x", "line 6, value: 'x' is not a number"),
        ("a,2026-01-05,hdss,5", "line 6, value: 5 is not a whole number from 1 to 4 for hdss"),
        ("a,2026-01-05,rating,2.5", "line 6, value: 2.5 is not a whole number from 0 to 10 for rating"),
        ("a,2026-01-05,session,nan", "line 6, value: nan is not a number from 0 to 2 for session"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_in_one_sentence(
    virtual: SimpleNamespace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    row: str,
    said: str,
) -> None:
    del virtual
    import forecast as bench

    path = tmp_path / "own.csv"
    path.write_text(TABLE + row + "\n", "utf-8")
    monkeypatch.setattr(sys, "argv", ["forecast.py", "--csv", str(path)])
    assert bench.main() == 2
    err = capsys.readouterr().err
    assert err == f"own.csv, {said}.\n"


def test_the_rivals_know_no_entry_before_its_day(virtual: SimpleNamespace) -> None:
    from virtual import rivals
    from virtual.series import followed

    series = followed(virtual.truth.OwnModel(30, seed=2), days_count=120, seed=1)
    blind = replace(series, hdss=series.hdss.copy(), rating=series.rating.copy())
    blind.hdss[100:], blind.rating[100:] = -1, -1
    for ahead in (1, 7):
        for rival in (rivals.own_constant, rivals.last_entry, rivals.own_half_life):
            told, untold = rival(series, 84, ahead), rival(blind, 84, ahead)
            assert np.allclose(told[: 100 + ahead], untold[: 100 + ahead])
            assert not np.allclose(told[100 + ahead :], untold[100 + ahead :])


def test_both_truths_dry_up_under_treatment_and_come_back_without(virtual: SimpleNamespace) -> None:
    for kind in virtual.truth.TRUTHS.values():
        truth = kind(200, seed=3)
        before = truth.usual_x(0.0)
        for day in range(28):
            truth.treat(np.full(200, day in virtual.rules.INDUCTION_DAYS))
            truth.rest()
        after = truth.usual_x(0.0)
        assert np.median(before[truth.responder]) > 0.4
        assert np.median(after[truth.responder]) < -0.3
        assert np.median(after[~truth.responder]) > 0.0
        assert np.all(truth.usual_x(150.0) >= truth.usual_x(60.0) - 1e-9)


def test_the_oracle_is_right_about_the_risk(virtual: SimpleNamespace) -> None:
    for kind in virtual.truth.TRUTHS.values():
        truth = kind(4000, seed=5)
        for day in range(20):
            truth.treat(np.full(4000, day in virtual.rules.INDUCTION_DAYS))
            truth.rest()
        said = truth.risk_prob(1.0)
        truth.rest()
        so = truth.seen().x > 0.0
        some = (said > 0.2) & (said < 0.8)
        assert so[some].mean() == pytest.approx(said[some].mean(), abs=0.05)


def test_a_fixed_rule_treats_as_often_as_it_says_and_nobody_leaves_the_envelope(virtual: SimpleNamespace) -> None:
    truth = virtual.truth.OwnModel(20, seed=1)
    assert np.allclose(virtual.rules.lived(truth, virtual.rules.Fixed(7)).sessions_count, 52, atol=1)
    most = virtual.rules.lived(virtual.truth.OwnModel(20, seed=1), virtual.rules.Fixed(1)).sessions_count
    assert most.max() <= 365 / 7 * 3 + 1
    assert replace(PALMS).sessions_per_week == virtual.rules.SESSIONS_PER_WEEK


def sessions(virtual: SimpleNamespace, rule: Any) -> list[float]:
    return list(virtual.rules.lived(virtual.truth.Ducts(12, seed=3), rule, days=60).sessions_count)


@pytest.mark.parametrize(("margin", "risk_prob"), [(np.inf, 0.05), (-np.inf, 0.5)])
def test_who_waits_while_dry_lies_between_the_two_risks(
    virtual: SimpleNamespace, margin: float, risk_prob: float
) -> None:
    """Who never feels dry enough is due at the smaller risk, who always does at the higher one."""
    waits = sessions(virtual, virtual.tried.Waits(0.05, margin, 0.5))
    assert waits == sessions(virtual, virtual.rules.Ours(risk_prob))
    assert waits != sessions(virtual, virtual.tried.Waits(0.05, 0.3, 0.5))


def test_the_own_track_record_moves_the_risk_towards_what_was_noted(virtual: SimpleNamespace) -> None:
    assert sessions(virtual, virtual.tried.OwnTrack(0.1, gain=0.0)) == sessions(virtual, virtual.rules.Ours(0.1))
    for score, sign in ((10, 1), (0, -1)):
        truth, rule = virtual.truth.OwnModel(8, seed=1), virtual.tried.OwnTrack(0.1)
        rule.begin(truth)
        noted = replace(truth.seen(), rating=np.full(8, score))
        rule.hear(virtual.rules.INDUCTION_LASTS_DAYS, noted)
        assert np.all(np.sign(rule.shift) == sign)
        rule.shift *= 30.0
        assert rule.at_risk().tolist() == [sign > 0] * 8


def test_who_knows_the_person_learns_the_spell_from_the_ratings(virtual: SimpleNamespace) -> None:
    truth, rule = virtual.truth.OwnModel(4000, seed=5), virtual.tried.KnowsThePerson(0.5)
    rule.begin(truth)
    on_scale = np.ones(4000, dtype=bool)
    for day in range(20):
        # The ends of the scale, which the filter takes no notice of, are left out.
        on_scale &= (day < 10) | (np.abs(truth.usual_x(0.0)) < 1.0)
        rule.hear(day, truth.seen())
        truth.treat(np.full(4000, day in virtual.rules.INDUCTION_DAYS))
        truth.rest()
        rule.night()
    seen = truth.seen()
    rule.hear(20, seen)
    spell = seen.x - truth.usual_x(0.0)
    assert np.corrcoef(rule.spell, spell)[0, 1] > 0.5
    missed = ((rule.spell - spell) ** 2)[on_scale].mean()
    assert missed == pytest.approx(rule.variance[on_scale].mean(), rel=0.06)
    due = rule.due(20, np.ones(4000, dtype=int))
    truth.rest()
    above = truth.seen().x > 0.0
    assert above[due].mean() > 0.5 > above[~due].mean()
