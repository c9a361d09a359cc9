"""The next session: when, how long it may wait, at what current, and when to stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.follow.advise import advise, believed
from ionto.follow.recommend import recommend
from ionto.follow.rhythm import LONGEST_INTERVAL_DAYS
from ionto.words.evidence import references
from ionto.words.limits import SESSIONS_CEILING_PER_WEEK
from ionto.words.reading import DocumentError
from ionto.words.records import CauseFact, Fact, RatingFact
from ionto.words.terms import AlertLevel, Answer, Cause, CoursePhase, Outcome, Site

from .courses import (
    BEGUN_ON,
    BERLIN,
    EVENING,
    PALMS,
    advised,
    course,
    eased,
    felt,
    flat,
    hdss,
    on,
    responder,
    session,
    session_days,
)


def test_a_course_begins_with_the_induction_on_the_day_it_is_prescribed_for() -> None:
    advice = advised([], -3)
    assert advice.phase is CoursePhase.INDUCTION
    assert advice.next_session_on == BEGUN_ON
    assert advice.current_ma == 5.0
    assert advice.sessions_per_month_expected == pytest.approx(13.0, abs=0.1)
    assert advice.responder_prob == pytest.approx(0.87, abs=0.01)


def test_the_induction_keeps_to_three_sessions_a_week() -> None:
    advice = advised(responder(3), 4)
    assert advice.phase is CoursePhase.INDUCTION
    assert advice.next_session_on == on(7)
    planned = [day.on for day in advice.forecast if day.session_planned][:4]
    assert planned == [on(7), on(9), on(11), on(14)]


def test_a_responder_moves_from_induction_to_maintenance() -> None:
    phases = [advised(responder(count), session_days(count)[-1]).phase for count in range(1, 13)]
    assert set(phases[:4]) == {CoursePhase.INDUCTION}
    assert phases[-1] is CoursePhase.MAINTENANCE
    turn = phases.index(CoursePhase.MAINTENANCE)
    assert 4 <= turn <= 9
    assert set(phases[turn:]) == {CoursePhase.MAINTENANCE}


def test_what_was_found_of_the_causes_moves_no_day_and_no_forecast() -> None:
    facts = responder(9)
    looked = [
        CauseFact(site=Site.PALMS, at=facts[5].at + timedelta(minutes=1), cause=cause, found=Answer.YES)
        for cause in Cause
    ]
    assert advised([*facts, *looked], 25) == advised(facts, 25)


def test_in_maintenance_the_interval_is_as_long_as_the_risk_allows() -> None:
    facts = eased()
    advice = advised(facts, 56)
    assert advice.phase is CoursePhase.MAINTENANCE
    assert advice.next_session_on is not None
    assert advice.may_wait_until is not None
    prob = {day.on: day.controlled_prob for day in advice.forecast}
    assert prob[advice.next_session_on] > 0.8
    belief = believed(course(facts), PALMS)
    bare = recommend(belief, replace(PALMS, starts_on=on(120)), on(56), zone=BERLIN)
    untreated = {day.on: day.controlled_prob for day in bare.forecast}
    assert untreated[advice.next_session_on] > 0.9
    assert untreated[advice.next_session_on + timedelta(days=1)] <= 0.9
    assert untreated[advice.may_wait_until] > 0.8
    assert untreated[advice.may_wait_until + timedelta(days=1)] <= 0.8
    assert advice.interval_days == (advice.next_session_on - on(56)).days
    assert advice.sessions_per_month_expected == pytest.approx(30.4 / advice.interval_days)
    assert any(f"Waiting {advice.interval_days} days" in sentence for sentence in advice.why)


MAINTAINED = believed(course(responder(9)), PALMS)
EASED = believed(course(eased()), PALMS)


@settings(max_examples=15, deadline=None)
@given(risks=st.tuples(st.floats(0.01, 0.95), st.floats(0.01, 0.95)), later=st.integers(0, 30))
def test_who_accepts_more_risk_never_has_to_treat_sooner(risks: tuple[float, float], later: int) -> None:
    days = [
        recommend(MAINTAINED, PALMS, on(18 + later), zone=BERLIN, risk_prob=risk).next_session_on
        for risk in sorted(risks)
    ]
    assert days[0] is not None
    assert days[1] is not None
    assert days[0] <= days[1]


def test_the_accepted_risk_decides_the_day() -> None:
    careful, bold = (
        recommend(EASED, PALMS, on(56), zone=BERLIN, risk_prob=risk).next_session_on for risk in (0.02, 0.4)
    )
    assert careful is not None
    assert bold is not None
    assert careful + timedelta(days=5) < bold


@settings(max_examples=15, deadline=None)
@given(
    risk_prob=st.floats(0.01, 0.99),
    later=st.integers(0, 20),
    tolerance=st.integers(1, 3),
    leaving=st.integers(0, 40),
    absence=st.integers(0, 20),
    per_week=st.integers(1, 5),
)
def test_no_advice_leaves_the_envelope(
    risk_prob: float, later: int, tolerance: int, leaving: int, absence: int, per_week: int
) -> None:
    today = on(18 + later)
    away = ((today + timedelta(days=leaving), today + timedelta(days=leaving + absence)),)
    prescription = replace(PALMS, sessions_per_week=per_week)
    advice = recommend(
        MAINTAINED, prescription, today, zone=BERLIN, tolerance=tolerance, away=away, risk_prob=risk_prob
    )
    held = [on(day) for day in session_days(9)]
    days = sorted({*held, *(day.on for day in advice.forecast if day.session_planned)})
    assert advice.next_session_on is not None
    assert advice.interval_days is not None
    assert advice.may_wait_until is not None
    assert today <= advice.next_session_on <= advice.may_wait_until
    assert 1 <= advice.interval_days <= LONGEST_INTERVAL_DAYS
    for day in days[len(held) :]:
        assert not away[0][0] <= day <= away[0][1]
        assert sum(0 <= (day - other).days < 7 for other in days) <= SESSIONS_CEILING_PER_WEEK
    for earlier, after in pairwise(days):
        gone = sum(earlier < away[0][0] + timedelta(days=count) <= after for count in range(absence + 1))
        assert (after - earlier).days <= LONGEST_INTERVAL_DAYS + gone or after == today
    assert not away[0][0] <= advice.may_wait_until <= away[0][1]
    assert advice.current_ma <= PALMS.target_current_ma


def test_a_flat_course_ends_in_no_response_after_twelve_sessions() -> None:
    assert advised(flat(10), session_days(10)[-1]).phase is CoursePhase.INDUCTION
    advice = advised([*flat(12), hdss(26, 4)], 26)
    assert advice.phase is CoursePhase.NO_RESPONSE
    assert advice.next_session_on is None
    assert advice.may_wait_until is None
    assert advice.current_ma == 0.0
    assert advice.sessions_per_month_expected == 0.0
    assert not any(day.session_planned for day in advice.forecast)
    said = " ".join(advice.why)
    for word in ("12 sessions", "clinician", "Current", "Water", "Waveform"):
        assert word in said


def test_an_unchanged_hdss_ends_the_course_even_where_the_model_still_hopes() -> None:
    facts = [*flat(12, score=3)[::2], *flat(12, score=3)[1::2]]
    facts = sorted([*facts[:3], *facts[12:], hdss(26, 3)], key=lambda fact: fact.at)
    advice = advised(facts, 26)
    assert advice.responder_prob > 0.3
    assert advice.phase is CoursePhase.NO_RESPONSE
    assert advice.why[0] == "After 12 sessions on your palms, your HDSS has not changed."
    assert advised([*flat(12, score=3)[:-4], hdss(26, 2), session(26)], 26).phase is CoursePhase.INDUCTION


def test_ratings_alone_can_show_that_there_is_no_response() -> None:
    at = [EVENING + timedelta(days=day - 0.03) for day in session_days(14)]
    facts: list[Fact] = [RatingFact(site=Site.PALMS, at=moment, score=8) for moment in at]
    facts += [session(day) for day in session_days(14)]
    advice = advised(facts, session_days(14)[-1])
    assert advice.responder_prob < 0.3
    assert advice.phase is CoursePhase.NO_RESPONSE
    assert "chance" in advice.why[0]


def test_a_month_without_sessions_after_control_is_a_relapse() -> None:
    facts = [*responder(12), hdss(70, 4), hdss(74, 4)]
    advice = advised(facts, 75)
    assert advice.phase is CoursePhase.RELAPSE
    assert advice.next_session_on == on(75)
    planned = [day.on for day in advice.forecast if day.session_planned]
    assert planned[1] - planned[0] == timedelta(days=2)
    again: list[Fact] = [session(75 + day) for day in (0, 2, 4, 7)]
    recovered = advised([*facts, *again, hdss(86, 1), hdss(88, 2)], 88)
    assert recovered.phase is CoursePhase.MAINTENANCE


@pytest.mark.parametrize(("effect", "level"), [("blister", AlertLevel.RED_LOCAL), ("faint", AlertLevel.RED_SYSTEMIC)])
def test_a_red_effect_pauses_the_site_until_a_clinician_has_looked(effect: str, level: AlertLevel) -> None:
    for day in (18, 118):
        advice = advised([*responder(9), felt(18.1, effect)], day + 1)
        assert advice.phase is CoursePhase.PAUSED
        assert advice.next_session_on is None
        assert advice.current_ma == 0.0
        assert advice.alerts[0].level is level
        assert "clinician" in advice.why[0]


def test_whoever_may_still_be_under_six_is_not_treated() -> None:
    assert BEGUN_ON.year == 2026
    with pytest.raises(DocumentError, match="may still be, under 6"):
        advise(course([], birth_year=2020), on(2))
    assert advise(course([], birth_year=2019), on(2))


def test_the_skin_rests_for_a_day_after_an_amber_effect() -> None:
    facts = [*responder(3), felt(6, "itch")]
    assert advised(facts, 6).next_session_on == on(8)
    assert advised(responder(3), 6).next_session_on == on(7)


def test_a_day_that_is_named_while_the_device_is_not_to_be_used_is_for_a_checked_one() -> None:
    faulted: list[Fact] = [session(day, 3.0, outcome=Outcome.FAULTED) for day in (0, 2)]
    advice = advised(faulted, 3)
    assert "Do not use this device" in advice.alerts[0].do
    assert f"Hold the session of {on(4):%A} 5 September only with a device that has been checked." in advice.why
    assert not any("checked" in sentence for sentence in advised(faulted[:1], 3).why)


def test_there_is_never_a_second_session_on_one_day() -> None:
    daily = replace(PALMS, sessions_per_week=5)
    facts = [session(day) for day in range(5)]
    assert advise(course(facts[:1], daily), on(0))[Site.PALMS].next_session_on == on(1)
    assert advise(course(facts, daily), on(4))[Site.PALMS].next_session_on == on(7)


def test_leaving_tomorrow_is_no_reason_for_a_second_session_today_or_a_sixth_this_week() -> None:
    daily = replace(PALMS, sessions_per_week=5)
    facts = [session(day) for day in range(5)]
    gone = ((on(3), on(20)),)
    assert advise(course(facts[:3], daily), on(2), away=gone)[Site.PALMS].next_session_on == on(21)
    assert advise(course(facts[:2], daily), on(2), away=gone)[Site.PALMS].next_session_on == on(2)
    gone = ((on(6), on(20)),)
    assert advise(course(facts, daily), on(5), away=gone)[Site.PALMS].next_session_on == on(21)
    assert advise(course(facts[:4], daily), on(5), away=gone)[Site.PALMS].next_session_on == on(5)


def test_before_a_long_absence_there_is_a_session_on_the_last_day() -> None:
    away = ((on(70), on(91)),)
    assert advised(eased(), 57).next_session_on > on(69)  # type: ignore[operator]
    advice = advised(eased(), 57, away=away)
    assert advice.next_session_on == on(69)
    assert any("last day before you are away" in sentence for sentence in advice.why)


def test_a_short_absence_that_control_outlasts_asks_for_nothing_before_it() -> None:
    without = advised(eased(), 57)
    assert without.next_session_on is not None
    away = advised(eased(), 57, away=((on(60), on(64)),))
    assert away.next_session_on == without.next_session_on


def test_no_risk_is_promised_that_the_days_away_do_not_keep() -> None:
    home, away = advised(eased(), 57), advised(eased(), 57, away=((on(57), on(99)),))
    assert home.phase is away.phase is CoursePhase.MAINTENANCE
    assert home.interval_days is not None
    assert any("keeps the risk of wet palms under 10 %" in sentence for sentence in home.why)
    assert away.next_session_on == on(100)
    assert not any("keeps the risk" in sentence for sentence in away.why)
    assert any("the risk of wet palms passes 10 % by then" in sentence for sentence in away.why)
    assert 1 - next(day for day in away.forecast if day.on == on(98)).controlled_prob > 0.2
    assert away.interval_days == home.interval_days
    assert away.sessions_per_month_expected == home.sessions_per_month_expected


def test_who_is_away_today_treats_on_the_day_of_return() -> None:
    advice = advised(flat(3), 7, away=((on(6), on(12)),))
    assert advice.next_session_on == on(13)


def test_the_day_before_the_clocks_change_is_a_day_like_any_other() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    advice = recommend(MAINTAINED, PALMS, date(2026, 9, 26), zone=auckland)
    assert [day.on for day in advice.forecast] == [date(2026, 9, 26) + timedelta(days=count) for count in range(42)]


def test_more_tolerance_means_fewer_sessions() -> None:
    strict, usual = (advised(responder(12), 26, tolerance=tolerance) for tolerance in (1, 2))
    assert strict.sessions_per_month_expected > usual.sessions_per_month_expected


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tolerance": 4}, "tolerance"),
        ({"risk_prob": 1.0}, "risk_prob"),
        ({"away": ((date(2026, 10, 2), date(2026, 10, 1)),)}, "away ends"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        recommend(MAINTAINED, PALMS, on(20), zone=BERLIN, **wrong)  # type: ignore[arg-type]


def test_advice_for_a_day_before_the_last_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="last fact"):
        recommend(MAINTAINED, PALMS, on(3), zone=BERLIN)


@pytest.mark.parametrize(
    "facts", [[], responder(3), responder(9), flat(13), [felt(0, "burn")], [*responder(9), hdss(90, 4), hdss(92, 4)]]
)
def test_every_recommendation_says_why_in_sentences_with_sources(facts: list[Fact]) -> None:
    day = max([0, *((fact.at.astimezone(BERLIN).date() - BEGUN_ON).days for fact in facts)])
    advice = advised(facts, day)
    assert advice.why
    assert all(sentence[0].isupper() and sentence[-1] in ".?" for sentence in advice.why)
    assert set(advice.sources) <= set(references())
    assert len(advice.forecast) == 42
