"""Prescribing: caps that only go down, days that fit, and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionto.consult import Clearance, Intake, NotCleared, clearance_for, consult
from ionto.exchange.calendar import calendar_of
from ionto.prescribe import NotPrescribable, Plan, Prescription, devices, plan_for, prescribe, protocols
from ionto.prescribe.device import TreatmentDevice
from ionto.prescribe.protocol import Cited, TreatmentProtocol
from ionto.words.limits import CHILD_CURRENT_CEILING_MA, CURRENT_CEILING_MA, Cap, CapReason, floored
from ionto.words.reading import DocumentError, read_json, read_toml, to_json
from ionto.words.records import SessionFact
from ionto.words.terms import Outcome, Site, Waveform

EXAMPLE = Path(__file__).parents[1] / "examples" / "palms.json"
PALMS = protocols()["palms_dc"]
SIMULATED = devices()["simulated"]


def said(value: object) -> Cited:
    return Cited(value=value, sources=("IONTO",), says="As told.")


def intake(**changes: object) -> Intake:
    return replace(read_json(Intake, EXAMPLE.read_text("utf-8")), **changes)


def cleared(**changes: object) -> Clearance:
    return clearance_for(consult(intake(**changes)), Site.PALMS)


def prescribed(clearance: Clearance | None = None, device: TreatmentDevice = SIMULATED, **rest: object) -> Prescription:
    return prescribe(clearance or cleared(), PALMS, device_id="simulated", device=device, **rest)


def planned(**rest: object) -> Plan:
    return plan_for(prescribed(), PALMS, starts_on=date(2026, 11, 24), **rest)


def test_the_person_gets_direct_current_for_20_minutes_three_times_a_week() -> None:
    made = prescribed()
    assert (made.waveform, made.duration_min, made.sessions_per_week) == (Waveform.DC, 20, 3)
    assert (made.start_current_ma, made.target_current_ma, made.cap_current_ma) == (5, 15, 20)


def test_nobody_prescribes_without_a_clearance() -> None:
    with pytest.raises(TypeError, match=r"from ionto\.consult only"):
        Clearance(site=Site.PALMS, given_on=date(2026, 1, 1), cleared_by=None, findings=(), age_years=30, token=None)


def test_a_child_gets_at_most_15_ma_after_a_clinician_cleared_it() -> None:
    asked = intake()
    palms = replace(asked.sites[0], onset_age_years=7, duration_months=24)
    child = consult(replace(asked, patient=replace(asked.patient, birth_year=2016), sites=(palms,)))
    with pytest.raises(NotCleared):
        clearance_for(child, Site.PALMS)
    made = prescribed(clearance_for(child, Site.PALMS, cleared_by="Dr Ada Example"))
    assert made.cap_current_ma == CHILD_CURRENT_CEILING_MA
    assert made.cleared_by == "Dr Ada Example"
    assert "child" in {reason.limit for reason in made.cap_reasons}


def test_a_weak_device_lowers_the_cap_and_the_target_and_says_so() -> None:
    weak = replace(SIMULATED, current_max_ma=said(9.95), step_ma=said(0.5))
    made = prescribed(device=weak)
    assert (made.cap_current_ma, made.target_current_ma) == (9.5, 9.5)
    assert ("device", 9.95) in {(reason.limit, reason.value_ma) for reason in made.cap_reasons}


def test_a_device_that_cannot_deliver_the_waveform_is_refused() -> None:
    with pytest.raises(NotPrescribable, match="cannot deliver"):
        prescribed(device=replace(SIMULATED, waveforms=said((Waveform.PULSED,))))


def test_a_protocol_for_another_site_is_refused() -> None:
    with pytest.raises(NotPrescribable, match="for the soles, not for the palms"):
        prescribe(cleared(), protocols()["soles_dc"], device_id="simulated", device=SIMULATED)


def test_whoever_was_comfortable_at_a_current_begins_there() -> None:
    session = SessionFact(site=Site.PALMS, at=datetime(2026, 9, 1, 18, tzinfo=UTC), current_ma=12.0, duration_min=20.0)
    assert prescribed(history=[session]).start_current_ma == 12
    assert prescribed(history=[replace(session, pain_reported=True)]).start_current_ma == 5
    assert prescribed(history=[replace(session, outcome=Outcome.STOPPED)]).start_current_ma == 5
    assert prescribed(history=[replace(session, current_ma=19.0)]).start_current_ma == 15


@given(
    limits=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=6),
    step_ma=st.sampled_from([0.01, 0.1, 0.25, 0.5, 1.0]),
)
def test_caps_only_go_down_and_are_never_rounded_up(limits: list[float], step_ma: float) -> None:
    cap = Cap(20.0)
    for value_ma in limits:
        lower = cap.lowered(CapReason(limit="x", value_ma=value_ma, why="x", source="IONTO"))
        assert 0 <= lower.value_ma <= cap.value_ma
        cap = lower
    assert floored(cap.value_ma, step_ma) <= cap.value_ma
    assert cap.value_ma - floored(cap.value_ma, step_ma) < step_ma
    assert len(cap.reasons) == len(limits)


def test_data_above_a_ceiling_is_refused_when_it_is_loaded() -> None:
    text = (Path(__file__).parents[1] / "src/ionto/prescribe/protocols/palms_dc.toml").read_text("utf-8")
    assert CURRENT_CEILING_MA[Site.PALMS] == 20
    with pytest.raises(DocumentError, match="cap_adult_ma is 21, above the ceiling of 20"):
        read_toml(TreatmentProtocol, text.replace("cap_adult_ma = { value = 20.0", "cap_adult_ma = { value = 21.0"))
    with pytest.raises(DocumentError, match="duration_min is 60, above the ceiling of 40"):
        read_toml(TreatmentProtocol, text.replace("duration_min = { value = 20.0", "duration_min = { value = 60.0"))


def test_a_prescription_changed_by_hand_above_the_cap_is_refused() -> None:
    text = to_json(planned()).replace('"cap_current_ma": 20.0', '"cap_current_ma": 25.0')
    with pytest.raises(DocumentError, match="above the ceiling of 20 mA"):
        read_json(Plan, text)


def test_a_child_s_plan_raised_by_hand_is_refused() -> None:
    text = to_json(planned()).replace(
        '"limit": "device",\n        "value_ma": 30.0', '"limit": "child", "value_ma": 15.0'
    )
    assert '"child"' in text
    with pytest.raises(DocumentError, match="cap_current_ma is 20, above the limit `child` of 15 mA"):
        read_json(Plan, text)


def test_a_prescription_over_too_small_a_skin_is_refused() -> None:
    text = to_json(planned()).replace('"contact_area_cm2": 163.5', '"contact_area_cm2": 1.0')
    with pytest.raises(DocumentError, match=r"over 1 cm² reaches the ceiling of 0\.5 mA/cm²"):
        read_json(Plan, text)


@pytest.mark.parametrize("current_ma", [0.0, -5.0])
def test_a_session_without_current_cannot_be_planned(current_ma: float) -> None:
    text = to_json(planned()).replace('"current_ma": 5.0', f'"current_ma": {current_ma}')
    with pytest.raises(DocumentError, match=r"sessions\[0\].current_ma: should be greater than 0"):
        read_json(Plan, text)


def test_the_ceiling_of_the_soles_is_not_ascribed_to_who_stops_lower() -> None:
    # NHS Doncaster stops at 20 mA on the feet; 25 mA is German practice.
    asked = intake()
    soles = clearance_for(consult(replace(asked, sites=(replace(asked.sites[0], site=Site.SOLES),))), Site.SOLES)
    made = prescribe(soles, protocols()["soles_dc"], device_id="simulated", device=SIMULATED)
    plan = plan_for(made, protocols()["soles_dc"], starts_on=date(2026, 11, 24))
    assert made.cap_reasons[0].source == "WIKI-DE"
    assert any(sentence.startswith("Never more than 25 mA") and "[WIKI-DE]" in sentence for sentence in plan.why)


def test_a_plan_survives_the_round_trip() -> None:
    assert read_json(Plan, to_json(planned())) == planned()


def test_sessions_fall_on_the_days_that_suit() -> None:
    plan = planned(weekdays=(0, 2, 4))
    assert [f"{session.on:%a}" for session in plan.sessions[:4]] == ["Wed", "Fri", "Mon", "Wed"]
    assert len(plan.sessions) == 12


def test_of_many_days_that_suit_those_far_apart_are_taken() -> None:
    plan = planned(weekdays=(0, 1, 2, 3, 4))
    assert [f"{session.on:%a}" for session in plan.sessions[:4]] == ["Wed", "Fri", "Mon", "Wed"]


@given(starts_on=st.dates(date(2026, 1, 1), date(2040, 1, 1)), weekdays=st.sets(st.integers(0, 6)))
def test_never_two_sessions_on_a_day_nor_more_than_three_in_a_week(starts_on: date, weekdays: set[int]) -> None:
    days = [s.on for s in plan_for(prescribed(), PALMS, starts_on=starts_on, weekdays=tuple(weekdays)).sessions]
    assert all(later > earlier for earlier, later in pairwise(days))
    assert all((days[number + 3] - days[number]).days >= 7 for number in range(len(days) - 3))
    assert days[0] >= starts_on


def test_the_anode_begins_on_the_other_side_each_time() -> None:
    sides = [session.first_anode for session in planned().sessions]
    assert all(later is earlier.other for earlier, later in pairwise(sides))


def test_the_current_rises_by_one_milliampere_a_session_up_to_the_target() -> None:
    assert [session.current_ma for session in planned().sessions][:3] == [5, 6, 7]
    assert planned().sessions[-1].current_ma == 15


def test_every_claim_and_reason_has_a_source() -> None:
    plan = planned()
    assert all(claim.sources for claim in plan.expect)
    assert all(reason.source for reason in plan.prescription.cap_reasons)


def test_the_calendar_keeps_the_time_of_day_across_the_end_of_summer_time() -> None:
    from zoneinfo import ZoneInfo

    import icalendar

    plan = plan_for(prescribed(), PALMS, starts_on=date(2026, 10, 20))
    berlin = ZoneInfo("Europe/Berlin")
    read = icalendar.Calendar.from_ical(calendar_of(plan, name="x", zone=berlin))
    starts = [event.start for event in read.events]
    assert {start.astimezone(berlin).hour for start in starts} == {18}
    assert {start.utcoffset().total_seconds() for start in starts} == {0}
    assert {start.astimezone(UTC).hour for start in starts} == {16, 17}
    assert len({str(event["uid"]) for event in read.events}) == 12


def test_a_trials_course_is_for_the_simulated_device_only() -> None:
    trial = protocols()["palms_dc_karakoc"]
    assert prescribe(cleared(), trial, device_id="simulated", device=SIMULATED).start_current_ma == 18
    with pytest.raises(NotPrescribable, match="simulated device only"):
        prescribe(cleared(), trial, device_id="saalio", device=devices()["saalio"])


def test_a_ramp_too_slow_to_find_the_contact_is_refused() -> None:
    with pytest.raises(DocumentError, match="ramp_ma_per_s"):
        read_json(Plan, to_json(planned()).replace('"ramp_ma_per_s": 0.5', '"ramp_ma_per_s": 0.0001'))
