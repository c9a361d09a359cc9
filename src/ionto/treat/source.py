"""The current source, as narrow as it can be: three commands and one reading. Devices implement it; the session never
sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from ionto.words.terms import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCurrent:
    """Let this current flow from now on, or what this voltage drives where that is less."""

    current_ma: float
    voltage_limit_v: float = math.inf
    kind: Literal["set_current"] = "set_current"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAnode:
    """Make this side the anode. States the intent, so that it may be repeated."""

    anode: Side
    kind: Literal["turn_anode"] = "turn_anode"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """Open the circuit at once."""

    kind: Literal["cut_off"] = "cut_off"


Command = SetCurrent | TurnAnode | CutOff


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the device measured, by its own clock. Current and voltage are magnitudes; `anode` is read back."""

    read_at_s: float
    current_ma: float
    voltage_v: float
    anode: Side


class CurrentSource(Protocol):
    """Anything that can let a current flow and say what flows."""

    def obey(self, command: Command, t_s: float) -> None:
        """Do as commanded, now. `t_s` is the session's time."""

    def read(self, t_s: float) -> Reading:
        """Measure, now."""
