"""SHELL. `ionto treat PLAN.json` runs one session; `ionto replay JOURNAL` tells what a journal holds."""

from __future__ import annotations

import argparse
import io
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from rich.markup import escape
from rich.table import Table

from ionto.cli.files import ERR, OUT, document_of, say_json, text_of
from ionto.cli.trace import Trace, trace_of
from ionto.cli.watching import watching
from ionto.prescribe import NotPrescribable, Plan, Prescription, TreatmentDevice, check_device, devices
from ionto.simulate.circuit import SKINS, WATERS, circuit_traits
from ionto.treat.devices.simulated import FaultName, InjectedFault, SimulatedSource
from ionto.treat.events import Event, SessionPlan, StopPressed, session_plan
from ionto.treat.journal import Journal, replay
from ionto.treat.plain import FAULTS, NOTICES
from ionto.treat.runner import Clock, HostKilled, Interruption, PacedClock, VirtualClock, WallClock, run_session
from ionto.treat.session import Ending, Session, ending
from ionto.words.reading import DocumentError, Fault

KNOWN_BY = {
    "measured": "the device's measurement",
    "displayed": "the display, as it was read off",
    "recalled": "memory",
    "assumed": "nothing: taken as it was set",
}


def add_to(commands: Any) -> None:
    treat = commands.add_parser("treat", help="run one session", allow_abbrev=False)
    treat.add_argument("plan", metavar="PLAN.json", help="what `ionto plan --json` wrote; - is standard input")
    treat.add_argument("--session", type=int, default=1, metavar="N", help="which of the plan's sessions")
    treat.add_argument(
        "--device", default="simulated", help="simulated; or guided: you set the dial, ionto leads and keeps the record"
    )
    treat.add_argument("--skin", default="normal", choices=sorted(SKINS), help="the skin in the simulated bath")
    treat.add_argument("--water", default="tap", choices=list(WATERS), help="the water in the simulated bath")
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
    _add_plot(treat)
    treat.add_argument("--json", action="store_true", help="one JSON document on standard output")
    treat.set_defaults(run=run)
    again = commands.add_parser("replay", help="what a session's journal tells", allow_abbrev=False)
    again.add_argument("journal", metavar="JOURNAL", help="a session's journal; - is standard input")
    _add_plot(again)
    again.add_argument("--json", action="store_true", help="one JSON document on standard output")
    again.set_defaults(run=run_replay)


def _add_plot(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plot", metavar="FILE.svg|png", type=_picture_file, help="also draw it into a file")


def run(chosen: argparse.Namespace) -> int:
    whole = document_of(Plan, chosen.plan)
    plan = _session_of(whole, chosen.session)
    if chosen.device not in ("simulated", "guided"):
        raise DocumentError(
            [Fault("--device", f"{chosen.device!r} cannot run a session yet; simulated and guided can")]
        )
    runs = _running_device(whole.prescription, chosen.device)
    try:
        check_device(whole.prescription, runs)
    except NotPrescribable as refusal:
        return _refused(str(refusal), as_json=chosen.json)
    if chosen.device == "guided":
        return _run_guided(plan, runs, chosen)
    return _run_simulated(plan, chosen)


def _running_device(prescription: Prescription, kind: str) -> TreatmentDevice:
    """The device that runs it: the simulated one, or the one that the person has at home, as the plan says."""
    known = devices()
    return known["simulated"] if kind == "simulated" else known.get(prescription.device, known["guided"])


def _refused(why: str, *, as_json: bool) -> int:
    if as_json:
        say_json({"refused": {"decision": "device", "why": why, "findings": []}})
    else:
        ERR.print(f"[bold red]This device cannot run this plan.[/] {escape(why)}")
    return 3


def _run_guided(plan: SessionPlan, device: TreatmentDevice, chosen: argparse.Namespace) -> int:
    from ionto.cli.guiding import guiding

    if chosen.fault:
        raise DocumentError([Fault("--fault", "only the simulated device rehearses faults")])
    plan = replace(plan, provenance="displayed")
    with ExitStack() as open_things:
        file = open_things.enter_context(_journal_file(chosen.journal))
        source, watch, inbox = open_things.enter_context(guiding(plan, device))
        stop = open_things.enter_context(_stop_by_signal())
        session = run_session(
            plan,
            source,
            _clock(chosen.speed),
            journal=Journal(file),
            watch=watch,
            inbox=lambda t_s: [*stop(t_s), *inbox(t_s)],
        )
        file.seek(0)
        lines = file.read().splitlines(keepends=True)
    _say(session, lines, chosen)
    return 0


def _run_simulated(plan: SessionPlan, chosen: argparse.Namespace) -> int:
    clock = _clock(chosen.speed)
    rehearsed = [fault for fault in chosen.fault if FaultName(fault.name).happens_to_device]
    source = SimulatedSource(
        circuit_traits(plan.site, skin=chosen.skin, water=chosen.water),
        voltage_limit_v=plan.voltage_limit_v,
        duty_fraction=plan.duty_fraction,
        seed=chosen.seed,
        faults=tuple(InjectedFault(FaultName(fault.name), fault.at_s) for fault in rehearsed),
    )
    with ExitStack() as open_things:
        file = open_things.enter_context(_journal_file(chosen.journal))
        watch, keys = open_things.enter_context(watching(plan))
        stop = open_things.enter_context(_stop_by_signal())
        session = None
        with suppress(HostKilled):
            session = run_session(
                plan,
                source,
                clock,
                journal=Journal(file),
                watch=watch,
                inbox=lambda t_s: [*stop(t_s), *keys(t_s)],
                interruptions=[fault for fault in chosen.fault if fault not in rehearsed],
            )
        file.seek(0)
        lines = file.read().splitlines(keepends=True)
    # After the host was killed, as after a power cut, the journal is all there is.
    _say(session or replay(lines), lines, chosen, rehearsed)
    return 0


def run_replay(chosen: argparse.Namespace) -> int:
    # A power cut may leave any bytes in the last line.
    lines = text_of(chosen.journal, damaged="replace").splitlines(keepends=True)
    _say(replay(lines), lines, chosen)
    return 0


def _say(
    session: Session, lines: list[str], chosen: argparse.Namespace, rehearsed: Sequence[Interruption] = ()
) -> None:
    """How it ended and what it delivered; over time, in the terminal, and in a file where one was asked for."""
    trace = trace_of(lines, rehearsed) if chosen.plot is not None or not chosen.json else None
    if chosen.json:
        say_json(ending(session))
    elif trace is not None:
        _say_plainly(ending(session), trace)
    if chosen.plot is not None and trace is not None:
        from ionto.cli.picture import write_picture

        write_picture(trace, _title(session), chosen.plot)


def _say_plainly(ended: Ending, trace: Trace) -> None:
    if trace.t_s:
        from ionto.cli.plots import session_plot

        OUT.print(session_plot(trace, width=OUT.width), markup=False, soft_wrap=True)
    colour = {"completed": "green", "stopped": "yellow", "faulted": "red"}[ended.outcome]
    said = f"[bold {colour}]{ended.outcome}[/]" + (f": {ended.fault.replace('_', ' ')}" if ended.fault else "")
    OUT.print(said + (", pain reported" if ended.pain_reported else ""))
    if ended.fault in FAULTS:
        OUT.print(FAULTS[ended.fault])
    for name in ended.notices:
        OUT.print(f"{NOTICES[name].says} {NOTICES[name].tries}")
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
        ("known by", KNOWN_BY[ended.provenance]),
        ("lasted", f"{ended.lasted_s / 60:.1f} min"),
    ):
        table.add_row(label, value)
    OUT.print(table)


def _title(session: Session) -> str:
    plan, ended = session.plan, ending(session)
    how = f"{ended.outcome}: {ended.fault.replace('_', ' ')}" if ended.fault else str(ended.outcome)
    return f"Session on the {plan.site}, {plan.current_ma:g} mA for {plan.duration_min:g} min – {how}"


def _picture_file(path: str) -> str:
    if not path.endswith((".svg", ".png")):
        raise argparse.ArgumentTypeError(f"{path!r} ends neither in .svg nor in .png")
    return path


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
