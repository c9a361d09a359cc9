"""The population's speed: patient-days a second on one core, beside the same model written plainly, and what limits it.

Everything is timed in this run. simglucose, a simulator of other patients, is put into a temporary environment; where
that cannot be had, the page says so and goes on.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

from ionto.simulate import patient
from ionto.simulate.circuit import WATERS, circuit_traits, flow, resting, stepped
from ionto.simulate.cohort import People, Population, Regimen, in_chunks, people, played
from ionto.simulate.reached import limit_ma
from ionto.words.terms import Side, Site

PALMS = Population(site=Site.PALMS)
DAYS = (0, 2, 4, 7, 9, 11, 14, 16)
COURSE = Regimen(session_days=DAYS, current_ma=(15.0,) * 8, duration_min=20.0)
SHORT_DAYS, YEAR_DAYS, BEFORE_DAYS = 23, 358, 7
SIMGLUCOSE = "simglucose==0.2.11"
PEER = """
import time
from simglucose.patient.t1dpatient import Action, T1DPatient
patient = T1DPatient.withName("adult#001")
for _ in range(20): patient.step(Action(insulin=0.02, CHO=0))
began = time.perf_counter()
for _ in range(400): patient.step(Action(insulin=0.02, CHO=0))
print(400 / (time.perf_counter() - began))
"""


def fastest_s(run: Callable[[], object], rounds_count: int = 3) -> float:
    took_s = []
    for _ in range(rounds_count):
        began_at_s = time.perf_counter()
        run()
        took_s.append(time.perf_counter() - began_at_s)
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
                state = patient.treated(state, traits, 150.0, 150.0, group.contact_area_cm2)
            if by_solver:
                ducts = (state.left.fresh_fraction, state.left.consolidated_fraction)
                solved = solve_ivp(lambda _t, y, rates=rates: -rates * y, (0, 1), ducts, rtol=1e-6, atol=1e-9)
                side = patient.Ducts(*solved.y[:, -1].tolist())
                state = patient.PatientState(side, side)
            else:
                state = patient.rested(state, traits, 1.0)
        last.append(last_mg_per_min)
    return last


def patient_days() -> float:
    """Part (a); returns the nanoseconds of one patient-day."""
    few = people(PALMS, 10, seed=1)
    rng = np.random.default_rng(1)
    solved, scalar = (plainly(few, SHORT_DAYS, rng, by_solver=by_solver) for by_solver in (True, False))
    if not np.allclose(solved, scalar, rtol=1e-4):
        raise SystemExit("the solver and the closed form differ")
    group = people(PALMS, 16_384, seed=1)
    days = {days_count: BEFORE_DAYS + days_count for days_count in (SHORT_DAYS, YEAR_DAYS)}
    rates = {
        count: len(group) * days[count] / fastest_s(lambda c=count: played(group, COURSE, days_count=c, seed=1))
        for count in days
    }
    plain = {
        by_solver: len(few)
        * days[SHORT_DAYS]
        / fastest_s(lambda b=by_solver: plainly(few, SHORT_DAYS, rng, by_solver=b))
        for by_solver in (True, False)
    }
    drawn_s = fastest_s(lambda: people(PALMS, 16_384, seed=1))
    print("(a) patient-days a second on one core, 8 sessions; the arrays also play belief, leaving and the skin")
    for count, rate in rates.items():
        print(f"  arrays, {days[count]:3d} days        {rate:12,.0f}")
    print(f"  one person at a time    {plain[False]:12,.0f}    arrays {rates[SHORT_DAYS] / plain[False]:,.0f} times")
    print(f"  scipy's solve_ivp       {plain[True]:12,.0f}    arrays {rates[SHORT_DAYS] / plain[True]:,.0f} times")
    print(f"  drawing a person        {drawn_s / len(group) * 1e6:12.1f} µs")
    return 1e9 / rates[YEAR_DAYS]


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


def memory_band(day_ns: float) -> None:
    """Part (c): what writing the results alone would take."""
    count = 20_000_000
    second, third, first = np.ones(count), np.ones(count), np.empty(count)

    def triad() -> None:
        np.multiply(third, 3.0, out=first)
        np.add(first, second, out=first)

    # Two passes of NumPy move five arrays where the triad in C moves three; what is moved is what counts.
    band_gb_per_s = 5 * 8 * count / fastest_s(triad, 5) / 1e9
    written = 14  # bytes kept of one patient-day
    share = written / day_ns / band_gb_per_s
    print(f"(c) STREAM triad {band_gb_per_s:.1f} GB/s; a patient-day keeps {written} bytes and takes {day_ns:.0f} ns:")
    print(f"  {100 * share:.1f} % of that band, so that arithmetic and not memory limits it")


def growth() -> None:
    """Part (d): cost and memory against the number of people, in chunks that are summed and let go."""
    print("(d) people, each with 7 + 14 days; peak memory is the whole process's so far")
    for count in (1_000, 10_000, 100_000, 1_000_000):
        began_at_s, total = time.perf_counter(), 0.0
        for _, seen in in_chunks(PALMS, COURSE, count=count, days_count=14, seed=1):
            total += float(seen.sweat_mg_per_min.sum(dtype=np.float64))
        took_s = time.perf_counter() - began_at_s
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"  {count:9,d}  {took_s:7.2f} s  {took_s / count * 1e6:6.1f} µs each  mean {total / count / 21:.2f} mg/min"
            f"  peak {peak_mb:,.0f} MB"
        )
    began_at_s = time.perf_counter()
    for _ in in_chunks(PALMS, COURSE, count=65_536, days_count=YEAR_DAYS, seed=1):
        pass
    took_s = time.perf_counter() - began_at_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  a year of 65,536 people {took_s:.1f} s, peak {peak_mb:,.0f} MB; a million, 15 times that and no more memory"
    )


def main() -> None:
    growth()
    day_ns = patient_days()
    circuit_steps()
    memory_band(day_ns)


if __name__ == "__main__":
    main()
