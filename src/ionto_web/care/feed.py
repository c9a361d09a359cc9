"""The person's calendar: its secret address, and what it shows today."""

from __future__ import annotations

import secrets
from datetime import time
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from ionto.exchange.calendar import AROUND_MIN
from ionto.exchange.feed import Publication, Wanted, feed_of, revised, sessions_wanted
from ionto.words.limits import EFFECTIVE_FLOOR_MIN
from ionto.words.reading import read_json, to_json
from ionto_web.care.audit import audit as _audit
from ionto_web.care.course import active_plans, recommended, sessions_at
from ionto_web.care.languages import page_language
from ionto_web.care.models import CalendarFeed, Person
from ionto_web.care.plain import SITES

TOKEN_BYTES = 32


@transaction.atomic
def open_feed(person: Person, *, by: User) -> str:
    """A new secret for the calendar's address; the one before opens nothing any more. Only its hash is kept."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.update_or_create(person=person, defaults={"token_sha256": _hash(token)})
    _audit(by, person, "feed_opened")
    return token


@transaction.atomic
def close_feed(person: Person, *, by: User) -> None:
    """The address opens nothing any more."""
    CalendarFeed.objects.filter(person=person).update(token_sha256=None)
    _audit(by, person, "feed_closed")


@transaction.atomic
def set_feed(person: Person, *, time_of_day: time | None, says_what: bool, by: User) -> None:
    """When the sessions begin, None for the whole day, and whether their title says what they are."""
    CalendarFeed.objects.update_or_create(person=person, defaults={"time_of_day": time_of_day, "says_what": says_what})
    _audit(by, person, "feed_set")


def feed_for(token: str) -> CalendarFeed | None:
    """The calendar that this secret opens."""
    return CalendarFeed.objects.select_related("person").filter(token_sha256=_hash(token)).first()


def file_of(feed: CalendarFeed) -> bytes:
    """The calendar's file as of now. What it has shown before is kept, so that an event that moves stays the same."""
    # Whoever asks for the file, a program for the most part, gets it in the person's language.
    with override(page_language(feed.person.language)):
        wanted, name = wanted_of(feed), _("Sessions")
    with transaction.atomic():
        feed.refresh_from_db()
        before = read_json(Publication, feed.publication)
        fresh = revised(
            before,
            wanted,
            today=feed.person.today,
            now=timezone.now().replace(microsecond=0),
            zone=feed.person.zone,
            time_of_day=feed.time_of_day,
        )
        if fresh != before:
            feed.publication = to_json(fresh)
            feed.save(update_fields=["publication"])
    return feed_of(fresh, calendar_id=feed.calendar_id, name=name)


def wanted_of(feed: CalendarFeed) -> list[Wanted]:
    """The sessions ahead, as they are recommended now."""
    person, found = feed.person, []
    plans = active_plans(person)
    for site, advice in recommended(person).items():
        days = [day.on for day in advice.forecast if day.session_planned]
        if advice.next_session_on is not None and advice.next_session_on not in days:
            days = [advice.next_session_on, *(day for day in days if day > advice.next_session_on)]
        held = [fact for fact in sessions_at(person, site) if fact.duration_min >= EFFECTIVE_FLOOR_MIN]
        found += sessions_wanted(
            site.value,
            days,
            held_count=len(held),
            duration_min=plans[site][1].prescription.duration_min + AROUND_MIN,
            title=_("Iontophoresis, %(place)s") % {"place": SITES[site]} if feed.says_what else _("Session"),
        )
    return found


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
