"""What can happen to a session: readings, and what people press or say. Each carries the session's time `t_s`."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from ionto.prescribe.prescription import PlannedSession, Prescription
from ionto.treat.table import CONTACT_CURRENT_MA
from ionto.words.limits import (
    DURATION_CEILING_MIN,
    RAMP_CEILING_MA_PER_S,
    RAMP_FLOOR_MA_PER_S,
    TRIP_CURRENT_MA,
    VOLTAGE_CEILING_V,
    check_ceilings,
)
from ionto.words.reading import document
from ionto.words.terms import BodyPart, PolarityHabit, Side, Site, Waveform


@document
class SessionPlan:
    """All that one session needs to know. The leads say which limb is left and right where it is not both of the site.

    Currents are those within a pulse; `duty_fraction` is how much of the time that is, all of it for direct current.

    Refused are a current above the cap, or no greater than what the contact check uses, and a cap above the ceiling of
    the site or of density.
    """

    site: Site
    waveform: Waveform
    current_ma: Annotated[float, Gt(0)]
    cap_current_ma: Annotated[float, Gt(0)]
    ramp_ma_per_s: Annotated[float, Ge(RAMP_FLOOR_MA_PER_S), Le(RAMP_CEILING_MA_PER_S)]
    duration_min: Annotated[float, Gt(0), Le(DURATION_CEILING_MIN)]
    polarity: PolarityHabit
    first_anode: Side
    contact_area_cm2: Annotated[float, Gt(0)]
    voltage_limit_v: Annotated[float, Gt(0), Le(VOLTAGE_CEILING_V)]
    provenance: Literal["measured", "displayed"] = "measured"
    left_lead: BodyPart | None = None
    right_lead: BodyPart | None = None
    duty_fraction: Annotated[float, Gt(0), Le(1)] = 1.0

    def __post_init__(self) -> None:
        check_ceilings(self.site, self.cap_current_ma, self.contact_area_cm2)
        if self.waveform is Waveform.DC and self.duty_fraction != 1:
            raise ValueError(f"duty_fraction is {self.duty_fraction:g}, but direct current flows all of the time")
        if self.current_ma > self.cap_current_ma:
            raise ValueError(f"current_ma is {self.current_ma:g}, above cap_current_ma of {self.cap_current_ma:g} mA")
        if not self.current_ma > CONTACT_CURRENT_MA:
            raise ValueError(
                f"current_ma is {self.current_ma:g}, not above the {CONTACT_CURRENT_MA:g} mA of the contact check"
            )

    @property
    def is_measured(self) -> bool:
        """Whether the device says what flows; otherwise a person sets it and reads it off a display."""
        return self.provenance == "measured"

    @property
    def reverses(self) -> bool:
        return self.polarity is PolarityHabit.REVERSE_AT_HALF_TIME


def session_plan(prescription: Prescription, planned: PlannedSession) -> SessionPlan:
    """The session plan of one planned session; its current never passes the prescription's target."""
    return SessionPlan(
        site=prescription.site,
        waveform=prescription.waveform,
        current_ma=min(planned.current_ma, prescription.target_current_ma, prescription.cap_current_ma),
        cap_current_ma=prescription.cap_current_ma,
        ramp_ma_per_s=prescription.ramp_ma_per_s,
        duration_min=prescription.duration_min,
        polarity=prescription.polarity,
        first_anode=planned.first_anode,
        contact_area_cm2=prescription.contact_area_cm2,
        voltage_limit_v=prescription.voltage_limit_v,
        left_lead=planned.left_lead,
        right_lead=planned.right_lead,
        # No more is credited than surely flows.
        duty_fraction=prescription.pulse.least_duty_fraction if prescription.pulse else 1.0,
    )


@document
class Started:
    """The person has both limbs in the water and says go."""

    t_s: Annotated[float, Ge(0)]
    kind: Literal["started"] = "started"


@document
class StopPressed:
    """Someone wants it to end. A second press cuts at once."""

    t_s: float
    kind: Literal["stop_pressed"] = "stop_pressed"


@document
class PainReported:
    """It hurts. A session that hurts is ended, never finished."""

    t_s: float
    kind: Literal["pain_reported"] = "pain_reported"


@document
class PausePressed:
    """A break: down to zero, and on from zero when it is resumed."""

    t_s: float
    kind: Literal["pause_pressed"] = "pause_pressed"


@document
class ResumePressed:
    """Both limbs are in the water again, go on."""

    t_s: float
    kind: Literal["resume_pressed"] = "resume_pressed"


@document
class LessAsked:
    """It is too strong: a step down, at once."""

    t_s: float
    kind: Literal["less_asked"] = "less_asked"


@document
class MoreAsked:
    """It may be a little stronger: a small step up, slowly, never above the cap."""

    t_s: float
    kind: Literal["more_asked"] = "more_asked"


@document
class EndAsked:
    """Enough for today: down as gently as it came."""

    t_s: float
    kind: Literal["end_asked"] = "end_asked"


@document
class Supervised:
    """The supervisor has cut the circuit, and says why."""

    t_s: float
    reason: Annotated[str, MinLen(1), MaxLen(40)]
    kind: Literal["supervised"] = "supervised"


@document
class Shown:
    """Somebody has read this current off the device's display."""

    t_s: float
    current_ma: Annotated[float, Ge(0), Le(TRIP_CURRENT_MA)]
    kind: Literal["shown"] = "shown"


@document
class Read:
    """A reading came. `read_at_s` is when the device measured it; `anode` is the polarity it reads back."""

    t_s: float
    read_at_s: float
    current_ma: float
    voltage_v: float
    anode: Side
    kind: Literal["read"] = "read"


Press = StopPressed | PainReported | PausePressed | ResumePressed | LessAsked | MoreAsked | EndAsked
Said = Started | Press | Shown | Supervised
Event = Said | Read
