"""The intake: what a person answered. An absent answer is unknown, never "no"."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from math import isclose
from typing import Annotated

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from ionto.words.reading import document
from ionto.words.terms import AdditiveCaution, BodyPart, Circumstance, Condition, Sex, Side, Site, Symptom


@document
class Patient:
    """Who is asking."""

    birth_year: Annotated[int, Ge(1900), Le(2100)] | None = None
    sex: Sex | None = None


MOST_SWEAT_MG_PER_MIN = 2000.0
# CDLQI is for those under 17 and DLQI for those above 15 [CDLQI, DLQI].
CDLQI_BELOW_AGE_YEARS, DLQI_FROM_AGE_YEARS = 17, 16


@document
class Gravimetry:
    """Sweat of one side, weighed at rest. Papers count per minute or per 5 minutes, so the window always stands by."""

    collected_mg: Annotated[float, Ge(0), Le(100_000)]
    window_min: Annotated[float, Gt(0), Le(120)]

    def __post_init__(self) -> None:
        if self.sweat_mg_per_min > MOST_SWEAT_MG_PER_MIN:
            raise ValueError(f"{self.sweat_mg_per_min:g} mg/min is more than anyone sweats; please check both numbers")

    @property
    def sweat_mg_per_min(self) -> float:
        """The rate [mg/min] over the window.

        >>> Gravimetry(collected_mg=260.0, window_min=5.0).sweat_mg_per_min
        52.0
        """
        return self.collected_mg / self.window_min


@document
class SiteIntake:
    """One place that sweats, as the person describes it. Scores are totals: ionto ships no scale's items."""

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
    rating_score: Annotated[int, Ge(0), Le(10)] | None = None
    starch_iodine_score: Annotated[int, Ge(0), Le(5)] | None = None
    hdsm_ax_score: Annotated[int, Ge(0), Le(44)] | None = None
    gravimetry: Gravimetry | None = None

    def __post_init__(self) -> None:
        if self.hdsm_ax_score is not None and self.site is not Site.AXILLAE:
            raise ValueError(f"hdsm_ax_score is for the axillae only, not for the {self.site}")
        if self.gravimetry is not None and self.sweat_mg_per_min is not None:
            weighed_mg_per_min = self.gravimetry.sweat_mg_per_min
            if not isclose(weighed_mg_per_min, self.sweat_mg_per_min, rel_tol=0.01, abs_tol=0.05):
                raise ValueError(
                    f"sweat_mg_per_min is {self.sweat_mg_per_min:g}, but gravimetry gives {weighed_mg_per_min:g} mg/min"
                )

    @property
    def weighed_mg_per_min(self) -> float | None:
        """The weighed sweat rate [mg/min] of one side, however it was given."""
        return self.gravimetry.sweat_mg_per_min if self.gravimetry else self.sweat_mg_per_min


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
    """Everything a consultation may know. `history` and `symptoms` are complete lists once they are given.

    `circumstances` are those of the sessions planned; `additive_cautions` is asked if a medicine goes into the water.
    """

    patient: Patient
    asked_on: date
    sites: Annotated[tuple[SiteIntake, ...], MinLen(1), MaxLen(4)]
    family_history: bool | None = None
    generalised: bool | None = None
    history: tuple[HistoryItem, ...] | None = None
    symptoms: tuple[Symptom, ...] | None = None
    medicines: tuple[Annotated[str, MaxLen(120)], ...] | None = None
    tried: tuple[TriedTreatment, ...] = field(default=())
    circumstances: tuple[Circumstance, ...] = field(default=())
    additive_cautions: tuple[AdditiveCaution, ...] | None = None
    dlqi_score: Annotated[int, Ge(0), Le(30)] | None = None
    cdlqi_score: Annotated[int, Ge(0), Le(30)] | None = None
    hidroqol_score: Annotated[int, Ge(0), Le(36)] | None = None

    def __post_init__(self) -> None:
        named = [place.site for place in self.sites]
        if len(set(named)) < len(named):
            raise ValueError("sites names the same site twice")
        if self.patient.birth_year is not None and self.patient.birth_year > self.asked_on.year:
            raise ValueError("patient.birth_year lies after asked_on")
        age_years = self.age_years
        if age_years is not None and self.cdlqi_score is not None and age_years >= CDLQI_BELOW_AGE_YEARS:
            raise ValueError("cdlqi_score is for those under 17; give dlqi_score")
        if age_years is not None and self.dlqi_score is not None and age_years + 1 < DLQI_FROM_AGE_YEARS:
            raise ValueError("dlqi_score is for those from 16 on; give cdlqi_score")

    @property
    def age_years(self) -> int | None:
        """Age in the year of asking, the younger reading: the birthday may not have come yet."""
        born = self.patient.birth_year
        return None if born is None else max(0, self.asked_on.year - born - 1)
