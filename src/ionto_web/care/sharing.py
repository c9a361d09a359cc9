"""A code for a clinician: it works once, for a while; what it opened is for reading only, and is closed as easily."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac

from ionto_web.care.audit import audit as _audit
from ionto_web.care.models import CODE_LETTERS, AuditRecord, Person, Share

CODE_CHARS = 12
CODE_LASTS = timedelta(days=3)
# Whoever guesses is stopped long before a guess can hit.
GUESSES = 10
GUESSES_WITHIN = timedelta(hours=1)


class WrongCode(Exception):
    """A code that opens nothing: unknown, used, too old, or taken back. Which of them is not said."""


class TooManyGuesses(Exception):
    """Somebody has tried too many codes."""


@transaction.atomic
def make_code(person: Person, *, days: int, by: User) -> str:
    """A new code; only its keyed hash is kept. Once used, it opens the record for so many days."""
    code = get_random_string(CODE_CHARS, CODE_LETTERS)
    now = timezone.now()
    share = Share.objects.create(
        person=person, code_mac=_mac(code), made_at=now, code_until=now + CODE_LASTS, access_until=now + timedelta(days)
    )
    _audit(by, person, "share_made", f"share {share.pk}, {days} days")
    return "-".join(code[start : start + 4] for start in range(0, CODE_CHARS, 4))


def use_code(code: str, *, by: User) -> Person:
    """The person whose record the code opens from now on, for this user alone.

    Raises
    ------
    WrongCode
        When it opens nothing.
    TooManyGuesses
        When this user has tried too many.
    """
    since = timezone.now() - GUESSES_WITHIN
    if AuditRecord.objects.filter(by=by, action="share_refused", at__gt=since).count() >= GUESSES:
        raise TooManyGuesses
    share = _taken(code, by=by)
    if share is None:
        _refuse(by=by)
        raise WrongCode
    return share.person


@transaction.atomic
def _taken(code: str, *, by: User) -> Share | None:
    now = timezone.now()
    wanted = _mac("".join(code.lower().split()).replace("-", ""))
    share = Share.objects.filter(code_mac=wanted, used_by=None, withdrawn_at=None, code_until__gt=now).first()
    if share is None or share.person.user_id == by.pk:
        return None
    # Two who type it at the same moment: the first has it.
    if not Share.objects.filter(pk=share.pk, used_by=None).update(used_by=by, used_at=now):
        return None
    _audit(by, share.person, "share_used", f"share {share.pk}")
    return share


@transaction.atomic
def _refuse(*, by: User) -> None:
    _audit(by, None, "share_refused")


@transaction.atomic
def withdraw_share(share: Share, *, by: User) -> None:
    """The code opens nothing any more, and what it opened is closed."""
    if share.withdrawn_at is None:
        share.withdrawn_at = timezone.now()
        share.save(update_fields=["withdrawn_at"])
        _audit(by, share.person, "share_withdrawn", f"share {share.pk}")


def shared_person_for(user: User, code: str) -> Person:
    """The person who lets this user read their record now; their times in their zone."""
    share = open_shares().select_related("person").filter(used_by=user, person__code=code).first()
    if share is None:
        raise Http404
    timezone.activate(share.person.zone)
    return share.person


def open_shares() -> QuerySet[Share]:
    """The shares that let somebody read now."""
    return Share.objects.filter(withdrawn_at=None, access_until__gt=timezone.now()).exclude(used_by=None)


@transaction.atomic
def read_shared(person: Person, *, by: User) -> None:
    """Somebody outside the clinic looks at the record."""
    _audit(by, person, "shared_record_read")


def _mac(code: str) -> str:
    return salted_hmac("ionto.share", code, algorithm="sha256").hexdigest()
