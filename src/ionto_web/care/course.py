"""From the record to the core's documents and back: the course of a person, and what is computed from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from ionto.consult import STRICTEST, Consultation, Intake, Policy, consult, policies
from ionto.follow.advise import advise
from ionto.follow.alerts import RED, level_of, rested_on
from ionto.follow.recommendation import Recommendation
from ionto.follow.situation import Away
from ionto.prescribe import Plan, devices
from ionto.words.limits import EFFECTIVE_FLOOR_MIN, SESSIONS_CEILING_PER_DAY_COUNT, SESSIONS_CEILING_PER_WEEK
from ionto.words.reading import document, read_json
from ionto.words.records import Course, CoursePatient, Fact, PrescriptionFact, SessionFact, SideEffectFact
from ionto.words.terms import AlertLevel, Decision, Site, Wetness
from ionto_web.care.models import Absence, FactRecord, Person, PrescriptionRecord, SessionRecord
from ionto_web.care.plain import TREATABLE


@document
class _Kept:
    """A fact as it stands in the record."""

    fact: Fact


def fact_from(body: str) -> Any:
    """The fact that a record holds."""
    return read_json(_Kept, f'{{"fact": {body}}}').fact


def latest_consultation_id(person: Person) -> int:
    """The latest consultation of a person, 0 before the first."""
    return person.consultations.values_list("pk", flat=True).first() or 0


def intake_of(person: Person) -> Intake | None:
    """The latest answers, or None before the first consultation."""
    latest = person.consultations.first()
    return None if latest is None else read_json(Intake, latest.intake)


def house_of(person: Person) -> Policy:
    """The house whose reading the person's clinic follows; without a clinic, the strictest reading."""
    return person.clinic.house if person.clinic else policies()[STRICTEST]


def consultation_of(person: Person) -> Consultation | None:
    """What the latest answers come to, as the person's clinic reads them."""
    intake = intake_of(person)
    return None if intake is None else consult(intake, house_of(person).id)


def active_plans(person: Person) -> dict[Site, tuple[PrescriptionRecord, Plan]]:
    """The plan in force at each site."""
    active = person.prescriptions.filter(active=True)
    return {Site(record.site): (record, read_json(Plan, record.plan)) for record in active}


def course_of(person: Person) -> Course:
    """Everything that the core may know of this person."""
    plans = active_plans(person)
    return Course(
        patient=CoursePatient(id=person.code, birth_year=person.birth_year, timezone=person.timezone),
        prescriptions=tuple(_prescription_fact(record, plan) for record, plan in plans.values()),
        facts=tuple(_facts_of(person, list(plans))),
    )


def _facts_of(person: Person, treated: list[Site]) -> Iterator[Fact]:
    """The facts at the sites under treatment; what concerns the whole body counts wherever it was written down."""
    for fact in facts_as_seen(person):
        if fact.site in treated:
            yield fact
        elif treated and isinstance(fact, SideEffectFact) and level_of(fact) is AlertLevel.RED_SYSTEMIC:
            yield replace(fact, site=treated[0])


def facts_as_seen(person: Person) -> Iterator[Fact]:
    """The facts that were not withdrawn, as those saw them who cleared."""
    return as_seen(standing_facts(person))


def as_seen(standing: Sequence[FactRecord]) -> Iterator[Fact]:
    """What is kept of one person. A serious side effect that was written down after a clearing counts as of when it was
    written down, whenever it was felt: nobody had looked at it."""
    cleared_at = [kept.recorded_at for kept in standing if kept.kind == "cleared"]
    for kept in standing:
        fact = fact_from(kept.body)
        serious = isinstance(fact, SideEffectFact) and level_of(fact) in RED
        if serious and any(fact.at <= cleared < kept.recorded_at for cleared in cleared_at):
            fact = replace(fact, at=kept.recorded_at)
        yield fact


def standing_facts(person: Person) -> list[FactRecord]:
    """The facts that were not withdrawn, the oldest first."""
    return list(person.facts.filter(withdrawal=None).order_by("at", "id"))


def diary_sites(person: Person) -> list[Site]:
    """The places this person writes about: those treated, else those asked about, else all."""
    planned = list(active_plans(person))
    intake = intake_of(person)
    return planned or ([place.site for place in intake.sites] if intake else list(TREATABLE))


def felt_on(person: Person, on: date) -> dict[Site, Wetness]:
    """The last answer of a day at each place, by the person's own day."""
    begin, end = (datetime.combine(day, time(), person.zone) for day in (on, on + timedelta(days=1)))
    kept = person.facts.filter(withdrawal=None, kind="day", at__gte=begin, at__lt=end).order_by("at", "id")
    facts = [fact_from(record.body) for record in kept]
    return {fact.site: fact.felt for fact in facts}


def causes_kept(person: Person, site: Site) -> list[FactRecord]:
    """What was found of the known causes at a site, the oldest first."""
    return list(person.facts.filter(withdrawal=None, kind="cause", site=site.value).order_by("at", "id"))


def recommended(person: Person) -> dict[Site, Recommendation]:
    """The recommendation for each site under treatment, as of the person's own day and around their days away."""
    course, today = course_of(person), person.today
    away = tuple(absences_of(person).values_list("first_on", "last_on"))
    return _advised(course, today, away) if course.prescriptions else {}


def absences_of(person: Person) -> QuerySet[Absence]:
    """The days away that are not over."""
    return person.absences.filter(last_on__gte=person.today)


@lru_cache(maxsize=512)
def _advised(course: Course, today: date, away: Away) -> dict[Site, Recommendation]:
    # Advice is a pure function of the course, the day and the days away, so that it may be kept until one changes.
    return advise(course, today, away=away)


def sessions_at(person: Person, site: Site) -> list[SessionFact]:
    """The sessions at a site, the oldest first."""
    kept = person.facts.filter(withdrawal=None, kind="session", site=site.value).order_by("at", "id")
    return [fact_from(record.body) for record in kept]


def running_session(person: Person) -> SessionRecord | None:
    """The session that runs now, as far as the record knows."""
    return SessionRecord.objects.filter(prescription__person=person, status=SessionRecord.Status.RUNNING).first()


def why_not_now(person: Person, site: Site, recommendation: Recommendation, *, on: date | None = None) -> str | None:
    """The sentence that keeps a session from starting now, or None when it may start.

    `on` asks for a later day, as far as it is known today.
    """
    if (spoken_against := _spoken_against(person, site)) is not None:
        return spoken_against
    grave = [alert for alert in recommendation.alerts if alert.level.value.startswith("red")]
    if grave:
        return f"{grave[0].why} {grave[0].do}"
    if active_plans(person)[site][1].prescription.device != person.device or person.device not in devices():
        return "This plan was made for another device. Make it again on the result's page, then come back."
    if recommendation.next_session_on is None:
        return " ".join(recommendation.why[:2])
    today, had = on or person.today, sessions_at(person, site)
    if recommendation.next_session_on > today and (held_back := _held_back(person, site, recommendation, today)):
        return held_back
    today_facts = [fact for fact in had if today in _days_of(fact, person)]
    if any(fact.pain_reported for fact in today_facts):
        return "A session hurt today. Give this skin a rest until tomorrow, and talk to your clinic if it still hurts."
    # A session too short to count may be taken up again on the same day, until it counts.
    if sum(fact.duration_min for fact in today_facts) >= EFFECTIVE_FLOOR_MIN * SESSIONS_CEILING_PER_DAY_COUNT:
        return "You have had today's session here. The skin needs a rest until tomorrow."
    days_had = {fact.at.astimezone(person.zone).date() for fact in had}
    if len([day for day in days_had if 0 < (today - day).days < 7]) >= SESSIONS_CEILING_PER_WEEK:
        return f"You have had {SESSIONS_CEILING_PER_WEEK} sessions here within a week, which is the most. Rest today."
    return None


def _held_back(person: Person, site: Site, recommendation: Recommendation, today: date) -> str | None:
    """What keeps a session from coming before its day: skin that rests or was irritated lately, or a device that is to
    be looked at first."""
    amber = {alert.alert: alert for alert in recommendation.alerts if alert.level is AlertLevel.AMBER}
    rested = rested_on(site, list(facts_as_seen(person)), zone=person.zone)
    if rested is not None and today < rested:
        return f"The skin is irritated. It rests until {rested:%A} {rested.day} {rested:%B}."
    on = recommendation.next_session_on
    if on is not None and amber.keys() - {"device_fault"}:
        return f"The skin was irritated lately. Keep to the day that is planned, {on:%A} {on.day} {on:%B}."
    return f"{amber['device_fault'].why} {amber['device_fault'].do}" if amber else None


def _days_of(fact: SessionFact, person: Person) -> set[date]:
    """The person's own day on which a session began, and the one on which it ended: at midnight they are two."""
    ended_at = fact.at + timedelta(minutes=fact.duration_min)
    return {at.astimezone(person.zone).date() for at in (fact.at, ended_at)}


def _spoken_against(person: Person, site: Site) -> str | None:
    """What the latest answers, as the clinic reads them, have against a session by the plan in force."""
    consultation, record = consultation_of(person), active_plans(person)[site][0]
    seen = consultation.sites.get(site) if consultation else None
    if seen is None:
        return "Your latest answers leave this place out. Answer the questions for it as well, then come back."
    cleared = record.consultation_id == latest_consultation_id(person)
    if seen.decision is Decision.SUITABLE or (cleared and seen.decision is Decision.ASK_CLINICIAN):
        return None
    finding = seen.findings[0]
    return f"{finding.why} {finding.do}"


def _prescription_fact(record: PrescriptionRecord, plan: Plan) -> PrescriptionFact:
    prescribed = plan.prescription
    return PrescriptionFact(
        site=prescribed.site,
        protocol=prescribed.protocol,
        target_current_ma=prescribed.target_current_ma,
        duration_min=prescribed.duration_min,
        starts_on=record.starts_on,
        sessions_per_week=prescribed.sessions_per_week,
        start_current_ma=prescribed.start_current_ma,
        cap_current_ma=prescribed.cap_current_ma,
    )
