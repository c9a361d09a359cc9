"""The intake: what a person answered. An absent answer is unknown, never "no"."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen

from ionto.words.reading import document
from ionto.words.terms import BodyPart, Condition, Sex, Side, Site, Symptom


@document
class Patient:
    """Who is asking."""

    birth_year: Annotated[int, Ge(1900), Le(2100)] | None = None
    sex: Sex | None = None


@document
class SiteIntake:
    """One place that sweats, as the person describes it."""

    site: Site
    side: Side | None = None
    hdss: Annotated[int, Ge(1), Le(4)] | None = None
    sweat_mg_per_min: Annotated[float, Ge(0), Le(2000)] | None = None
    onset_age_years: Annotated[int, Ge(0), Le(120)] | None = None
    duration_months: Annotated[int, Ge(0), Le(1440)] | None = None
    bilateral: bool | None = None
    stops_in_sleep: bool | None = None
    episodes_per_week: Annotated[float, Ge(0), Le(1000)] | None = None
    impairs_daily_life: bool | None = None


@document
class HistoryItem:
    """A condition the person has, and where, for those whose place matters."""

    condition: Condition
    where: BodyPart | None = None

    def __post_init__(self) -> None:
        if self.condition.needs_where and self.where is None:
            raise ValueError(f"{self.condition} needs `where`, the part of the body")


@document
class TriedTreatment:
    """A treatment that was tried before, and what came of it."""

    treatment: Annotated[str, MinLen(2), MaxLen(80)]
    site: Site | None = None
    strength_percent: Annotated[float, Ge(0), Le(100)] | None = None
    weeks: Annotated[float, Ge(0), Le(5000)] | None = None
    outcome: Annotated[str, MinLen(2), MaxLen(80)] | None = None


@document
class Intake:
    """Everything a consultation may know. `history` and `symptoms` are complete lists once they are given."""

    patient: Patient
    asked_on: date
    sites: Annotated[tuple[SiteIntake, ...], MinLen(1), MaxLen(4)]
    family_history: bool | None = None
    generalised: bool | None = None
    history: tuple[HistoryItem, ...] | None = None
    symptoms: tuple[Symptom, ...] | None = None
    medicines: tuple[Annotated[str, MaxLen(120)], ...] = field(default=())
    tried: tuple[TriedTreatment, ...] = field(default=())

    def __post_init__(self) -> None:
        named = [place.site for place in self.sites]
        if len(set(named)) < len(named):
            raise ValueError("sites names the same site twice")
        if self.patient.birth_year is not None and self.patient.birth_year > self.asked_on.year:
            raise ValueError("patient.birth_year lies after asked_on")

    @property
    def age_years(self) -> int | None:
        """Age in the year of asking, the younger reading: the birthday may not have come yet."""
        born = self.patient.birth_year
        return None if born is None else max(0, self.asked_on.year - born - 1)
