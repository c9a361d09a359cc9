"""The worlds that are explored: each with some of what a device may do and some of what a person may press."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ionto.treat.events import PausePressed, Press, ResumePressed, SessionPlan, StopPressed
from ionto.words.terms import PolarityHabit

from . import supervised
from .explore import Explored, explored
from .world import COMFORT, PLAN, PRESSES, Situation, only, small, without

FIXED = replace(PLAN, polarity=PolarityHabit.SWAP_BETWEEN_SESSIONS)


@dataclass(frozen=True)
class World:
    plan: SessionPlan
    situations: tuple[Situation, ...]
    presses: tuple[type[Press], ...]
    freezes: bool = False

    def explored(self) -> Explored:
        with small(frozen=self.freezes):
            return explored(self.plan, self.situations, self.presses)


@dataclass(frozen=True)
class Supervised:
    """The supervisor by itself, between anything that can be asked and anything that can be read."""

    def explored(self) -> Explored:
        states_count, steps_count, broken = supervised.explored()
        return Explored(states_count=states_count, steps_count=steps_count, broken=broken)


WORLDS: dict[str, World | Supervised] = {
    # A device that does what it likes, except to freeze and to change the skin.
    "device": World(PLAN, without("frozen", "weak", "bridged"), PRESSES[:2]),
    # People who press whatever there is.
    "people": World(PLAN, only("normal", "limited", "leaks"), (*PRESSES, *COMFORT)),
    # Limbs that leave the water and go back, and trays that are bridged.
    "limb": World(PLAN, only("normal", "weak", "open", "bridged"), (StopPressed, PausePressed, ResumePressed)),
    "frozen": World(PLAN, only("normal", "frozen", "open"), PRESSES[:1], freezes=True),
    # Without a reversal.
    "fixed": World(FIXED, without("frozen", "weak", "bridged"), PRESSES),
    "supervisor": Supervised(),
}
