"""The supervisor: what it lets through, lowers and cuts; and the faults of real devices that it must stop."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ionto.treat.supervisor as rules
from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.simulated import SimulatedSource
from ionto.treat.source import Command, CutOff, SetCurrent, TurnAnode
from ionto.treat.supervised import SupervisedSource
from ionto.treat.supervisor import Bounds, Supervision, current_asked, seen, turn_asked
from ionto.words import limits
from ionto.words.terms import Side, Site

BOUNDS = Bounds(current_ma=15.0, area_cm2=163.5, charge_ma_min=300.0, energised_s=1800.0)


def test_it_imports_nothing_of_ours_and_is_small() -> None:
    text = Path(rules.__file__).read_text("utf-8")
    imported = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or node.names[0].name for node in imported}
    assert names == {"__future__", "math", "dataclasses", "typing"}
    assert len(text.splitlines()) < 250


def test_its_numbers_are_no_laxer_than_the_ceilings() -> None:
    assert rules.SLOPE_MA_PER_S <= limits.RAMP_CEILING_MA_PER_S
    assert rules.TRIP_MA <= limits.TRIP_CURRENT_MA
    assert rules.TRIP_V <= limits.VOLTAGE_CEILING_V + 2
    assert rules.DENSITY_MA_PER_CM2 <= limits.DENSITY_CEILING_MA_PER_CM2


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["current_ma", "area_cm2", "charge_ma_min", "energised_s"])
def test_a_bound_that_bounds_nothing_is_refused(name: str, value: float) -> None:
    given_bounds = {"current_ma": 15.0, "area_cm2": 163.5, "charge_ma_min": 300.0, "energised_s": 1800.0}
    with pytest.raises(ValueError, match=f"{name} must be a positive number"):
        Bounds(**{**given_bounds, name: value})


def raised(to_ma: float) -> tuple[Supervision, float]:
    """Ramped to a current as a session does, read ten times a second; and the time it is then."""
    now, t_s, ma = Supervision(), 0.0, 0.0
    while ma < to_ma:
        t_s, ma = round(t_s + 0.1, 1), min(round(ma + 0.1, 3), to_ma)
        now, allowed_ma = current_asked(now, BOUNDS, t_s, ma)
        assert allowed_ma == ma
        now = seen(now, BOUNDS, t_s, ma, 2.5 * ma, "left")
    return now, t_s


@given(asked_ma=st.lists(st.floats(-5, 50) | st.just(math.nan), min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_what_is_let_through_is_never_more_nor_faster(asked_ma: list[float]) -> None:
    now, t_s, rises_ma = Supervision(), 0.0, 0.0
    for ma in asked_ma:
        t_s += 0.1
        before_ma = now.commanded_ma
        now, allowed_ma = current_asked(now, BOUNDS, t_s, ma)
        assert 0 <= allowed_ma <= 15.0
        assert allowed_ma == 0 or allowed_ma <= ma
        rises_ma += max(0.0, allowed_ma - before_ma)
        assert rises_ma <= t_s + 0.5 + 1e-9


def test_charge_and_time_end_it() -> None:
    now, t_s = raised(15.0)
    while now.cut is None and t_s < 3000:
        t_s = round(t_s + 0.1, 1)
        now = seen(now, BOUNDS, t_s, 15.0, 37.5, "left")
    assert now.cut == "charge"
    assert t_s == pytest.approx(300 / 15 * 60 + 7.5, abs=1)
    now, t_s = raised(1.0)
    while now.cut is None and t_s < 3000:
        t_s = round(t_s + 0.1, 1)
        now = seen(now, BOUNDS, t_s, 1.0, 2.5, "left")
    assert now.cut == "time"


def test_the_same_current_through_less_skin_is_cut_when_it_is_too_dense() -> None:
    now, t_s = raised(15.0)
    fine = seen(now, BOUNDS, t_s + 0.1, 15.0, 60.0, "left")
    assert fine.cut is None  # 0.37 of the area: 0.25 mA/cm²
    small = Bounds(current_ma=15.0, area_cm2=60.0, charge_ma_min=300.0, energised_s=1800.0)
    assert seen(now, small, t_s + 0.1, 15.0, 60.0, "left").cut == "density"


def test_a_silent_device_is_cut_at_the_next_word() -> None:
    now, t_s = raised(5.0)
    assert current_asked(now, BOUNDS, t_s + 2.0, 5.0)[0].cut == "silence"
    assert turn_asked(now, t_s + 2.0, "left")[0].cut == "silence"
    assert seen(now, BOUNDS, t_s + 2.0, 5.0, 12.5, "left").cut == "silence"


def at_full_current() -> Iterator[Command]:
    """As a session ramps to 10 mA, ten commands a second."""
    for tick in range(1, 101):
        yield SetCurrent(current_ma=tick / 10)


def never_ramps_down() -> Iterator[Command | None]:
    """A controller whose loop down never runs: it says that the session has ended, and sends nothing more."""
    yield from at_full_current()
    yield from [None] * 30_000


def flips_under_current() -> Iterator[Command | None]:
    """A controller that reverses at full current."""
    yield from at_full_current()
    yield from [None] * 100
    yield TurnAnode(anode=Side.RIGHT)
    yield from [None] * 100


def starts_at_full_current() -> Iterator[Command | None]:
    yield SetCurrent(current_ma=10.0)
    yield from [None] * 100


def driven(controller: Iterator[Command | None]) -> tuple[SupervisedSource, SimulatedSource, float]:
    """A controller that is not ours, on the simulated device, with the supervisor between; and when it was over."""
    device = SimulatedSource(circuit_traits(Site.PALMS))
    bounds = Bounds(current_ma=15.0, area_cm2=163.5, charge_ma_min=1e6, energised_s=1200.0)
    source, t_s = SupervisedSource(device, bounds), 0.0
    for command in controller:
        t_s = round(t_s + 0.1, 1)
        source.read(t_s)
        if command is not None:
            source.obey(command, t_s)
        if source.cut is not None:
            break
    return source, device, t_s


def test_a_controller_that_never_ramps_down_is_cut() -> None:
    source, device, t_s = driven(never_ramps_down())
    assert source.cut == "time"
    assert device.true_current_ma == 0
    assert t_s == pytest.approx(1200, abs=2)


def test_a_controller_that_flips_under_current_is_cut_before_it_flips() -> None:
    source, device, _ = driven(flips_under_current())
    assert source.cut == "turned_under_current"
    assert device.true_current_ma == 0
    assert device.anode is Side.LEFT


def test_a_controller_that_starts_at_full_current_is_held_back() -> None:
    source, device, _ = driven(starts_at_full_current())
    assert source.cut is None
    assert device.peak_current_ma <= 0.5


def test_what_was_cut_stays_cut_whatever_is_asked() -> None:
    source, device, t_s = driven(flips_under_current())
    for command in (SetCurrent(current_ma=1.0), TurnAnode(anode=Side.RIGHT), CutOff(), SetCurrent(current_ma=5.0)):
        t_s += 0.1
        source.obey(command, t_s)
        source.read(t_s)
        assert device.true_current_ma == 0
