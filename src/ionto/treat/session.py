"""The treatment session: one fold over events, moved by the rules of `treat/table.py`.

`advance(session, event)` returns the session after the event and the commands for the device. It knows no clock, no
port and no device: time comes with the events, commands are values. In each step it first counts what was delivered
(from measured current), then looks for faults (`treat/guards.py`), then asks what has happened in this phase, and moves
by `TABLE`. A happening without an entry in the table is refused.

    ready -> self testing -> turning -> checking contact -> ramping up -> holding -> ramping down -> turning -> …
                                                                                                -> completed
    any live phase -> pausing -> paused -> checking contact   (pause, or a limb leaves the water; then resume)
    any live phase -> ending early -> stopped                 (enough for today)
    any live phase -> stopping -> stopped                     (stop pressed, or pain)
    any live phase -> faulted                                 (latched; the circuit is cut)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ionto.treat.events import (
    EndAsked,
    Event,
    LessAsked,
    MoreAsked,
    PainReported,
    PausePressed,
    Read,
    ResumePressed,
    SessionPlan,
    Shown,
    Started,
    StopPressed,
    Supervised,
)
from ionto.treat.guards import GUARDS, Guards, Watch, watched
from ionto.treat.source import Command, CutOff, SetCurrent, TurnAnode
from ionto.treat.table import (
    CONTACT_CURRENT_MA,
    CONTACT_STEADY_S,
    ENDED,
    LEAD_MA,
    LEAST_MA,
    LESS_STEP_MA,
    MORE_REST_S,
    MORE_STEP_MA,
    NOT_REACHED_S,
    PAUSE_PATIENCE_S,
    RESIDUAL_MA,
    TABLE,
    TURN_REST_S,
    WEAK_CONTACT_MARGIN_V,
    WEAK_CONTACT_RATIO,
    WEAK_CONTACT_S,
    Happening,
    NotNow,
    Phase,
)
from ionto.words.altering import altered
from ionto.words.limits import RAMP_CEILING_MA_PER_S
from ionto.words.records import Provenance
from ionto.words.terms import Outcome, Side

# What an event means by itself, in whatever phase; a reading means what it shows.
_MEANS = {
    Started: Happening.STARTED,
    PausePressed: Happening.PAUSE_PRESSED,
    ResumePressed: Happening.RESUME_PRESSED,
    LessAsked: Happening.LESS_ASKED,
    MoreAsked: Happening.MORE_ASKED,
    EndAsked: Happening.END_ASKED,
    StopPressed: Happening.STOP_PRESSED,
    PainReported: Happening.PAIN_REPORTED,
    Supervised: Happening.FAULT_FOUND,
}
# A notice, no fault: water or skin lets less flow than was set, or the skin is dry already.
NOT_REACHED = "current_not_reached"
# The device's voltage limit is moved when it is off by this much.
LIMIT_STEP_V = 1.0
# A charge that ramps and pauses can add to what the cap allows in the time prescribed [min at the cap].
RAMPS_MIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What flowed, from measured current: charge in all and by which side was the anode, and the densest moment."""

    charge_ma_min: float = 0.0
    left_anode_ma_min: float = 0.0
    right_anode_ma_min: float = 0.0
    density_peak_ma_per_cm2: float = 0.0
    effective_min: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Session:
    """One session at one moment. Everything that `advance` needs is here.

    `aim_ma` is the current that the ramp goes to and the hold keeps: the plan's, or what is comfortable.
    """

    plan: SessionPlan
    phase: Phase = Phase.READY
    t_s: float = 0.0
    entered_at_s: float = 0.0
    commanded_ma: float = 0.0
    voltage_limit_v: float = math.inf
    aim_ma: float
    adjusted_at_s: float = 0.0
    weak_contacts_count: int = 0
    anode: Side = Side.LEFT
    half_count: int = 1
    held_s: float = 0.0
    reading: Read | None = None
    watch: Watch = Watch()
    pain_reported: bool = False
    fault: str | None = None
    notices: tuple[str, ...] = ()
    shown_count: int = 0
    delivered: Delivered = Delivered()
    max_current_ma: float = 0.0
    max_slope_ma_per_s: float = 0.0

    @property
    def has_ended(self) -> bool:
        return self.phase in ENDED

    @property
    def anode_of_half(self) -> Side:
        """The anode of this half, by the plan."""
        return self.plan.first_anode if self.half_count == 1 else self.plan.first_anode.other

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
    provenance: Provenance = "measured"
    notices: tuple[str, ...] = ()


def begin(plan: SessionPlan) -> Session:
    """A session that has not started."""
    return Session(plan=plan, anode=plan.first_anode, aim_ma=plan.current_ma)


def accepts(session: Session, event: Event) -> bool:
    """Whether this can happen in this phase. A reading always can; so can a stop, and after the end anything."""
    return session.has_ended or isinstance(event, Read | Shown) or _MEANS[type(event)] in TABLE[session.phase]


def advance(session: Session, event: Event, *, guards: Guards = GUARDS) -> tuple[Session, tuple[Command, ...]]:
    """The session after the event, and what the device is to do. `guards` is for rehearsals of what a guard is worth.

    Raises
    ------
    NotNow
        When the event cannot happen in this phase (a second start). A stop is accepted in every phase.
    """
    if session.has_ended:
        return _after_the_end(session, event)
    if isinstance(event, Shown):
        return replace(session, shown_count=session.shown_count + 1), ()
    watch, fault = watched(session, event, guards)
    if isinstance(event, Read) and fault != "clock_jump":
        session = _counted(session, event, watch)
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
        provenance=provenance_of(session),
        notices=session.notices,
    )


def provenance_of(session: Session) -> Provenance:
    """By whom the delivered charge is known. Without a device that measures or a person who read, it is assumed."""
    if session.plan.is_measured:
        return "measured"
    return "displayed" if session.shown_count else "assumed"


def _after_the_end(session: Session, event: Event) -> tuple[Session, tuple[Command, ...]]:
    """Nothing moves any more; current that still flows is cut again, and counted."""
    if not isinstance(event, Read) or not session.t_s < event.t_s < math.inf:
        return session, ()
    session = _counted(session, event, session.watch)
    return session, ((CutOff(),) if not event.current_ma <= RESIDUAL_MA else ())


def _counted(session: Session, event: Read, watch: Watch) -> Session:
    """Time and charge moved on to the event; between two readings the larger current is taken to have flowed.

    A pulsed current flows for a part of the time only; its density is that within a pulse.
    """
    flowing_ma = max(_flowing_ma(session.reading), _flowing_ma(event))
    since_s = event.t_s - session.t_s
    charge_ma_min = flowing_ma * session.plan.duty_fraction * since_s / 60
    done, plan = session.delivered, session.plan
    on_left = event.anode is Side.LEFT
    notices = session.notices
    if watch.limited_s >= NOT_REACHED_S and NOT_REACHED not in notices:
        notices = (*notices, NOT_REACHED)
    charge_total_ma_min = done.charge_ma_min + charge_ma_min
    return altered(
        session,
        t_s=event.t_s,
        held_s=session.held_s + (since_s if session.phase is Phase.HOLDING else 0.0),
        reading=event,
        watch=watch,
        notices=notices,
        max_current_ma=max(session.max_current_ma, flowing_ma),
        delivered=Delivered(
            charge_ma_min=charge_total_ma_min,
            left_anode_ma_min=done.left_anode_ma_min + (charge_ma_min if on_left else 0.0),
            right_anode_ma_min=done.right_anode_ma_min + (0.0 if on_left else charge_ma_min),
            density_peak_ma_per_cm2=max(done.density_peak_ma_per_cm2, flowing_ma / plan.contact_area_cm2),
            effective_min=charge_total_ma_min / plan.current_ma,
        ),
    )


def _flowing_ma(reading: Read | None) -> float:
    """What a reading says that flows; nothing, where it says what cannot be."""
    return reading.current_ma if reading is not None and 0 <= reading.current_ma < math.inf else 0.0


def _happening(session: Session, event: Event) -> Happening | None:
    """What this event means in this phase, or None when time just passes."""
    return _reached(session, event) if isinstance(event, Read) else _MEANS[type(event)]


def _reached(session: Session, reading: Read) -> Happening | None:
    """Whether the reading ends the phase."""
    in_phase_s = reading.t_s - session.entered_at_s
    at_rest = session.commanded_ma == 0 and reading.current_ma <= RESIDUAL_MA
    settled = at_rest and in_phase_s >= TURN_REST_S and reading.anode is session.anode
    match session.phase:
        case Phase.SELF_TESTING if settled:
            return Happening.SELF_TESTED
        case Phase.CHECKING_CONTACT if session.watch.contact_steady_s >= CONTACT_STEADY_S:
            return Happening.CONTACT_FOUND
        case Phase.RAMPING_UP | Phase.HOLDING:
            return _reached_under_way(session, in_phase_s)
        case Phase.RAMPING_DOWN if at_rest and session.plan.reverses and session.half_count == 1:
            return Happening.ZERO_AT_HALF
        case Phase.TURNING if settled:
            return Happening.TURNED
        case Phase.PAUSED if in_phase_s >= PAUSE_PATIENCE_S:
            return Happening.PAUSE_SPENT
        case Phase.RAMPING_DOWN | Phase.PAUSING | Phase.ENDING_EARLY | Phase.STOPPING if at_rest:
            return Happening.ZERO_REACHED
    return None


def _reached_under_way(session: Session, in_phase_s: float) -> Happening | None:
    """Whether the ramp, the half or the hold is over, or a limb has left the water."""
    plan = session.plan
    is_held = session.phase is Phase.HOLDING
    # By its time, or by all the charge that the cap allows in it.
    if is_held and (session.remaining_s <= 0 or session.delivered.charge_ma_min >= most_charge_ma_min(plan)):
        return Happening.HOLD_SPENT
    if session.watch.weak_s >= WEAK_CONTACT_S:
        return Happening.CONTACT_WEAKENED
    if is_held:
        half_spent = plan.reverses and session.half_count == 1 and session.held_s >= plan.duration_min * 30
        return Happening.HALF_SPENT if half_spent else None
    # Skin or water may not let the set current flow; after twice the ramp's time, what flows is held.
    patience_s = 2 * session.aim_ma / plan.ramp_ma_per_s
    return Happening.TARGET_REACHED if session.commanded_ma >= session.aim_ma or in_phase_s > patience_s else None


def most_charge_ma_min(plan: SessionPlan) -> float:
    """The most charge that a session may deliver, whatever is paused, resumed and adjusted [mA·min]."""
    return plan.cap_current_ma * (plan.duration_min + RAMPS_MIN)


def _moved(session: Session, happening: Happening) -> tuple[Session, tuple[Command, ...]]:
    """Into the next phase by the table, with what is to be done on entering it."""
    try:
        phase = TABLE[session.phase][happening]
    except KeyError:
        raise NotNow(session.phase, happening) from None
    if phase is session.phase:
        return _adjusted(session, happening), ()
    moved = replace(session, phase=phase, entered_at_s=session.t_s, watch=session.watch.entering(phase, session.phase))
    if happening is Happening.PAIN_REPORTED:
        moved = replace(moved, pain_reported=True)
    if happening is Happening.CONTACT_WEAKENED:
        moved = replace(moved, weak_contacts_count=moved.weak_contacts_count + 1)
    match phase:
        case Phase.SELF_TESTING:
            # To the other side and back: a relay that sticks is found before anything flows. Nobody is asked for that.
            first = moved.plan.first_anode
            moved = replace(moved, anode=first.other if moved.plan.is_measured else first)
            return moved, (TurnAnode(anode=moved.anode),)
        case Phase.CHECKING_CONTACT | Phase.TURNING:
            # The relay is asked to turn only from rest.
            if happening is Happening.ZERO_AT_HALF:
                moved = replace(moved, half_count=2)
            moved = replace(moved, anode=moved.anode_of_half)
            return moved, (TurnAnode(anode=moved.anode),)
        case Phase.COMPLETED | Phase.STOPPED | Phase.FAULTED:
            return replace(moved, commanded_ma=0.0), (CutOff(),)
        case _:
            return moved, ()


def _adjusted(session: Session, happening: Happening) -> Session:
    """A new aim: less at once, counted from what flows; more after a rest, and never above the cap."""
    if happening is Happening.LESS_ASKED:
        less_ma = min(session.aim_ma, max(session.commanded_ma, LEAST_MA)) - LESS_STEP_MA
        watch = replace(session.watch, settled_kohm=None, held_kohm=None)
        return replace(session, aim_ma=max(less_ma, LEAST_MA), adjusted_at_s=session.t_s, watch=watch)
    if session.t_s - session.adjusted_at_s < MORE_REST_S:
        return session
    more_ma = min(session.aim_ma + MORE_STEP_MA, session.plan.cap_current_ma)
    return replace(session, aim_ma=max(session.aim_ma, more_ma), adjusted_at_s=session.t_s)


def _driven(session: Session) -> tuple[Session, tuple[Command, ...]]:
    """The command of this moment: along the ramp, up to the target, or down to zero."""
    assert session.reading is not None
    since_s = session.watch.since_s
    if since_s <= 0:
        return session, ()
    plan, now_ma = session.plan, session.commanded_ma
    flows_ma = max(0.0, session.reading.current_ma)
    if session.phase in {Phase.STOPPING, Phase.PAUSING} and now_ma - flows_ma > LEAD_MA / 2:
        # What was set and does not flow, for a limb is on its way out, need not be ramped down.
        now_ma = flows_ma
    match session.phase:
        case Phase.CHECKING_CONTACT:
            next_ma = min(now_ma + plan.ramp_ma_per_s * since_s, CONTACT_CURRENT_MA)
        case Phase.RAMPING_UP | Phase.HOLDING:
            ahead_ma = session.reading.current_ma + LEAD_MA
            next_ma = min(now_ma + plan.ramp_ma_per_s * since_s, ahead_ma, session.aim_ma, plan.cap_current_ma)
            # A limb that comes out of the water lets less flow; the command follows it down, for when it goes back in.
            next_ma = max(next_ma, now_ma - RAMP_CEILING_MA_PER_S * since_s)
        case Phase.RAMPING_DOWN | Phase.ENDING_EARLY:
            next_ma = max(0.0, now_ma - plan.ramp_ma_per_s * since_s)
        case Phase.STOPPING | Phase.PAUSING:
            next_ma = max(0.0, now_ma - RAMP_CEILING_MA_PER_S * since_s)
        case _:
            next_ma = now_ma
    # Whole microamperes, cut off below: what is sent is what was decided.
    next_ma = math.floor(next_ma * 1000 + 1e-6) / 1000
    limit_v = _limit_v(session, next_ma)
    if next_ma == session.commanded_ma and abs(limit_v - session.voltage_limit_v) < LIMIT_STEP_V:
        return session, ()
    slope_ma_per_s = abs(next_ma - now_ma) / since_s
    session = altered(
        session,
        commanded_ma=next_ma,
        voltage_limit_v=limit_v,
        max_slope_ma_per_s=max(session.max_slope_ma_per_s, slope_ma_per_s),
    )
    return session, (SetCurrent(current_ma=next_ma, voltage_limit_v=limit_v),)


def _limit_v(session: Session, next_ma: float) -> float:
    """The voltage that this current may need: a little more than through the skin that was in the water so far.

    Where less skin is in the water the current then falls with it, and its density stays.
    """
    settled_kohm, most_v = session.watch.settled_kohm, session.plan.voltage_limit_v
    if settled_kohm is None:
        return most_v
    return min(most_v, round(WEAK_CONTACT_RATIO * settled_kohm * next_ma + WEAK_CONTACT_MARGIN_V, 1))
