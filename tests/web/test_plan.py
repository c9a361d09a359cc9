"""The plan on its calendar."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ionto.prescribe import Claim, Plan
from ionto.words.reading import read_json, to_json
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.models import Person, PrescriptionRecord
from ionto_web.care.plain import EXPECTED

from .conftest import INTAKE, answers, intake


def page(client: Client, person: Person, **query: str):
    return client.get(reverse("plan", args=[person.code]), query)


def test_without_a_plan_the_page_says_what_to_do(alice: Person, as_alice: Client) -> None:
    assert "There is no plan yet" in page(as_alice, alice).content.decode()


@pytest.mark.parametrize("name", ["plan", "prepare", "progress"])
def test_without_a_plan_the_button_leads_to_the_step_that_comes_next(
    name: str, alice: Person, as_alice: Client
) -> None:
    questions, result = (
        f'class="btn btn-go" href="{reverse(step, args=[alice.code])}"' for step in ("consultation", "result")
    )
    text = as_alice.get(reverse(name, args=[alice.code])).content.decode()
    assert questions in text
    assert result not in text
    as_alice.post(reverse("consultation", args=[alice.code]), answers(history=["pacemaker"]))
    text = as_alice.get(reverse(name, args=[alice.code])).content.decode()
    assert result in text
    assert questions not in text


def test_the_months_hold_every_planned_session(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    planned = {session.on for session in read_json(Plan, prescription.plan).sessions}
    shown = set()
    for month in {f"{on:%Y-%m}" for on in planned}:
        weeks = page(as_alice, alice, month=month).context["weeks"]
        assert [day.on.weekday() for day in weeks[0]] == list(range(7))
        shown |= {day.on for week in weeks for day in week if day.planned}
    assert shown == planned


def test_the_next_session_is_marked_on_its_day(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    weeks = page(as_alice, alice).context["weeks"]
    assert [day.on for week in weeks for day in week if day.recommended] == [alice.today]


def test_the_limits_say_who_set_them_and_which_one_decides(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    text = page(as_alice, alice).content.decode()
    assert "Never above</dt><dd>20 mA" in text
    assert text.count("decides") >= 1
    assert "0.2 mA/cm² was tolerated for 30 minutes" in text


def test_what_to_expect_comes_with_its_sources(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    text = page(as_alice, alice).content.decode()
    assert "Most people notice nothing until after the 4th session" in text
    assert "<strong>GUL26</strong>" in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_to_expect_is_folded_by_subject_with_the_first_open(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord, language: str
) -> None:
    alice.language = language
    alice.save()
    text = page(as_alice, alice).content.decode()
    with translation.override(language):
        subjects = [str(words) for about, words in EXPECTED.items() if about not in {"underarms", "side_effect"}]
    folds = re.findall(r'<details class="more expected"( open)?><summary>([^<]+)</summary>', text)
    assert [said for _, said in folds if ":" not in said] == subjects
    assert [is_open for is_open, _ in folds] == [" open"] + [""] * len(subjects)
    assert text.count('<div class="claim">') == len(read_json(Plan, prescription.plan).expect)


def test_a_claim_of_an_older_plan_comes_last(alice: Person, as_alice: Client, prescription: PrescriptionRecord) -> None:
    older = Claim(claim="Nobody says this any more.", sources=())
    plan = read_json(Plan, prescription.plan)
    prescription.plan = to_json(replace(plan, expect=(older, *plan.expect)))
    prescription.save()
    last = page(as_alice, alice).content.decode().split('<details class="more expected">')[-1]
    assert last.startswith("<summary>What else to know</summary>")
    assert "Nobody says this any more." in last


def test_what_holds_for_both_places_of_two_plans_is_said_once(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    places = [{**INTAKE["sites"][0], "site": site} for site in ("palms", "soles")]  # type: ignore[index]
    actions.keep_answers(alice, intake(sites=places), by=alice.user)
    actions.prescribe_for(alice, Site.SOLES, by=alice.user, starts_on=alice.today)
    text = page(as_alice, alice).content.decode()
    assert text.count("until after the 4th session") == text.count("<p>Most people notice nothing until") == 1
    assert re.search(r"<strong>Hands:</strong> You lay each hand", text)
    assert re.search(r"<strong>Feet:</strong> You put each foot", text)


def test_the_plan_leads_its_own_person_to_what_follows_when_a_date_moves(
    alice: Person, as_alice: Client, as_bob: Client, prescription: PrescriptionRecord
) -> None:
    link = f'href="{reverse("reach", args=[alice.code])}"'
    assert link in page(as_alice, alice).content.decode()
    assert link not in page(as_bob, alice).content.decode()


def test_a_month_that_is_none_is_not_found(alice: Person, as_alice: Client) -> None:
    for month in ("2026-13", "0000-01", "now"):
        assert page(as_alice, alice, month=month).status_code == 404


def test_the_ends_of_the_calendar_do_not_break_the_page(alice: Person, as_alice: Client) -> None:
    for month in ("0001-01", "9999-12"):
        assert page(as_alice, alice, month=month).status_code in {200, 404}


def test_the_calendar_file_holds_an_event_for_each_session(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    answer = as_alice.get(reverse("plan_file", args=[alice.code, "palms"]))
    assert answer["Content-Type"].startswith("text/calendar")
    assert answer.content.count(b"BEGIN:VEVENT") == len(read_json(Plan, prescription.plan).sessions)
    assert b"SUMMARY:Iontophoresis\\, hands\\, session 1" in answer.content
    assert as_alice.get(reverse("plan_file", args=[alice.code, "soles"])).status_code == 404
