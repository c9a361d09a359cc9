"""What leaves the record, comes into it by a file, or is taken out of it for good; each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string

from ionto.exchange.merge import Merge, merge
from ionto.words.reading import to_json
from ionto.words.records import Fact
from ionto.words.terms import Site
from ionto_web.care.audit import audit as _audit
from ionto_web.care.course import _advised, fact_from, running_session, standing_facts
from ionto_web.care.models import (
    AuditRecord,
    ConsultationRecord,
    FactRecord,
    Person,
    PrescriptionRecord,
    SessionRecord,
    Share,
    Withdrawal,
)


class NotWhole(Exception):
    """A table that no longer fits the record as a whole."""

    def __init__(self, merged: Merge) -> None:
        self.merged = merged
        super().__init__("; ".join(map(str, merged.faults)))


class SessionStillRunning(Exception):
    """Nothing is deleted under a session that runs."""


@transaction.atomic
def hand_out(person: Person, what: str, *, by: User) -> None:
    """Something of the record leaves the site."""
    _audit(by, person, "record_handed_out", what)


def merged_with(person: Person, content: bytes, site: Site | None) -> Merge:
    """What a table would do to the record as it is now; nothing is stored."""
    standing = [fact_from(record.body) for record in standing_facts(person)]
    withdrawn = [fact_from(record.body) for record in person.facts.exclude(withdrawal=None)]
    return merge(content, standing, zone=person.zone, until=timezone.now(), site=site, withdrawn=withdrawn)


def take_in(person: Person, content: bytes, site: Site | None, *, by: User) -> int:
    """The table's new facts into the record, all or none; how many they were.

    Raises
    ------
    NotWhole
        When a line of it cannot be taken, also one that could when it was shown.
    """
    # A long list takes seconds to read, in which nobody else must wait to write: a session that ends, for instance.
    seen = _stands(person)
    return _take_in(person, content, site, merged_with(person, content, site), seen, by=by)


@transaction.atomic
def _take_in(
    person: Person, content: bytes, site: Site | None, merged: Merge, seen: tuple[int, int], *, by: User
) -> int:
    # The same table may have been sent twice at the same time.
    if _stands(person) != seen:
        merged = merged_with(person, content, site)
    if merged.faults:
        raise NotWhole(merged)
    _keep(person, merged.new, by)
    _audit(by, person, "table_taken_in", f"{len(merged.new)} facts")
    return len(merged.new)


def _stands(person: Person) -> tuple[int, int]:
    """How many facts the record holds and how many were taken back: neither ever becomes fewer."""
    return person.facts.count(), Withdrawal.objects.filter(fact__person=person).count()


def _keep(person: Person, facts: Sequence[Fact], by: User) -> None:
    FactRecord.objects.bulk_create(
        [
            FactRecord(
                person=person, kind=fact.kind, site=fact.site.value, at=fact.at, body=to_json(fact), recorded_by=by
            )
            for fact in facts
        ],
        batch_size=200,
    )


def erase(person: Person, *, by: User) -> dict[str, int]:
    """The person's record and, unless they work at a clinic, their account, for good. How many of what were deleted.

    What others did stays in the audit with its time and their name, without saying for whom or about what. What the
    person did goes from it. One line stays: that a record was erased, by an account that holds nothing any more.

    Raises
    ------
    SessionStillRunning
        When a session runs.
    """
    # What is deleted is overwritten in the file, not only forgotten.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete=ON")
    journals = [Path(settings.JOURNAL_DIR) / path for path in _sessions(person).values_list("journal_path", flat=True)]
    gone = _erase_rows(person, by=by)
    if not connection.in_atomic_block:
        # Nor does it stay in the file of the latest writes.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in journals:
        if path.is_file():
            path.unlink()
    # Advice is kept by course; the course of this person must not stay in memory.
    _advised.cache_clear()
    return gone


def _sessions(person: Person) -> QuerySet[SessionRecord]:
    return SessionRecord.objects.filter(prescription__person=person)


@transaction.atomic
def _erase_rows(person: Person, *, by: User) -> dict[str, int]:
    if running_session(person) is not None:
        raise SessionStillRunning
    gone = {
        "entries": person.facts.count(),
        "sessions": _sessions(person).count(),
        "plans": person.prescriptions.count(),
        "consultations": person.consultations.count(),
    }
    ordered = {"audit", "facts", "prescriptions", "consultations"}
    for relation in Person._meta.related_objects:
        if relation.get_accessor_name() not in ordered:
            relation.related_model.objects.filter(**{relation.field.name: person}).delete()
    Withdrawal.objects.filter(fact__person=person).delete()
    FactRecord.objects.filter(person=person).delete()
    _sessions(person).delete()
    PrescriptionRecord.objects.filter(person=person).delete()
    ConsultationRecord.objects.filter(person=person).delete()
    AuditRecord.objects.filter(person=person, by=by).delete()
    AuditRecord.objects.filter(person=person).update(person=None, what="")
    code, works = person.code, by.memberships.exists()
    person.delete()
    if not works:
        _empty_account(by)
    _forget_sign_ins(code, of=None if works else by)
    _audit(by, None, "record_erased")
    return gone


def _forget_sign_ins(code: str, *, of: User | None) -> None:
    """No sign-in of the account stays, on whatever device; what others looked at of the record goes from theirs."""
    for kept in Session.objects.iterator():
        said = kept.get_decoded()
        if of is not None and said.get(SESSION_KEY) == str(of.pk):
            kept.delete()
        elif about := [name for name in said if code in name]:
            theirs = SessionStore(kept.session_key)
            for name in about:
                theirs.pop(name, None)
            theirs.save()


def _empty_account(user: User) -> None:
    """The account's row stays, since the audit points at it, and holds nothing about anybody."""
    EmailAddress.objects.filter(user=user).delete()
    # What others let them read is open to nobody.
    Share.objects.filter(used_by=user, withdrawn_at=None).update(withdrawn_at=timezone.now())
    user.username = f"erased-{get_random_string(16)}"
    user.email = user.first_name = user.last_name = ""
    user.last_login = None
    user.is_active = False
    user.set_unusable_password()
    user.save()
