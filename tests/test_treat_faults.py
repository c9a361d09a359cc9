"""`ionto treat --fault X@t` for every fault of the contract in every phase, judged by what the device really did."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ionto.cli import main, treat
from ionto.treat.devices.simulated import FaultName, SimulatedSource
from ionto.treat.journal import replay
from ionto.treat.source import Command, CutOff, Reading, SetCurrent
from ionto.words.reading import DocumentError

EXAMPLE = Path(__file__).parents[1] / "examples" / "palms.json"
CAP_MA, CURRENT_MA, ZERO_WITHIN_S, HEARTBEAT_S = 20.0, 15.0, 0.1, 1.5
CONTRACT = (
    *("contact_lost", "short_circuit", "overcurrent", "runaway_source", "stuck_polarity", "adc_frozen", "link_lost"),
    *("host_killed", "pain_reported", "stop_pressed", "clock_jump"),
)
# What else happens in the session, so that every phase is come through.
SCRIPTS: dict[str, tuple[str, ...]] = {
    "": (),
    "paused": ("pause_pressed@50", "resume_pressed@90"),
    "ended": ("end_asked@50",),
    "stopped": ("stop_pressed@50",),
}
MOMENTS = {
    "self_testing": "",
    "turning": "",
    "checking_contact": "",
    "ramping_up": "",
    "holding": "",
    "ramping_down": "",
    "turning again": "",
    "checking_contact again": "",
    "ramping_up again": "",
    "holding again": "",
    "ramping_down again": "",
    "pausing": "paused",
    "paused": "paused",
    "ending_early": "ended",
    "stopping": "stopped",
}


class Seen(NamedTuple):
    """A reading, what really flowed then, and what had been set."""

    t_s: float
    reading: Reading
    true_ma: float
    set_ma: float


class Witness(SimulatedSource):
    """The simulated device, with all it was asked and told. The last one that was made is kept."""

    last: Witness

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.seen: list[Seen] = []
        self.told: list[tuple[float, Command, float]] = []
        self.set_ma = 0.0
        Witness.last = self

    def read(self, t_s: float) -> Reading:
        reading = super().read(t_s)
        self.seen.append(Seen(t_s, reading, self.true_current_ma, self.set_ma))
        return reading

    def obey(self, command: Command, t_s: float) -> None:
        super().obey(command, t_s)
        self.set_ma = command.current_ma if isinstance(command, SetCurrent) else self.set_ma
        self.told.append((t_s, command, self.true_current_ma))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The eleventh session of the example's plan, at 15 mA, cut to ten minutes, the least in which poles may change."""
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    made = [sys.executable, "-m", "ionto.cli", "plan", EXAMPLE, "--site", "palms", "--device", "simulated", "--json"]
    told = json.loads(subprocess.run(made, check=True, capture_output=True).stdout)
    told["prescription"]["duration_min"] = 10.0
    assert (told["sessions"][10]["current_ma"], told["prescription"]["cap_current_ma"]) == (CURRENT_MA, CAP_MA)
    path.write_text(json.dumps(told), "utf-8")
    return path


@pytest.fixture
def treated(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[dict[str, Any], Witness, Path]]:
    """What `ionto treat` says, what its device did, and its journal."""
    monkeypatch.setattr(treat, "SimulatedSource", Witness)

    def run(*faults: str) -> tuple[dict[str, Any], Witness, Path]:
        journal = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
        wrong = [word for fault in faults for word in ("--fault", fault)]
        command = ["treat", str(plan), "--session", "11", "--speed", "max", "--journal", str(journal), "--json", *wrong]
        assert main(command) == 0
        return json.loads(capsys.readouterr().out), Witness.last, journal

    return run


def entries_of(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text("utf-8").splitlines()]


_middles: dict[str, float] = {}


@pytest.fixture
def middles(treated: Callable[..., Any]) -> dict[str, float]:
    """The middle of every phase, as sessions without a fault come through it."""
    if not _middles:
        for script, presses in SCRIPTS.items():
            spans: dict[str, list[float]] = {}
            before = ""
            for entry in entries_of(treated(*presses)[2]):
                phase = entry["phase"]
                name = f"{phase} again" if phase in spans and (before != phase or f"{phase} again" in spans) else phase
                before = phase
                if MOMENTS.get(name) == script:
                    spans.setdefault(name, []).append(entry["t_s"])
            _middles.update({name: (times[0] + times[-1]) / 2 for name, times in spans.items()})
    return _middles


def first_shown_s(fault: str, seen: list[Seen]) -> float | None:
    """The first reading that tells the fault from a device that does what it was told."""
    frozen_since: Seen | None = None
    for before, now in pairwise(seen):
        reading, flows = now.reading, now.set_ma > 1
        same = (reading.current_ma, reading.voltage_v) == (before.reading.current_ma, before.reading.voltage_v)
        frozen_since = (frozen_since or before) if same and now.set_ma > 0.3 else None
        shown = {
            "overcurrent": reading.current_ma > 1.05 * now.set_ma + 0.5,
            "runaway_source": reading.current_ma > 1.05 * now.set_ma + 0.5,
            "contact_lost": flows and reading.voltage_v > 100 * reading.current_ma,
            "short_circuit": flows and reading.voltage_v < 0.2 * reading.current_ma,
            "adc_frozen": frozen_since is not None and now.t_s - frozen_since.t_s > 2.99,
            "link_lost": now.t_s - reading.read_at_s > 1,
        }
        if shown.get(fault):
            return now.t_s
    return None


def zero_at_s(device: Witness) -> float:
    """When what really flows was zero for good."""
    t_s = max(device.seen[-1].t_s, device.told[-1][0])
    for step in range(500):
        device.read(t_s + step / 100)
    flowed = [(seen.t_s, seen.true_ma) for seen in device.seen] + [(at_s, ma) for at_s, _, ma in device.told]
    flowed.sort(key=lambda moment: moment[0])
    assert flowed[-1][1] == 0
    # Of several things in one moment the last one counts; the sort keeps their order.
    return next((later[0] for now, later in reversed(list(pairwise(flowed))) if now[1] > 0), 0.0)


@pytest.mark.parametrize("phase", MOMENTS)
@pytest.mark.parametrize("fault", CONTRACT)
def test_a_fault_in_any_phase_ends_at_zero_within_the_caps(
    fault: str, phase: str, treated: Callable[..., Any], middles: dict[str, float]
) -> None:
    at_s = middles[phase]
    said, device, _ = treated(*SCRIPTS[MOMENTS[phase]], f"{fault}@{at_s}")
    set_to = [(t_s, command.current_ma) for t_s, command, _ in device.told if isinstance(command, SetCurrent)]
    assert max((ma for _, ma in set_to), default=0.0) <= CURRENT_MA
    assert said["max_slope_ma_per_s"] <= 1.0
    steps = [(t_s - since, ma - before) for (since, before), (t_s, ma) in pairwise([(0.0, 0.0), *set_to])]
    assert all(rise_ma <= took_s + 0.02 for took_s, rise_ma in steps)
    # What was set and does not flow, with the contact lost, is taken back at once.
    assert fault == "contact_lost" or all(-rise_ma <= took_s + 0.02 for took_s, rise_ma in steps)
    # Six milliamperes above 15 are above the cap until the second reading; nothing else ever is.
    assert device.peak_current_ma <= (CURRENT_MA + 6 if fault == "overcurrent" else CAP_MA)
    shown_s, cut = first_shown_s(fault, device.seen), any(isinstance(command, CutOff) for _, command, _ in device.told)
    # When nobody reaches the device any more it runs down by itself, at 20 mA/s after 1.5 s.
    runs_down_s = HEARTBEAT_S + CURRENT_MA / 20 + 0.2
    if fault == "host_killed":
        device.read(at_s + runs_down_s)
        assert device.true_current_ma == 0
        return
    zero_s = zero_at_s(device)
    if fault == "link_lost":
        assert zero_s <= at_s + runs_down_s
    elif shown_s is not None:
        # On the way down anyway: where nothing flows any more, the stop is at its end.
        is_over = fault == "contact_lost" and phase in {"stopping", "ending_early"}
        assert said["outcome"] in ({"faulted", "stopped"} if is_over else {"faulted"})
        assert zero_s <= shown_s + ZERO_WITHIN_S + 1e-9
    elif fault == "clock_jump":
        assert (said["fault"], zero_s <= at_s + ZERO_WITHIN_S + 0.1) == ("clock_jump", True)
    assert cut
    device.obey(SetCurrent(current_ma=5.0), 1e4)
    assert device.true_current_ma == 0 or fault == "link_lost", "not latched"


@pytest.mark.parametrize("fault", [fault for fault in CONTRACT if FaultName(fault).happens_to_device])
def test_while_current_flows_every_device_fault_is_found_by_its_name(
    fault: str, treated: Callable[..., Any], middles: dict[str, float]
) -> None:
    # The relay is asked to turn once more only after the first half.
    for phase in ("holding",) if fault == "stuck_polarity" else ("ramping_up", "holding", "holding again"):
        said, device, _ = treated(f"{fault}@{middles[phase]}")
        assert (said["outcome"], said["fault"]) == ("faulted", fault)
        assert fault == "stuck_polarity" or first_shown_s(fault, device.seen) is not None


def test_the_moments_lie_in_their_phases(treated: Callable[..., Any], middles: dict[str, float]) -> None:
    assert set(middles) == set(MOMENTS)
    told = {script: entries_of(treated(*presses)[2]) for script, presses in SCRIPTS.items()}
    for phase, script in MOMENTS.items():
        entries = told[script]
        around = {entry["phase"] for entry in entries if abs(entry["t_s"] - middles[phase]) < 0.11}
        assert around == {phase.removesuffix(" again")}


@pytest.mark.parametrize("press", ["stop_pressed", "pain_reported"])
def test_a_stop_ramps_down_and_says_so(press: str, treated: Callable[..., Any], middles: dict[str, float]) -> None:
    said, device, _ = treated(f"{press}@{middles['holding']}")
    assert (said["outcome"], said["pain_reported"]) == ("stopped", press == "pain_reported")
    down_s = zero_at_s(device) - middles["holding"]
    assert CURRENT_MA / 1.0 - 0.5 <= down_s <= CURRENT_MA / 1.0 + 0.5


def test_a_killed_process_leaves_a_journal_that_tells_what_was_delivered(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "killed.jsonl"
    command = [sys.executable, "-m", "ionto.cli", "treat", plan, "--session", "11", "--speed", "20"]
    with subprocess.Popen([*command, "--journal", journal], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        told_s = time.monotonic() + 60
        while not (journal.exists() and '"holding"' in journal.read_text("utf-8")):
            assert time.monotonic() < told_s
            time.sleep(0.05)
        process.kill()
        assert process.wait(10) == -signal.SIGKILL
    left = journal.read_bytes()
    *whole, rest = left.split(b"\n")
    assert all(json.loads(line)["t_s"] >= 0 for line in whole)
    # Torn in the middle of a line, as a power cut would leave it, it tells the same.
    journal.write_bytes(left + b'{"t_s": 99.9, "pha')
    assert main(["replay", str(journal), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["fault"]) == ("faulted", "host_killed")
    assert said["delivered"]["charge_ma_min"] == replay(line.decode() + "\n" for line in whole).delivered.charge_ma_min
    assert said["delivered"]["charge_ma_min"] > 3.5
    assert main(["replay", str(journal)]) == 0
    assert "host killed" in capsys.readouterr().out
    assert not rest
    journal.write_bytes(b"\n".join([*whole[:9], whole[9][:20], *whole[10:], b""]))
    with pytest.raises(DocumentError, match="line 10"):
        replay(journal.read_text("utf-8").splitlines(keepends=True))
