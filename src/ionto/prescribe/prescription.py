"""What is prescribed: a protocol made personal, every cap with who lowered it and why, and the sessions' days."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

from ionto.prescribe.protocol import PulseRange
from ionto.words.limits import (
    DURATION_CEILING_MIN,
    RAMP_CEILING_MA_PER_S,
    RAMP_FLOOR_MA_PER_S,
    SESSIONS_CEILING_PER_WEEK,
    CapReason,
    check_ceilings,
)
from ionto.words.reading import document
from ionto.words.terms import BodyPart, PolarityHabit, Side, Site, Waveform


@document
class Claim:
    """Something a person may expect, and where it is from."""

    claim: str
    sources: tuple[str, ...]


@document
class Prescription:
    """One site's treatment. Currents never stand above `cap_current_ma`, nor that above any of its reasons, nor above
    the ceilings of site and density. Of pulsed current they are those within a pulse.

    `also_site` is treated by the same current, as with one hand and one foot. `worse_side` sweats more and gets the
    anode. `notes` say what the person should know of the device.
    """

    site: Site
    protocol: str
    waveform: Waveform
    start_current_ma: Annotated[float, Gt(0)]
    step_current_ma: Annotated[float, Ge(0)]
    target_current_ma: Annotated[float, Gt(0)]
    cap_current_ma: Annotated[float, Gt(0)]
    cap_reasons: Annotated[tuple[CapReason, ...], MinLen(1)]
    duration_min: Annotated[float, Gt(0), Le(DURATION_CEILING_MIN)]
    polarity: PolarityHabit
    ramp_ma_per_s: Annotated[float, Ge(RAMP_FLOOR_MA_PER_S), Le(RAMP_CEILING_MA_PER_S)]
    sessions_per_week: Annotated[int, Ge(1), Le(SESSIONS_CEILING_PER_WEEK)]
    review_after_sessions: Annotated[int, Ge(1)]
    longest_interval_days: Annotated[int, Ge(1), Le(90)]
    contact_area_cm2: Annotated[float, Gt(0)]
    device: str
    voltage_limit_v: Annotated[float, Gt(0), Le(60)]
    cleared_by: str | None = None
    also_site: Site | None = None
    pulse: PulseRange | None = None
    worse_side: Side | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_for_child(self) -> bool:
        """Whether a child's limit was applied."""
        return any(reason.limit == "child" for reason in self.cap_reasons)

    def __post_init__(self) -> None:
        check_ceilings(self.site, self.cap_current_ma, self.contact_area_cm2)
        if self.waveform is Waveform.PULSED and self.pulse is None:
            raise ValueError("waveform is pulsed, and pulse does not say how")
        lowest = min(self.cap_reasons, key=lambda reason: reason.value_ma)
        if self.cap_current_ma > lowest.value_ma:
            raise ValueError(
                f"cap_current_ma is {self.cap_current_ma:g}, above the limit `{lowest.limit}` of {lowest.value_ma:g} mA"
            )
        if not self.start_current_ma <= self.target_current_ma <= self.cap_current_ma:
            raise ValueError("the start current must not pass the target, nor the target the cap")


@document
class PlannedSession:
    """One session on the calendar. Without leads named, the left and the right limb of the site lie on them."""

    on: date
    phase: Literal["induction", "maintenance"]
    first_anode: Side
    current_ma: Annotated[float, Gt(0)]
    left_lead: BodyPart | None = None
    right_lead: BodyPart | None = None

    def __post_init__(self) -> None:
        if (self.left_lead is None) is not (self.right_lead is None):
            raise ValueError("left_lead and right_lead are named together or not at all")


@document
class Plan:
    """A prescription with its days, what to expect, and why it is so. This is the document that `treat` runs."""

    prescription: Prescription
    sessions: tuple[PlannedSession, ...]
    expect: tuple[Claim, ...]
    why: tuple[str, ...]
