"""The whole record of a person as one JSON document, piece by piece, so that no record is too long for memory."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from ionto.words.reading import to_document
from ionto_web.care.course import course_of
from ionto_web.care.models import FactRecord, Person, SessionRecord

FORMAT = "ionto record 1"
# Relations that have a place of their own in the document; every other one is written field by field.
PLACED = {"consultations", "consultation_draft", "prescriptions", "facts", "audit"}
# Whom the person lets read, and how they are reached, is theirs alone, with what the audit says of it.
OWN_ALONE = {"shares", "calendar_feed", "reminder_choice", "push_devices", "reminders"}
ABOUT_OWN = re.compile("share|feed_|reminder|device_(added|renewed|ended|removed)")
# What opens a door is never written out, not even as its hash.
SECRET = {"token_sha256", "code_mac", "endpoint", "p256dh", "auth"}


def record_of(person: Person, *, reader: User) -> Iterator[str]:
    """The record in pieces of one JSON document: the person, the course as `ionto advise` reads it, the answers, plans,
    facts with when they were written and taken back, sessions with their journals, and who did what. What is theirs
    alone no other reader gets."""
    yield "{"
    yield f'"format": {json.dumps(FORMAT)}, "made_at": {json.dumps(timezone.now().isoformat())},\n'
    yield f'"person": {_json(_person(person))},\n'
    yield f'"course": {_json(to_document(course_of(person)))}'
    for name, found in _lists(person, is_own=person.user_id == reader.pk):
        yield f',\n"{name}": ['
        for number, each in enumerate(found):
            yield ("," if number else "") + "\n" + _json(each)
        yield "]"
    yield "}\n"


def _lists(person: Person, *, is_own: bool) -> Iterator[tuple[str, Iterable[Any]]]:
    yield (
        "consultations",
        ({"answered_at": each.answered_at, "intake": json.loads(each.intake)} for each in person.consultations.all()),
    )
    draft = getattr(person, "consultation_draft", None)
    yield "drafts", [] if draft is None else [{"saved_at": draft.saved_at, "response": json.loads(draft.response)}]
    yield (
        "prescriptions",
        (
            {
                "site": each.site,
                "starts_on": each.starts_on,
                "prescribed_at": each.prescribed_at,
                "active": each.active,
                "plan": json.loads(each.plan),
            }
            for each in person.prescriptions.all()
        ),
    )
    yield (
        "facts",
        (_fact(each) for each in person.facts.select_related("withdrawal").order_by("at", "id").iterator(500)),
    )
    sessions = SessionRecord.objects.filter(prescription__person=person).order_by("started_at")
    yield "sessions", (_session(each) for each in sessions.iterator(1))
    yield (
        "audit",
        (
            {"at": each.at, "action": each.action, "what": each.what, "by_the_person": each.by_id == person.user_id}
            for each in person.audit.order_by("at", "id").iterator(500)
            if is_own or not ABOUT_OWN.match(each.action)
        ),
    )
    for relation in Person._meta.related_objects:
        if (name := relation.get_accessor_name()) not in (PLACED if is_own else PLACED | OWN_ALONE):
            found = relation.related_model.objects.filter(**{relation.field.name: person})
            yield str(name), (_fields(each) for each in found.iterator(500))


def _person(person: Person) -> dict[str, Any]:
    return {
        "code": person.code,
        "name": person.name,
        "email": person.user.email if person.user else None,
        "birth_year": person.birth_year,
        "sex": person.sex or None,
        "timezone": person.timezone,
        "clinic": person.clinic.name if person.clinic else None,
    }


def _fact(each: FactRecord) -> dict[str, Any]:
    taken_back = getattr(each, "withdrawal", None)
    return {
        "recorded_at": each.recorded_at,
        "withdrawn_at": taken_back.at if taken_back else None,
        "fact": json.loads(each.body),
    }


def _session(each: SessionRecord) -> dict[str, Any]:
    journal = gzip.decompress(each.journal_gz).decode("utf-8", "replace") if each.journal_gz else ""
    return {
        "id": each.pk,
        "started_at": each.started_at,
        "ended_at": each.ended_at,
        "status": each.status,
        "session_plan": json.loads(each.session_plan),
        "summary": json.loads(each.summary) if each.summary else None,
        "journal": journal.splitlines(),
    }


def _fields(each: Model) -> dict[str, Any]:
    names = [field.attname for field in each._meta.concrete_fields if field.name not in SECRET]
    return {name: getattr(each, name) for name in names if not name.endswith("_id") or name == "calendar_id"}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
