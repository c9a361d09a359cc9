"""The leader table: policies on the same virtual people for a year, by days controlled, sessions, and both together.

Every policy plays through the environment (`ionto.simulate.environment`) and knows only what it shows. All but the
random one raise the current alike, 5 mA and 1 mA more each session up to 15, so that only the days are compared. Ours
is `ionto.follow`, which had no part in making these people. It is slow, some 20 seconds a person and core, so that few
people play; `--people N` plays more, `--seed S` others, and `--keep` writes what the documentation shows.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from scipy.special import stdtrit

from ionto.consult import Intake, clearance_for, consult
from ionto.follow.recommend import DEFAULT_RISK_PROB, recommend
from ionto.follow.response import prior_belief, update
from ionto.prescribe import devices, prescribe, protocols
from ionto.simulate.environment import OBSERVED, VirtualPatientEnv
from ionto.words.reading import read_json
from ionto.words.records import HdssFact, PrescriptionFact, RatingFact, SessionFact, SideEffectFact
from ionto.words.terms import Effect, Site

HERE = Path(__file__).parent
KEPT = HERE / "leaderboard.json"
PEOPLE_COUNT, SEED, DAYS_COUNT, SESSION_COST_DAYS = 12, 1, 365, 0.25
START_MA, STEP_MA, TARGET_MA, DURATION_MIN = 5, 1, 15, 20.0
CLAMMY_SCORE = 4  # as the diary counts it
STARTS_ON, ZONE = date(2026, 11, 24), ZoneInfo("Europe/Berlin")

Seen = dict[str, float]
Policy = Callable[[int, Seen], int]  # the day and what is seen, to the current of today's session, 0 for none


def risen_ma(seen: Seen) -> int:
    return min(TARGET_MA, START_MA + STEP_MA * int(seen["sessions_count"]))


def never(_person: int) -> Policy:
    return lambda _day, _seen: 0


def every(days: int) -> Callable[[int], Policy]:
    return lambda _person: (
        lambda _day, seen: risen_ma(seen) * (seen["sessions_count"] == 0 or seen["session_age_days"] >= days)
    )


def ladder(_person: int) -> Policy:
    """Ten sessions three a week, four a week apart, four a fortnight apart, then every 28 days."""
    gaps = (*(2, 2, 3) * 3, *(7,) * 4, *(14,) * 4)

    def today_ma(_day: int, seen: Seen) -> int:
        held = int(seen["sessions_count"])
        gap_days = gaps[held - 1] if held <= len(gaps) else 28
        return risen_ma(seen) * (held == 0 or seen["session_age_days"] >= gap_days)

    return today_ma


def reactive(_person: int) -> Policy:
    return lambda _day, seen: risen_ma(seen) * (seen["rating_score"] >= CLAMMY_SCORE)


def at_random(person: int) -> Policy:
    rng = np.random.default_rng([SEED, person])
    return lambda _day, _seen: int(rng.integers(1, TARGET_MA + 1)) * int(rng.random() < 0.25)


def prescription() -> PrescriptionFact:
    intake = read_json(Intake, (HERE.parent / "examples" / "palms.json").read_text("utf-8"))
    device = devices()["simulated"]
    made = prescribe(
        clearance_for(consult(intake), Site.PALMS), protocols()["palms_dc"], device_id="simulated", device=device
    )
    return PrescriptionFact(
        site=made.site,
        protocol=made.protocol,
        target_current_ma=made.target_current_ma,
        start_current_ma=made.start_current_ma,
        cap_current_ma=made.cap_current_ma,
        duration_min=made.duration_min,
        starts_on=STARTS_ON,
        sessions_per_week=made.sessions_per_week,
    )


class Ours:
    """`ionto.follow` with its defaults: diary and HDSS are noted each day, and what it then says of today is done."""

    def __init__(self, _person: int) -> None:
        self.prescription = prescription()
        made = self.prescription
        self.belief = prior_belief(made.site, full_dose_ma_min=made.target_current_ma * made.duration_min)

    def __call__(self, day: int, seen: Seen) -> int:
        today = STARTS_ON + timedelta(days=day)
        if seen["sessions_count"] and seen["session_age_days"] == 1:
            self.note_session(today - timedelta(days=1), seen)
        at = datetime.combine(today, time(12), ZONE).astimezone(UTC)
        self.belief = update(self.belief, RatingFact(site=Site.PALMS, at=at, score=int(seen["rating_score"])))
        if seen["hdss_age_days"] == 0:
            self.belief = update(self.belief, HdssFact(site=Site.PALMS, at=at, score=int(seen["hdss_score"])))
        advice = recommend(self.belief, self.prescription, today, zone=ZONE)
        return int(advice.current_ma) if advice.next_session_on == today else 0

    def note_session(self, on: date, seen: Seen) -> None:
        at = datetime.combine(on, time(18), ZONE).astimezone(UTC)
        current_ma = round(seen["delivered_ma"], 2)
        fact = SessionFact(site=Site.PALMS, at=at, current_ma=current_ma, duration_min=DURATION_MIN)
        self.belief = update(self.belief, fact)
        for name, effect in (("pain_count", Effect.PAIN), ("blister_count", Effect.BLISTER)):
            if seen[name]:
                felt = SideEffectFact(site=Site.PALMS, at=at + timedelta(minutes=30), effect=effect)
                self.belief = update(self.belief, felt)


POLICIES: dict[str, Callable[[int], Policy]] = {
    "never": never,
    **{f"every {days} days": every(days) for days in (2, 3, 5, 7, 14)},
    "a ladder of 7, 14, then 28 days": ladder,
    "reactive: on the first clammy day": reactive,
    "random: one day in four, 1 to 15 mA": at_random,
    "ours: ionto.follow": Ours,
}
OURS = "ours: ionto.follow"


@dataclass(frozen=True)
class Year:
    """What one person had of one policy."""

    controlled_days: int
    sessions_count: int
    hurt_count: int
    return_days: float
    responder: bool


@dataclass
class Row:
    """One policy: a year of each person, in the order of the people."""

    policy: str
    years: list[Year] = field(default_factory=list)

    def of(self, name: str) -> NDArray[np.float64]:
        return np.array([getattr(year, name) for year in self.years], dtype=float)


def lived(policy: str, person: int, seed: int, days_count: int = DAYS_COUNT) -> Year:
    """A year of one person under one policy."""
    env = VirtualPatientEnv(population_seed=seed, days_count=days_count, session_cost_days=SESSION_COST_DAYS)
    acts = POLICIES[policy](person)
    seen, told = env.reset(options={"person_number": person})
    controlled = sessions = hurt = 0
    total, over = 0.0, False
    for day in range(days_count):
        named = dict(zip(OBSERVED, seen.tolist(), strict=True))
        seen, reward, _, over, told = env.step(acts(day, named))
        given = told["delivered_ma"] > 0
        controlled, sessions, total = controlled + told["controlled"], sessions + given, total + float(reward)
        hurt += int(given and (seen[6] or seen[7]))
    if not over:
        raise SystemExit("the year did not end")
    return Year(controlled, sessions, hurt, total, bool(env.person.responder[0]))


def played(people_count: int, seed: int, days_count: int, workers_count: int) -> list[Row]:
    """Every policy on everybody, best return first; progress on the error stream."""
    found: dict[tuple[str, int], Year] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress,
        ProcessPoolExecutor(workers_count) as workers,
    ):
        # The slow one first, a person at a time; the time left is from its own pace.
        for policies, words in (([OURS], "ours"), ([name for name in POLICIES if name != OURS], "the others")):
            asked = [(name, person) for person in range(people_count) for name in policies]
            task = progress.add_task(words, total=len(asked))
            waits = {workers.submit(lived, name, person, seed, days_count): (name, person) for name, person in asked}
            for done in as_completed(waits):
                found[waits[done]] = done.result()
                progress.advance(task)
    rows = [Row(name, [found[name, person] for person in range(people_count)]) for name in POLICIES]
    return sorted(rows, key=lambda row: -float(row.of("return_days").mean()))


def mean_of(values: NDArray[np.float64]) -> dict[str, float]:
    """The mean with its 95 % interval by Student's t over people."""
    mean, count = float(values.mean()), len(values)
    half = float(stdtrit(count - 1, 0.975) * values.std(ddof=1) / math.sqrt(count)) if count > 1 else math.nan
    return {"mean": round(mean, 2), "low": round(mean - half, 2), "high": round(mean + half, 2)}


def summary(rows: list[Row], people_count: int, seed: int, days_count: int) -> dict[str, object]:
    ours = next(row for row in rows if row.policy == OURS)
    responds = ours.of("responder") > 0
    names = ("controlled_days", "sessions_count", "return_days")
    return {
        "people_count": people_count,
        "responders_count": int(responds.sum()),
        "seed": seed,
        "days_count": days_count,
        "session_cost_days": SESSION_COST_DAYS,
        "risk_prob": DEFAULT_RISK_PROB,
        "policies": [
            {
                "policy": row.policy,
                **{name: mean_of(row.of(name)) for name in names},
                "responders_controlled_days": mean_of(row.of("controlled_days")[responds]),
                "hurt_count": mean_of(row.of("hurt_count")),
                "less_than_ours_days": mean_of(ours.of("return_days") - row.of("return_days")),
            }
            for row in rows
        ],
    }


def lines(told: dict[str, object]) -> Iterator[str]:
    """The table as text."""
    yield (
        f"{told['people_count']} people ({told['responders_count']} respond), {told['days_count']} days, the same"
        f" people and days for each policy (seed {told['seed']}); "
        f"a session costs {told['session_cost_days']} days of control"
    )
    headings = ("days controlled", "sessions", "return [days]", "ours less this one")
    yield f"{'':36}" + "".join(f"{heading:>26}" for heading in headings)
    for row in told["policies"]:  # type: ignore[attr-defined]
        cells = (row[name] for name in ("controlled_days", "sessions_count", "return_days", "less_than_ours_days"))
        said = "".join(f"{'{mean:.1f} ({low:.1f} to {high:.1f})'.format(**cell):>26}" for cell in cells)
        yield f"{row['policy']:36}{said}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench leaderboard", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE_COUNT, help="how many play every policy")
    parser.add_argument("--days", type=int, default=DAYS_COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true", help="write leaderboard.json, which the documentation shows")
    asked = parser.parse_args()
    if min(asked.people - 1, asked.days, asked.workers) < 1:
        sys.exit("--people is at least 2, --days and --workers at least 1")
    rows = played(asked.people, asked.seed, asked.days, asked.workers)
    told = summary(rows, asked.people, asked.seed, asked.days)
    print("\n".join(lines(told)))
    if asked.keep:
        KEPT.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
