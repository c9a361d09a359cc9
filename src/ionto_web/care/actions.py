"""Everything that is written. Each action says by whom, is written whole or not at all, and leaves an audit record."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ionto.consult import Intake, Policy, clearance_for, consult
from ionto.prescribe import devices, plan_for, prescribe, protocol_for
from ionto.treat.events import SessionPlan
from ionto.treat.session import Session, ending
from ionto.words.reading import read_json, to_json
from ionto.words.records import Fact, SessionFact
from ionto.words.terms import Site, Waveform
from ionto_web.care.audit import audit as _audit
from ionto_web.care.course import fact_from, house_of, latest_consultation_id, running_session, sessions_at
from ionto_web.care.models import (
    Absence,
    AuditRecord,
    Clinic,
    ConsultationDraft,
    ConsultationRecord,
    FactRecord,
    Person,
    PrescriptionRecord,
    SessionRecord,
    Withdrawal,
)

# The same entry twice within this time was one entry, and two presses.
DOUBLE_PRESS = timedelta(seconds=5)


class SessionRunning(Exception):
    """A person has one session at a time."""


class AnsweredMeanwhile(Exception):
    """Answers on a page that was opened before the questions were answered anew; they would bring old ones back."""


@transaction.atomic
def welcome_person(*, by: User, user: User | None, clinic: Clinic | None = None, **known: object) -> Person:
    """A new person's record; their own when `user` is given, who has one. The same name pressed twice is one person."""
    # Asked here, inside the transaction: whoever has just signed up may open two tabs.
    if user is not None and (own := Person.objects.filter(user=user).first()) is not None:
        return own
    lately = AuditRecord.objects.filter(by=by, action="person_welcomed", at__gt=timezone.now() - DOUBLE_PRESS)
    twice = lately.filter(person__user=None, person__clinic=clinic, person__name=known.get("name")).first()
    if user is None and twice is not None and twice.person is not None:
        return twice.person
    person = Person.objects.create(user=user, clinic=clinic, **known)
    _audit(by, person, "person_welcomed")
    return person


@transaction.atomic
def change_details(
    person: Person, *, by: User, name: str, zone: str, clinic: Clinic | None, device: str, language: str
) -> None:
    """Name, time zone, device, language, and the clinic that may see the record."""
    if clinic != person.clinic:
        _audit(by, person, "clinic_joined" if clinic else "clinic_left", str(clinic or person.clinic))
    if device != person.device:
        _audit(by, person, "device_changed", f"{person.device} to {device}")
    person.name, person.timezone, person.clinic = name, zone, clinic
    person.device, person.language = device, language
    person.save(update_fields=["name", "timezone", "clinic", "device", "language"])
    _audit(by, person, "details_changed")


@transaction.atomic
def change_language(person: Person, language: str, *, by: User) -> None:
    """The language in which the person reads and is led."""
    if language != person.language:
        _audit(by, person, "language_changed", f"{person.language} to {language}")
        person.language = language
        person.save(update_fields=["language"])


@transaction.atomic
def follow_house(clinic: Clinic, policy: Policy, *, by: User) -> None:
    """The house whose reading of the suitability rules the clinic follows from now on."""
    before, clinic.policy = clinic.policy, policy.id
    clinic.save(update_fields=["policy"])
    _audit(by, None, "house_chosen", f"clinic {clinic.pk}, from {before} to {policy.id}")


@transaction.atomic
def keep_answers(person: Person, intake: Intake, *, by: User, after: str | None = None) -> ConsultationRecord:
    """The answers of a consultation, and what they say about the person themselves; sent twice, they are kept once.

    `after` is the consultation that was the latest when the page was opened, 0 for none, None where there was no page.

    Raises
    ------
    AnsweredMeanwhile
        When another has come since: an old page must not take back what a newer one said.
    """
    latest = person.consultations.first()
    if after not in (None, str(latest_consultation_id(person))):
        if latest is None or latest.intake != to_json(intake):
            raise AnsweredMeanwhile
        return latest
    record = ConsultationRecord.objects.create(person=person, intake=to_json(intake), answered_at=timezone.now(), by=by)
    person.birth_year = intake.patient.birth_year
    person.sex = intake.patient.sex.value if intake.patient.sex else ""
    person.save(update_fields=["birth_year", "sex"])
    ConsultationDraft.objects.filter(person=person).delete()
    _audit(by, person, "consultation_answered", f"consultation {record.pk}")
    return record


@transaction.atomic
def keep_draft(person: Person, response: Mapping[str, Any], *, after: str, by: User) -> None:
    """The answers so far, in place of those before; who writes on it is audited once, not with every answer.

    `after` is the consultation that was the latest when the page was opened, 0 for none.

    Raises
    ------
    AnsweredMeanwhile
        When another has come since: a draft may still be under way while its answers are sent in.
    """
    # Asked here, inside the transaction, for the same reason as a session that starts.
    if after != str(latest_consultation_id(person)):
        raise AnsweredMeanwhile
    before = ConsultationDraft.objects.filter(person=person).first()
    ConsultationDraft.objects.update_or_create(
        person=person, defaults={"response": json.dumps(response), "saved_at": timezone.now(), "by": by}
    )
    if before is None or before.by != by:
        _audit(by, person, "draft_begun" if before is None else "draft_continued")


@transaction.atomic
def prescribe_for(
    person: Person,
    site: Site,
    *,
    by: User,
    starts_on: date,
    weekdays: Sequence[int] = (),
    cleared_by: str | None = None,
) -> PrescriptionRecord:
    """A prescription for one site from the latest answers, in place of the one before.

    Raises
    ------
    NotCleared
        When the consultation, as the person's clinic reads it, does not clear this site and no clinician does, or when
        its answers are too old.
    LookupError
        When there is no consultation, or no protocol for the site.
    """
    consultation, protocol, house = person.consultations.first(), protocol_for(site), house_of(person)
    if consultation is None or protocol is None:
        raise LookupError(f"There is no {'consultation' if consultation is None else 'protocol'} for the {site}.")
    found = consult(read_json(Intake, consultation.intake), house.id)
    clearance = clearance_for(found, site, cleared_by=cleared_by, today=person.today)
    device = devices()[person.device]
    if device.gives(Waveform.DC) is False:
        protocol = protocol_for(site, Waveform.PULSED) or protocol
    prescription = prescribe(clearance, protocol, sessions_at(person, site), device_id=person.device, device=device)
    plan = plan_for(
        prescription,
        protocol,
        starts_on=starts_on,
        weekdays=weekdays,
        disagreements=protocol.on(starts_on).disagreements,
        history=sessions_at(person, site),
    )
    person.prescriptions.filter(site=site.value, active=True).update(active=False)
    record = PrescriptionRecord.objects.create(
        person=person,
        consultation=consultation,
        site=site.value,
        plan=to_json(plan),
        starts_on=starts_on,
        prescribed_at=timezone.now(),
        by=by,
    )
    cleared = f", cleared by {cleared_by}" if cleared_by else ""
    said = f"{site.value}, {protocol.id}, prescription {record.pk}, read as {house.id}{cleared}"
    _audit(by, person, "prescribed", said)
    return record


@transaction.atomic
def keep_facts(person: Person, facts: Iterable[Fact], *, by: User) -> list[FactRecord]:
    """Facts into the record; one that was pressed twice only once."""
    kept = [
        FactRecord.objects.create(
            person=person, kind=fact.kind, site=fact.site.value, at=fact.at, body=to_json(fact), recorded_by=by
        )
        for fact in facts
        if not _was_just_kept(person, fact, by)
    ]
    for record in kept:
        _audit(by, person, f"{record.kind}_recorded", f"fact {record.pk}")
    return kept


@transaction.atomic
def keep_absence(person: Person, first_on: date, last_on: date, *, by: User) -> Absence:
    """Days away; the same days twice are one absence."""
    absence, is_new = Absence.objects.get_or_create(person=person, first_on=first_on, last_on=last_on)
    if is_new:
        _audit(by, person, "absence_kept", f"{first_on.isoformat()} to {last_on.isoformat()}")
    return absence


@transaction.atomic
def drop_absence(absence: Absence, *, by: User) -> None:
    """The person is there after all."""
    _audit(by, absence.person, "absence_dropped", f"{absence.first_on.isoformat()} to {absence.last_on.isoformat()}")
    absence.delete()


def _was_just_kept(person: Person, fact: Fact, by: User) -> bool:
    """Whether the same person wrote the same down a moment ago, or ever for the same moment: back, and sent again."""
    before = person.facts.filter(withdrawal=None, kind=fact.kind, site=fact.site.value, recorded_by=by)
    lately = before.filter(
        recorded_at__gt=timezone.now() - DOUBLE_PRESS, at__range=(fact.at - DOUBLE_PRESS, fact.at + DOUBLE_PRESS)
    )
    same = [replace(fact_from(record.body), at=fact.at) for record in lately | before.filter(at=fact.at)]
    return fact in same


@transaction.atomic
def withdraw_fact(fact: FactRecord, *, by: User) -> None:
    """A fact that was entered by mistake. It stays in the record and counts no more; twice is once."""
    _, is_first = Withdrawal.objects.get_or_create(fact=fact, defaults={"by": by})
    if is_first:
        _audit(by, fact.person, "fact_withdrawn", f"fact {fact.pk}")


@transaction.atomic
def start_session(prescription: PrescriptionRecord, plan: SessionPlan, *, by: User) -> SessionRecord:
    """A session that is about to run; its journal's file is named after it.

    Raises
    ------
    SessionRunning
        When one is running already.
    """
    # Asked here, inside the transaction: two presses of the start button arrive at the same time.
    if running_session(prescription.person) is not None:
        raise SessionRunning
    record = SessionRecord.objects.create(prescription=prescription, session_plan=to_json(plan), started_by=by)
    record.journal_path = f"{record.pk}.jsonl"
    record.save(update_fields=["journal_path"])
    _audit(by, prescription.person, "session_started", f"session {record.pk}")
    return record


@transaction.atomic
def end_session(record: SessionRecord, session: Session, journal: bytes, *, ended_at: datetime) -> bool:
    """How a session ended and what it delivered, once; false when that was written before."""
    end = ending(session)
    first = SessionRecord.objects.filter(pk=record.pk, status=SessionRecord.Status.RUNNING).update(
        status=end.outcome.value,
        ended_at=ended_at,
        summary=to_json(asdict(end)),
        journal_gz=gzip.compress(journal, mtime=0),
    )
    if not first:
        return False
    plan, delivered = session.plan, end.delivered
    current_ma = min(end.max_current_ma, plan.current_ma)
    fact = SessionFact(
        site=plan.site,
        at=record.started_at,
        current_ma=round(current_ma, 3),
        duration_min=round(end.held_min, 2),
        waveform=plan.waveform,
        outcome=end.outcome,
        charge_ma_min=round(delivered.charge_ma_min, 3),
        first_anode=plan.first_anode,
        left_anode_ma_min=round(delivered.left_anode_ma_min, 3),
        right_anode_ma_min=round(delivered.right_anode_ma_min, 3),
        provenance="measured",
        pain_reported=end.pain_reported,
    )
    keep_facts(record.person, [fact], by=record.started_by)
    _audit(record.started_by, record.person, f"session_{end.outcome.value}", f"session {record.pk}")
    return True


@transaction.atomic
def hear_press(record: SessionRecord, what: str, *, by: User) -> None:
    """Somebody pressed something while it ran."""
    _audit(by, record.person, what, f"session {record.pk}")
