"""A hands-free session that is open: which phone leads it, how far it was heard of, what another needs to go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone

from ionto.treat.led import LONGEST_ON_S, LONGEST_S
from ionto.words.reading import to_document
from ionto.words.terms import Site
from ionto_web.care.led import Began, Over, Written, began_at, counted, leader, read_ticket, rehearsed, written_of
from ionto_web.care.models import LedEventRecord, Person, SessionRecord

# How often a phone that leads says how far it is, and hears whether another has taken over.
ASK_S = 10.0


def heard_of(person: Person, session: UUID, phone: str, t_s: float) -> None:
    """A phone that leads says how far it is. Not a fact: it is forgotten, and only narrows what nobody saw."""
    if leader(_written(person, session)) == phone:
        cache.set(_key(person, session), t_s, LONGEST_S)


def is_taken(person: Person, session: UUID, phone: str) -> bool:
    """Whether another phone has gone on with this session."""
    written = _written(person, session)
    return bool(written) and leader(written) != phone


def open_session(person: Person, site: Site) -> dict[str, Any] | None:
    """The session at this site that has begun and is not over, with everything that it is led by."""
    since = timezone.now() - timedelta(seconds=LONGEST_ON_S)
    found = person.led_events.filter(prescription__site=site.value, heard_at__gt=since).order_by("-heard_at")
    for session in dict.fromkeys(found.values_list("session", flat=True)):
        written = counted(_written(person, session))
        began = next((each for each in written if isinstance(each.event, Began) and each.ticket), None)
        is_over = any(isinstance(each.event, Over) for each in written)
        if began is None or is_over or SessionRecord.objects.filter(pk=session).exists():
            continue
        return _shown(person, session, written, began)
    return None


def _shown(person: Person, session: UUID, written: list[Written], began: Written) -> dict[str, Any]:
    now, ticket = timezone.now(), read_ticket(began.ticket)
    started = began_at(written, heard_at=now)
    heard_s = max(cache.get(_key(person, session), 0.0), *(each.event.t_s for each in written))
    return {
        "session": str(session),
        "phone": leader(written),
        "began_at": started.isoformat(),
        "now_s": (now - started).total_seconds(),
        "heard_s": heard_s,
        "ticket": began.ticket,
        "timeline": rehearsed(ticket.plan, ticket.guide),
        "display": ticket.guide.display,
        "events": [to_document(each) for each in written],
    }


def _written(person: Person, session: UUID) -> list[Written]:
    return written_of(LedEventRecord.objects.filter(person=person, session=session))


def _key(person: Person, session: UUID) -> str:
    return f"led:{person.pk}:{session}"
