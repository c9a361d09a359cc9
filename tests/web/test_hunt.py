"""It does not work: one question at a time, what was answered belongs to the record, and it ends in a next step."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.words.evidence import references
from ionto.words.records import CauseFact, HdssFact, SessionFact, SideEffectFact
from ionto.words.terms import Answer, Cause, Effect, Site
from ionto_web.care import actions, own, sharing
from ionto_web.care.course import fact_from, recommended
from ionto_web.care.hunt import STEPS, Step, hunt_of
from ionto_web.care.models import Person, PrescriptionRecord

from .conftest import At, audited, client_of
from .test_german import english_in, read

# The known causes (facts 3.10), and the answer that speaks for none.
FINE: dict[str, str] = {step.key: "no" if step.fault == "yes" else "yes" for step in STEPS}


@pytest.fixture
def page(alice: Person, prescription: PrescriptionRecord) -> str:
    return reverse("hunt", args=[alice.code, "palms"])


def answers(client: Client, page: str, said: dict[str, str]) -> str:
    for step, answer in said.items():
        assert client.post(page, {"step": step, "answer": answer}).status_code == 302
    return str(client.get(page).content.decode())


def test_the_known_causes_are_asked_for_with_their_sources() -> None:
    assert [step.key for step in STEPS] == ["sessions", "current", "water", "waveform", "dry", "side"]
    assert {key for step in STEPS for key in step.sources} <= set(references())
    assert hunt_of([], Site.PALMS).next_step == STEPS[0]
    for step in STEPS:
        assert {step.turned(answer) for answer in Answer} == set(Answer)
        assert step.turned(step.fault) is Answer.YES
        assert step.turned(Answer.UNKNOWN) is Answer.UNKNOWN
        assert all(step.turned(step.turned(answer)) is answer for answer in Answer)


def found(answer: Answer, *others: Step) -> list[CauseFact]:
    """What stands in the record when these causes were found so, and no other one was."""
    return [
        CauseFact(site=Site.PALMS, at=timezone.now(), cause=step.key, found=answer if step in others else Answer.NO)
        for step in STEPS
    ]


def test_what_is_found_is_left_to_mend_and_what_is_not_known_to_look_at() -> None:
    over = hunt_of(found(Answer.NO), Site.PALMS)
    assert (over.next_step, over.causes, over.not_known) == (None, [], [])
    for step in STEPS:
        assert hunt_of(found(Answer.YES, step), Site.PALMS).causes == [step]
        assert hunt_of(found(Answer.UNKNOWN, step), Site.PALMS).not_known == [step]
        # What was found last counts.
        assert hunt_of([*found(Answer.YES, step), *found(Answer.NO)], Site.PALMS).causes == []


def test_a_page_asks_one_question_and_the_next_one_after_the_answer(page: str, as_alice: Client) -> None:
    said: dict[str, str] = {}
    for number, step in enumerate(STEPS, 1):
        text = answers(as_alice, page, said)
        assert f"Question {number} of {len(STEPS)}" in text
        assert len(re.findall('name="answer"', text)) == 3
        assert [each.key for each in STEPS if f'value="{each.key}"' in text] == [step.key]
        said = {step.key: FINE[step.key]}


def test_what_the_record_knows_is_said_beside_the_question(page: str, alice: Person, as_alice: Client) -> None:
    assert "0 sessions of 10 minutes or more." in as_alice.get(page).content.decode()
    at, where = timezone.now() - timedelta(days=2), {"site": Site.PALMS, "current_ma": 12.0}
    had = [
        SessionFact(at=at, duration_min=20.0, **where),
        SessionFact(at=at + timedelta(days=1), duration_min=5.0, **where),
    ]
    actions.keep_facts(alice, had, by=alice.user)
    assert "Your record says:</strong> 1 session of 10 minutes or more. Shorter" in as_alice.get(page).content.decode()


def test_what_was_answered_is_remembered_on_another_phone_and_may_be_changed(
    page: str, alice: Person, as_alice: Client
) -> None:
    answers(as_alice, page, {"sessions": "no", "current": "yes"})
    as_alice.logout()
    other_phone = client_of(alice.user)
    text = other_phone.get(page).content.decode()
    assert "Question 3 of 6" in text
    assert "What was answered" in text
    changed = other_phone.get(page + "?step=sessions").content.decode()
    assert "Question 1 of 6" in changed
    assert "Question 3 of 6" in answers(other_phone, page, {"sessions": "yes"})


def kept(person: Person) -> list[tuple[str, str, bool]]:
    """What the record holds, the oldest first: the cause, whether it was found, and whether it still stands."""
    records = person.facts.filter(kind="cause").order_by("at", "id")
    facts = [(fact_from(record.body), not hasattr(record, "withdrawal")) for record in records]
    return [(fact.cause, fact.found, stands) for fact, stands in facts]


def test_an_answer_is_a_fact_of_its_day_and_a_slip_is_taken_back(
    page: str, alice: Person, as_alice: Client, at: At
) -> None:
    at(18)
    answers(as_alice, page, {"sessions": "no"})
    at(18, 1)
    answers(as_alice, page, {"sessions": "no"})
    assert kept(alice) == [("sessions", "yes", True)]
    at(18, 5)
    answers(as_alice, page, {"sessions": "yes"})
    assert kept(alice) == [("sessions", "yes", False), ("sessions", "no", True)]
    at(9, days=1)
    answers(as_alice, page, {"sessions": "unknown"})
    assert kept(alice)[1:] == [("sessions", "no", True), ("sessions", "unknown", True)]
    assert len(audited("cause_recorded")) == len(audited("cause_answered")) == 3
    assert {record.by for record in audited("cause_answered")} == {alice.user}


def test_begun_anew_every_question_comes_with_its_last_answer_and_its_day(
    page: str, alice: Person, as_alice: Client, at: At
) -> None:
    day = at(18).strftime("%-d %B %Y")
    text = answers(as_alice, page, FINE | {"water": "yes"})
    assert text.count(day) >= len(STEPS)
    at(18, days=21)
    as_alice = client_of(alice.user)
    assert 'href="?step=sessions&amp;anew=yes"' in as_alice.get(page).content.decode()
    address = page + "?step=sessions&anew=yes"
    for number, step in enumerate(STEPS, 1):
        text = as_alice.get(address).content.decode()
        assert f"Question {number} of 6" in text
        assert f"The answer of {day}:" in text
        assert re.findall(r'value="(\w+)" type="submit" aria-pressed="true"', text) == [
            "yes" if step.key == "water" else FINE[step.key]
        ]
        said = {"step": step.key, "answer": FINE[step.key], "anew": "yes"}
        address = as_alice.post(address, said).url
    assert address == page
    text = as_alice.get(page).content.decode()
    assert "None of the known causes is found." in text
    assert day not in text


def test_who_stops_in_the_middle_of_beginning_anew_loses_no_answer(page: str, as_alice: Client, at: At) -> None:
    at(18)
    answers(as_alice, page, FINE | {"water": "yes"})
    at(18, days=2)
    as_alice.post(page, {"step": "sessions", "answer": "no", "anew": "yes"})
    text = as_alice.get(page).content.decode()
    assert "2 likely causes" in text


def test_the_clinic_and_who_the_record_is_shared_with_see_what_was_answered(
    page: str, alice: Person, bob: User, charlie: User, as_alice: Client, as_bob: Client, as_charlie: Client, at: At
) -> None:
    day = at(18).strftime("%-d %B %Y")
    answers(as_alice, page, FINE | {"water": "yes", "waveform": "unknown"})
    shared = reverse("shared_record", args=[alice.code])
    assert as_charlie.get(shared).status_code == 404
    sharing.use_code(sharing.make_code(alice, days=1, by=alice.user), by=charlie)
    seen = [as_bob.get(reverse("progress", args=[alice.code])), as_charlie.get(shared)]
    water, waveform = (step for step in STEPS if step.key in {Cause.WATER, Cause.WAVEFORM})
    for answer in seen:
        text = answer.content.decode()
        text = text[text.index("Why it may not work: what was answered") :]
        for step in STEPS:
            assert str(step.question) in text
        assert text.count(day) >= len(STEPS)
        assert f"{water.question} <strong>Yes</strong>" in text
        assert f"<strong>{water.cause}.</strong> {water.do}" in text
        assert f"<li>{waveform.look}</li>" in text
    assert as_charlie.post(page, {"step": "water", "answer": "no"}).status_code == 404
    assert as_bob.post(page, {"step": "water", "answer": "no"}).status_code == 302
    assert {record.by for record in audited("cause_answered")} == {alice.user, bob}


def test_what_nobody_answered_is_shown_to_nobody(page: str, alice: Person, as_alice: Client) -> None:
    assert "what was answered" not in as_alice.get(reverse("progress", args=[alice.code])).content.decode()


def test_it_goes_out_with_the_data_and_is_no_entry_of_the_diary(page: str, alice: Person, as_alice: Client) -> None:
    answers(as_alice, page, {"sessions": "no"})
    table = as_alice.get(reverse("handed_out", args=[alice.code, "table"])).getvalue()
    assert b",sessions,yes" in table
    own_table = own.merged_with(alice, table, None)
    assert (own_table.new, own_table.known_count, own_table.faults) == ((), 1, ())
    record = alice.facts.get(kind="cause")
    assert "Take back" not in as_alice.get(reverse("diary", args=[alice.code])).content.decode()
    assert as_alice.post(reverse("diary_withdraw", args=[alice.code, record.pk])).status_code == 404


def unmoved(days_ago: range) -> list[HdssFact | SessionFact]:
    """Sessions at full current that change nothing."""
    moments = [timezone.now() - timedelta(days=days) for days in days_ago]
    return [
        fact
        for at in moments
        for fact in (
            HdssFact(site=Site.PALMS, at=at, score=4),
            SessionFact(site=Site.PALMS, at=at, current_ma=15.0, duration_min=20.0),
        )
    ]


def test_what_the_person_said_of_their_water_settles_it_in_the_advice_and_is_not_said_twice(
    page: str, alice: Person, as_alice: Client
) -> None:
    facts = unmoved(range(24, 2, -2))
    actions.keep_facts(alice, facts, by=alice.user)
    progress = reverse("progress", args=[alice.code])
    unknown = "The record does not know your water."
    assert unknown in as_alice.get(progress).content.decode()
    answers(as_alice, page, {"water": "no"})
    (water,) = [check for check in recommended(alice)[Site.PALMS].review.checks if check.check == "water"]
    assert water.settled is True
    assert unknown not in as_alice.get(progress).content.decode()
    again = as_alice.get(page + "?step=water").content.decode()
    assert "The answer of" in again
    assert "You said on" not in again
    assert "Your record says:" in as_alice.get(page + "?step=current").content.decode()
    answers(as_alice, page, {"water": "yes"})
    assert "that your water may be too soft." in as_alice.get(progress).content.decode()


def test_a_cause_says_what_to_do_and_why_and_what_comes_next(page: str, as_alice: Client) -> None:
    text = answers(as_alice, page, FINE | {"water": "yes"})
    assert "The water is too soft" in text
    assert "bottled mineral water" in text
    assert "Very soft water lets too little current through" in text
    assert "Next session" in text
    assert "IONTOC" in text
    assert "Note for your clinic" not in text


@pytest.mark.parametrize("said", [{}, {"side": "yes"}, {"waveform": "yes"}])
def test_what_only_a_clinic_can_decide_ends_in_a_note_for_it(said: dict[str, str], page: str, as_alice: Client) -> None:
    text = answers(as_alice, page, FINE | said)
    note = text[text.index("Note for your clinic") :]
    assert all(str(step.question) in note for step in STEPS)
    assert "Letter for your doctor" in note


def test_where_sessions_have_stopped_a_cause_is_no_reason_to_go_on_alone(
    page: str, alice: Person, as_alice: Client
) -> None:
    facts = unmoved(range(30, 4, -2))
    actions.keep_facts(alice, facts, by=alice.user)
    assert recommended(alice)[Site.PALMS].next_session_on is None
    text = answers(as_alice, page, FINE | {"water": "yes"})
    assert "Show your clinic what was found, before you go on." in text
    assert "go on with your plan" not in text
    assert "Note for your clinic" in text


def test_what_is_not_known_is_left_to_look_at(page: str, as_alice: Client) -> None:
    text = answers(as_alice, page, FINE | {"waveform": "unknown"})
    assert "Still to look at" in text
    assert 'href="?step=waveform"' in text


def test_a_blister_comes_first(page: str, alice: Person, as_alice: Client) -> None:
    blister = SideEffectFact(site=Site.PALMS, at=timezone.now() - timedelta(hours=1), effect=Effect.BLISTER)
    actions.keep_facts(alice, [blister], by=alice.user)
    text = as_alice.get(page).content.decode()
    assert "A blister means that the skin was damaged." in text
    assert 'name="answer"' not in text


@pytest.mark.parametrize(
    "posted", [{"step": "moon", "answer": "yes"}, {"step": "water", "answer": "perhaps"}, {"step": "again"}, {}]
)
def test_what_nobody_asked_is_refused(posted: dict[str, str], page: str, alice: Person, as_alice: Client) -> None:
    assert as_alice.post(page, posted).status_code == 404
    assert kept(alice) == []


def test_a_place_without_a_plan_has_no_hunt(page: str, alice: Person, as_alice: Client) -> None:
    assert as_alice.get(reverse("hunt", args=[alice.code, "soles"])).status_code == 404


def test_it_is_german_for_whoever_reads_german(page: str, alice: Person, as_alice: Client) -> None:
    actions.change_language(alice, "de", by=alice.user)
    for said in ({}, FINE | {"sessions": "no", "side": "unknown"}, FINE):
        text = answers(as_alice, page, said)
        assert "Es wirkt nicht (Hände)" in text
        assert english_in(read(text).said) == []


def test_the_progress_leads_to_it_after_the_first_session(page: str, alice: Person, as_alice: Client) -> None:
    progress = reverse("progress", args=[alice.code])
    assert f'href="{page}"' not in as_alice.get(progress).content.decode()
    assert as_alice.get(page).status_code == 200
    had = SessionFact(site=Site.PALMS, at=timezone.now(), current_ma=5.0, duration_min=20.0)
    actions.keep_facts(alice, [had], by=alice.user)
    assert f'href="{page}"' in as_alice.get(progress).content.decode()
