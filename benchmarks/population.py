"""The population's speed: patient-days a second on one core, beside the same model written plainly, and what limits it.

Everything is timed in this run, in the processor's own seconds, so that other work on the machine counts less.
simglucose, a simulator of other patients, is put into a temporary environment; where that cannot be had, the page says
so and goes on. `--full` also plays a year of a million people, with progress; `--keep` writes what the documentation
shows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import plotext
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from scipy.integrate import solve_ivp

from ionto.simulate import cohort, patient
from ionto.simulate.circuit import WATERS, circuit_traits, flow, resting, stepped
from ionto.simulate.cohort import People, Population, Regimen, in_chunks, people, played
from ionto.simulate.reached import limit_ma
from ionto.words.terms import Side, Site

PALMS = Population(site=Site.PALMS)
DAYS = (0, 2, 4, 7, 9, 11, 14, 16)
COURSE = Regimen(session_days=DAYS, current_ma=(15.0,) * 8, duration_min=20.0)
SHORT_DAYS, YEAR_DAYS, BEFORE_DAYS = 23, 358, 7
DOSE_MA_MIN = 300.0  # of a session, half of it under each pole
KEPT_BYTES = 14  # of a patient-day: sweat, felt and weighed sweat in single precision, HDSS and rating in a byte each
GROWTH_COUNTS, GROWTH_DAYS = (1_000, 10_000, 100_000, 1_000_000), 14
YEAR_COUNTS, FULL_COUNT = (1_000, 10_000, 65_536), 1_000_000
CHUNK = 16_384
KEPT = Path(__file__).with_name("population.json")
SIMGLUCOSE = "simglucose==0.2.11"
PEER = """
import time
from simglucose.patient.t1dpatient import Action, T1DPatient
patient = T1DPatient.withName("adult#001")
for _ in range(20): patient.step(Action(insulin=0.02, CHO=0))
began = time.process_time()
for _ in range(400): patient.step(Action(insulin=0.02, CHO=0))
print(400 / (time.process_time() - began))
"""


def fastest_s(run: Callable[[], object], rounds_count: int = 3) -> float:
    took_s = []
    for _ in range(rounds_count):
        began_at_s = time.process_time()
        run()
        took_s.append(time.process_time() - began_at_s)
    return min(took_s)


def traits_of(group: People, which: int) -> patient.PatientTraits:
    return patient.PatientTraits(
        untreated_mg_per_min=float(group.untreated_mg_per_min[which]),
        blocked_per_dose_ratio=float(group.blocked_per_dose_ratio[which]),
        consolidated_per_dose_ratio=float(group.consolidated_per_dose_ratio[which]),
        fresh_half_life_days=float(group.fresh_half_life_days[which]),
        consolidated_half_life_days=float(group.consolidated_half_life_days[which]),
        residual_fraction=float(group.residual_fraction[which]),
    )


def answered(sweat: patient.SideSweat, traits: patient.PatientTraits, rng: np.random.Generator) -> None:
    patient.hdss_said(sweat.mean_mg_per_min, traits, rng)
    patient.rating_said(sweat.mean_mg_per_min, traits, rng)
    patient.gravimetry(sweat.left_mg_per_min, traits, rng)


def plainly(group: People, days_count: int, rng: np.random.Generator, *, by_solver: bool) -> list[float]:
    """The bare mechanism person by person and day by day (no belief, no leaving, no skin): last day's average sweat."""
    last = []
    for which in range(len(group)):
        traits, state = traits_of(group, which), patient.PatientState()
        rates = np.log(2) / np.array([traits.fresh_half_life_days, traits.consolidated_half_life_days])
        for day in range(-BEFORE_DAYS, days_count):
            answered(patient.sweat_today(state, traits, rng), traits, rng)
            last_mg_per_min = patient.sweat_mg_per_min(state, traits).mean_mg_per_min
            if day in DAYS:
                state = patient.treated(state, traits, DOSE_MA_MIN / 2, DOSE_MA_MIN / 2, group.contact_area_cm2)
            if by_solver:
                ducts = (state.left.fresh_fraction, state.left.consolidated_fraction)
                solved = solve_ivp(lambda _t, y, rates=rates: -rates * y, (0, 1), ducts, rtol=1e-6, atol=1e-9)
                side = patient.Ducts(*solved.y[:, -1].tolist())
                state = patient.PatientState(side, side)
            else:
                state = patient.rested(state, traits, 1.0)
        last.append(last_mg_per_min)
    return last


def in_plain_numpy(group: People, days_count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The same bare mechanism with one array for everybody, and a generator that is rolled on."""
    side, typical, count = cohort.untouched(len(group)), group.typical, len(group)
    dose = np.full(count, DOSE_MA_MIN / group.contact_area_cm2 * (1 + patient.CATHODAL_RATIO) / 2)
    last = np.zeros(count)
    for day in range(-BEFORE_DAYS, days_count):
        last = cohort.side_mg_per_min(group, side)
        today = last * np.exp(group.day_to_day_sd_ratio * rng.standard_normal(count))
        felt = today * np.exp(typical.answer_sd_ratio * rng.standard_normal(count))
        _ = 1 + (felt > group.hdss_thresholds_mg_per_min).sum(axis=0)
        score = 10 * today / (today + group.half_rating_mg_per_min)
        np.rint(np.clip(score + typical.rating_sd_score * rng.standard_normal(count), 0, 10))
        weighed = today * np.exp(typical.gravimetry_sd_ratio * rng.standard_normal(count))
        np.maximum(0, np.round(weighed + typical.balance_sd_mg_per_min * rng.standard_normal(count), 1))
        if day in DAYS:
            cohort.block(group, side, dose)
        cohort.rest(group, side)
    return last


def patient_days() -> dict[str, float]:
    """Part (a); patient-days a second of each way."""
    few = people(PALMS, 10, seed=1)
    rng = np.random.default_rng(1)
    solved, scalar = (plainly(few, SHORT_DAYS, rng, by_solver=by_solver) for by_solver in (True, False))
    if not np.allclose(solved, scalar, rtol=1e-4) or not np.allclose(in_plain_numpy(few, SHORT_DAYS, rng), scalar):
        raise SystemExit("the solver, the closed form and the plain arrays differ")
    group, short, year = people(PALMS, CHUNK, seed=1), BEFORE_DAYS + SHORT_DAYS, BEFORE_DAYS + YEAR_DAYS

    def rate(count: int, days: int, run: Callable[[], object]) -> float:
        return count * days / fastest_s(run)

    rates = {
        "course": rate(CHUNK, short, lambda: played(group, COURSE, days_count=SHORT_DAYS, seed=1)),
        "year": rate(CHUNK, year, lambda: played(group, COURSE, days_count=YEAR_DAYS, seed=1)),
        "numpy": rate(CHUNK, short, lambda: in_plain_numpy(group, SHORT_DAYS, rng)),
        "scalar": rate(len(few), short, lambda: plainly(few, SHORT_DAYS, rng, by_solver=False)),
        "solve_ivp": rate(len(few), short, lambda: plainly(few, SHORT_DAYS, rng, by_solver=True)),
    }
    drawn_s = fastest_s(lambda: people(PALMS, CHUNK, seed=1))
    print("(a) patient-days a second on one core, 8 sessions; ours also plays belief, leaving and the skin")
    print(f"  ours, {short:3d} days                    {rates['course']:12,.0f}")
    print(f"  ours, {year:3d} days                    {rates['year']:12,.0f}   goal 1,000,000")
    for name, words in (
        ("numpy", "bare mechanism, plain NumPy"),
        ("scalar", "bare, one person at a time"),
        ("solve_ivp", "bare, SciPy's solve_ivp"),
    ):
        times = rates["course"] / rates[name]
        goal = "   goal 100" if name == "solve_ivp" else ""
        print(f"  {words:30} {rates[name]:12,.0f}   ours {times:,.{1 if times < 10 else 0}f} times{goal}")
    print(f"  drawing a person               {drawn_s / len(group) * 1e6:12.1f} µs")
    return rates


def circuit_steps() -> None:
    """Part (b)."""
    traits = circuit_traits(Site.PALMS)

    def walk(asked_ma: float, steps_count: int = 20_000) -> None:
        state = resting(traits)
        for _ in range(steps_count):
            state = stepped(traits, state, flow(traits, state, asked_ma), Side.LEFT, 0.1)

    group = people(PALMS, 2048, seed=1)

    def closed() -> None:
        limit_ma(
            traits,
            group.skin_kohm_cm2,
            group.body_kohm,
            traits.area_cm2,
            water_us_per_cm=WATERS["tap"],
            limit_v=58.0,
        )

    steps_per_s = 20_000 / fastest_s(lambda: walk(15.0))
    print("(b) steps a second on one core")
    print(f"  circuit, a step of 0.1 s                  {steps_per_s:12,.0f}")
    print(f"  circuit at its voltage limit (Newton)     {20_000 / fastest_s(lambda: walk(500.0)):12,.0f}")
    print(f"  settled current of one person (arrays)    {2048 / fastest_s(closed, 50):12,.0f}")
    peer_per_s = simglucose_steps_per_s()
    if peer_per_s is not None:
        times = steps_per_s / peer_per_s
        print(f"  simglucose, a step of 1 min               {peer_per_s:12,.0f}    ours {times:,.0f} times")
        print("  (another model: 13 states by a general solver, against 6 in closed form)")


def simglucose_steps_per_s() -> float | None:
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        tried = (
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", SIMGLUCOSE],
            [python, "-W", "ignore", "-c", PEER],
        )
        for command in tried:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
                print(f"  simglucose could not be had; tried to install {SIMGLUCOSE} with pip: {said}")
                return None
        return float(done.stdout.split()[-1])


class Counting(np.ndarray):  # type: ignore[type-arg]
    """An array that counts the bytes that its arithmetic reads and writes."""

    touched_bytes = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [value.view(np.ndarray) if isinstance(value, Counting) else value for value in inputs]
        if out := options.get("out"):
            options["out"] = tuple(value.view(np.ndarray) if isinstance(value, Counting) else value for value in out)
        found = getattr(ufunc, method)(*plain, **options)
        Counting.touched_bytes += sum(value.nbytes for value in plain if isinstance(value, np.ndarray) and value.ndim)
        if not isinstance(found, np.ndarray):
            return found
        Counting.touched_bytes += found.nbytes
        return found.view(Counting)


def touched_bytes() -> float:
    """Bytes that NumPy reads and writes for one patient-day without a session, counted operation by operation."""
    group = people(PALMS, cohort.TOGETHER, seed=1)
    arrays = {
        one.name: getattr(group, one.name).view(Counting)
        for one in fields(People)
        if isinstance(getattr(group, one.name), np.ndarray)
    }
    idle = Regimen(session_days=(), current_ma=(), duration_min=20.0)
    counts = []
    for days_count in (0, 50):
        Counting.touched_bytes = 0
        played(replace(group, **arrays), idle, days_count=days_count, seed=1)
        counts.append(Counting.touched_bytes)
    return (counts[1] - counts[0]) / 50 / len(group) + KEPT_BYTES


def triad_gb_per_s(count: int, repeats: int = 1) -> float:
    """STREAM's triad, a = b + 3 c, in pieces that stay in the cache between its two steps; three arrays are moved."""
    second, third, first = np.ones(count), np.ones(count), np.empty(count)

    def triad() -> None:
        for _ in range(repeats):
            for start in range(0, count, CHUNK):
                piece = slice(start, start + CHUNK)
                np.multiply(third[piece], 3.0, out=first[piece])
                np.add(first[piece], second[piece], out=first[piece])

    return 3 * 8 * count * repeats / fastest_s(triad, 5) / 1e9


def memory_band(rates: Mapping[str, float]) -> dict[str, float]:
    """Part (c): how far the day is from what memory could give."""
    from_memory, from_cache = triad_gb_per_s(20_000_000), triad_gb_per_s(cohort.TOGETHER, 2000)
    touched, per_s = touched_bytes(), rates["year"]
    moved = touched * per_s / 1e9
    allowed = from_memory * 1e9 / touched
    share = 100 * KEPT_BYTES * per_s / 1e9 / from_memory
    print(f"(c) STREAM triad, in this run: {from_memory:.1f} GB/s from memory; {from_cache:.1f} GB/s in arrays of")
    print(
        f"  {cohort.TOGETHER} numbers, which stay in the cache, NumPy's cost of a call included, as in the day's step"
    )
    print(
        f"  a patient-day touches {touched:,.0f} bytes in such arrays, {moved:.1f} GB/s: {moved / from_cache:.0%} of it"
    )
    print(f"  if all came from memory, it would allow {allowed:,.0f} patient-days a second; ours are")
    print(
        f"  {per_s / allowed:.0%} of that, and need not: what must go to memory is the {KEPT_BYTES} bytes of results,"
    )
    print(f"  {share:.1f} % of the triad; arithmetic limits it, not memory")
    return {
        "memory_gb_per_s": from_memory,
        "cache_gb_per_s": from_cache,
        "touched_bytes": touched,
        "moved_gb_per_s": moved,
    }


def one_run(count: int, days_count: int, *, shown: bool) -> dict[str, float]:
    """So many people in chunks that are summed and let go; this process's own peak of memory."""
    total, began_at_s = 0.0, time.process_time()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True, disable=not shown
    ) as progress:
        task = progress.add_task("people", total=count)
        for group, seen in in_chunks(PALMS, COURSE, count=count, days_count=days_count, seed=1, chunk=CHUNK):
            total += float(seen.sweat_mg_per_min.sum(dtype=np.float64))
            progress.advance(task, len(group))
    return {
        "people_count": count,
        "days_count": BEFORE_DAYS + days_count,
        "took_s": time.process_time() - began_at_s,
        "peak_mb": peak_mb(),
        "mean_mg_per_min": total / count / (BEFORE_DAYS + days_count),
    }


def peak_mb() -> float:
    """The most memory that this process has held; what the system keeps of a child's parent does not count."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line[:6] == "VmHWM:") / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(count: int, days_count: int) -> dict[str, float]:
    """The run in a process of its own, so that its peak of memory is its own."""
    command = [sys.executable, __file__, "--one", str(count), str(days_count)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(told))


def growth(counts: Sequence[int], days_count: int) -> list[dict[str, float]]:
    """Part (d): cost and memory against the number of people."""
    print(f"(d) people, each with {BEFORE_DAYS} + {days_count} days, each row in a process of its own, one core")
    runs = []
    for count in counts:
        run = apart(count, days_count)
        runs.append(run)
        print(
            f"  {count:9,d}  {run['took_s']:8.2f} s  {run['took_s'] / count * 1e6:7.1f} µs each"
            f"  mean {run['mean_mg_per_min']:.2f} mg/min  peak {run['peak_mb']:,.0f} MB",
            flush=True,
        )
    return runs


def exponent_of(runs: Sequence[Mapping[str, float]]) -> float:
    """The slope of log cost against log people, from 10,000 people on; 1 is linear."""
    large = [run for run in runs if run["people_count"] >= 10_000]
    logs = [np.log([run[name] for run in large]) for name in ("people_count", "took_s")]
    return float(np.polyfit(logs[0], logs[1], 1)[0])


def plot(runs: Sequence[Mapping[str, float]]) -> str:
    """Cost against people, both in powers of ten; the line is as many times the cost as there are people."""
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(min(78, os.get_terminal_size().columns if sys.stdout.isatty() else 78), 16)
    figure.title("time [s] against people   o measured   · linear, through the largest")
    people_log, took_log = (np.log10([run[name] for run in runs]) for name in ("people_count", "took_s"))
    line = took_log[-1] + people_log - people_log[-1]
    figure.draw(figure.signal(people_log.tolist(), line.tolist(), marker="·").lines())
    figure.draw(figure.signal(people_log.tolist(), took_log.tolist(), marker="o"))
    figure.ruler("x").ticks(people_log.tolist(), [f"{run['people_count']:,.0f}" for run in runs])
    lowest, highest = int(np.floor(min(line.min(), took_log.min()))), int(np.ceil(took_log.max()))
    figure.ruler("y").lim(lowest, highest)
    powers = list(range(lowest, highest + 1))
    figure.ruler("y").ticks(powers, [f"{10.0**power:g}" for power in powers])
    drawn = str(plotext.uncolorize(str(figure.build()))).splitlines()
    return "\n".join(line.rstrip() for line in drawn if line.strip())


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench population", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also a year of a million people")
    parser.add_argument("--keep", action="store_true", help="write population.json, which the documentation shows")
    parser.add_argument("--one", nargs=2, type=int, metavar=("PEOPLE", "DAYS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        count, days_count = asked.one
        print(json.dumps(one_run(count, days_count, shown=count * days_count > 5_000_000)))
        return
    rates = patient_days()
    circuit_steps()
    band = memory_band(rates)
    course = growth(GROWTH_COUNTS, GROWTH_DAYS)
    print(f"  cost grows as people to the power of {exponent_of(course):.3f}, from 10,000 to a million (1: linear)")
    print(plot(course))
    year = growth((*YEAR_COUNTS, FULL_COUNT) if asked.full else YEAR_COUNTS, YEAR_DAYS)
    if not asked.full:
        minutes = year[-1]["took_s"] / YEAR_COUNTS[-1] * FULL_COUNT / 60
        print(f"  a year of a million people would take {minutes:.1f} min at the last row's pace; --full plays it")
    if asked.keep:
        KEPT.write_text(
            json.dumps({"rates": rates, "band": band, "course": course, "year": year}, indent=1) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
