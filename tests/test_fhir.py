"""The course as a FHIR R4 Bundle, held against the official schema and against rules that no schema says."""

from __future__ import annotations

import copy
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ionto.consult import Intake
from ionto.exchange.fhir import bundle_of
from ionto.exchange.table import KINDS
from ionto.words.reading import read_json
from ionto.words.records import CauseFact, ClearedFact, Course, DayFact, RatingFact, SideEffectFact, StarchIodineFact
from ionto.words.terms import Answer, Cause, Effect, Sex, Site, Wetness

ROOT = Path(__file__).parents[1]
MADE_AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@cache
def official() -> Any:
    schema = json.loads(gzip.decompress((ROOT / "tests" / "data" / "fhir" / "fhir.schema.json.gz").read_bytes()))
    return jsonschema_rs.validator_for(
        {"$schema": schema["$schema"], "definitions": schema["definitions"], "$ref": "#/definitions/Bundle"}
    )


def course() -> Course:
    known = read_json(Course, (ROOT / "examples" / "course.json").read_text("utf-8"))
    felt = SideEffectFact(site=Site.PALMS, at=MADE_AT, effect=Effect.ITCH, lasted_hours=2)
    return replace(known, facts=(*known.facts, felt, felt, RatingFact(site=Site.PALMS, at=MADE_AT, score=0)))


def bundle(**more: Any) -> dict[str, Any]:
    intake = read_json(Intake, (ROOT / "examples" / "palms.json").read_text("utf-8"))
    return bundle_of(course(), made_at=MADE_AT, **({"sex": Sex.FEMALE, "intakes": (intake,)} | more))


def resources(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in made["entry"] if entry["resource"]["resourceType"] == kind]


# What R4 requires of each kind and its schema does not say: primitive elements, and at most one value[x].
REQUIRED = {
    "Patient": (),
    "Observation": ("status", "code"),
    "Procedure": ("status", "subject"),
    "AdverseEvent": ("actuality", "subject"),
    "QuestionnaireResponse": ("status",),
}


def faults(made: dict[str, Any]) -> Iterator[str]:
    yield from (error.message for error in official().iter_errors(made))
    addresses = [entry["fullUrl"] for entry in made["entry"]]
    if len(set(addresses)) < len(addresses):
        yield "an address stands twice"
    for entry in made["entry"]:
        resource = entry["resource"]
        for name in REQUIRED[resource["resourceType"]]:
            if name not in resource:
                yield f"{resource['resourceType']} lacks {name}"
        if sum(name.startswith("value") for name in resource) > 1:
            yield "two values"
        period = resource.get("performedPeriod")
        if period and datetime.fromisoformat(period["start"]) > datetime.fromisoformat(period["end"]):
            yield "the period ends before it starts"
    for reference in re.findall(r'"reference": "([^"]+)"', json.dumps(made)):
        if reference not in addresses:
            yield f"{reference} leads nowhere"


def test_the_bundle_is_valid_r4() -> None:
    assert list(faults(bundle())) == []


SPOILED: dict[str, Callable[[dict[str, Any]], object]] = {
    "an unknown status": lambda made: resources(made, "Observation")[0].update(status="done"),
    "no status": lambda made: resources(made, "Procedure")[0].pop("status"),
    "no code": lambda made: resources(made, "Observation")[0].pop("code"),
    "two values": lambda made: resources(made, "Observation")[0].update(valueInteger=1, valueString="one"),
    "an unknown element": lambda made: resources(made, "Patient")[0].update(height=170),
    "an impossible year": lambda made: resources(made, "Patient")[0].update(birthDate="98"),
    "a moment without a zone": lambda made: resources(made, "Observation")[0].update(
        effectiveDateTime="2026-09-01T18:00:00"
    ),
    "a period that ends before it starts": lambda made: resources(made, "Procedure")[0]["performedPeriod"].update(
        end="2001-01-01T00:00:00Z"
    ),
    "a reference that leads nowhere": lambda made: made["entry"].pop(0),
    "an address twice": lambda made: made["entry"].append(made["entry"][1]),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_bundle_is_noticed(fault: str) -> None:
    made = copy.deepcopy(bundle())
    SPOILED[fault](made)
    assert list(faults(made))


def test_everything_that_was_recorded_is_there() -> None:
    known, made = course(), bundle()
    kinds = [fact.kind for fact in known.facts]
    sessions = kinds.count("session")
    assert len(resources(made, "Procedure")) == sessions > 10
    assert len(resources(made, "Observation")) == sessions + sum(
        kinds.count(kind) for kind in ("hdss", "rating", "sweat_rate")
    )
    assert len(resources(made, "AdverseEvent")) == kinds.count("side_effect")
    assert len(resources(made, "QuestionnaireResponse")) == 1
    rate = next(each for each in resources(made, "Observation") if each["code"]["coding"][0]["code"] == "sweat_rate")
    assert rate["valueQuantity"]["code"] == "mg/min"


def test_a_tap_and_a_starch_iodine_test_are_there_too_and_valid() -> None:
    at = datetime(2026, 9, 1, tzinfo=UTC)
    tapped = [DayFact(site=Site.PALMS, at=at + timedelta(days=day), felt=felt) for day, felt in enumerate(Wetness)]
    told = (*tapped, StarchIodineFact(site=Site.PALMS, at=at, area_fraction=0.35))
    made = bundle_of(replace(course(), facts=told), made_at=MADE_AT)
    assert list(faults(made)) == []
    values = [
        each["valueCodeableConcept"]["coding"][0]["code"] if "valueCodeableConcept" in each else each["valueQuantity"]
        for each in resources(made, "Observation")
    ]
    assert values == ["dry", "clammy", "wet", {"value": 0.35, "system": "http://unitsofmeasure.org", "code": "1"}]


EVERY_FIELD = {
    "site": Site.PALMS,
    "at": MADE_AT,
    "score": 2,
    "felt": Wetness.DRY,
    "current_ma": 10.0,
    "duration_min": 20.0,
    "sweat_mg_per_min": 9.0,
    "area_fraction": 0.2,
    "effect": Effect.ITCH,
    "cause": Cause.WATER,
    "found": Answer.UNKNOWN,
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not ClearedFact])
def test_every_kind_of_fact_but_a_clearing_is_handed_on(kind: Any) -> None:
    fact = kind(**{field.name: EVERY_FIELD[field.name] for field in fields(kind) if field.name in EVERY_FIELD})
    assert len(bundle_of(replace(course(), facts=(fact,)), made_at=MADE_AT)["entry"]) > 1


def test_what_was_told_at_one_moment_has_addresses_of_its_own() -> None:
    causes = [CauseFact(site=Site.PALMS, at=MADE_AT, cause=cause, found=Answer.NO) for cause in Cause]
    effects = [SideEffectFact(site=Site.PALMS, at=MADE_AT, effect=effect) for effect in (Effect.ITCH, Effect.TINGLING)]
    ratings = [RatingFact(site=Site.PALMS, at=MADE_AT, score=score) for score in (3, 3, 4)]
    assert list(faults(bundle_of(replace(course(), facts=(*causes, *effects, *ratings)), made_at=MADE_AT))) == []


@pytest.mark.parametrize("cause", Cause)
def test_each_known_cause_has_a_code_of_its_own_and_is_valid(cause: Cause) -> None:
    days = [MADE_AT - timedelta(days=day) for day in range(3)]
    found = [
        CauseFact(site=Site.PALMS, at=at, cause=cause, found=answer) for at, answer in zip(days, Answer, strict=True)
    ]
    made = bundle_of(replace(course(), facts=tuple(found)), made_at=MADE_AT)
    assert list(faults(made)) == []
    told = resources(made, "Observation")
    assert {each["code"]["coding"][0]["code"] for each in told} == {f"cause_{cause}"}
    assert [each["valueCodeableConcept"]["coding"][0]["code"] for each in told] == ["yes", "no", "unknown"]


def test_what_bears_words_for_people_says_in_which_language() -> None:
    made = bundle()
    worded = [
        entry["resource"] for entry in made["entry"] if '"text": ' in json.dumps(entry["resource"].get("code", ""))
    ]
    worded += resources(made, "AdverseEvent")
    assert len(worded) > 3
    assert {resource.get("language") for resource in worded} == {"en"}


def test_there_is_no_name_unless_it_is_given() -> None:
    assert "name" not in resources(bundle(), "Patient")[0]
    assert resources(bundle(name="Alice"), "Patient")[0]["name"] == [{"text": "Alice"}]
    assert list(faults(bundle(name="Alice"))) == []


def test_the_same_course_gives_the_same_addresses_and_a_new_fact_changes_none() -> None:
    known = course()
    before = {entry["fullUrl"] for entry in bundle()["entry"]}
    more = replace(
        known, facts=(RatingFact(site=Site.PALMS, at=datetime(2026, 9, 1, tzinfo=UTC), score=1), *known.facts)
    )
    intake = read_json(Intake, (ROOT / "examples" / "palms.json").read_text("utf-8"))
    after = {entry["fullUrl"] for entry in bundle_of(more, made_at=MADE_AT, intakes=(intake,))["entry"]}
    assert before < after
