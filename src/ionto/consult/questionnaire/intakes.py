"""From answers to an intake, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import floor
from typing import Any

from ionto.consult.intake import (
    CDLQI_BELOW_AGE_YEARS,
    DLQI_FROM_AGE_YEARS,
    Intake,
    SiteIntake,
    TriedTreatment,
)
from ionto.consult.questionnaire.answers import answers_of, faults_in, response_of
from ionto.consult.questionnaire.definition import Answers, Questionnaire, Value, enabled, questionnaire
from ionto.words.reading import DocumentError, Fault, read_json, to_document
from ionto.words.terms import Circumstance, Condition, Sex, Site

# Questions about a site whose answer is the intake's own field.
SITE_FIELDS = (
    "side",
    "bilateral",
    "stops_in_sleep",
    "onset_age_years",
    "episodes_per_week",
    "sweat_mg_per_min",
    "rating_score",
    "starch_iodine_score",
    "hdsm_ax_score",
)
SITE_SCORES = ("rating_score", "starch_iodine_score", "hdsm_ax_score")
PERSON_SCORES = ("dlqi_score", "cdlqi_score", "hidroqol_score")
# What a field of the intake is called where it is asked for otherwise.
ASKED_AS = {"duration_months": "duration_years", "gravimetry": "collected_mg"}
TRIED_FIELDS = ("strength_percent", "weeks", "outcome")
AROUND_PREGNANCY = (
    Condition.PREGNANT,
    Condition.MAY_BE_PREGNANT,
    Condition.TRYING_TO_CONCEIVE,
    Condition.BREASTFEEDING,
    Condition.COPPER_IUD,
    Condition.HORMONAL_IUD,
)
NONE = "none"
ADDITIVE = "additive"
OTHER = "other"
# Years are written with four decimals: a month that was turned into years must not come back as less than a month.
_ROUNDED_AWAY_MONTHS = 0.001


def intake_from(response: Mapping[str, Any], asked_on: date) -> Intake:
    """The intake that a QuestionnaireResponse of this questionnaire holds. What was left open is unknown.

    Raises
    ------
    DocumentError
        With one sentence per fault, each named by its linkId.
    """
    return intake_of(answers_of(questionnaire(), response), asked_on)


def intake_of(answers: Answers, asked_on: date) -> Intake:
    """The intake that these answers hold; raises DocumentError as `intake_from` does."""
    asked = questionnaire()
    shown = enabled(asked, answers)
    heard = {link_id: tuple(answers.get(link_id, ())) for link_id in shown}
    faults = [Fault(link, said) for link in shown for said in faults_in(asked.by_link_id[link], heard[link])]
    faults += [Fault(link_id, "please answer this question") for link_id in unanswered(answers)]
    faults += _faults_of_age(heard, asked_on)
    if faults:
        raise DocumentError(faults)
    return read_json(Intake, json.dumps(_document(asked, heard, asked_on)))


def _faults_of_age(heard: Answers, asked_on: date) -> Iterator[Fault]:
    """What cannot be true of somebody born in the year that was answered."""
    born = _one(heard, "birth_year")
    if born is None:
        return
    age_years = asked_on.year - int(born) - 1  # the birthday may not have come yet
    if int(born) > asked_on.year:
        yield Fault("birth_year", f"this lies after {asked_on.year}, the year of asking")
    elif _one(heard, "cdlqi_score") is not None and age_years >= CDLQI_BELOW_AGE_YEARS:
        yield Fault("cdlqi_score", f"the children's form is for those under {CDLQI_BELOW_AGE_YEARS}")
    elif _one(heard, "dlqi_score") is not None and age_years + 1 < DLQI_FROM_AGE_YEARS:
        yield Fault("dlqi_score", f"this form is for those from {DLQI_FROM_AGE_YEARS} on; there is one for children")


def unanswered(answers: Answers) -> tuple[str, ...]:
    """The link ids of required questions that are asked after these answers, and have none."""
    asked = questionnaire()
    return tuple(
        link_id
        for link_id in enabled(asked, answers)
        if asked.by_link_id[link_id].required and not answers.get(link_id)
    )


def link_id_of(path: str, sites: Sequence[Site]) -> str | None:
    """The link id of the question that an intake's path is about, such as `sites[0].hdss`; None when none is.

    >>> link_id_of("sites[0].duration_months", [Site.PALMS]), link_id_of("patient.sex", [])
    ('palms.duration_years', 'sex')
    """
    place = re.fullmatch(r"sites\[(\d+)\]\.(?:gravimetry\.)?(\w+)", path)
    if place:
        link_id = f"{sites[int(place[1])]}.{ASKED_AS.get(place[2], place[2])}"
    else:
        link_id = path.removeprefix("patient.").partition("[")[0]
    return link_id if link_id in questionnaire().by_link_id else None


def response_from(intake: Intake) -> dict[str, Any]:
    """The QuestionnaireResponse that holds this intake: `intake_from` gives it back, as far as the questions go.

    Fields that no question asks for are left out. From an HDSS of 2 on, the daily life is not asked about, since those
    sentences say themselves that the sweating gets in its way.

    Raises
    ------
    DocumentError
        With one sentence for each answer that the questions could only give back as another one.
    """
    faults: list[Fault] = []
    answers = dict(_answers(intake, faults))
    asked = questionnaire()
    shown = set(enabled(asked, answers))
    for link_id, values in answers.items():
        if link_id not in shown:
            faults.append(Fault(link_id, f"this question is not asked of this person, so {values} would be lost"))
        else:
            faults.extend(Fault(link_id, said) for said in faults_in(asked.by_link_id[link_id], values))
    if faults:
        raise DocumentError(faults)
    return response_of(asked, answers, authored_on=intake.asked_on)


# Answers to intake.


def _document(asked: Questionnaire, heard: Answers, asked_on: date) -> dict[str, Any]:
    return _known(
        {
            "patient": _known({"birth_year": _one(heard, "birth_year"), "sex": _one(heard, "sex")}),
            "asked_on": asked_on.isoformat(),
            "sites": [_site(asked, heard, str(site)) for site in heard["sites"]],
            "family_history": _one(heard, "family_history"),
            "generalised": _one(heard, "generalised"),
            "history": _history(heard),
            "symptoms": _listed(heard, "symptoms"),
            "medicines": _medicines(heard),
            "tried": [trial for treatment in heard.get("tried", ()) for trial in _trials(heard, str(treatment))],
            "circumstances": _circumstances(heard),
            "additive_cautions": _listed(heard, "additive_cautions"),
            **{score: _one(heard, score) for score in PERSON_SCORES},
        }
    )


def _medicines(heard: Answers) -> list[Value] | None:
    """What is taken; unknown when nobody was asked, or said that there are some and not which."""
    named = list(heard.get("medicines", ()))
    more = heard.get("more", ())
    unknown = not more or ("medicines" in more and not named)
    return None if unknown else named


def _circumstances(heard: Answers) -> list[Value]:
    """What holds during a session; the medicine in the water is ticked with what more there is to say."""
    with_medicine = ADDITIVE in heard.get("more", ())
    return [
        *([Circumstance.ANTICHOLINERGIC_ADDITIVE.value] if with_medicine else []),
        *(_listed(heard, "circumstances") or []),
    ]


def _site(asked: Questionnaire, heard: Answers, site: str) -> dict[str, Any]:
    graded, years = _one(heard, f"{site}.hdss"), _one(heard, f"{site}.duration_years")
    choice = None if graded is None else asked.by_link_id[f"{site}.hdss"].choice(graded)
    hdss = None if choice is None else choice.score
    # From 2 on, the sentence of the HDSS itself says that the sweating gets in the way of daily life [HDSS-SNN].
    impairs = True if hdss is not None and hdss > 1 else _one(heard, f"{site}.impairs_daily_life")
    weighed = _known({name: _one(heard, f"{site}.{name}") for name in ("collected_mg", "window_min")})
    return _known(
        {
            "site": site,
            "gravimetry": weighed or None,
            "hdss": hdss,
            "impairs_daily_life": impairs,
            "duration_months": None if years is None else floor(float(years) * 12 + _ROUNDED_AWAY_MONTHS),
            **{field: _one(heard, f"{site}.{field}") for field in SITE_FIELDS},
        }
    )


def _history(heard: Answers) -> list[dict[str, Any]] | None:
    """Every condition with its places. The two lists are answered together: what is required stands in for the rest."""
    named = _listed(heard, "history")
    if named is None:
        return None
    named += _listed(heard, "pregnancy") or []
    return [
        _known({"condition": condition, "where": where})
        for condition in named
        for where in heard.get(f"where.{condition}", (None,))
    ]


def _trials(heard: Answers, treatment: str) -> Iterator[dict[str, Any]]:
    given = {name: _one(heard, f"tried.{treatment}.{name}") for name in TRIED_FIELDS}
    named = _one(heard, "tried.other.name") if treatment == OTHER else treatment
    for site in heard.get(f"tried.{treatment}.site", ()) or (None,):
        yield _known({"treatment": named, "site": site, **given})


def _one(heard: Answers, link_id: str) -> Value | None:
    values = heard.get(link_id, ())
    return values[0] if values else None


def _listed(heard: Answers, link_id: str) -> list[Value] | None:
    """A list that was answered, empty if with "none of these"; None if it was left open."""
    values = heard.get(link_id, ())
    return [value for value in values if value != NONE] if values else None


def _known(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}


# Intake to answers.


def _answers(intake: Intake, faults: list[Fault]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    person = {
        "birth_year": intake.patient.birth_year,
        "sex": intake.patient.sex,
        "family_history": intake.family_history,
        "generalised": intake.generalised,
    }
    yield from _given(person)
    yield "sites", tuple(place.site.value for place in intake.sites)
    for place in intake.sites:
        yield from _site_answers(place, faults)
    if intake.symptoms is not None:
        yield "symptoms", _unique(intake.symptoms) or (NONE,)
    yield from _history_answers(intake)
    yield from _more_answers(intake)
    yield from _tried_answers(intake.tried, faults)


def _more_answers(intake: Intake) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """What there is more to say. Medicines that are not known are ticked without a name where the list is answered."""
    scores = {score: getattr(intake, score) for score in PERSON_SCORES}
    site_scores = [getattr(place, score) for place in intake.sites for score in SITE_SCORES]
    around = tuple(each for each in intake.circumstances if each is not Circumstance.ANTICHOLINERGIC_ADDITIVE)
    said = {
        "tried": bool(intake.tried),
        "weighed": any(place.weighed_mg_per_min is not None for place in intake.sites),
        "scores": any(score is not None for score in (*scores.values(), *site_scores)),
        ADDITIVE: Circumstance.ANTICHOLINERGIC_ADDITIVE in intake.circumstances,
        "circumstances": bool(around),
    }
    if intake.medicines is not None or any(said.values()):
        said = {"medicines": intake.medicines != (), **said}
        yield "more", tuple(name for name, there in said.items() if there) or (NONE,)
    if intake.medicines:
        yield "medicines", _unique(intake.medicines)
    yield from _given(scores)
    if around:
        yield "circumstances", _unique(around)
    if intake.additive_cautions is not None:
        yield "additive_cautions", _unique(intake.additive_cautions) or (NONE,)


def _site_answers(place: SiteIntake, faults: list[Fault]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    site, months = place.site, place.duration_months
    weighed = place.gravimetry
    rate_mg_per_min = None if weighed else place.sweat_mg_per_min
    document = {**to_document(place), "sweat_mg_per_min": rate_mg_per_min}
    yield from _given({f"{site}.{field}": document[field] for field in SITE_FIELDS})
    if weighed is not None:
        yield f"{site}.collected_mg", (weighed.collected_mg,)
        yield f"{site}.window_min", (weighed.window_min,)
    if place.hdss is not None:
        yield f"{site}.hdss", (str(place.hdss),)
    if months is not None:
        yield f"{site}.duration_years", (round(months / 12, 4),)
    if place.hdss is None or place.hdss == 1:
        yield from _given({f"{site}.impairs_daily_life": place.impairs_daily_life})
    elif place.impairs_daily_life is False:
        faults.append(Fault(f"{site}.impairs_daily_life", f"an HDSS of {place.hdss} says that it does"))


def _history_answers(intake: Intake) -> Iterator[tuple[str, tuple[Value, ...]]]:
    if intake.history is None:
        return
    named = _unique(item.condition for item in intake.history)
    yield "history", tuple(name for name in named if name not in AROUND_PREGNANCY) or (NONE,)
    pregnancy = tuple(name for name in named if name in AROUND_PREGNANCY)
    if pregnancy or intake.patient.sex is not Sex.MALE:
        yield "pregnancy", pregnancy or (NONE,)
    for condition in named:
        if Condition(condition).needs_where:
            places = [item.where for item in intake.history if item.condition == condition and item.where]
            yield f"where.{condition}", _unique(places)


def _tried_answers(tried: Sequence[TriedTreatment], faults: list[Fault]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    asked = questionnaire()
    by_name: dict[str, list[TriedTreatment]] = {}
    for trial in tried:
        listed = asked.by_link_id["tried"].choice(trial.treatment) and trial.treatment != OTHER
        by_name.setdefault(trial.treatment if listed else OTHER, []).append(trial)
    if by_name:
        yield "tried", tuple(by_name)
    for name, trials in by_name.items():
        first = trials[0]
        same = {(one.treatment, *(getattr(one, field) for field in TRIED_FIELDS)) for one in trials}
        sites = [one.site for one in trials if one.site is not None]
        if len(same) > 1 or 0 < len(sites) < len(trials):
            faults.append(Fault(f"tried.{name}", "the questions take one course of this treatment, and there are more"))
        if sites:
            yield f"tried.{name}.site", _unique(sites)
        yield from _given({f"tried.{name}.{field}": getattr(first, field) for field in TRIED_FIELDS})
        if name == OTHER:
            yield "tried.other.name", (first.treatment,)


def _given(values: Mapping[str, Value | None]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    for link_id, value in values.items():
        if value is not None:
            yield link_id, (value,)


def _unique(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in values))
