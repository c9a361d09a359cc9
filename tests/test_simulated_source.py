"""What every current source keeps (the conformance suite), and what the simulated one does when it is made to fail."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.simulate.circuit import circuit_traits
from ionto.treat.devices.faults import FaultName, InjectedFault
from ionto.treat.devices.simulated import SimulatedSource
from ionto.treat.source import Command, CurrentSource, CutOff, Reading, SetCurrent, TurnAnode
from ionto.words.terms import Side, Site

PALMS = circuit_traits(Site.PALMS)
# Every source that can be built without hardware; a driver joins the suite by a line here.
SOURCES: dict[str, Callable[[], CurrentSource]] = {"simulated": lambda: SimulatedSource(PALMS)}


@pytest.fixture(params=list(SOURCES))
def source(request: pytest.FixtureRequest) -> CurrentSource:
    return SOURCES[request.param]()


def ramped(source: CurrentSource, current_ma: float, *, from_s: float = 0.0, until_s: float = 40.0) -> Reading:
    """The last reading of a host that ticks at 10 Hz, ramps at 0.5 mA/s and then only reads."""
    reading = source.read(from_s)
    for count in range(1, round((until_s - from_s) * 10) + 1):
        t_s = round(from_s + count / 10, 4)
        reading = source.read(t_s)
        if 0.5 * (t_s - from_s) <= current_ma:
            source.obey(SetCurrent(current_ma=0.5 * (t_s - from_s)), t_s)
    return reading


def faulty(*faults: tuple[str, float], seed: int = 0) -> SimulatedSource:
    return SimulatedSource(PALMS, seed=seed, faults=[InjectedFault(FaultName(name), at_s) for name, at_s in faults])


# --- the conformance suite


def test_a_source_begins_without_current(source: CurrentSource) -> None:
    reading = source.read(0.0)
    assert reading.current_ma <= 0.1
    assert reading.voltage_v <= 0.2


def test_a_source_delivers_what_was_set_and_measures_it(source: CurrentSource) -> None:
    reading = ramped(source, 10.0)
    assert reading.current_ma == pytest.approx(10.0, abs=0.1)
    assert 8 < reading.voltage_v < 30


def test_a_reading_is_as_old_as_the_moment_it_was_asked_for(source: CurrentSource) -> None:
    assert source.read(0.7).read_at_s == 0.7


def test_time_never_runs_backwards_in_a_source(source: CurrentSource) -> None:
    ramped(source, 10.0)
    assert source.read(12.0).read_at_s == 40.0
    assert source.read(12.0).current_ma == pytest.approx(10.0, abs=0.1)


def test_turning_the_anode_is_read_back_and_may_be_repeated(source: CurrentSource) -> None:
    for _ in range(2):
        source.obey(TurnAnode(anode=Side.RIGHT), 0.1)
        assert source.read(0.2).anode is Side.RIGHT


def test_the_anode_is_not_turned_while_current_flows(source: CurrentSource) -> None:
    before = ramped(source, 10.0)
    source.obey(TurnAnode(anode=before.anode.other), 40.1)
    after = source.read(40.2)
    assert after.anode is before.anode
    assert after.current_ma == pytest.approx(10.0, abs=0.1)


def test_cut_off_stops_the_current_at_once_and_for_good(source: CurrentSource) -> None:
    ramped(source, 10.0)
    source.obey(CutOff(), 40.1)
    assert source.read(40.1).current_ma <= 0.1
    source.obey(CutOff(), 40.2)
    source.obey(SetCurrent(current_ma=0.3), 40.3)
    source.obey(SetCurrent(current_ma=5.0), 40.4)
    assert source.read(41.0).current_ma <= 0.1


@pytest.mark.parametrize("current_ma", [-0.1, 31.0, 1000.0, math.inf, math.nan])
def test_a_current_beyond_the_device_is_refused_and_changes_nothing(source: CurrentSource, current_ma: float) -> None:
    ramped(source, 5.0)
    with pytest.raises(ValueError, match="cannot set"):
        source.obey(SetCurrent(current_ma=current_ma), 40.1)
    assert source.read(40.2).current_ma == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize("t_s", [math.inf, math.nan])
def test_a_time_that_is_no_number_is_refused(source: CurrentSource, t_s: float) -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        source.read(t_s)


def test_a_source_that_nobody_speaks_to_runs_down_by_itself(source: CurrentSource) -> None:
    ramped(source, 10.0)
    assert source.read(41.4).current_ma == pytest.approx(10.0, abs=0.1)
    assert source.read(44.0).current_ma <= 0.1


def test_a_host_that_only_reads_keeps_the_current_up(source: CurrentSource) -> None:
    ramped(source, 10.0)
    for count in range(200):
        reading = source.read(40.0 + count)
    assert reading.current_ma == pytest.approx(10.0, abs=0.1)


def test_zero_is_heard_at_once_even_while_a_source_runs_down_by_itself(source: CurrentSource) -> None:
    ramped(source, 15.0)
    source.obey(SetCurrent(current_ma=0.0), 41.8)
    assert source.read(41.8).current_ma <= 0.1


def test_a_source_that_ran_down_gives_no_jolt_to_a_host_that_wakes_up(source: CurrentSource) -> None:
    ramped(source, 10.0)
    source.obey(SetCurrent(current_ma=10.0), 50.0)
    assert source.read(50.1).current_ma <= 0.1
    source.obey(SetCurrent(current_ma=0.3), 50.2)
    source.obey(SetCurrent(current_ma=0.8), 51.2)
    assert source.read(51.3).current_ma == pytest.approx(0.8, abs=0.1)


# --- the simulated device in good order


def test_what_is_set_is_floored_to_the_devices_step() -> None:
    source = SimulatedSource(PALMS)
    source.obey(SetCurrent(current_ma=9.9999), 0.0)
    assert source.true_current_ma == 9.99


def test_the_charge_that_flowed_is_kept_by_anode() -> None:
    source = SimulatedSource(PALMS)
    source.obey(SetCurrent(current_ma=6.0), 0.0)
    for t_s in range(1, 61):
        source.read(float(t_s))
    source.obey(SetCurrent(current_ma=0.0), 60.0)
    source.obey(TurnAnode(anode=Side.RIGHT), 60.0)
    source.obey(SetCurrent(current_ma=3.0), 60.0)
    for t_s in range(61, 121):
        source.read(float(t_s))
    assert source.left_anode_ma_min == pytest.approx(6.0)
    assert source.right_anode_ma_min == pytest.approx(3.0)
    assert source.peak_current_ma == 6.0
    assert source.peak_density_ma_per_cm2 == pytest.approx(6 / 163.5)


def test_the_voltage_limit_of_the_prescription_holds() -> None:
    source = SimulatedSource(circuit_traits(Site.PALMS, skin="dry"), voltage_limit_v=30.0)
    reading = ramped(source, 15.0)
    assert reading.voltage_v == pytest.approx(30.0, abs=0.15)
    assert 2 < reading.current_ma < 12


def test_readings_come_in_hundredths_and_carry_noise() -> None:
    source = SimulatedSource(PALMS)
    source.obey(SetCurrent(current_ma=10.0), 0.0)
    seen = [source.read(t / 10).current_ma for t in range(1, 200)]
    assert all(round(value, 2) == value for value in seen)
    assert len(set(seen)) > 3
    assert max(abs(value - 10.0) for value in seen) < 0.1


def test_the_same_seed_reads_the_same_bytes_and_another_seed_does_not() -> None:
    def bytes_of(seed: int) -> bytes:
        source = SimulatedSource(PALMS, seed=seed)
        source.obey(SetCurrent(current_ma=5.0), 0.0)
        return repr([source.read(t / 10) for t in range(100)]).encode()

    assert bytes_of(3) == bytes_of(3)
    assert bytes_of(3) != bytes_of(4)


def test_a_day_of_silence_is_over_in_a_blink() -> None:
    source = SimulatedSource(PALMS)
    ramped(source, 10.0)
    assert source.read(86_400.0).current_ma <= 0.1
    assert source.left_anode_ma_min < 8


# --- the simulated device made to fail


def test_contact_lost_stops_the_current_and_the_voltage_stands_at_its_limit() -> None:
    reading = ramped(faulty(("contact_lost", 39.0)), 10.0)
    assert reading.current_ma <= 0.1
    assert reading.voltage_v == pytest.approx(58.0, abs=0.15)


def test_a_contact_that_comes_back_lets_the_set_current_flow_again() -> None:
    fault = InjectedFault(FaultName.CONTACT_LOST, 35.0, lasts_s=2.0)
    source = SimulatedSource(PALMS, faults=[fault])
    assert ramped(source, 10.0, until_s=36.0).current_ma <= 0.1
    assert source.read(37.2).current_ma == pytest.approx(10.0, abs=0.1)


def test_a_short_circuit_keeps_the_current_at_hardly_any_voltage_and_spares_the_skin() -> None:
    source = faulty(("short_circuit", 30.0))
    reading = ramped(source, 10.0)
    charge_ma_min = source.left_anode_ma_min
    source.read(41.0)
    assert reading.current_ma == pytest.approx(10.0, abs=0.1)
    assert reading.voltage_v < 0.5
    assert source.left_anode_ma_min == charge_ma_min


def test_overcurrent_delivers_six_milliamperes_more_than_commanded_until_it_is_cut() -> None:
    source = faulty(("overcurrent", 30.0))
    assert ramped(source, 10.0).current_ma == pytest.approx(16.0, abs=0.1)
    source.obey(SetCurrent(current_ma=0.0), 40.1)
    assert source.true_current_ma == pytest.approx(6.0)
    source.obey(CutOff(), 40.2)
    assert source.true_current_ma == 0.0
    assert source.peak_current_ma == pytest.approx(16.0)


def test_a_runaway_source_rises_by_two_milliamperes_a_second_whatever_is_set_until_it_is_cut() -> None:
    source = faulty(("runaway_source", 40.0))
    ramped(source, 10.0)
    source.obey(SetCurrent(current_ma=0.0), 40.5)
    assert source.read(42.0).current_ma == pytest.approx(14.0, abs=0.1)
    source.obey(CutOff(), 42.1)
    assert source.read(42.1).current_ma <= 0.1
    assert source.read(60.0).current_ma <= 0.1


def test_a_runaway_source_that_nobody_cuts_stops_at_the_limiter() -> None:
    source = SimulatedSource(
        circuit_traits(Site.PALMS, skin="thin"), faults=[InjectedFault(FaultName.RUNAWAY_SOURCE, 1.0)]
    )
    for t_s in range(120):
        source.read(float(t_s))
    assert 30 < source.peak_current_ma <= 35.0


def test_stuck_polarity_reads_back_the_old_anode() -> None:
    source = faulty(("stuck_polarity", 5.0))
    source.obey(TurnAnode(anode=Side.RIGHT), 1.0)
    source.obey(TurnAnode(anode=Side.LEFT), 6.0)
    assert source.read(6.1).anode is Side.RIGHT


def test_a_frozen_converter_repeats_its_values_under_a_running_clock() -> None:
    source = faulty(("adc_frozen", 20.0))
    frozen = ramped(source, 10.0, until_s=20.0)
    source.obey(SetCurrent(current_ma=2.0), 20.1)
    later = source.read(21.0)
    assert (later.current_ma, later.voltage_v) == (frozen.current_ma, frozen.voltage_v)
    assert later.read_at_s == 21.0
    assert source.true_current_ma == 2.0


def test_a_lost_link_repeats_the_old_reading_hears_nothing_and_the_device_runs_down_by_itself() -> None:
    source = faulty(("link_lost", 30.0))
    ramped(source, 10.0, until_s=29.9)
    for count in range(10):
        t_s = 30.0 + count / 10
        assert source.read(t_s).read_at_s == 29.9
        source.obey(CutOff(), t_s)
    assert source.true_current_ma == pytest.approx(10.0)
    source.read(33.0)
    assert source.true_current_ma == 0.0


@pytest.mark.parametrize("name", [name for name in FaultName if not name.happens_to_device])
def test_faults_of_the_host_and_the_person_are_not_the_devices(name: FaultName) -> None:
    with pytest.raises(ValueError, match="does not happen to the device"):
        SimulatedSource(PALMS, faults=[InjectedFault(name, 1.0)])


@pytest.mark.parametrize(("at_s", "lasts_s"), [(-1.0, 1.0), (math.nan, 1.0), (1.0, 0.0)])
def test_a_fault_without_a_moment_is_refused(at_s: float, lasts_s: float) -> None:
    with pytest.raises(ValueError, match="moment"):
        InjectedFault(FaultName.OVERCURRENT, at_s, lasts_s)


def test_the_faults_of_the_public_seam_keep_their_names() -> None:
    assert set(FaultName) >= {
        "contact_lost", "short_circuit", "overcurrent", "runaway_source", "stuck_polarity", "adc_frozen", "link_lost",
        "host_killed", "pain_reported", "stop_pressed", "clock_jump",
    }  # fmt: skip


commands = st.one_of(
    st.builds(SetCurrent, current_ma=st.floats(0, 30)),
    st.builds(TurnAnode, anode=st.sampled_from(Side)),
    st.builds(CutOff),
    st.none(),
)
harmless = [FaultName.CONTACT_LOST, FaultName.SHORT_CIRCUIT, FaultName.STUCK_POLARITY, FaultName.ADC_FROZEN]
faults = st.lists(
    st.builds(InjectedFault, st.sampled_from([*harmless, FaultName.LINK_LOST]), st.floats(0, 20), st.floats(0.1, 20)),
    max_size=2,
)


@settings(max_examples=60, deadline=None)
@given(script=st.lists(st.tuples(st.floats(0, 3), commands), max_size=15), faults=faults)
def test_no_more_flows_than_was_ever_commanded_since_unless_the_source_itself_runs_wild(
    script: list[tuple[float, Command | None]], faults: list[InjectedFault]
) -> None:
    source, t_s, commanded_ma, peak_ma = SimulatedSource(PALMS, faults=faults), 0.0, 0.0, 0.0
    for wait_s, command in script:
        t_s += wait_s
        if command is None:
            source.read(t_s)
        else:
            source.obey(command, t_s)
            heard = not any(f.name is FaultName.LINK_LOST and f.holds_at(t_s) for f in faults)
            if isinstance(command, SetCurrent) and heard:
                commanded_ma = command.current_ma
            elif isinstance(command, CutOff) and heard:
                commanded_ma = 0.0
        peak_ma = max(peak_ma, commanded_ma)
        assert source.true_current_ma <= commanded_ma
        assert source.peak_current_ma <= peak_ma


@settings(max_examples=30, deadline=None)
@given(times_s=st.lists(st.floats(0, 20), min_size=1, max_size=30))
def test_how_often_it_is_read_changes_little_of_what_flows(times_s: list[float]) -> None:
    often, seldom = SimulatedSource(PALMS), SimulatedSource(PALMS)
    every_second = [float(t_s) for t_s in range(21)]
    for source, moments in ((often, sorted([*times_s, *every_second])), (seldom, every_second)):
        source.obey(SetCurrent(current_ma=10.0), 0.0)
        for t_s in moments:
            reading = source.read(t_s)
    assert often.left_anode_ma_min == pytest.approx(seldom.left_anode_ma_min, rel=1e-9)
    assert reading.voltage_v == pytest.approx(often.read(20.0).voltage_v, abs=0.25)


def test_a_source_does_not_alter_the_traits_it_was_given() -> None:
    before = replace(PALMS)
    SimulatedSource(PALMS, voltage_limit_v=20.0)
    assert before == PALMS
