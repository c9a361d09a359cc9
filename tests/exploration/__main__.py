"""`python -m tests.exploration [WORLD …]`: explores, prints what was seen, and ends with 1 when something is broken."""

# ruff: noqa: T201 - a report
from __future__ import annotations

import sys
import time

from .worlds import WORLDS


def main(names: list[str]) -> int:
    broken = 0
    print(f"{'world':12} {'states':>8} {'steps':>9} {'phases':>6} {'ticks left alone':>16} {'s':>6}")
    for name in names or WORLDS:
        began_at_s = time.perf_counter()
        seen = WORLDS[name].explored()
        took_s = time.perf_counter() - began_at_s
        print(
            f"{name:12} {seen.states_count:8} {seen.steps_count:9} {len(seen.phases):6} "
            f"{seen.longest_without_a_press_ticks:16} {took_s:6.1f}"
        )
        if seen.broken is not None:
            broken = 1
            print(f"  broken: {seen.broken}, after {', '.join(seen.way)}")
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
