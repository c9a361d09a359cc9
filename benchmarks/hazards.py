"""The whole hazard suite on 100 skins, in full: its time, and the worst of each hazard; kept for the documentation."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

from ionto.cli.hazards import show
from ionto.hazards.suite import run_suite

KEPT = Path(__file__).parent / "hazards.json"


def main() -> None:
    began_at_s = time.perf_counter()
    outcome = run_suite()
    took_s = time.perf_counter() - began_at_s
    show(outcome)
    print(
        f"{outcome.scenarios_count} scenarios of {len(outcome.hazards)} hazards on {outcome.skins_count} skins: "
        f"{outcome.runs_count} of {outcome.runs_wanted_count} runs in {took_s:.1f} s; "
        f"{outcome.runs_count / took_s:,.0f} runs a second"
    )
    if not outcome.holds:
        raise SystemExit("a promise was not kept, or a run could not be played")
    KEPT.write_text(json.dumps(asdict(outcome), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
