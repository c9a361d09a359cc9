"""The whole journey of one person: examples/palms.json through the five functions, beside the published numbers.

    .venv/bin/python examples/journey.py             prints the tables
    .venv/bin/python examples/journey.py --write     also writes examples/course.json, her record

First eight sessions as in Karakoç 2004, without advice, to stand beside the trial. Then her own plan, with advice, for
four months. The person is virtual: ducts that block and reopen (docs/explanation/virtual-patient.md). She is calibrated
on KAR04, so that agreement there shows that the parts fit together, and nothing more.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ionto.consult import Intake
from ionto.prescribe import protocols
from ionto.simulate.course import PlayedCourse, play
from ionto.simulate.patient import typical_traits
from ionto.words.reading import read_json, to_json
from ionto.words.terms import Site

HERE = Path(__file__).parent
STARTS_ON, ZONE = date(2026, 11, 24), ZoneInfo("Europe/Berlin")
SEED = 3
TRIAL_SESSIONS_COUNT = 8
TRIAL_DAYS, OWN_DAYS = 90, 120


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published number beside ours."""

    what: str
    published: str
    ours: str
    source: str


def person() -> Intake:
    """Palms dripping since 13, HDSS 4, 52 mg/min, six weeks of aluminium chloride without change."""
    return read_json(Intake, (HERE / "palms.json").read_text("utf-8"))


def trial() -> PlayedCourse:
    """Eight sessions at the current of the trial, then none."""
    return play(
        person(),
        Site.PALMS,
        protocols()["palms_dc_karakoc"],
        typical_traits(Site.PALMS),
        starts_on=STARTS_ON,
        days=TRIAL_DAYS,
        seed=SEED,
        zone=ZONE,
        follows_plan_only=TRIAL_SESSIONS_COUNT,
    )


def own() -> PlayedCourse:
    """Her own plan: from 5 mA upwards, three a week, then as she is advised."""
    return play(
        person(),
        Site.PALMS,
        protocols()["palms_dc"],
        typical_traits(Site.PALMS),
        starts_on=STARTS_ON,
        days=OWN_DAYS,
        seed=SEED,
        zone=ZONE,
        patient_id="palms",
    )


def sweat_on(played: PlayedCourse, on: date) -> float:
    """True sweat of one side [mg/min] on a day, before that day's session."""
    return next(weighing.sweat_mg_per_min for weighing in played.truth if weighing.on == on)


def comparisons(played: PlayedCourse) -> list[Comparison]:
    """The trial's numbers beside those of the eight sessions."""
    before_mg_per_min = played.course.facts[0], typical_traits(Site.PALMS).untreated_mg_per_min
    last_on = played.sessions[-1].on
    after_mg_per_min = sweat_on(played, last_on + timedelta(days=7))
    fall_fraction = 1 - after_mg_per_min / before_mg_per_min[1]
    wet_mg_per_min = typical_traits(Site.PALMS).hdss_thresholds_mg_per_min[1]
    wet_on = next(w.on for w in played.truth if w.on > last_on and w.sweat_mg_per_min > wet_mg_per_min)
    current_ma = max(session.ended.max_current_ma for session in played.sessions)
    return [
        Comparison("current", "18 to 22 mA", f"18 to {current_ma:.0f} mA", "KAR04"),
        Comparison("sweat before", "52.0 and 52.8 mg/min", f"{before_mg_per_min[1]:.1f} mg/min", "KAR04"),
        Comparison(
            "sweat one week after the 8th session", "6.3 and 6.5 mg/min", f"{after_mg_per_min:.1f} mg/min", "KAR04"
        ),
        Comparison("fall", "88 %", f"{100 * fall_fraction:.0f} %", "KAR04"),
        Comparison(
            "back to HDSS 3 after the last session", "35 days (remission)", f"{(wet_on - last_on).days} days", "KAR02"
        ),
    ]


def rhythm(played: PlayedCourse) -> list[tuple[date, str, str, str]]:
    """Each session: day, days since the last one, phase, and true sweat that morning."""
    phases = {on: advice.phase for on, advice in played.recommendations}
    rows, before = [], None
    for session in played.sessions:
        gap = "" if before is None else str((session.on - before).days)
        rows.append((session.on, gap, phases[session.on], f"{sweat_on(played, session.on):.1f}"))
        before = session.on
    return rows


def main() -> int:
    published = trial()
    print("Eight sessions as in the trial")
    for row in comparisons(published):
        print(f"  {row.what:38} {row.published:>22}   {row.ours:>14}   {row.source}")
    hers = own()
    print("\nHer own plan\n  session        days since   phase         sweat before, mg/min")
    for on, gap, phase, sweat in rhythm(hers):
        print(f"  {on:%a %d %b %Y}  {gap:>6}       {phase:12}  {sweat:>6}")
    print("\nThe last advice")
    on, advice = hers.recommendations[-1]
    for sentence in (f"{on:%d %b %Y}: {advice.phase}, next session {advice.next_session_on}", *advice.why):
        print("  " + sentence)
    if "--write" in sys.argv:
        (HERE / "course.json").write_text(to_json(hers.course) + "\n", "utf-8")
        print("\nwrote examples/course.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
