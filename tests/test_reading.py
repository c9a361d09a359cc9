"""Documents are read strictly: one sentence per fault, naming the field."""

from __future__ import annotations

import json

import pytest

from ionto.consult.intake import Intake
from ionto.words.reading import DocumentError, read_json, read_toml, to_json
from ionto.words.records import Course

GOOD = {"patient": {"birth_year": 1998, "sex": "female"}, "asked_on": "2026-11-23", "sites": [{"site": "palms"}]}


def faults(kind: type, body: object) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        read_json(kind, json.dumps(body))
    return [str(fault) for fault in refused.value.faults]


def faults_in(text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        read_json(Intake, text)
    return [str(fault) for fault in refused.value.faults]


def test_a_document_survives_the_round_trip() -> None:
    intake = read_json(Intake, json.dumps(GOOD))
    assert read_json(Intake, to_json(intake)) == intake


def test_a_number_out_of_range_is_named_with_its_path() -> None:
    said = faults(Intake, {**GOOD, "sites": [{"site": "palms", "hdss": 7}]})
    assert said == ["sites[0].hdss: should be less than or equal to 4, not 7"]


def test_every_fault_is_reported_at_once() -> None:
    said = faults(Intake, {**GOOD, "asked_on": "yesterday", "sites": [{"site": "palm", "hdss": "4"}]})
    assert [sentence.split(":")[0] for sentence in said] == ["asked_on", "sites[0].site", "sites[0].hdss"]


def test_an_unknown_field_is_refused_by_name() -> None:
    assert faults(Intake, {**GOOD, "pacemaker": True}) == ["pacemaker: this field is not known"]
    assert faults(Intake, {**GOOD, "patient": {"age": 24}}) == ["patient.age: this field is not known"]


def test_a_missing_field_is_named() -> None:
    assert faults(Intake, {"patient": {}, "sites": [{"site": "palms"}]}) == ["asked_on: this field is missing"]


def test_a_number_in_quotes_is_not_a_number() -> None:
    assert faults(Intake, {**GOOD, "sites": [{"site": "palms", "sweat_mg_per_min": "52"}]})[0].startswith(
        "sites[0].sweat_mg_per_min: should be a valid number"
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_finite_number_is_refused(number: str) -> None:
    with pytest.raises(DocumentError, match="sweat_mg_per_min"):
        read_json(Intake, json.dumps(GOOD).replace('"site": "palms"', f'"site": "palms", "sweat_mg_per_min": {number}'))


def test_a_doubled_key_is_refused() -> None:
    with pytest.raises(DocumentError, match="generalised: this key stands twice"):
        read_json(Intake, json.dumps(GOOD)[:-1] + ', "generalised": true, "generalised": false}')


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "12", b"\xff\xfe", "[" * 100_000, "9" * 5000, '"\\ud800"'])
def test_what_is_not_a_document_is_refused_in_a_sentence(text: str | bytes) -> None:
    with pytest.raises(DocumentError):
        read_json(Intake, text)


def test_a_broken_letter_is_told_without_repeating_the_document() -> None:
    [sentence] = faults_in(json.dumps({**GOOD, "medicines": ["\ud800"]}))
    assert sentence.startswith("not JSON: ")
    assert len(sentence) < 100


def test_an_empty_list_is_named_in_plain_words() -> None:
    assert faults(Intake, {**GOOD, "sites": []}) == ["sites: this list is too short: at least 1, not 0"]


def test_a_condition_whose_place_matters_needs_its_place() -> None:
    said = faults(Intake, {**GOOD, "history": [{"condition": "metal_implant"}]})
    assert said == ["history[0]: metal_implant needs `where`, the part of the body"]


def test_a_fact_of_an_unknown_kind_is_refused_by_name() -> None:
    course = {"patient": {"id": "p1"}, "prescriptions": [], "facts": [{"kind": "horoscope"}]}
    assert faults(Course, course)[0].startswith("facts[0]: 'horoscope' is not one of")


def test_the_path_of_a_wrong_fact_names_the_field_only() -> None:
    fact = {"kind": "hdss", "site": "palms", "at": "2026-11-23T18:00:00+01:00", "score": 9}
    said = faults(Course, {"patient": {"id": "p1"}, "prescriptions": [], "facts": [fact]})
    assert said == ["facts[0].score: should be less than or equal to 4, not 9"]


def test_a_moment_without_an_offset_is_refused() -> None:
    fact = {"kind": "hdss", "site": "palms", "at": "2026-11-23T18:00:00", "score": 3}
    said = faults(Course, {"patient": {"id": "p1"}, "prescriptions": [], "facts": [fact]})
    assert said[0].startswith("facts[0].at: should have timezone info")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_moment_outside_our_centuries_is_a_slip_of_the_pen(at: str) -> None:
    fact = {"kind": "hdss", "site": "palms", "at": at, "score": 3}
    said = faults(Course, {"patient": {"id": "p1"}, "prescriptions": [], "facts": [fact]})
    assert said[0].startswith("facts[0].at: should be ")


def test_a_prescription_above_the_ceiling_is_refused() -> None:
    prescription = {
        "site": "palms",
        "protocol": "palms_dc",
        "target_current_ma": 22.0,
        "duration_min": 20,
        "starts_on": "2026-09-01",
        "sessions_per_week": 3,
    }
    said = faults(Course, {"patient": {"id": "p1"}, "prescriptions": [prescription]})
    assert said == ["prescriptions[0]: target_current_ma is 22 mA, above the ceiling of 20 mA for palms"]


def test_toml_is_read_like_json() -> None:
    text = 'asked_on = 2026-11-23\n[patient]\nbirth_year = 1998\nsex = "female"\n[[sites]]\nsite = "palms"\n'
    assert read_toml(Intake, text) == read_json(Intake, json.dumps(GOOD))
