"""The guards of a session: what each reading is checked for, before anything else is done with it.

A guard names a fault or stays silent; the session cuts and latches. Limits on the difference between commanded and
measured current allow for a device's own accuracy, and ask for two readings unless the trip level is passed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ionto.treat.table import (
    ANSWER_PATIENCE_S,
    CONTACT_CEILING_KOHM,
    CONTACT_CURRENT_MA,
    CONTACT_FLOOR_KOHM,
    CONTACT_PATIENCE_S,
    LEAD_MA,
    NOT_REACHED_FRACTION,
    RESIDUAL_MA,
    RESIDUAL_PATIENCE_S,
    SETTLES_DOWN_MOST_FRACTION,
    SETTLES_DOWN_PER_S,
    SETTLES_UP_PER_S,
    TURN_REST_S,
    WEAK_CONTACT_RATIO,
    WEAK_CONTACT_S,
    WEAK_CONTACTS_COUNT,
    Phase,
)
from ionto.words.altering import altered
from ionto.words.limits import TRIP_CURRENT_MA, VOLTAGE_CEILING_V

if TYPE_CHECKING:
    from ionto.treat.events import Event, Read
    from ionto.treat.session import Session

# Readings further apart than this mean that the clock jumped or the host slept. A device falls to zero by itself when
# it has heard nothing for 1.5 s; the session must not go on as if it had not.
CLOCK_GAP_S = 1.4
# A reading older than this is not a reading.
STALE_S = 1.0
# A measurement that never changes at all, while current flows, is frozen: noise and skin always move it.
FROZEN_S, FROZEN_COUNT = 3.0, 8
OVER_MARGIN_MA, OVER_MARGIN_FRACTION = 0.5, 0.05
OVER_CAP_MARGIN_MA = 1.0
VOLTAGE_MARGIN_V = 2.0
# Excess that took this long to build up is a source running away; at once it is over-current.
CREEP_S, CREEP_MA = 0.5, 0.2
SHORT_KOHM = 0.2
# Above this the circuit is open; the widest a limb in water can be is far below.
OPEN_KOHM = 100.0
CONFIRMED_COUNT = 2
# A source that jumps up and, within this time, once more is not let go on, though it was good in between.
JUMPS_WITHIN_S = 2.5


# The resistance of the circuit is worked out from here on.
RESISTANCE_FROM_MA = 1.0
# A resistance that falls to this part of what it was is no skin: something bridges it.
BRIDGED_RATIO = 0.5
# The guards by the faults they name. Rehearsals leave one out to see what it is worth; a session never does.
GUARDS = frozenset(
    {
        "adc_frozen",
        "clock_jump",
        "contact_lost",
        "contact_weakened",
        "impedance_jump",
        "implausible_reading",
        "link_lost",
        "no_answer",
        "overcurrent",
        "overvoltage",
        "runaway_source",
        "short_circuit",
        "stuck_polarity",
    }
)
Guards = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What the guards remember between readings.

    `settled_kohm` is the resistance of the circuit, followed slowly; `weak_s` is how long it has been far above that;
    `held_kohm` is what it was in the first half, for the second to be held against; `since_excess_s` is how long ago
    more flowed than was set, if lately.
    """

    since_s: float = 0.0
    suspicion: str | None = None
    suspicion_count: int = 0
    excess_since_s: float | None = None
    since_excess_s: float = math.inf
    unrested_s: float = 0.0
    unchanged_s: float = 0.0
    unchanged_count: int = 0
    contact_steady_s: float = 0.0
    settled_kohm: float | None = None
    held_kohm: float | None = None
    jump_ratio: float = 1.0
    weak_s: float = 0.0
    limited_s: float = 0.0

    def entering(self, phase: Phase, leaving: Phase) -> Watch:
        """What is remembered in a new phase: a hold knows the skin of its ramp, or of the half before it.

        On the way down the skin stays known, so that the voltage limit falls with the current: a limb that leaves the
        water while its session pauses must not be given all the voltage that the plan allows.
        """
        if phase is Phase.HOLDING:
            return replace(self, contact_steady_s=0.0, settled_kohm=self.held_kohm or self.settled_kohm)
        held_kohm = self.settled_kohm if leaving is Phase.HOLDING else self.held_kohm
        return replace(
            self,
            contact_steady_s=0.0,
            settled_kohm=self.settled_kohm if phase in _GOING_DOWN else None,
            held_kohm=None if phase is Phase.PAUSED else held_kohm,
            jump_ratio=1.0,
            weak_s=0.0,
            limited_s=0.0,
        )


def watched(session: Session, event: Event, guards: Guards = GUARDS) -> tuple[Watch, str | None]:
    """The watch moved on, and the fault found, if any."""
    since_s = event.t_s - session.t_s
    if event.kind == "supervised":
        return session.watch, f"supervisor_{event.reason}"
    if not math.isfinite(since_s) or (abs(since_s) > CLOCK_GAP_S and "clock_jump" in guards):
        return session.watch, "clock_jump"
    if event.kind != "read":
        return session.watch, None
    if since_s < 0:
        return session.watch, "clock_jump"
    at_once = _first(_at_once(session, event), guards)
    if at_once is not None:
        return altered(session.watch, since_s=since_s), at_once
    watch = _remembered(session, event, since_s)
    if "contact_weakened" not in guards:
        watch = altered(watch, weak_s=0.0)
    suspicion = _first(_suspicions(session, watch, event), guards)
    if suspicion is not None or watch.suspicion is not None:
        # Two suspicions in a row are a fault, whatever the second one makes of it.
        watch = altered(watch, suspicion=suspicion, suspicion_count=watch.suspicion_count + 1 if suspicion else 0)
    again = suspicion in _EXCESSES and watch.since_excess_s <= JUMPS_WITHIN_S
    if suspicion in _EXCESSES:
        watch = altered(watch, since_excess_s=0.0)
    confirmed = suspicion if again or watch.suspicion_count >= CONFIRMED_COUNT else None
    return watch, confirmed or _first(_overdue(session, watch, event), guards)


def _first(found: Iterator[str], guards: Guards) -> str | None:
    return next((fault for fault in found if fault in guards), None)


def _at_once(session: Session, reading: Read) -> Iterator[str]:
    """Faults that one reading proves."""
    if not math.isfinite(reading.current_ma + reading.voltage_v + reading.read_at_s):
        yield "implausible_reading"
        return
    if reading.current_ma < -CREEP_MA or reading.read_at_s > reading.t_s + STALE_S:
        yield "implausible_reading"
    if reading.t_s - reading.read_at_s > STALE_S:
        yield "link_lost"
    if reading.current_ma >= TRIP_CURRENT_MA:
        yield "overcurrent"
    if reading.voltage_v > min(session.plan.voltage_limit_v, VOLTAGE_CEILING_V) + VOLTAGE_MARGIN_V:
        yield "overvoltage"


def _remembered(session: Session, reading: Read, since_s: float) -> Watch:
    """How long the current has been in excess, the reading unchanged, the contact plausible, and how it settles."""
    watch, last, commanded_ma = session.watch, session.reading, session.commanded_ma
    is_measured, under_way = session.plan.is_measured, session.phase in _UNDER_WAY
    in_excess = reading.current_ma > commanded_ma + CREEP_MA
    unrested = commanded_ma == 0 and reading.current_ma > RESIDUAL_MA
    unchanged = (
        last is not None
        and is_measured
        and commanded_ma > CONTACT_CURRENT_MA
        and (last.current_ma, last.voltage_v) == (reading.current_ma, reading.voltage_v)
    )
    flowing = commanded_ma >= CONTACT_CURRENT_MA and reading.current_ma >= CONTACT_CURRENT_MA / 2
    plausible = not is_measured or (
        flowing and CONTACT_FLOOR_KOHM <= reading.voltage_v / reading.current_ma <= CONTACT_CEILING_KOHM
    )
    started_at_s = watch.excess_since_s if watch.excess_since_s is not None else reading.t_s
    short_ma = commanded_ma - reading.current_ma
    limited = short_ma >= LEAD_MA / 2 and reading.current_ma < NOT_REACHED_FRACTION * session.aim_ma
    settled_kohm, jump_ratio, weak_s = watch.settled_kohm, watch.jump_ratio, watch.weak_s
    if under_way and is_measured:
        settled_kohm, jump_ratio, weak_s = _settled(watch, reading, since_s, short_ma)
    # Written out, for this is made ten times a second.
    return Watch(
        since_s=since_s,
        suspicion=watch.suspicion,
        suspicion_count=watch.suspicion_count,
        excess_since_s=started_at_s if in_excess else None,
        since_excess_s=excess_ago_s if (excess_ago_s := watch.since_excess_s + since_s) <= JUMPS_WITHIN_S else math.inf,
        unrested_s=watch.unrested_s + since_s if unrested else 0.0,
        unchanged_s=watch.unchanged_s + since_s if unchanged else 0.0,
        unchanged_count=watch.unchanged_count + 1 if unchanged else 0,
        contact_steady_s=watch.contact_steady_s + since_s if flowing and plausible else 0.0,
        settled_kohm=settled_kohm,
        held_kohm=watch.held_kohm,
        jump_ratio=jump_ratio,
        weak_s=weak_s,
        limited_s=watch.limited_s + since_s if under_way and limited else 0.0,
    )


def _settled(watch: Watch, reading: Read, since_s: float, short_ma: float) -> tuple[float | None, float, float]:
    """The resistance followed slowly [kΩ], how far the reading stands from it, and how long far above it [s].

    `short_ma` is what was set and does not flow.
    """
    if reading.current_ma < RESISTANCE_FROM_MA:
        # So little flows where a milliampere was set: the skin has all but left the water.
        weak = watch.settled_kohm is not None and short_ma >= LEAD_MA / 2
        return watch.settled_kohm, watch.jump_ratio, watch.weak_s + since_s if weak else 0.0
    # Less than this is no skin, and nothing to settle on.
    kohm = max(reading.voltage_v / reading.current_ma, CONTACT_FLOOR_KOHM)
    settled_kohm = watch.settled_kohm or kohm
    jump_ratio = kohm / settled_kohm
    slowest = 1 - min(SETTLES_DOWN_PER_S * since_s, SETTLES_DOWN_MOST_FRACTION)
    fastest = 1 + SETTLES_UP_PER_S * since_s
    weak_s = watch.weak_s + since_s if jump_ratio > WEAK_CONTACT_RATIO else 0.0
    return settled_kohm * min(max(jump_ratio, slowest), fastest), jump_ratio, weak_s


def _suspicions(session: Session, watch: Watch, reading: Read) -> Iterator[str]:
    """Faults that want a second reading in a row."""
    commanded_ma = session.commanded_ma
    # A person who turns a dial is no output stage: they are told to turn it down, up to the cap.
    margin_ma = OVER_MARGIN_MA + OVER_MARGIN_FRACTION * commanded_ma if session.plan.is_measured else math.inf
    if reading.current_ma > min(commanded_ma + margin_ma, session.plan.cap_current_ma + OVER_CAP_MARGIN_MA):
        assert watch.excess_since_s is not None
        if watch.unchanged_s >= CREEP_S:
            yield "adc_frozen"
        crept = reading.t_s - watch.excess_since_s >= CREEP_S
        yield "runaway_source" if crept and session.plan.is_measured else "overcurrent"
    if commanded_ma > 1.0 and session.plan.is_measured:
        if reading.voltage_v > OPEN_KOHM * max(reading.current_ma, 0.0):
            yield "contact_lost"
        if reading.voltage_v < SHORT_KOHM * reading.current_ma:
            yield "short_circuit"
        elif watch.jump_ratio < BRIDGED_RATIO:
            yield "impedance_jump"


def _overdue(session: Session, watch: Watch, reading: Read) -> Iterator[str]:
    """Faults of something that should have happened by now."""
    in_phase_s = reading.t_s - session.entered_at_s
    if not session.plan.is_measured:
        if session.phase in _ANSWERED and in_phase_s > ANSWER_PATIENCE_S:
            yield "no_answer"
        return
    if watch.unchanged_s >= FROZEN_S and watch.unchanged_count >= FROZEN_COUNT:
        yield "adc_frozen"
    if session.phase is Phase.CHECKING_CONTACT and in_phase_s > CONTACT_PATIENCE_S:
        yield "contact_lost"
    if watch.weak_s >= WEAK_CONTACT_S and session.weak_contacts_count + 1 >= WEAK_CONTACTS_COUNT:
        yield "contact_lost"
    if watch.unrested_s >= RESIDUAL_PATIENCE_S:
        yield "runaway_source"
    if session.phase in _RESTING and in_phase_s > TURN_REST_S + RESIDUAL_PATIENCE_S:
        yield "stuck_polarity"
    if session.phase not in {Phase.READY, *_RESTING} and reading.anode is not session.anode:
        yield "stuck_polarity"


_EXCESSES = frozenset({"overcurrent", "runaway_source"})
_UNDER_WAY = frozenset({Phase.RAMPING_UP, Phase.HOLDING})
_GOING_DOWN = frozenset({Phase.RAMPING_DOWN, Phase.PAUSING, Phase.ENDING_EARLY, Phase.STOPPING})
# While the relay turns, and a person switches the poles or puts both limbs in.
_RESTING = frozenset({Phase.SELF_TESTING, Phase.TURNING})
_ANSWERED = frozenset({Phase.SELF_TESTING, Phase.TURNING, Phase.CHECKING_CONTACT})
