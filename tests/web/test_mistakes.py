"""Mistakes of real people, each harmless, as the server sees them; tests/browser/test_mistakes.py has the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.words.records import RatingFact, SessionFact
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.course import fact_from, intake_of, recommended, why_not_now
from ionto_web.care.left_open import OLD_PAGE, SIGNED_OUT
from ionto_web.care.models import (
    Absence,
    ConsultationRecord,
    FactRecord,
    Person,
    PrescriptionRecord,
    SessionRecord,
    Withdrawal,
)

from .conftest import answers, audited, client_of, ended, prescribed, shortened
from .test_session import begin

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
Clock = Callable[..., None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the server's clock to a moment in Berlin."""

    def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> None:
        now = datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)
        monkeypatch.setattr(timezone, "now", lambda: now)

    return at


def session_fact(at: datetime, *, duration_min: float = 20.0) -> SessionFact:
    return SessionFact(site=Site.PALMS, at=at, current_ma=5.0, duration_min=duration_min)


# A wrong date.


@pytest.mark.parametrize(
    ("page", "typed", "said"),
    [
        ("diary", {"at": "2206-11-25T08:00", "rating": "3"}, "This lies in the future."),
        ("diary", {"at": "2062-11-25T08:00", "rating": "3"}, "This lies in the future."),
        ("diary", {"at": "2016-11-25T08:00", "rating": "3"}, "Please check the year."),
        ("diary", {"at": "0026-11-25T08:00", "rating": "3"}, "Please check the year."),
        ("diary", {"at": "2026-02-30T08:00", "rating": "3"}, "Please give a day and a time."),
        ("diary", {"at": "2026-03-29T02:30", "rating": "3"}, "2026-03-29 02:30"),
        ("away", {"first_on": "2206-12-01", "last_on": "2206-12-08"}, "more than a year ahead"),
        ("away", {"first_on": "2026-02-30", "last_on": "2026-03-01"}, "Please give a day."),
        ("consultation", answers(birth_year="98"), "birth_year"),
        ("consultation", answers(birth_year="2098"), "birth_year"),
    ],
)
def test_a_wrong_date_is_asked_again_and_nothing_is_kept(
    page: str, typed: dict[str, Any], said: str, alice: Person, as_alice: Client
) -> None:
    """The year with two digits turned, thirty February, and half past two in the night when the clocks go on."""
    answer = as_alice.post(reverse(page, args=[alice.code]), {"site": "palms", **typed})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not any(kind.objects.exists() for kind in (FactRecord, Absence, ConsultationRecord))


# A comma for a point: tests/web/test_diary.py has the diary.


def test_a_comma_in_the_questions_is_a_decimal_point(alice: Person, as_alice: Client) -> None:
    typed = answers(**{"palms.duration_years": "1,5"})
    assert as_alice.post(reverse("consultation", args=[alice.code]), typed).status_code == 302
    intake = intake_of(alice)
    assert intake is not None
    assert intake.sites[0].duration_months == 18


# Two tabs.


def test_an_old_tab_does_not_take_back_what_a_newer_one_said(alice: Person, as_alice: Client) -> None:
    page = reverse("consultation", args=[alice.code])
    before = str(as_alice.get(page).context["after"])
    as_alice.post(page, {**answers(history=["pacemaker"]), "after": before})
    answer = as_alice.post(page, {**answers(history=["none"]), "after": before}, follow=True)
    text = answer.content.decode()
    assert "These questions were answered again after you had opened the page" in text
    intake = intake_of(alice)
    assert intake is not None
    assert [item.condition.value for item in intake.history] == ["pacemaker"]
    assert 'value="pacemaker" ' in text
    # From the page that stands there now it is kept.
    newer = str(answer.context["after"])
    as_alice.post(page, {**answers(history=["none"]), "after": newer})
    assert ConsultationRecord.objects.count() == 2


def test_the_same_answers_pressed_twice_are_one_consultation(alice: Person, as_alice: Client) -> None:
    page = reverse("consultation", args=[alice.code])
    for _ in range(2):
        answer = as_alice.post(page, {**answers(), "after": "0"})
        assert answer.url == reverse("result", args=[alice.code])
    assert ConsultationRecord.objects.count() == 1


def test_what_another_tab_took_back_is_taken_back(alice: Person, as_alice: Client, charlie: User) -> None:
    as_alice.post(reverse("diary_tap", args=[alice.code]), {"site": "palms", "felt": "wet"})
    actions.keep_absence(alice, alice.today, alice.today, by=alice.user)
    for path in (
        reverse("diary_withdraw", args=[alice.code, FactRecord.objects.get().pk]),
        reverse("away_drop", args=[alice.code, Absence.objects.get().pk]),
    ):
        for _ in range(2):
            assert as_alice.post(path, follow=True).status_code == 200
        assert client_of(charlie).post(path).status_code == 404
    assert Withdrawal.objects.count() == 1


# The back button after something was sent.


def test_back_and_sent_again_is_one_entry(alice: Person, as_alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "DOUBLE_PRESS", timedelta(0))
    at = f"{datetime.now(BERLIN) - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    for rating in ("7", "7", "6"):
        data = {"site": "palms", "at": at, "rating": rating, "severity": "mild"}
        assert as_alice.post(reverse("diary", args=[alice.code]), data).status_code == 302
    assert [fact_from(kept.body).score for kept in FactRecord.objects.order_by("id")] == [7, 6]


@pytest.mark.django_db(transaction=True)
def test_back_to_the_questions_after_a_session_says_nothing_twice(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "DOUBLE_PRESS", timedelta(0))
    shortened(prescription)
    begin(as_alice, alice)
    record = ended(SessionRecord.objects.get())
    for _ in range(2):
        as_alice.post(reverse("session_comfort", args=[record.pk]), {"felt-itch": "mild"})
    assert FactRecord.objects.filter(kind="side_effect").count() == 1


# A double tap: tests/browser/test_mistakes.py has the others.


def test_a_person_who_is_welcomed_twice_in_a_moment_is_one_person(
    as_nina: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Olga", "Olga", "Olaf"):
        as_nina.post(reverse("new_person"), {"name": name, "timezone": "Europe/Berlin"})
    assert sorted(Person.objects.values_list("name", flat=True)) == ["Olaf", "Olga"]
    # A namesake comes later.
    monkeypatch.setattr(actions, "DOUBLE_PRESS", timedelta(0))
    as_nina.post(reverse("new_person"), {"name": "Olga", "timezone": "Europe/Berlin"})
    assert Person.objects.count() == 3


# A session at midnight.


def test_a_session_over_midnight_counts_on_both_days(alice: Person, clock: Clock) -> None:
    clock(2026, 11, 20, 12)
    prescribed(alice)
    actions.keep_facts(alice, [session_fact(datetime(2026, 11, 23, 23, 50, tzinfo=BERLIN))], by=alice.user)
    for day, hour, is_refused in ((23, 23, True), (24, 0, True), (24, 20, True), (25, 0, False)):
        clock(2026, 11, day, hour, 30)
        assert alice.today.day == day
        refusal = why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS])
        assert (refusal is not None) == is_refused, (day, hour, refusal)


@pytest.mark.django_db(transaction=True)
def test_after_a_session_over_midnight_the_skin_is_asked_about(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    begin(as_alice, alice)
    record = ended(SessionRecord.objects.get())
    SessionRecord.objects.update(started_at=timezone.now() - timedelta(days=1), ended_at=timezone.now())
    assert "How does the skin feel?" in as_alice.get(reverse("session", args=[record.pk])).content.decode()


def test_a_tap_belongs_to_the_persons_own_day(alice: Person, as_alice: Client, clock: Clock) -> None:
    """Half past midnight in Berlin is the evening before in UTC."""
    page = reverse("diary", args=[alice.code])
    clock(2026, 11, 23, 23, 55)
    as_alice.post(reverse("diary_tap", args=[alice.code]), {"site": "palms", "felt": "wet"})
    assert "your answer of today" in as_alice.get(page).content.decode()
    clock(2026, 11, 24, 0, 30)
    assert "your answer of today" not in as_alice.get(page).content.decode()


# The time zone changed on a trip.


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "Pacific/Kiritimati"])
def test_a_trip_brings_no_second_session_on_one_day(zone: str, alice: Person, clock: Clock) -> None:
    clock(2026, 11, 20, 12)
    prescribed(alice)
    at = datetime(2026, 11, 23, 12, tzinfo=BERLIN)
    actions.keep_facts(alice, [session_fact(at)], by=alice.user)
    before = fact_from(FactRecord.objects.get().body)
    alice.timezone = zone
    alice.save()
    clock(2026, 11, 23, 12, 30)
    assert why_not_now(alice, Site.PALMS, recommended(alice)[Site.PALMS]) is not None
    # What was kept stays at its moment, and the next date does not move before it.
    assert fact_from(FactRecord.objects.get().body) == before
    next_on = recommended(alice)[Site.PALMS].next_session_on
    assert next_on is not None
    assert next_on > at.astimezone(alice.zone).date()


def test_the_diary_says_whose_time_it_asks_for(alice: Person, as_alice: Client) -> None:
    page = reverse("diary", args=[alice.code])
    assert "Berlin time." in as_alice.get(page).content.decode()
    alice.timezone = "America/New_York"
    alice.save()
    assert "New York time." in as_alice.get(page).content.decode()


# A page left open for a week.


def signed_out(client: Client) -> Client:
    client.logout()
    return client


@pytest.mark.parametrize("name", ["diary_tap", "diary"])
def test_what_a_signed_out_page_sends_leads_back_to_that_page(name: str, alice: Person, as_alice: Client) -> None:
    """Not to an address that only takes what is sent, and shows nothing."""
    diary = reverse("diary", args=[alice.code])
    data = {"site": "palms", "felt": "wet"}
    client = signed_out(as_alice)
    answer = client.post(reverse(name, args=[alice.code]), data, headers={"Referer": "http://testserver" + diary})
    assert not FactRecord.objects.exists()
    page = client.get(answer.url).content.decode()
    assert str(SIGNED_OUT) in page
    client.force_login(alice.user)
    assert client.get(answer.url, follow=True).redirect_chain[-1][0] == diary


def test_a_page_from_elsewhere_is_led_to_nobody_elses(alice: Person, as_alice: Client) -> None:
    path = reverse("diary_tap", args=[alice.code])
    for elsewhere in ({"Referer": "http://evil.example/trap"}, {}):
        answer = signed_out(as_alice).post(path, headers=elsewhere)
        assert answer.url == f"{reverse('account_login')}?next=%2Fstart%2F"


def test_a_tap_on_a_signed_out_page_opens_the_sign_in_page_whole(alice: Person, as_alice: Client) -> None:
    diary = "http://testserver" + reverse("diary", args=[alice.code])
    headers = {"HX-Request": "true", "HX-Target": "recent", "Referer": diary}
    answer = signed_out(as_alice).post(reverse("diary_tap", args=[alice.code]), headers=headers)
    assert answer["HX-Redirect"].startswith(reverse("account_login"))
    assert not answer.content


def test_what_is_typed_in_the_questions_stays_on_the_page_of_a_signed_out_person(
    alice: Person, as_alice: Client
) -> None:
    """Its script says "Not saved"; to lead away would lose the answers."""
    headers = {"HX-Request": "true", "HX-Target": "draft"}
    answer = signed_out(as_alice).post(reverse("consultation_draft", args=[alice.code]), answers(), headers=headers)
    assert "HX-Redirect" not in answer
    assert answer.status_code == 302


def test_a_page_older_than_its_sign_in_saves_nothing_and_is_loaded_anew(alice: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)
    diary, path = reverse("diary", args=[alice.code]), reverse("diary_tap", args=[alice.code])
    data = {"site": "palms", "felt": "wet", "csrfmiddlewaretoken": "x" * 64}
    client.get(diary)
    answer = client.post(path, data)
    assert answer.status_code == 403
    assert "This form was open for too long" in answer.content.decode()
    answer = client.post(path, data, headers={"HX-Request": "true", "HX-Target": "recent"})
    assert answer["HX-Refresh"] == "true"
    assert str(OLD_PAGE) in client.get(diary).content.decode()
    assert not FactRecord.objects.exists()


def test_two_requests_at_the_same_moment_are_one(alice: Person) -> None:
    """Both have asked before either has written."""
    assert alice.user is not None
    (fact,) = actions.keep_facts(alice, [RatingFact(site=Site.PALMS, at=timezone.now(), score=4)], by=alice.user)
    for _ in range(2):
        actions.withdraw_fact(fact, by=alice.user)
    assert Withdrawal.objects.count() == len(audited("fact_withdrawn")) == 1
    new = User.objects.create_user("new@example.org", "new@example.org")
    assert len({actions.welcome_person(by=new, user=new).pk for _ in range(2)}) == 1
