"""A whole session on the simulated device: what it delivers, its journal, and every fault of the contract."""

from __future__ import annotations

import io
import json
import math
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from ionto.simulate.circuit import SKINS, circuit_traits
from ionto.treat.devices.simulated import FaultName, InjectedFault, SimulatedSource
from ionto.treat.events import SessionPlan
from ionto.treat.journal import Journal, replay
from ionto.treat.runner import HostKilled, Interruption, PacedClock, VirtualClock, WallClock, run_session
from ionto.treat.session import Session, ending
from ionto.treat.source import Reading
from ionto.treat.table import Phase
from ionto.words.limits import RAMP_CEILING_MA_PER_S
from ionto.words.reading import DocumentError
from ionto.words.terms import Outcome, PolarityHabit, Side, Site, Waveform

PLAN = SessionPlan(
    site=Site.PALMS,
    waveform=Waveform.DC,
    current_ma=15.0,
    cap_current_ma=20.0,
    ramp_ma_per_s=0.5,
    duration_min=4.0,
    polarity=PolarityHabit.REVERSE_AT_HALF_TIME,
    first_anode=Side.RIGHT,
    contact_area_cm2=163.5,
    voltage_limit_v=58.0,
)


def treated(
    plan: SessionPlan = PLAN, fault: str | None = None, at_s: float = 0.0, skin: str = "normal", seed: int = 1
) -> tuple[Session, SimulatedSource, str]:
    """A session at virtual speed, its device, and its journal."""
    to_device = fault is not None and FaultName(fault).happens_to_device
    faults = (InjectedFault(FaultName(fault), at_s),) if fault and to_device else ()
    source = SimulatedSource(
        circuit_traits(plan.site, skin=skin), voltage_limit_v=plan.voltage_limit_v, seed=seed, faults=faults
    )
    file = io.StringIO()
    interruptions = [Interruption(name=fault, at_s=at_s)] if fault and not to_device else []
    session = run_session(plan, source, VirtualClock(), journal=Journal(file), interruptions=interruptions)
    return session, source, file.getvalue()


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def test_a_session_delivers_what_was_prescribed() -> None:
    session, source, _ = treated(replace(PLAN, duration_min=20.0))
    done = ending(session)
    assert done.outcome is Outcome.COMPLETED
    assert done.delivered.charge_ma_min == pytest.approx(15 * 20 + 15, rel=0.02)
    assert done.delivered.charge_ma_min == pytest.approx(source.left_anode_ma_min + source.right_anode_ma_min, rel=0.01)
    assert source.peak_current_ma <= 15.0
    assert source.true_current_ma == 0.0


@pytest.mark.parametrize("skin", sorted(SKINS))
@pytest.mark.parametrize("fault", [None, "stop_pressed"])
def test_on_every_skin_current_stays_within_the_prescription(skin: str, fault: str | None) -> None:
    session, source, _ = treated(skin=skin, fault=fault, at_s=100.0)
    assert source.peak_current_ma <= PLAN.current_ma
    assert ending(session).outcome is (Outcome.STOPPED if fault else Outcome.COMPLETED)
    assert session.max_slope_ma_per_s <= RAMP_CEILING_MA_PER_S + 1e-9


@pytest.mark.parametrize("fault", [None, "stop_pressed", "pain_reported", "overcurrent", "contact_lost"])
def test_a_journal_replayed_is_the_same_session_to_the_last_bit(fault: str | None) -> None:
    session, _, journal = treated(fault=fault, at_s=90.0)
    assert replay(lines(journal)) == session


def test_the_same_seed_writes_the_same_journal_and_another_seed_another() -> None:
    assert treated(seed=3)[2] == treated(seed=3)[2]
    assert treated(seed=3)[2] != treated(seed=4)[2]


def test_every_line_of_the_journal_says_when_in_which_phase_and_what() -> None:
    entries = [json.loads(line) for line in lines(treated()[2])]
    assert {next(iter(set(entry) - {"t_s", "phase"})) for entry in entries} == {"event", "command", "reading"}
    assert all({"t_s", "phase"} < set(entry) for entry in entries)
    assert all(entry["t_s"] <= later["t_s"] for entry, later in pairwise(entries))
    reading = next(entry["reading"] for entry in entries if "reading" in entry)
    assert {"current_ma", "voltage_v", "commanded_ma"} <= set(reading)


def test_a_journal_cut_anywhere_tells_what_had_been_delivered() -> None:
    _, _, journal = treated()
    whole = replay(lines(journal)).delivered.charge_ma_min
    for share in (0.3, 0.6, 0.9):
        torn = journal[: int(len(journal) * share)]
        session = replay(lines(torn))
        assert 0 < session.delivered.charge_ma_min < whole
        assert ending(session).outcome is Outcome.FAULTED
        assert ending(session).fault == "host_killed"


def test_a_damaged_line_in_the_middle_is_refused_by_its_number() -> None:
    damaged = lines(treated()[2])
    damaged[10] = '{"t_s": 1.0, "phase"\n'
    with pytest.raises(DocumentError, match="line 11: this is not a line of a session journal"):
        replay(damaged)
    with pytest.raises(DocumentError, match="begins with the plan"):
        replay(damaged[1:5])
    with pytest.raises(DocumentError, match="empty"):
        replay([])


# What is found first, where it is not the fault's own name.
FOUND_AS = {
    "bridged": {"impedance_jump"},
    "partial_contact": {"contact_lost", None},
    "limb_lifted": {"contact_lost", None},
    "reading_missing": {"implausible_reading"},
    "reading_negative": {"implausible_reading"},
    "polarity_flipped": {"stuck_polarity"},
    "reading_high": {"overcurrent", "impedance_jump", "runaway_source"},
    "spikes": {"overcurrent", "runaway_source"},
}
CONTRACT = (
    "contact_lost",
    "short_circuit",
    "overcurrent",
    "runaway_source",
    "stuck_polarity",
    "adc_frozen",
    "link_lost",
)


@pytest.mark.parametrize("at_s", [15.0, 90.0, 160.0, 260.0])
@pytest.mark.parametrize("fault", [*CONTRACT, *FOUND_AS])
def test_every_device_fault_ends_at_zero_and_latches(fault: str, at_s: float) -> None:
    if fault == "stuck_polarity" and at_s > 165.0:
        at_s = 1.5  # later the relay has turned for the last time; this is in the self-test
    session, source, _ = treated(fault=fault, at_s=at_s)
    found = FOUND_AS.get(fault, {fault})
    assert session.phase is Phase.FAULTED or (None in found and session.phase is Phase.STOPPED)
    assert session.fault in found
    source.read(session.t_s + 4.0)
    assert source.true_current_ma == 0.0


def test_a_clock_that_jumps_ends_the_session_and_credits_nothing() -> None:
    session, source, _ = treated(fault="clock_jump", at_s=90.0)
    assert session.fault == "clock_jump"
    assert session.delivered.charge_ma_min == pytest.approx(
        source.left_anode_ma_min + source.right_anode_ma_min, rel=0.02
    )


def test_when_the_host_dies_the_device_falls_to_zero_by_itself() -> None:
    source = SimulatedSource(circuit_traits(Site.PALMS), voltage_limit_v=58.0)
    file = io.StringIO()
    killed = [Interruption(name="host_killed", at_s=100.0)]
    with pytest.raises(HostKilled):
        run_session(PLAN, source, VirtualClock(), journal=Journal(file), interruptions=killed)
    assert source.true_current_ma > 14
    source.read(103.0)
    assert source.true_current_ma == 0.0
    assert replay(lines(file.getvalue())).delivered.charge_ma_min == pytest.approx(
        source.left_anode_ma_min + source.right_anode_ma_min, rel=0.06
    )


def test_a_stop_from_the_inbox_is_heard_within_a_tick() -> None:
    from ionto.treat.events import Event, StopPressed

    source = SimulatedSource(circuit_traits(Site.PALMS), voltage_limit_v=58.0)

    def inbox(t_s: float) -> list[Event]:
        return [StopPressed(t_s=t_s)] if t_s >= 60.0 else []

    session = run_session(PLAN, source, VirtualClock(), inbox=inbox)
    assert session.phase is Phase.STOPPED
    assert session.t_s == pytest.approx(60.1, abs=0.2)  # a press in each tick: the second cuts


def test_real_clocks_wait() -> None:
    for kind, wanted_s in ((WallClock, 0.2), (lambda: PacedClock(20.0), 4.0)):
        began_at_s, clock = time.monotonic(), kind()
        clock.wait_until(clock.now_s() + wanted_s)
        assert time.monotonic() - began_at_s >= 0.19
        assert clock.now_s() >= 0.19


class FullDisk(io.StringIO):
    """A file that takes no more after 600 lines."""

    lines_count = 0

    def write(self, text: str) -> int:
        self.lines_count += 1
        if self.lines_count > 600:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_when_the_journal_cannot_be_written_the_circuit_is_cut() -> None:
    source = SimulatedSource(circuit_traits(Site.PALMS), voltage_limit_v=58.0)
    with pytest.raises(OSError, match="No space left"):
        run_session(PLAN, source, VirtualClock(), journal=Journal(FullDisk()))
    assert source.peak_current_ma > 5
    assert source.true_current_ma == 0.0


def test_when_a_device_fails_in_a_way_nobody_foresaw_the_circuit_is_cut() -> None:
    class Failing(SimulatedSource):
        def read(self, t_s: float) -> Reading:
            if t_s > 60.0:
                raise RuntimeError("the cable was pulled")
            return super().read(t_s)

    source = Failing(circuit_traits(Site.PALMS), voltage_limit_v=58.0)
    with pytest.raises(RuntimeError, match="cable"):
        run_session(PLAN, source, VirtualClock())
    assert source.peak_current_ma > 5
    assert source.true_current_ma == 0.0


@pytest.mark.parametrize("said", [math.nan, math.inf])
def test_a_reading_that_is_no_number_is_replayed_as_the_fault_it_was(said: float) -> None:
    class Mad(SimulatedSource):
        def read(self, t_s: float) -> Reading:
            return replace(super().read(t_s), **({"current_ma": said} if t_s > 60.0 else {}))

    file = io.StringIO()
    source = Mad(circuit_traits(Site.PALMS), voltage_limit_v=58.0)
    session = run_session(PLAN, source, VirtualClock(), journal=Journal(file))
    assert session.fault == "implausible_reading"
    assert ending(replay(lines(file.getvalue()))) == ending(session)
    for line in lines(file.getvalue()):
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.mark.parametrize(
    "line",
    [
        '{"t_s": 1.0, "phase": "holding", "reading": null}',
        '{"t_s": 1.0, "phase": "holding", "reading": []}',
        '{"t_s": 1.0, "phase": "holding", "event": "stop_pressed"}',
        '{"t_s": 1' + "0" * 5000 + ', "phase": "holding", "event": {"kind": "stop_pressed"}}',
        "[" * 100_000,
        '{"t_s": 0.0, "phase": "ready", "event": {"kind": "started"}}',
    ],
    ids=["no reading", "a list", "a word", "a long number", "deep", "a second start"],
)
def test_a_line_that_no_session_wrote_is_refused_in_a_sentence(line: str) -> None:
    told = lines(treated()[2])
    with pytest.raises(DocumentError, match="journal"):
        replay([*told[:5], line + "\n", *told[5:]])


def test_a_host_that_was_away_is_not_caught_up_in_a_burst() -> None:
    clock = PacedClock(60)
    clock.wait_until(1.0)
    # Away for as long as half a minute of the session: its next seconds take as long as ever.
    clock.began_at_s -= 0.5
    began_s = time.monotonic()
    for t_s in range(2, 14):
        clock.wait_until(float(t_s))
    assert time.monotonic() - began_s >= 11 / 60
    assert clock.now_s() == 13.0
