"""A calendar that follows the recommendation: what was published, what is wanted now, and the file of it (RFC 5545).

Each session keeps its address (UID) while its day moves; its SEQUENCE counts the moves. All times are in UTC, without
time zone rules, which two widely used readers read alike across the summer-time change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from annotated_types import Ge, Gt
from icalendar import Alarm, Calendar, Event

from ionto.words.reading import Day, Moment, document

REMIND_BEFORE = timedelta(minutes=30)
ASK_AGAIN = timedelta(hours=1)
# What lies further back is taken out of the calendar.
KEPT = timedelta(days=60)


@document
class Wanted:
    """A session as it is recommended now. `key` names it while its day moves: the palms' 13th, for instance."""

    key: str
    on: Day
    duration_min: Annotated[float, Gt(0)]
    title: str


@document
class Published:
    """An event as the calendar shows it. Without `starts_at` it takes the whole day."""

    key: str
    on: Day
    starts_at: Moment | None = None
    duration_min: Annotated[float, Gt(0)]
    title: str
    sequence: Annotated[int, Ge(0)] = 0
    cancelled: bool = False
    revised_at: Moment


@document
class Publication:
    """Everything that a calendar shows."""

    events: tuple[Published, ...] = ()


def revised(
    before: Publication,
    wanted: Iterable[Wanted],
    *,
    today: date,
    now: datetime,
    zone: ZoneInfo,
    time_of_day: time | None,
) -> Publication:
    """What is published from now on. Without a time of day the events take the whole day.

    An event that is no longer wanted is cancelled unless its day has passed; then it stays as it was. Nothing is
    touched without a change, so that the same facts give the same file.
    """
    known = {event.key: event for event in before.events}
    asked = {each.key: each for each in wanted}
    found = []
    for key, each in asked.items():
        starts_at = None if time_of_day is None else datetime.combine(each.on, time_of_day, zone).astimezone(UTC)
        fresh = Published(
            key=key,
            on=each.on,
            starts_at=starts_at,
            duration_min=each.duration_min,
            title=each.title,
            revised_at=now,
        )
        found.append(_next_version(known.get(key), fresh))
    for key, event in known.items():
        if key in asked or event.on < today - KEPT:
            continue
        if event.on < today or event.cancelled:
            found.append(event)
        else:
            found.append(replace(event, cancelled=True, sequence=event.sequence + 1, revised_at=now))
    return Publication(events=tuple(sorted(found, key=lambda event: (event.on, event.key))))


def _next_version(before: Published | None, fresh: Published) -> Published:
    if before is None:
        return fresh
    unchanged = replace(fresh, sequence=before.sequence, revised_at=before.revised_at)
    return before if unchanged == before else replace(fresh, sequence=before.sequence + 1)


def feed_of(publication: Publication, *, calendar_id: UUID, name: str) -> bytes:
    """The calendar as a file in UTF-8; the same publication gives the same bytes. It bears no person's name."""
    calendar = Calendar()
    calendar.add("prodid", "-//ionto//sessions//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for event in publication.events:
        calendar.add_component(_event(event, calendar_id))
    return bytes(calendar.to_ical())


def _event(published: Published, calendar_id: UUID) -> Event:
    event = Event()
    event.add("uid", str(uuid5(calendar_id, published.key)))
    event.add("dtstamp", published.revised_at.astimezone(UTC))
    event.add("sequence", published.sequence)
    event.add("summary", published.title)
    event.add("status", "CANCELLED" if published.cancelled else "CONFIRMED")
    if published.starts_at is None:
        event.add("dtstart", published.on)
        event.add("dtend", published.on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        return event
    starts_at = published.starts_at.astimezone(UTC)
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=published.duration_min))
    if not published.cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", published.title)
        alarm.add("trigger", -REMIND_BEFORE)
        event.add_component(alarm)
    return event


def sessions_wanted(
    site: str, days: Sequence[date], *, held_count: int, duration_min: float, title: str
) -> tuple[Wanted, ...]:
    """The sessions ahead at one site, named by their place in the course: the next is one more than were held."""
    return tuple(
        Wanted(key=f"{site}:{held_count + place}", on=on, duration_min=duration_min, title=title)
        for place, on in enumerate(days, start=1)
    )
