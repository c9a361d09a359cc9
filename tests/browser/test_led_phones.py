"""A session that was begun on one phone and goes on, or is ended, on another."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from ionto.words.terms import Site
from ionto_web.care.course import sessions_at
from ionto_web.care.models import FactRecord, LedEventRecord, Person, SessionRecord

from .looks import barriers, fits, mirrored
from .phone import DURATION_MIN, Phone, eventually, person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


class OtherPhone:
    """A phone that is not here: what it sent is all that is known of it."""

    def __init__(self, person: Person, *, began_ago_s: float) -> None:
        assert person.user is not None
        self.client, self.person, self.name = Client(), person, str(uuid.uuid4())
        self.client.force_login(person.user)
        page = self.client.get(reverse("led", args=[person.code, "palms"])).content.decode()
        found = re.search(r'<script id="led-data" type="application/json">(.*?)</script>', page, re.S)
        assert found is not None
        self.ticket = json.loads(found.group(1))["ticket"]
        self.session, self.began_at = str(uuid.uuid4()), timezone.now() - timedelta(seconds=began_ago_s)

    def sends(self, *events: tuple[str, float, dict[str, Any]], at: datetime | None = None) -> dict[str, Any]:
        written = [
            {
                "id": str(uuid.uuid4()),
                "at": (at or self.began_at + timedelta(seconds=t_s)).isoformat(),
                "event": {"kind": kind, "t_s": t_s, **more},
                "phone": self.name,
            }
            for kind, t_s, more in events
        ]
        body = {"session": self.session, "ticket": self.ticket, "sent_at": timezone.now().isoformat()}
        path = reverse("led_events", args=[self.person.code, "palms"])
        answer = self.client.post(path, json.dumps(body | {"events": written}), content_type="application/json")
        said: dict[str, Any] = answer.json()
        return said

    def begins(self) -> None:
        self.sends(("began", 0.0, {}), ("answered", 0.0, {"answer": "poles", "half_count": 1}))


def test_a_session_from_another_phone_goes_on_here_and_counts_once(phone_of: Callable[..., Phone]) -> None:
    person = person_with()
    first = OtherPhone(person, began_ago_s=200)
    first.begins()
    phone = phone_of(person)
    page = phone.page
    page.clock.install()
    phone.opens()
    expect(page.get_by_role("heading", name="A session is open on another phone")).to_be_visible()
    since = first.began_at.astimezone().strftime("%H:%M")
    expect(page.locator("#open")).to_contain_text(f"open since {since}")
    assert barriers(page) == []
    assert mirrored(page) == []
    for width, height in ((390, 844), (844, 390), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page)
    page.get_by_role("button", name="Go on here").click()
    # The other phone was last heard of at the beginning: what nobody here saw is asked.
    expect(phone.view("away")).to_be_visible()
    page.locator('[data-said="on"]').click()
    expect(page.locator("#h-run")).to_have_text("Hold still")
    while page.locator("#zero").is_hidden():
        phone.winds(30)
    page.locator("#zero").click()
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(person, Site.PALMS)
    assert (fact.outcome, fact.duration_min) == ("completed", DURATION_MIN)
    assert abs(fact.at - first.began_at) < timedelta(seconds=3)
    # The first phone wakes up, and knows nothing of it: what it says now does not count.
    said = first.sends(("stop_pressed", 1.0, {}), ("over", 20.0, {}), at=timezone.now() + timedelta(seconds=1))
    assert said["taken"]
    assert [fact] == sessions_at(person, Site.PALMS)
    assert FactRecord.objects.filter(kind="session").count() == 1
    assert SessionRecord.objects.count() == 1


def test_it_may_have_ended_at_a_moment_that_the_person_knows(phone_of: Callable[..., Phone]) -> None:
    person = person_with()
    first = OtherPhone(person, began_ago_s=3600)
    first.begins()
    phone = phone_of(person, timezone_id="UTC")
    page = phone.page
    phone.opens()
    ended = first.began_at + timedelta(minutes=8)
    page.locator("#ended").fill((first.began_at - timedelta(minutes=3)).strftime("%H:%M"))
    page.get_by_role("button", name="It ended then").click()
    expect(page.locator("#ended-wrong")).to_be_visible()
    page.locator("#ended").fill(ended.strftime("%H:%M"))
    page.get_by_role("button", name="It ended then").click()
    expect(phone.view("ask")).to_be_visible()
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(person, Site.PALMS)
    assert fact.outcome == "stopped"
    assert 5 < fact.duration_min < 9
    page.reload()
    expect(phone.view("ask")).to_be_visible()


def test_a_phone_from_which_it_was_taken_says_so_and_falls_silent(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    eventually(lambda: LedEventRecord.objects.count() == 2, phone)
    other = OtherPhone(phone.person, began_ago_s=0)
    other.session = str(LedEventRecord.objects.all()[0].session)
    other.sends(("taken_over", 2.0, {}), at=timezone.now())
    phone.winds(11)
    expect(page.get_by_role("heading", name="Another phone goes on")).to_be_visible()
    expect(phone.view("taken")).to_contain_text("Nothing on this page stops it.")
    expect(phone.view("taken")).not_to_contain_text("any key")
    said = len(phone.heard())
    assert barriers(page) == []
    assert mirrored(page) == []
    phone.winds(120)
    assert len(phone.heard()) == said
    # Nothing of it stays here to be led a second time; it may be taken back.
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("heading", name="A session is open on another phone")).to_be_visible()
    page.get_by_role("button", name="Go on here").click()
    expect(phone.view("run")).to_be_visible()
    assert len({kept.session for kept in LedEventRecord.objects.all()}) == 1


def test_a_phone_that_wakes_up_after_it_was_taken_asks_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    phone.opens()
    phone.starts()
    eventually(lambda: LedEventRecord.objects.count() == 2, phone)
    url = page.url
    page.goto("about:blank")
    other = OtherPhone(phone.person, began_ago_s=0)
    other.session = str(LedEventRecord.objects.all()[0].session)
    other.sends(("taken_over", 2.0, {}), at=timezone.now())
    page.goto(url)
    expect(page.get_by_role("heading", name="Another phone goes on")).to_be_visible()
    assert LedEventRecord.objects.count() == 3
