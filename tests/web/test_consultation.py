"""The consultation's form and what becomes of the answers."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from ionto.consult.questionnaire import questionnaire
from ionto.words.terms import AdditiveCaution, Circumstance, Decision, Site
from ionto_web.care.course import consultation_of, intake_of, latest_consultation_id
from ionto_web.care.models import ConsultationDraft, ConsultationRecord, Person

from .conftest import answers, audited


def send(client: Client, person: Person, **changed: object):
    return client.post(reverse("consultation", args=[person.code]), answers(**after(person), **changed))


def save(client: Client, person: Person, given: dict[str, object]) -> str:
    sent = {**after(person), **given}
    return client.post(reverse("consultation_draft", args=[person.code]), sent).content.decode()


def after(person: Person) -> dict[str, object]:
    """What a page that is opened now sends along."""
    return {"after": str(latest_consultation_id(person))}


def opened(client: Client, person: Person) -> str:
    return client.get(reverse("consultation", args=[person.code])).content.decode()


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
        history=["metal_implant", "epilepsy"],
        **{"where.metal_implant": ["left_forearm", "right_knee"]},
        more=["medicines", "tried"],
        tried=["aluminium_chloride"],
        **{"tried.aluminium_chloride.outcome": "no_change", "tried.aluminium_chloride.weeks": "6"},
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
    send(as_alice, alice, more=["weighed"], **{"palms.duration_years": "2,5", "palms.sweat_mg_per_min": "52,3"})
    kept = json.loads(ConsultationRecord.objects.get().intake)["sites"][0]
    assert (kept["duration_months"], kept["sweat_mg_per_min"]) == (30, 52.3)


def test_a_history_that_nobody_answered_is_unknown_and_not_empty(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, history=None, symptoms=None)
    intake, consultation = intake_of(alice), consultation_of(alice)
    assert intake is not None
    assert consultation is not None
    assert intake.history is None
    assert intake.symptoms is None
    assert consultation.sites[Site.PALMS].decision is not Decision.SUITABLE
    assert {"history", "symptoms"} <= {question.path for question in consultation.still_to_ask}


def test_i_do_not_know_is_unknown(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, **{"palms.stops_in_sleep": ""})
    intake = intake_of(alice)
    assert intake is not None
    assert intake.sites[0].stops_in_sleep is None


def test_one_side_only_is_told_on(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, **{"palms.bilateral": "no", "palms.side": "left"})
    intake = intake_of(alice)
    assert intake is not None
    assert (intake.sites[0].side, intake.sites[0].bilateral) == ("left", False)


def test_none_of_these_together_with_something_is_asked_again(alice: Person, as_alice: Client) -> None:
    answer = send(as_alice, alice, history=["none", "diabetes"])
    assert answer.status_code == 422
    assert "which one is right?" in answer.content.decode()
    assert not ConsultationRecord.objects.exists()


def test_a_condition_whose_place_matters_asks_where(alice: Person, as_alice: Client) -> None:
    answer = send(as_alice, alice, history=["open_wound"])
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"where.open_wound": ["Please answer this question."]}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("birth_year", "1898"),
        ("birth_year", "nineteen"),
        ("birth_year", "2099"),
        ("palms.onset_age_years", "13,5"),
        ("palms.sweat_mg_per_min", "-3"),
        ("palms.onset_age_years", "x"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_typed_is_lost(
    field: str, typed: str, alice: Person, as_alice: Client
) -> None:
    page = send(as_alice, alice, more=["medicines", "weighed"], medicines="sertraline", **{field: typed})
    text = page.content.decode()
    assert page.status_code == 422
    assert f'href="#field-{field}"' in text
    assert f'value="{typed}"' in text
    assert "sertraline</textarea>" in text
    assert page.context["form"]["history"].value() == ["none"]
    assert not ConsultationRecord.objects.exists()


def test_no_place_ticked_is_asked_again(alice: Person, as_alice: Client) -> None:
    page = send(as_alice, alice, sites=[])
    assert page.context["form"].errors == {"sites": ["Please answer this question."]}


def test_who_comes_back_finds_the_answers_filled_in(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, more=["medicines"], medicines="sertraline", symptoms=["tremor"])
    text = opened(as_alice, alice)
    assert 'value="1998"' in text
    assert "sertraline</textarea>" in text
    assert 'value="tremor" id="id_symptoms_7" checked' in text


def test_every_question_says_why_it_is_asked(alice: Person, as_alice: Client) -> None:
    form = as_alice.get(reverse("consultation", args=[alice.code])).context["form"]
    assert set(form.fields) == {key for key, item in questionnaire().by_link_id.items() if item.kind != "group"}
    assert [field.html_name for field in form if not field.help_text] == []


def test_a_question_that_is_not_asked_is_not_heard_and_not_wrong(alice: Person, as_alice: Client) -> None:
    not_asked = {"soles.hdss": "4", "soles.onset_age_years": "x", "palms.side": "left", "medicines": "sertraline"}
    assert send(as_alice, alice, **not_asked).status_code == 302
    intake = intake_of(alice)
    assert intake is not None
    assert [place.site for place in intake.sites] == [Site.PALMS]
    assert (intake.sites[0].side, intake.medicines) == (None, ())


def test_a_man_is_not_asked_about_pregnancy_and_a_woman_must_answer(alice: Person, as_alice: Client) -> None:
    left_open = send(as_alice, alice, pregnancy=None)
    assert left_open.context["form"].errors.keys() == {"pregnancy"}
    assert send(as_alice, alice, pregnancy=None, sex="male").status_code == 302


def test_the_page_knows_when_a_question_is_asked(alice: Person, as_alice: Client) -> None:
    parts = as_alice.get(reverse("consultation", args=[alice.code])).context["form"].parts()
    (hands,) = (part for part in parts if part.item.link_id == "palms")
    when = {part.item.link_id: part.when for part in hands.parts} | {"palms": hands.when}
    assert json.loads(when["palms"])["conditions"] == [{"question": "sites", "operator": "=", "answer": "palms"}]
    assert json.loads(when["palms.side"])["conditions"][0]["answer"] == "no"
    daily = json.loads(when["palms.impairs_daily_life"])
    assert daily["combined"] == "any"
    assert daily["conditions"][1] == {"question": "palms.hdss", "operator": "exists", "answer": False}
    assert when["palms.hdss"] == ""


def test_answers_are_saved_as_they_are_given(alice: Person, as_alice: Client) -> None:
    first = {"birth_year": "1998", "sites": ["palms", "soles"], "soles.duration_years": "2,5", "soles.bilateral": "no"}
    assert ">Saved<" in save(as_alice, alice, first)
    page = as_alice.get(reverse("consultation", args=[alice.code]))
    assert ">Saved<" in page.content.decode()
    given = page.context["form"].initial
    assert given == {
        "birth_year": 1998,
        "sites": ["palms", "soles"],
        "soles.duration_years": 2.5,
        "soles.bilateral": "no",
    }
    assert 'value="2.5"' in page.content.decode()
    assert not ConsultationRecord.objects.exists()


def test_a_draft_goes_before_the_answers_of_the_last_time_and_ends_with_the_next(
    alice: Person, as_alice: Client
) -> None:
    send(as_alice, alice)
    save(as_alice, alice, answers(birth_year="1999"))
    assert 'value="1999"' in opened(as_alice, alice)
    send(as_alice, alice, birth_year="2000")
    assert not ConsultationDraft.objects.exists()
    assert 'value="2000"' in opened(as_alice, alice)
    assert 'value="10"' in opened(as_alice, alice)


def test_a_draft_says_what_it_cannot_save(alice: Person, as_alice: Client) -> None:
    said = save(as_alice, alice, {"birth_year": "nineteen", "sites": ["palms"], "history": ["none", "diabetes"]})
    assert "Saved, except “In which year were you born?”, “Do you have any of these?”." in said
    assert 'value="palms" id="id_sites_0" checked' in opened(as_alice, alice)


def test_a_wrong_answer_keeps_the_right_ones_as_a_draft(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, **{"palms.onset_age_years": "x"})
    assert 'value="1998"' in opened(as_alice, alice)


def test_a_draft_of_other_questions_is_left_aside(alice: Person, as_alice: Client) -> None:
    save(as_alice, alice, {"birth_year": "1998"})
    draft = ConsultationDraft.objects.get()
    draft.response = draft.response.replace('"birth_year"', '"year_of_birth"')
    draft.save()
    assert 'value="1998"' not in opened(as_alice, alice)


def test_who_writes_on_a_draft_is_audited_once(alice: Person, as_alice: Client, as_bob: Client) -> None:
    for client in (as_alice, as_alice, as_bob, as_bob):
        save(client, alice, {"birth_year": "1998"})
    assert [record.by.username for record in audited("draft_begun")] == ["alice@example.org"]
    assert [record.by.username for record in audited("draft_continued")] == ["bob@example.org"]


def test_charlie_does_not_write_on_alices_draft(alice: Person, as_alice: Client, as_charlie: Client) -> None:
    save(as_alice, alice, {"birth_year": "1998"})
    answer = as_charlie.post(reverse("consultation_draft", args=[alice.code]), {"birth_year": "1950"})
    assert answer.status_code == 404
    assert "1998" in ConsultationDraft.objects.get().response


def test_the_face_is_answered_for_as_well(alice: Person, as_alice: Client) -> None:
    send(as_alice, alice, sites=["face"], **{"face.hdss": "3"})
    assert as_alice.get(reverse("result", args=[alice.code])).status_code == 200


def test_a_draft_that_arrives_after_the_answers_brings_nothing_back(alice: Person, as_alice: Client) -> None:
    page = opened(as_alice, alice)
    assert 'name="after" value="0"' in page
    send(as_alice, alice)
    said = save(as_alice, alice, {"birth_year": "1950", "after": "0"})
    assert "Not saved: these questions were answered meanwhile." in said
    assert not ConsultationDraft.objects.exists()
    assert not audited("draft_begun")
    assert 'value="1998"' in opened(as_alice, alice)
    assert ">Saved<" in save(as_alice, alice, {"birth_year": "1950"})


def test_the_web_asks_for_circumstances_cautions_scores_and_weights(alice: Person, as_alice: Client) -> None:
    more = ["weighed", "scores", "additive", "circumstances"]
    given = {"palms.collected_mg": "260", "palms.window_min": "5", "dlqi_score": "14", "palms.rating_score": "8"}
    send(as_alice, alice, more=more, additive_cautions=["glaucoma"], circumstances=["nail_polish"], **given)
    kept = intake_of(alice)
    assert kept is not None
    assert kept.circumstances == (Circumstance.ANTICHOLINERGIC_ADDITIVE, Circumstance.NAIL_POLISH)
    assert kept.additive_cautions == (AdditiveCaution.GLAUCOMA,)
    assert kept.dlqi_score == 14
    assert kept.sites[0].rating_score == 8
    assert kept.sites[0].weighed_mg_per_min == 52.0
    page = as_alice.get(reverse("result", args=[alice.code])).content.decode()
    assert "The treatment does not suit you with this medicine in the water, because of glaucoma." in page
    assert "You wear nail polish" in page
    assert "260 mg in 5 min is 52 mg/min" in page
    assert 'value="glaucoma" id="id_additive_cautions_0" checked' in opened(as_alice, alice)


def test_a_score_for_another_age_is_said_in_a_sentence(alice: Person, as_alice: Client) -> None:
    page = send(as_alice, alice, more=["scores"], cdlqi_score="14")
    assert page.context["form"].errors == {"cdlqi_score": ["The children's form is for those under 17."]}
    page = send(as_alice, alice, more=["scores"], dlqi_score="14", birth_year=str(alice.today.year - 12))
    assert page.context["form"].errors.keys() == {"dlqi_score"}
    much = {"palms.collected_mg": "90000", "palms.window_min": "1"}
    page = send(as_alice, alice, more=["weighed"], **much)
    assert page.context["form"].errors.keys() == {"palms.collected_mg"}
