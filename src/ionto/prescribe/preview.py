"""What a session will look like before any device exists: current over time, checked against its limits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ionto.prescribe.prescription import PlannedSession, Prescription
from ionto.words.limits import CURRENT_CEILING_MA, RAMP_CEILING_MA_PER_S, check_ceilings
from ionto.words.terms import PolarityHabit, Side

# How long the poles rest at zero before they turn, so that the turn can be seen.
REST_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPoint:
    """A corner of the curve; between two corners the current runs straight. `anode` is the side of the plus pole."""

    t_s: float
    current_ma: float
    anode: Side

    @property
    def signed_ma(self) -> float:
        """The current, positive with the anode on the right and negative with it on the left."""
        return self.current_ma if self.anode is Side.RIGHT else -self.current_ma


def preview(prescription: Prescription, planned: PlannedSession) -> tuple[PreviewPoint, ...]:
    """The corners of one session: up, hold, down; and again with the poles changed, when they change at half time.

    The hold is the prescription's minutes, as the treatment session counts them. The contact check before, and what
    skin or water may not let flow, are left out. Of pulsed current this is the current within a pulse.

    Raises
    ------
    ValueError
        When the curve would pass a limit, with one sentence.
    """
    current_ma = min(planned.current_ma, prescription.target_current_ma, prescription.cap_current_ma)
    reverses = prescription.polarity is PolarityHabit.REVERSE_AT_HALF_TIME
    anodes = (planned.first_anode, planned.first_anode.other) if reverses else (planned.first_anode,)
    ramp_s, hold_s = current_ma / prescription.ramp_ma_per_s, prescription.duration_min * 60 / len(anodes)
    points, begins_s = [], 0.0
    for anode in anodes:
        corners = ((0.0, 0.0), (ramp_s, current_ma), (ramp_s + hold_s, current_ma), (2 * ramp_s + hold_s, 0.0))
        points += [PreviewPoint(t_s=begins_s + at_s, current_ma=ma, anode=anode) for at_s, ma in corners]
        begins_s = points[-1].t_s + REST_S
    _check(points, prescription)
    return tuple(points)


def _check(points: list[PreviewPoint], made: Prescription) -> None:
    """Refuse a curve that passes the cap, a ceiling or the steepest ramp, or that turns its poles under current."""
    check_ceilings(made.site, made.cap_current_ma, made.contact_area_cm2)
    highest_ma = max(point.current_ma for point in points)
    most_ma = min(made.cap_current_ma, *(CURRENT_CEILING_MA[site] for site in (made.site, made.also_site) if site))
    if highest_ma > most_ma:
        raise ValueError(f"the session would reach {highest_ma:g} mA, above {most_ma:g} mA")
    for before, after in pairwise(points):
        slope_ma_per_s = abs(after.current_ma - before.current_ma) / (after.t_s - before.t_s)
        if slope_ma_per_s > RAMP_CEILING_MA_PER_S * (1 + 1e-9):
            raise ValueError(f"the session would ramp by {slope_ma_per_s:g} mA/s, above {RAMP_CEILING_MA_PER_S:g}")
        if before.anode is not after.anode and (before.current_ma or after.current_ma):
            raise ValueError("the poles would turn while current flows")
