"""A session in plain words, and watched and steered from a terminal."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from rich.console import Console

from ionto.cli.watching import DIGITS, View
from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import FaultName, InjectedFault, SimulatedSource
from ionto.treat.events import PausePressed
from ionto.treat.guards import GUARDS
from ionto.treat.plain import FAULTS, KEYS, NOTICES, PHASES, PRESS_WORDS, possible, told
from ionto.treat.runner import PRESSES, VirtualClock, run_session
from ionto.treat.session import NOT_REACHED, Session, begin
from ionto.treat.supervisor import Reason
from ionto.treat.table import Phase
from ionto.words.evidence import references
from ionto.words.german import in_german
from ionto.words.terms import Site

from .test_runner import PLAN

ROOT = Path(__file__).parents[1]


def seen(*faults: InjectedFault, until: Callable[[Session], bool] = lambda _session: False) -> tuple[View, Session]:
    """A session watched until the first moment of which this is true; the view is as it was then."""
    source = SimulatedSource(circuit_traits(Site.PALMS), voltage_limit_v=58.0, faults=faults)
    view, stopped = View(begin(PLAN), has_keys=True), []

    def watch(session: Session) -> None:
        if not stopped:
            view.seen(session)
            if until(session):
                stopped.append(session)

    session = run_session(PLAN, source, VirtualClock(), watch=watch)
    return view, session


def text_of(view: View) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(view.drawn())
    return console.export_text()


def test_every_phase_fault_and_press_has_plain_words() -> None:
    supervised = {f"supervisor_{reason}" for reason in get_args(Reason)}
    assert set(FAULTS) == (GUARDS - {"contact_weakened"}) | supervised | {"host_killed"}
    assert set(PHASES) == set(Phase)
    assert set(KEYS.values()) == set(PRESS_WORDS) == set(PRESSES)
    assert set(NOTICES) == {NOT_REACHED}
    assert {key for notice in NOTICES.values() for key in notice.sources} <= set(references())


def test_only_what_would_change_something_is_possible() -> None:
    view, session = seen(until=lambda session: session.phase is Phase.HOLDING)
    assert set(possible(view.session)) == set(PRESSES) - {"resume_pressed"}
    assert "more_asked" not in possible(replace(view.session, adjusted_at_s=view.session.t_s))
    assert "more_asked" not in possible(replace(view.session, aim_ma=PLAN.cap_current_ma))
    assert "less_asked" not in possible(replace(view.session, aim_ma=1.0))
    assert possible(session) == ()


def test_the_view_says_what_flows_and_which_side_is_plus() -> None:
    text = text_of(seen(until=lambda session: session.held_s > 60)[0])
    for words in ("Treatment is running", "anode (plus) right", "left 3:00 of 4:00", "set 15 mA", "kΩ", "mA/cm²"):
        assert words in text
    assert "right anode 18" in text
    assert all(DIGITS[sign][0] in text for sign in "15.0")


def test_a_limb_out_of_the_water_is_told_with_the_way_on() -> None:
    lifted = InjectedFault(FaultName.LIMB_LIFTED, 90.0, lasts_s=2.5)
    view, _ = seen(lifted, until=lambda session: session.phase is Phase.PAUSED)
    text = " ".join(text_of(view).replace("│", " ").split())
    assert "A hand came out of the water, so the current went down to zero." in text
    assert "press Go on" in text
    asked = replace(view.session, weak_contacts_count=0)
    assert told(asked)[0].startswith("Put both hands in the water, hold still")
    assert any("once more" in said for said in told(replace(asked, weak_contacts_count=2), limb_out=True))


@pytest.mark.parametrize(
    ("site", "out", "back"),
    [
        (Site.PALMS, "A hand came out of the water", "Put both hands in the water"),
        (Site.SOLES, "A foot came out of the water", "Put both feet in the water"),
        (Site.AXILLAE, "A pad came off the skin", "Put both pads under your arms"),
    ],
)
def test_what_came_out_goes_back_where_it_belongs(site: Site, out: str, back: str) -> None:
    session = replace(
        begin(PLAN),
        plan=replace(PLAN, site=site, current_ma=5.0, cap_current_ma=5.0),
        phase=Phase.PAUSED,
        weak_contacts_count=2,
    )
    why, last = told(session, limb_out=True)
    assert why.startswith(f"{out}, so the current went down to zero. {back}, hold still, and press Go on:")
    assert last == "If that happens once more, the session ends."
    for said in (*told(session, limb_out=True), *told(replace(session, phase=Phase.PAUSING), limb_out=True)):
        assert in_german(said) is not None, said


def test_a_notice_says_what_to_try() -> None:
    session = replace(begin(PLAN), notices=(NOT_REACHED,))
    (said,) = told(session)
    assert "not a fault" in said
    assert "baking soda" in said


def test_keys_are_presses_and_arrow_keys_are_not() -> None:
    view, _ = seen(until=lambda session: session.phase is Phase.HOLDING)
    assert view.heard("b", 99.0) == [PausePressed(t_s=99.0)]
    assert [event.kind for event in view.heard("sP-e", 99.0)] == [
        "stop_pressed",
        "pain_reported",
        "less_asked",
        "end_asked",
    ]
    assert [event.kind for event in view.heard(" ", 99.0)] == ["stop_pressed"]
    assert [event.kind for event in view.heard("\x1b", 99.0)] == ["stop_pressed"]
    assert view.heard("\x1b[B\x1bOS\x1b[1;5Bxyz", 99.0) == []
    assert view.heard("r", 99.0) == []
    assert view.pressed == "Go on: not possible now"


@pytest.fixture
def plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    from ionto.cli import main

    main(["plan", str(ROOT / "examples" / "palms.json"), "--site", "palms", "--device", "simulated", "--json"])
    path = tmp_path / "plan.json"
    path.write_text(capsys.readouterr().out, "utf-8")
    return path


def test_in_a_terminal_a_session_is_watched_and_steered_with_keys(plan: Path, tmp_path: Path) -> None:
    journal = tmp_path / "session.jsonl"
    command = [sys.executable, "-m", "ionto.cli", "treat", plan, "--speed", "20", "--journal", journal, "--json"]
    terminal, inside = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    before = termios.tcgetattr(terminal)
    process = subprocess.Popen(
        command, stdin=inside, stderr=inside, stdout=subprocess.PIPE, env={**os.environ, "TERM": "xterm"}
    )
    said, told_s = "", time.monotonic() + 60

    def read() -> None:
        nonlocal said
        assert time.monotonic() < told_s, said[-2000:]
        if select.select([terminal], [], [], 0.2)[0]:
            said += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(terminal, 65536).decode("utf-8", "replace"))

    for words, key in (
        ("Treatment is running", b"b"),
        ("Paused: no current flows", b"r"),
        ("Go on: heard", b""),
        ("Treatment is running", b"e"),
    ):
        said = ""
        while words not in said:
            read()
        assert termios.tcgetattr(terminal)[3] & termios.ICANON == 0
        os.write(terminal, key)
    while process.poll() is None:
        read()
    out, _ = process.communicate()
    assert (process.returncode, json.loads(out)["outcome"]) == (0, "stopped")
    assert termios.tcgetattr(terminal) == before
    os.close(inside)
    os.close(terminal)
    entries = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    pressed = [entry["event"]["kind"] for entry in entries if "event" in entry][2:]
    assert pressed == ["pause_pressed", "resume_pressed", "end_asked"]
