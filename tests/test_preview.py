"""What a session will look like: the curve, its limits, and the session on the simulated device beside it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionto.cli.plots import preview_plot
from ionto.consult import Intake, clearance_for, consult
from ionto.prescribe import PlannedSession, Prescription, devices, prescribe, preview, protocols
from ionto.prescribe.preview import PreviewPoint
from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import SimulatedSource
from ionto.treat.events import session_plan
from ionto.treat.journal import Journal
from ionto.treat.runner import VirtualClock, run_session
from ionto.treat.session import ending
from ionto.words.limits import CURRENT_CEILING_MA, RAMP_CEILING_MA_PER_S
from ionto.words.reading import read_json
from ionto.words.terms import PolarityHabit, Side, Site

EXAMPLE = Path(__file__).parents[1] / "examples" / "palms.json"
PLANNED = PlannedSession(on=date(2026, 11, 24), phase="induction", first_anode=Side.LEFT, current_ma=12.0)


def prescribed(habit: PolarityHabit = PolarityHabit.REVERSE_AT_HALF_TIME) -> Prescription:
    clearance = clearance_for(consult(read_json(Intake, EXAMPLE.read_text("utf-8"))), Site.PALMS)
    device = devices()["simulated"]
    return prescribe(clearance, protocols()["palms_dc"], device_id="simulated", device=device, polarity=habit)


def charge_ma_min(points: tuple[PreviewPoint, ...], anode: Side) -> float:
    """The area under the curve while this side is the anode."""
    return sum(
        (one.current_ma + other.current_ma) / 2 * (other.t_s - one.t_s) / 60
        for one, other in pairwise(points)
        if one.anode is other.anode is anode
    )


def test_it_rises_holds_falls_and_does_so_again_with_the_poles_changed() -> None:
    points = preview(prescribed(), PLANNED)
    assert [(point.t_s, point.signed_ma) for point in points] == [
        (0, 0), (24, -12), (624, -12), (648, 0),
        (649, 0), (673, 12), (1273, 12), (1297, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("habit", [PolarityHabit.SWAP_BETWEEN_SESSIONS, PolarityHabit.ONE_SIDE_UNTIL_DRY])
def test_without_a_reversal_the_anode_stays(habit: PolarityHabit) -> None:
    points = preview(prescribed(habit), PLANNED)
    assert {point.anode for point in points} == {Side.LEFT}
    assert points[-1].t_s == 24 + 1200 + 24


@pytest.mark.parametrize("habit", [PolarityHabit.REVERSE_AT_HALF_TIME, PolarityHabit.SWAP_BETWEEN_SESSIONS])
def test_the_session_delivers_what_the_preview_shows(habit: PolarityHabit) -> None:
    made = prescribed(habit)
    source = SimulatedSource(circuit_traits(Site.PALMS), voltage_limit_v=made.voltage_limit_v, seed=1)
    plan = session_plan(made, PLANNED)
    done = ending(run_session(plan, source, VirtualClock(), journal=Journal(io.StringIO()))).delivered
    points = preview(made, PLANNED)
    assert charge_ma_min(points, Side.LEFT) == pytest.approx(done.left_anode_ma_min, rel=0.02, abs=0.5)
    assert charge_ma_min(points, Side.RIGHT) == pytest.approx(done.right_anode_ma_min, rel=0.02, abs=0.5)


@given(
    current_ma=st.floats(0.1, 40.0),
    ramp_ma_per_s=st.floats(0.02, 1.0),
    duration_min=st.floats(0.5, 40.0),
    habit=st.sampled_from(PolarityHabit),
    first_anode=st.sampled_from(Side),
)
def test_no_curve_passes_the_cap_or_the_steepest_ramp(
    current_ma: float, ramp_ma_per_s: float, duration_min: float, habit: PolarityHabit, first_anode: Side
) -> None:
    made = replace(prescribed(habit), ramp_ma_per_s=ramp_ma_per_s, duration_min=duration_min)
    points = preview(made, replace(PLANNED, current_ma=current_ma, first_anode=first_anode))
    assert max(point.current_ma for point in points) <= made.target_current_ma <= CURRENT_CEILING_MA[made.site]
    for one, other in pairwise(points):
        assert other.t_s > one.t_s
        assert abs(other.current_ma - one.current_ma) <= RAMP_CEILING_MA_PER_S * (other.t_s - one.t_s) * (1 + 1e-6)
        assert one.anode is other.anode or one.current_ma == other.current_ma == 0
    assert points[0].current_ma == points[-1].current_ma == 0
    assert points[0].anode is first_anode


def test_a_curve_past_a_limit_is_refused() -> None:
    made = prescribed()
    # A prescription checks itself when it is made, so each is bent after that.
    for name, value, sentence in (
        ("ramp_ma_per_s", 2.0, "ramp by 2 mA/s, above 1"),
        ("contact_area_cm2", 10.0, "reaches the ceiling of 0.5 mA/cm²"),
        ("cap_current_ma", 21.0, "above the ceiling of 20 mA"),
        ("also_site", Site.FACE, "would reach 12 mA, above 0 mA"),
    ):
        bent = replace(made)
        object.__setattr__(bent, name, value)
        with pytest.raises(ValueError, match=sentence):
            preview(bent, PLANNED)


def test_the_plot_says_its_signs_and_its_currents() -> None:
    drawn = preview_plot(preview(prescribed(), PLANNED), width=80)
    assert "+ plus pole right   - plus pole left" in drawn
    assert " 12┤" in drawn
    assert "-12┤" in drawn
    assert "minutes" in drawn
