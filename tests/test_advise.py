"""A whole course: what is refused, which prescription is in force, and what one site says of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ionto.follow.advise import advise, believed
from ionto.follow.recommend import recommend
from ionto.words.reading import DocumentError, read_json
from ionto.words.records import Course, SessionFact
from ionto.words.terms import CoursePhase, Site

from .courses import BERLIN, PALMS, SOLES, advised, course, felt, flat, hdss, on, responder, session


def test_fainting_pauses_every_site_and_a_blister_only_its_own() -> None:
    def phases(effect: str) -> tuple[CoursePhase, CoursePhase]:
        advice = advise(course([session(0), felt(0.1, effect, site=Site.SOLES)], PALMS, SOLES), on(3))
        return advice[Site.PALMS].phase, advice[Site.SOLES].phase

    assert phases("blister") == (CoursePhase.INDUCTION, CoursePhase.PAUSED)
    assert phases("faint") == (CoursePhase.PAUSED, CoursePhase.PAUSED)


def test_days_are_counted_by_the_persons_own_calendar() -> None:
    """Half past midnight in Berlin is a new day, though not yet in UTC; the clocks go back on 25 October."""
    late = datetime(2026, 9, 1, 22, 30, tzinfo=UTC)
    facts = [SessionFact(site=Site.PALMS, at=late, current_ma=5.0, duration_min=20.0)]
    assert advised(facts, 1).next_session_on == on(3)
    autumn = believed(course([session(day) for day in (48, 50, 52)]), PALMS)
    planned = [
        day.on for day in recommend(autumn, PALMS, date(2026, 10, 24), zone=BERLIN).forecast if day.session_planned
    ]
    assert planned[:4] == [date(2026, 10, day) for day in (26, 28, 30)] + [date(2026, 11, 2)]


def test_facts_of_tomorrow_are_refused() -> None:
    with pytest.raises(DocumentError, match=r"facts\[1\]\.at: 2026-09-03 lies after today"):
        advised([session(0), session(2)], 1)


def test_facts_at_a_site_without_a_prescription_are_refused() -> None:
    with pytest.raises(DocumentError, match=r"facts\[0\]\.site: there is no prescription for soles"):
        advised([session(0, site=Site.SOLES)], 1)


def test_the_order_in_which_facts_are_written_down_does_not_matter() -> None:
    facts = responder(9)
    assert advised(facts, 20) == advised(facts[::-1], 20)


def test_answers_from_before_the_prescription_count_as_the_baseline() -> None:
    advice = advised([hdss(-20, 4), *flat(1)], 1)
    assert advice.phase is CoursePhase.INDUCTION


def test_the_newest_prescription_that_has_begun_is_the_one_in_force() -> None:
    newer = replace(PALMS, starts_on=on(10), start_current_ma=3.0)
    assert advise(course([], PALMS, newer), on(5))[Site.PALMS].current_ma == 5.0
    assert advise(course([], PALMS, newer), on(12))[Site.PALMS].current_ma == 3.0


def test_two_prescriptions_from_the_same_day_on_are_refused() -> None:
    stronger = replace(PALMS, target_current_ma=20.0)
    with pytest.raises(DocumentError, match=r"prescriptions\[2\].starts_on: prescriptions\[0\] is for the palms"):
        advise(course([], PALMS, SOLES, stronger), on(2))
    assert advise(course([], PALMS, SOLES, replace(stronger, starts_on=on(1))), on(2))


def test_the_same_session_noted_twice_is_refused() -> None:
    record = read_json(Course, (Path(__file__).parents[1] / "examples" / "course.json").read_text("utf-8"))
    held = next(fact for fact in record.facts if isinstance(fact, SessionFact))
    doubled = replace(record, facts=(*record.facts, held))
    with pytest.raises(DocumentError, match=r"facts\[\d+\]: the same session stands at facts\[\d+\] already"):
        advise(doubled, date(2027, 6, 1))


def test_palms_that_never_answered_lower_the_hope_for_the_soles() -> None:
    soles = [session(0, site=Site.SOLES)]
    palms = [*flat(12), hdss(26, 4)]
    alone = advise(course(soles, SOLES), on(26))[Site.SOLES].responder_prob
    both = advise(course([*palms, *soles], PALMS, SOLES), on(26))
    assert both[Site.PALMS].responder_prob < 0.25
    assert alone == pytest.approx(0.87, abs=0.01)
    assert both[Site.SOLES].responder_prob < alone - 0.2
    assert both[Site.PALMS] == advise(course(palms), on(26))[Site.PALMS]
