"""The consultation as a letter: an accessible PDF (PDF/UA-1), for the person and for whoever treats them.

The letter is laid out by letter.typ. Everything in it travels there as data; no text is ever made part of the layout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
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
from ionto.exchange.letter_words import LetterWords, letter_words
from ionto.words.evidence import cited, references
from ionto.words.terms import Site


def letter_of(intake: Intake, consultation: Consultation, *, written_on: date, language: str = "en") -> bytes:
    """The consultation as a PDF of one or two pages for one site, without the person's name.

    Raises
    ------
    DocumentError
        If there is no letter in this language.
    """
    said = contents_of(intake, consultation, written_on=written_on, language=language)
    made: bytes = typst.compile(
        _layout(),
        sys_inputs={"letter": json.dumps(said, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    return made


def contents_of(
    intake: Intake, consultation: Consultation, *, written_on: date, language: str = "en"
) -> dict[str, Any]:
    """What the letter says, as data. Sources are numbered in the order in which they are first cited."""
    told = _Told(letter_words(language), {})
    words, strict = told.words, consultation.policy == STRICTEST
    policy = None if strict else words.core(policy_named(consultation.policy).label)
    sites = [_site(site, found, told) for site, found in consultation.sites.items()]
    person, asked_on = _person(intake, words), words.day(consultation.asked_on)
    who = words.says("strictest") if policy is None else words.says("house", house=policy)
    head = words.says("the_person", person=person, asked_on=asked_on, written_on=words.day(written_on))
    return {
        "language": language,
        "title": words.says("consultation"),
        "head": f"{head} {words.says('disagree', who=who)}",
        "says": words.own.says,
        "day": [written_on.year, written_on.month, written_on.day],
        "policy": policy,
        "sites": sites,
        "still_to_ask": _still_to_ask(intake, consultation, words),
        "sources": [{"number": number, **_source(key, words)} for key, number in told.numbers.items()],
    }


@dataclass(frozen=True, slots=True)
class _Told:
    """In which words a letter is written, and which number each source has in it."""

    words: LetterWords
    numbers: dict[str, int]

    def core(self, said: str) -> str:
        return self.words.core(said)

    def with_sources(self, said: str) -> str:
        return _told(self.words.core(said), self.numbers)


def _person(intake: Intake, words: LetterWords) -> str:
    born, sex = intake.patient.birth_year, intake.patient.sex
    parts = [
        words.says("birth_unknown") if born is None else words.says("born", year=born),
        words.says("sex_unknown") if sex is None else words.word(sex),
    ]
    if intake.medicines is None:
        parts.append(words.says("medicines_unknown"))
    else:
        medicines = ", ".join(intake.medicines) or words.says("no_medicines")
        parts.append(words.says("takes", medicines=medicines))
    return "; ".join(parts)


def _site(site: Site, found: SiteConsultation, told: _Told) -> dict[str, Any]:
    words, about_order = told.words, _about_order(found.options)
    return {
        "name": _name(site, words),
        "decision": found.decision.value,
        "word": words.word(found.decision),
        "sentence": words.word(f"{found.decision.value}_sentence"),
        "findings": [_finding(finding, told) for finding in found.findings],
        "severity": _severity(found, words),
        "severity_cites": _cites(found.severity.sources, told.numbers),
        "verdict": words.word(found.primary_focal.verdict),
        "cause": told.core(found.primary_focal.why),
        "cause_cites": _cites(found.primary_focal.sources, told.numbers),
        "options": [_option(option, about_order, told) for option in found.options],
        "about_order": None if about_order is None else told.with_sources(about_order),
        "expect": [_expectation(expected, told) for expected in found.expect],
    }


def _finding(finding: Finding, told: _Told) -> dict[str, Any]:
    words = told.words
    houses = [
        f"{words.core(house.label)}: {_inside(words.word(house.decision))}. {words.core(house.says)}"
        for house in finding.other_houses
    ]
    return {
        "decision": finding.decision.value,
        "word": words.word(finding.decision),
        "why": words.core(finding.why),
        "do": words.core(finding.do),
        "for_clinician": words.core(finding.for_clinician),
        "cites": _cites(finding.sources, told.numbers),
        "disagreement": finding.disagreement and told.with_sources(finding.disagreement),
        "houses": houses,
    }


def _inside(word: str) -> str:
    """A word that begins a line elsewhere, inside one."""
    return word[0].lower() + word[1:]


def _severity(found: SiteConsultation, words: LetterWords) -> list[str]:
    """How bad it is, one sentence for each measure that was answered."""
    how_bad, said = found.severity, []
    for reading in how_bad.scales:
        band = f" ({words.core(reading.band.replace('_', ' '))})" if reading.band else ""
        change = (
            f" {words.says('change', change=words.core(reading.meaningful_change))}"
            if reading.meaningful_change
            else ""
        )
        score = words.says("score", label=words.core(reading.label), score=words.number(reading.score), band=band)
        said.append(score + change)
    if how_bad.gravimetry is not None:
        said.append(words.says("weighed", said=words.core(how_bad.gravimetry.why)))
    elif how_bad.sweat_mg_per_min is not None:
        beyond = words.word(how_bad.sweat_band) if how_bad.sweat_band else ""
        said.append(words.says("weighed_rate", rate=words.number(how_bad.sweat_mg_per_min), beyond=beyond))
    return said


def _option(option: TreatmentOption, about_order: str | None, told: _Told) -> dict[str, Any]:
    own = (option.disagreement or "").removesuffix(about_order or "").strip()
    return {
        "label": told.core(option.label),
        "why": told.core(option.why),
        "expect": told.core(option.expect),
        "time_cost": told.core(option.time_cost),
        "cites": _cites(option.sources, told.numbers),
        "disagreement": told.with_sources(own) if own else None,
    }


def _expectation(expected: Expectation, told: _Told) -> dict[str, Any]:
    return {
        "claim": told.core(expected.claim),
        "do": expected.do and told.core(expected.do),
        "certainty": told.words.word(expected.certainty),
        "cites": _cites(expected.sources, told.numbers),
    }


def _about_order(options: Sequence[TreatmentOption]) -> str | None:
    """Who would order the treatments otherwise: what ends the disagreement of every one of them."""
    said = [option.disagreement or "" for option in options]
    shortest = min(said, key=len, default="")
    return shortest if shortest and all(one.endswith(shortest) for one in said) else None


def _still_to_ask(intake: Intake, consultation: Consultation, words: LetterWords) -> list[dict[str, str]]:
    """What is still to ask, in the words of the questionnaire."""
    sites, by_link_id = [place.site for place in intake.sites], questionnaire().by_link_id
    asked = []
    for question in consultation.still_to_ask:
        link_id = link_id_of(question.path, sites)
        said = words.core(by_link_id[link_id].text) if link_id else question.path
        asked.append({"question": said, "why": words.core(question.why)})
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


def _source(key: str, words: LetterWords) -> dict[str, str]:
    source = cited(key)
    told = "not read" in source.where
    return {"title": source.title, "where": source.where, "seen": "" if told else words.word(source.seen)}


def _name(site: Site, words: LetterWords) -> str:
    """The place as the questionnaire calls it."""
    choice = questionnaire().by_link_id["sites"].choice(site.value)
    return site.value if choice is None else words.core(choice.text)


@cache
def _layout() -> bytes:
    return files("ionto.exchange").joinpath("letter.typ").read_bytes()
