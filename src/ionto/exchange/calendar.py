"""Planned sessions as an iCalendar file (RFC 5545).

One event per session, in UTC and without time zone rules: two widely used readers disagree on rules across the
summer-time change, and agree on UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from ionto.prescribe import Plan

DEFAULT_TIME_OF_DAY = time(18, 0)
REMIND_BEFORE = timedelta(minutes=30)


def calendar_of(
    plan: Plan, *, name: str, zone: ZoneInfo | None = None, time_of_day: time = DEFAULT_TIME_OF_DAY
) -> bytes:
    """The plan's sessions as an iCalendar file in UTF-8.

    Parameters
    ----------
    zone
        Where the person lives; the local time of day stays the same across the summer-time change. UTC when left out.
    """
    made = plan.prescription
    calendar = Calendar()
    calendar.add("prodid", "-//ionto//iontophoresis//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for number, session in enumerate(plan.sessions, start=1):
        starts_at = datetime.combine(session.on, time_of_day, zone or UTC).astimezone(UTC)
        event = Event()
        event.add("uid", f"{uuid5(NAMESPACE_URL, f'ionto:{made.site}:{made.protocol}:{plan.sessions[0].on}:{number}')}")
        event.add("dtstamp", datetime.combine(plan.sessions[0].on, time(), UTC))
        event.add("dtstart", starts_at)
        event.add("dtend", starts_at + timedelta(minutes=made.duration_min + 5))
        event.add("summary", f"Iontophoresis, {made.site}, session {number}")
        event.add(
            "description",
            f"{made.duration_min:g} min at {session.current_ma:g} mA, never above {made.cap_current_ma:g} mA. "
            f"Anode first on the {session.first_anode}.",
        )
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"Iontophoresis, {made.site}")
        alarm.add("trigger", -REMIND_BEFORE)
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
