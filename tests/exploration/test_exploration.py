"""The session in every state of the small worlds; and the same with each fault put into it, which must be found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ionto.treat.table import Phase

from .worlds import WORLDS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MUTANTS = tomllib.loads((HERE / "mutants.toml").read_text("utf-8"))["mutant"]
# Fewer than this would mean that a world is no longer what it was.
LEAST_STATES_COUNT = {
    "device": 5000,
    "people": 30_000,
    "limb": 6000,
    "frozen": 1100,
    "fixed": 9000,
    "supervisor": 18_000,
}


@pytest.mark.parametrize("name", WORLDS)
def test_every_invariant_holds_in_every_state_that_can_be_reached(name: str) -> None:
    seen = WORLDS[name].explored()
    assert seen.broken is None, f"{seen.broken}, after {seen.way}"
    assert seen.states_count >= LEAST_STATES_COUNT[name]
    if name == "supervisor":
        return
    unseen = set(Phase) - seen.phases
    paused = {Phase.PAUSING, Phase.PAUSED, Phase.ENDING_EARLY}
    assert unseen <= paused, f"{unseen} never came"
    # Left alone, it ends: in this many ticks, patience and all.
    assert seen.longest_without_a_press_ticks <= 40


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant["name"] for mutant in MUTANTS])
def test_a_fault_put_into_the_session_is_found(mutant: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src" / "ionto", tmp_path / "ionto", ignore=shutil.ignore_patterns("__pycache__"))
    changed = tmp_path / "ionto" / "treat" / mutant["file"]
    text = changed.read_text("utf-8")
    assert text.count(mutant["find"]) == 1, f"{mutant['find']!r} stands {text.count(mutant['find'])} times"
    changed.write_text(text.replace(mutant["find"], mutant["put"]), "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "tests.exploration", mutant["world"]],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert run.returncode == 1, f"it lives: {run.stdout}{run.stderr}"
    assert "broken: " in run.stdout, run.stderr[-500:]


def test_there_are_enough_of_them() -> None:
    assert len({mutant["name"] for mutant in MUTANTS}) == len(MUTANTS) >= 20
