"""A year of maintenance under rules that a leaflet, a maker, common sense, this product or an oracle would follow.

    ./run bench policies                   500 people of each truth
    ./run bench policies --people 2000     as in docs/explanation/fewest-sessions.md; an hour on two busy cores
    ./run bench policies --tried           what was tried for fewer sessions beside ours, and how much each saves

Three truths: people drawn from the response model's own prior; the ducts of `simulate`, which share nothing with it;
and the same people, who each use the written scale in a way of their own.
Everybody has had the same twelve sessions in four weeks; then a year is counted. A rating is written down every day and
HDSS once a week; "feels" is what a person feels every day without writing it down, free of the rating's own offset.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from virtual.rules import Clammy, Fixed, Ladder, Oracle, Ours, Reactive, Rule, Titrate, Year, lived
from virtual.tried import KnowsThePerson, OwnTrack, Waits
from virtual.truth import TRUTHS, OffsetDucts

from ionto.follow.recommend import DEFAULT_RISK_PROB

TOGETHER = 125
FAMILIES: dict[str, list[Rule]] = {
    "fixed interval": [Fixed(days) for days in (2, 3, 5, 7, 14)],
    "maker's ladder": [Ladder()],
    "titrated interval": [Titrate(score) for score in (6, 5, 4)],
    "reactive, by ratings": [
        *(Reactive(score) for score in (6, 5, 4, 3)),
        *(Reactive(score, 3) for score in (5.5, 5, 4.5, 4, 3.5, 3)),
    ],
    "reactive, by feeling": [Clammy(margin) for margin in (-0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8)],
    "ours": [Ours(risk) for risk in (0.3, 0.2, 0.1, 0.05)],
    "oracle": [Oracle(risk) for risk in (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)],
    "ours, other ways": [
        Ours(DEFAULT_RISK_PROB, steps=False),
        Ours(DEFAULT_RISK_PROB, every_days=3),
        Ours(DEFAULT_RISK_PROB, taps=True),
        Ours(DEFAULT_RISK_PROB, stops=False),
    ],
}
TRIED: dict[str, list[Rule]] = {
    "ours": [Ours(DEFAULT_RISK_PROB)],
    "reactive, by ratings": FAMILIES["reactive, by ratings"],
    "reactive, by feeling": FAMILIES["reactive, by feeling"],
    "oracle": FAMILIES["oracle"],
    "knows the person": [KnowsThePerson(risk) for risk in (0.4, 0.3, 0.2, 0.1, 0.05)],
    "waits while it feels dry": [Waits(0.1, 0.3), Waits(0.05, 0.3), Waits(0.02, 0.3), Waits(0.02, 0.4)],
    "by own track record": [OwnTrack(risk) for risk in (0.2, 0.1)],
}
PLAYED = {**TRUTHS, "ducts, each with a scale of their own": OffsetDucts}
FIRST_SEED, RESAMPLED_COUNT = 1000, 400
SIMPLE = ("titrated interval", "reactive, by ratings", "reactive, by feeling")


def part(job: tuple[str, Rule, int, int]) -> tuple[np.ndarray, Year]:
    """One rule over some people: who responds, and their year."""
    truth_name, rule, count, seed = job
    truth = PLAYED[truth_name](count, seed=seed)
    return truth.responder, lived(truth, rule)


def played(
    truth_name: str, families: dict[str, list[Rule]], people_count: int, first_seed: int, pool: ProcessPoolExecutor
) -> dict[str, list[tuple[str, np.ndarray]]]:
    """For each rule its name and [person, (controlled, sessions, longest row, responder)]."""
    parts = [min(TOGETHER, people_count - first) for first in range(0, people_count, TOGETHER)]
    places = [(family, place) for family, rules in families.items() for place in range(len(rules)) for _ in parts]
    jobs = [
        (truth_name, rule, count, first_seed + number)
        for rules in families.values()
        for rule in rules
        for number, count in enumerate(parts)
    ]
    found: dict[tuple[str, int], list[np.ndarray]] = {}
    began_at_s = time.perf_counter()
    for done, (place, (responder, year)) in enumerate(zip(places, pool.map(part, jobs), strict=True), start=1):
        rows = np.stack([year.controlled_fraction, year.sessions_count, year.worst_row_days, responder], axis=1)
        found.setdefault(place, []).append(rows)
        if done % 20 == 0 or done == len(jobs):
            print(
                f"\r{truth_name}: {done} of {len(jobs)}, {time.perf_counter() - began_at_s:.0f} s",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)
    return {
        family: [(rule.name, np.concatenate(found[family, place])) for place, rule in enumerate(rules)]
        for family, rules in families.items()
    }


def at_control(family: list[tuple[str, np.ndarray]], controlled: float) -> float | None:
    """Sessions a year with which a family reaches this control, between its members; None where it does not reach."""
    points = sorted((rows[rows[:, 3] > 0, 0].mean(), rows[rows[:, 3] > 0, 1].mean()) for _, rows in family)
    # Only members that no other one beats are on the way.
    best = [point for point in points if not any(o[0] >= point[0] and o[1] < point[1] for o in points)]
    if len(best) < 2 or not best[0][0] <= controlled <= best[-1][0]:
        return None
    return float(np.interp(controlled, [point[0] for point in best], [point[1] for point in best]))


def table(truth_name: str, found: dict[str, list[tuple[str, np.ndarray]]]) -> None:
    """Every rule's days and sessions on one truth."""
    everybody = found["ours"][0][1]
    responders = int((everybody[:, 3] > 0).sum())
    print(f"\nTruth: {truth_name}. {len(everybody)} people, {responders} of them responders; the table is theirs.")
    print(f"{'rule':<42}{'days controlled':>22}{'sessions a year':>17}{'half of people':>16}{'worst row':>11}")
    for family in found.values():
        for name, rows in family:
            rows = rows[rows[:, 3] > 0]
            mean, se = 100 * rows[:, 0].mean(), 100 * rows[:, 0].std() / np.sqrt(len(rows))
            print(
                f"{name:<42}{mean:>12.1f} ± {1.96 * se:3.1f} % {rows[:, 1].mean():>16.1f}"
                f"{np.median(rows[:, 1]):>13.0f}   {np.median(rows[:, 2]):>6.0f} days"
            )


def report(truth_name: str, found: dict[str, list[tuple[str, np.ndarray]]]) -> None:
    """The table of one truth, and ours beside each family at equal control."""
    table(truth_name, found)
    everybody = found["ours"][0][1]
    shipped = f"ours, risk {DEFAULT_RISK_PROB:g}"
    compared = {name: rows for family in ("ours", "ours, other ways") for name, rows in found[family]}
    for name in (shipped, f"{shipped}, a tap a day", f"{shipped}, never stops"):
        rows = compared[name][compared[name][:, 3] > 0]
        controlled, sessions = rows[:, 0].mean(), rows[:, 1].mean()
        print(f"At the control of {name}: {100 * controlled:.1f} % of days with {sessions:.1f} sessions a year")
        for family in (*SIMPLE, "fixed interval", "oracle"):
            theirs = at_control(found[family], controlled)
            beside = "does not reach it"
            if theirs is not None:
                beside = f"{theirs:6.1f} sessions; ours has {100 * (sessions / theirs - 1):+.0f} %"
            print(f"  {family:<24}{beside}")
    idle = compared[shipped][everybody[:, 3] == 0, 1].mean()
    never = found["reactive, by ratings"][1][1]
    print(f"Non-responders have {idle:.0f} sessions a year under ours,", end=" ")
    print(f"{never[never[:, 3] == 0, 1].mean():.0f} under a rule by ratings.")


def report_tried(truth_name: str, found: dict[str, list[tuple[str, np.ndarray]]]) -> None:
    """The table of one truth, and each family beside ours as shipped at equal control, with 95 % intervals of it.

    The intervals are of people resampled, each with what every rule came to.
    """
    table(truth_name, found)
    ours = dict(found["ours"])[f"ours, risk {DEFAULT_RISK_PROB:g}"]
    rng, responders = np.random.default_rng(0), np.flatnonzero(ours[:, 3] > 0)
    drawn = [responders, *(rng.choice(responders, len(responders)) for _ in range(RESAMPLED_COUNT))]
    for family, rules in found.items():
        if family == "ours":
            continue
        beside = []
        for whom in drawn:
            theirs = at_control([(name, rows[whom]) for name, rows in rules], ours[whom, 0].mean())
            beside.append(np.nan if theirs is None else 100 * (theirs / ours[whom, 1].mean() - 1))
        if np.isnan(beside[0]):
            print(f"  {family:<26}does not reach the control of ours")
            continue
        low, high = np.nanpercentile(beside[1:], [2.5, 97.5])
        print(f"  {family:<26}{beside[0]:+6.1f} % sessions beside ours at its control ({low:+.1f} to {high:+.1f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--tried", action="store_true", help="what was tried, instead of the rules of the document")
    chosen = parser.parse_args()
    if chosen.people < 2:
        parser.error("--people is at least 2")
    with ProcessPoolExecutor(chosen.workers) as pool:
        for truth_name in PLAYED:
            families, tell = (TRIED, report_tried) if chosen.tried else (FAMILIES, report)
            tell(truth_name, played(truth_name, families, chosen.people, chosen.seed, pool))


if __name__ == "__main__":
    main()
