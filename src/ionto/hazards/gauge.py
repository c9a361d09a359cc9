"""The gauge: what really flowed through the person in one run, and which promise was broken."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ionto.hazards.table import Promise
from ionto.simulate.circuit import Flow
from ionto.treat.devices.simulated import SimulatedSource
from ionto.words.limits import DENSITY_CEILING_MA_PER_CM2
from ionto.words.terms import Side

# More than this above what was set is clearly an excess: the wider margin of both who watch for it.
EXCESS_MA, EXCESS_FRACTION = 1.0, 0.1
# At or below this nothing is felt and the circuit counts as at rest.
AT_REST_MA = 0.5
OVER_CAP_MA = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """One run, from the moment at which something went wrong, as it really was and not as it was read.

    `shock_ma` is the largest sudden step, a change of poles counted in full; `exposure_s` lasts until the current is
    0.5 mA or less for good, at most to the end of what was watched.
    """

    peak_ma: float = 0.0
    intact_ma_per_cm2: float = 0.0
    cut_ma_per_cm2: float = 0.0
    exposure_s: float = 0.0
    charge_ma_min: float = 0.0
    shock_ma: float = 0.0
    excess_lasted_s: float | None = None
    over_cap_s: float = 0.0
    dense_s: float = 0.0


NOTHING_FLOWED = Measures()


class Gauge:
    """The witness of a device: it is told of every moment from now on, and adds up."""

    __slots__ = (
        "cap_ma", "charge_ma_s", "cut_ma_per_cm2", "dense_s", "device", "excess_at_s", "flowing", "flows_until_s",
        "from_s", "intact_ma_per_cm2", "over_cap_s", "peak_ma", "shock_ma", "signed_ma", "t_s",
    )  # fmt: skip

    def __init__(self, device: SimulatedSource, t_s: float, *, from_s: float, cap_ma: float) -> None:
        self.device, self.from_s, self.cap_ma = device, from_s, cap_ma
        self.t_s, self.flowing, self.signed_ma = t_s, device.flowing, _signed_ma(device.flowing, device.anode)
        self.flows_until_s, self.excess_at_s = from_s, math.inf
        self.peak_ma = self.intact_ma_per_cm2 = self.cut_ma_per_cm2 = 0.0
        self.charge_ma_s = self.shock_ma = self.over_cap_s = self.dense_s = 0.0

    def __call__(self, t_s: float, flowing: Flow, anode: Side) -> None:
        if t_s > self.t_s:
            self._passed(t_s - self.t_s)
            self.t_s = t_s
        signed_ma = _signed_ma(flowing, anode)
        self.shock_ma = max(self.shock_ma, abs(signed_ma - self.signed_ma))
        self.flowing, self.signed_ma = flowing, signed_ma
        if flowing.current_ma > self.peak_ma:
            self.peak_ma = flowing.current_ma
        if flowing.current_ma > EXCESS_MA + (1 + EXCESS_FRACTION) * self.device.set_ma:
            self.excess_at_s = min(self.excess_at_s, t_s)
        if flowing.intact_ma_per_cm2 > self.intact_ma_per_cm2:
            self.intact_ma_per_cm2 = flowing.intact_ma_per_cm2
        if flowing.cut_ma_per_cm2 > self.cut_ma_per_cm2:
            self.cut_ma_per_cm2 = flowing.cut_ma_per_cm2

    def _passed(self, since_s: float) -> None:
        current_ma = self.flowing.current_ma
        self.charge_ma_s += current_ma * since_s
        if current_ma > AT_REST_MA:
            self.flows_until_s = self.t_s + since_s
        if current_ma > self.cap_ma + OVER_CAP_MA:
            self.over_cap_s += since_s
        if self.flowing.intact_ma_per_cm2 >= DENSITY_CEILING_MA_PER_CM2:
            self.dense_s += since_s

    @property
    def is_at_rest(self) -> bool:
        return self.flowing.current_ma <= AT_REST_MA

    def measures(self) -> Measures:
        """What was seen so far."""
        return Measures(
            peak_ma=self.peak_ma,
            intact_ma_per_cm2=self.intact_ma_per_cm2,
            cut_ma_per_cm2=self.cut_ma_per_cm2,
            exposure_s=round(max(0.0, self.flows_until_s - self.from_s), 4),
            charge_ma_min=self.charge_ma_s / 60,
            shock_ma=self.shock_ma,
            excess_lasted_s=None if math.isinf(self.excess_at_s) else round(self.flows_until_s - self.excess_at_s, 4),
            over_cap_s=round(self.over_cap_s, 4),
            dense_s=round(self.dense_s, 4),
        )


def broken(promise: Promise, seen: Measures, *, has_ended: bool) -> Iterator[str]:
    """Every promise that this run with its controls did not keep, in words."""
    must_end = not promise.from_excess or seen.excess_lasted_s is not None
    lasted_s = seen.exposure_s if not promise.from_excess else seen.excess_lasted_s or 0.0
    limits = (
        ("flowed for", lasted_s, promise.zero_within_s, "s"),
        ("above the cap for", seen.over_cap_s, None if "over_cap" in promise.not_promised else promise.over_cap_s, "s"),
        ("too dense for", seen.dense_s, None if "dense" in promise.not_promised else promise.dense_s, "s"),
        ("peaked at", seen.peak_ma, promise.most_ma, "mA"),
    )
    for what, value, most, unit in limits:
        if most is not None and not value <= most + 1e-6:
            yield f"{what} {value:g} {unit}, promised {most:g}"
    if promise.latched and must_end and not has_ended:
        yield "the session is not over"


def _signed_ma(flowing: Flow, anode: Side) -> float:
    return flowing.current_ma if anode is Side.LEFT else -flowing.current_ma
