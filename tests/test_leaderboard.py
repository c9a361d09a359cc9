"""The benchmarks whose numbers the documentation shows: what they count is what they say."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


leaderboard, population = loaded("leaderboard"), loaded("population")
KEPT = json.loads((BENCHMARKS / "leaderboard.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        ("never", []),
        ("every 7 days", [0, 7, 14, 21, 28, 35]),
        ("every 2 days", [*range(0, 42, 2)]),
        ("a ladder of 7, 14, then 28 days", [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 28, 35]),
    ],
)
def test_a_policy_that_asks_nobody_keeps_its_days(policy: str, days: list[int]) -> None:
    acts, held = leaderboard.POLICIES[policy](0), []
    for day in range(42):
        seen = {"sessions_count": len(held), "session_age_days": day - held[-1] if held else 42}
        if current_ma := acts(day, seen):
            assert current_ma == min(15, 5 + len(held))
            held.append(day)
    assert held == days


def test_the_ladder_widens_to_28_days() -> None:
    acts, held = leaderboard.ladder(0), [0]
    for day in range(1, 365):
        if acts(day, {"sessions_count": len(held), "session_age_days": day - held[-1]}):
            held.append(day)
    assert np.diff(held)[9:].tolist() == [7] * 4 + [14] * 4 + [28] * 9


def test_the_reactive_policy_waits_for_clammy() -> None:
    acts = leaderboard.reactive(0)
    assert [acts(0, {"rating_score": score, "sessions_count": 3}) for score in (0, 3, 4, 10)] == [0, 0, 8, 8]


def test_ours_plays_through_the_environment_and_the_same_person_twice_alike() -> None:
    once, again = (leaderboard.lived(leaderboard.OURS, 0, 1, 14) for _ in range(2))
    assert once == again
    assert 3 <= once.sessions_count <= 10
    assert once.return_days == once.controlled_days - leaderboard.SESSION_COST_DAYS * once.sessions_count


def test_the_table_in_the_docs_is_what_is_played_now() -> None:
    policy = "every 7 days"
    years = [leaderboard.lived(policy, person, KEPT["seed"]) for person in range(KEPT["people_count"])]
    now, row = leaderboard.Row(policy, years), next(row for row in KEPT["policies"] if row["policy"] == policy)
    for name in ("controlled_days", "sessions_count", "return_days"):
        assert leaderboard.mean_of(now.of(name)) == row[name], "./run bench leaderboard --keep, as the page says"


def test_the_table_holds_every_policy_best_first() -> None:
    assert {row["policy"] for row in KEPT["policies"]} == set(leaderboard.POLICIES)
    returns = [row["return_days"]["mean"] for row in KEPT["policies"]]
    assert returns == sorted(returns, reverse=True)


def test_an_interval_is_students() -> None:
    found = leaderboard.mean_of(np.array([1.0, 2.0, 3.0, 4.0]))
    assert found == {"mean": 2.5, "low": pytest.approx(0.45, abs=0.01), "high": pytest.approx(4.55, abs=0.01)}


def test_bytes_are_counted_as_numpy_reads_and_writes_them() -> None:
    counting = population.Counting
    numbers = np.ones(10).view(counting)
    counting.touched_bytes = 0
    found = np.exp(numbers * 2.0) > np.ones(10)
    assert counting.touched_bytes == (80 + 80) + (80 + 80) + (80 + 80 + 10)
    numbers += 1
    assert counting.touched_bytes == 490 + 160
    assert found.all()
    assert numbers.tolist() == [2.0] * 10


def test_counting_bytes_changes_no_number() -> None:
    group = population.people(population.PALMS, 5, seed=1)
    plain = population.played(group, population.COURSE, days_count=20, seed=1)
    counted = population.replace(group, untreated_mg_per_min=group.untreated_mg_per_min.view(population.Counting))
    again = population.played(counted, population.COURSE, days_count=20, seed=1)
    assert np.array_equal(plain.sweat_mg_per_min, again.sweat_mg_per_min)


def test_growth_with_people_is_one_when_linear() -> None:
    runs = [{"people_count": 10.0**power, "took_s": 2e-5 * 10**power} for power in range(3, 7)]
    assert population.exponent_of(runs) == pytest.approx(1)
    assert population.exponent_of([run | {"took_s": run["took_s"] ** 2} for run in runs]) == pytest.approx(2)
    assert population.plot(runs).count("o") >= 4


def test_the_peak_of_memory_is_this_runs_own() -> None:
    held = np.ones(30_000_000)
    small = population.apart(100, 1)
    assert held[-1] == 1
    assert small["peak_mb"] < 200 < population.peak_mb()


@pytest.mark.parametrize("words", [["nothing"], ["session", "advise", "--full"], ["--full"]])
def test_a_benchmark_that_is_not_there_or_an_option_for_several_is_refused(words: list[str]) -> None:
    done = subprocess.run([sys.executable, BENCHMARKS / "run.py", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
