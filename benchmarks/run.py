"""Run every benchmark, or those named: `./run bench`, `./run bench session advise`, `./run bench population --full`.

Options after a single name go to that benchmark.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "run")


def _takes_options(name: str) -> bool:
    return any(word in (HERE / f"{name}.py").read_text("utf-8") for word in ("argparse", "sys.argv"))


def main() -> int:
    first_option = next((place for place, word in enumerate(sys.argv) if word.startswith("-")), len(sys.argv))
    wanted, options = sys.argv[1:first_option] or BENCHMARKS, sys.argv[first_option:]
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        print(f"{unknown[0]!r} is not one of {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    if options and len(wanted) != 1:
        print(f"{options[0]}: an option goes to one benchmark, named before it", file=sys.stderr)
        return 2
    if options and not _takes_options(wanted[0]):
        print(f"{options[0]}: {wanted[0]} takes no option", file=sys.stderr)
        return 2
    for name in wanted:
        print(f"\n== {name}", flush=True)
        status = subprocess.run([sys.executable, HERE / f"{name}.py", *options], check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
