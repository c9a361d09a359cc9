"""The course as a FHIR R4 Bundle: a patient without a name, what was measured and felt, and what was done.

Own codes where there is no published one: no LOINC code for HDSS and no SNOMED code for iontophoresis is known to us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ionto.consult import Intake
from ionto.consult.questionnaire import response_from
from ionto.words.records import (
    CauseFact,
    Course,
    DayFact,
    Fact,
    HdssFact,
    RatingFact,
    SessionFact,
    SideEffectFact,
    StarchIodineFact,
    SweatRateFact,
)
from ionto.words.terms import EffectSeverity, Outcome, Sex
from ionto.words.units import unit_of

Observation = HdssFact | RatingFact | DayFact | SweatRateFact | StarchIodineFact | CauseFact
CODES = "urn:ionto:codes"
UCUM = "http://unitsofmeasure.org"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
SEVERITIES = "http://terminology.hl7.org/CodeSystem/adverse-event-severity"
WORDS = {
    "hdss": "Hyperhidrosis Disease Severity Scale, 1 to 4",
    "rating": "The person's own rating of the sweating, 0 (dry) to 10 (worst)",
    "day": "How the site feels on an ordinary day, in one tap",
    "dry": "Dry",
    "clammy": "Clammy, as when sweating comes back",
    "wet": "Wet",
    "starch_iodine": "Starch-iodine test: share of the skin of one side that turned dark",
    "sweat_rate": "Sweat of one side at rest, weighed (gravimetry)",
    "cause_sessions": "Known cause why it does not work: too few sessions",
    "cause_current": "Known cause why it does not work: current not reached",
    "cause_water": "Known cause why it does not work: water too soft",
    "cause_waveform": "Known cause why it does not work: another kind of current",
    "cause_dry": "Known cause why it does not work: skin too dry",
    "cause_side": "Known cause why it does not work: one side lags behind",
    "yes": "Found by the person",
    "no": "Not found by the person",
    "unknown": "Not known to the person",
    "iontophoresis": "Tap water iontophoresis",
    "dose": "What an iontophoresis session delivered",
    "current_ma": "Current",
    "duration_min": "Duration",
    "charge_ma_min": "Charge",
    "palms": "Palms",
    "soles": "Soles",
    "axillae": "Armpits",
    "face": "Face",
}
STATUSES = {Outcome.COMPLETED: "completed", Outcome.STOPPED: "stopped", Outcome.FAULTED: "stopped"}


def bundle_of(
    course: Course,
    *,
    made_at: datetime,
    sex: Sex | None = None,
    intakes: Sequence[Intake] = (),
    name: str | None = None,
) -> dict[str, Any]:
    """The course as a Bundle of type `collection`. The same course gives the same addresses.

    A clinician's clearance and the prescriptions are not part of it. The person's name only when it is given.
    """
    patient = _patient(course, sex, name)
    subject = {"reference": _address(course, "patient")}
    entries = [(_address(course, "patient"), patient)]
    named: Counter[str] = Counter()
    for fact in course.facts:
        name_of_fact = _name(fact)
        key = f"{name_of_fact}/{named[name_of_fact]}"
        named[name_of_fact] += 1
        entries += [
            # Its words for people are English, whoever reads it.
            (_address(course, f"{key}/{part}"), resource | {"language": "en"})
            for part, resource in _resources(fact, subject, course, key)
        ]
    for number, intake in enumerate(intakes):
        answered = response_from(intake) | {"subject": subject}
        entries.append((_address(course, f"answers/{number}"), answered))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _moment(made_at),
        "entry": [{"fullUrl": address, "resource": resource} for address, resource in entries],
    }


def _patient(course: Course, sex: Sex | None, name: str | None) -> dict[str, Any]:
    born = course.patient.birth_year
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:ionto:person", "value": course.patient.id}],
        **({"name": [{"text": name}]} if name else {}),
        **({"gender": sex.value} if sex else {}),
        **({"birthDate": f"{born:04d}"} if born is not None else {}),
    }


def _resources(fact: Fact, subject: dict[str, str], course: Course, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    match fact:
        case HdssFact() | RatingFact():
            yield "observation", _observation(fact, subject) | {"valueInteger": fact.score}
        case DayFact():
            yield "observation", _observation(fact, subject) | {"valueCodeableConcept": _coded(fact.felt.value)}
        case SweatRateFact():
            amount = {"valueQuantity": _quantity("sweat_mg_per_min", fact.sweat_mg_per_min)}
            yield "observation", _observation(fact, subject) | amount
        case StarchIodineFact():
            share = {"valueQuantity": _quantity("area_fraction", fact.area_fraction)}
            yield "observation", _observation(fact, subject) | share
        case CauseFact():
            yield "observation", _observation(fact, subject) | {"valueCodeableConcept": _coded(fact.found.value)}
        case SessionFact():
            yield "procedure", _procedure(fact, subject)
            done = _address(course, f"{key}/procedure")
            yield "dose", _dose(fact, subject) | {"partOf": [{"reference": done}]}
        case SideEffectFact():
            yield "event", _event(fact, subject)


def _observation(fact: Observation, subject: dict[str, str]) -> dict[str, Any]:
    category = "exam" if isinstance(fact, SweatRateFact | StarchIodineFact) else "survey"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": CATEGORIES, "code": category}]}],
        "code": _coded(f"cause_{fact.cause}" if isinstance(fact, CauseFact) else fact.kind),
        "subject": subject,
        "effectiveDateTime": _moment(fact.at),
        "bodySite": _coded(fact.site.value),
    }


def _procedure(fact: SessionFact, subject: dict[str, str]) -> dict[str, Any]:
    ended_at = fact.at + timedelta(minutes=fact.duration_min)
    return {
        "resourceType": "Procedure",
        "status": STATUSES[fact.outcome],
        "code": _coded("iontophoresis"),
        "subject": subject,
        "performedPeriod": {"start": _moment(fact.at), "end": _moment(ended_at)},
        "bodySite": [_coded(fact.site.value)],
        "note": [{"text": f"Waveform: {fact.waveform.value}. Current known by: {fact.provenance}."}],
    }


def _dose(fact: SessionFact, subject: dict[str, str]) -> dict[str, Any]:
    values = {
        "current_ma": fact.current_ma,
        "duration_min": fact.duration_min,
        "charge_ma_min": fact.charge_ma_min,
    }
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": CATEGORIES, "code": "procedure"}]}],
        "code": _coded("dose"),
        "subject": subject,
        "effectiveDateTime": _moment(fact.at),
        "bodySite": _coded(fact.site.value),
        "component": [
            {"code": _coded(name), "valueQuantity": _quantity(name, value)}
            for name, value in values.items()
            if value is not None
        ],
    }


def _event(fact: SideEffectFact, subject: dict[str, str]) -> dict[str, Any]:
    lasted = "" if fact.lasted_hours is None else f", for {fact.lasted_hours:g} h"
    return {
        "resourceType": "AdverseEvent",
        "actuality": "actual",
        "event": {
            "coding": [{"system": CODES, "code": fact.effect.value}],
            "text": f"{fact.effect.value.replace('_', ' ').capitalize()}, {fact.site.value}{lasted}",
        },
        "subject": subject,
        "date": _moment(fact.at),
        "severity": {"coding": [{"system": SEVERITIES, "code": EffectSeverity(fact.severity).value}]},
    }


def _coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": CODES, "code": code, "display": WORDS[code]}], "text": WORDS[code]}


def _quantity(name: str, value: float) -> dict[str, Any]:
    unit = unit_of(name)
    assert unit is not None
    # R4 knows no empty text: what has no word for its unit goes without one.
    word = {"unit": unit.label} if unit.label else {}
    return {"value": value, **word, "system": UCUM, "code": unit.ucum}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _name(fact: Fact) -> str:
    """A name of the fact that stays when others are added. Several side effects, or answers to the hunt for the cause,
    may be of one moment."""
    name = f"{fact.kind}/{fact.site}/{fact.at.timestamp():.3f}"
    match fact:
        case SideEffectFact():
            return f"{name}/{fact.effect}"
        case CauseFact():
            return f"{name}/{fact.cause}"
    return name


def _address(course: Course, what: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'ionto:{course.patient.id}:{what}')}"
