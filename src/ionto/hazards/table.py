"""The table of hazards, read strictly: what may go wrong, what stands against it, what shows it, and how it is played.

The rows stand in `hazards.toml`. A hazard has plays; a play at one moment, site and water is a scenario. Every scenario
is played with all its controls, and once more without those that the hazard names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, MinLen

from ionto.simulate.circuit import WATERS
from ionto.treat.devices.faults import FaultName
from ionto.treat.guards import GUARDS
from ionto.words.reading import document, read_toml
from ionto.words.terms import Site

ControllerName = Literal[
    "never_ramps_down", "never_ramps_down_and_reads_on", "flips_under_current", "starts_at_full_current"
]
Text = Annotated[str, MinLen(3)]
Moment = Literal[
    "in_self_test",
    "in_turning",
    "in_contact_check",
    "in_ramp_up",
    "in_hold",
    "in_ramp_down",
    "in_second_turning",
    "in_second_contact_check",
    "in_second_ramp_up",
    "in_second_hold",
    "in_last_ramp_down",
]
# What can be left out: every guard or one by name, the supervisor before the source, the voltage limit that follows the
# skin, the lead that the command has at most over the measured current, the presses of the person, what the device
# keeps by itself, and what is decided before anything flows.
CONTROLS = frozenset(
    {
        "guards",
        *(f"guard:{name}" for name in GUARDS),
        "supervisor",
        "voltage_limit",
        "lead",
        "presses",
        "heartbeat",
        "limiter",
        "relay",
        "consultation",
        "cap",
        "calendar",
    }
)
Control = Annotated[str, MinLen(3)]


@document
class Coming:
    """One thing that goes wrong in a play, so long after the play's moment, for good or for so long."""

    name: FaultName
    after_s: Annotated[float, Ge(0)] = 0.0
    lasts_s: Annotated[float, Gt(0)] | None = None


@document
class SkinChange:
    """What is particular about every skin of a play: thinner than it would be, or with a cut of this size."""

    resistance_ratio: Annotated[float, Gt(0)] = 1.0
    cut_cm2: Annotated[float, Ge(0)] = 0.0


@document
class Play:
    """How a hazard is played: by whom, with what going wrong, when, where and in which water.

    A `session` is in the middle when it happens. A `controller` is another program than ours, of this name. A `person`
    is asked first, a `plan` is made first, a `prescription` is written first, and a `second_session` is looked up in
    the calendar first: with the control nothing flows that must not. `left_out` are controls missing in both runs, to
    see the others by themselves; `spent` says that the charge or the time of the session is all but used up.
    """

    by: Literal["session", "controller", "person", "plan", "prescription", "second_session"] = "session"
    coming: tuple[Coming, ...] = ()
    moments: Annotated[tuple[Moment, ...], MinLen(1)] = ("in_hold",)
    sites: Annotated[tuple[Site, ...], MinLen(1)] = (Site.PALMS,)
    waters: Annotated[tuple[str, ...], MinLen(1)] = ("tap",)
    left_out: tuple[Control, ...] = ()
    skin: SkinChange = SkinChange()
    spent: Literal["charge", "time"] | None = None
    controller: ControllerName | None = None
    person: dict[str, Any] | None = None
    current_ma: Annotated[float, Gt(0), Le(30)] | None = None
    age_years: Annotated[int, Ge(0)] | None = None

    def __post_init__(self) -> None:
        _known("water", self.waters, frozenset(WATERS))
        _known("control", self.left_out, CONTROLS)
        needs = {"controller": self.controller, "person": self.person, "plan": self.current_ma}
        if self.by in needs and needs[self.by] is None:
            raise ValueError(f"a play by a {self.by} says which")


@document
class Promise:
    """What holds in every run with its controls; the residual of the row says why something is not promised.

    `zero_within_s` is from the first thing that goes wrong until 0.5 mA or less, or `from_excess`: from the moment at
    which clearly more flows than was set (where that never comes, nothing needs to be cut); `over_cap_s` how long the
    current may stand more than 1 mA above the cap, `dense_s` how long intact skin may take 0.5 mA/cm² or more;
    `most_ma` is never passed; `latched` means that the session is over for good.
    """

    zero_within_s: Annotated[float, Ge(0)] | None = None
    from_excess: bool = False
    over_cap_s: Annotated[float, Ge(0)] = 0.25
    dense_s: Annotated[float, Ge(0)] = 0.25
    most_ma: Annotated[float, Gt(0)] | None = None
    not_promised: tuple[Literal["over_cap", "dense"], ...] = ()
    latched: bool = True


@document
class HazardRow:
    """What may go wrong and why, the harm, what stands against it and where, what shows it, and what is left."""

    id: Text
    hazard: Text
    cause: Text
    harm: Text
    control: Text
    control_at: Annotated[tuple[Text, ...], MinLen(1)]
    tests: Annotated[tuple[Text, ...], MinLen(1)]
    residual: Text
    sources: Annotated[tuple[str, ...], MinLen(1)]


@document
class Hazard(HazardRow):
    """A row that virtual skins play, with its controls and without.

    `without` are the controls that are taken away for the second run; `shown` is given where that run is no worse, and
    says why.
    """

    without: Annotated[tuple[Control, ...], MinLen(1)]
    watched_s: Annotated[float, Gt(0), Le(60)] = 1.2
    promise: Promise = Promise()
    play: Annotated[tuple[Play, ...], MinLen(1)]
    shown: str | None = None

    def __post_init__(self) -> None:
        _known("control", self.without, CONTROLS)


@document
class PageHazard(HazardRow):
    """A row about the page of a hands-free session.

    No skin can play it; what shows it are its tests, in a browser with a clock that is wound and a network that is cut.
    `control_at` names a file and what in it: `care/lead.py:Lead`, `led.js:wasAway`.
    """


@document
class HazardTable:
    """All rows."""

    hazard: Annotated[tuple[Hazard, ...], MinLen(1)]
    page: Annotated[tuple[PageHazard, ...], MinLen(1)]

    def __post_init__(self) -> None:
        ids = [*(row.id for row in self.hazard), *(row.id for row in self.page)]
        doubled = next((one for one in ids if ids.count(one) > 1), None)
        if doubled is not None:
            raise ValueError(f"hazard {doubled} stands twice")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One play of a hazard, the how-manieth of its row, at one moment, site and water."""

    hazard: Hazard
    play: Play
    play_count: int
    moment: Moment
    site: Site
    water: str

    @property
    def name(self) -> str:
        return f"{self.hazard.id}/{self.play_count}/{self.moment}/{self.site}/{self.water}"


@cache
def hazard_table() -> HazardTable:
    """Every row, as in hazards.toml."""
    return read_toml(HazardTable, files("ionto.hazards").joinpath("hazards.toml").read_text("utf-8"))


def hazards() -> tuple[Hazard, ...]:
    """Every hazard that is played."""
    return hazard_table().hazard


def page_hazards() -> tuple[PageHazard, ...]:
    """Every hazard of the hands-free page."""
    return hazard_table().page


def scenarios(rows: tuple[Hazard, ...]) -> Iterator[Scenario]:
    """Every scenario of these rows, in order."""
    for row in rows:
        for number, play in enumerate(row.play, start=1):
            for site in play.sites:
                for water in play.waters:
                    for moment in play.moments:
                        yield Scenario(row, play, number, moment, site, water)


def _known(kind: str, names: tuple[str, ...], known: frozenset[str]) -> None:
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise ValueError(f"{unknown!r} is no {kind}; these are: {', '.join(sorted(known))}")
