"""The letter over a course: an accessible PDF that says what was done, how it went, and what is next."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ionto.exchange.course_letter import LAST_SESSIONS, contents_of, course_letter_of
from ionto.follow.advise import advise
from ionto.words.reading import read_json
from ionto.words.records import CauseFact, ClearedFact, Course, CoursePatient, SessionFact, SideEffectFact
from ionto.words.terms import Answer, Cause, Effect, EffectSeverity, Outcome, Site

ROOT = Path(__file__).parents[1]
TODAY = date(2027, 1, 15)
BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2027, 1, 14, 20, tzinfo=BERLIN)


def course(**changes: Any) -> Course:
    known = read_json(Course, (ROOT / "examples" / "course.json").read_text("utf-8"))
    facts = tuple(fact for fact in known.facts if fact.at.date() < AT.date())
    felt = SideEffectFact(site=Site.PALMS, at=AT, effect=Effect.DRYNESS, severity=EffectSeverity.MILD, lasted_hours=3)
    return replace(known, **({"facts": (*facts, felt)} | changes))


def letter(known: Course) -> bytes:
    return course_letter_of(known, advise(known, TODAY), written_on=TODAY)


def text_in(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext: apt-get install -y --no-install-recommends poppler-utils")
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(read.stdout.decode().split())


def test_the_letter_is_an_accessible_pdf_and_always_the_same() -> None:
    pdf = letter(course())
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid:part" in pdf
    assert b"/StructTreeRoot" in pdf
    assert re.search(rb"/S ?/TH", pdf), "the tables have heads"
    assert pdf == letter(course())


def test_the_letter_says_what_was_done_and_what_is_next() -> None:
    known = course()
    said = contents_of(known, advise(known, TODAY), written_on=TODAY)
    (hands,) = said["sites"]
    sessions = [fact for fact in known.facts if isinstance(fact, SessionFact)]
    assert hands["total"].startswith(f"{len(sessions)} sessions")
    assert len(hands["sessions"]) == min(len(sessions), LAST_SESSIONS)
    assert sum(int(month[1]) for month in hands["before"]) + len(hands["sessions"]) == len(sessions)
    assert hands["effects"] == [["2027-01-14", "dryness", "mild", "3 h"]]
    assert hands["scores"][0][0] == "November 2026"
    text = text_in(letter(known))
    assert hands["next"]["when"] in text
    assert "dryness" in text
    assert "Record" in text


def test_a_session_that_ended_early_and_hurt_is_said_to_have() -> None:
    hurt = SessionFact(
        site=Site.PALMS, at=AT, current_ma=11, duration_min=4, outcome=Outcome.STOPPED, pain_reported=True
    )
    known = course(facts=(*course().facts, hurt))
    said = contents_of(known, {}, written_on=TODAY)["sites"][0]
    assert said["sessions"][-1] == ["2027-01-14", "11.0", "4", "stopped early, painful", "measured"]
    assert "1 ended early" in said["total"]
    assert said["next"] is None


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "Why it may not work, as the person found: current not reached: not known (2027-01-10); "
            "water too soft: no (2027-01-14).",
        ),
        (
            "de",
            "Warum es vielleicht nicht wirkt, nach Angabe der Person: Strom nicht erreicht: nicht bekannt "
            "(10.01.2027); Wasser zu weich: nein (14.01.2027).",
        ),
    ],
)
def test_the_letter_says_in_one_sentence_what_was_found_last_of_each_cause(language: str, sentence: str) -> None:
    looked = [
        CauseFact(site=Site.PALMS, at=AT - timedelta(days=4), cause=Cause.WATER, found=Answer.YES),
        CauseFact(site=Site.PALMS, at=AT - timedelta(days=4), cause=Cause.CURRENT, found=Answer.UNKNOWN),
        CauseFact(site=Site.PALMS, at=AT, cause=Cause.WATER, found=Answer.NO),
    ]
    known = course(facts=(*course().facts, *looked))
    advice = advise(known, TODAY)
    assert contents_of(known, advice, written_on=TODAY, language=language)["sites"][0]["causes"] == sentence
    assert sentence in text_in(course_letter_of(known, advice, written_on=TODAY, language=language))
    assert contents_of(course(), advice, written_on=TODAY)["sites"][0]["causes"] == ""


def test_an_empty_record_and_a_full_year_both_make_a_letter() -> None:
    empty = Course(patient=CoursePatient(id="p1"), prescriptions=(), facts=())
    assert "There are no entries yet." in text_in(course_letter_of(empty, {}, written_on=TODAY))
    held = tuple(
        SessionFact(site=site, at=AT - timedelta(days=2 * number), current_ma=12, duration_min=20)
        for number in range(180)
        for site in (Site.PALMS, Site.SOLES)
    )
    full = Course(patient=CoursePatient(id="p1", timezone="Europe/Berlin"), prescriptions=(), facts=held)
    assert "180 sessions, 60.0 hours" in text_in(course_letter_of(full, {}, written_on=TODAY))


def test_what_somebody_typed_is_never_run() -> None:
    strange = Course(
        patient=CoursePatient(id='#panic("x")*$'),
        prescriptions=(),
        facts=(ClearedFact(site=Site.PALMS, at=AT, cleared_by="#x"),),
    )
    assert '#panic("x")*$' in text_in(course_letter_of(strange, {}, written_on=TODAY))
