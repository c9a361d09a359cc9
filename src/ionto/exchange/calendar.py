"""Planned sessions as an iCalendar file (RFC 5545).

One event per session, in UTC and without time zone rules: two widely used readers disagree on rules across the
summer-time change, and agree on UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from ionto.prescribe import Plan, PlannedSession
from ionto.words.terms import Side

DEFAULT_TIME_OF_DAY = time(18, 0)
REMIND_BEFORE = timedelta(minutes=30)
# Getting in and out, and the ramps.
AROUND_MIN = 5


def calendar_of(
    plan: Plan,
    *,
    name: str,
    zone: ZoneInfo | None = None,
    time_of_day: time = DEFAULT_TIME_OF_DAY,
    say: Callable[[str], str] = str,
) -> bytes:
    """The plan's sessions as an iCalendar file in UTF-8.

    Parameters
    ----------
    zone
        Where the person lives; the local time of day stays the same across the summer-time change. UTC when left out.
    say
        Puts an English sentence into the reader's language; as it is when left out.
    """
    made = plan.prescription
    calendar = Calendar()
    calendar.add("prodid", "-//ionto//iontophoresis//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for number, session in enumerate(plan.sessions, start=1):
        starts_at = datetime.combine(session.on, time_of_day, zone or UTC).astimezone(UTC)
        # A second session of the same day follows the first.
        earlier = sum(other.on == session.on for other in plan.sessions[: number - 1])
        starts_at += earlier * timedelta(minutes=made.duration_min + AROUND_MIN)
        event = Event()
        event.add("uid", f"{uuid5(NAMESPACE_URL, f'ionto:{made.site}:{made.protocol}:{plan.sessions[0].on}:{number}')}")
        event.add("dtstamp", datetime.combine(plan.sessions[0].on, time(), UTC))
        event.add("dtstart", starts_at)
        event.add("dtend", starts_at + timedelta(minutes=made.duration_min + AROUND_MIN))
        event.add("summary", say(f"Iontophoresis, {made.site}, session {number}"))
        event.add(
            "description",
            say(
                f"{made.duration_min:g} min at {session.current_ma:g} mA, never above {made.cap_current_ma:g} mA. "
                f"Anode first on the {_limb(session)}."
            ),
        )
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", say(f"Iontophoresis, {made.site}"))
        alarm.add("trigger", -REMIND_BEFORE)
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _limb(session: PlannedSession) -> str:
    """What lies on the lead that is the anode first."""
    named = session.left_lead if session.first_anode is Side.LEFT else session.right_lead
    return named.replace("_", " ") if named else session.first_anode
