"""The session as a fold: its table, its normal course, and what holds in any order of events."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ionto.treat.events import Event, PainReported, Read, SessionPlan, Started, StopPressed
from ionto.treat.session import Session, advance, begin, ending
from ionto.treat.source import Command, CutOff, SetCurrent, TurnAnode
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


Presses = dict[int, list[type[StopPressed] | type[PainReported]]]


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
            put(kind(t_s=tick / 10))
        if session.has_ended:
            break
        put(source.read(tick / 10))
    return session, source, phases


def test_a_normal_session_goes_through_every_phase_twice_and_ends_at_zero() -> None:
    session, source, phases = run(PLAN)
    half = [Phase.CHECKING_CONTACT, Phase.RAMPING_UP, Phase.HOLDING, Phase.RAMPING_DOWN]
    assert phases == [*half, Phase.TURNING, *half, Phase.COMPLETED]
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
    assert len(source.turned_at_ma) == 3
    assert max(source.turned_at_ma) == 0.0


def test_a_protocol_with_fixed_polarity_never_turns_within_the_session() -> None:
    session, source, phases = run(replace(PLAN, polarity=PolarityHabit.SWAP_BETWEEN_SESSIONS))
    assert Phase.TURNING not in phases
    assert session.delivered.left_anode_ma_min == 0.0
    assert {command.anode for _, command in source.heard if isinstance(command, TurnAnode)} == {Side.RIGHT}


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
    with pytest.raises(NotNow, match="started cannot happen while checking contact"):
        advance(session, Started(t_s=0.1))


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


def test_a_hand_that_goes_back_into_the_water_gets_no_jolt() -> None:
    session, source = held()
    for _ in range(200):
        half_out = replace(source.read(round(session.t_s + 0.1, 1)), current_ma=3.0 + session.t_s / 1e5, voltage_v=58.0)
        before_ma = session.commanded_ma
        session, commands = advance(session, half_out)
        assert before_ma - session.commanded_ma <= RAMP_CEILING_MA_PER_S * 0.1 + 0.001
        for command in commands:
            source.obey(command, session.t_s)
    assert session.phase is Phase.HOLDING
    assert source.current_ma <= 4.1  # no more than 1 mA ahead of what flowed
    assert session.max_slope_ma_per_s <= RAMP_CEILING_MA_PER_S + 1e-6


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
    """Any order of ticks, presses, pains and lying devices: the current stays within its limits and ends at zero."""

    @initialize(
        plan=st.sampled_from([PLAN, SHORT, replace(SHORT, current_ma=20.0, ramp_ma_per_s=1.0)]),
        habit=st.sampled_from(PolarityHabit),
    )
    def start(self, plan: SessionPlan, habit: PolarityHabit) -> None:
        self.plan = replace(plan, polarity=habit)
        self.session = begin(self.plan)
        self.t_s = 0.0
        self.source = PlainSource()
        self.before_ma = 0.0
        self.put(Started(t_s=0.0))

    def put(self, event: Event) -> None:
        was_ma = self.session.commanded_ma
        was_flowing_ma = self.source.current_ma
        self.session, commands = advance(self.session, event)
        for command in commands:
            if isinstance(command, TurnAnode) and command.anode is not self.source.anode:
                assert was_flowing_ma <= RESIDUAL_MA
                assert was_ma == 0
            self.source.obey(command, event.t_s)
        if isinstance(event, Read) and not self.session.has_ended:
            since_s = event.t_s - getattr(self, "last_s", 0.0)
            assert abs(self.session.commanded_ma - was_ma) <= RAMP_CEILING_MA_PER_S * since_s + 1e-6
            self.last_s = event.t_s

    @rule(ticks=st.integers(1, 400), since_s=st.sampled_from([0.1, 0.25, 1.0]))
    def time_passes(self, ticks: int, since_s: float) -> None:
        for _ in range(ticks):
            self.t_s = round(self.t_s + since_s, 4)
            self.put(self.source.read(self.t_s))

    @rule()
    def stop(self) -> None:
        self.put(StopPressed(t_s=self.t_s))

    @rule()
    def pain(self) -> None:
        self.put(PainReported(t_s=self.t_s))

    @rule(current_ma=st.floats(0, 40), voltage_v=st.floats(0, 80), late_s=st.floats(-0.5, 3))
    def the_device_lies(self, current_ma: float, voltage_v: float, late_s: float) -> None:
        self.t_s = round(self.t_s + 0.1, 4)
        lie = Read(
            t_s=self.t_s,
            read_at_s=self.t_s - late_s,
            current_ma=current_ma,
            voltage_v=voltage_v,
            anode=self.source.anode,
        )
        self.put(lie)

    @rule(gap_s=st.floats(-5, 5000))
    def the_clock_jumps(self, gap_s: float) -> None:
        self.t_s = max(0.0, round(self.t_s + gap_s, 4))
        self.put(self.source.read(self.t_s))

    @invariant()
    def current_is_within_target_and_cap(self) -> None:
        if hasattr(self, "session"):
            assert 0 <= self.session.commanded_ma <= self.plan.current_ma <= self.plan.cap_current_ma
            assert self.source.current_ma <= self.plan.cap_current_ma

    @invariant()
    def an_ended_session_has_no_current(self) -> None:
        if hasattr(self, "session") and self.session.has_ended:
            assert self.session.commanded_ma == 0
            assert self.source.current_ma == 0

    @invariant()
    def pain_is_never_a_completed_session(self) -> None:
        if hasattr(self, "session") and self.session.pain_reported:
            assert ending(self.session).outcome is not Outcome.COMPLETED


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
