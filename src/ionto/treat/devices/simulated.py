"""The simulated device: a fast current source, honest about what it measures, on a simulated person in a bath.

It follows `SetCurrent` at once within its own voltage limit and the one it is told, floored to its own step. It keeps
what a good device keeps by itself: it turns its relay only at rest, opens for good on `CutOff`, and runs down to zero
when nobody has spoken to it for 1.5 s; after that it follows again only from a current near zero, so that a host that
wakes up gives no jolt.
Each injected fault breaks one of these promises, and nothing else.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from ionto.simulate.circuit import IMMERSED, WATERS, CircuitTraits, Contact, Flow, flow, resting, stepped
from ionto.treat.devices.caps import SourceCaps
from ionto.treat.devices.faults import FaultName, InjectedFault
from ionto.treat.source import Command, CutOff, Reading, SetCurrent, TurnAnode
from ionto.words.limits import TRIP_CURRENT_MA, floored
from ionto.words.terms import Side, Waveform

__all__ = ["FaultName", "InjectedFault", "SimulatedSource"]

CAPS = SourceCaps(
    label="ionto's simulated device",
    current_max_ma=30.0,  # [SAAL-I]
    step_ma=0.01,
    voltage_max_v=58.0,  # [SAAL-I]
    limiter_ma=TRIP_CURRENT_MA,  # a limiter apart from the control loop, as [HIDREX-SAFE] trips
    heartbeat_s=1.5,
    waveforms=(Waveform.DC, Waveform.PULSED),
    turns_anode=True,
    measures=True,
)
STEP_S = 0.1
# A skin changes in minutes: with nothing to go wrong, longer steps than that do as well.
QUIET_STEP_S = 0.4
# The soft stop of the device itself: quick, but no jump.
SOFT_STOP_MA_PER_S = 20.0
# At or below this the output is at rest: the relay may turn, and a source that ran down by itself may be woken.
AT_REST_MA = 0.5
OVERCURRENT_MA = 6.0
RUNAWAY_MA_PER_S = 2.0
# Every second, for a moment.
SPIKE_MA, SPIKE_EVERY_S, SPIKE_S = 10.0, 1.0, 0.3
# A limb is drawn out of the water in this time; or so much of it stays in.
LIFT_S, PARTLY_IN_FRACTION = 3.0, 0.3
# So much skin touches a bare electrode, and no water.
TOUCHED_CM2 = 2.0
DRIED_RATIO = 5.0
# A wet towel from tray to tray.
BRIDGE_KOHM = 0.4
UNLIMITED_V = 150.0
LOW_GAIN_RATIO, HIGH_GAIN_RATIO = 0.5, 2.0
# Electrodes that touch each other: the leads alone.
SHORTED_KOHM = 0.01
STEPS_PER_UNIT = 100
NOISE_MA, NOISE_V, NOISES_COUNT = 0.01, 0.02, 512
# A loop that sees half of what flows lets twice as much flow, and reads what was set.
MISLED_RATIO = 2.0
_OUT_OF_WATER = Contact(left_fraction=0.0)
_PARTLY_IN = Contact(left_fraction=PARTLY_IN_FRACTION)
_OFF = Flow(0.0, 0.0, 0.0, 0.0, at_limit=False, intact_ma_per_cm2=0.0)
_NO_FAULTS: frozenset[FaultName] = frozenset()
# These change something for good, at one moment.
_SUDDEN = frozenset({FaultName.POLARITY_FLIPPED, FaultName.SKIN_DRIES, FaultName.WATER_SALTED})
# What a moment without any of these need not ask one by one.
_OF_OUTPUT = frozenset(
    {
        FaultName.RUNAWAY_SOURCE,
        FaultName.OVERCURRENT,
        FaultName.LOOP_MISLED,
        FaultName.SPIKES,
        FaultName.LIMITER_LOST,
    }
)
_OF_READING = frozenset(
    {
        FaultName.READING_MISSING,
        FaultName.READING_NEGATIVE,
        FaultName.READING_LOW,
        FaultName.READING_HIGH,
        FaultName.LOOP_MISLED,
    }
)
_OF_CONTACT = frozenset(
    {FaultName.CONTACT_LOST, FaultName.METAL_TOUCHED, FaultName.LIMB_LIFTED, FaultName.PARTIAL_CONTACT}
)
_OF_CIRCUIT = frozenset({FaultName.SHORT_CIRCUIT, FaultName.VOLTAGE_LIMIT_LOST, FaultName.BRIDGED})
Witness = Callable[[float, Flow, Side], None]


class SimulatedSource:
    """A `CurrentSource` on a circuit. The same commands at the same times with the same seed read the same bytes.

    `true_current_ma`, `peak_current_ma`, `peak_density_ma_per_cm2` and the charges are what really flowed, for those
    who judge a session from outside, and so are `set_ma` and `flowing`; the session sees readings only. A `witness` is
    told of each moment, what flows through the person then, and by which anode. A pulsed current is read within a
    pulse; that the skin's capacitance lets its edges through at less voltage is not simulated.

    Raises
    ------
    ValueError
        For a fault that does not happen to a device, a command that is no current or above the device's own limit
        (nothing changes then), and a time that is not a number.
    """

    def __init__(
        self,
        traits: CircuitTraits,
        *,
        voltage_limit_v: float = CAPS.voltage_max_v,
        duty_fraction: float = 1.0,
        seed: int = 0,
        faults: Iterable[InjectedFault] = (),
    ) -> None:
        self._break_with(faults)
        self.duty_fraction = duty_fraction
        self.witness: Witness | None = None
        self.caps = CAPS
        self.traits = replace(traits, voltage_limit_v=min(voltage_limit_v, traits.voltage_limit_v, CAPS.voltage_max_v))
        self.anode = Side.LEFT
        self.true_current_ma = 0.0
        self.peak_current_ma = 0.0
        self.peak_density_ma_per_cm2 = 0.0
        self.left_anode_ma_min = 0.0
        self.right_anode_ma_min = 0.0
        self._seed = seed
        self._noises: list[float] = []
        self._blocks_count = 0
        self._state = resting(self.traits)
        self._t_s = 0.0
        self._heard_at_s = 0.0
        self.set_ma = 0.0
        self._limit_v = math.inf
        self._runaway_ma = 0.0
        self.flowing = _OFF
        self._is_open = False
        self._ran_down = False
        self._present = self._faults_now()
        self._settle()
        self._reading = self._measured()

    def copied(self, *, faults: Iterable[InjectedFault] = (), witness: Witness | None = None) -> SimulatedSource:
        """This device at this moment once more, with other faults to come: it goes its own way from here."""
        other = copy.copy(self)
        other.witness = witness
        other._break_with(faults)
        other._noises = self._noises.copy()
        other._present = other._faults_now()
        return other

    def _break_with(self, faults: Iterable[InjectedFault]) -> None:
        self.faults = _of_device(faults)
        self._sudden = tuple(fault for fault in self.faults if fault.name in _SUDDEN)

    def wait_until(self, t_s: float) -> None:
        """Time passes, and nobody speaks."""
        self._advance(t_s)

    def obey(self, command: Command, t_s: float) -> None:
        """Do as commanded, at `t_s`; a time before the device's own counts as now."""
        if isinstance(command, SetCurrent) and not 0 <= command.current_ma <= CAPS.current_max_ma:
            raise ValueError(f"the device cannot set {command.current_ma} mA, only 0 to {CAPS.current_max_ma:g} mA")
        self._advance(t_s)
        if self._has(FaultName.LINK_LOST):
            return
        self._heard_at_s = self._t_s
        match command:
            case CutOff() if not self._has(FaultName.CUT_IGNORED):
                self._is_open = True
                self.set_ma = 0.0
            case SetCurrent():
                self._follow(command)
            case TurnAnode(anode=anode):
                may_turn = self.true_current_ma <= AT_REST_MA or self._has(FaultName.TURNS_LOADED)
                if may_turn and not self._has(FaultName.STUCK_POLARITY):
                    self.anode = anode
        self._settle()

    def _follow(self, command: SetCurrent) -> None:
        current_ma = command.current_ma
        if self._has(FaultName.NEVER_RAMPS_DOWN):
            current_ma = max(current_ma, self.set_ma)
        if current_ma <= AT_REST_MA and self.set_ma <= AT_REST_MA:
            self._ran_down = False
        if not self._is_open:
            # While it runs down, less is heard and more is not.
            highest_ma = self.set_ma if self._ran_down else CAPS.current_max_ma
            self.set_ma = min(floored(current_ma, CAPS.step_ma), highest_ma)
            self._limit_v = command.voltage_limit_v

    def read(self, t_s: float) -> Reading:
        """Measure, at `t_s`. A frozen converter repeats its values under a running clock; a lost link, all of it."""
        self._advance(t_s)
        if self._has(FaultName.LINK_LOST):
            return self._reading
        self._heard_at_s = self._t_s
        if self._has(FaultName.READING_STALE):
            return self._reading
        if self._has(FaultName.ADC_FROZEN):
            self._reading = replace(self._reading, read_at_s=self._t_s, anode=self.anode)
        else:
            self._reading = self._measured()
        return self._reading

    def _measured(self) -> Reading:
        if not self._noises:
            # Each block from a generator of its own: whoever is copied in between still reads the same bytes.
            self._noises = (
                np.random.default_rng((self._seed, self._blocks_count)).standard_normal(NOISES_COUNT).tolist()
            )
            self._blocks_count += 1
        noise_ma, noise_v = self._noises.pop(), self._noises.pop()
        current_ma = _quantised(self.flowing.current_ma + noise_ma * NOISE_MA)
        if not self._present.isdisjoint(_OF_READING):
            current_ma = self._misread(current_ma)
        return Reading(
            read_at_s=self._t_s,
            current_ma=current_ma,
            voltage_v=_quantised(self.flowing.voltage_v + noise_v * NOISE_V),
            anode=self.anode,
        )

    def _misread(self, current_ma: float) -> float:
        """What a faulty converter makes of this current."""
        if self._has(FaultName.READING_MISSING):
            return math.nan
        if self._has(FaultName.READING_NEGATIVE):
            return -current_ma
        if self._has(FaultName.READING_LOW):
            return LOW_GAIN_RATIO * current_ma
        if self._has(FaultName.LOOP_MISLED):
            return _quantised(current_ma / MISLED_RATIO)
        return HIGH_GAIN_RATIO * current_ma if self._has(FaultName.READING_HIGH) else current_ma

    def _has(self, name: FaultName) -> bool:
        return name in self._present

    def _faults_now(self) -> frozenset[FaultName]:
        return (
            frozenset(fault.name for fault in self.faults if fault.holds_at(self._t_s)) if self.faults else _NO_FAULTS
        )

    def _advance(self, t_s: float) -> None:
        """The device and the skin brought up to `t_s`, in steps that stop where something changes by itself."""
        if not math.isfinite(t_s):
            raise ValueError(f"a session's time is a number of seconds, not {t_s}")
        while self._t_s < t_s:
            self._step(self._next_stop_s(t_s))
            self._settle()

    def _next_stop_s(self, t_s: float) -> float:
        """The end of the next step: a short one while current flows, a long one at rest."""
        idle = self.flowing.current_ma == 0 and self.set_ma == 0 and not self._has(FaultName.RUNAWAY_SOURCE)
        # A hair of tolerance, so that a host in step with the device costs one step a tick.
        step_s = STEP_S if self.faults else QUIET_STEP_S
        in_one = idle or t_s - self._t_s <= step_s * (1 + 1e-6)
        next_s = t_s if in_one else self._t_s + step_s
        silent_s = self._heard_at_s + CAPS.heartbeat_s
        if not idle and self._t_s < silent_s < next_s:
            next_s = silent_s
        for fault in self.faults:
            if self._t_s < fault.at_s < next_s:
                next_s = fault.at_s
            if self._t_s < fault.until_s < next_s:
                next_s = fault.until_s
        return next_s

    def _step(self, until_s: float) -> None:
        """What was set flows until then; the skin, the charge and the device's own watch follow."""
        dt_s = until_s - self._t_s
        through_skin = _OFF if self._has(FaultName.SHORT_CIRCUIT) else self.flowing
        self._state = stepped(self.traits, self._state, through_skin, self.anode, dt_s, self._contact())
        charge_ma_min = through_skin.current_ma * self.duty_fraction * dt_s / 60
        if self.anode is Side.LEFT:
            self.left_anode_ma_min += charge_ma_min
        else:
            self.right_anode_ma_min += charge_ma_min
        if self._has(FaultName.RUNAWAY_SOURCE) and not self._is_open:
            self._runaway_ma += RUNAWAY_MA_PER_S * dt_s
        before_s, self._t_s = self._t_s, until_s
        self._present = self._faults_now()
        for fault in self._sudden:
            if before_s < fault.at_s <= until_s:
                self._changed(fault.name)
        if self._has(FaultName.HEARTBEAT_LOST):
            return
        if self._ran_down:
            self.set_ma = max(0.0, self.set_ma - SOFT_STOP_MA_PER_S * dt_s)
        elif until_s >= self._heard_at_s + CAPS.heartbeat_s and self.set_ma > 0:
            self._ran_down = True

    def _changed(self, by: FaultName) -> None:
        if by is FaultName.POLARITY_FLIPPED:
            self.anode = self.anode.other
        elif by is FaultName.SKIN_DRIES:
            self.traits = replace(self.traits, skin_kohm_cm2=DRIED_RATIO * self.traits.skin_kohm_cm2)
        else:
            self.traits = replace(self.traits, water_us_per_cm=WATERS["salted"])

    def _settle(self) -> None:
        """What flows now: the loop is faster than anything it is asked."""
        self.flowing = _OFF if self._is_open else self._let_flow(self._asked_ma())
        self.true_current_ma = self.flowing.current_ma
        self.peak_current_ma = max(self.peak_current_ma, self.true_current_ma)
        through_person = _OFF if self._has(FaultName.SHORT_CIRCUIT) else self.flowing
        self.peak_density_ma_per_cm2 = max(self.peak_density_ma_per_cm2, through_person.densest_ma_per_cm2)
        if self.witness is not None:
            self.witness(self._t_s, through_person, self.anode)

    def _asked_ma(self) -> float:
        """What the output stage asks of the circuit, faults and all, within the limiter."""
        asked_ma = self.set_ma
        if self._present.isdisjoint(_OF_OUTPUT):
            self._runaway_ma = asked_ma
            return min(asked_ma, CAPS.limiter_ma)
        if self._has(FaultName.RUNAWAY_SOURCE):
            # From where it stood when it went, whatever is commanded since.
            asked_ma = self._runaway_ma
        else:
            self._runaway_ma = self.set_ma
        if self._has(FaultName.OVERCURRENT):
            asked_ma += OVERCURRENT_MA
        if self._has(FaultName.LOOP_MISLED):
            asked_ma *= MISLED_RATIO
        if self._has(FaultName.SPIKES) and asked_ma > 0 and self._t_s % SPIKE_EVERY_S < SPIKE_S:
            asked_ma += SPIKE_MA
        return asked_ma if self._has(FaultName.LIMITER_LOST) else min(asked_ma, CAPS.limiter_ma)

    def _contact(self) -> Contact:
        """How much of each limb is in the water."""
        if self._present.isdisjoint(_OF_CONTACT):
            return IMMERSED
        if self._has(FaultName.CONTACT_LOST):
            return _OUT_OF_WATER
        if self._has(FaultName.METAL_TOUCHED):
            return Contact(left_fraction=min(1.0, TOUCHED_CM2 / self.traits.area_cm2))
        for fault in self.faults:
            if fault.name is FaultName.LIMB_LIFTED and fault.holds_at(self._t_s):
                return Contact(left_fraction=max(0.0, 1 - (self._t_s - fault.at_s) / LIFT_S))
        return _PARTLY_IN if self._has(FaultName.PARTIAL_CONTACT) else IMMERSED

    def _let_flow(self, asked_ma: float) -> Flow:
        if self._present.isdisjoint(_OF_CIRCUIT):
            return flow(self.traits, self._state, asked_ma, self._contact(), limit_v=self._limit_v)
        if self._has(FaultName.SHORT_CIRCUIT):
            return Flow(asked_ma, asked_ma * SHORTED_KOHM, 0.0, 0.0, at_limit=False, intact_ma_per_cm2=0.0)
        traits, limit_v = self.traits, self._limit_v
        if self._has(FaultName.VOLTAGE_LIMIT_LOST):
            traits, limit_v = replace(traits, voltage_limit_v=UNLIMITED_V), UNLIMITED_V
        flowing = flow(traits, self._state, asked_ma, self._contact(), limit_v=limit_v)
        return self._bridged(flowing, asked_ma) if self._has(FaultName.BRIDGED) else flowing

    def _bridged(self, flowing: Flow, asked_ma: float) -> Flow:
        """The same current, most of it past the person: as two resistances side by side."""
        if flowing.current_ma <= 0:
            return flowing
        person_kohm = flowing.voltage_v / flowing.current_ma
        part = BRIDGE_KOHM / (BRIDGE_KOHM + person_kohm)
        return Flow(
            asked_ma,
            asked_ma * person_kohm * part,
            flowing.left_skin_v * part,
            flowing.right_skin_v * part,
            at_limit=False,
            intact_ma_per_cm2=flowing.intact_ma_per_cm2 * part,
            cut_ma_per_cm2=flowing.cut_ma_per_cm2 * part,
        )


def _of_device(faults: Iterable[InjectedFault]) -> tuple[InjectedFault, ...]:
    found = tuple(faults)
    for fault in found:
        if not fault.name.happens_to_device:
            raise ValueError(f"{fault.name} does not happen to the device")
    return found


def _quantised(value: float) -> float:
    """A magnitude in whole steps of the converter."""
    return max(0.0, round(value * STEPS_PER_UNIT) / STEPS_PER_UNIT)
