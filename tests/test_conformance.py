"""What every current source must do, whoever makes it: one suite, each source with whoever turns its dial."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.caps import SourceCaps
from ionto.treat.devices.guided import GuidedSource
from ionto.treat.devices.simulated import SimulatedSource
from ionto.treat.source import Command, CurrentSource, CutOff, Reading, SetCurrent, TurnAnode
from ionto.words.limits import TRIP_CURRENT_MA, VOLTAGE_CEILING_V
from ionto.words.terms import Side, Site


@dataclass
class AtHome:
    """A closed device with a person who does what they are asked, at once, and reads the display truly."""

    source: GuidedSource

    def __post_init__(self) -> None:
        self.caps = self.source.caps
        self.source.limbs_are_in()

    def obey(self, command: Command, t_s: float) -> None:
        before_ma = self.source.asked_ma
        self.source.obey(command, t_s)
        if isinstance(command, TurnAnode) and before_ma == 0:
            self.source.poles_are_set()

    def read(self, t_s: float) -> Reading:
        return self.source.read(t_s)


MAKERS: dict[str, Callable[[], Any]] = {
    "simulated": lambda: SimulatedSource(circuit_traits(Site.PALMS)),
    "guided": lambda: AtHome(GuidedSource(30.0)),
    "guided, turns by itself": lambda: AtHome(GuidedSource(30.0, turns_by_itself=True)),
}


@pytest.fixture(params=MAKERS)
def source(request: pytest.FixtureRequest) -> Any:
    return MAKERS[request.param]()


def ramped(source: CurrentSource, to_ma: float, t_s: float = 0.0) -> float:
    """Ramped up as a session does; gives the time it is then."""
    for tick in range(1, round(to_ma * 10) + 1):
        t_s = round(t_s + 0.1, 1)
        source.read(t_s)
        source.obey(SetCurrent(current_ma=tick / 10), t_s)
    return t_s


def test_its_limits_lie_within_the_ceilings(source: Any) -> None:
    caps: SourceCaps = source.caps
    assert 0 < caps.current_max_ma <= TRIP_CURRENT_MA
    assert caps.limiter_ma <= TRIP_CURRENT_MA
    assert caps.voltage_max_v <= VOLTAGE_CEILING_V
    assert caps.step_ma > 0
    assert caps.label
    assert caps.waveforms


def test_before_anything_is_set_nothing_flows(source: CurrentSource) -> None:
    for t_s in (0.0, 1.0, 10.0):
        assert source.read(t_s).current_ma <= 0.05


def test_what_is_set_flows_and_no_more(source: CurrentSource) -> None:
    t_s = ramped(source, 8.0)
    assert source.read(t_s + 0.1).current_ma == pytest.approx(8.0, abs=0.1)


def test_a_reading_says_when_it_was_made(source: CurrentSource) -> None:
    for t_s in (0.1, 0.2, 5.0):
        assert source.read(t_s).read_at_s == pytest.approx(t_s)


@pytest.mark.parametrize("current_ma", [-0.1, 30.1, 1000.0, math.nan, math.inf])
def test_what_it_cannot_set_is_refused_and_changes_nothing(source: CurrentSource, current_ma: float) -> None:
    t_s = ramped(source, 5.0)
    with pytest.raises(ValueError, match="cannot"):
        source.obey(SetCurrent(current_ma=current_ma), t_s)
    assert source.read(t_s + 0.1).current_ma == pytest.approx(5.0, abs=0.1)


def test_a_cut_opens_for_good(source: CurrentSource) -> None:
    t_s = ramped(source, 5.0)
    source.obey(CutOff(), t_s)
    assert source.read(t_s).current_ma <= 0.05
    for current_ma in (0.0, 5.0):
        t_s += 0.1
        source.obey(SetCurrent(current_ma=current_ma), t_s)
        assert source.read(t_s).current_ma <= 0.05


def test_a_command_may_be_repeated(source: CurrentSource) -> None:
    t_s = ramped(source, 5.0)
    for _ in range(3):
        source.obey(SetCurrent(current_ma=5.0), t_s)
    assert source.read(t_s + 0.1).current_ma == pytest.approx(5.0, abs=0.1)
    source.obey(CutOff(), t_s + 0.1)
    source.obey(CutOff(), t_s + 0.2)
    assert source.read(t_s + 0.3).current_ma <= 0.05


def test_the_poles_turn_at_rest_and_say_so(source: CurrentSource) -> None:
    for tick, side in enumerate((Side.LEFT, Side.RIGHT, Side.RIGHT, Side.LEFT), start=1):
        source.obey(TurnAnode(anode=side), tick * 1.0)
        assert source.read(tick * 1.0 + 0.1).anode is side


def test_the_poles_do_not_turn_under_current(source: CurrentSource) -> None:
    source.obey(TurnAnode(anode=Side.LEFT), 0.0)
    t_s = ramped(source, 5.0)
    source.obey(TurnAnode(anode=Side.RIGHT), t_s)
    assert source.read(t_s + 0.1).anode is Side.LEFT


@pytest.mark.parametrize("t_s", [math.nan, math.inf])
def test_a_time_that_is_none_is_refused(source: CurrentSource, t_s: float) -> None:
    with pytest.raises(ValueError, match="time"):
        source.read(t_s)
    with pytest.raises(ValueError, match="time"):
        source.obey(CutOff(), t_s)
