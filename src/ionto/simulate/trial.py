"""A trial as a document: who takes part, what each arm gets, what is counted, and what was published of it.

The trials of `trials/` are on the shelf by their id. A trial with `fit_set = true` was used to set the population;
every other one is a prediction. What its source does not give stands under `ours`.
"""

from __future__ import annotations

from dataclasses import field
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from ionto.simulate.cohort import Population, Regimen, people
from ionto.simulate.endpoints import EndPoint, Name, SessionDays
from ionto.words.evidence import references
from ionto.words.limits import CHILD_CURRENT_CEILING_MA, CURRENT_CEILING_MA, DURATION_CEILING_MIN, VOLTAGE_CEILING_V
from ionto.words.reading import document, read_toml
from ionto.words.terms import Site

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Longer than the longest follow-up in print, and short enough to hold a chunk of people day by day.
LONGEST_DAYS = 800


@document
class Weekly:
    """A pattern of sessions: on these days of so many weeks. Day 0 is a Monday."""

    on: Annotated[tuple[Weekday, ...], MinLen(1)]
    weeks: Annotated[int, Ge(1), Le(104)]

    @property
    def days(self) -> tuple[int, ...]:
        return tuple(
            7 * week + day for week in range(self.weeks) for day, name in enumerate(WEEKDAYS) if name in self.on
        )


@document
class Arm:
    """What one arm gets. Sessions by `days` or by `weekly`; a ladder of currents stays on its last rung."""

    id: Name
    title: Annotated[str, MinLen(3)]
    people_count: Annotated[int, Ge(1), Le(2000)]
    days: Annotated[tuple[Annotated[int, Ge(0)], ...], MinLen(1), MaxLen(400)] | None = None
    weekly: Weekly | None = None
    waveform: Literal["dc", "pulsed", "ac", "sham"] = "dc"
    current_ma: Annotated[tuple[Annotated[float, Ge(0)], ...], MinLen(1)]
    duration_min: Annotated[float, Gt(0), Le(DURATION_CEILING_MIN)]
    duty_fraction: Annotated[float, Gt(0), Le(1)] = 1.0
    reverses: bool = True
    treated_sides_count: Literal[1, 2] = 2
    water: Name = "tap"
    voltage_limit_v: Annotated[float, Gt(0), Le(VOLTAGE_CEILING_V)] = 58.0
    believed: bool = True

    def __post_init__(self) -> None:
        if (self.days is None) == (self.weekly is None):
            raise ValueError("an arm has days or weekly, one of them")
        if self.days is not None and any(later <= day for day, later in zip(self.days, self.days[1:], strict=False)):
            raise ValueError("the days of an arm rise")
        if len(self.current_ma) > len(self.session_days):
            raise ValueError("there are more currents than sessions")
        if (self.waveform == "pulsed") != (self.duty_fraction < 1):
            raise ValueError("pulsed current, and only that, has a duty_fraction below 1")
        if self.waveform == "sham" and any(self.current_ma):
            raise ValueError("nothing flows in a sham: its current is 0")

    @property
    def session_days(self) -> tuple[int, ...]:
        return self.weekly.days if self.weekly else self.days or ()

    @property
    def course(self) -> SessionDays:
        return SessionDays(self.session_days)

    @property
    def regimen(self) -> Regimen:
        """As the cohort plays it."""
        days = self.session_days
        ladder = (*self.current_ma, *(self.current_ma[-1],) * len(days))[: len(days)]
        return Regimen(
            session_days=days,
            current_ma=ladder,
            duration_min=self.duration_min,
            duty_fraction=self.duty_fraction,
            net_charge_ratio=0.0 if self.waveform == "ac" else 1.0,
            reverses=self.reverses,
            treated_sides=self.treated_sides_count,
            water=self.water,
            voltage_limit_v=self.voltage_limit_v,
            believed=self.believed,
        )


@document
class TrialPopulation:
    """Who takes part. `ln_shifts_ratio` moves the medians of named traits, for trials that chose hard or easy cases."""

    site: Site
    age: Literal["adult", "child"] = "adult"
    entry_mg_per_min: Annotated[float, Gt(0)] | None = None
    entry_hdss_score: Annotated[int, Ge(1), Le(4)] | None = None
    non_responder_prob: Annotated[float, Ge(0), Le(1)] | None = None
    ln_shifts_ratio: dict[str, float] = field(default_factory=dict)

    def shifted(self, also: dict[str, float]) -> Population:
        """As the cohort draws it, with further shifts."""
        names = sorted({*self.ln_shifts_ratio, *also})
        return Population(
            site=self.site,
            age=self.age,
            entry_mg_per_min=self.entry_mg_per_min,
            entry_hdss=self.entry_hdss_score,
            non_responder_prob=self.non_responder_prob,
            overrides={name: self.ln_shifts_ratio.get(name, 0.0) + also.get(name, 0.0) for name in names},
        )


@document
class Uncertain:
    """A median of the population that is not known well: its standard deviation on the ln scale, and why so much."""

    trait: Name
    ln_sd_ratio: Annotated[float, Gt(0), Le(2)]
    why: Annotated[str, MinLen(3)]


@document
class Difference:
    """One end point of an arm less that of another."""

    id: Name
    title: Annotated[str, MinLen(3)]
    of: Name
    arm: Name
    minus: Name


@document
class Trial:
    """A trial. In parallel each arm has people of its own; within person every arm plays the same people."""

    id: Name
    title: Annotated[str, MinLen(3)]
    source: Name | None = None
    fit_set: bool = False
    design: Literal["parallel", "within_person"] = "parallel"
    ours: tuple[str, ...] = ()
    days_count: Annotated[int, Ge(1), Le(LONGEST_DAYS)]
    population: TrialPopulation
    arms: Annotated[tuple[Arm, ...], MinLen(1), MaxLen(8)]
    end_points: Annotated[tuple[EndPoint, ...], MinLen(1)]
    differences: tuple[Difference, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()

    def __post_init__(self) -> None:
        arms, ids = [arm.id for arm in self.arms], [one.id for one in (*self.end_points, *self.differences)]
        for names in (arms, ids):
            _once(names)
        if self.source is not None and self.source not in references():
            raise ValueError(f"{self.source!r} is no key of the references")
        for arm in self.arms:
            if arm.course.last_day >= self.days_count:
                raise ValueError(f"the sessions of {arm.id} end after the {self.days_count} days that are looked at")
            if max(arm.current_ma) > self.ceiling_ma:
                raise ValueError(f"the current of {arm.id} stands above the ceiling of {self.ceiling_ma:g} mA")
        for arm in self.arms:
            _ = arm.regimen  # refuses what the cohort cannot play
        people(self.population.shifted({one.trait: 0.0 for one in self.uncertain}), 1, seed=0)
        for one in self.end_points:
            self._checked(one, arms)
        for between in self.differences:
            if between.of not in ids or {between.arm, between.minus} - set(arms):
                raise ValueError(f"the difference {between.id} names an end point or arm that is not there")

    @property
    def ceiling_ma(self) -> float:
        """The highest current that this site and age may ever have, on virtual people too."""
        site_ma = CURRENT_CEILING_MA[self.population.site]
        return site_ma if self.population.age == "adult" else min(site_ma, CHILD_CURRENT_CEILING_MA)

    def _checked(self, one: EndPoint, arms: list[str]) -> None:
        for name in ("day", "responded_day"):
            day = getattr(one, name, 0)
            if not -7 <= day < self.days_count:
                raise ValueError(f"the {name} of {one.id} lies outside days -7 to {self.days_count - 1}")
        if one.published and self.source is None:
            raise ValueError(f"{one.id} has published values, but the trial names no source")
        _once([said.arm for said in one.published])
        for said in one.published:
            if said.arm not in arms:
                raise ValueError(f"a published value of {one.id} is of the arm {said.arm!r}, which is not there")


def read_trial(text: str) -> Trial:
    """A trial from TOML, strictly.

    Raises
    ------
    DocumentError
        With one sentence per fault.
    """
    return read_toml(Trial, text)


@cache
def trials() -> dict[str, Trial]:
    """The trials on the shelf by their id, in the order of their file names."""
    shelf = sorted(files("ionto.simulate").joinpath("trials").iterdir(), key=lambda path: path.name)
    read = [read_trial(path.read_text("utf-8")) for path in shelf if path.name.endswith(".toml")]
    return {trial.id: trial for trial in read}


def _once(names: list[str]) -> None:
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise ValueError(f"{doubled!r} stands there twice")
