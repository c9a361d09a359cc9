"""Both letters in German: every sentence of ours, numbers and days as German writes them, and tagged as German."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ionto.cli import main
from ionto.consult import Gravimetry, Intake, consult
from ionto.exchange import course_letter, letter
from ionto.exchange.letter_words import LANGUAGES, letter_words
from ionto.follow.advise import advise
from ionto.words.reading import DocumentError, read_json
from ionto.words.records import Course
from ionto.words.terms import AdditiveCaution, Condition, Outcome, Symptom

ROOT = Path(__file__).parents[1]
DAY = date(2026, 12, 24)
# Words of English that are none of German.
ENGLISH = re.compile(
    r"\b(?:the|and|of|is|are|you|your|not|no|for|with|on|from|there|this|that|it|at|by|than|session)\b"
)


def intake(**changes: Any) -> Intake:
    document = json.loads((ROOT / "examples" / "palms.json").read_text("utf-8"))
    return read_json(Intake, json.dumps(document | changes))


def strings(said: Any) -> list[str]:
    if isinstance(said, dict):
        return [each for value in said.values() for each in strings(value)]
    if isinstance(said, list | tuple):
        return [each for value in said for each in strings(value)]
    return [said] if isinstance(said, str) else []


def english_in(said: dict[str, Any]) -> list[str]:
    """What is English in a letter, but for the titles of sources and what other houses say in their own words."""
    own = dict(said) | {"says": {}, "sources": [source["seen"] for source in said.get("sources", [])]}
    for site in own["sites"]:
        for finding in site.get("findings", []):
            finding["houses"] = [
                house.split(". ")[0].replace("Baylor College of Medicine", "") for house in finding["houses"]
            ]
    return [each for each in strings(own) if ENGLISH.search(each)]


SITES = [{"site": site, "hdss": 3} for site in ("palms", "soles", "axillae", "face")]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sites": SITES, "history": None, "symptoms": None, "patient": {}},
        {"sites": SITES, "history": [{"condition": each.value, "where": "left_hand"} for each in Condition]},
        {
            "sites": SITES,
            "symptoms": [each.value for each in Symptom],
            "generalised": True,
            "medicines": ["sertraline"],
        },
        {"sites": SITES, "patient": {"birth_year": 2012}, "cdlqi_score": 12},
        {"sites": SITES, "additive_cautions": [each.value for each in AdditiveCaution], "circumstances": []},
    ],
    ids=["palms", "unanswered", "conditions", "symptoms", "child", "additive"],
)
@pytest.mark.parametrize("policy", ["strictest", "hidrex_dp450"])
def test_a_letter_of_a_consultation_is_german(changes: dict[str, Any], policy: str) -> None:
    person = intake(**changes)
    said = letter.contents_of(person, consult(person, policy), written_on=DAY, language="de")
    assert "24. Dezember 2026" in said["head"]
    assert english_in(said) == []


def test_the_letter_of_a_course_is_german() -> None:
    known = read_json(Course, (ROOT / "examples" / "course.json").read_text("utf-8"))
    for today in (date(2026, 12, 1), date(2027, 1, 15), date(2027, 3, 24)):
        until = replace(known, facts=tuple(fact for fact in known.facts if fact.at.date() < today))
        said = course_letter.contents_of(until, advise(until, today), written_on=DAY, language="de")
        assert english_in(said) == []
    hands = said["sites"][0]
    on, current, _, ended, known_by = hands["sessions"][-1]
    assert re.fullmatch(r"\d\d\.\d\d\.2027", on)
    assert re.fullmatch(r"\d+,\d", current)
    assert (ended, known_by) == ("vollständig", "gemessen")
    assert re.fullmatch(r"\d+ Sitzungen, \d+,\d Stunden mit Strom; früher beendet: (keine|\d+)\.", hands["total"])


def test_a_german_letter_is_tagged_as_german_and_its_sources_as_english() -> None:
    person = intake()
    german = letter.letter_of(person, consult(person), written_on=DAY, language="de")
    english = letter.letter_of(person, consult(person), written_on=DAY)
    assert b"pdfuaid:part" in german
    assert set(re.findall(rb"/Lang ?\((\w+)\)", german)) == {b"de", b"en"}
    assert set(re.findall(rb"/Lang ?\((\w+)\)", english)) == {b"en"}
    known = read_json(Course, (ROOT / "examples" / "course.json").read_text("utf-8"))
    course = course_letter.course_letter_of(known, {}, written_on=DAY, language="de")
    assert set(re.findall(rb"/Lang ?\((\w+)\)", course)) == {b"de"}
    assert course == course_letter.course_letter_of(known, {}, written_on=DAY, language="de")


def test_both_languages_have_the_same_words_and_blanks() -> None:
    english, german = (letter_words(language).own for language in LANGUAGES)
    assert len(english.months) == len(german.months) == 12
    for name in ("says", "words", "heads"):
        ours, theirs = getattr(english, name), getattr(german, name)
        assert ours.keys() == theirs.keys()
        for key in ours:
            blanks = [sorted(re.findall(r"{\w+}", str(words[key]))) for words in (ours, theirs)]
            assert blanks[0] == blanks[1], key
            assert len(ours[key]) == len(theirs[key]) or name != "heads", key


@pytest.mark.parametrize("outcome", [*Outcome])
def test_every_term_of_a_letter_has_its_word(outcome: Outcome) -> None:
    assert all(letter_words(language).word(outcome) for language in LANGUAGES)


def test_a_weight_is_written_with_a_comma() -> None:
    person = intake()
    weighed = replace(person.sites[0], sweat_mg_per_min=None, gravimetry=Gravimetry(collected_mg=262, window_min=5))
    given = replace(person, sites=(weighed,))
    told = " ".join(letter.contents_of(given, consult(given), written_on=DAY, language="de")["sites"][0]["severity"])
    assert "262 mg in 5 min sind 52,4 mg/min" in told


def test_the_command_writes_a_german_letter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, person = tmp_path / "brief.pdf", str(ROOT / "examples" / "palms.json")
    assert main(["consult", person, "--letter", str(path), "--language", "de", "--json"]) == 0
    assert re.search(rb"/Lang ?\(de\)", path.read_bytes())
    capsys.readouterr()
    assert main(["consult", person, "--language", "de"]) == 2
    assert "--language: this goes together with --letter" in capsys.readouterr().err


def test_there_is_no_course_letter_in_a_language_that_we_do_not_write() -> None:
    known = read_json(Course, (ROOT / "examples" / "course.json").read_text("utf-8"))
    with pytest.raises(DocumentError, match="only in en, de"):
        course_letter.course_letter_of(known, {}, written_on=DAY, language="xx")
