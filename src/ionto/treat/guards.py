"""The guards of a session: what each reading is checked for, before anything else is done with it.

A guard names a fault or stays silent; the session cuts and latches. Limits on the difference between commanded and
measured current allow for a device's own accuracy, and ask for two readings in a row unless the trip level is passed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ionto.treat.table import (
    CONTACT_CEILING_KOHM,
    CONTACT_CURRENT_MA,
    CONTACT_FLOOR_KOHM,
    CONTACT_PATIENCE_S,
    RESIDUAL_MA,
    RESIDUAL_PATIENCE_S,
    TURN_REST_S,
    Phase,
)
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
FROZEN_S = 3.0
OVER_MARGIN_MA, OVER_MARGIN_FRACTION = 0.5, 0.05
OVER_CAP_MARGIN_MA = 1.0
VOLTAGE_MARGIN_V = 2.0
# Excess that took this long to build up is a source running away; at once it is over-current.
CREEP_S, CREEP_MA = 0.5, 0.2
SHORT_KOHM = 0.2
# Above this the circuit is open; the widest a limb in water can be is far below.
OPEN_KOHM = 100.0
CONFIRMED_COUNT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What the guards remember between readings."""

    since_s: float = 0.0
    suspicion: str | None = None
    suspicion_count: int = 0
    excess_since_s: float | None = None
    unchanged_s: float = 0.0
    contact_steady_s: float = 0.0

    def in_new_phase(self) -> Watch:
        return replace(self, contact_steady_s=0.0)


def watched(session: Session, event: Event) -> tuple[Session, str | None]:
    """The session with its watch moved on, and the fault found, if any."""
    since_s = event.t_s - session.t_s
    if not math.isfinite(event.t_s) or since_s < -CLOCK_GAP_S or since_s > CLOCK_GAP_S:
        return session, "clock_jump"
    if event.kind != "read":
        return session, None
    if since_s < 0:
        return session, "clock_jump"
    watch = replace(session.watch, since_s=since_s)
    at_once = _at_once(session, event)
    if at_once is not None:
        return replace(session, watch=watch), at_once
    watch = _remembered(watch, session, event)
    suspicion = _suspicion(session, watch, event)
    count = watch.suspicion_count + 1 if suspicion is not None and suspicion == watch.suspicion else 1
    watch = replace(watch, suspicion=suspicion, suspicion_count=count if suspicion else 0)
    confirmed = suspicion if watch.suspicion_count >= CONFIRMED_COUNT else None
    return replace(session, watch=watch), confirmed or _overdue(session, watch, event)


def _at_once(session: Session, reading: Read) -> str | None:
    """Faults that one reading proves."""
    if not all(map(math.isfinite, (reading.current_ma, reading.voltage_v, reading.read_at_s))):
        return "implausible_reading"
    if reading.current_ma < -CREEP_MA or reading.read_at_s > reading.t_s + STALE_S:
        return "implausible_reading"
    if reading.t_s - reading.read_at_s > STALE_S:
        return "link_lost"
    if reading.current_ma >= TRIP_CURRENT_MA:
        return "overcurrent"
    if reading.voltage_v > min(session.plan.voltage_limit_v + VOLTAGE_MARGIN_V, VOLTAGE_CEILING_V + VOLTAGE_MARGIN_V):
        return "overvoltage"
    return None


def _remembered(watch: Watch, session: Session, reading: Read) -> Watch:
    """How long the current has been in excess, the reading unchanged, and the contact plausible."""
    last = session.reading
    in_excess = reading.current_ma > session.commanded_ma + CREEP_MA
    unchanged = (
        last is not None
        and session.commanded_ma > CONTACT_CURRENT_MA
        and (last.current_ma, last.voltage_v) == (reading.current_ma, reading.voltage_v)
    )
    flowing = session.commanded_ma >= CONTACT_CURRENT_MA and reading.current_ma >= CONTACT_CURRENT_MA / 2
    steady = flowing and CONTACT_FLOOR_KOHM <= reading.voltage_v / reading.current_ma <= CONTACT_CEILING_KOHM
    started_at_s = watch.excess_since_s if watch.excess_since_s is not None else reading.t_s
    return replace(
        watch,
        excess_since_s=started_at_s if in_excess else None,
        unchanged_s=watch.unchanged_s + watch.since_s if unchanged else 0.0,
        contact_steady_s=watch.contact_steady_s + watch.since_s if steady else 0.0,
    )


def _suspicion(session: Session, watch: Watch, reading: Read) -> str | None:
    """Faults that want a second reading in a row."""
    commanded_ma = session.commanded_ma
    margin_ma = OVER_MARGIN_MA + OVER_MARGIN_FRACTION * commanded_ma
    if reading.current_ma > min(commanded_ma + margin_ma, session.plan.cap_current_ma + OVER_CAP_MARGIN_MA):
        assert watch.excess_since_s is not None
        if watch.unchanged_s >= CREEP_S:
            return "adc_frozen"
        crept = reading.t_s - watch.excess_since_s >= CREEP_S
        return "runaway_source" if crept else "overcurrent"
    if commanded_ma > 1.0:
        if reading.voltage_v > OPEN_KOHM * max(reading.current_ma, 0.0):
            return "contact_lost"
        if reading.voltage_v < SHORT_KOHM * reading.current_ma:
            return "short_circuit"
    return None


def _overdue(session: Session, watch: Watch, reading: Read) -> str | None:
    """Faults of something that should have happened by now."""
    in_phase_s = reading.t_s - session.entered_at_s
    if watch.unchanged_s >= FROZEN_S:
        return "adc_frozen"
    if session.phase is Phase.CHECKING_CONTACT and in_phase_s > CONTACT_PATIENCE_S:
        return "contact_lost"
    if session.phase is Phase.TURNING and in_phase_s > TURN_REST_S + RESIDUAL_PATIENCE_S:
        return "runaway_source" if reading.current_ma > RESIDUAL_MA else "stuck_polarity"
    if session.phase not in {Phase.READY, Phase.TURNING} and reading.anode is not session.anode:
        return "stuck_polarity"
    return None
