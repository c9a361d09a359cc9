"""NUTS and ours on the same persons, in one run: error, time, and the ratio in time at equal effective draws.

    ./run bench nuts                    three persons, in two to four minutes
    ./run bench nuts --persons 20       all that tests/oracles/persons.json holds
    ./run bench nuts --python PATH      with an interpreter that has NumPyro already

NumPyro is no dependency of anything here: it is set up once in .rivals, apart. Each person is sampled by NUTS, and
right after by ours, five times over. NUTS runs twice for each, and the first run, with its compilation, is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from ionto.follow.response.inference import effective_count

ROOT = Path(__file__).parents[1]
PINNED = ("numpyro==0.22.0", "jax==0.10.2", "jaxlib==0.10.2")
APART = ROOT / ".rivals" / "numpyro"
ROUNDS_COUNT = 5


def interpreter() -> Path:
    """The interpreter that has NumPyro, set up on first use.

    Raises
    ------
    SystemExit
        When it cannot be had.
    """
    python = APART / "bin" / "python"
    if not python.exists():
        print("setting NumPyro up apart, once …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", APART], check=True)
    if not _has_numpyro(python):
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=False)
        if done.returncode or not _has_numpyro(python):
            raise SystemExit("NumPyro cannot be had here; name an interpreter that has it with --python")
    return python


def _has_numpyro(python: Path) -> bool:
    return subprocess.run([python, "-c", "import numpyro"], check=False, capture_output=True).returncode == 0


def sampled(python: Path, persons: Path, number: int, folder: Path) -> dict[str, Any]:
    """What NUTS finds of one person; the run in which it was compiled is not counted."""
    out = folder / f"{number}.json"
    script = ROOT / "tests" / "oracles" / "nuts.py"
    command = [python, script, "run", persons, out, str(number), str(number + 1), "again"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"NUTS ended with {done.returncode}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))[0]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=3)
    parser.add_argument("--python", type=Path)
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    from test_response_oracle import ORACLES, above_probs, believed

    path = ORACLES / "persons.json"
    persons = json.loads(path.read_text("utf-8"))
    if not 1 <= chosen.persons <= len(persons):
        parser.error(f"--persons is from 1 to {len(persons)}, not {chosen.persons}")
    if chosen.python and not (chosen.python.is_file() and _has_numpyro(chosen.python)):
        parser.error(f"--python: {chosen.python} is no interpreter that has NumPyro")
    python = chosen.python or interpreter()
    rows = []
    believed(persons[0])
    with tempfile.TemporaryDirectory() as folder:
        for number in range(chosen.persons):
            nuts = sampled(python, path, number, Path(folder))
            took_s = []
            for _ in range(ROUNDS_COUNT):
                begun_s = time.process_time()
                belief = believed(persons[number])
                took_s.append(time.process_time() - begun_s)
            ours_s = float(np.median(took_s))
            means = np.abs(belief.weight @ belief.scores - np.array(nuts["mean"])) / np.array(nuts["sd"])
            probs = np.abs(np.array(above_probs(belief)) - np.array(nuts["above_prob"]))
            equal_ratio = effective_count(belief.log_weight) / (nuts["effective_count"] * nuts["weights_worth_ratio"])
            rows.append(
                (
                    means.max(),
                    probs.max(),
                    nuts["r_hat"],
                    nuts["took_s"],
                    1e3 * ours_s,
                    nuts["took_s"] / ours_s,
                    equal_ratio * nuts["took_s"] / ours_s,
                )
            )
            print(
                f"person {number:2}: NUTS {nuts['took_s']:6.1f} s, ours {1e3 * ours_s:6.1f} ms, worst mean "
                f"{means.max():.3f} spreads, at equal effective draws {rows[-1][-1]:.0f} times",
                flush=True,
            )
    print(f"{len(rows)} persons, 60 observations each; seconds of the processor, NUTS compiled beforehand")
    labels = (
        "worst mean error, spreads",
        "worst P(above tolerance) error",
        "R-hat of NUTS",
        "NUTS, four chains of 1,500 after 400, s",
        "ours, ms",
        "NUTS over ours in time",
        "NUTS over ours in time, at equal effective draws",
    )
    for label, column in zip(labels, np.array(rows).T, strict=True):
        print(f"  {label:50} median {np.median(column):8.3f}   from {column.min():8.3f} to {column.max():8.3f}")


if __name__ == "__main__":
    main()
