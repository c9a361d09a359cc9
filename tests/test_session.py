"""The session as a fold: its table, its normal course, and what holds in any order of events."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ionto.treat.events import (
    EndAsked,
    Event,
    LessAsked,
    MoreAsked,
    PainReported,
    PausePressed,
    Press,
    Read,
    ResumePressed,
    SessionPlan,
    Started,
    StopPressed,
    Supervised,
)
from ionto.treat.session import NOT_REACHED, Session, accepts, advance, begin, ending, most_charge_ma_min
from ionto.treat.source import Command, CutOff, SetCurrent, TurnAnode
from ionto.treat.supervised import SupervisedSource, bounds_of
from ionto.treat.supervisor import seen
from ionto.treat.table import ENDED, RESIDUAL_MA, TABLE, Happening, NotNow, Phase
from ionto.words.limits import RAMP_CEILING_MA_PER_S
from ionto.words.terms import Outcome, PolarityHabit, Side, Site, Waveform

PLAN = SessionPlan(
    site=Site.PALMS,
    waveform=Waveform.DC,
    current_ma=15.0,
    cap_current_ma=20.0,
    ramp_ma_per_s=0.5,
    duration_min=20.0,
    polarity=PolarityHabit.REVERSE_AT_HALF_TIME,
    first_anode=Side.RIGHT,
    contact_area_cm2=163.5,
    voltage_limit_v=58.0,
)
SHORT = replace(PLAN, current_ma=5.0, duration_min=0.5)


class PlainSource:
    """A 2.5 kΩ resistor that obeys at once; enough to move the session along."""

    def __init__(self) -> None:
        self.current_ma, self.anode = 0.0, Side.LEFT
        self.heard: list[tuple[float, Command]] = []
        self.turned_at_ma: list[float] = []

    def obey(self, command: Command, t_s: float) -> None:
        self.heard.append((t_s, command))
        match command:
            case SetCurrent(current_ma=current_ma):
                self.current_ma = current_ma
            case TurnAnode(anode=anode):
                self.turned_at_ma.append(self.current_ma)
                self.anode = anode
            case CutOff():
                self.current_ma = 0.0

    def read(self, t_s: float) -> Read:
        ripple_ma = 0.001 * (round(t_s * 10) % 2) if self.current_ma else 0.0
        current_ma = self.current_ma + ripple_ma
        return Read(t_s=t_s, read_at_s=t_s, current_ma=current_ma, voltage_v=2.5 * current_ma, anode=self.anode)


Presses = dict[int, list[type[Press]]]


def run(plan: SessionPlan, extra: Presses | None = None) -> tuple[Session, PlainSource, list[Phase]]:
    """A whole session at 10 Hz, with extra events at the given ticks."""
    session, source, phases = begin(plan), PlainSource(), []

    def put(event: Event) -> None:
        nonlocal session
        session, commands = advance(session, event)
        for command in commands:
            source.obey(command, event.t_s)
        if not phases or phases[-1] is not session.phase:
            phases.append(session.phase)

    put(Started(t_s=0.0))
    for tick in range(1, 40_000):
        for kind in (extra or {}).get(tick, []):
            if accepts(session, kind(t_s=tick / 10)):
                put(kind(t_s=tick / 10))
        if session.has_ended:
            break
        put(source.read(tick / 10))
    return session, source, phases


def test_a_normal_session_goes_through_every_phase_twice_and_ends_at_zero() -> None:
    session, source, phases = run(PLAN)
    before = [Phase.SELF_TESTING, Phase.TURNING]
    half = [Phase.CHECKING_CONTACT, Phase.RAMPING_UP, Phase.HOLDING, Phase.RAMPING_DOWN]
    assert phases == [*before, *half, Phase.TURNING, *half, Phase.COMPLETED]
    assert source.heard[-1][1] == CutOff()
    assert ending(session).outcome is Outcome.COMPLETED


def test_a_normal_session_delivers_both_halves_alike_within_the_prescription() -> None:
    done = ending(run(PLAN)[0])
    assert done.delivered.charge_ma_min == pytest.approx(15 * 20 + 2 * 15 * 0.5, rel=0.01)
    assert done.delivered.left_anode_ma_min == pytest.approx(done.delivered.right_anode_ma_min, rel=0.001)
    assert done.max_current_ma <= 15.01
    assert done.max_slope_ma_per_s <= 0.5
    assert done.delivered.density_peak_ma_per_cm2 == pytest.approx(15 / 163.5, rel=0.001)


def test_polarity_turns_only_at_rest() -> None:
    source = run(PLAN)[1]
    assert len(source.turned_at_ma) == 5  # to the other side and back in the self-test, then for each half
    assert max(source.turned_at_ma) == 0.0


def test_a_protocol_with_fixed_polarity_never_turns_within_the_session() -> None:
    session, source, phases = run(replace(PLAN, polarity=PolarityHabit.SWAP_BETWEEN_SESSIONS))
    assert phases.count(Phase.TURNING) == 1  # back from the self-test
    assert session.delivered.left_anode_ma_min == 0.0
    turned = [(t_s, command.anode) for t_s, command in source.heard if isinstance(command, TurnAnode)]
    assert {anode for t_s, anode in turned if t_s > 1} == {Side.RIGHT}


@pytest.mark.parametrize("tick", [0, 1, 5, 200, 900, 6200, 6350, 6500, 9000, 12700])
def test_stop_ends_the_session_from_any_moment(tick: int) -> None:
    session, source, _ = run(PLAN, {tick or 1: [StopPressed]})
    assert session.phase is Phase.STOPPED
    assert source.current_ma == 0.0
    assert session.max_slope_ma_per_s <= RAMP_CEILING_MA_PER_S + 1e-9


def test_a_stop_before_the_start_ends_it_too() -> None:
    session, commands = advance(begin(PLAN), StopPressed(t_s=0.0))
    assert (session.phase, commands) == (Phase.STOPPED, (CutOff(),))


def test_a_second_press_cuts_at_once() -> None:
    session, source, _ = run(PLAN, {2000: [StopPressed], 2001: [StopPressed]})
    assert session.phase is Phase.STOPPED
    assert source.heard[-1] == (200.1, CutOff())


def test_a_session_in_which_pain_was_felt_is_never_finished() -> None:
    session, _, _ = run(PLAN, {2000: [PainReported]})
    done = ending(session)
    assert done.outcome is Outcome.STOPPED
    assert done.pain_reported


def test_a_second_start_is_refused() -> None:
    session, _ = advance(begin(PLAN), Started(t_s=0.0))
    with pytest.raises(NotNow, match="started cannot happen while self testing"):
        advance(session, Started(t_s=0.1))
    assert not accepts(session, Started(t_s=0.1))
    assert accepts(session, StopPressed(t_s=0.1))


def test_every_phase_has_a_row_and_every_live_phase_answers_stop_pain_and_fault() -> None:
    assert set(TABLE) == set(Phase)
    for phase in set(Phase) - ENDED:
        assert {Happening.STOP_PRESSED, Happening.PAIN_REPORTED, Happening.FAULT_FOUND} <= set(TABLE[phase])
        assert TABLE[phase][Happening.FAULT_FOUND] is Phase.FAULTED
    assert {phase for row in TABLE.values() for phase in row.values()} == set(Phase) - {Phase.READY}


def test_a_plan_above_the_ceiling_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="above the ceiling of 20 mA"):
        replace(PLAN, cap_current_ma=21.0)
    with pytest.raises(ValueError, match="above cap_current_ma"):
        replace(PLAN, current_ma=20.5)


@pytest.mark.parametrize("current_ma", [-5.0, 0.0, 0.00001, 0.3])
def test_a_plan_with_no_treatment_current_cannot_be_made(current_ma: float) -> None:
    with pytest.raises(ValueError, match=r"not above the 0\.3 mA of the contact check"):
        replace(PLAN, current_ma=current_ma)


def test_a_plan_at_the_ceiling_of_density_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"reaches the ceiling of 0\.5 mA/cm²"):
        replace(PLAN, contact_area_cm2=40.0)
    assert replace(PLAN, contact_area_cm2=40.1).contact_area_cm2 == 40.1


def half_out(source: PlainSource, t_s: float) -> Read:
    """A limb half out of the water, under a current source that holds its current."""
    reading = source.read(t_s)
    return replace(reading, voltage_v=1.5 * reading.voltage_v)


def put_until(session: Session, source: PlainSource, wanted: Phase, *, weak: bool = False) -> Session:
    """Readings until the phase has come, each followed by what it commands."""
    for _ in range(1000):
        if session.phase is wanted:
            return session
        t_s, before_ma = round(session.t_s + 0.1, 1), session.commanded_ma
        session, commands = advance(session, half_out(source, t_s) if weak else source.read(t_s))
        for command in commands:
            source.obey(command, t_s)
        assert session.has_ended or abs(session.commanded_ma - before_ma) <= RAMP_CEILING_MA_PER_S * 0.1 + 0.001
    raise AssertionError(f"{wanted} never came; it is {session.phase}")


def test_a_limb_that_leaves_the_water_pauses_and_comes_back_from_zero() -> None:
    session, source = held()
    session = put_until(session, source, Phase.PAUSING, weak=True)
    assert session.t_s <= 300.5
    session = put_until(session, source, Phase.PAUSED, weak=True)
    assert source.current_ma == 0
    session, _ = advance(session, ResumePressed(t_s=session.t_s))
    assert session.phase is Phase.CHECKING_CONTACT
    session = put_until(session, source, Phase.HOLDING)
    assert source.current_ma == 15.0


def test_a_limb_that_leaves_the_water_a_third_time_ends_it() -> None:
    session, source = held()
    for _ in range(2):
        session = put_until(put_until(session, source, Phase.PAUSING, weak=True), source, Phase.PAUSED)
        session = put_until(advance(session, ResumePressed(t_s=session.t_s))[0], source, Phase.HOLDING)
        for _ in range(10):
            session, _ = advance(session, source.read(round(session.t_s + 0.1, 1)))
    session = put_until(session, source, Phase.FAULTED, weak=True)
    assert session.fault == "contact_lost"


def test_the_device_is_told_a_voltage_that_holds_the_density_when_skin_leaves_the_water() -> None:
    _, source = held()
    limits_v = [command.voltage_limit_v for _, command in source.heard if isinstance(command, SetCurrent)]
    assert limits_v[-1] == pytest.approx(1.35 * 2.5 * 15 + 2, abs=1.0)
    assert max(limits_v) <= PLAN.voltage_limit_v


@pytest.mark.parametrize("press", [PausePressed, StopPressed, EndAsked])
def test_on_the_way_down_the_voltage_limit_falls_with_the_current(press: type[Press]) -> None:
    session, source = held()
    before_count = len(source.heard)
    session, _ = advance(session, press(t_s=session.t_s))
    while not session.has_ended and session.phase is not Phase.PAUSED:
        t_s = round(session.t_s + 0.1, 1)
        session, commands = advance(session, source.read(t_s))
        for command in commands:
            source.obey(command, t_s)
    set_down = [command for _, command in source.heard[before_count:] if isinstance(command, SetCurrent)]
    assert len(set_down) > 50
    for command in set_down:
        assert command.voltage_limit_v <= 1.35 * 2.5 * command.current_ma + 2.1


def test_what_is_set_and_does_not_flow_is_taken_back_at_once_on_the_way_down() -> None:
    session, source = held()
    session, _ = advance(session, StopPressed(t_s=session.t_s))
    t_s = round(session.t_s + 0.1, 1)
    session, _ = advance(session, replace(source.read(t_s), current_ma=2.0, voltage_v=30.0))
    assert session.commanded_ma == pytest.approx(1.9)
    assert session.max_slope_ma_per_s <= RAMP_CEILING_MA_PER_S + 1e-6


def test_a_pause_goes_to_zero_and_on_from_zero_and_delivers_what_was_prescribed() -> None:
    session, source, phases = run(PLAN, {2000: [PausePressed], 2600: [ResumePressed], 2601: [ResumePressed]})
    rest = [Phase.PAUSING, Phase.PAUSED, Phase.CHECKING_CONTACT, Phase.RAMPING_UP, Phase.HOLDING]
    assert phases[phases.index(Phase.PAUSING) :][:5] == rest
    assert ending(session).outcome is Outcome.COMPLETED
    assert ending(session).held_min == pytest.approx(20, abs=0.01)
    assert max(source.turned_at_ma) == 0


def test_a_pause_that_nobody_ends_is_the_end() -> None:
    session, _, phases = run(PLAN, {2000: [PausePressed]})
    assert phases[-2:] == [Phase.PAUSED, Phase.STOPPED]
    assert session.t_s == pytest.approx(200 + 15 + 600, abs=1)


def test_no_row_of_pauses_delivers_more_than_the_cap_allows() -> None:
    presses: Presses = {}
    for tick in range(500, 39_000, 500):
        presses[tick], presses[tick + 200] = [PausePressed], [ResumePressed]
    session, _, _ = run(replace(PLAN, current_ma=20.0, ramp_ma_per_s=1.0), presses)
    assert session.delivered.charge_ma_min <= most_charge_ma_min(PLAN) + 20 * 1


def test_less_takes_effect_at_once_and_more_only_after_a_rest_and_never_above_the_cap() -> None:
    session, _, _ = run(PLAN, {2000: [LessAsked], 2001: [LessAsked]} | {tick: [StopPressed] for tick in (2100,)})
    assert session.aim_ma == 13.0
    session, source, _ = run(PLAN, {2000: [MoreAsked], 2001: [MoreAsked], 2002: [MoreAsked], 2099: [StopPressed]})
    assert session.aim_ma == 15.5
    often = {tick: [MoreAsked] for tick in range(1000, 5000, 100)}
    session, source, _ = run(PLAN, often)
    assert session.max_current_ma == pytest.approx(20.0, abs=0.01)
    assert max(command.current_ma for _, command in source.heard if isinstance(command, SetCurrent)) == 20.0
    assert session.max_slope_ma_per_s <= 0.5 + 1e-9


def test_less_is_never_less_than_a_milliampere() -> None:
    session, _, _ = run(SHORT, {tick: [LessAsked] for tick in range(100, 200)})
    assert session.aim_ma == 1.0
    assert ending(session).outcome is Outcome.COMPLETED


def test_who_has_enough_ends_gently_and_keeps_what_was_delivered() -> None:
    session, _, phases = run(PLAN, {3000: [EndAsked]})
    assert phases[-2:] == [Phase.ENDING_EARLY, Phase.STOPPED]
    assert session.max_slope_ma_per_s <= 0.5 + 1e-9
    assert ending(session).delivered.charge_ma_min == pytest.approx(15 * 300 / 60, rel=0.1)


def test_what_was_set_and_does_not_flow_is_noticed_not_faulted() -> None:
    session, source = held()
    for _ in range(150):
        t_s = round(session.t_s + 0.1, 1)
        short = replace(source.read(t_s), current_ma=12.0 + t_s / 1e5, voltage_v=37.5)
        session, _ = advance(session, short)
    assert session.phase is Phase.HOLDING
    assert session.notices == (NOT_REACHED,)


def test_a_bridge_between_the_trays_is_found_within_two_readings() -> None:
    session, source = held()
    for _ in range(2):
        t_s = round(session.t_s + 0.1, 1)
        session, _ = advance(session, replace(source.read(t_s), voltage_v=8.0))
    assert (session.phase, session.fault) == (Phase.FAULTED, "impedance_jump")


def test_a_relay_that_sticks_is_found_before_anything_flows() -> None:
    session, commands = advance(begin(PLAN), Started(t_s=0.0))
    assert commands == (TurnAnode(anode=Side.LEFT),)
    for tick in range(1, 40):
        t_s = tick / 10
        reading = Read(t_s=t_s, read_at_s=t_s, current_ma=0.0, voltage_v=0.0, anode=Side.RIGHT)
        session, _ = advance(session, reading)
    assert (session.phase, session.fault, session.max_current_ma) == (Phase.FAULTED, "stuck_polarity", 0.0)


def test_what_the_supervisor_cut_is_a_fault_that_names_it() -> None:
    session, _ = held()
    session, commands = advance(session, Supervised(t_s=session.t_s, reason="density"))
    assert (session.phase, session.fault, commands) == (Phase.FAULTED, "supervisor_density", (CutOff(),))


def test_a_pulsed_current_is_credited_for_the_time_that_it_flows() -> None:
    pulsed = replace(SHORT, waveform=Waveform.PULSED, duty_fraction=0.5)
    whole, half = run(SHORT)[0].delivered, run(pulsed)[0].delivered
    assert half.charge_ma_min == pytest.approx(whole.charge_ma_min / 2)
    assert half.density_peak_ma_per_cm2 == whole.density_peak_ma_per_cm2
    with pytest.raises(ValueError, match="direct current flows all of the time"):
        replace(SHORT, duty_fraction=0.5)


def test_a_guard_that_is_left_out_finds_nothing() -> None:
    session, source = held()
    for _ in range(3):
        t_s = round(session.t_s + 0.1, 1)
        session, _ = advance(session, replace(source.read(t_s), current_ma=17.5), guards=frozenset())
    assert session.phase is Phase.HOLDING


FAULTY = {
    "clock_jump": {"t_s": 4000.0},
    "link_lost": {"read_at_s": 298.5},
    "overcurrent": {"current_ma": 36.0},
    "overvoltage": {"voltage_v": 70.0},
    "implausible_reading": {"current_ma": float("nan")},
}


def held() -> tuple[Session, PlainSource]:
    """A session at 15 mA, five minutes in."""
    session, source = begin(PLAN), PlainSource()
    for event in [Started(t_s=0.0), *(None for _ in range(3000))]:
        reading = event or source.read(round(session.t_s + 0.1, 1))
        session, commands = advance(session, reading)
        for command in commands:
            source.obey(command, session.t_s)
    assert session.phase is Phase.HOLDING
    return session, source


@pytest.mark.parametrize(("fault", "changed"), FAULTY.items())
def test_one_reading_that_proves_a_fault_cuts_and_latches(fault: str, changed: dict[str, float]) -> None:
    session, source = held()
    wrong = replace(source.read(round(session.t_s + 0.1, 1)), **changed)
    faulted, commands = advance(session, wrong)
    assert (faulted.phase, faulted.fault, commands) == (Phase.FAULTED, fault, (CutOff(),))
    later = replace(wrong, t_s=wrong.t_s + 1, read_at_s=wrong.t_s + 1, current_ma=0.0, voltage_v=0.0)
    assert advance(faulted, later)[0].phase is Phase.FAULTED
    assert advance(faulted, later)[0].commanded_ma == 0.0


SUSPECT = {
    "overcurrent": {"current_ma": 17.5, "voltage_v": 40.0},
    "contact_lost": {"current_ma": 0.0, "voltage_v": 58.0},
    "short_circuit": {"voltage_v": 0.5},
    "stuck_polarity": {"anode": Side.LEFT},
}


@pytest.mark.parametrize(("fault", "changed"), SUSPECT.items())
def test_a_fault_that_stays_is_found_within_two_readings(fault: str, changed: dict[str, object]) -> None:
    session, source = held()
    for _ in range(2):
        session, _ = advance(session, replace(source.read(round(session.t_s + 0.1, 1)), **changed))
    assert (session.phase, session.fault) == (Phase.FAULTED, fault)


@pytest.mark.parametrize(("good_count", "phase"), [(10, Phase.FAULTED), (40, Phase.HOLDING)])
def test_a_source_that_jumps_up_again_within_a_moment_is_cut(good_count: int, phase: Phase) -> None:
    """Each jump is one reading long, so that no two readings in a row are wrong."""
    session, source = held()
    for jumps in (True, *(False,) * good_count, True):
        reading = source.read(round(session.t_s + 0.1, 1))
        wrong = replace(reading, current_ma=20.0, voltage_v=50.0) if jumps else reading
        session, _ = advance(session, wrong)
    assert session.phase is phase
    assert session.fault == ("overcurrent" if phase is Phase.FAULTED else None)


def test_a_frozen_reading_is_not_trusted_for_more_than_three_seconds() -> None:
    session, source = held()
    frozen = source.read(round(session.t_s + 0.1, 1))
    for _ in range(35):
        t_s = round(session.t_s + 0.1, 1)
        session, _ = advance(session, replace(frozen, t_s=t_s, read_at_s=t_s))
    assert session.fault == "adc_frozen"


def test_a_clock_jump_credits_nothing() -> None:
    session, source = held()
    before = session.delivered
    session, _ = advance(session, replace(source.read(300.0), t_s=99_999.0, read_at_s=99_999.0))
    assert session.delivered == before


def test_current_that_flows_after_the_end_is_cut_again() -> None:
    session, _, _ = run(SHORT)
    t_s = session.t_s + 0.1
    wrong = Read(t_s=t_s, read_at_s=t_s, current_ma=4.0, voltage_v=10.0, anode=Side.LEFT)
    assert advance(session, wrong)[1] == (CutOff(),)


@given(plan=st.sampled_from([PLAN, SHORT]), fractions=st.lists(st.floats(0, 1), max_size=4))
@settings(max_examples=15, deadline=None)
def test_charge_is_what_both_sides_add_up_to(plan: SessionPlan, fractions: list[float]) -> None:
    ticks = {int(fraction * 13_000) + 1: [StopPressed] for fraction in fractions}
    done = run(plan, dict(ticks))[0].delivered
    assert done.left_anode_ma_min + done.right_anode_ma_min == pytest.approx(done.charge_ma_min)


class AnyOrder(RuleBasedStateMachine):
    """Any order of ticks, presses, pains and lying devices: the current stays within its limits and ends at zero.

    The supervisor stands before the device, as it always does; what it cut is put to the session.
    """

    @initialize(
        plan=st.sampled_from([PLAN, SHORT, replace(SHORT, current_ma=20.0, ramp_ma_per_s=1.0)]),
        habit=st.sampled_from(PolarityHabit),
    )
    def start(self, plan: SessionPlan, habit: PolarityHabit) -> None:
        self.plan = replace(plan, polarity=habit)
        self.session = begin(self.plan)
        self.t_s = 0.0
        self.device = PlainSource()
        self.source = SupervisedSource(self.device, bounds_of(self.plan))
        self.put(Started(t_s=0.0))

    def put(self, event: Event) -> None:
        was_ma = self.session.commanded_ma
        was_flowing_ma = self.device.current_ma
        self.session, commands = advance(self.session, event)
        for command in commands:
            if isinstance(command, TurnAnode) and command.anode is not self.device.anode:
                assert was_flowing_ma <= RESIDUAL_MA
                assert was_ma == 0
            self.source.obey(command, event.t_s)
        if isinstance(event, Read) and not self.session.has_ended:
            since_s = event.t_s - getattr(self, "last_s", 0.0)
            # Rising never faster than the ceiling; falling may skip what was set and did not flow.
            assert self.session.commanded_ma - was_ma <= RAMP_CEILING_MA_PER_S * since_s + 1e-6
            self.last_s = event.t_s
        if self.source.cut is not None and not self.session.has_ended:
            self.put(Supervised(t_s=event.t_s, reason=self.source.cut))

    @rule(ticks=st.integers(1, 400), since_s=st.sampled_from([0.1, 0.25, 1.0]))
    def time_passes(self, ticks: int, since_s: float) -> None:
        for _ in range(ticks):
            self.t_s = round(self.t_s + since_s, 4)
            self.put(self.source.read(self.t_s))

    @rule()
    def stop(self) -> None:
        self.put(StopPressed(t_s=self.t_s))

    @rule(kind=st.sampled_from([PainReported, PausePressed, ResumePressed, LessAsked, MoreAsked, EndAsked]))
    def press(self, kind: type[Press]) -> None:
        if accepts(self.session, kind(t_s=self.t_s)):
            self.put(kind(t_s=self.t_s))

    @rule(current_ma=st.floats(0, 40), voltage_v=st.floats(0, 80), late_s=st.floats(-0.5, 3))
    def the_device_lies(self, current_ma: float, voltage_v: float, late_s: float) -> None:
        self.t_s = round(self.t_s + 0.1, 4)
        lie = Read(
            t_s=self.t_s,
            read_at_s=self.t_s - late_s,
            current_ma=current_ma,
            voltage_v=voltage_v,
            anode=self.device.anode,
        )
        told = (self.t_s, current_ma, voltage_v, self.device.anode)
        self.source.now = seen(self.source.now, self.source.bounds, *told)
        self.put(lie)

    @rule(gap_s=st.floats(-5, 5000))
    def the_clock_jumps(self, gap_s: float) -> None:
        self.t_s = max(0.0, round(self.t_s + gap_s, 4))
        self.put(self.source.read(self.t_s))

    @invariant()
    def current_is_within_aim_and_cap(self) -> None:
        if hasattr(self, "session"):
            assert 0 <= self.session.commanded_ma <= self.plan.cap_current_ma
            assert self.session.aim_ma <= self.plan.cap_current_ma
            assert self.device.current_ma <= self.plan.cap_current_ma

    @invariant()
    def an_ended_session_has_no_current(self) -> None:
        if hasattr(self, "session") and self.session.has_ended:
            assert self.session.commanded_ma == 0
            assert self.device.current_ma == 0

    @invariant()
    def what_was_cut_has_ended(self) -> None:
        if hasattr(self, "source") and self.source.cut is not None:
            assert self.session.has_ended

    @invariant()
    def pain_is_never_a_completed_session(self) -> None:
        if hasattr(self, "session") and self.session.pain_reported:
            assert ending(self.session).outcome is not Outcome.COMPLETED


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
