"""The poles: which side has the anode first, and one hand with one foot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionto.consult import Clearance, Intake, clearance_for, consult
from ionto.exchange.calendar import calendar_of
from ionto.prescribe import (
    NotPrescribable,
    Plan,
    PlannedSession,
    Prescription,
    devices,
    habit_in,
    next_first_anode,
    plan_for,
    polarity_habits,
    prescribe,
    protocols,
)
from ionto.words.reading import DocumentError, read_json, to_json
from ionto.words.records import SessionFact
from ionto.words.terms import BodyPart, PolarityHabit, Side, Site

REVERSES, SWAPS, STAYS = PolarityHabit
LEFT, RIGHT = Side
FIRST_DAY = date(2026, 11, 24)
SIMULATED = devices()["simulated"]


def had(*sessions: tuple[Side, float | None, float | None]) -> list[SessionFact]:
    """Sessions, each with its first anode and the charge with the anode on the left and on the right."""
    return [
        SessionFact(
            site=Site.PALMS,
            at=datetime(2026, 9, 1, 18, tzinfo=UTC) + timedelta(days=2 * number),
            current_ma=15.0,
            duration_min=20.0,
            first_anode=side,
            left_anode_ma_min=left,
            right_anode_ma_min=right,
        )
        for number, (side, left, right) in enumerate(sessions)
    ]


def cleared(site: Site) -> Clearance:
    asked = read_json(Intake, (Path(__file__).parents[1] / "examples" / "palms.json").read_text("utf-8"))
    return clearance_for(consult(replace(asked, sites=(replace(asked.sites[0], site=site),))), site)


def prescribed(protocol: str = "palms_dc", **rest: object) -> Prescription:
    return prescribe(cleared(Site.PALMS), protocols()[protocol], device_id="simulated", device=SIMULATED, **rest)


def sides(habit: PolarityHabit, **rest: object) -> list[Side]:
    plan = plan_for(prescribed(polarity=habit, **rest), protocols()["palms_dc"], starts_on=FIRST_DAY)
    return [session.first_anode for session in plan.sessions]


@pytest.mark.parametrize("habit", PolarityHabit)
def test_the_worse_side_gets_the_anode(habit: PolarityHabit) -> None:
    assert next_first_anode(had((RIGHT, 0, 300)), habit, LEFT) is LEFT
    assert next_first_anode([], habit, RIGHT) is RIGHT
    assert set(sides(habit, worse_side=LEFT)) == {LEFT}


def test_whoever_had_no_session_begins_on_the_right() -> None:
    assert next_first_anode([], REVERSES) is RIGHT


def test_a_session_that_ended_before_its_reversal_is_evened_out_by_the_next() -> None:
    whole = (LEFT, 150.0, 150.5)
    cut_short = (RIGHT, 0.0, 60.0)
    assert next_first_anode(had(whole, cut_short), REVERSES) is LEFT
    # Then the left was first, and also cut short: now even, and they take turns again.
    assert next_first_anode(had(whole, cut_short, (LEFT, 60.0, 0.0)), REVERSES) is RIGHT
    # A session cut short on the left although the left had more: still the right, twice in a row.
    assert next_first_anode(had((LEFT, 60.0, 0.0), (RIGHT, 0.0, 20.0)), REVERSES) is RIGHT


def test_a_swap_that_was_forgotten_is_evened_out() -> None:
    assert next_first_anode(had((RIGHT, 0, 300), (RIGHT, 0, 300)), SWAPS) is LEFT
    assert next_first_anode(had((RIGHT, 0, 300), (RIGHT, 0, 300), (LEFT, 300, 0)), SWAPS) is LEFT


def test_where_no_charge_was_metered_the_sides_take_turns() -> None:
    assert next_first_anode(had((RIGHT, None, None)), SWAPS) is LEFT
    assert next_first_anode(had((RIGHT, None, None), (LEFT, None, None)), REVERSES) is RIGHT


def test_the_order_in_which_sessions_are_told_does_not_matter() -> None:
    told = had((RIGHT, None, None), (LEFT, None, None))
    assert next_first_anode(told[::-1], SWAPS) is next_first_anode(told, SWAPS) is RIGHT


def test_by_the_habit_of_one_side_until_dry_the_anode_stays_and_in_maintenance_it_swaps() -> None:
    assert next_first_anode(had((RIGHT, 0, 300), (RIGHT, 0, 300)), STAYS) is RIGHT
    assert len(set(sides(STAYS))) == 1
    assert habit_in("maintenance", STAYS) is SWAPS
    assert habit_in("induction", STAYS) is STAYS
    assert habit_in("maintenance", REVERSES) is REVERSES


@given(currents=st.lists(st.floats(1.0, 20.0), min_size=1, max_size=40), cut=st.data())
def test_however_sessions_end_the_sides_never_drift_apart(currents: list[float], cut: st.DataObject) -> None:
    facts: list[SessionFact] = []
    for current_ma in currents:
        first = next_first_anode(facts, SWAPS)
        held_ma_min = current_ma * cut.draw(st.floats(0.0, 20.0))
        facts += had((first, held_ma_min if first is LEFT else 0.0, held_ma_min if first is RIGHT else 0.0))
        facts[-1] = replace(facts[-1], at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=len(facts)))
    left = sum(fact.left_anode_ma_min or 0 for fact in facts)
    right = sum(fact.right_anode_ma_min or 0 for fact in facts)
    longest = max((fact.left_anode_ma_min or 0) + (fact.right_anode_ma_min or 0) for fact in facts)
    assert abs(left - right) <= 1.2 * longest + 1e-6


def test_a_plan_goes_on_where_the_record_left_off() -> None:
    made = prescribed(polarity=SWAPS)
    plan = plan_for(made, protocols()["palms_dc"], starts_on=FIRST_DAY, history=had((RIGHT, 0, 300)))
    assert plan.sessions[0].first_anode is LEFT


def test_swapped_sessions_take_turns_even_while_the_current_rises() -> None:
    planned = sides(SWAPS)
    assert all(later is earlier.other for earlier, later in pairwise(planned[:10]))


@pytest.mark.parametrize("habit", PolarityHabit)
def test_the_plan_shows_every_side_of_the_disagreement_with_its_sources(habit: PolarityHabit) -> None:
    plan = plan_for(prescribed(polarity=habit), protocols()["palms_dc"], starts_on=FIRST_DAY)
    others = next(sentence for sentence in plan.why if sentence.startswith("Others do it otherwise."))
    for name, other in polarity_habits().items():
        assert (other.says in others) is (name is not habit)
    assert "[DP450, HIDREX-POL]" in " ".join(plan.why)
    assert "NEWC" in " ".join(plan.why)


def test_one_hand_and_one_foot_then_the_other_side_on_the_same_day() -> None:
    made = prescribed("hand_and_foot_dc", also=cleared(Site.SOLES))
    plan = plan_for(made, protocols()["hand_and_foot_dc"], starts_on=FIRST_DAY)
    first, second, third = plan.sessions[:3]
    assert (first.on, second.on) == (FIRST_DAY, FIRST_DAY)
    assert third.on > FIRST_DAY
    assert (first.left_lead, first.right_lead) == (BodyPart.LEFT_HAND, BodyPart.LEFT_FOOT)
    assert (second.left_lead, second.right_lead) == (BodyPart.RIGHT_HAND, BodyPart.RIGHT_FOOT)
    assert first.first_anode is second.first_anode is third.first_anode.other
    assert (made.site, made.also_site, made.cap_current_ma) == (Site.PALMS, Site.SOLES, 15)
    assert made.contact_area_cm2 == protocols()["palms_dc"].version[0].contact_area_cm2.value
    assert any("soles are treated together" in sentence for sentence in plan.why)
    assert read_json(Plan, to_json(plan)) == plan


def test_one_hand_and_one_foot_want_both_sites_cleared() -> None:
    for also in (None, cleared(Site.PALMS)):
        with pytest.raises(NotPrescribable, match="treats the soles too, which are not cleared"):
            prescribed("hand_and_foot_dc", also=also)


def test_one_hand_and_one_foot_have_no_worse_side_and_take_nothing_from_sessions_of_both_hands() -> None:
    also = cleared(Site.SOLES)
    with pytest.raises(NotPrescribable, match="has no worse side"):
        prescribed("hand_and_foot_dc", also=also, worse_side=LEFT)
    made, protocol = prescribed("hand_and_foot_dc", also=also), protocols()["hand_and_foot_dc"]
    plan = plan_for(made, protocol, starts_on=FIRST_DAY, history=had((RIGHT, 0, 300)))
    assert plan.sessions == plan_for(made, protocol, starts_on=FIRST_DAY).sessions


def test_the_calendar_puts_the_second_side_after_the_first() -> None:
    made, protocol = prescribed("hand_and_foot_dc", also=cleared(Site.SOLES)), protocols()["hand_and_foot_dc"]
    read = icalendar.Calendar.from_ical(calendar_of(plan_for(made, protocol, starts_on=FIRST_DAY), name="x"))
    first, second, third = read.events[:3]
    assert first.end == second.start
    assert third.start - first.start == timedelta(days=2)
    assert "Anode first on the left foot." in first["description"]
    assert "Anode first on the right foot." in second["description"]


def test_a_plan_written_before_there_were_leads_is_read() -> None:
    written = json.loads(to_json(plan_for(prescribed(), protocols()["palms_dc"], starts_on=FIRST_DAY)))
    for key in ("also_site", "pulse", "worse_side", "notes"):
        del written["prescription"][key]
    for session in written["sessions"]:
        del session["left_lead"], session["right_lead"]
    read = read_json(Plan, json.dumps(written))
    assert (read.sessions[0].left_lead, read.prescription.pulse, read.prescription.notes) == (None, None, ())


def test_one_lead_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="together or not at all"):
        PlannedSession(on=FIRST_DAY, phase="induction", first_anode=LEFT, current_ma=5.0, left_lead=BodyPart.LEFT_HAND)
    text = to_json(plan_for(prescribed(), protocols()["palms_dc"], starts_on=FIRST_DAY))
    with pytest.raises(DocumentError, match=r"sessions\[0\].*together or not at all"):
        read_json(Plan, text.replace('"left_lead": null', '"left_lead": "left_hand"', 1))
