"""How much of the session is explored, and how many faults put into it are found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.exploration"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    # Every mutant is a test that passes when the exploration finds it.
    mutants = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "tests/exploration", "-k", "put_into"]
    subprocess.run(mutants, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
