"""SHELL. `ionto treat PLAN.json` runs one session; `ionto replay JOURNAL` tells what a journal holds."""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ionto.cli.files import ERR, OUT, document_of, say_json, text_of
from ionto.prescribe import Plan
from ionto.simulate.circuit import SKINS, circuit_traits
from ionto.treat.devices.simulated import CAPS, FaultName, InjectedFault, SimulatedSource
from ionto.treat.events import Event, Read, SessionPlan, StopPressed, session_plan
from ionto.treat.journal import Journal, events_in, replay
from ionto.treat.runner import Clock, HostKilled, Interruption, PacedClock, VirtualClock, WallClock, run_session
from ionto.treat.session import Ending, Session, ending
from ionto.words.reading import DocumentError, Fault

# Faults that happen to the host or the person; every other one happens to the device.
INTERRUPTIONS = frozenset({"host_killed", "pain_reported", "stop_pressed", "clock_jump"})


def add_to(commands: Any) -> None:
    treat = commands.add_parser("treat", help="run one session", allow_abbrev=False)
    treat.add_argument("plan", metavar="PLAN.json", help="what `ionto plan --json` wrote; - is standard input")
    treat.add_argument("--session", type=int, default=1, metavar="N", help="which of the plan's sessions")
    treat.add_argument("--device", default="simulated", help="simulated")
    treat.add_argument("--skin", default="normal", choices=sorted(SKINS), help="the skin in the simulated bath")
    treat.add_argument("--speed", default="1", metavar="N|max", help="times real speed, or as fast as it goes")
    treat.add_argument("--journal", metavar="FILE.jsonl", help="write every event, command and reading")
    treat.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="NAME@SECONDS",
        help="make something go wrong: " + ", ".join(FaultName),
    )
    treat.add_argument("--seed", type=_seed, default=0, help="seed of the simulated device's noise")
    treat.add_argument("--json", action="store_true", help="one JSON document on standard output")
    treat.set_defaults(run=run)
    again = commands.add_parser("replay", help="what a session's journal tells", allow_abbrev=False)
    again.add_argument("journal", metavar="JOURNAL", help="a session's journal; - is standard input")
    again.add_argument("--json", action="store_true", help="one JSON document on standard output")
    again.set_defaults(run=run_replay)


def run(chosen: argparse.Namespace) -> int:
    plan = _session_of(document_of(Plan, chosen.plan), chosen.session)
    if chosen.device != "simulated":
        raise DocumentError([Fault("--device", f"{chosen.device!r} cannot run a session yet; simulated can")])
    if plan.waveform not in CAPS.waveforms:
        raise DocumentError([Fault("prescription.waveform", f"{CAPS.label} cannot deliver {plan.waveform} current")])
    clock = _clock(chosen.speed)
    source = SimulatedSource(
        circuit_traits(plan.site, skin=chosen.skin),
        voltage_limit_v=plan.voltage_limit_v,
        seed=chosen.seed,
        faults=tuple(InjectedFault(FaultName(f.name), f.at_s) for f in chosen.fault if f.name not in INTERRUPTIONS),
    )
    with ExitStack() as open_things:
        file = open_things.enter_context(_journal_file(chosen.journal))
        watch = open_things.enter_context(_progress(plan))
        inbox = open_things.enter_context(_stop_by_signal())
        interruptions = [fault for fault in chosen.fault if fault.name in INTERRUPTIONS]
        session = None
        with suppress(HostKilled):
            session = run_session(
                plan, source, clock, journal=Journal(file), watch=watch, inbox=inbox, interruptions=interruptions
            )
        file.seek(0)
        lines = file.read().splitlines(keepends=True)
    # After the host was killed, as after a power cut, the journal is all there is.
    _say(ending(session or replay(lines)), _readings(lines), as_json=chosen.json)
    return 0


def run_replay(chosen: argparse.Namespace) -> int:
    # A power cut may leave any bytes in the last line.
    lines = text_of(chosen.journal, damaged="replace").splitlines(keepends=True)
    _say(ending(replay(lines)), _readings(lines), as_json=chosen.json)
    return 0


def _say(ended: Ending, readings: list[Read], *, as_json: bool) -> None:
    if as_json:
        say_json(ended)
        return
    if readings:
        from ionto.cli.plots import session_plot

        OUT.print(session_plot(readings, width=min(OUT.width, 100)), markup=False, soft_wrap=True)
    colour = {"completed": "green", "stopped": "yellow", "faulted": "red"}[ended.outcome]
    said = f"[bold {colour}]{ended.outcome}[/]" + (f": {ended.fault.replace('_', ' ')}" if ended.fault else "")
    OUT.print(said + (", pain reported" if ended.pain_reported else ""))
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    done = ended.delivered
    for label, value in (
        ("charge", f"{done.charge_ma_min:.1f} mA·min"),
        ("  left as anode", f"{done.left_anode_ma_min:.1f} mA·min"),
        ("  right as anode", f"{done.right_anode_ma_min:.1f} mA·min"),
        ("at the set current", f"{ended.held_min:.1f} min"),
        ("charge is as good as", f"{done.effective_min:.1f} min"),
        ("highest current", f"{ended.max_current_ma:.2f} mA"),
        ("highest density", f"{done.density_peak_ma_per_cm2:.3f} mA/cm²"),
        ("steepest ramp", f"{ended.max_slope_ma_per_s:.2f} mA/s"),
        ("lasted", f"{ended.lasted_s / 60:.1f} min"),
    ):
        table.add_row(label, value)
    OUT.print(table)


def _session_of(plan: Plan, number: int) -> SessionPlan:
    if not 1 <= number <= len(plan.sessions):
        raise DocumentError([Fault("--session", f"{number} is not one of the plan's {len(plan.sessions)} sessions")])
    try:
        return session_plan(plan.prescription, plan.sessions[number - 1])
    except ValueError as error:
        raise DocumentError([Fault(f"sessions[{number - 1}]", str(error))]) from None


def _clock(speed: str) -> Clock:
    if speed == "max":
        return VirtualClock()
    try:
        ratio = float(speed)
    except ValueError:
        ratio = 0.0
    if not 0 < ratio <= 1000:
        raise DocumentError([Fault("--speed", f"{speed!r} is neither a number from 0 to 1000 nor max")])
    return WallClock() if ratio == 1 else PacedClock(ratio)


@contextmanager
def _journal_file(path: str | None) -> Iterator[TextIO]:
    if path is None:
        yield io.StringIO()
        return
    where = Path(path)
    try:
        if where.exists() and where.stat().st_size > 0:
            raise DocumentError([Fault("--journal", f"{path} holds something already; a journal is never overwritten")])
        with where.open("w+", encoding="utf-8") as file:
            yield file
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise DocumentError([Fault("--journal", f"cannot be written: {reason}")]) from None


@contextmanager
def _progress(plan: SessionPlan) -> Iterator[Any]:
    """A bar on standard error: phase, current and voltage, and the hold time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[flow]}"), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("ready", total=plan.duration_min * 60, flow="")

        def watch(session: Session) -> None:
            if session.reading is not None:
                flow = f"{session.reading.current_ma:5.2f} mA {session.reading.voltage_v:5.1f} V"
                phase = session.phase.replace("_", " ")
                progress.update(task, completed=session.held_s, description=phase, flow=flow)

        yield watch


@contextmanager
def _stop_by_signal() -> Iterator[Any]:
    """Ctrl-C and a terminating signal are a press of the stop button; a second one cuts at once."""
    pressed: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, lambda number, _frame: pressed.append(number)) for kind in kinds}

    def inbox(t_s: float) -> Iterable[Event]:
        events = [StopPressed(t_s=t_s) for _ in pressed]
        pressed.clear()
        return events

    try:
        yield inbox
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _readings(lines: list[str]) -> list[Read]:
    return [event for event in events_in(lines)[1] if isinstance(event, Read)] if lines else []


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _fault(text: str) -> Interruption:
    name, _, at = text.partition("@")
    if name not in set(FaultName):
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(FaultName)}")
    try:
        at_s = float(at)
    except ValueError:
        at_s = -1.0
    if not 0 <= at_s < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} does not say at which second, as in {name}@90")
    return Interruption(name=name, at_s=at_s)
