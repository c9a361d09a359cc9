"""Is it primary focal hyperhidrosis (Hornberger 2004), or does something speak for another cause (Walling 2011)?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from ionto.consult.consultation import PrimaryFocal
from ionto.consult.intake import Intake, SiteIntake
from ionto.words.reading import document, read_toml
from ionto.words.terms import Symptom


@document
class RedFlag:
    """A sign of another cause: as it is said to the patient, and its weight as it is said to a clinician."""

    says: str
    odds: str
    sources: tuple[str, ...]


@document
class SweatCausingMedicines:
    """Names of medicines that can cause sweating, in lower case."""

    named: tuple[str, ...]
    sources: tuple[str, ...]


@document
class DiagnosticTable:
    """Criteria and red flags, as in diagnosis.toml."""

    compared_on: date
    least_months: int
    least_criteria_count: int
    strong_criteria_count: int
    late_onset_above_years: int
    sources: tuple[str, ...]
    criteria: dict[str, str]
    red_flag: dict[str, RedFlag]
    medicines: SweatCausingMedicines


@cache
def diagnostic_table() -> DiagnosticTable:
    """The criteria and red flags of diagnosis.toml."""
    return read_toml(DiagnosticTable, files("ionto.consult").joinpath("diagnosis.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the answers say about the cause, for one site.

    `unmet` says in words what keeps the criteria from being met, whatever the missing answers turn out to be;
    `open_count` is the number of missing answers on which the verdict still hangs.
    """

    criteria_met: tuple[str, ...]
    red_flags: tuple[str, ...]
    unmet: tuple[str, ...]
    medicines: tuple[str, ...]
    open_count: int


def picture(intake: Intake, place: SiteIntake) -> Picture:
    """The picture of one site. A missing answer meets no criterion and raises no flag, but leaves the verdict open."""
    table = diagnostic_table()
    answers = _criteria(intake, place)
    met = tuple(name for name in table.criteria if answers[name])
    possible_count = sum(answer is not False for answer in answers.values())
    medicines = tuple(
        medicine
        for medicine in intake.medicines or ()
        if any(name in medicine.lower() for name in table.medicines.named)
    )
    unmet = []
    if place.duration_months is not None and place.duration_months < table.least_months:
        unmet.append("it has lasted less than six months")
    if possible_count < table.least_criteria_count:
        unmet.append("fewer than two of the six usual signs are there")
    needed = (
        place.bilateral,
        place.stops_in_sleep,
        place.onset_age_years,
        place.duration_months,
        intake.generalised,
        intake.symptoms,
    )
    return Picture(
        criteria_met=met,
        red_flags=_red_flags(intake, place, medicines, met_count=len(met)),
        unmet=tuple(unmet),
        medicines=medicines,
        open_count=sum(answer is None for answer in needed),
    )


def primary_focal(seen: Picture) -> PrimaryFocal:
    """The verdict: `refer` with any red flag; `likely` only if every answer it hangs on is there and fits."""
    table = diagnostic_table()
    sources = table.sources
    if seen.red_flags:
        verdict, said = "refer", "; ".join(table.red_flag[flag].says for flag in seen.red_flags)
        why = f"Something else may be causing the sweating: {said}."
        sources = tuple(
            dict.fromkeys((*sources, *(key for flag in seen.red_flags for key in table.red_flag[flag].sources)))
        )
    elif seen.unmet:
        verdict, why = "unlikely", f"Your answers do not fit the usual picture: {' and '.join(seen.unmet)}."
    elif seen.open_count or len(seen.criteria_met) < table.least_criteria_count:
        verdict, why = "unlikely", "It cannot be called likely yet, because answers are missing."
    else:
        said = "; ".join(table.criteria[name] for name in seen.criteria_met)
        verdict, why = "likely", f"Your answers fit sweating without another cause: {said}."
    return PrimaryFocal(
        verdict=verdict,  # type: ignore[arg-type]
        criteria_met=seen.criteria_met,
        red_flags=seen.red_flags,
        why=why,
        sources=sources,
    )


def _criteria(intake: Intake, place: SiteIntake) -> dict[str, bool | None]:
    """Each of Hornberger's six criteria: met, not met, or not answered."""
    episodes, onset = place.episodes_per_week, place.onset_age_years
    late_years = diagnostic_table().late_onset_above_years
    return {
        "bilateral": place.bilateral,
        "impairs_daily_life": place.impairs_daily_life,
        "weekly": None if episodes is None else episodes >= 1,
        "onset_before_25": None if onset is None else onset < late_years,
        "family_history": intake.family_history,
        "stops_in_sleep": place.stops_in_sleep,
    }


def _red_flags(intake: Intake, place: SiteIntake, medicines: tuple[str, ...], met_count: int) -> tuple[str, ...]:
    table = diagnostic_table()
    onset = place.onset_age_years
    raised = {
        "unilateral": place.bilateral is False,
        "sweating_in_sleep": place.stops_in_sleep is False,
        "generalised": intake.generalised is True,
        "onset_after_25": onset is not None and onset > table.late_onset_above_years,
        **{str(symptom): symptom in (intake.symptoms or ()) for symptom in Symptom},
        # With four of six criteria met, primary sweating is near certain (positive predictive value 0.99 [AAFP]).
        "medicine": bool(medicines) and met_count < table.strong_criteria_count,
    }
    return tuple(flag for flag in table.red_flag if raised[flag])
