"""Courses at one site, written short: a prescription, facts by the day, and the advice on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ionto.follow.advise import advise
from ionto.follow.recommendation import Recommendation
from ionto.words.records import (
    Course,
    CoursePatient,
    Fact,
    HdssFact,
    PrescriptionFact,
    SessionFact,
    SideEffectFact,
    SweatRateFact,
)
from ionto.words.terms import Effect, EffectSeverity, Site

BERLIN = ZoneInfo("Europe/Berlin")
BEGUN_ON = date(2026, 9, 1)
EVENING = datetime(2026, 9, 1, 18, tzinfo=BERLIN)
PALMS = PrescriptionFact(
    site=Site.PALMS,
    protocol="palms_dc",
    target_current_ma=15.0,
    duration_min=20.0,
    starts_on=BEGUN_ON,
    sessions_per_week=3,
    start_current_ma=5.0,
    cap_current_ma=20.0,
)
SOLES = replace(PALMS, site=Site.SOLES, protocol="soles_dc")
# Karakoç 2004 fell from 52 to 6.4 mg/min; the way between is ours [KAR04].
KARAKOC_MG_PER_MIN = (52.0, 51.0, 49.0, 44.0, 36.0, 27.0, 19.0, 14.0, 11.0, 9.0, 7.5, 6.4)
KARAKOC_HDSS = (4, 4, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1)


def session(day: float, current_ma: float = 15.0, site: Site = Site.PALMS, **other: object) -> SessionFact:
    at = EVENING + timedelta(days=day)
    return SessionFact(**{"site": site, "at": at, "current_ma": current_ma, "duration_min": 20.0} | other)  # type: ignore[arg-type]


def felt(day: float, effect: str, severity: str = "mild", site: Site = Site.PALMS) -> SideEffectFact:
    at = EVENING + timedelta(days=day)
    return SideEffectFact(site=site, at=at, effect=Effect(effect), severity=EffectSeverity(severity))


def hdss(day: float, score: int) -> HdssFact:
    return HdssFact(site=Site.PALMS, at=EVENING + timedelta(days=day), score=score)


def session_days(count: int) -> list[int]:
    return [7 * (number // 3) + (0, 2, 4)[number % 3] for number in range(count)]


def responder(count: int) -> list[Fact]:
    """A course with full current; before each session a weighing and the HDSS of that day, as in Karakoç 2004."""
    facts: list[Fact] = []
    for number, day in enumerate(session_days(count)):
        weighed = EVENING + timedelta(days=day, hours=-1)
        facts += [
            SweatRateFact(site=Site.PALMS, at=weighed, sweat_mg_per_min=KARAKOC_MG_PER_MIN[number]),
            hdss(day - 0.03, KARAKOC_HDSS[number]),
            session(day),
        ]
    return facts


def eased() -> list[Fact]:
    """A responder whose interval has lengthened in steps to a fortnight, dry enough at the end of each."""
    facts = responder(12)
    for day in (32, 42, 56):
        facts += [hdss(day - 0.03, 1), session(day)]
    return facts


def flat(count: int, score: int = 4) -> list[Fact]:
    """The same sessions, and nothing changes."""
    return [fact for day in session_days(count) for fact in (hdss(day - 0.03, score), session(day))]


def course(facts: Sequence[Fact], *prescriptions: PrescriptionFact, birth_year: int | None = 1990) -> Course:
    return Course(
        patient=CoursePatient(id="p1", birth_year=birth_year, timezone="Europe/Berlin"),
        prescriptions=prescriptions or (PALMS,),
        facts=tuple(facts),
    )


def advised(
    facts: Sequence[Fact], day: int, *, away: tuple[tuple[date, date], ...] = (), tolerance: int = 2
) -> Recommendation:
    return advise(course(facts), BEGUN_ON + timedelta(days=day), tolerance=tolerance, away=away)[Site.PALMS]


def on(day: int) -> date:
    return BEGUN_ON + timedelta(days=day)
