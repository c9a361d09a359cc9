"""The printed letter: an accessible PDF of one or two pages that says what was decided, why, and by which sources."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ionto.cli import main
from ionto.consult import Consultation, Gravimetry, Intake, consult
from ionto.exchange.letter import contents_of, letter_of
from ionto.words.evidence import cited
from ionto.words.reading import DocumentError, read_json

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 24)
PEOPLE = ("palms", "palms-pacemaker", "palms-fresh-cut")


def person(name: str, **changes: Any) -> Intake:
    document = json.loads((ROOT / "examples" / f"{name}.json").read_text("utf-8"))
    return read_json(Intake, json.dumps(document | changes))


def letter(intake: Intake) -> bytes:
    return letter_of(intake, consult(intake), written_on=TODAY)


def contents(intake: Intake, policy: str = "strictest") -> dict[str, Any]:
    return contents_of(intake, consult(intake, policy), written_on=TODAY)


def pages_of(pdf: bytes) -> int:
    return max(int(count) for count in re.findall(rb"/Count (\d+)", pdf))


def text_in(pdf: bytes) -> str:
    """The text as a reader sees it, lines joined."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext: apt-get install -y --no-install-recommends poppler-utils")
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(read.stdout.decode().split())


@pytest.mark.parametrize("name", PEOPLE)
def test_a_letter_is_an_accessible_pdf_of_one_or_two_pages(name: str) -> None:
    pdf = letter(person(name))
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid:part" in pdf, "PDF/UA is claimed in its metadata"
    assert b"/StructTreeRoot" in pdf
    assert re.search(rb"/Lang ?\(en", pdf)
    assert pages_of(pdf) in (1, 2)


@pytest.mark.parametrize(
    ("name", "word", "why"),
    [
        ("palms", "Suitable", "Nothing in the answers speaks against it."),
        ("palms-pacemaker", "Not suitable", "You have a pacemaker"),
        ("palms-fresh-cut", "Not today", "You have an open wound"),
    ],
)
def test_three_people_read_three_answers(name: str, word: str, why: str) -> None:
    text = text_in(letter(person(name)))
    assert f"Hands: {word}" in text
    assert why in text
    assert "not a certified medical device" in text
    assert "born in 2002; female" in text
    assert "letter of 24 November 2026" in text


def test_the_letter_says_every_finding_with_what_to_do_and_who_disagrees() -> None:
    intake = person("palms", history=[{"condition": "epilepsy"}, {"condition": "pacemaker"}])
    told = contents(intake)["sites"][0]["findings"]
    found = consult(intake).sites[intake.sites[0].site].findings
    assert [(one["why"], one["do"], one["for_clinician"]) for one in told] == [
        (finding.why, finding.do, finding.for_clinician) for finding in found
    ]
    assert [bool(one["disagreement"]) for one in told] == [bool(finding.disagreement) for finding in found]
    assert any(one["disagreement"] for one in told)


def everything_cited(consultation: Consultation) -> set[str]:
    found: set[str] = set()
    for place in consultation.sites.values():
        found.update(place.severity.sources, place.primary_focal.sources)
        for part in (*place.findings, *place.options, *place.expect):
            found.update(part.sources)
    return found


def spread(cites: str) -> set[int]:
    """The numbers in a citation such as 1, 3–5."""
    ends = [[int(end) for end in run.split("–")] for run in cites.split(", ")]
    return {number for run in ends for number in range(run[0], run[-1] + 1)}


@pytest.mark.parametrize("name", PEOPLE)
def test_every_source_stands_in_the_letter_with_its_full_title(name: str) -> None:
    intake = person(name)
    listed = contents(intake)["sources"]
    assert [source["number"] for source in listed] == list(range(1, len(listed) + 1))
    assert {cited(key).title for key in everything_cited(consult(intake))} <= {source["title"] for source in listed}


def test_a_citation_leads_to_its_sources() -> None:
    intake = person("palms-pacemaker")
    said = contents(intake)
    titles = {source["number"]: source["title"] for source in said["sources"]}
    finding = consult(intake).sites[intake.sites[0].site].findings[0]
    told = said["sites"][0]["findings"][0]
    assert {titles[number] for number in spread(told["cites"])} == {cited(key).title for key in finding.sources}


def test_no_key_of_a_source_is_left_in_a_sentence() -> None:
    said = contents(person("palms"))
    sentences = [option["disagreement"] or "" for option in said["sites"][0]["options"]]
    assert any(re.search(r"\[\d+\]", sentence) for sentence in sentences)
    assert not [sentence for sentence in sentences if "(RAJ14)" in sentence]


def test_the_treatments_stand_in_their_order_and_the_quarrel_about_it_stands_once() -> None:
    intake = person("palms")
    said = contents(intake)["sites"][0]
    options = consult(intake).sites[intake.sites[0].site].options
    assert [option["label"] for option in said["options"]] == [option.label for option in options]
    assert "Japan" in said["about_order"]
    assert not [option for option in said["options"] if said["about_order"] in (option["disagreement"] or "")]


def test_what_is_still_to_ask_is_asked_in_the_words_of_the_questionnaire() -> None:
    intake = person("palms", sites=[{"site": "palms"}], history=None)
    asked = [question["question"] for question in contents(intake)["still_to_ask"]]
    assert "How bad is the sweating of your hands?" in asked
    assert "Do you have any of these?" in asked
    assert not [question for question in asked if not question.endswith("?")]


def test_the_letter_names_the_house_whose_reading_was_asked_for() -> None:
    intake = person("palms", history=[{"condition": "epilepsy"}])
    assert contents(intake)["policy"] is None
    assert contents(intake, "nhs_newcastle")["policy"] == "NHS Newcastle"
    asked = letter_of(intake, consult(intake, "nhs_newcastle"), written_on=TODAY)
    assert "NHS Newcastle decides; where it says nothing, the strictest one does." in text_in(asked)


def test_what_a_person_typed_is_printed_and_never_run() -> None:
    medicine = '#panic("x") *a* $b$ \\ @c <d> sertraline'
    assert medicine in text_in(letter(person("palms", medicines=[medicine])))


def test_several_places_and_many_missing_answers_still_make_a_letter() -> None:
    sites = [{"site": site} for site in ("palms", "soles", "axillae", "face")]
    pdf = letter(person("palms", patient={}, sites=sites, history=None, symptoms=None))
    text = text_in(pdf)
    assert all(f"{name}: " in text for name in ("Hands", "Feet", "Underarms", "Face"))
    assert "year of birth not known; sex not known" in text


def test_the_same_day_and_answers_give_the_same_letter_to_the_last_byte() -> None:
    assert letter(person("palms")) == letter(person("palms"))


def test_a_german_letter_marks_what_is_english_as_english() -> None:
    """The titles of the sources, so that a voice reads them rightly (PDF/UA, WCAG 3.1.2)."""
    intake = person("palms")
    german, english = (
        letter_of(intake, consult(intake), written_on=TODAY, language=language) for language in ("de", "en")
    )
    spoken = [set(re.findall(rb"/Lang ?\(([a-z]+)\)", pdf)) for pdf in (german, english)]
    assert spoken == [{b"de", b"en"}, {b"en"}]


def test_there_is_no_letter_in_a_language_that_we_do_not_write() -> None:
    intake = person("palms")
    with pytest.raises(DocumentError, match="only in en"):
        letter_of(intake, consult(intake), written_on=TODAY, language="xx")


def test_a_score_that_no_rule_needs_is_printed_with_its_band() -> None:
    intake = replace(person("palms"), dlqi_score=12)
    assert any("12" in sentence and "very large" in sentence for sentence in contents(intake)["sites"][0]["severity"])


def test_a_scale_says_the_change_that_matters_and_a_weight_its_window() -> None:
    intake = person("palms")
    weighed = replace(intake.sites[0], sweat_mg_per_min=None, gravimetry=Gravimetry(collected_mg=260, window_min=5))
    said = " ".join(contents(replace(intake, sites=(weighed,), dlqi_score=12))["sites"][0]["severity"])
    assert "A change that matters: 4 points or more." in said
    assert "260 mg in 5 min is 52 mg/min" in said


def test_the_command_writes_the_letter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "letter.pdf"
    assert main(["consult", str(ROOT / "examples" / "palms.json"), "--letter", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sites"]["palms"]["decision"] == "suitable"
    assert path.read_bytes().startswith(b"%PDF-")


def test_a_letter_that_cannot_be_written_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["consult", str(ROOT / "examples" / "palms.json"), "--letter", "/nowhere/letter.pdf"]) == 2
    assert "--letter: /nowhere/letter.pdf cannot be written" in capsys.readouterr().err
