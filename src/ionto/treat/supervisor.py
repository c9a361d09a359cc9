"""The supervisor: a second look at every command and every reading, by itself.

It shares nothing with the session, its guards or its table, not even a number: if they are wrong, it must not be. It
knows no phases. It asks of what goes to the device and comes back from it: how much, how fast, how dense, how much in
all, for how long, and whether the poles turn at rest. It can let a command through, lower it, or cut; what it has cut
stays cut.

Times are seconds, currents mA, voltages V, resistances kΩ, areas cm², charges mA·min.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

SLOPE_MA_PER_S = 1.0
# A host is late at times; what it may rise by adds up for this long, no longer.
LATE_S = 0.5
TRIP_MA = 35.0
TRIP_V = 62.0
OVER_MA, OVER_FRACTION = 1.0, 0.1
# At zero this much is left of noise and leakage; more than this for this long is an output that stays on.
REST_MA, REST_S = 0.4, 1.0
# An excess that lasts this long is one.
EXCESS_S = 0.15
# A source obeys a command within this time, or it does not obey.
OBEYS_S = 1.0
SILENCE_S = 1.5
DENSITY_MA_PER_CM2 = 0.5
# The area in the water is judged from how the resistance rises, as if all of the rise were in one skin that makes up
# this part of the loop; a skin's own slow rise is followed, a second.
SKIN_SHARE = 0.35
FORGETS_PER_S = 0.01
JUDGES_FROM_MA = 1.0

Reason = Literal[
    "charge",
    "command",
    "density",
    "excess",
    "reading",
    "silence",
    "stays_on",
    "time",
    "trip",
    "turned_under_current",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What no session under this supervisor may pass; each a positive number.

    `excess_ma` is how far what flows may lie above what was set: little, unless a person turns the dial.
    """

    current_ma: float
    area_cm2: float
    charge_ma_min: float
    energised_s: float
    excess_ma: float = OVER_MA

    def __post_init__(self) -> None:
        for name in ("current_ma", "area_cm2", "charge_ma_min", "energised_s", "excess_ma"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a positive number, not {value}")


@dataclass(frozen=True, kw_only=True)
class Supervision:
    """What the supervisor remembers. `cut` says why, once it has cut; `rise_ma` is what a command may rise by now."""

    cut: Reason | None = None
    commanded_ma: float = 0.0
    commanded_at_s: float = 0.0
    lowered_at_s: float = 0.0
    rise_ma: float = SLOPE_MA_PER_S * LATE_S
    ceiling_ma: float = 0.0
    measured_ma: float = 0.0
    seen_at_s: float | None = None
    anode: str | None = None
    excess_s: float = 0.0
    unrested_s: float = 0.0
    charge_ma_min: float = 0.0
    energised_s: float = 0.0
    least_kohm: float | None = None


def current_asked(now: Supervision, bounds: Bounds, t_s: float, asked_ma: float) -> tuple[Supervision, float]:
    """What may be set when this current is asked for: that, less, or nothing when it has cut [mA]."""
    if now.cut is not None:
        return now, 0.0
    if not (math.isfinite(asked_ma) and math.isfinite(t_s)) or asked_ma < 0:
        return _cut(now, "command"), 0.0
    if _is_silent(now, t_s):
        return _cut(now, "silence"), 0.0
    since_s = max(t_s - now.commanded_at_s, 0.0)
    rise_ma = min(now.rise_ma + SLOPE_MA_PER_S * since_s, SLOPE_MA_PER_S * LATE_S)
    allowed_ma = min(asked_ma, bounds.current_ma, now.commanded_ma + rise_ma)
    falls = allowed_ma < now.commanded_ma
    # What was set before may still flow for a moment after it was lowered.
    ceiling_ma = max(now.ceiling_ma, now.commanded_ma) if falls else max(allowed_ma, now.ceiling_ma)
    if not falls and t_s - now.lowered_at_s > OBEYS_S:
        ceiling_ma = allowed_ma
    return (
        _with(
            now,
            commanded_ma=allowed_ma,
            commanded_at_s=t_s,
            rise_ma=rise_ma - max(0.0, allowed_ma - now.commanded_ma),
            lowered_at_s=t_s if falls else now.lowered_at_s,
            ceiling_ma=ceiling_ma,
        ),
        allowed_ma,
    )


def turn_asked(now: Supervision, t_s: float, anode: str) -> tuple[Supervision, bool]:
    """Whether the poles may turn: only at rest. To ask for it under current cuts."""
    if now.cut is not None:
        return now, False
    if _is_silent(now, t_s):
        return _cut(now, "silence"), False
    turns = anode != now.anode
    if turns and (now.commanded_ma > 0 or now.measured_ma > REST_MA):
        return _cut(now, "turned_under_current"), False
    return now, True


def seen(now: Supervision, bounds: Bounds, t_s: float, current_ma: float, voltage_v: float, anode: str) -> Supervision:
    """After a reading. `cut` is set when the circuit must be opened."""
    if now.cut is not None:
        return now
    if not all(map(math.isfinite, (t_s, current_ma, voltage_v))):
        return _cut(now, "reading")
    since_s = 0.0 if now.seen_at_s is None else t_s - now.seen_at_s
    if since_s < 0 or (since_s > SILENCE_S and now.commanded_ma > 0):
        return _cut(now, "silence")
    flowing_ma = max(abs(current_ma), now.measured_ma)
    measured_ma = abs(current_ma)
    settled = t_s - now.lowered_at_s > OBEYS_S
    ceiling_ma = now.commanded_ma if settled else max(now.ceiling_ma, now.commanded_ma)
    most_ma = min(ceiling_ma + bounds.excess_ma, bounds.current_ma + OVER_MA) + OVER_FRACTION * ceiling_ma
    over = measured_ma > most_ma
    unrested = now.commanded_ma == 0 and settled and measured_ma > REST_MA
    energised = now.commanded_ma > 0 or measured_ma > REST_MA
    least_kohm, wetted_fraction = _wetted(now, since_s, measured_ma, abs(voltage_v))
    after = _with(
        now,
        measured_ma=measured_ma,
        seen_at_s=t_s,
        ceiling_ma=ceiling_ma,
        excess_s=now.excess_s + since_s if over else 0.0,
        unrested_s=now.unrested_s + since_s if unrested else 0.0,
        charge_ma_min=now.charge_ma_min + flowing_ma * since_s / 60,
        energised_s=now.energised_s + (since_s if energised else 0.0),
        least_kohm=least_kohm,
        anode=anode,
    )
    turned = now.anode is not None and anode != now.anode and flowing_ma > REST_MA
    broken: tuple[tuple[Reason, bool], ...] = (
        ("trip", measured_ma >= TRIP_MA or abs(voltage_v) > TRIP_V),
        ("turned_under_current", turned),
        ("excess", after.excess_s >= EXCESS_S),
        ("stays_on", after.unrested_s >= REST_S),
        ("density", measured_ma > DENSITY_MA_PER_CM2 * bounds.area_cm2 * wetted_fraction),
        ("charge", after.charge_ma_min > bounds.charge_ma_min),
        ("time", after.energised_s > bounds.energised_s),
    )
    reason = next((name for name, is_so in broken if is_so), None)
    return after if reason is None else _cut(after, reason)


def _wetted(now: Supervision, since_s: float, measured_ma: float, voltage_v: float) -> tuple[float | None, float]:
    """The least resistance lately [kΩ], and what part of the area that stands in the water then is in it now."""
    if measured_ma < JUDGES_FROM_MA:
        # Where nearly nothing flows, the voltage says nothing of the area.
        return now.least_kohm if now.commanded_ma > 0 else None, 1.0
    kohm = voltage_v / measured_ma
    least_kohm = kohm if now.least_kohm is None else min(kohm, now.least_kohm * (1 + FORGETS_PER_S * since_s))
    rise = kohm / least_kohm - 1 if least_kohm > 0 else 0.0
    return least_kohm, min(1.0, SKIN_SHARE / (rise + SKIN_SHARE))


def _is_silent(now: Supervision, t_s: float) -> bool:
    """Whether it is too long since the device was heard, while current was set."""
    return now.commanded_ma > 0 and now.seen_at_s is not None and t_s - now.seen_at_s > SILENCE_S


def _cut(now: Supervision, reason: Reason) -> Supervision:
    return _with(now, cut=reason, commanded_ma=0.0)


def _with(now: Supervision, **changes: Any) -> Supervision:
    """What is remembered, with these changes; written out, for this is done ten times a second."""
    after = object.__new__(Supervision)
    after.__dict__.update(now.__dict__)
    after.__dict__.update(changes)
    return after
