"""The calendar that follows the recommendation: addresses that stay, times in UTC, nothing touched without a change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar

from ionto.exchange.feed import Publication, Wanted, feed_of, revised, sessions_wanted
from ionto.words.reading import read_json, to_json

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 3, 20, 9, tzinfo=UTC)
TODAY = date(2027, 3, 20)
HERE = UUID("6b1f9c3e-0000-4000-8000-000000000001")


def wanted(*days: date, held_count: int = 12) -> tuple[Wanted, ...]:
    return sessions_wanted("palms", days, held_count=held_count, duration_min=25, title="Session")


def published(
    before: Publication, asked: tuple[Wanted, ...], *, on: date = TODAY, at: time | None = time(18, 30)
) -> Publication:
    now = NOW + (on - TODAY)
    return revised(before, asked, today=on, now=now, zone=BERLIN, time_of_day=at)


def events(publication: Publication) -> dict[str, dict[str, object]]:
    content = feed_of(publication, calendar_id=HERE, name="Sessions")
    return {
        str(event["uid"]): {
            "start": event.decoded("dtstart"),
            "end": event.decoded("dtend"),
            "sequence": event["sequence"],
            "status": str(event["status"]),
            "summary": str(event["summary"]),
        }
        for event in Calendar.from_ical(content).walk("VEVENT")
    }


def test_the_wall_clock_stays_across_the_summer_time_change() -> None:
    found = events(published(Publication(), wanted(date(2027, 3, 27), date(2027, 3, 28), date(2027, 3, 29))))
    starts = [event["start"] for event in found.values()]
    assert [start.strftime("%H:%M %Z") for start in starts] == ["17:30 UTC", "16:30 UTC", "16:30 UTC"]  # type: ignore[attr-defined]
    assert {start.astimezone(BERLIN).time() for start in starts} == {time(18, 30)}  # type: ignore[attr-defined]


def test_there_are_no_rules_and_no_time_zones_in_it() -> None:
    content = feed_of(published(Publication(), wanted(date(2027, 3, 28))), calendar_id=HERE, name="Sessions").decode()
    assert "VTIMEZONE" not in content
    assert "RRULE" not in content
    assert "TZID" not in content
    assert "DTSTART:20270328T163000Z" in content
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in content


def test_the_same_facts_give_the_same_bytes_on_any_later_day() -> None:
    first = published(Publication(), wanted(date(2027, 3, 27)))
    again = published(first, wanted(date(2027, 3, 27)), on=TODAY + timedelta(days=2))
    assert again == first
    assert feed_of(again, calendar_id=HERE, name="x") == feed_of(first, calendar_id=HERE, name="x")
    assert read_json(Publication, to_json(first)) == first


def test_a_session_that_moves_keeps_its_address_and_counts_the_move() -> None:
    first = published(Publication(), wanted(date(2027, 3, 23), date(2027, 3, 25)))
    moved = published(first, wanted(date(2027, 3, 24), date(2027, 3, 25)), on=TODAY + timedelta(days=1))
    before, after = events(first), events(moved)
    assert before.keys() == after.keys()
    assert [event["sequence"] for event in after.values()] == [1, 0]
    assert moved.events[0].revised_at > first.events[0].revised_at
    assert moved.events[1] == first.events[1]


def test_what_is_no_longer_wanted_is_cancelled_if_it_lies_ahead_and_stays_if_it_was() -> None:
    first = published(Publication(), wanted(date(2027, 3, 21), date(2027, 3, 28)))
    later = published(first, (), on=date(2027, 3, 25))
    assert [event["status"] for event in events(later).values()] == ["CONFIRMED", "CANCELLED"]
    assert [event["sequence"] for event in events(later).values()] == [0, 1]
    assert published(later, (), on=date(2027, 3, 26)) == later
    back = published(later, wanted(date(2027, 3, 28), held_count=13), on=date(2027, 3, 26))
    assert back.events[-1].sequence == 2
    assert not back.events[-1].cancelled
    assert published(back, (), on=date(2027, 8, 1)).events == ()


def test_a_session_held_early_leaves_no_second_one_behind() -> None:
    first = published(Publication(), wanted(date(2027, 3, 22), date(2027, 3, 24)))
    held = published(first, wanted(date(2027, 3, 24), held_count=13))
    kept = [event for event in held.events if not event.cancelled]
    assert [(event.key, event.on) for event in kept] == [("palms:14", date(2027, 3, 24))]


def test_without_a_time_of_day_it_is_the_whole_day() -> None:
    found = events(published(Publication(), wanted(date(2027, 3, 28)), at=None))
    (event,) = found.values()
    assert (event["start"], event["end"]) == (date(2027, 3, 28), date(2027, 3, 29))


def test_a_time_that_does_not_exist_on_that_day_is_put_right_after_it() -> None:
    (event,) = events(published(Publication(), wanted(date(2027, 3, 28)), at=time(2, 30))).values()
    assert event["start"] == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
