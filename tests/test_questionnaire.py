"""The questionnaire: official FHIR R4, short, asked only where it matters, and read back without losing anything."""

from __future__ import annotations

import copy
import dataclasses
import gzip
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.consult import Intake, Patient, SiteIntake, consult
from ionto.consult.options import treatments
from ionto.consult.questionnaire import (
    Answers,
    answers_of,
    enabled,
    intake_from,
    intake_of,
    link_id_of,
    questionnaire,
    response_from,
    response_of,
    unanswered,
)
from ionto.consult.questionnaire.definition import questionnaire_of
from ionto.words.german import in_german
from ionto.words.reading import DocumentError, read_json
from ionto.words.terms import AdditiveCaution, BodyPart, Circumstance, Condition, Sex, Site, Symptom

ROOT = Path(__file__).parents[1]
SCHEMA = Path(__file__).parent / "data" / "fhir"
TODAY = date(2026, 11, 23)
DEFINITION = dict(questionnaire().document)
# A woman with sweaty palms and nothing in her history, who answers everything.
TYPICAL: Answers = {
    "birth_year": (1998,),
    "sex": ("female",),
    "sites": ("palms",),
    "palms.hdss": ("4",),
    "palms.bilateral": (True,),
    "palms.stops_in_sleep": (True,),
    "palms.onset_age_years": (14,),
    "palms.duration_years": (12.5,),
    "palms.episodes_per_week": (7,),
    "family_history": (True,),
    "generalised": (False,),
    "symptoms": ("none",),
    "history": ("none",),
    "pregnancy": ("none",),
    "more": ("none",),
}


def questions(answers: Answers) -> list[str]:
    asked = questionnaire()
    return [link_id for link_id in enabled(asked, answers) if asked.by_link_id[link_id].kind != "group"]


def response(answers: Answers) -> dict[str, Any]:
    return response_of(questionnaire(), answers, authored_on=TODAY)


def refused(answers: Answers) -> dict[str, str]:
    """The faults of answers that must be refused, by link id."""
    with pytest.raises(DocumentError) as error:
        intake_of(answers, TODAY)
    return {fault.path: fault.sentence for fault in error.value.faults}


# The standard.


@cache
def official(resource: str) -> Any:
    """The official R4 schema of one resource."""
    manifest = tomllib.loads((SCHEMA / "manifest.toml").read_text("utf-8"))
    schema = json.loads(gzip.decompress((SCHEMA / manifest["file"]).read_bytes()))
    return jsonschema_rs.validator_for(
        {"$schema": schema["$schema"], "definitions": schema["definitions"], "$ref": f"#/definitions/{resource}"}
    )


def test_the_schema_is_the_official_one_that_the_manifest_names() -> None:
    manifest = tomllib.loads((SCHEMA / "manifest.toml").read_text("utf-8"))
    raw = gzip.decompress((SCHEMA / manifest["file"]).read_bytes())
    assert hashlib.sha256(raw).hexdigest() == manifest["sha256"]


def test_the_questionnaire_is_a_valid_r4_questionnaire() -> None:
    assert [error.message for error in official("Questionnaire").iter_errors(DEFINITION)] == []


def first(document: dict[str, Any], link_id: str) -> dict[str, Any]:
    """The item with this linkId, to be spoiled."""
    return next(item for item in items_of(document) if item["linkId"] == link_id)


def items_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document.get("item", ()):
        yield item
        yield from items_of(item)


SPOILED_FOR_THE_SCHEMA: dict[str, Callable[[dict[str, Any]], object]] = {
    "a status that does not exist": lambda q: q.update(status="ready"),
    "a type that does not exist": lambda q: first(q, "sex").update(type="radio"),
    "an unknown element": lambda q: first(q, "sex").update(why="…"),
    "yes for true": lambda q: first(q, "sites").update(repeats="yes"),
    "an operator that does not exist": lambda q: first(q, "palms")["enableWhen"][0].update(operator="is"),
    "a condition without an answer's name": lambda q: first(q, "palms")["enableWhen"][0].update(answer="palms"),
    "a behaviour that does not exist": lambda q: first(q, "fertility").update(enableBehavior="either"),
    "an impossible date": lambda q: q.update(date="2026-13-01"),
}


@pytest.mark.parametrize("fault", SPOILED_FOR_THE_SCHEMA)
def test_the_schema_refuses_a_spoiled_questionnaire(fault: str) -> None:
    spoiled = copy.deepcopy(DEFINITION)
    SPOILED_FOR_THE_SCHEMA[fault](spoiled)
    assert not official("Questionnaire").is_valid(spoiled)


def is_whole(document: dict[str, Any]) -> bool:
    """Whether what R4 requires is there: its schema requires no element that is a primitive value."""
    conditions = [condition for item in items_of(document) for condition in item.get("enableWhen", ())]
    return (
        "status" in document
        and all({"linkId", "type"} <= set(item) for item in items_of(document))
        and all({"question", "operator"} <= set(condition) for condition in conditions)
    )


# The rules of R4 for one item, which its schema does not say. Each tells whether the item breaks it.
RULES_OF_AN_ITEM: dict[str, Callable[[dict[str, Any]], bool]] = {
    "que-1": lambda item: (
        item["type"] in ("group", "display") and (item["type"] == "group") is not bool(item.get("item"))
    ),
    "que-4": lambda item: "answerOption" in item and "answerValueSet" in item,
    "que-5": lambda item: ("answerOption" in item or "answerValueSet" in item) is not (item["type"] == "choice"),
    "que-6": lambda item: item["type"] == "display" and ("required" in item or "repeats" in item),
    "que-7": lambda item: any(
        condition["operator"] == "exists" and "answerBoolean" not in condition
        for condition in item.get("enableWhen", ())
    ),
    "que-10": lambda item: "maxLength" in item and item["type"] not in ("string", "text"),
    "que-12": lambda item: len(item.get("enableWhen", ())) > 1 and "enableBehavior" not in item,
}


def broken_rules(document: dict[str, Any]) -> set[str]:
    """The rules that a questionnaire breaks: of R4, and ours, that conditions name choices of earlier questions."""
    broken = {rule for rule, breaks in RULES_OF_AN_ITEM.items() for item in items_of(document) if breaks(item)}
    lists = {f"#{kept['id']}": kept["expansion"]["contains"] for kept in document["contained"]}
    choices: dict[str, set[tuple[str, str]]] = {}
    for item in items_of(document):
        for condition in item.get("enableWhen", ()):
            coding = condition.get("answerCoding")
            if condition["question"] not in choices:
                broken.add("condition on no earlier question")
            elif coding and (coding["system"], coding["code"]) not in choices[condition["question"]]:
                broken.add("condition on no choice")
        if item["linkId"] in choices:
            broken.add("que-2")
        codings = [each["valueCoding"] for each in item.get("answerOption", ())] or lists.get(
            item.get("answerValueSet"), ()
        )
        choices[item["linkId"]] = {(each["system"], each["code"]) for each in codings}
    return broken


SPOILED_FOR_THE_RULES: dict[str, Callable[[dict[str, Any]], object]] = {
    "que-1": lambda q: first(q, "weighed").update(item=[]),
    "que-2": lambda q: first(q, "sex").update(linkId="birth_year"),
    "que-4": lambda q: first(q, "where.cancer").update(answerOption=[]),
    "que-5": lambda q: first(q, "sex").pop("answerOption"),
    "que-6": lambda q: first(q, "sex.why").update(required=True),
    "que-7": lambda q: (
        first(q, "pregnancy")["enableWhen"][0].update(answerString="yes")
        or first(q, "pregnancy")["enableWhen"][0].pop("answerBoolean")
    ),
    "que-10": lambda q: first(q, "sex").update(maxLength=5),
    "que-12": lambda q: first(q, "fertility").pop("enableBehavior"),
    "condition on no earlier question": lambda q: first(q, "palms")["enableWhen"][0].update(question="medicines"),
    "condition on no choice": lambda q: first(q, "palms")["enableWhen"][0]["answerCoding"].update(code="hands"),
}


def test_the_questionnaire_breaks_no_rule_of_the_standard() -> None:
    assert is_whole(DEFINITION)
    assert broken_rules(DEFINITION) == set()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda q: q.pop("status"),
        lambda q: first(q, "sex").pop("type"),
        lambda q: first(q, "sex").pop("linkId"),
        lambda q: first(q, "palms")["enableWhen"][0].pop("operator"),
    ],
)
def test_a_missing_element_is_seen(spoil: Callable[[dict[str, Any]], object]) -> None:
    spoiled = copy.deepcopy(DEFINITION)
    spoil(spoiled)
    assert not is_whole(spoiled)


@pytest.mark.parametrize("rule", SPOILED_FOR_THE_RULES)
def test_a_broken_rule_is_seen(rule: str) -> None:
    spoiled = copy.deepcopy(DEFINITION)
    SPOILED_FOR_THE_RULES[rule](spoiled)
    assert rule in broken_rules(spoiled)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda q: first(q, "palms")["enableWhen"][0].update(question="medicines"),
        lambda q: first(q, "sex").update(linkId="birth_year"),
        lambda q: first(q, "palms")["enableWhen"][0].update(operator=">"),
        lambda q: first(q, "medicines").update(type="url"),
    ],
    ids=["a condition on a later question", "a doubled linkId", "an operator we do not know", "a type we do not know"],
)
def test_the_house_refuses_a_definition_that_it_would_misread(spoil: Callable[[dict[str, Any]], object]) -> None:
    spoiled = copy.deepcopy(DEFINITION)
    spoil(spoiled)
    with pytest.raises(ValueError, match=r"enableWhen|linkId|not understood"):
        questionnaire_of(spoiled)


# What is asked.


def codes(link_id: str) -> set[str]:
    return {choice.code for choice in questionnaire().by_link_id[link_id].choices}


def test_every_condition_sign_place_and_treatment_of_the_rules_can_be_answered() -> None:
    assert codes("history") | codes("pregnancy") == {*Condition, "none"}
    assert not codes("history") & codes("pregnancy") - {"none"}
    assert codes("symptoms") == {*Symptom, "none"}
    assert codes("circumstances") == {*Circumstance, "none"} - {Circumstance.ANTICHOLINERGIC_ADDITIVE}
    assert codes("additive_cautions") == {*AdditiveCaution, "none"}
    assert codes("sites") == set(Site)
    assert codes("sex") == set(Sex)
    assert codes("tried") == {"other", *(one.asked_as or name for name, one in treatments().treatment.items())}
    placed = {link_id.removeprefix("where.") for link_id in questionnaire().by_link_id if link_id.startswith("where.")}
    assert placed == {condition for condition in Condition if condition.needs_where}
    assert all(codes(f"where.{condition}") == set(BodyPart) for condition in placed)


def test_what_a_treatment_came_to_is_understood_by_the_order_of_the_treatments() -> None:
    known = {*treatments().failed_outcomes, *treatments().not_tolerated_outcomes, "better", "stopped"}
    outcomes = [codes(link_id) for link_id in questionnaire().by_link_id if link_id.endswith(".outcome")]
    assert outcomes
    assert all(found <= known for found in outcomes)


def test_every_question_says_why_it_is_asked() -> None:
    asked = [item for item in questionnaire().by_link_id.values() if item.kind != "group"]
    assert [item.link_id for item in asked if len(item.why) < 10] == []


@pytest.mark.parametrize("translated", [str, in_german])
def test_no_two_questions_of_the_person_have_the_same_words(translated: Callable[[str], str]) -> None:
    """A list of answers to look at again names each by its question; those on a place or a treatment come in groups."""
    items = [item for item in questionnaire().by_link_id.values() if item.kind != "group"]
    asked = Counter(translated(item.text) for item in items if "." not in item.link_id)
    assert len(asked) > 10
    assert [words for words, count in asked.items() if count > 1] == []


def test_each_place_is_asked_about_alike() -> None:
    def shape(site: str) -> list[tuple[Any, ...]]:
        group = questionnaire().by_link_id[site]
        return [
            (item.link_id.removeprefix(site), item.kind, item.why, item.choices, item.least, item.most, item.unit)
            for item in group.items
        ]

    assert shape("palms") == shape("soles") == shape("axillae") == shape("face")


def test_the_answers_on_severity_carry_their_score() -> None:
    choices = questionnaire().by_link_id["palms.hdss"].choices
    assert [choice.score for choice in choices] == [1, 2, 3, 4]
    assert intake_of({**TYPICAL, "palms.hdss": ("3",)}, TODAY).sites[0].hdss == 3


def test_a_typical_person_answers_at_most_fifteen_questions() -> None:
    assert questions(TYPICAL) == list(TYPICAL)
    assert len(questions(TYPICAL)) == 15
    assert intake_of(TYPICAL, TODAY).sites[0].duration_months == 150


def test_a_man_is_not_asked_about_pregnancy() -> None:
    assert "pregnancy" not in questions({**TYPICAL, "sex": ("male",)})


@pytest.mark.parametrize("sex", [("female",), ("other",), ()])
def test_whoever_is_not_a_man_is_asked_about_pregnancy_once_the_health_list_is_answered(sex: tuple[str, ...]) -> None:
    assert "pregnancy" in questions({**TYPICAL, "sex": sex})
    assert "pregnancy" not in questions({**TYPICAL, "sex": sex, "history": ()})


@pytest.mark.parametrize("condition", [condition for condition in Condition if condition.needs_where])
def test_a_condition_whose_place_matters_is_followed_by_the_question_where(condition: Condition) -> None:
    answers = {**TYPICAL, "history": (condition.value,)}
    assert f"where.{condition}" in questions(answers)
    assert f"where.{condition}" not in questions(TYPICAL)
    assert refused(answers) == {f"where.{condition}": "please answer this question"}


def test_only_the_places_that_sweat_are_asked_about() -> None:
    both = questions({**TYPICAL, "sites": ("palms", "axillae")})
    assert "axillae.hdss" in both
    assert "soles.hdss" not in both


def test_the_side_is_asked_only_if_one_side_sweats() -> None:
    assert "palms.side" in questions({**TYPICAL, "palms.bilateral": (False,)})
    assert "palms.side" not in questions({**TYPICAL, "palms.bilateral": ()})


def test_daily_life_is_asked_only_where_the_severity_does_not_say_it() -> None:
    for hdss, is_asked in ((("1",), True), ((), True), (("2",), False), (("4",), False)):
        assert ("palms.impairs_daily_life" in questions({**TYPICAL, "palms.hdss": hdss})) is is_asked
    assert intake_of(TYPICAL, TODAY).sites[0].impairs_daily_life is True
    assert intake_of({**TYPICAL, "palms.hdss": ("1",)}, TODAY).sites[0].impairs_daily_life is None


def test_what_stands_in_a_group_that_is_not_asked_is_not_asked_either() -> None:
    weighed = {**TYPICAL, "more": ("weighed",)}
    assert "palms.sweat_mg_per_min" in questions(weighed)
    assert "soles.sweat_mg_per_min" not in questions(weighed)
    assert "palms.sweat_mg_per_min" not in questions(TYPICAL)


def test_the_answer_to_a_question_that_is_not_asked_opens_no_other() -> None:
    answers = {**TYPICAL, "more": ("none",), "tried": ("aluminium_chloride",)}
    assert "tried.aluminium_chloride.weeks" in questions({**answers, "more": ("tried",)})
    assert "tried.aluminium_chloride.weeks" not in questions(answers)


def test_conditions_that_must_all_hold_do_not_hold_one_by_one() -> None:
    spoiled = copy.deepcopy(DEFINITION)
    first(spoiled, "fertility").update(enableBehavior="all")
    assert "pregnancy" not in enabled(questionnaire_of(spoiled), TYPICAL)


# What the answers become.


def test_the_answer_to_a_question_that_is_not_asked_counts_for_nothing() -> None:
    answers = {**TYPICAL, "medicines": ("sertraline",), "soles.hdss": ("4",), "pregnancy": ("pregnant",)}
    intake = intake_of({**answers, "sex": ("male",)}, TODAY)
    assert (intake.medicines, len(intake.sites), intake.history) == ((), 1, ())


def test_an_unanswered_list_is_unknown_and_none_of_these_is_none() -> None:
    left_open = intake_of({**TYPICAL, "history": (), "pregnancy": (), "symptoms": ()}, TODAY)
    answered = intake_of(TYPICAL, TODAY)
    assert (left_open.history, left_open.symptoms) == (None, None)
    assert (answered.history, answered.symptoms) == ((), ())


def test_medicines_are_unknown_until_they_are_named_or_denied() -> None:
    taken: Answers = {**TYPICAL, "more": ("medicines",)}
    assert intake_of({**TYPICAL, "more": ()}, TODAY).medicines is None
    assert intake_of(taken, TODAY).medicines is None
    assert intake_of({**taken, "medicines": ("sertraline",)}, TODAY).medicines == ("sertraline",)
    assert intake_of(TYPICAL, TODAY).medicines == ()
    assert intake_of({**TYPICAL, "more": ("tried",)}, TODAY).medicines == ()


def test_the_health_list_counts_only_together_with_the_question_about_pregnancy() -> None:
    assert refused({**TYPICAL, "pregnancy": ()}) == {"pregnancy": "please answer this question"}


def test_none_of_these_cannot_stand_together_with_a_pacemaker() -> None:
    said = refused({**TYPICAL, "history": ("pacemaker", "none")})
    assert said == {"history": "“None of these” cannot stand together with another answer; which one is right?"}


def test_at_least_one_place_must_sweat() -> None:
    assert refused({"birth_year": (1998,)}) == {"sites": "please answer this question"}


def test_a_birth_after_today_is_refused() -> None:
    assert list(refused({**TYPICAL, "birth_year": (2027,)})) == ["birth_year"]


@pytest.mark.parametrize(
    ("link_id", "values"),
    [
        ("birth_year", (1899,)),
        ("palms.duration_years", (121,)),
        ("palms.episodes_per_week", (-1,)),
        ("palms.hdss", ("5",)),
        ("palms.hdss", ("1", "2")),
        ("symptoms", ("fever", "fever")),
        ("more", ("medicines", "weighed", "none")),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_its_link_id(link_id: str, values: tuple[Any, ...]) -> None:
    assert list(refused({**TYPICAL, link_id: values})) == [link_id]


def test_every_place_of_a_condition_becomes_an_entry_of_its_own() -> None:
    answers = {**TYPICAL, "history": ("metal_implant", "epilepsy"), "where.metal_implant": ("left_hip", "spine")}
    found = intake_of(answers, TODAY).history
    assert found is not None
    assert [(item.condition, item.where) for item in found] == [
        ("metal_implant", "left_hip"),
        ("metal_implant", "spine"),
        ("epilepsy", None),
    ]


@pytest.mark.parametrize("months", [0, 5, 6, 7, 11, 13, 150, 1440])
def test_a_month_is_never_lost_on_the_way_through_years(months: int) -> None:
    intake = intake_of(TYPICAL, TODAY)
    place = replace(intake.sites[0], duration_months=months)
    assert intake_from(response_from(replace(intake, sites=(place,))), TODAY).sites[0].duration_months == months


def test_less_than_half_a_year_is_never_rounded_up_to_it() -> None:
    assert intake_of({**TYPICAL, "palms.duration_years": (0.499,)}, TODAY).sites[0].duration_months == 5


def test_whatever_is_still_to_ask_is_a_question_of_the_questionnaire() -> None:
    nothing = Intake(patient=Patient(), asked_on=TODAY, sites=(SiteIntake(site=Site.PALMS),))
    missing = consult(nothing).still_to_ask
    assert missing
    assert [question.path for question in missing if link_id_of(question.path, [Site.PALMS]) is None] == []


# Answers in and out.


SPOILED_RESPONSES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a question that is not known": (lambda r: first(r, "sex").update(linkId="gender"), "gender"),
    "a question in the wrong group": (lambda r: r["item"].append(first(r, "sex")), "sex"),
    "a question that stands twice": (lambda r: first(r, "you")["item"].append(first(r, "sex")), "sex"),
    "an answer of another type": (
        lambda r: first(r, "birth_year").update(answer=[{"valueString": "1998"}]),
        "birth_year",
    ),
    "yes as text": (lambda r: first(r, "generalised").update(answer=[{"valueString": "no"}]), "generalised"),
    "true as a number": (lambda r: first(r, "birth_year").update(answer=[{"valueInteger": True}]), "birth_year"),
    "a choice of another code system": (
        lambda r: first(r, "sex")["answer"][0]["valueCoding"].update(system="urn:else"),
        "sex",
    ),
    "a choice that does not exist": (lambda r: first(r, "more")["answer"][0]["valueCoding"].update(code="x"), "more"),
    "an answer to a group": (lambda r: first(r, "you").update(answer=[{"valueBoolean": True}]), "you"),
    "answers that are no list": (lambda r: first(r, "sex").update(answer={"valueCoding": {}}), "sex"),
    "an answer that is not asked for": (
        lambda r: first(r, "palms")["item"].append(
            {"linkId": "palms.impairs_daily_life", "answer": [{"valueBoolean": False}]}
        ),
        "palms.impairs_daily_life",
    ),
    "another questionnaire": (lambda r: r.update(questionnaire="urn:else"), "questionnaire"),
    "another resource": (lambda r: r.update(resourceType="Questionnaire"), "resourceType"),
}


@pytest.mark.parametrize("fault", SPOILED_RESPONSES)
def test_a_spoiled_response_is_refused_by_its_link_id(fault: str) -> None:
    spoil, link_id = SPOILED_RESPONSES[fault]
    spoiled = response(TYPICAL)
    spoil(spoiled)
    with pytest.raises(DocumentError) as error:
        intake_from(spoiled, TODAY)
    assert {fault.path for fault in error.value.faults} == {link_id}


SPOILED_RESPONSES_FOR_THE_SCHEMA: dict[str, Callable[[dict[str, Any]], object]] = {
    "a status that does not exist": lambda r: r.update(status="done"),
    "an unknown element in a choice": lambda r: first(r, "sex")["answer"][0]["valueCoding"].update(text="Female"),
    "a number as text": lambda r: first(r, "birth_year").update(answer=[{"valueInteger": "1998"}]),
    "an unknown element": lambda r: first(r, "sex").update(value="female"),
    "a linkId that is no text": lambda r: first(r, "sex").update(linkId=7),
}


@pytest.mark.parametrize("fault", SPOILED_RESPONSES_FOR_THE_SCHEMA)
def test_the_schema_refuses_a_spoiled_response(fault: str) -> None:
    spoiled = response(TYPICAL)
    assert official("QuestionnaireResponse").is_valid(spoiled)
    SPOILED_RESPONSES_FOR_THE_SCHEMA[fault](spoiled)
    assert not official("QuestionnaireResponse").is_valid(spoiled)


@pytest.mark.parametrize("name", ["palms", "palms-pacemaker", "palms-pregnant", "palms-fresh-cut"])
def test_the_examples_come_back_from_a_response_as_they_were(name: str) -> None:
    intake = read_json(Intake, (ROOT / "examples" / f"{name}.json").read_text("utf-8"))
    assert intake_from(response_from(intake), intake.asked_on) == intake


def test_a_question_left_open_is_kept_as_seen() -> None:
    left = {**TYPICAL, "generalised": ()}
    assert answers_of(questionnaire(), response(left))["generalised"] == ()
    assert intake_from(response(left), TODAY).generalised is None


@pytest.mark.parametrize(
    ("changes", "link_id"),
    [
        ({"patient": {"birth_year": 1998, "sex": "male"}, "history": [{"condition": "pregnant"}]}, "pregnancy"),
        ({"tried": [{"treatment": "aluminium_chloride", "outcome": "so so"}]}, "tried.aluminium_chloride.outcome"),
        (
            {"tried": [{"treatment": "botulinum_toxin"}, {"treatment": "botulinum_toxin", "site": "soles"}]},
            "tried.botulinum_toxin",
        ),
        ({"sites": [{"site": "palms", "hdss": 3, "impairs_daily_life": False}]}, "palms.impairs_daily_life"),
        ({"sites": [{"site": "palms", "side": "left", "bilateral": True}]}, "palms.side"),
    ],
    ids=["a pregnant man", "an outcome of other words", "two courses", "an HDSS that says otherwise", "a side of two"],
)
def test_an_intake_that_the_questions_would_change_is_refused(changes: dict[str, Any], link_id: str) -> None:
    base = {"patient": {}, "asked_on": "2026-11-23", "sites": [{"site": "palms"}]}
    with pytest.raises(DocumentError) as error:
        response_from(read_json(Intake, json.dumps(base | changes)))
    assert [fault.path for fault in error.value.faults] == [link_id]


def test_whatever_an_intake_holds_comes_back_from_a_response() -> None:
    """Every field of the intake is asked for: none would be lost between the form, the dialogue and the document."""
    place = {
        "site": "axillae",
        "hdss": 1,
        "onset_age_years": 14,
        "duration_months": 60,
        "bilateral": False,
        "side": "left",
        "stops_in_sleep": True,
        "episodes_per_week": 7,
        "impairs_daily_life": False,
        "rating_score": 8,
        "starch_iodine_score": 3,
        "hdsm_ax_score": 30,
        "gravimetry": {"collected_mg": 260, "window_min": 5},
    }
    whole = {
        "patient": {"birth_year": 2010, "sex": "female"},
        "asked_on": "2026-11-23",
        "sites": [place, {"site": "palms", "sweat_mg_per_min": 52.0}],
        "family_history": True,
        "generalised": False,
        "history": [{"condition": "epilepsy"}],
        "symptoms": ["tremor"],
        "medicines": ["sertraline"],
        "tried": [{"treatment": "aluminium_chloride", "site": "palms", "strength_percent": 20, "weeks": 6}],
        "circumstances": ["anticholinergic_additive", "nail_polish"],
        "additive_cautions": ["glaucoma"],
        "cdlqi_score": 12,
        "hidroqol_score": 20,
    }
    fields = {field.name for kind in (Intake, SiteIntake) for field in dataclasses.fields(kind)}
    assert fields - {*whole, *place} == {"dlqi_score", "sweat_mg_per_min"}
    intake = read_json(Intake, json.dumps(whole))
    assert intake_from(response_from(intake), intake.asked_on) == intake


def test_a_medicine_in_the_water_asks_what_speaks_against_it() -> None:
    answers: Answers = {**TYPICAL, "more": ("additive",)}
    assert "additive_cautions" in questions(answers)
    assert "additive_cautions" not in questions(TYPICAL)
    intake = intake_of(answers, TODAY)
    assert (intake.circumstances, intake.additive_cautions) == ((Circumstance.ANTICHOLINERGIC_ADDITIVE,), None)
    assert [asked.path for asked in consult(intake).still_to_ask if asked.path == "additive_cautions"]
    assert intake_of({**answers, "additive_cautions": ("none",)}, TODAY).additive_cautions == ()


def test_whoever_names_a_circumstance_says_which() -> None:
    answers: Answers = {**TYPICAL, "more": ("circumstances",)}
    assert refused(answers) == {"circumstances": "please answer this question"}
    intake = intake_of({**answers, "circumstances": ("two_devices", "nail_polish")}, TODAY)
    assert intake.circumstances == (Circumstance.TWO_DEVICES, Circumstance.NAIL_POLISH)


def test_what_was_weighed_says_in_how_many_minutes() -> None:
    answers: Answers = {**TYPICAL, "more": ("weighed",), "palms.collected_mg": (260,)}
    assert "palms.sweat_mg_per_min" in questions({**TYPICAL, "more": ("weighed",)})
    assert "palms.sweat_mg_per_min" not in questions(answers)
    assert refused(answers) == {"palms.window_min": "please answer this question"}
    assert intake_of({**answers, "palms.window_min": (5,)}, TODAY).sites[0].weighed_mg_per_min == 52.0
    assert link_id_of("sites[0].gravimetry.window_min", [Site.PALMS]) == "palms.window_min"
    assert link_id_of("sites[0].gravimetry", [Site.PALMS]) == "palms.collected_mg"


def fits_the_age(link_id: str, answers: Answers) -> bool:
    """Whether this form of the DLQI is for somebody born in the year that was answered."""
    (born,) = answers.get("birth_year", (1900,))
    return (TODAY.year - int(born) < 17) is (link_id == "cdlqi_score")


@st.composite
def people(draw: st.DrawFn) -> Answers:
    """Somebody who answers what is asked, in its order, and leaves open what may be left open."""
    asked, answers = questionnaire(), dict[str, tuple[Any, ...]]()
    for item in asked.by_link_id.values():
        if item.kind == "group" or item.link_id not in enabled(asked, answers):
            continue
        if not item.required and draw(st.integers(0, 3)) == 0:
            continue
        least, most = float(item.least or 0), float(item.most or 0)
        if item.link_id in ("dlqi_score", "cdlqi_score") and not fits_the_age(item.link_id, answers):
            continue
        if item.link_id.endswith(".collected_mg"):
            most = 100.0  # more in a tenth of a minute would be more than anyone sweats
        match item.kind:
            case "boolean":
                one: st.SearchStrategy[Any] = st.booleans()
            case "integer":
                one = st.integers(int(least), min(int(most), 2026))
            case "decimal":
                one = st.floats(least, most)
            case "string":
                one = st.text("abc xyz", min_size=2, max_size=20).filter(str.strip)
            case _:
                one = st.sampled_from([choice.code for choice in item.choices if not choice.exclusive])
        several = st.lists(one, min_size=1, max_size=4 if item.repeats else 1, unique=True)
        alone = [st.just([choice.code]) for choice in item.choices if choice.exclusive]
        answers[item.link_id] = tuple(draw(st.one_of(several, *alone)))
    return answers


@settings(max_examples=150, deadline=None)
@given(people())
def test_whoever_answers_is_understood_and_comes_back_unchanged(answers: Answers) -> None:
    sent = response(answers)
    assert unanswered(answers) == ()
    assert official("QuestionnaireResponse").is_valid(sent)
    assert answers_of(questionnaire(), sent) == answers
    intake = intake_from(sent, TODAY)
    consult(intake)
    again = intake_from(response_from(intake), TODAY)
    assert again == intake
