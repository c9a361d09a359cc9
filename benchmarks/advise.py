"""One `advise` for a year's record: in a warm process, and as a whole cold command."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from ionto.consult import Intake
from ionto.follow.advise import advise
from ionto.prescribe import protocols
from ionto.simulate.course import play
from ionto.simulate.patient import typical_traits
from ionto.words.reading import read_json, to_json
from ionto.words.terms import Site

EXAMPLES = Path(__file__).parents[1] / "examples"
ROUNDS_COUNT = 15
DAYS = 120


def main() -> None:
    intake = read_json(Intake, (EXAMPLES / "palms.json").read_text("utf-8"))
    played = play(
        intake,
        Site.PALMS,
        protocols()["palms_dc"],
        typical_traits(Site.PALMS),
        starts_on=date(2026, 11, 24),
        days=DAYS,
        seed=1,
        zone=ZoneInfo("Europe/Berlin"),
    )
    course = played.course
    today = max(fact.at for fact in course.facts).date()
    warm_s = [_timed(lambda: advise(course, today)) for _ in range(ROUNDS_COUNT)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(to_json(course))
        file.flush()
        command = [sys.executable, "-m", "ionto.cli", "advise", file.name, "--today", today.isoformat(), "--json"]
        cold_s = [
            _timed(lambda: json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
            for _ in range(5)
        ]
    sessions = sum(fact.kind == "session" for fact in course.facts)
    print(f"{DAYS} days, {len(course.facts) - sessions} observations, {sessions} sessions")
    for label, took_s in (("warm", warm_s), ("cold command", cold_s)):
        print(
            f"  {label:13} {min(took_s):.3f} / {statistics.median(took_s):.3f} / {max(took_s):.3f} s (min, median, max)"
        )


def _timed(work: object) -> float:
    assert callable(work)
    began_at_s = time.perf_counter()
    work()
    return time.perf_counter() - began_at_s


if __name__ == "__main__":
    main()
