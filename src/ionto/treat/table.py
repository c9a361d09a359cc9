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
# The command runs no further ahead of the measured current than this, as fast as the ramp's ceiling lets it follow, so
# that a skin that opens, or a limb that goes back into the water, gets no jolt.
LEAD_MA = 1.0


class Phase(StrEnum):
    """Where the session is."""

    READY = "ready"
    CHECKING_CONTACT = "checking_contact"
    RAMPING_UP = "ramping_up"
    HOLDING = "holding"
    RAMPING_DOWN = "ramping_down"
    TURNING = "turning"
    STOPPING = "stopping"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAULTED = "faulted"


class Happening(StrEnum):
    """What moves a session from one phase to the next."""

    STARTED = "started"
    CONTACT_FOUND = "contact_found"
    TARGET_REACHED = "target_reached"
    HALF_SPENT = "half_spent"
    HOLD_SPENT = "hold_spent"
    ZERO_AT_HALF = "zero_at_half"
    ZERO_REACHED = "zero_reached"
    TURNED = "turned"
    STOP_PRESSED = "stop_pressed"
    PAIN_REPORTED = "pain_reported"
    FAULT_FOUND = "fault_found"


_ENDABLE = {
    Happening.STOP_PRESSED: Phase.STOPPING,
    Happening.PAIN_REPORTED: Phase.STOPPING,
    Happening.FAULT_FOUND: Phase.FAULTED,
}

TABLE = MappingProxyType(
    {
        Phase.READY: {
            Happening.STARTED: Phase.CHECKING_CONTACT,
            Happening.STOP_PRESSED: Phase.STOPPED,
            Happening.PAIN_REPORTED: Phase.STOPPED,
            Happening.FAULT_FOUND: Phase.FAULTED,
        },
        Phase.CHECKING_CONTACT: {Happening.CONTACT_FOUND: Phase.RAMPING_UP, **_ENDABLE},
        Phase.RAMPING_UP: {Happening.TARGET_REACHED: Phase.HOLDING, **_ENDABLE},
        Phase.HOLDING: {
            Happening.HALF_SPENT: Phase.RAMPING_DOWN,
            Happening.HOLD_SPENT: Phase.RAMPING_DOWN,
            **_ENDABLE,
        },
        Phase.RAMPING_DOWN: {
            Happening.ZERO_AT_HALF: Phase.TURNING,
            Happening.ZERO_REACHED: Phase.COMPLETED,
            **_ENDABLE,
        },
        Phase.TURNING: {Happening.TURNED: Phase.CHECKING_CONTACT, **_ENDABLE},
        Phase.STOPPING: {
            Happening.ZERO_REACHED: Phase.STOPPED,
            Happening.STOP_PRESSED: Phase.STOPPED,
            Happening.PAIN_REPORTED: Phase.STOPPED,
            Happening.FAULT_FOUND: Phase.FAULTED,
        },
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
