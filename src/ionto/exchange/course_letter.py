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

from ionto.exchange.letter import MONTHS
from ionto.follow.recommendation import Recommendation
from ionto.words.records import (
    Course,
    Fact,
    HdssFact,
    RatingFact,
    SessionFact,
    SideEffectFact,
    SweatRateFact,
)
from ionto.words.terms import CoursePhase, Outcome, Site

NAMES = {Site.PALMS: "Hands", Site.SOLES: "Feet", Site.AXILLAE: "Underarms", Site.FACE: "Face"}
PHASES = {
    CoursePhase.INDUCTION: "Induction: regular sessions until the sweating gives way.",
    CoursePhase.MAINTENANCE: "Maintenance: a session only as often as it is needed.",
    CoursePhase.RELAPSE: "Relapse: the effect has worn off.",
    CoursePhase.NO_RESPONSE: "No response so far.",
    CoursePhase.PAUSED: "Paused: no sessions for now.",
}
ENDED = {Outcome.COMPLETED: "completed", Outcome.STOPPED: "stopped early", Outcome.FAULTED: "cut off by a safety check"}
# The last sessions stand one by one; those before are summed up by month.
LAST_SESSIONS = 15


def course_letter_of(course: Course, advice: Mapping[Site, Recommendation], *, written_on: date) -> bytes:
    """The letter as a PDF, without the person's name; the same course and day give the same bytes."""
    made: bytes = typst.compile(
        _layout(),
        sys_inputs={"letter": json.dumps(contents_of(course, advice, written_on=written_on), ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    return made


def contents_of(course: Course, advice: Mapping[Site, Recommendation], *, written_on: date) -> dict[str, Any]:
    """What the letter says, as data."""
    born, zone = course.patient.birth_year, course.patient.zone
    facts = sorted(course.facts, key=lambda fact: fact.at)
    sites = [site for site in Site if site in advice or any(fact.site is site for fact in facts)]
    days = [fact.at.astimezone(zone).date() for fact in facts]
    return {
        "title": "Course of iontophoresis",
        "person": f"Record {course.patient.id}; " + ("year of birth not known" if born is None else f"born in {born}"),
        "written_on": _day(written_on),
        "day": [written_on.year, written_on.month, written_on.day],
        "span": f"{_day(days[0])} to {_day(days[-1])}" if days else None,
        "sites": [
            _site(site, course, [fact for fact in facts if fact.site is site], advice.get(site)) for site in sites
        ],
    }


def _site(site: Site, course: Course, facts: Sequence[Fact], advice: Recommendation | None) -> dict[str, Any]:
    zone = course.patient.zone
    sessions = [fact for fact in facts if isinstance(fact, SessionFact)]
    return {
        "name": NAMES[site],
        "prescribed": [
            f"{made.target_current_ma:g} mA for {made.duration_min:g} min, {made.sessions_per_week} a week, "
            f"from {_day(made.starts_on)} (protocol {made.protocol.replace('_', ' ')})"
            for made in course.prescriptions
            if made.site is site
        ],
        "sessions": _sessions(sessions, zone),
        "before": _months(sessions[:-LAST_SESSIONS], zone),
        "total": _total(sessions),
        "scores": _scores(facts, zone),
        "effects": [
            [
                _short(fact.at, zone),
                fact.effect.value.replace("_", " "),
                fact.severity.value,
                "not noted" if fact.lasted_hours is None else f"{fact.lasted_hours:g} h",
            ]
            for fact in facts
            if isinstance(fact, SideEffectFact)
        ],
        "next": None if advice is None else _next(advice),
    }


def _sessions(sessions: Sequence[SessionFact], zone: ZoneInfo) -> list[list[str]]:
    return [
        [
            _short(fact.at, zone),
            f"{fact.current_ma:.1f}",
            f"{fact.duration_min:.0f}",
            ENDED[fact.outcome] + (", painful" if fact.pain_reported else ""),
            fact.provenance,
        ]
        for fact in sessions[-LAST_SESSIONS:]
    ]


def _months(sessions: Sequence[SessionFact], zone: ZoneInfo) -> list[list[str]]:
    by_month: dict[tuple[int, int], list[SessionFact]] = {}
    for fact in sessions:
        on = fact.at.astimezone(zone)
        by_month.setdefault((on.year, on.month), []).append(fact)
    return [
        [
            f"{MONTHS[month - 1]} {year}",
            f"{len(held)}",
            f"{fmean(fact.current_ma for fact in held):.1f}",
            f"{fmean(fact.duration_min for fact in held):.0f}",
        ]
        for (year, month), held in by_month.items()
    ]


def _total(sessions: Sequence[SessionFact]) -> str:
    if not sessions:
        return "No session is on record."
    hours = sum(fact.duration_min for fact in sessions) / 60
    early = sum(fact.outcome is not Outcome.COMPLETED for fact in sessions)
    count = "1 session" if len(sessions) == 1 else f"{len(sessions)} sessions"
    return f"{count}, {hours:.1f} hours with current; {early or 'none'} ended early."


def _scores(facts: Sequence[Fact], zone: ZoneInfo) -> list[list[str]]:
    """Month by month: HDSS, the person's own rating, and weighed sweat, each as its mean and its number."""
    kinds = {HdssFact: 0, RatingFact: 1, SweatRateFact: 2}
    by_month: dict[tuple[int, int], list[list[float]]] = {}
    for fact in facts:
        if isinstance(fact, HdssFact | RatingFact | SweatRateFact):
            on = fact.at.astimezone(zone)
            value = fact.sweat_mg_per_min if isinstance(fact, SweatRateFact) else fact.score
            by_month.setdefault((on.year, on.month), [[], [], []])[kinds[type(fact)]].append(value)
    return [
        [f"{MONTHS[month - 1]} {year}", *(f"{fmean(each):.1f} ({len(each)})" if each else "–" for each in values)]
        for (year, month), values in by_month.items()
    ]


def _next(advice: Recommendation) -> dict[str, Any]:
    on, until = advice.next_session_on, advice.may_wait_until
    if on is None:
        when = "No session for now."
    else:
        waits = f"; it may wait until {_day(until)}" if until is not None and until > on else ""
        when = f"Next session on {_day(on)} at {advice.current_ma:g} mA{waits}."
    return {
        "phase": PHASES[advice.phase],
        "when": when,
        "why": list(advice.why),
        "alerts": [f"{alert.why} {alert.do}" for alert in advice.alerts],
    }


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _short(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()


@cache
def _layout() -> bytes:
    return files("ionto.exchange").joinpath("course_letter.typ").read_bytes()
