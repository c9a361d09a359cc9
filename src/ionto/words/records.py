"""The record: facts about one person, as they were answered, delivered, measured or felt. Never recomputed."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import Discriminator

from ionto.words.limits import (
    CURRENT_CEILING_MA,
    DURATION_CEILING_MIN,
    SESSIONS_CEILING_PER_WEEK,
)
from ionto.words.reading import Day, Moment, document
from ionto.words.terms import Answer, Cause, Effect, EffectSeverity, Outcome, Side, Site, Waveform, Wetness

# By whom a current is known: a device that says what flows, a person who reads a display or remembers, or nobody, so
# that it is taken as it was set.
Provenance = Literal["measured", "displayed", "recalled", "assumed"]


@document
class SessionFact:
    """A treatment session as it was delivered. `outcome` says how it ended; what was delivered counts either way."""

    kind: Literal["session"] = "session"
    site: Site
    at: Moment
    current_ma: Annotated[float, Ge(0), Le(35)]
    duration_min: Annotated[float, Ge(0), Le(120)]
    waveform: Waveform = Waveform.DC
    outcome: Outcome = Outcome.COMPLETED
    charge_ma_min: Annotated[float, Ge(0)] | None = None
    first_anode: Side | None = None
    left_anode_ma_min: Annotated[float, Ge(0)] | None = None
    right_anode_ma_min: Annotated[float, Ge(0)] | None = None
    provenance: Provenance = "measured"
    pain_reported: bool = False

    @property
    def delivered_ma_min(self) -> float:
        """Charge delivered; when it was not metered, current times time."""
        return self.current_ma * self.duration_min if self.charge_ma_min is None else self.charge_ma_min


@document
class HdssFact:
    """Hyperhidrosis Disease Severity Scale, 1 (never noticeable) to 4 (intolerable)."""

    kind: Literal["hdss"] = "hdss"
    site: Site
    at: Moment
    score: Annotated[int, Ge(1), Le(4)]


@document
class SweatRateFact:
    """Gravimetry: sweat of one side of the site, at rest."""

    kind: Literal["sweat_rate"] = "sweat_rate"
    site: Site
    at: Moment
    sweat_mg_per_min: Annotated[float, Ge(0), Le(2000)]


@document
class RatingFact:
    """The person's own rating, 0 (dry) to 10 (worst)."""

    kind: Literal["rating"] = "rating"
    site: Site
    at: Moment
    score: Annotated[int, Ge(0), Le(10)]


@document
class DayFact:
    """How the site feels at that moment of an ordinary day, in one tap."""

    kind: Literal["day"] = "day"
    site: Site
    at: Moment
    felt: Wetness


@document
class StarchIodineFact:
    """Starch-iodine (Minor) test: share of the skin of one side that turned dark, 0 to 1."""

    kind: Literal["starch_iodine"] = "starch_iodine"
    site: Site
    at: Moment
    area_fraction: Annotated[float, Ge(0), Le(1)]


@document
class SideEffectFact:
    """A side effect as it was felt or seen."""

    kind: Literal["side_effect"] = "side_effect"
    site: Site
    at: Moment
    effect: Effect
    severity: EffectSeverity = EffectSeverity.MILD
    lasted_hours: Annotated[float, Ge(0)] | None = None


@document
class CauseFact:
    """Whether a person found one known cause why it does not work, when they looked for it."""

    kind: Literal["cause"] = "cause"
    site: Site
    at: Moment
    cause: Cause
    found: Answer


@document
class ClearedFact:
    """A clinician has looked at the serious side effects so far and agrees that sessions at this site go on."""

    kind: Literal["cleared"] = "cleared"
    site: Site
    at: Moment
    cleared_by: Annotated[str, MinLen(1), MaxLen(80)]


Fact = Annotated[
    SessionFact
    | HdssFact
    | SweatRateFact
    | RatingFact
    | DayFact
    | StarchIodineFact
    | SideEffectFact
    | CauseFact
    | ClearedFact,
    Discriminator("kind"),
]


@document
class CoursePatient:
    """Who the course belongs to. The id is the record's, never a name."""

    id: Annotated[str, MinLen(1), MaxLen(64)]
    birth_year: Annotated[int, Ge(1900), Le(2100)] | None = None
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if self.timezone not in available_timezones():
            raise ValueError(f"timezone is not an IANA time zone: {self.timezone!r}")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@document
class PrescriptionFact:
    """A prescription as the record keeps it: the envelope within which sessions may be recommended."""

    site: Site
    protocol: str
    target_current_ma: Annotated[float, Gt(0)]
    duration_min: Annotated[float, Gt(0), Le(DURATION_CEILING_MIN)]
    starts_on: Day
    sessions_per_week: Annotated[int, Ge(1), Le(SESSIONS_CEILING_PER_WEEK)]
    start_current_ma: Annotated[float, Gt(0)] | None = None
    cap_current_ma: Annotated[float, Gt(0)] | None = None

    def __post_init__(self) -> None:
        ceiling_ma = CURRENT_CEILING_MA[self.site]
        for name in ("target_current_ma", "start_current_ma", "cap_current_ma"):
            value_ma = getattr(self, name)
            if value_ma is not None and value_ma > ceiling_ma:
                raise ValueError(f"{name} is {value_ma:g} mA, above the ceiling of {ceiling_ma:g} mA for {self.site}")


@document
class Course:
    """Everything recorded about one person: prescriptions and facts, in any order."""

    patient: CoursePatient
    prescriptions: tuple[PrescriptionFact, ...]
    facts: tuple[Fact, ...] = field(default=())
