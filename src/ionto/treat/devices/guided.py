"""The closed device that most people own: no data link. A person turns its dial, and reads its display.

To the session it is a current source like any other: what is commanded is what the person is asked to set, and a
reading is what they last read off, or, until they say otherwise, what they were asked to set. Nothing is taken for
granted that matters: no current is counted before they say that the limbs are in, and the poles have turned only when
they say so. The session's plan says that its provenance is `displayed`, and its record that nothing was measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ionto.treat.devices.caps import SourceCaps
from ionto.treat.source import Command, CutOff, Reading, SetCurrent, TurnAnode
from ionto.treat.table import RESIDUAL_MA
from ionto.words.limits import TRIP_CURRENT_MA, VOLTAGE_CEILING_V
from ionto.words.terms import Side, Waveform


@dataclass(slots=True)
class GuidedSource:
    """A `CurrentSource` whose hands and eyes are a person's. `turns_by_itself`: the device changes its own poles.

    Raises
    ------
    ValueError
        For a command that is no current or above what the device can give, and a time that is not a number.
    """

    current_max_ma: float = TRIP_CURRENT_MA
    turns_by_itself: bool = False
    caps: SourceCaps = field(init=False)
    is_ready: bool = field(default=False, init=False)
    is_cut: bool = field(default=False, init=False)
    asked_ma: float = field(default=0.0, init=False)
    wanted_anode: Side | None = field(default=None, init=False)
    _anode: Side | None = field(default=None, init=False)
    _shown_ma: float | None = field(default=None, init=False)
    _shown_when_asked_ma: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.caps = SourceCaps(
            label="a device that a person sets",
            current_max_ma=self.current_max_ma,
            step_ma=0.001,
            voltage_max_v=VOLTAGE_CEILING_V,
            limiter_ma=TRIP_CURRENT_MA,
            heartbeat_s=math.inf,
            waveforms=(Waveform.DC, Waveform.PULSED),
            turns_anode=self.turns_by_itself,
            measures=False,
        )

    def obey(self, command: Command, t_s: float) -> None:
        _check_time(t_s)
        match command:
            case SetCurrent(current_ma=current_ma):
                if not 0 <= current_ma <= self.current_max_ma:
                    raise ValueError(
                        f"the device cannot be set to {current_ma} mA, only to 0 to {self.current_max_ma:g} mA"
                    )
                self.asked_ma = 0.0 if self.is_cut else current_ma
            case TurnAnode(anode=anode):
                self.wanted_anode = anode
                if self.turns_by_itself and self._flows_ma() <= RESIDUAL_MA:
                    self._anode = anode
            case CutOff():
                self.is_cut, self.asked_ma = True, 0.0

    def read(self, t_s: float) -> Reading:
        _check_time(t_s)
        wanted = self.wanted_anode or Side.LEFT
        return Reading(read_at_s=t_s, current_ma=self._flows_ma(), voltage_v=0.0, anode=self._anode or wanted.other)

    def limbs_are_in(self) -> None:
        """The person says: both limbs are in the water, and the dial is at zero."""
        self.is_ready = True

    def limbs_are_out(self) -> None:
        """They are out again; the next contact is asked for anew."""
        self.is_ready = False

    def poles_are_set(self) -> None:
        """The person says: the poles are as they were asked to be."""
        self._anode = self.wanted_anode

    def shows(self, current_ma: float) -> None:
        """The person has read this off the display.

        Raises
        ------
        ValueError
            For what no display of such a device shows.
        """
        if not 0 <= current_ma <= TRIP_CURRENT_MA:
            raise ValueError(f"the display cannot show {current_ma} mA, only 0 to {TRIP_CURRENT_MA:g} mA")
        self._shown_ma, self._shown_when_asked_ma = current_ma, self.asked_ma

    def _flows_ma(self) -> float:
        """What flows, as far as the person has said; else what they were asked to set."""
        if not self.is_ready or self.is_cut:
            return 0.0
        if self._shown_ma is None:
            return self.asked_ma
        if self.asked_ma == self._shown_when_asked_ma:
            return self._shown_ma
        return min(self.asked_ma, self._shown_ma)


def _check_time(t_s: float) -> None:
    if not math.isfinite(t_s):
        raise ValueError(f"a session's time is a number of seconds, not {t_s}")
