"""The consultation as a letter: an accessible PDF (PDF/UA-1), for the person and for whoever treats them.

The letter is laid out by letter.typ. Everything in it travels there as data; no text is ever made part of the layout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from ionto.consult import (
    STRICTEST,
    Consultation,
    Expectation,
    Finding,
    Intake,
    SiteConsultation,
    TreatmentOption,
    policy_named,
)
from ionto.consult.questionnaire import link_id_of, questionnaire
from ionto.words.evidence import cited, references
from ionto.words.reading import DocumentError, Fault
from ionto.words.terms import Decision, Site

LANGUAGES = ("en",)
SPOKEN = {
    Decision.SUITABLE: ("Suitable", "By these answers you can have this treatment here."),
    Decision.DEFER: ("Not today", "First see to what stands below, then answer the questions again."),
    Decision.ASK_CLINICIAN: ("Ask a clinician first", "No session here before a doctor or nurse has said yes."),
    Decision.NOT_SUITABLE: ("Not suitable", "This treatment is not safe for you here."),
}
VERDICTS = {
    "likely": "Primary sweating, without another cause, is likely.",
    "unlikely": "Primary sweating cannot be called likely.",
    "refer": "A doctor should look for another cause first.",
}
BEYOND = {
    "above_threshold": ", at or above the published threshold",
    "below_threshold": ", below the published threshold",
    "no_threshold": "; no threshold is known for this place",
}
SEEN = {
    "itself": "",
    "secondary": "Known to us through another text.",
    "knowledge": "General knowledge; not read for this.",
    "ours": "Our own reading.",
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def letter_of(intake: Intake, consultation: Consultation, *, written_on: date, language: str = "en") -> bytes:
    """The consultation as a PDF of one or two pages for one site, without the person's name.

    Raises
    ------
    DocumentError
        If there is no letter in this language.
    """
    if language not in LANGUAGES:
        raise DocumentError([Fault("language", f"there is no letter in {language!r}, only in {', '.join(LANGUAGES)}")])
    said = contents_of(intake, consultation, written_on=written_on) | {"language": language}
    made: bytes = typst.compile(
        _layout(),
        sys_inputs={"letter": json.dumps(said, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    return made


def contents_of(intake: Intake, consultation: Consultation, *, written_on: date) -> dict[str, Any]:
    """What the letter says, as data. Sources are numbered in the order in which they are first cited."""
    numbers: dict[str, int] = {}
    sites = [_site(site, found, numbers) for site, found in consultation.sites.items()]
    return {
        "title": "Consultation on iontophoresis",
        "person": _person(intake),
        "written_on": _day(written_on),
        "asked_on": _day(consultation.asked_on),
        "day": [written_on.year, written_on.month, written_on.day],
        "policy": None if consultation.policy == STRICTEST else policy_named(consultation.policy).label,
        "sites": sites,
        "still_to_ask": _still_to_ask(intake, consultation),
        "sources": [{"number": number, **_source(key)} for key, number in numbers.items()],
    }


def _person(intake: Intake) -> str:
    born, sex = intake.patient.birth_year, intake.patient.sex
    parts = ["year of birth not known" if born is None else f"born in {born}", "sex not known" if sex is None else sex]
    if intake.medicines is None:
        parts.append("medicines not known")
    else:
        parts.append(f"takes {', '.join(intake.medicines) or 'no medicines'}")
    return "; ".join(parts)


def _site(site: Site, found: SiteConsultation, numbers: dict[str, int]) -> dict[str, Any]:
    word, sentence = SPOKEN[found.decision]
    about_order = _about_order(found.options)
    return {
        "name": _name(site),
        "decision": found.decision.value,
        "word": word,
        "sentence": sentence,
        "findings": [_finding(finding, numbers) for finding in found.findings],
        "severity": _severity(found),
        "severity_cites": _cites(found.severity.sources, numbers),
        "verdict": VERDICTS[found.primary_focal.verdict],
        "cause": found.primary_focal.why,
        "cause_cites": _cites(found.primary_focal.sources, numbers),
        "options": [_option(option, about_order, numbers) for option in found.options],
        "about_order": None if about_order is None else _told(about_order, numbers),
        "expect": [_expectation(expected, numbers) for expected in found.expect],
    }


def _finding(finding: Finding, numbers: dict[str, int]) -> dict[str, Any]:
    houses = [f"{house.label}: {SPOKEN[house.decision][0].lower()}. {house.says}" for house in finding.other_houses]
    return {
        "decision": finding.decision.value,
        "word": SPOKEN[finding.decision][0],
        "why": finding.why,
        "do": finding.do,
        "for_clinician": finding.for_clinician,
        "cites": _cites(finding.sources, numbers),
        "disagreement": finding.disagreement and _told(finding.disagreement, numbers),
        "houses": houses,
    }


def _severity(found: SiteConsultation) -> list[str]:
    """How bad it is, one sentence for each measure that was answered."""
    how_bad, said = found.severity, []
    for reading in how_bad.scales:
        band = f" ({reading.band.replace('_', ' ')})" if reading.band else ""
        change = f" A change that matters: {reading.meaningful_change}" if reading.meaningful_change else ""
        said.append(f"{reading.label}: score {reading.score:g}{band}.{change}")
    if how_bad.gravimetry is not None:
        said.append(f"Weighed sweat of one side, at rest: {how_bad.gravimetry.why}")
    elif how_bad.sweat_mg_per_min is not None:
        beyond = BEYOND.get(how_bad.sweat_band or "", "")
        said.append(f"Weighed sweat of one side, at rest: {how_bad.sweat_mg_per_min:g} mg a minute{beyond}.")
    return said


def _option(option: TreatmentOption, about_order: str | None, numbers: dict[str, int]) -> dict[str, Any]:
    own = (option.disagreement or "").removesuffix(about_order or "").strip()
    return {
        "label": option.label,
        "why": option.why,
        "expect": option.expect,
        "time_cost": option.time_cost,
        "cites": _cites(option.sources, numbers),
        "disagreement": _told(own, numbers) or None,
    }


def _expectation(expected: Expectation, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "claim": expected.claim,
        "do": expected.do,
        "certainty": expected.certainty.value.replace("_", " "),
        "cites": _cites(expected.sources, numbers),
    }


def _about_order(options: Sequence[TreatmentOption]) -> str | None:
    """Who would order the treatments otherwise: what ends the disagreement of every one of them."""
    said = [option.disagreement or "" for option in options]
    shortest = min(said, key=len, default="")
    return shortest if shortest and all(one.endswith(shortest) for one in said) else None


def _still_to_ask(intake: Intake, consultation: Consultation) -> list[dict[str, str]]:
    """What is still to ask, in the words of the questionnaire."""
    sites, by_link_id = [place.site for place in intake.sites], questionnaire().by_link_id
    asked = []
    for question in consultation.still_to_ask:
        link_id = link_id_of(question.path, sites)
        asked.append({"question": by_link_id[link_id].text if link_id else question.path, "why": question.why})
    return asked


def _cites(keys: Sequence[str], numbers: dict[str, int]) -> str:
    """The numbers of these sources, runs of them shortened; a source not cited before gets the next number."""
    runs: list[list[int]] = []
    for number in sorted({numbers.setdefault(key, len(numbers) + 1) for key in keys}):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _told(sentence: str, numbers: dict[str, int]) -> str:
    """The sentence with the numbers of the sources that it names by their keys, in parentheses."""

    def number(found: re.Match[str]) -> str:
        return f"[{_cites([found[1]], numbers)}]" if found[1] in references() else found[0]

    return re.sub(r"\(([A-Z][A-Z0-9-]+)\)", number, sentence)


def _source(key: str) -> dict[str, str]:
    source = cited(key)
    told = "not read" in source.where
    return {"title": source.title, "where": source.where, "seen": "" if told else SEEN[source.seen]}


def _name(site: Site) -> str:
    """The place as the questionnaire calls it."""
    choice = questionnaire().by_link_id["sites"].choice(site.value)
    return site.value if choice is None else choice.text


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@cache
def _layout() -> bytes:
    return files("ionto.exchange").joinpath("letter.typ").read_bytes()
