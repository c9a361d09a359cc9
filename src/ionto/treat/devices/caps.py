"""What a current source can do: its own limits, which hold whatever it is told."""

from __future__ import annotations

from dataclasses import dataclass

from ionto.words.terms import Waveform


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCaps:
    """A source's limits. It refuses a command above `current_max_ma`; its limiter holds even when all else failed."""

    label: str
    current_max_ma: float
    step_ma: float
    voltage_max_v: float
    limiter_ma: float
    heartbeat_s: float
    waveforms: tuple[Waveform, ...]
    turns_anode: bool
    measures: bool
