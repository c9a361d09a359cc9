"""The rules of motion of a session, all of them, as one table: phase and happening lead to the next phase.

A happening without an entry is refused (`NotNow`). The diagram in docs/reference/session.md is drawn from this table.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

# A sub-threshold current finds out whether the circuit is closed before any treatment current flows.
CONTACT_CURRENT_MA = 0.3
CONTACT_STEADY_S = 1.0
CONTACT_PATIENCE_S = 30.0
# Loop resistances that two limbs in water can have: 1 to 10 kΩ are the service test loads [MD1A], with a wide margin.
CONTACT_FLOOR_KOHM, CONTACT_CEILING_KOHM = 0.3, 60.0
# Below this the circuit counts as at rest.
RESIDUAL_MA = 0.35
RESIDUAL_PATIENCE_S = 2.0
# The polarity relay moves only after this long at rest.
TURN_REST_S = 1.0
# A pause that nobody ends becomes the end [IONTO].
PAUSE_PATIENCE_S = 600.0
# Where ionto leads and a person turns the dial, it waits this long for an answer [IONTO].
ANSWER_PATIENCE_S = 600.0
# A resistance that rises by this much while the current does not fall means that less skin is in the water: the same
# current through less skin is denser. The device is told a voltage limit of the same ratio, so that the current falls
# with the area.
WEAK_CONTACT_RATIO = 1.35
WEAK_CONTACT_MARGIN_V = 2.0
WEAK_CONTACT_S = 0.2
# A resistance follows its settled value down this fast and up that fast, a second; what is faster is a jump.
SETTLES_DOWN_PER_S, SETTLES_UP_PER_S = 0.5, 0.01
# However late a reading comes, it moves the settled value down by no more than this, so that a second one can confirm.
SETTLES_DOWN_MOST_FRACTION = 0.1
# As often as this a limb may leave the water and go back; then the session is over.
WEAK_CONTACTS_COUNT = 3
# The command runs no further ahead of the measured current than this, as fast as the ramp's ceiling lets it follow, so
# that a skin that opens, or a limb that goes back into the water, gets no jolt.
LEAD_MA = 1.0
# Comfort: a press for less takes effect at once, one for more only after a rest, in small steps [IONTO].
LESS_STEP_MA, LEAST_MA = 1.0, 1.0
MORE_STEP_MA, MORE_REST_S = 0.5, 10.0
# What is set does not flow: the voltage limit, the water or the skin lets less through for this long.
NOT_REACHED_S, NOT_REACHED_FRACTION = 10.0, 0.9


class Phase(StrEnum):
    """Where the session is."""

    READY = "ready"
    SELF_TESTING = "self_testing"
    CHECKING_CONTACT = "checking_contact"
    RAMPING_UP = "ramping_up"
    HOLDING = "holding"
    RAMPING_DOWN = "ramping_down"
    TURNING = "turning"
    PAUSING = "pausing"
    PAUSED = "paused"
    ENDING_EARLY = "ending_early"
    STOPPING = "stopping"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAULTED = "faulted"


class Happening(StrEnum):
    """What moves a session from one phase to the next."""

    STARTED = "started"
    SELF_TESTED = "self_tested"
    CONTACT_FOUND = "contact_found"
    TARGET_REACHED = "target_reached"
    HALF_SPENT = "half_spent"
    HOLD_SPENT = "hold_spent"
    ZERO_AT_HALF = "zero_at_half"
    ZERO_REACHED = "zero_reached"
    TURNED = "turned"
    LESS_ASKED = "less_asked"
    MORE_ASKED = "more_asked"
    CONTACT_WEAKENED = "contact_weakened"
    PAUSE_PRESSED = "pause_pressed"
    RESUME_PRESSED = "resume_pressed"
    PAUSE_SPENT = "pause_spent"
    END_ASKED = "end_asked"
    STOP_PRESSED = "stop_pressed"
    PAIN_REPORTED = "pain_reported"
    FAULT_FOUND = "fault_found"


# While current may flow: a stop and a pain ramp down, a fault cuts.
_LIVE = {
    Happening.STOP_PRESSED: Phase.STOPPING,
    Happening.PAIN_REPORTED: Phase.STOPPING,
    Happening.FAULT_FOUND: Phase.FAULTED,
}
# Where there is nothing to ramp down, or a second press says that it cannot wait, they cut.
_AT_ONCE = {
    Happening.STOP_PRESSED: Phase.STOPPED,
    Happening.PAIN_REPORTED: Phase.STOPPED,
    Happening.FAULT_FOUND: Phase.FAULTED,
}
_PAUSABLE = {Happening.PAUSE_PRESSED: Phase.PAUSING, Happening.END_ASKED: Phase.ENDING_EARLY, **_LIVE}

TABLE = MappingProxyType(
    {
        Phase.READY: {Happening.STARTED: Phase.SELF_TESTING, **_AT_ONCE},
        Phase.SELF_TESTING: {Happening.SELF_TESTED: Phase.TURNING, **_PAUSABLE},
        Phase.CHECKING_CONTACT: {Happening.CONTACT_FOUND: Phase.RAMPING_UP, **_PAUSABLE},
        Phase.RAMPING_UP: {
            Happening.TARGET_REACHED: Phase.HOLDING,
            Happening.LESS_ASKED: Phase.RAMPING_UP,
            Happening.CONTACT_WEAKENED: Phase.PAUSING,
            **_PAUSABLE,
        },
        Phase.HOLDING: {
            Happening.HALF_SPENT: Phase.RAMPING_DOWN,
            Happening.HOLD_SPENT: Phase.RAMPING_DOWN,
            Happening.LESS_ASKED: Phase.HOLDING,
            Happening.MORE_ASKED: Phase.HOLDING,
            Happening.CONTACT_WEAKENED: Phase.PAUSING,
            **_PAUSABLE,
        },
        Phase.RAMPING_DOWN: {
            Happening.ZERO_AT_HALF: Phase.TURNING,
            Happening.ZERO_REACHED: Phase.COMPLETED,
            Happening.END_ASKED: Phase.ENDING_EARLY,
            **_LIVE,
        },
        Phase.TURNING: {Happening.TURNED: Phase.CHECKING_CONTACT, **_PAUSABLE},
        Phase.PAUSING: {Happening.ZERO_REACHED: Phase.PAUSED, Happening.END_ASKED: Phase.ENDING_EARLY, **_LIVE},
        Phase.PAUSED: {
            Happening.RESUME_PRESSED: Phase.CHECKING_CONTACT,
            Happening.PAUSE_SPENT: Phase.STOPPED,
            Happening.END_ASKED: Phase.STOPPED,
            **_AT_ONCE,
        },
        Phase.ENDING_EARLY: {Happening.ZERO_REACHED: Phase.STOPPED, **_LIVE},
        Phase.STOPPING: {Happening.ZERO_REACHED: Phase.STOPPED, **_AT_ONCE},
        Phase.COMPLETED: {},
        Phase.STOPPED: {},
        Phase.FAULTED: {},
    }
)

ENDED = frozenset(phase for phase, row in TABLE.items() if not row)


class NotNow(Exception):
    """This cannot happen in this phase."""

    def __init__(self, phase: Phase, happening: Happening) -> None:
        super().__init__(f"{happening.value} cannot happen while {phase.value.replace('_', ' ')}")
