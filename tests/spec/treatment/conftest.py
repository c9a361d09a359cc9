"""The way every paragraph on the treatment is written: a table of sessions, and how each ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import FaultName, InjectedFault, SimulatedSource
from ionto.treat.events import SessionPlan
from ionto.treat.runner import HostKilled, Interruption, VirtualClock, run_session
from ionto.treat.session import Ending, ending
from ionto.words.limits import RAMP_DEFAULT_S
from ionto.words.terms import PolarityHabit, Side, Site, Waveform


def _session(row: dict[str, str]) -> Ending:
    current_ma = float(row.get("set current [mA]", "15"))
    plan = SessionPlan(
        site=Site.PALMS,
        waveform=Waveform.DC,
        current_ma=current_ma,
        cap_current_ma=20.0,
        ramp_ma_per_s=current_ma / RAMP_DEFAULT_S,
        duration_min=float(row.get("minutes", "4")),
        polarity=PolarityHabit(row.get("polarity", "reverse_at_half_time")),
        first_anode=Side(row.get("first anode", "right")),
        contact_area_cm2=163.5,
        voltage_limit_v=58.0,
    )
    named, _, at = row.get("what happens", "nothing").partition(" at ")
    name, at_s = named.replace(" ", "_"), float(at.removesuffix(" s") or 0)
    to_device = name != "nothing" and FaultName(name).happens_to_device
    source = SimulatedSource(
        circuit_traits(Site.PALMS, skin=row.get("skin", "normal")),
        faults=[InjectedFault(FaultName(name), at_s)] if to_device else [],
    )
    interruptions = [] if to_device or name == "nothing" else [Interruption(name=name, at_s=at_s)]
    try:
        return ending(run_session(plan, source, VirtualClock(), interruptions=interruptions))
    except HostKilled:
        raise AssertionError("a paragraph on a dead host belongs to the journal") from None


ANSWERS: dict[str, Callable[[Ending], str]] = {
    "outcome": lambda done: str(done.outcome),
    "fault": lambda done: (done.fault or "none").replace("_", " "),
    "left anode [mA·min]": lambda done: f"{done.delivered.left_anode_ma_min:.0f}",
    "right anode [mA·min]": lambda done: f"{done.delivered.right_anode_ma_min:.0f}",
    "highest [mA]": lambda done: f"{done.max_current_ma:.0f}",
    "lasts [min]": lambda done: f"{done.lasted_s / 60:.0f}",
}


@pytest.fixture
def sessions() -> Callable[[str], None]:
    """Plays each row of a table and compares what the row says of it."""

    def play(table: str) -> None:
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.strip().splitlines()]
        heading, _, *lines = rows
        assert lines
        for line in lines:
            row = dict(zip(heading, line, strict=True))
            done = _session(row)
            expected = {key: said for key, said in row.items() if key in ANSWERS}
            assert expected
            assert {key: ANSWERS[key](done) for key in expected} == expected, row

    return play
