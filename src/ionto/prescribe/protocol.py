"""Treatment protocols and devices: dated, cited data, refused on loading when a value stands above a hard ceiling."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Generic, TypeVar

from annotated_types import Gt, MinLen

from ionto.words.limits import (
    CHILD_CURRENT_CEILING_MA,
    CURRENT_CEILING_MA,
    DURATION_CEILING_MIN,
    SESSIONS_CEILING_PER_WEEK,
    VOLTAGE_CEILING_V,
)
from ionto.words.reading import document, read_toml
from ionto.words.terms import PolarityHabit, Site, Waveform

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

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Where the sources of this protocol disagree, in words."""
        values = (getattr(self, name) for name in self.__dataclass_fields__ if name != "in_force_from")
        return tuple(value.disagreement for value in values if value.disagreement)


@document
class TreatmentProtocol:
    """How a site is treated, before it is made personal."""

    id: str
    label: str
    site: Site
    waveform: Waveform
    # A trial's own course, to be played and compared, not prescribed: it begins where nobody begins at home.
    simulation_only: bool = False
    version: Annotated[tuple[ProtocolVersion, ...], MinLen(1)]

    def __post_init__(self) -> None:
        for version in self.version:
            self._within_ceilings(version)

    def _within_ceilings(self, version: ProtocolVersion) -> None:
        bounds = (
            ("cap_adult_ma", version.cap_adult_ma.value, CURRENT_CEILING_MA[self.site]),
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


@document
class TreatmentDevice:
    """What a device can do; None where it is not known."""

    label: str
    current_max_ma: Annotated[float, Gt(0)] | None = None
    voltage_max_v: Annotated[float, Gt(0)] | None = None
    step_ma: Annotated[float, Gt(0)]
    waveforms: tuple[Waveform, ...]
    sources: tuple[str, ...]

    @property
    def voltage_limit_v(self) -> float:
        """The voltage a session may reach: the device's own, never above the ceiling."""
        return min(self.voltage_max_v or VOLTAGE_CEILING_V, VOLTAGE_CEILING_V)


@document
class _Devices:
    device: dict[str, TreatmentDevice]


@cache
def protocols() -> dict[str, TreatmentProtocol]:
    """Every protocol by id.

    >>> protocols()["palms_dc"].on(date(2026, 11, 23)).cap_adult_ma.value
    20.0
    """
    folder = files("ionto.prescribe").joinpath("protocols")
    read = (read_toml(TreatmentProtocol, entry.read_text("utf-8")) for entry in folder.iterdir())
    return {protocol.id: protocol for protocol in sorted(read, key=lambda protocol: protocol.id)}


def protocol_for(site: Site) -> TreatmentProtocol | None:
    """The default protocol of a site, or None where there is none."""
    return protocols().get(f"{site.value}_dc")


@cache
def devices() -> dict[str, TreatmentDevice]:
    """Every device by id."""
    return read_toml(_Devices, files("ionto.prescribe").joinpath("devices.toml").read_text("utf-8")).device
