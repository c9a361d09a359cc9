"""The control loop: how even its ticks are, how fast a fault ends at zero, and how many sessions run in a second.

Jitter is how far the time between two readings is from the tick; beside it a bare asyncio loop of the same rate in the
same run. A fault shows itself in the first reading that a device which does what it was told could not have given.
"""

from __future__ import annotations

import asyncio
import io
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from session import PLAN

from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import FaultName, InjectedFault, SimulatedSource
from ionto.treat.events import Event, StopPressed
from ionto.treat.journal import Journal
from ionto.treat.runner import Clock, VirtualClock, WallClock, run_session
from ionto.treat.source import Command, Reading, SetCurrent

RATES_HZ = (10, 50, 100)
JITTER_S = 20.0
MOMENTS_COUNT = 40
SESSIONS_COUNT = 7
PROMISE_MS = 100.0
SHORT = replace(PLAN, duration_min=1.0)
CONTRACT = (
    *(FaultName.CONTACT_LOST, FaultName.SHORT_CIRCUIT, FaultName.OVERCURRENT, FaultName.RUNAWAY_SOURCE),
    *(FaultName.STUCK_POLARITY, FaultName.ADC_FROZEN, FaultName.LINK_LOST),
)


class Seen(NamedTuple):
    """A reading, when it came by the session's and by the wall's clock, what had been set, and what flowed."""

    t_s: float
    wall_s: float
    reading: Reading
    set_ma: float
    true_ma: float


class Witness(SimulatedSource):
    """The simulated device, with what it was asked, told and did."""

    def __init__(self, *faults: InjectedFault, seed: int = 0) -> None:
        super().__init__(circuit_traits(PLAN.site), voltage_limit_v=58.0, seed=seed, faults=faults)
        self.seen: list[Seen] = []
        self.flowed: list[tuple[float, float, float]] = []
        self.set_ma = 0.0

    def read(self, t_s: float) -> Reading:
        wall_s = time.perf_counter()
        reading = super().read(t_s)
        self.seen.append(Seen(t_s, wall_s, reading, self.set_ma, self.true_current_ma))
        self.flowed.append((t_s, wall_s, self.true_current_ma))
        return reading

    def obey(self, command: Command, t_s: float) -> None:
        super().obey(command, t_s)
        self.set_ma = command.current_ma if isinstance(command, SetCurrent) else self.set_ma
        self.flowed.append((t_s, time.perf_counter(), self.true_current_ma))


def main() -> None:
    jitter()
    fault_to_zero()
    throughput()


def jitter() -> None:
    print(f"jitter of the tick, {JITTER_S:g} s each, ms: p50 / p99 / max; beside a bare asyncio loop")
    for rate_hz in RATES_HZ:
        source = Witness()

        def inbox(t_s: float) -> list[Event]:
            return [StopPressed(t_s=t_s)] * 2 if t_s >= JITTER_S else []

        run_session(PLAN, source, WallClock(), journal=Journal(io.StringIO()), inbox=inbox, tick_s=1 / rate_hz)
        ours = _jitter_ms([seen.wall_s for seen in source.seen], rate_hz)
        bare = _jitter_ms(asyncio.run(_bare_loop(rate_hz)), rate_hz)
        ratios = " / ".join(f"{a / b:.2f}" for a, b in zip(ours, bare, strict=True))
        print(f"  {rate_hz:3} Hz  {_spread(ours)}   asyncio {_spread(bare)}   ratio {ratios}")


async def _bare_loop(rate_hz: int) -> list[float]:
    loop, moments = asyncio.get_running_loop(), []
    next_at_s = loop.time()
    for _ in range(int(JITTER_S * rate_hz)):
        next_at_s += 1 / rate_hz
        await asyncio.sleep(next_at_s - loop.time())
        moments.append(time.perf_counter())
    return moments


def _jitter_ms(moments_s: list[float], rate_hz: int) -> list[float]:
    off_ms = np.abs(np.diff(moments_s) - 1 / rate_hz) * 1000
    return [float(np.quantile(off_ms, 0.5)), float(np.quantile(off_ms, 0.99)), float(off_ms.max())]


def _spread(values: list[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values)


def fault_to_zero() -> None:
    """Every fault of the contract at many moments; in simulated time, and once against the wall."""
    print(f"from the first reading that shows a fault to zero at the device, ms (promise {PROMISE_MS:g})")
    print(f"  {'':15} simulated time, most of {MOMENTS_COUNT} moments       real time, once each")
    with ThreadPoolExecutor(len(CONTRACT)) as threads:
        real = dict(zip(CONTRACT, threads.map(_in_real_time, CONTRACT), strict=True))
    for fault in CONTRACT:
        took_ms, flowed_ma = [], 0.0
        for number, at_s in enumerate(np.linspace(0.53, 92.97, MOMENTS_COUNT)):
            source = _treated(fault, float(at_s), VirtualClock(), seed=number)
            found = _took_ms(fault, source, by_wall=False)
            took_ms += [] if found is None else [found]
            flowed_ma = max(flowed_ma, source.peak_current_ma)
        told = f"{max(took_ms):6.0f} of {len(took_ms):2} that show" if took_ms else "     - only at rest"
        wall = "-" if real[fault] is None else f"{real[fault]:.1f}"
        kept = "" if not took_ms or max(took_ms) <= PROMISE_MS + 1e-6 else "   not kept: the device runs down by itself"
        print(f"  {fault:15} {told}, highest {flowed_ma:4.1f} mA   {wall:>8}{kept}")


def _in_real_time(fault: FaultName) -> float | None:
    return _took_ms(fault, _treated(fault, 12.0, WallClock(), seed=1), by_wall=True)


def _treated(fault: FaultName, at_s: float, clock: Clock, *, seed: int) -> Witness:
    """A session of one minute's hold with this fault, and the device watched for four seconds after it."""
    source = Witness(InjectedFault(fault, at_s), seed=seed)
    session = run_session(SHORT, source, clock)
    for step in range(1, 41):
        clock.wait_until(session.t_s + step / 10)
        source.read(session.t_s + step / 10)
    if source.true_current_ma != 0:
        raise SystemExit(f"{fault} at {at_s} s: current still flows")
    return source


def _took_ms(fault: FaultName, source: Witness, *, by_wall: bool) -> float | None:
    """From the first reading that shows it until nothing flows for good; None where it never showed."""
    shown = next((seen for seen in _shown(fault, source.seen)), None)
    if shown is None:
        return None
    column = 1 if by_wall else 0
    began_s = shown.wall_s if by_wall else shown.t_s
    zero_s = next((now[column] for before, now in reversed(list(pairwise(source.flowed))) if before[2] > 0), began_s)
    return max(0.0, zero_s - began_s) * 1000


def _shown(fault: FaultName, seen: list[Seen]) -> list[Seen]:
    """The readings that a device which does what it was told could not have given."""
    frozen_since, shown = None, []
    for before, now in pairwise(seen):
        reading, flows = now.reading, now.set_ma > 1
        same = (reading.current_ma, reading.voltage_v) == (before.reading.current_ma, before.reading.voltage_v)
        frozen_since = (frozen_since if frozen_since is not None else before.t_s) if same and now.set_ma > 0.3 else None
        tells = {
            FaultName.OVERCURRENT: reading.current_ma > 1.05 * now.set_ma + 0.5,
            FaultName.RUNAWAY_SOURCE: reading.current_ma > 1.05 * now.set_ma + 0.5,
            FaultName.CONTACT_LOST: flows and reading.voltage_v > 100 * reading.current_ma,
            FaultName.SHORT_CIRCUIT: flows and reading.voltage_v < 0.2 * reading.current_ma,
            FaultName.ADC_FROZEN: frozen_since is not None and now.t_s - frozen_since > 2.99,
            FaultName.LINK_LOST: now.t_s - reading.read_at_s > 1,
        }
        if tells.get(fault):
            shown.append(now)
    return shown


def throughput() -> None:
    took_s: dict[str, list[float]] = {"without": [], "with": []}
    for seed in range(SESSIONS_COUNT):
        for name, times_s in took_s.items():
            journal = Journal(io.StringIO()) if name == "with" else None
            source = SimulatedSource(circuit_traits(PLAN.site), voltage_limit_v=58.0, seed=seed)
            began_at_s = time.perf_counter()
            session = run_session(PLAN, source, VirtualClock(), journal=journal)
            times_s.append(time.perf_counter() - began_at_s)
    print(f"sessions of {session.t_s / 60:.1f} min at 10 Hz, as fast as they go, the fastest of {SESSIONS_COUNT}")
    for name, times_s in took_s.items():
        each_s = min(times_s)
        print(f"  {name:7} journal  {1 / each_s:.2f} a second, {session.t_s / each_s:,.0f} times real time")
    print(f"  the journal makes it {min(took_s['with']) / min(took_s['without']):.2f} times as long")


if __name__ == "__main__":
    main()
