"""The private calendar: its secret address, what it shows, and that it says when nothing changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from ionto.words.records import RatingFact
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.course import recommended
from ionto_web.care.models import CalendarFeed, Person, PrescriptionRecord

from .conftest import audited


@pytest.fixture
def treated(alice: Person, prescription: PrescriptionRecord) -> Person:
    assert prescription.person == alice
    return alice


def address(client: Client, person: Person) -> str:
    page = client.post(reverse("open_feed", args=[person.code]))
    found: str = page.context["address"]
    assert found in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    return found.removeprefix("http://testserver")


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_the_calendar_shows_the_recommended_sessions_to_who_has_the_address(treated: Person, as_alice: Client) -> None:
    answer = Client().get(address(as_alice, treated))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = events(answer.content)
    advice = recommended(treated)[Site.PALMS]
    assert found[0].decoded("dtstart") == advice.next_session_on
    assert len(found) == sum(day.session_planned for day in advice.forecast) > 3
    for word in (b"Alice", treated.code.encode(), b"palms", b"ontophoresis", b"VTIMEZONE"):
        assert word not in answer.content
    assert audited("feed_opened")


def test_a_calendar_that_has_not_changed_is_not_sent_again(treated: Person, as_alice: Client) -> None:
    path = address(as_alice, treated)
    first = Client().get(path)
    again = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    zipped = Client().get(path, headers={"Accept-Encoding": "gzip"})
    assert Client().get(path, headers={"If-None-Match": zipped["ETag"]}).status_code == 304
    as_alice.post(reverse("set_feed", args=[treated.code]), {"time_of_day": "18:30", "says_what": "on"})
    changed = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert b"Iontophoresis\\, hands" in changed.content


def test_a_new_fact_moves_events_and_keeps_their_addresses(treated: Person, as_alice: Client) -> None:
    path = address(as_alice, treated)
    before = {str(event["uid"]) for event in events(Client().get(path).content)}
    assert treated.user is not None
    actions.keep_facts(treated, [RatingFact(site=Site.PALMS, at=timezone.now(), score=9)], by=treated.user)
    after = {str(event["uid"]) for event in events(Client().get(path).content)}
    assert before <= after


def test_a_new_address_closes_the_one_before_and_closing_closes_all(treated: Person, as_alice: Client) -> None:
    old, new = address(as_alice, treated), address(as_alice, treated)
    assert [Client().get(path).status_code for path in (old, new)] == [404, 200]
    as_alice.post(reverse("close_feed", args=[treated.code]))
    assert Client().get(new).status_code == 404
    assert audited("feed_closed")


def test_the_secret_is_kept_as_its_hash_only(treated: Person, as_alice: Client) -> None:
    token = address(as_alice, treated).removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) >= 43
    assert token not in repr(CalendarFeed.objects.values().get())
    assert token not in as_alice.get(reverse("reach", args=[treated.code])).content.decode()


def test_two_people_have_nothing_in_common_in_their_calendars(treated: Person, as_alice: Client) -> None:
    path = address(as_alice, treated)
    first = {str(event["uid"]) for event in events(Client().get(path).content)}
    CalendarFeed.objects.update(calendar_id="6b1f9c3e-0000-4000-8000-000000000002", publication='{"events": []}')
    assert not first & {str(event["uid"]) for event in events(Client().get(path).content)}


def test_the_hour_stays_where_the_person_lives_across_the_summer_time_change(
    treated: Person, as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = address(as_alice, treated)
    as_alice.post(reverse("set_feed", args=[treated.code]), {"time_of_day": "18:30"})
    winter = datetime(2027, 3, 22, 9, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: winter)
    starts = [event.decoded("dtstart") for event in events(Client().get(path).content)]
    assert {start.utcoffset() for start in starts} == {timedelta(0)}
    assert {start.astimezone(ZoneInfo("Europe/Berlin")).time() for start in starts} == {time(18, 30)}
    assert {start.hour for start in starts if start.date() < date(2027, 3, 28)} == {17}
    assert {start.hour for start in starts if start.date() > date(2027, 3, 28)} == {16}
    assert starts[-1] - starts[0] > timedelta(days=7)


def test_an_hour_that_is_none_is_refused_in_words(treated: Person, as_alice: Client) -> None:
    page = as_alice.post(reverse("set_feed", args=[treated.code]), {"time_of_day": "25:00"})
    assert page.status_code == 422
    assert "Please give a time of day" in page.content.decode()
