"""The catalogue of treatment devices: what each can do and how its parts are called, cited; None where nobody says.

What is only hearsay stands in `doubted`, for people to read; no decision reads it.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files

from ionto.prescribe.protocol import Cited, Remark
from ionto.words.limits import VOLTAGE_CEILING_V
from ionto.words.reading import document, read_toml
from ionto.words.terms import PolarityHabit, Site, Waveform

# Where a device's step is not known, whole milliamperes are planned [IONTO].
UNKNOWN_STEP_MA = 1.0


class Controls(StrEnum):
    """What a device keeps constant while skin and water change."""

    CURRENT = "current"
    VOLTAGE = "voltage"


class PolarityChange(StrEnum):
    """How a device changes its poles."""

    MANUAL_SWITCH = "manual_switch"
    BY_ITSELF_AT_HALF_TIME = "by_itself_at_half_time"
    EITHER = "either"


@document
class GuideWords:
    """How a device's own parts are called, for whoever leads a session on it."""

    dial_up: Cited[str] | None = None
    dial_down: Cited[str] | None = None
    zero: Cited[str] | None = None
    turn_anode: Cited[str] | None = None
    display: Cited[str] | None = None
    fault_sign: Cited[str] | None = None


@document
class TreatmentDevice:
    """What a device can do; None where it is not known. `refused` says why no plan is made for it."""

    label: str
    maker: str | None = None
    refused: Cited[str] | None = None
    current_max_ma: Cited[float] | None = None
    trip_current_ma: Cited[float] | None = None
    voltage_max_v: Cited[float] | None = None
    controls: Cited[Controls] | None = None
    dial: Cited[str] | None = None
    dial_unit: Cited[str] | None = None
    step_ma: Cited[float] | None = None
    waveforms: Cited[tuple[Waveform, ...]] | None = None
    pulse_duty_fraction: Cited[float] | None = None
    pulse_frequency_khz: Cited[float] | None = None
    polarity: Cited[PolarityChange] | None = None
    # What the maker asks for; a maker that names another habit than reversing at half time advises against reversing.
    polarity_habit: Cited[PolarityHabit] | None = None
    least_duration_min: Cited[float] | None = None
    sites: Cited[tuple[Site, ...]] | None = None
    adults_only: Cited[bool] | None = None
    data_link: Cited[bool] | None = None
    axillae_preset: Cited[str] | None = None
    words: GuideWords = GuideWords()
    remarks: tuple[Remark, ...] = ()
    doubted: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How a sentence speaks of it."""
        return self.label if self.maker else "your device"

    @property
    def planned_step_ma(self) -> float:
        """The steps in which currents are planned: the device's own, or whole milliamperes."""
        return self.step_ma.value if self.step_ma else UNKNOWN_STEP_MA

    @property
    def voltage_limit_v(self) -> float:
        """The voltage a session may reach: the device's own, never above the ceiling."""
        return min(self.voltage_max_v.value if self.voltage_max_v else VOLTAGE_CEILING_V, VOLTAGE_CEILING_V)

    def gives(self, waveform: Waveform) -> bool | None:
        """Whether it can deliver this waveform; None when nobody says."""
        return None if self.waveforms is None else waveform in self.waveforms.value

    @property
    def cited(self) -> dict[str, Cited[object]]:
        """Every cell that is filled, by its name; the words for its parts too."""
        cells = [(name, getattr(self, name)) for name in self.__dataclass_fields__]
        cells += [(f"words.{name}", getattr(self.words, name)) for name in self.words.__dataclass_fields__]
        return {name: cell for name, cell in cells if isinstance(cell, Cited)}


@document
class _Devices:
    device: dict[str, TreatmentDevice]


@cache
def devices() -> dict[str, TreatmentDevice]:
    """Every device by id.

    >>> devices()["saalio"].current_max_ma.value
    30.0
    """
    return read_toml(_Devices, files("ionto.prescribe").joinpath("devices.toml").read_text("utf-8")).device
