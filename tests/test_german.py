"""The German of what the core says: complete where it is said to be, the same numbers, and never two readings."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ionto.consult.questionnaire import questionnaire
from ionto.words.german import _filled, _list, _patterns, catalogue, day_in_german, in_german
from ionto.words.terms import AdditiveCaution, BodyPart

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "ionto"
# The data whose sentences a patient reads: the file, and what a sentence is called there.
DATA = {
    "follow/alerts.toml": ("why", "do"),
    "consult/expect.toml": ("claim", "do", "certainty_in_words"),
    "consult/diagnosis.toml": ("says", "criteria", "odds"),
    "consult/options/order.toml": ("disagreement",),
    "consult/options/treatments.toml": ("label", "why", "expect", "how", "time_cost", "disagreement"),
    "consult/scales.toml": ("label", "why", "meaningful_change", "band"),
    "prescribe/polarity.toml": ("says", "disagreement"),
    **{
        path.relative_to(SOURCE).as_posix(): ("why", "do", "disagreement", "for_clinician")
        for path in (SOURCE / "consult" / "rules").glob("*.toml")
    },
    **{
        path.relative_to(SOURCE).as_posix(): ("why", "do", "note")
        for path in (SOURCE / "consult" / "policies").glob("*.toml")
    },
    **{
        path.relative_to(SOURCE).as_posix(): ("says", "disagreement")
        for path in (SOURCE / "prescribe" / "protocols").glob("*.toml")
    },
}
# What is still English for a German reader, and marked as English on the page: a house's and a source's own words.
NOT_YET: set[str] = set()
# The code that makes sentences for patients.
CODE = (
    "follow/reasons.py",
    "follow/review.py",
    "follow/proposals.py",
    "follow/alerts.py",
    "prescribe/plan.py",
    "treat/plain.py",
    "consult/diagnosis.py",
    "consult/questions.py",
    "consult/options.py",
    "consult/decide.py",
    "prescribe/check.py",
    "prescribe/decide.py",
    "exchange/calendar.py",
)
SLOT = re.compile(r"\{[a-z_]+\d?\}")
PAIRS = [pair for says in [catalogue().says, *(catalogue().kinds or {}).values()] for pair in says.items()]
# What stands in a list inside a sentence.
PARTS = (catalogue().kinds or {})["part"]
# Words that are the same in both languages.
SAME = re.compile(r"(\{\w+\}(, )?( min| %| mg)?)+")


def sentences_in(data: Any, names: tuple[str, ...], *, named: bool = False) -> list[str]:
    if isinstance(data, dict):
        return [said for name, each in data.items() for said in sentences_in(each, names, named=name in names or named)]
    if isinstance(data, list):
        return [said for each in data for said in sentences_in(each, names, named=named)]
    return [data] if named and isinstance(data, str) else []


@pytest.mark.parametrize("name", sorted(DATA))
def test_every_sentence_of_the_data_has_german(name: str) -> None:
    found = sentences_in(tomllib.loads((SOURCE / name).read_text("utf-8")), DATA[name])
    named = {"{named}": "left hand", "{named_for_clinician}": "night sweats; fever (no odds ratio seen)"}
    for slot, said in named.items():
        found = [each.replace(slot, said) for each in found]
    filled = [SLOT.sub("3", said.replace("_", " ")) for said in found]
    assert found
    assert [said for said in filled if in_german(said) is None and _list(said) is None] == []


@pytest.mark.parametrize("term", [*BodyPart, *AdditiveCaution])
def test_every_part_of_a_list_has_german(term: str) -> None:
    assert term.replace("_", " ") in PARTS


def test_every_question_and_answer_has_german() -> None:
    asked = questionnaire().by_link_id.values()
    found = {
        said for item in asked for said in (item.text, item.why, *(choice.text for choice in item.choices)) if said
    }
    found |= {item.unit for item in asked if item.unit} - {"min", "mg", "%"}
    assert [said for said in found if in_german(said) is None] == []


def test_what_is_not_german_yet_is_named() -> None:
    asked = {path.relative_to(SOURCE).as_posix() for path in SOURCE.glob("consult/**/*.*") if path.suffix != ".py"}
    assert {name for name in asked if "__pycache__" not in name} == NOT_YET | {
        name for name in DATA if name.startswith("consult/")
    } | {"consult/questionnaire.json"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests" / "scenarios").glob("advise_*.json")), ids=lambda path: path.stem
)
def test_every_sentence_of_the_scenarios_has_german(path: Path) -> None:
    found = sentences_in(json.loads(path.read_text("utf-8")), ("why", "do", "finding"))
    assert found
    assert [said for said in found if in_german(said) is None] == []


def _templates(tree: ast.AST) -> list[str]:
    """The sentences of a module, with what is filled in as braces."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (inside | docs):
            found.append(node.value)
    # Sources in brackets stay as they are; what is filled in between sentences is a sentence of its own.
    found = [re.sub(r"^{} ?(?=[A-Z])", "", re.sub(r" \[[^\]]+\]", "", said).replace(".{} ", ". ")) for said in found]
    return [said.strip() for said in found if re.search(r"[a-z]{2} .*[.?:]$", said.strip())]


@pytest.mark.parametrize("name", CODE)
def test_every_sentence_of_the_code_has_german(name: str) -> None:
    says = [*catalogue().says, *(english.replace("{days}", "{n} days") for english in catalogue().says)]
    known = [SLOT.sub("{}", english) for english in says]

    def is_one(said: str) -> bool:
        # What is filled in may be a word of the sentence that the catalogue holds written out.
        wanted = re.compile(".+".join(re.escape(part) for part in said.split("{}")))
        return any(wanted.fullmatch(each) for each in known)

    def is_known(said: str) -> bool:
        cuts = [found.start() for found in re.finditer(r"(?<=[.?!:;]) ", said)]
        return is_one(said) or any(is_one(said[:cut]) and is_known(said[cut + 1 :]) for cut in cuts)

    found = _templates(ast.parse((SOURCE / name).read_text("utf-8")))
    assert found
    assert [said for said in found if not is_known(said)] == []


@pytest.mark.parametrize(("english", "german"), PAIRS, ids=[said[:60] for said, _ in PAIRS])
def test_the_german_holds_the_same_numbers_and_slots(english: str, german: str) -> None:
    assert sorted(SLOT.findall(english)) == sorted(SLOT.findall(german))
    assert sorted(re.findall(r"\d+", SLOT.sub("", english))) == sorted(re.findall(r"\d+", SLOT.sub("", german)))
    assert german
    assert german != english or SAME.fullmatch(english)


def test_no_sentence_has_two_readings() -> None:
    def sample(slot: re.Match[str]) -> str:
        kind = slot[0].strip("{}0123456789")
        known = (catalogue().kinds or {}).get(kind)
        if known is not None:
            return SLOT.sub(sample, next(iter(known)))
        return {"n": "7", "list": "left hand", "on": "Monday 2 March", "name": "Hidrex"}[kind]

    for english in catalogue().says:
        said = SLOT.sub(sample, english)
        readings = list(_filled(said, _patterns("")))
        assert len(readings) + (said in catalogue().says) == 1, (said, readings)


def test_an_age_is_not_said_as_a_year_of_life() -> None:
    """The 25th year of life begins at 24: “vor dem 25. Lebensjahr” is not “before the age of 25”."""
    site = (ROOT / "src" / "ionto_web" / "locale" / "de" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    assert [german for _, german in PAIRS if "Lebensjahr" in german] == []
    assert "Lebensjahr" not in site
    assert in_german("Your answers fit sweating without another cause: it began before the age of 25.") == (
        "Was Sie sagen, passt zu Schwitzen ohne andere Ursache: es begann vor dem Alter von 25 Jahren."
    )


def test_days_numbers_and_sources() -> None:
    assert day_in_german("Wednesday 04 March") == "Mittwoch, 4. März"
    assert (
        in_german("The skin has borne no more than about 4.5 mA.")
        == "Die Haut hat nicht mehr als etwa 4,5 mA vertragen."
    )
    assert in_german("Begin at 2 to 5 mA. [DP450, HID94]") == "Beginnen Sie mit 2 bis 5 mA. [DP450, HID94]"


def test_what_was_weighed_and_what_is_listed() -> None:
    said = "300 mg in 10 min is 30 mg/min, or 150 mg in 5 min. No threshold was found for the face; the weight serves "
    german = in_german(said + "to compare before and after.")
    assert german is not None
    assert german.startswith("300 mg in 10 min sind 30 mg/min, oder 150 mg in 5 min.")
    listed = "Your answers do not fit the usual picture: it has lasted less than six months and it is on one side only."
    assert in_german(listed) == (
        "Ihre Antworten passen nicht zum üblichen Bild: es dauert noch keine sechs Monate "
        "und es ist nur auf einer Seite."
    )


def test_several_things_that_nobody_says_of_a_device() -> None:
    said = in_german("Dermadry: nobody says its highest current, how it changes its poles.")
    assert said == "Dermadry: Es ist nicht bekannt, wie viel Strom es höchstens liefert, wie es die Pole wechselt."


def test_a_sentence_is_german_as_a_whole_or_not_at_all() -> None:
    assert in_german("Carry on. Nobody wrote this one down.") is None
