"""The consultation's form and what becomes of the answers."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from ionto.words.terms import Decision, Site
from ionto_web.care.course import consultation_of, intake_of
from ionto_web.care.models import ConsultationRecord, Person

from .conftest import answers, audited


def send(client: Client, person: Person, **changed: object):
    return client.post(reverse("consultation", args=[person.code]), answers(**changed))


def test_complete_answers_are_kept_and_lead_to_the_result(alice: Person, as_alice: Client) -> None:
    assert send(as_alice, alice).url == reverse("result", args=[alice.code])
    consultation = consultation_of(alice)
    assert consultation is not None
    assert consultation.sites[Site.PALMS].decision is Decision.SUITABLE
    assert consultation.still_to_ask == ()
    assert audited("consultation_answered")


def test_the_answers_become_the_intake_word_for_word(alice: Person, as_alice: Client) -> None:
    send(
        as_alice,
        alice,
        history_none=None,
        history=["metal_implant", "epilepsy"],
        **{"where-metal_implant": ["left_forearm", "right_knee"]},
        **{"tried-0-treatment": "aluminium_chloride", "tried-0-outcome": "no_change", "tried-0-weeks": "6"},
        medicines="sertraline\n\n salbutamol ",
    )
    kept = json.loads(ConsultationRecord.objects.get().intake)
    assert kept["history"] == [
        {"condition": "metal_implant", "where": "left_forearm"},
        {"condition": "metal_implant", "where": "right_knee"},
        {"condition": "epilepsy", "where": None},
    ]
    assert kept["medicines"] == ["sertraline", "salbutamol"]
    assert kept["tried"][0]["treatment"] == "aluminium_chloride"
    assert kept["tried"][0]["weeks"] == 6
    assert kept["sites"][0]["duration_months"] == 120


def test_years_with_a_comma_are_not_ten_times_as_many(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, **{"palms-duration_years": "2,5", "palms-sweat_mg_per_min": "52,3"})
    kept = json.loads(ConsultationRecord.objects.get().intake)["sites"][0]
    assert (kept["duration_months"], kept["sweat_mg_per_min"]) == (30, 52.3)


def test_a_history_that_nobody_answered_is_unknown_and_not_empty(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, history_none=None, symptoms_none=None)
    intake, consultation = intake_of(alice), consultation_of(alice)
    assert intake is not None
    assert consultation is not None
    assert intake.history is None
    assert intake.symptoms is None
    assert consultation.sites[Site.PALMS].decision is not Decision.SUITABLE
    assert {"history", "symptoms"} <= {question.path for question in consultation.still_to_ask}


def test_i_do_not_know_is_unknown(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, **{"palms-stops_in_sleep": ""})
    intake = intake_of(alice)
    assert intake is not None
    assert intake.sites[0].stops_in_sleep is None


def test_one_side_only_is_told_on(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, **{"palms-sides": "left"})
    intake = intake_of(alice)
    assert intake is not None
    assert (intake.sites[0].side, intake.sites[0].bilateral) == ("left", False)


def test_none_of_these_together_with_something_is_asked_again(alice: Person, as_alice: Client) -> None:
    answer = send(as_alice, alice, history=["diabetes"])
    assert answer.status_code == 422
    assert "Which one is right?" in answer.content.decode()
    assert not ConsultationRecord.objects.exists()


def test_a_condition_whose_place_matters_asks_where(alice: Person, as_alice: Client) -> None:
    answer = send(as_alice, alice, history=["open_wound"], history_none=None)
    assert answer.status_code == 422
    assert "Please tell us where: an open wound or burn." in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("birth_year", "1898"),
        ("birth_year", "nineteen"),
        ("birth_year", "2099"),
        ("palms-onset_age_years", "13,5"),
        ("palms-sweat_mg_per_min", "-3"),
        ("palms-onset_age_years", "x"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_typed_is_lost(
    field: str, typed: str, alice: Person, as_alice: Client
) -> None:
    page = send(as_alice, alice, **{field: typed, "medicines": "sertraline", "history_none": "on"})
    text = page.content.decode()
    assert page.status_code == 422
    assert f'href="#field-{field}"' in text
    assert f'value="{typed}"' in text
    assert "sertraline</textarea>" in text
    assert 'name="history_none" id="id_history_none" checked' in text.replace(' aria-invalid="true"', "")
    assert not ConsultationRecord.objects.exists()


def test_no_place_ticked_is_asked_again(alice: Person, as_alice: Client) -> None:
    page = send(as_alice, alice, sites=[])
    assert "Please tick at least one place." in page.content.decode()


def test_who_comes_back_finds_the_answers_filled_in(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, medicines="sertraline", symptoms=["tremor"], symptoms_none=None)
    text = as_alice.get(reverse("consultation", args=[alice.code])).content.decode()
    assert 'value="1998"' in text
    assert "sertraline</textarea>" in text
    assert 'value="tremor" id="id_symptoms_7" checked' in text


def test_every_question_says_why_it_is_asked(alice: Person, as_alice: Client) -> None:
    form = as_alice.get(reverse("consultation", args=[alice.code])).context["form"]
    asked = [field for field in form if not field.html_name.startswith(("tried-", "where-", "history", "symptoms"))]
    assert len(asked) > 25
    assert [field.html_name for field in asked if not field.help_text] == []
