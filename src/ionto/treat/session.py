"""The treatment session: one fold over events, moved by the rules of `treat/table.py`.

`advance(session, event)` returns the session after the event and the commands for the device. It knows no clock, no
port and no device: time comes with the events, commands are values. In each step it first counts what was delivered
(from measured current), then looks for faults (`treat/guards.py`), then asks what has happened in this phase, and moves
by `TABLE`. A happening without an entry in the table is refused.

    ready -> checking contact -> ramping up -> holding -> ramping down -> turning -> checking contact -> …
                                                                       -> completed
    any live phase -> stopping -> stopped          (stop pressed, or pain)
    any live phase -> faulted                      (latched; the circuit is cut)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ionto.treat.events import Event, PainReported, Read, SessionPlan, Started, StopPressed
from ionto.treat.guards import Watch, watched
from ionto.treat.source import Command, CutOff, SetCurrent, TurnAnode
from ionto.treat.table import (
    CONTACT_CURRENT_MA,
    CONTACT_STEADY_S,
    ENDED,
    LEAD_MA,
    RESIDUAL_MA,
    TABLE,
    TURN_REST_S,
    Happening,
    NotNow,
    Phase,
)
from ionto.words.limits import RAMP_CEILING_MA_PER_S
from ionto.words.terms import Outcome, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What flowed, from measured current: charge in all and by which side was the anode, and the densest moment."""

    charge_ma_min: float = 0.0
    left_anode_ma_min: float = 0.0
    right_anode_ma_min: float = 0.0
    density_peak_ma_per_cm2: float = 0.0
    effective_min: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session at one moment. Everything that `advance` needs is here."""

    plan: SessionPlan
    phase: Phase = Phase.READY
    t_s: float = 0.0
    entered_at_s: float = 0.0
    commanded_ma: float = 0.0
    anode: Side = Side.LEFT
    half_count: int = 1
    held_s: float = 0.0
    reading: Read | None = None
    watch: Watch = Watch()
    pain_reported: bool = False
    fault: str | None = None
    delivered: Delivered = Delivered()
    max_current_ma: float = 0.0
    max_slope_ma_per_s: float = 0.0

    @property
    def has_ended(self) -> bool:
        return self.phase in ENDED

    @property
    def remaining_s(self) -> float:
        """Hold time still to come, without ramps."""
        return max(0.0, self.plan.duration_min * 60 - self.held_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a session ended and what it delivered; the answer of `ionto treat` and `ionto replay`."""

    outcome: Outcome
    fault: str | None
    pain_reported: bool
    delivered: Delivered
    max_current_ma: float
    max_slope_ma_per_s: float
    held_min: float
    lasted_s: float
    phase: Phase


def begin(plan: SessionPlan) -> Session:
    """A session that has not started."""
    return Session(plan=plan, anode=plan.first_anode)


def advance(session: Session, event: Event) -> tuple[Session, tuple[Command, ...]]:
    """The session after the event, and what the device is to do.

    Raises
    ------
    NotNow
        When the event cannot happen in this phase (a second start). A stop is accepted in every phase.
    """
    if session.has_ended:
        return _after_the_end(session, event)
    session, fault = watched(session, event)
    if fault != "clock_jump":
        session = _counted(session, event)
    if fault is not None:
        return _moved(replace(session, fault=fault), Happening.FAULT_FOUND)
    happening = _happening(session, event)
    if happening is not None:
        return _moved(session, happening)
    return _driven(session) if isinstance(event, Read) else (session, ())


def ending(session: Session) -> Ending:
    """How the session ended. One that never reached an end phase lost its host while it ran."""
    outcome = {Phase.COMPLETED: Outcome.COMPLETED, Phase.STOPPED: Outcome.STOPPED}.get(session.phase, Outcome.FAULTED)
    return Ending(
        outcome=outcome,
        fault=session.fault if session.has_ended else "host_killed",
        pain_reported=session.pain_reported,
        delivered=session.delivered,
        max_current_ma=session.max_current_ma,
        max_slope_ma_per_s=round(session.max_slope_ma_per_s, 6),
        held_min=session.held_s / 60,
        lasted_s=session.t_s,
        phase=session.phase,
    )


def _after_the_end(session: Session, event: Event) -> tuple[Session, tuple[Command, ...]]:
    """Nothing moves any more; current that still flows is cut again, and counted."""
    if not isinstance(event, Read) or not session.t_s < event.t_s < math.inf:
        return session, ()
    session = _counted(session, event)
    return session, ((CutOff(),) if not event.current_ma <= RESIDUAL_MA else ())


def _counted(session: Session, event: Event) -> Session:
    """Time and charge moved on to the event; between two readings the larger current is taken to have flowed."""
    if not isinstance(event, Read):
        return session
    seen = [reading.current_ma for reading in (session.reading, event) if reading and reading.current_ma >= 0]
    flowing_ma = max((ma for ma in seen if math.isfinite(ma)), default=0.0)
    since_s = event.t_s - session.t_s
    charge_ma_min = flowing_ma * since_s / 60
    done, plan = session.delivered, session.plan
    on_left = session.anode is Side.LEFT
    charge_total_ma_min = done.charge_ma_min + charge_ma_min
    return replace(
        session,
        t_s=event.t_s,
        held_s=session.held_s + (since_s if session.phase is Phase.HOLDING else 0.0),
        reading=event,
        max_current_ma=max(session.max_current_ma, flowing_ma),
        delivered=Delivered(
            charge_ma_min=charge_total_ma_min,
            left_anode_ma_min=done.left_anode_ma_min + (charge_ma_min if on_left else 0.0),
            right_anode_ma_min=done.right_anode_ma_min + (0.0 if on_left else charge_ma_min),
            density_peak_ma_per_cm2=max(done.density_peak_ma_per_cm2, flowing_ma / plan.contact_area_cm2),
            effective_min=charge_total_ma_min / plan.current_ma,
        ),
    )


def _happening(session: Session, event: Event) -> Happening | None:
    """What this event means in this phase, or None when time just passes."""
    match event:
        case Started():
            return Happening.STARTED
        case StopPressed():
            return Happening.STOP_PRESSED
        case PainReported():
            return Happening.PAIN_REPORTED
        case Read():
            return _reached(session, event)


def _reached(session: Session, reading: Read) -> Happening | None:
    """Whether the reading ends the phase."""
    in_phase_s = reading.t_s - session.entered_at_s
    at_rest = session.commanded_ma == 0 and reading.current_ma <= RESIDUAL_MA
    match session.phase:
        case Phase.CHECKING_CONTACT if session.watch.contact_steady_s >= CONTACT_STEADY_S:
            return Happening.CONTACT_FOUND
        case Phase.RAMPING_UP:
            # Skin or water may not let the set current flow; after twice the ramp's time, what flows is held.
            patience_s = 2 * session.plan.current_ma / session.plan.ramp_ma_per_s
            if session.commanded_ma >= session.plan.current_ma or in_phase_s > patience_s:
                return Happening.TARGET_REACHED
        case Phase.HOLDING:
            if session.remaining_s <= 0:
                return Happening.HOLD_SPENT
            half_s = session.plan.duration_min * 30
            if session.plan.reverses and session.half_count == 1 and session.held_s >= half_s:
                return Happening.HALF_SPENT
        case Phase.RAMPING_DOWN if at_rest:
            first_half = session.plan.reverses and session.half_count == 1
            return Happening.ZERO_AT_HALF if first_half else Happening.ZERO_REACHED
        case Phase.TURNING if at_rest and in_phase_s >= TURN_REST_S and reading.anode is session.anode:
            return Happening.TURNED
        case Phase.STOPPING if at_rest:
            return Happening.ZERO_REACHED
    return None


def _moved(session: Session, happening: Happening) -> tuple[Session, tuple[Command, ...]]:
    """Into the next phase by the table, with what is to be done on entering it."""
    try:
        phase = TABLE[session.phase][happening]
    except KeyError:
        raise NotNow(session.phase, happening) from None
    moved = replace(session, phase=phase, entered_at_s=session.t_s, watch=session.watch.in_new_phase())
    if happening is Happening.PAIN_REPORTED:
        moved = replace(moved, pain_reported=True)
    match phase:
        case Phase.CHECKING_CONTACT:
            return moved, (TurnAnode(anode=moved.anode),)
        case Phase.TURNING:
            # The relay is asked to turn only from rest: ramping down has just ended at zero.
            moved = replace(moved, anode=session.anode.other, half_count=2)
            return moved, (TurnAnode(anode=moved.anode),)
        case Phase.COMPLETED | Phase.STOPPED | Phase.FAULTED:
            return replace(moved, commanded_ma=0.0), (CutOff(),)
        case _:
            return moved, ()


def _driven(session: Session) -> tuple[Session, tuple[Command, ...]]:
    """The command of this moment: along the ramp, up to the target, or down to zero."""
    assert session.reading is not None
    since_s = session.watch.since_s
    if since_s <= 0:
        return session, ()
    plan, now_ma = session.plan, session.commanded_ma
    match session.phase:
        case Phase.CHECKING_CONTACT:
            next_ma = min(now_ma + plan.ramp_ma_per_s * since_s, CONTACT_CURRENT_MA)
        case Phase.RAMPING_UP | Phase.HOLDING:
            ahead_ma = session.reading.current_ma + LEAD_MA
            next_ma = min(now_ma + plan.ramp_ma_per_s * since_s, ahead_ma, plan.current_ma, plan.cap_current_ma)
            # A limb that comes out of the water lets less flow; the command follows it down, for when it goes back in.
            next_ma = max(next_ma, now_ma - RAMP_CEILING_MA_PER_S * since_s)
        case Phase.RAMPING_DOWN:
            next_ma = max(0.0, now_ma - plan.ramp_ma_per_s * since_s)
        case Phase.STOPPING:
            next_ma = max(0.0, now_ma - RAMP_CEILING_MA_PER_S * since_s)
        case _:
            next_ma = now_ma
    # Whole microamperes, cut off below: what is sent is what was decided.
    next_ma = math.floor(next_ma * 1000 + 1e-6) / 1000
    if next_ma == now_ma:
        return session, ()
    slope_ma_per_s = abs(next_ma - now_ma) / since_s
    session = replace(session, commanded_ma=next_ma, max_slope_ma_per_s=max(session.max_slope_ma_per_s, slope_ma_per_s))
    return session, (SetCurrent(current_ma=next_ma),)
