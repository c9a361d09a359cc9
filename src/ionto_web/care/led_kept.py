"""What a page wrote of a hands-free session on a closed device, into the record: each event once, then the fact."""

from __future__ import annotations

import gzip
from dataclasses import asdict
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from ionto.treat.events import SessionPlan
from ionto.treat.session import ending
from ionto.words.reading import read_json, to_json
from ionto.words.records import SessionFact
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.audit import audit as _audit
from ionto_web.care.course import fact_from
from ionto_web.care.led import (
    Over,
    Posted,
    Ticket,
    Told,
    Written,
    began_at,
    body_of,
    counted,
    felt_facts,
    folded,
    read_ticket,
    session_fact,
    set_right,
    told_in,
    written_of,
)
from ionto_web.care.models import LedEventRecord, Person, PrescriptionRecord, SessionRecord


class NotThisSession(Exception):
    """Events of a hands-free session that belong to another one, or to somebody else's."""


@transaction.atomic
def keep_led(person: Person, site: Site, posted: Posted, *, by: User, heard_at: datetime) -> SessionFact | None:
    """What a page wrote down of a hands-free session, each event once; the session's fact once it is over.

    Raises
    ------
    BadSignature
        When the ticket is not from this site.
    NotThisSession
        When ticket or events belong to somebody else, or to another session.
    """
    ticket = read_ticket(posted.ticket)
    prescription = person.prescriptions.filter(pk=ticket.prescription_id, site=site.value).first()
    if prescription is None or ticket.plan.site is not site:
        raise NotThisSession("Its ticket is for somebody else.")
    known = LedEventRecord.objects.filter(pk__in=[each.id for each in posted.events])
    others = [event for event in known if event.session != posted.session or event.person_id != person.pk]
    if others or LedEventRecord.objects.filter(session=posted.session).exclude(person=person).exists():
        raise NotThisSession("Its events belong to another session.")
    record = SessionRecord.objects.filter(pk=posted.session).first()
    if record is not None and (record.person != person or read_json(SessionPlan, record.session_plan) != ticket.plan):
        raise NotThisSession("Its session was led by another plan.")
    kept_ids = {event.pk for event in known}
    fresh = list({each.id: each for each in posted.events if each.id not in kept_ids}.values())
    for each in fresh:
        LedEventRecord.objects.create(
            pk=each.id,
            person=person,
            session=posted.session,
            prescription=prescription,
            body=body_of(set_right(each, posted, heard_at)),
            by=by,
        )
    if fresh:
        _audit(by, person, "led_events_kept", f"session {posted.session}, {len(fresh)} events")
    written = counted(written_of(LedEventRecord.objects.filter(session=posted.session)))
    if not any(isinstance(each.event, Over) for each in written):
        return None
    began = record.started_at if record else began_at(written, heard_at=heard_at)
    return _close_led(prescription, posted, ticket, written, fresh, began=began, by=by)


def _close_led(
    prescription: PrescriptionRecord,
    posted: Posted,
    ticket: Ticket,
    written: list[Written],
    fresh: list[Written],
    *,
    began: datetime,
    by: User,
) -> SessionFact:
    """The session's record and fact; what is said later takes the place of what was assumed."""
    led, told, person = folded(ticket, written), told_in(written), prescription.person
    end, fact = ending(led.session), session_fact(led, told, began)
    ended_at = began + timedelta(seconds=led.session.t_s)
    SessionRecord.objects.update_or_create(
        pk=posted.session,
        defaults={
            "status": end.outcome.value,
            "ended_at": ended_at,
            "summary": to_json(asdict(end)),
            "journal_gz": gzip.compress(led.journal.encode(), mtime=0),
        },
        create_defaults={
            "prescription": prescription,
            "started_at": began,
            "started_by": by,
            "session_plan": to_json(ticket.plan),
            "status": end.outcome.value,
            "ended_at": ended_at,
            "summary": to_json(asdict(end)),
            "journal_gz": gzip.compress(led.journal.encode(), mtime=0),
        },
    )
    before = person.facts.filter(kind="session", site=fact.site.value, at=began, withdrawal=None).first()
    if before is None or fact_from(before.body) != fact:
        if before is not None:
            actions.withdraw_fact(before, by=by)
        actions.keep_facts(person, [fact], by=by)
        _audit(by, person, f"session_{end.outcome.value}", f"session {posted.session}")
    if any(isinstance(each.event, Told) for each in fresh) and told is not None:
        actions.keep_facts(person, felt_facts(told, fact.site, ended_at), by=by)
    return fact
