"""It does not work: one question at a time, what was answered is remembered, and it ends in a next step."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.words.evidence import references
from ionto.words.records import SessionFact, SideEffectFact
from ionto.words.terms import Effect, Site
from ionto_web.care import actions
from ionto_web.care.hunt import STEPS, found, next_step, not_known
from ionto_web.care.models import Person, PrescriptionRecord

from .test_german import english_in, read

# The known causes (facts 3.10), and the answer that speaks for none.
FINE = {step.key: "no" if step.fault == "yes" else "yes" for step in STEPS}


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
    assert next_step({}) == STEPS[0]
    assert next_step(FINE) is None
    assert (found(FINE), not_known(FINE)) == ([], [])
    for step in STEPS:
        assert found(FINE | {step.key: step.fault}) == [step]
        assert not_known(FINE | {step.key: "unknown"}) == [step]


def test_a_page_asks_one_question_and_the_next_one_after_the_answer(page: str, as_alice: Client) -> None:
    said: dict[str, str] = {}
    for number, step in enumerate(STEPS, 1):
        text = answers(as_alice, page, said)
        assert f"Question {number} of {len(STEPS)}" in text
        assert len(re.findall('name="answer"', text)) == 3
        assert [each.key for each in STEPS if f'value="{each.key}"' in text] == [step.key]
        said = {step.key: FINE[step.key]}


def test_what_the_record_knows_is_said_beside_the_question(page: str, alice: Person, as_alice: Client) -> None:
    assert "0 sessions." in as_alice.get(page).content.decode()
    had = SessionFact(site=Site.PALMS, at=timezone.now() - timedelta(days=2), current_ma=12.0, duration_min=20.0)
    actions.keep_facts(alice, [had], by=alice.user)
    assert re.search("Your record says:</strong> 1 session\\.", as_alice.get(page).content.decode())


def test_what_was_answered_is_remembered_and_may_be_changed(page: str, as_alice: Client) -> None:
    answers(as_alice, page, {"sessions": "no", "current": "yes"})
    text = as_alice.get(page).content.decode()
    assert "Question 3 of 6" in text
    assert "What you answered" in text
    changed = as_alice.get(page + "?step=sessions").content.decode()
    assert "Question 1 of 6" in changed
    assert "Question 3 of 6" in answers(as_alice, page, {"sessions": "yes"})
    assert "Question 1 of 6" in answers(as_alice, page, {"again": "yes"})


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


@pytest.mark.parametrize("posted", [{"step": "moon", "answer": "yes"}, {"step": "water", "answer": "perhaps"}, {}])
def test_what_nobody_asked_is_refused(posted: dict[str, str], page: str, as_alice: Client) -> None:
    assert as_alice.post(page, posted).status_code == 404


def test_a_place_without_a_plan_has_no_hunt(page: str, alice: Person, as_alice: Client) -> None:
    assert as_alice.get(reverse("hunt", args=[alice.code, "soles"])).status_code == 404


def test_it_is_german_for_whoever_reads_german(page: str, alice: Person, as_alice: Client) -> None:
    actions.change_language(alice, "de", by=alice.user)
    for said in ({}, FINE | {"sessions": "no", "side": "unknown"}, FINE):
        text = answers(as_alice, page, said)
        assert "Es wirkt nicht (Hände)" in text
        assert english_in(read(text).said) == []


def test_the_progress_leads_to_it(page: str, alice: Person, as_alice: Client) -> None:
    assert f'href="{page}"' in as_alice.get(reverse("progress", args=[alice.code])).content.decode()
