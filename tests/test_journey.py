"""The course of one person through the five functions, beside the published numbers."""

from __future__ import annotations

import importlib.util
import sys
from datetime import timedelta
from functools import cache
from pathlib import Path
from statistics import median
from types import ModuleType

import pytest

from ionto.simulate.course import PlayedCourse, play
from ionto.simulate.patient import typical_traits
from ionto.treat.journal import replay
from ionto.treat.session import ending
from ionto.words.limits import CURRENT_CEILING_MA
from ionto.words.reading import read_json
from ionto.words.records import Course, SessionFact, SweatRateFact
from ionto.words.terms import CoursePhase, Outcome, Site

EXAMPLES = Path(__file__).parents[1] / "examples"
# Standard deviation or standard error after the course, 0.06 to 0.07 g/h [KAR04]; the abstract does not say which.
SPREAD_MG_PER_MIN = 0.07 * 1000 / 60


@cache
def journey() -> ModuleType:
    spec = importlib.util.spec_from_file_location("journey", EXAMPLES / "journey.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["journey"] = module
    spec.loader.exec_module(module)
    return module


@cache
def trial() -> PlayedCourse:
    return journey().trial()  # type: ignore[no-any-return]


@cache
def own() -> PlayedCourse:
    return journey().own()  # type: ignore[no-any-return]


def test_eight_sessions_at_the_trials_current_land_where_the_trial_did() -> None:
    after_mg_per_min = journey().sweat_on(trial(), trial().sessions[-1].on + timedelta(days=7))
    assert after_mg_per_min == pytest.approx((6.3 + 6.5) / 2, abs=2 * SPREAD_MG_PER_MIN)
    assert min(session.ended.max_current_ma for session in trial().sessions) >= 18
    assert max(session.ended.max_current_ma for session in trial().sessions) <= CURRENT_CEILING_MA[Site.PALMS] + 0.1


def test_without_further_sessions_the_sweat_comes_back() -> None:
    last_on = trial().sessions[-1].on
    assert journey().sweat_on(trial(), last_on + timedelta(days=60)) > 25


def test_the_diary_records_the_fall() -> None:
    weighed = [fact.sweat_mg_per_min for fact in own().course.facts if isinstance(fact, SweatRateFact)]
    assert median(weighed[:2]) > 35
    assert median(weighed[4:8]) < 20


def test_the_advice_moves_from_three_a_week_to_the_longest_interval_that_keeps_her_dry() -> None:
    phases = [advice.phase for _, advice in own().recommendations]
    assert phases[0] is CoursePhase.INDUCTION
    assert phases[-1] is CoursePhase.MAINTENANCE
    days = [session.on for session in own().sessions]
    first_month = sum(day < days[0] + timedelta(days=21) for day in days)
    last_month = sum(day >= days[0] + timedelta(days=99) for day in days)
    assert first_month >= 8
    assert last_month <= 5
    assert all("risk of wet palms" in " ".join(advice.why) for _, advice in own().recommendations[-3:])


def test_in_the_induction_no_session_waits_longer_than_the_rhythm() -> None:
    asked = [(on, advice) for on, advice in own().recommendations if advice.phase is CoursePhase.INDUCTION]
    assert len(asked) > 8
    assert all((advice.next_session_on - on).days <= 3 for on, advice in asked)


def test_in_maintenance_she_is_dry_enough_on_most_days() -> None:
    limit_mg_per_min = typical_traits(Site.PALMS).hdss_thresholds_mg_per_min[1]
    late = [day.sweat_mg_per_min for day in own().truth[50:]]
    assert sum(sweat <= limit_mg_per_min for sweat in late) / len(late) > 0.8


def test_every_session_of_the_course_replays_to_its_end() -> None:
    for session in own().sessions:
        assert session.ended.outcome is Outcome.COMPLETED
        assert ending(replay(session.journal.splitlines(keepends=True))) == session.ended


def test_the_record_in_the_examples_is_her_course() -> None:
    """To the fact in the first ten weeks. Later a risk that lies within a hair of the accepted one falls to either side
    by the processor's rounding, and the course goes on from there."""
    written = read_json(Course, (EXAMPLES / "course.json").read_text("utf-8"))
    until = written.facts[0].at + timedelta(weeks=10)
    first = [fact for fact in own().course.facts if fact.at < until]
    assert len(first) > 50
    assert [(fact.kind, fact.at) for fact in written.facts if fact.at < until] == [
        (fact.kind, fact.at) for fact in first
    ]
    held, again = (sum(isinstance(fact, SessionFact) for fact in course.facts) for course in (written, own().course))
    assert abs(held - again) <= 2
    assert written.prescriptions == own().course.prescriptions


def test_someone_who_skips_and_does_not_respond_is_told_so_in_the_end() -> None:
    from dataclasses import replace

    typical = typical_traits(Site.PALMS)
    flat = replace(typical, responder=False, blocked_per_dose_ratio=typical.blocked_per_dose_ratio * 0.1)
    played = play(
        journey().person(),
        Site.PALMS,
        journey().protocols()["palms_dc"],
        flat,
        starts_on=journey().STARTS_ON,
        days=70,
        seed=5,
        zone=journey().ZONE,
        skips_prob=0.1,
    )
    assert played.recommendations[-1][1].phase is CoursePhase.NO_RESPONSE
    assert len(played.sessions) < 25
