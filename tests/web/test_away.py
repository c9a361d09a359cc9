"""Days away, and what if one waits."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.words.records import HdssFact, SessionFact
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.course import recommended
from ionto_web.care.models import Absence, Person, PrescriptionRecord
from ionto_web.care.views.away import MOST_COUNT

from .conftest import audited

pytestmark = pytest.mark.django_db


def say(client: Client, person: Person, first_days: int, last_days: int):
    first, last = (person.today + timedelta(days=days) for days in (first_days, last_days))
    data = {"first_on": first.isoformat(), "last_on": last.isoformat()}
    return client.post(reverse("away", args=[person.code]), data)


def treated(person: Person) -> None:
    """Six weeks of sessions, after which she is dry."""
    facts = []
    for days_ago in range(42, 1, -2):
        at = timezone.now() - timedelta(days=days_ago)
        facts += [
            HdssFact(site=Site.PALMS, at=at, score=4 if days_ago > 32 else 2 if days_ago > 20 else 1),
            SessionFact(site=Site.PALMS, at=at + timedelta(hours=1), current_ma=15.0, duration_min=20.0),
        ]
    actions.keep_facts(person, facts, by=person.user)


def test_no_session_falls_on_days_away_and_the_page_says_what_that_asks_for(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    treated(alice)
    next_on = recommended(alice)[Site.PALMS].next_session_on
    assert next_on is not None
    days = (next_on - alice.today).days
    assert say(as_alice, alice, days, days + 9).status_code == 302
    advice = recommended(alice)[Site.PALMS]
    assert not any(day.session_planned and 0 <= (day.on - next_on).days <= 9 for day in advice.forecast)
    assert advice.away[0].why in as_alice.get(reverse("away", args=[alice.code])).content.decode()
    assert audited("absence_kept")


def test_days_away_are_taken_back_and_the_same_twice_are_one(alice: Person, as_alice: Client) -> None:
    say(as_alice, alice, 3, 5)
    say(as_alice, alice, 3, 5)
    absence = Absence.objects.get()
    assert as_alice.post(reverse("away_drop", args=[alice.code, absence.pk])).status_code == 302
    assert not Absence.objects.exists()
    assert audited("absence_dropped")


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (5, 3, "lies before the first"),
        (-9, -3, "over already"),
        (300, 700, "Please check the year"),
        (1, 200, "too long to plan around"),
    ],
)
def test_days_that_cannot_be_are_refused_in_one_sentence(
    first: int, last: int, sentence: str, alice: Person, as_alice: Client
) -> None:
    answer = say(as_alice, alice, first, last)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Absence.objects.exists()


def test_a_day_that_is_none_is_asked_again(alice: Person, as_alice: Client) -> None:
    answer = as_alice.post(reverse("away", args=[alice.code]), {"first_on": "soon", "last_on": ""})
    assert answer.status_code == 422
    assert "Please give a day." in answer.content.decode()


def test_there_is_an_end_to_absences(alice: Person, as_alice: Client) -> None:
    for number in range(MOST_COUNT + 1):
        answer = say(as_alice, alice, 10 * number, 10 * number + 1)
    assert answer.status_code == 422
    assert Absence.objects.count() == MOST_COUNT


def test_waiting_makes_dry_days_less_likely_and_every_day_is_there(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    treated(alice)
    text = as_alice.get(reverse("progress", args=[alice.code])).content.decode()
    found = re.search(r'<script id="skipped-palms" type="application/json">(.*?)</script>', text)
    assert found is not None
    days = json.loads(found[1])
    advice = recommended(alice)[Site.PALMS]
    assert len(days) == len(advice.skipped) == 42
    assert all("No session until" in day["words"] for day in days)
    assert advice.skipped[-1].controlled_prob < advice.skipped[7].controlled_prob - 0.05


def test_the_page_counts_sessions_and_hours(alice: Person, as_alice: Client, prescription: PrescriptionRecord) -> None:
    page = reverse("progress", args=[alice.code])
    assert "0 sessions." in as_alice.get(page).content.decode()
    at = timezone.now() - timedelta(days=27)
    facts = [
        SessionFact(site=Site.PALMS, at=at + timedelta(days=9 * number), current_ma=15.0, duration_min=20.0)
        for number in range(3)
    ]
    actions.keep_facts(alice, facts, by=alice.user)
    text = as_alice.get(page).content.decode()
    assert "3 sessions since" in text
    assert "1.0 hours with the current on" in text
