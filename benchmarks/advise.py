"""`advise` for 60 observations over a year, twenty persons: in a warm process, and as a whole cold command; and for
records that are longer, with a rating every day.

Beside the clock stands the time of the processor, which is what remains when nothing else runs on the machine.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from ionto.follow.advise import advise
from ionto.words.reading import to_json
from ionto.words.records import Course, CoursePatient, PrescriptionFact, RatingFact, SessionFact
from ionto.words.terms import Site

TESTS = Path(__file__).parents[1] / "tests"
ROUNDS_COUNT, COLD_COUNT = 5, 10
# A rating every day and a session every second day, for so many years.
LONG_YEARS = (1, 5)
PRESCRIPTION = PrescriptionFact(
    site=Site.PALMS,
    protocol="palms_dc",
    target_current_ma=15.0,
    duration_min=20.0,
    starts_on=date(2026, 1, 5),
    sessions_per_week=3,
)


def main() -> None:
    sys.path.insert(0, str(TESTS))
    from test_response_oracle import ORACLES, fact_of

    persons = json.loads((ORACLES / "persons.json").read_text("utf-8"))
    courses = [
        Course(
            patient=CoursePatient(id=f"person{person['seed']}", birth_year=1990, timezone="Europe/Berlin"),
            prescriptions=(PRESCRIPTION,),
            facts=tuple(fact_of(row) for row in person["facts"]),
        )
        for person in persons
    ]
    todays = [max(fact.at for fact in course.facts).date() for course in courses]
    advise(courses[0], todays[0])
    warm = [
        _timed(lambda course=course, today=today: advise(course, today), time.process_time)
        for _ in range(ROUNDS_COUNT)
        for course, today in zip(courses, todays, strict=True)
    ]
    cold = []
    for course, today in list(zip(courses, todays, strict=True))[:COLD_COUNT]:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(to_json(course))
            file.flush()
            command = [sys.executable, "-m", "ionto.cli", "advise", file.name, "--today", today.isoformat(), "--json"]
            cold.append(_timed(lambda command=command: _run(command), _children_s))
    print(f"{len(courses)} persons, 60 observations in a year; load of the machine {os.getloadavg()[0]:.1f}")
    for label, took in (("warm", warm), ("cold command", cold)):
        for clock, column in zip(("clock", "processor"), 1e3 * np.array(took).T, strict=True):
            print(
                f"  {label:13} {clock:10} median {np.median(column):7.1f} ms   p95 {np.quantile(column, 0.95):7.1f} ms"
                f"   worst {column.max():7.1f} ms"
            )
    for years in LONG_YEARS:
        course, today = _daily(years)
        _, took_s = _timed(lambda course=course, today=today: advise(course, today), time.process_time)
        print(f"  a rating a day, years {years}: {took_s:.2f} s of the processor")


def _daily(years: int) -> tuple[Course, date]:
    rng, begun_at = np.random.default_rng(1), datetime(2021, 1, 4, 18, tzinfo=UTC)
    facts: list[RatingFact | SessionFact] = []
    for day in range(365 * years):
        at = begun_at + timedelta(days=day)
        facts.append(RatingFact(site=Site.PALMS, at=at, score=int(np.clip(rng.normal(2.0, 1.2), 0, 10))))
        if day % 2 == 0:
            had_at = at + timedelta(hours=1)
            facts.append(SessionFact(site=Site.PALMS, at=had_at, current_ma=15.0, duration_min=20.0))
    patient = CoursePatient(id=f"years{years}", birth_year=1990, timezone="Europe/Berlin")
    prescribed = replace(PRESCRIPTION, starts_on=begun_at.date())
    return Course(patient=patient, prescriptions=(prescribed,), facts=tuple(facts)), facts[-1].at.date()


def _run(command: list[str]) -> None:
    json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _timed(work: Callable[[], object], processor_s: Callable[[], float]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    began_at_s, used_s = time.perf_counter(), processor_s()
    work()
    return time.perf_counter() - began_at_s, processor_s() - used_s


if __name__ == "__main__":
    main()
