"""The course as a letter for the doctor: an accessible PDF (PDF/UA-1) of what was done, how it went, and what is next.

Laid out by course_letter.typ. Everything in it travels there as data; no text is ever made part of the layout.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import typst

from ionto.exchange.letter_words import LetterWords, letter_words
from ionto.follow.recommendation import Recommendation
from ionto.words.records import (
    CauseFact,
    Course,
    Fact,
    HdssFact,
    PrescriptionFact,
    RatingFact,
    SessionFact,
    SideEffectFact,
    SweatRateFact,
)
from ionto.words.terms import Cause, Outcome, Site

# The last sessions stand one by one; those before are summed up by month.
LAST_SESSIONS = 15


def course_letter_of(
    course: Course, advice: Mapping[Site, Recommendation], *, written_on: date, language: str = "en"
) -> bytes:
    """The letter as a PDF, without the person's name; the same course, day and language give the same bytes.

    Raises
    ------
    DocumentError
        If there is no letter in this language.
    """
    said = contents_of(course, advice, written_on=written_on, language=language)
    made: bytes = typst.compile(
        _layout(),
        sys_inputs={"letter": json.dumps(said, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    return made


def contents_of(
    course: Course, advice: Mapping[Site, Recommendation], *, written_on: date, language: str = "en"
) -> dict[str, Any]:
    """What the letter says, as data."""
    words = letter_words(language)
    born, zone = course.patient.birth_year, course.patient.zone
    facts = sorted(course.facts, key=lambda fact: fact.at)
    sites = [site for site in Site if site in advice or any(fact.site is site for fact in facts)]
    days = [fact.at.astimezone(zone).date() for fact in facts]
    known = words.says("birth_unknown") if born is None else words.says("born", year=born)
    person = words.says("record", id=course.patient.id, born=known)
    return {
        "language": language,
        "title": words.says("course"),
        "person": person,
        "head": words.says("letter_of", person=person, written_on=words.day(written_on)),
        "says": words.own.says,
        "heads": words.own.heads,
        "day": [written_on.year, written_on.month, written_on.day],
        "span": words.says("entries", first=words.day(days[0]), last=words.day(days[-1]))
        if days
        else words.says("no_entries"),
        "sites": [
            _site(site, course, [fact for fact in facts if fact.site is site], advice.get(site), words)
            for site in sites
        ],
    }


def _site(
    site: Site, course: Course, facts: Sequence[Fact], advice: Recommendation | None, words: LetterWords
) -> dict[str, Any]:
    zone = course.patient.zone
    sessions = [fact for fact in facts if isinstance(fact, SessionFact)]
    return {
        "site": site.value,
        "name": words.word(site),
        "prescribed": [
            words.says("prescribed", prescribed=_made(made, words))
            for made in course.prescriptions
            if made.site is site
        ],
        "sessions": _sessions(sessions, zone, words),
        "before": _months(sessions[:-LAST_SESSIONS], zone, words),
        "total": _total(sessions, words),
        "causes": _causes(facts, zone, words),
        "scores": _scores(facts, zone, words),
        "effects": [
            [
                _short(fact.at, zone, words),
                words.core(fact.effect.value.replace("_", " ")),
                words.core(fact.severity.value),
                words.says("not_noted")
                if fact.lasted_hours is None
                else words.says("hours", n=words.number(fact.lasted_hours)),
            ]
            for fact in facts
            if isinstance(fact, SideEffectFact)
        ],
        "next": None if advice is None else _next(advice, words),
    }


def _made(made: PrescriptionFact, words: LetterWords) -> str:
    return words.says(
        "made",
        current=words.number(made.target_current_ma),
        minutes=words.number(made.duration_min),
        count=made.sessions_per_week,
        on=words.day(made.starts_on),
        protocol=made.protocol.replace("_", " "),
    )


def _sessions(sessions: Sequence[SessionFact], zone: ZoneInfo, words: LetterWords) -> list[list[str]]:
    return [
        [
            _short(fact.at, zone, words),
            words.number(fact.current_ma, ".1f"),
            f"{fact.duration_min:.0f}",
            words.word(fact.outcome) + (words.says("painful") if fact.pain_reported else ""),
            words.word(fact.provenance),
        ]
        for fact in sessions[-LAST_SESSIONS:]
    ]


def _months(sessions: Sequence[SessionFact], zone: ZoneInfo, words: LetterWords) -> list[list[str]]:
    by_month: dict[tuple[int, int], list[SessionFact]] = {}
    for fact in sessions:
        on = fact.at.astimezone(zone)
        by_month.setdefault((on.year, on.month), []).append(fact)
    return [
        [
            words.month(*month),
            f"{len(held)}",
            words.number(fmean(fact.current_ma for fact in held), ".1f"),
            f"{fmean(fact.duration_min for fact in held):.0f}",
        ]
        for month, held in by_month.items()
    ]


def _total(sessions: Sequence[SessionFact], words: LetterWords) -> str:
    if not sessions:
        return words.says("no_session")
    hours = sum(fact.duration_min for fact in sessions) / 60
    early = sum(fact.outcome is not Outcome.COMPLETED for fact in sessions)
    count = words.says("one_session") if len(sessions) == 1 else words.says("many_sessions", n=len(sessions))
    ended = early or words.says("none")
    return words.says("total", sessions=count, hours=words.number(hours, ".1f"), early=ended)


def _causes(facts: Sequence[Fact], zone: ZoneInfo, words: LetterWords) -> str:
    """What the person found last of each known cause, in one sentence; "" when they never looked."""
    last = {fact.cause: fact for fact in facts if isinstance(fact, CauseFact)}
    said = [
        words.says(
            "cause",
            cause=words.word(f"cause_{fact.cause}"),
            found=words.word(fact.found),
            on=_short(fact.at, zone, words),
        )
        for fact in (last[cause] for cause in Cause if cause in last)
    ]
    return words.says("causes", found="; ".join(said)) if said else ""


def _scores(facts: Sequence[Fact], zone: ZoneInfo, words: LetterWords) -> list[list[str]]:
    """Month by month: HDSS, the person's own rating, and weighed sweat, each as its mean and its number."""
    kinds = {HdssFact: 0, RatingFact: 1, SweatRateFact: 2}
    by_month: dict[tuple[int, int], list[list[float]]] = {}
    for fact in facts:
        if isinstance(fact, HdssFact | RatingFact | SweatRateFact):
            on = fact.at.astimezone(zone)
            value = fact.sweat_mg_per_min if isinstance(fact, SweatRateFact) else fact.score
            by_month.setdefault((on.year, on.month), [[], [], []])[kinds[type(fact)]].append(value)
    return [
        [
            words.month(*month),
            *(f"{words.number(fmean(each), '.1f')} ({len(each)})" if each else "–" for each in values),
        ]
        for month, values in by_month.items()
    ]


def _next(advice: Recommendation, words: LetterWords) -> dict[str, Any]:
    on, until = advice.next_session_on, advice.may_wait_until
    if on is None:
        when = words.says("no_next")
    else:
        waits = words.says("waits", until=words.day(until)) if until is not None and until > on else ""
        when = words.says("next", on=words.day(on), current=words.number(advice.current_ma), waits=waits)
    return {
        "phase": words.word(advice.phase),
        "when": when,
        "why": [words.core(sentence) for sentence in advice.why],
        "alerts": [words.core(f"{alert.why} {alert.do}") for alert in advice.alerts],
    }


def _short(at: datetime, zone: ZoneInfo, words: LetterWords) -> str:
    return words.short_day(at.astimezone(zone).date())


@cache
def _layout() -> bytes:
    return files("ionto.exchange").joinpath("course_letter.typ").read_bytes()
