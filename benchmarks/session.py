"""One full 20-minute session on the simulated device: `--speed max`, with its journal, against real time."""

from __future__ import annotations

import io
import statistics
import time

from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import SimulatedSource
from ionto.treat.events import SessionPlan
from ionto.treat.journal import Journal, replay
from ionto.treat.runner import VirtualClock, run_session
from ionto.words.terms import PolarityHabit, Side, Site, Waveform

PLAN = SessionPlan(
    site=Site.PALMS,
    waveform=Waveform.DC,
    current_ma=15.0,
    cap_current_ma=20.0,
    ramp_ma_per_s=0.5,
    duration_min=20.0,
    polarity=PolarityHabit.REVERSE_AT_HALF_TIME,
    first_anode=Side.RIGHT,
    contact_area_cm2=163.5,
    voltage_limit_v=58.0,
)
ROUNDS_COUNT = 7


def main() -> None:
    took_s, replayed_s, lines_count, lasted_s = [], [], 0, 0.0
    for seed in range(ROUNDS_COUNT):
        file = io.StringIO()
        began_at_s = time.perf_counter()
        source = SimulatedSource(circuit_traits(Site.PALMS), voltage_limit_v=58.0, seed=seed)
        session = run_session(PLAN, source, VirtualClock(), journal=Journal(file))
        took_s.append(time.perf_counter() - began_at_s)
        lines = file.getvalue().splitlines(keepends=True)
        began_at_s = time.perf_counter()
        if replay(lines) != session:
            raise SystemExit("the replayed session differs from the live one")
        replayed_s.append(time.perf_counter() - began_at_s)
        lines_count, lasted_s = len(lines), session.t_s
    median_s = statistics.median(took_s)
    print(f"session of {lasted_s / 60:.1f} min at 10 Hz, {lines_count} journal lines, {ROUNDS_COUNT} rounds")
    print(f"  live    {min(took_s):.3f} / {median_s:.3f} / {max(took_s):.3f} s (min, median, max)")
    print(f"  replay  {min(replayed_s):.3f} / {statistics.median(replayed_s):.3f} / {max(replayed_s):.3f} s, equal")
    print(f"  {lasted_s / median_s:,.0f} times real time")


if __name__ == "__main__":
    main()
