"""The interval lengthens in steps; days of the week, days away, missed sessions, and what the skin remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from ionto.follow.alerts import alerts_for
from ionto.follow.current import next_current_ma, skin_ceiling_ma
from ionto.follow.outlook import OUTLOOK_DAYS
from ionto.follow.recommend import recommend
from ionto.follow.taper import TAPER_STEPS_DAYS, proven_days, step_days
from ionto.words.records import ClearedFact, DayFact
from ionto.words.records import SideEffectFact as Felt
from ionto.words.terms import AlertLevel, CoursePhase, Effect, Outcome, Site, Wetness

from .beliefs import (
    EASED,
    FLAT,
    INDUCED,
    INDUCTION_DAYS,
    advised,
    belief_of,
    felt,
    flat,
    hdss,
    induced,
    planned,
    rating,
)
from .courses import BERLIN, EVENING, PALMS, on, session


@pytest.mark.parametrize(
    ("tolerance_score", "proof_days"), [(1, (0, 0, 0)), (2, (9, 0, 0)), (3, (9, 9, 0))], ids=["none", "mild", "more"]
)
def test_a_tap_proves_an_interval_only_where_it_says_enough(tolerance_score: int, proof_days: tuple[int, ...]) -> None:
    found = []
    for wetness in (Wetness.DRY, Wetness.CLAMMY, Wetness.WET):
        tapped = DayFact(site=Site.PALMS, at=EVENING + timedelta(days=9), felt=wetness)
        found.append(proven_days([session(0), tapped], [on(0), on(9)], tolerance_score, on(10)))
    assert tuple(found) == proof_days


def test_after_three_sessions_a_week_the_first_interval_is_one_week() -> None:
    advice = advised(INDUCED, 26, risk_prob=0.9)
    assert advice.phase is CoursePhase.MAINTENANCE
    assert advice.next_session_on == on(25 + 7)
    steps_days = [(later - earlier).days for earlier, later in pairwise([on(25), *planned(advice)])]
    assert steps_days[:3] == [7, 10, 14]
    assert any("next step is 10 days" in sentence for sentence in advice.why)


def test_ones_own_entries_support_more() -> None:
    assert advised(belief_of([*induced(), hdss(25 + 8, 1)]), 33, risk_prob=0.9).next_session_on == on(25 + 10)
    assert advised(belief_of([*induced(), hdss(25 + 12, 1)]), 37, risk_prob=0.9).next_session_on == on(25 + 14)
    assert advised(EASED, 57, risk_prob=0.9).next_session_on == on(56 + 21)


def test_the_risk_may_shorten_a_step_and_never_lengthens_it() -> None:
    for risk_prob in (0.02, 0.1, 0.5, 0.95):
        days = (advised(EASED, 57, risk_prob=risk_prob).next_session_on or on(0)) - on(56)
        assert days.days <= 21
    assert (advised(EASED, 57, risk_prob=0.01).next_session_on or on(999)) < on(56 + 21)


def test_what_was_borne_is_read_from_entries_after_a_session_within_half_a_year() -> None:
    facts = [hdss(-3, 1), session(0), hdss(5, 2), rating(9, 4), rating(11, 5), hdss(12, 3), session(13)]
    days = [fact.at.astimezone(BERLIN).date() for fact in facts]
    assert proven_days(facts, days, 2, on(13)) == 9
    assert proven_days(facts, days, 1, on(13)) == 0
    assert proven_days(facts, days, 3, on(13)) == 12
    assert proven_days(facts, days, 2, on(9 + 183)) == 0


def test_the_steps_end_with_the_longest_interval_that_is_advised() -> None:
    assert [step_days(step) for step in TAPER_STEPS_DAYS] == [10, 14, 21, 28, 28]


def test_no_phase_leaves_the_prescribed_number_of_sessions_a_week() -> None:
    weekly = replace(PALMS, sessions_per_week=1)
    advice = recommend(INDUCED, weekly, on(26), zone=BERLIN, risk_prob=0.01)
    days = [on(25), *planned(advice)]
    assert min((later - earlier).days for earlier, later in pairwise(days)) >= 7


def test_sessions_fall_on_the_days_of_the_week_that_suit() -> None:
    saturdays = frozenset({5})
    for belief, day in ((INDUCED, 26), (EASED, 57), (FLAT, 25)):
        days = planned(advised(belief, day, weekdays=saturdays))
        assert days
        assert {found.weekday() for found in days} == {5}
    weekends = planned(advised(belief_of([]), 0, weekdays=frozenset({5, 6})))
    assert {found.weekday() for found in weekends} == {5, 6}
    once = planned(advised(EASED, 57, weekdays=saturdays, risk_prob=0.9))
    assert (once[0] - on(56)).days in {18, 19, 20, 21, 22}


def test_a_wish_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="weekdays"):
        advised(INDUCED, 26, weekdays=frozenset())


def test_a_holiday_asks_for_one_extra_session_on_its_eve_where_the_risk_says_so() -> None:
    long = ((on(68), on(82)),)
    home, away = advised(EASED, 57), advised(EASED, 57, away=long)
    assert on(67) not in planned(home)
    assert away.away[0].extra_session_on == on(67)
    assert on(67) in planned(away)
    assert "one extra session on 7 November" in away.away[0].why
    short = advised(EASED, 57, away=((on(60), on(62)),))
    assert short.away[0].extra_session_on is None
    assert planned(short)[0] == planned(home)[0]
    assert home.away == ()
    assert advised(EASED, 57, away=((on(120), on(130)),)).away == ()
    nearly = next(day for day in away.forecast if day.on == on(82))
    assert away.away[0].above_prob == pytest.approx(1.0 - nearly.controlled_prob, abs=1e-6)


@pytest.mark.parametrize(
    "away",
    [((68, 75), (70, 82)), ((76, 82), (68, 75)), ((68, 82), (68, 82)), ((68, 82), (70, 71))],
    ids=["overlapping", "adjoining", "doubled", "inside"],
)
def test_days_away_that_touch_are_one_absence(away: tuple[tuple[int, int], ...]) -> None:
    spans = tuple((on(first), on(last)) for first, last in away)
    assert advised(EASED, 57, away=spans) == advised(EASED, 57, away=((on(68), on(82)),))


@pytest.mark.parametrize(("last", "said"), [(41, "is needed"), (60, "fits in before")])
def test_where_the_risk_asks_for_a_session_that_may_not_be_held_none_is_called_needless(last: int, said: str) -> None:
    """The week's three sessions were held by day 25."""
    (absence,) = advised(INDUCED, 26, away=((on(27), on(last)),)).away
    assert absence.extra_session_on is None
    assert (absence.above_prob >= 0.1) is (said == "fits in before")
    assert f"no extra session {said}." in absence.why


def test_the_day_after_a_session_is_taken_before_days_away_only_for_the_risk_and_that_is_said() -> None:
    gone = ((on(58), on(79)),)
    for risk_prob, first, said in ((0.9, on(80), False), (0.1, on(57), True)):
        advice = advised(EASED, 57, away=gone, risk_prob=risk_prob)
        assert planned(advice)[0] == first
        assert any("Leave it out if your skin is still red" in sentence for sentence in advice.why) is said
    begun = belief_of(flat(2))
    assert planned(advised(begun, 3, away=((on(4), on(9)),)))[0] == on(3)
    weekly = replace(PALMS, sessions_per_week=1)
    assert recommend(begun, weekly, on(3), zone=BERLIN, away=((on(4), on(9)),)).next_session_on == on(10)


def test_one_bad_day_is_no_relapse_and_a_bad_fortnight_is() -> None:
    once = belief_of([*induced(), hdss(28, 1), hdss(30, 1), hdss(31, 4)])
    assert advised(once, 31).phase is CoursePhase.MAINTENANCE
    again = belief_of([*induced(), *(hdss(day, 4) for day in range(60, 74, 2))])
    assert advised(again, 74).phase is CoursePhase.RELAPSE


def test_one_good_day_in_a_relapse_is_not_told_as_nearly_every_day() -> None:
    lost = [*induced(), *(hdss(day, 4) for day in range(60, 74, 2)), hdss(75, 1), rating(75, 0), hdss(75.01, 1)]
    advice = advised(belief_of(lost), 75)
    assert advice.phase is CoursePhase.RELAPSE
    assert advice.skipped[0].controlled_prob > 0.9
    assert advice.why[0] == "Your palms were dry enough before, and now only on about 1 of 5 days."


def test_missed_sessions_are_counted_and_not_made_up_for() -> None:
    belief = belief_of(flat(3))
    assert advised(belief, 7).missed_count == 0
    late = advised(belief, 12)
    assert late.missed_count == 3
    assert any("not made up for" in sentence for sentence in late.why)
    days = [on(4), *planned(late)]
    assert min((later - earlier).days for earlier, later in pairwise(days)) >= 2
    assert advised(belief, 12, away=((on(5), on(11)),)).missed_count == 0
    assert advised(EASED, 70).missed_count == 0


def test_after_a_long_gap_the_last_day_is_told_and_no_number_of_missed_sessions() -> None:
    said = " ".join(advised(belief_of(flat(3)), 204).why)
    assert "Your last session was on 5 September 2026. Go on where you are" in said
    assert "missed" not in said


def test_a_session_too_short_to_count_is_told_of_where_sessions_are_counted() -> None:
    short = {"duration_min": 4.0, "outcome": Outcome.STOPPED}
    for facts, day, first in (
        (flat(3), 5, "After 3 sessions"),
        ([], 5, "Keep to 3 sessions"),
        (induced(), 26, "After 12 sessions"),
    ):
        plain = advised(belief_of(facts), day)
        with_short = advised(belief_of([*facts, session(day, 6.0, **short)]), day)
        assert with_short.why[0].startswith(first)
        assert "Sessions under 10 minutes do not count here: 1 so far." in with_short.why
        assert not any("do not count" in sentence for sentence in plain.why)


def test_what_was_held_back_and_what_was_not_yet_due_is_not_missed() -> None:
    burnt = Felt(site=Site.PALMS, at=EVENING + timedelta(days=4.1), effect=Effect.BLISTER)
    seen = ClearedFact(site=Site.PALMS, at=EVENING + timedelta(days=30), cleared_by="Dr Ada Example")
    assert [advised(belief_of([*flat(3), burnt, seen]), day).missed_count for day in (30, 31, 37)] == [0, 0, 3]
    assert [advised(belief_of([*flat(3), felt(6, "itch")]), day).missed_count for day in (8, 10, 11)] == [0, 0, 1]
    lost = [*induced(), *(hdss(day, 4) for day in range(60, 74, 2))]
    once = advised(belief_of(lost), 74)
    assert (once.phase, once.missed_count) == (CoursePhase.RELAPSE, 0)
    begun = advised(belief_of([*lost, session(74)]), 79)
    assert (begun.phase, begun.missed_count) == (CoursePhase.RELAPSE, 1)


def test_a_current_that_the_skin_objected_to_is_not_tried_again_at_once() -> None:
    objected = [session(0, 10.0), felt(0, "itch")]
    after = [session(2.0 * count, current_ma) for count, current_ma in ((1, 7.5), (2, 8.5), (3, 9.0), (4, 9.0))]
    assert skin_ceiling_ma(Site.PALMS, objected) == 9.0
    assert next_current_ma(PALMS, [*objected, *after[:1]]) == 8.5
    assert next_current_ma(PALMS, [*objected, *after]) == 9.0
    more = [session(2.0 * count, 9.0) for count in (5, 6, 7)]
    assert next_current_ma(PALMS, [*objected, *after, *more]) == 10.0
    assert skin_ceiling_ma(Site.PALMS, [session(0, 10.0), felt(0, "dryness")]) is None
    assert skin_ceiling_ma(Site.SOLES, objected) is None


@pytest.mark.parametrize(
    "other",
    [{"pain_reported": True}, {"outcome": Outcome.STOPPED}, {"outcome": Outcome.FAULTED}, {"duration_min": 5.0}],
    ids=["painful", "stopped", "faulted", "short"],
)
def test_a_session_that_was_not_well_borne_lets_no_objection_be_forgotten(other: dict[str, object]) -> None:
    after = [session(2.0 * count, 7.5, **other) for count in range(1, 11)]
    assert skin_ceiling_ma(Site.PALMS, [session(0, 10.0), felt(0, "itch"), *after]) == 9.0


def test_two_faults_in_a_row_ask_for_the_device_to_be_checked() -> None:
    faulted = [session(day, outcome=Outcome.FAULTED) for day in (0, 2)]
    (alert,) = alerts_for(Site.PALMS, faulted, on(3), zone=BERLIN)
    assert (alert.alert, alert.level) == ("device_fault", AlertLevel.AMBER)
    assert alerts_for(Site.PALMS, faulted[:1], on(3), zone=BERLIN) == ()
    assert alerts_for(Site.PALMS, [*faulted, session(4)], on(5), zone=BERLIN) == ()


def test_the_outlook_is_an_interval_of_dates_and_ends_where_nothing_can_be_told() -> None:
    found = advised(INDUCED, 26).dry_until
    assert found is not None
    assert found.earliest_on is not None
    assert on(26) <= found.earliest_on
    dates = [day or on(26 + OUTLOOK_DAYS + 1) for day in (found.earliest_on, found.on, found.latest_on)]
    assert dates == sorted(dates)
    assert advised(FLAT, INDUCTION_DAYS[9]).dry_until is None
