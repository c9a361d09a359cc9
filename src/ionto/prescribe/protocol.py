"""Treatment protocols: dated, cited data, refused on loading when a value stands above a hard ceiling."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Generic, TypeVar

from annotated_types import Gt, Le, MinLen

from ionto.words.limits import (
    CHILD_CURRENT_CEILING_MA,
    CURRENT_CEILING_MA,
    DURATION_CEILING_MIN,
    SESSIONS_CEILING_PER_WEEK,
)
from ionto.words.reading import document, read_toml
from ionto.words.terms import BodyPart, PolarityHabit, Site, Waveform

Value = TypeVar("Value")


class NotPrescribable(ValueError):
    """This protocol cannot be prescribed here, in one sentence."""


@document
class Cited(Generic[Value]):
    """A value with who says so, in their words, and who disagrees."""

    value: Value
    sources: Annotated[tuple[str, ...], MinLen(1)]
    says: str
    disagreement: str | None = None


@document
class Remark:
    """Something to know, and who says so."""

    says: str
    sources: Annotated[tuple[str, ...], MinLen(1)]

    def __str__(self) -> str:
        return f"{self.says} [{', '.join(self.sources)}]"


@document
class PulseRange:
    """How pulsed current may pulse: the part of the time in which it flows, and how often a millisecond it comes."""

    least_duty_fraction: Annotated[float, Gt(0), Le(1)]
    most_duty_fraction: Annotated[float, Gt(0), Le(1)]
    least_frequency_khz: Annotated[float, Gt(0)]
    most_frequency_khz: Annotated[float, Gt(0)]

    def __post_init__(self) -> None:
        if self.least_duty_fraction > self.most_duty_fraction or self.least_frequency_khz > self.most_frequency_khz:
            raise ValueError("the least of a pulse stands above its most")

    def has_duty(self, duty_fraction: float) -> bool:
        return self.least_duty_fraction <= duty_fraction <= self.most_duty_fraction

    def has_frequency(self, frequency_khz: float) -> bool:
        return self.least_frequency_khz <= frequency_khz <= self.most_frequency_khz

    def __str__(self) -> str:
        duty = _range(100 * self.least_duty_fraction, 100 * self.most_duty_fraction)
        return f"on for {duty} % of the time, at {_range(self.least_frequency_khz, self.most_frequency_khz)} kHz"


def _range(least: float, most: float) -> str:
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"


@document
class Leads:
    """Which limb lies on which lead, where that is not left and right of the site."""

    left_lead: BodyPart
    right_lead: BodyPart


@document
class ProtocolVersion:
    """The values of a protocol from a day on."""

    in_force_from: date
    start_current_ma: Cited[float]
    step_current_ma: Cited[float]
    target_current_ma: Cited[float]
    cap_adult_ma: Cited[float]
    cap_child_ma: Cited[float]
    duration_min: Cited[float]
    sessions_per_week: Cited[int]
    review_after_sessions: Cited[int]
    longest_interval_days: Cited[int]
    contact_area_cm2: Cited[float]
    polarity: Cited[PolarityHabit]
    pulse: Cited[PulseRange] | None = None

    @property
    def cited(self) -> dict[str, Cited[object]]:
        """Every value by its name."""
        named = ((name, getattr(self, name)) for name in self.__dataclass_fields__ if name != "in_force_from")
        return {name: value for name, value in named if value is not None}

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Where the sources of this protocol disagree, in words."""
        return tuple(value.disagreement for value in self.cited.values() if value.disagreement)


@document
class TreatmentProtocol:
    """How a site is treated, before it is made personal.

    With `leads` each day has one session for each of them, one after the other; `also_site` is the other site that they
    treat, which wants its own clearance.
    """

    id: str
    label: str
    site: Site
    also_site: Site | None = None
    waveform: Waveform
    # A trial's own course, to be played and compared, not prescribed: it begins where nobody begins at home.
    simulation_only: bool = False
    leads: tuple[Leads, ...] = ()
    remarks: tuple[Remark, ...] = ()
    version: Annotated[tuple[ProtocolVersion, ...], MinLen(1)]

    def __post_init__(self) -> None:
        for version in self.version:
            self._within_ceilings(version)
            if (version.pulse is not None) is not (self.waveform is Waveform.PULSED):
                raise ValueError(f"{self.id}: pulse is given for pulsed current, and for no other")

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every site that is treated."""
        return (self.site,) if self.also_site is None else (self.site, self.also_site)

    def _within_ceilings(self, version: ProtocolVersion) -> None:
        bounds = (
            ("cap_adult_ma", version.cap_adult_ma.value, min(CURRENT_CEILING_MA[site] for site in self.sites)),
            ("cap_child_ma", version.cap_child_ma.value, CHILD_CURRENT_CEILING_MA),
            ("target_current_ma", version.target_current_ma.value, version.cap_adult_ma.value),
            ("start_current_ma", version.start_current_ma.value, version.target_current_ma.value),
            ("duration_min", version.duration_min.value, DURATION_CEILING_MIN),
            ("sessions_per_week", version.sessions_per_week.value, SESSIONS_CEILING_PER_WEEK),
        )
        for name, value, ceiling in bounds:
            if not 0 < value <= ceiling:
                raise ValueError(f"{self.id}: {name} is {value:g}, above the ceiling of {ceiling:g}")

    def on(self, day: date) -> ProtocolVersion:
        """The version in force on a day.

        Raises
        ------
        NotPrescribable
            When none was in force yet.
        """
        in_force = [version for version in self.version if version.in_force_from <= day]
        if not in_force:
            raise NotPrescribable(f"Protocol {self.id} was not yet in force on {day.isoformat()}.")
        return max(in_force, key=lambda version: version.in_force_from)


@cache
def protocols() -> dict[str, TreatmentProtocol]:
    """Every protocol by id.

    >>> protocols()["palms_dc"].on(date(2026, 11, 23)).cap_adult_ma.value
    20.0
    """
    folder = files("ionto.prescribe").joinpath("protocols")
    read = (read_toml(TreatmentProtocol, entry.read_text("utf-8")) for entry in folder.iterdir())
    return {protocol.id: protocol for protocol in sorted(read, key=lambda protocol: protocol.id)}


def protocol_for(site: Site, waveform: Waveform = Waveform.DC) -> TreatmentProtocol | None:
    """The protocol of a site with this waveform, or None where there is none."""
    return protocols().get(f"{site.value}_{waveform.value}")
