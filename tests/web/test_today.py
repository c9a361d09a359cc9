"""The day in one tap: on a message, on the page, twice, late, out of order, by somebody else, and without a session."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import json
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from ionto.words.records import DayFact
from ionto.words.terms import Site, Wetness
from ionto_web.care import actions, outbox, push
from ionto_web.care.course import fact_from, felt_on
from ionto_web.care.models import Person, PrescriptionRecord, PushDevice, Reminder, ReminderChoice

from .conftest import At, audited, client_of


@pytest.fixture
def asked(alice: Person, prescription: PrescriptionRecord, at: At, push_service: Any) -> dict[str, Any]:
    """What Alice's phone has got at eight in the evening: how was today?"""
    push.add_device(alice, **push_service.browser("phone"), by=alice.user)
    ReminderChoice.objects.create(
        person=alice, asks_daily=True, time_of_day=time(18), quiet_from=time(21), quiet_until=time(8)
    )
    at(20, 1)
    assert outbox.sweep() == 1
    (said,) = push_service.said
    return dict(said)


@pytest.fixture
def reminded(alice: Person, prescription: PrescriptionRecord, at: At, push_service: Any) -> dict[str, Any]:
    """What Alice's phone has got at six in the evening: a session is due."""
    push.add_device(alice, **push_service.browser("phone"), by=alice.user)
    ReminderChoice.objects.create(
        person=alice, by_push=True, time_of_day=time(18), quiet_from=time(21), quiet_until=time(8)
    )
    at(18, 1)
    assert outbox.sweep() == 1
    (said,) = push_service.said
    return dict(said)


def post(client: Client, path: str, **body: Any) -> HttpResponse:
    return client.post(path, json.dumps(body), content_type="application/json")


def answer(said: dict[str, Any], what: str, *, ago_s: float = 0, client: Client | None = None) -> HttpResponse:
    """The button, pressed by nobody who is signed in."""
    return post(client or Client(enforce_csrf_checks=True), said["to"], ticket=said["ticket"], said=what, ago_s=ago_s)


def felt_of(person: Person) -> list[str]:
    """What stands in the record, the oldest first."""
    return [fact_from(record.body).felt for record in person.facts.filter(withdrawal=None).order_by("at", "id")]


# --- on the message


@pytest.mark.parametrize("felt", ["dry", "clammy", "wet"])
def test_one_tap_on_the_message_is_the_day(felt: str, asked: dict[str, Any], alice: Person) -> None:
    assert answer(asked, felt).status_code == 200
    assert felt_on(alice, alice.today) == {Site.PALMS: felt}
    assert audited("reminder_answered")
    assert audited("day_recorded")[0].by == alice.user


def test_the_same_tap_again_is_the_same_day(asked: dict[str, Any], alice: Person) -> None:
    assert [answer(asked, "wet").status_code for _ in range(3)] == [200, 200, 200]
    assert felt_of(alice) == ["wet"]


def test_another_tap_on_the_same_message_changes_nothing(asked: dict[str, Any], alice: Person) -> None:
    answer(asked, "dry")
    assert answer(asked, "wet").status_code == 409
    assert felt_of(alice) == ["dry"]


def test_what_was_answered_elsewhere_is_not_overwritten(asked: dict[str, Any], alice: Person, at: At) -> None:
    actions.keep_facts(alice, [DayFact(site=Site.PALMS, at=at(20, 5), felt=Wetness.CLAMMY)], by=alice.user)
    at(20, 10)
    assert answer(asked, "wet").status_code == 409
    assert answer(asked, "clammy").status_code == 200
    assert felt_of(alice) == ["clammy"]


def test_a_tap_after_midnight_is_about_the_day_that_was_asked_about(
    asked: dict[str, Any], alice: Person, at: At
) -> None:
    asked_on = alice.today
    at(7, days=1)
    assert answer(asked, "dry").status_code == 200
    assert felt_on(alice, asked_on) == {Site.PALMS: "dry"}
    assert felt_on(alice, alice.today) == {}


def test_a_tap_without_a_network_counts_when_it_was_made(asked: dict[str, Any], alice: Person, at: At) -> None:
    tapped_at = at(20, 30)
    at(9, days=2)
    assert answer(asked, "wet", ago_s=(timezone.now() - tapped_at).total_seconds()).status_code == 200
    assert alice.facts.get().at == tapped_at


def test_a_tap_that_comes_too_late_is_refused(asked: dict[str, Any], alice: Person, at: At) -> None:
    at(9, days=8)
    assert answer(asked, "wet").status_code == 410
    assert answer(asked, "wet", ago_s=8 * 24 * 3600).status_code == 422
    assert felt_of(alice) == []


@pytest.mark.parametrize("said", ["hour", "moist", "", "open"])
def test_the_ticket_of_the_day_does_nothing_else(said: str, asked: dict[str, Any], alice: Person) -> None:
    assert answer(asked, said).status_code == 410
    assert felt_of(alice) == []
    assert ReminderChoice.objects.get().snoozed_until is None


def test_a_ticket_that_is_made_up_or_changed_opens_nothing(asked: dict[str, Any], alice: Person) -> None:
    pk, _, mac = asked["ticket"].partition(":")
    other = Reminder.objects.create(person=alice, key="other", on=alice.today, due_at=timezone.now(), kind="day")
    for ticket in (pk, f"{pk}:", f"{other.pk.hex}:{mac}", f"{pk}:{mac[::-1]}", "", "x:y"):
        assert answer(asked | {"ticket": ticket}, "dry").status_code == 404
    assert felt_of(alice) == []


def test_a_device_that_was_removed_answers_no_more(asked: dict[str, Any], alice: Person) -> None:
    push.remove_device(PushDevice.objects.get(), by=alice.user)
    assert answer(asked, "dry").status_code == 404
    assert felt_of(alice) == []


def test_who_is_signed_in_as_somebody_else_answers_for_the_one_who_was_asked(
    asked: dict[str, Any], alice: Person, as_charlie: Client, charlie: User
) -> None:
    assert answer(asked, "dry", client=as_charlie).status_code == 200
    assert felt_of(alice) == ["dry"]
    assert not charlie.person.facts.exists()


def test_a_person_who_has_gone_is_written_nothing(asked: dict[str, Any], alice: Person) -> None:
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    assert answer(asked, "dry").status_code == 404


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"ticket": 1, "said": "dry", "ago_s": 0}', b"\xff"])
def test_what_is_no_answer_is_refused_in_words(body: bytes, asked: dict[str, Any]) -> None:
    refused = Client().post(asked["to"], body, content_type="application/json")
    assert refused.status_code == 422
    assert refused.json()["why"]


# --- not now


def test_in_an_hour_by_the_button_is_one_more_in_an_hour(
    reminded: dict[str, Any], alice: Person, at: At, push_service: Any
) -> None:
    assert [answer(reminded, "hour").status_code for _ in range(2)] == [200, 200]
    at(18, 55)
    assert outbox.sweep() == 0
    at(19, 2)
    assert [outbox.sweep(), outbox.sweep()] == [1, 0]
    assert len({said["tag"] for said in push_service.said}) == 2


def test_the_first_button_that_was_pressed_holds(reminded: dict[str, Any]) -> None:
    answer(reminded, "hour")
    until = ReminderChoice.objects.get().snoozed_until
    assert answer(reminded, "tomorrow").status_code == 409
    assert ReminderChoice.objects.get().snoozed_until == until


def test_what_was_put_off_on_one_device_still_comes_to_one_that_is_added_then(
    reminded: dict[str, Any], alice: Person, at: At, push_service: Any
) -> None:
    answer(reminded, "hour")
    at(18, 30)
    push.add_device(alice, **push_service.browser("tablet"), by=alice.user)
    assert outbox.sweep() == 0
    at(19, 2)
    assert [outbox.sweep(), outbox.sweep()] == [2, 0]
    assert sorted(each.browser for each in push_service.taken) == ["phone", "phone", "tablet"]


def test_a_question_that_is_put_off_puts_off_no_reminder(
    reminded: dict[str, Any], alice: Person, at: At, push_service: Any
) -> None:
    again = f"day{outbox.AGAIN}x"
    Reminder.objects.create(
        person=alice,
        key=again,
        kind="day",
        site="palms",
        on=alice.today,
        due_at=at(20),
        device=PushDevice.objects.get(),
    )
    Reminder.objects.exclude(key=again).update(sent_at=None, claimed_at=None)
    at(18, 12)
    assert outbox.sweep() == 1


def test_tomorrow_by_the_button_is_one_tomorrow(reminded: dict[str, Any], at: At, push_service: Any) -> None:
    assert answer(reminded, "tomorrow").status_code == 200
    at(20)
    assert outbox.sweep() == 0
    at(18, 1, days=1)
    assert [outbox.sweep(), outbox.sweep()] == [1, 0]


def test_in_an_hour_is_an_hour_after_the_tap_not_after_the_network_came_back(
    reminded: dict[str, Any], at: At, push_service: Any
) -> None:
    at(18, 41)
    answer(reminded, "hour", ago_s=40 * 60)
    at(19, 2)
    assert outbox.sweep() == 1


def test_in_an_hour_that_is_quiet_waits_for_the_morning(reminded: dict[str, Any], at: At, push_service: Any) -> None:
    at(20, 30)
    answer(reminded, "hour")
    for hour in (21, 23):
        at(hour, 31)
        assert outbox.sweep() == 0
    at(8, 1, days=1)
    assert outbox.sweep() == 1


@pytest.mark.parametrize(("until", "hour"), [("hour", 19), ("hours", 20)])
def test_the_page_puts_off_too(until: str, hour: int, reminded: dict[str, Any], alice: Person, at: At) -> None:
    client_of(alice.user).post(reverse("snooze", args=[alice.code]), {"until": until})
    at(hour, 0)
    assert outbox.sweep() == 0
    at(hour, 2)
    assert outbox.sweep() == 1


def test_a_question_that_is_put_off_comes_again_today_unless_it_is_answered(
    asked: dict[str, Any], alice: Person, at: At, push_service: Any
) -> None:
    ReminderChoice.objects.update(quiet_from=time(23))
    as_alice = client_of(alice.user)
    as_alice.post(reverse("snooze", args=[alice.code]), {"until": "hour"})
    at(21, 2)
    assert [outbox.sweep(), outbox.sweep()] == [1, 0]
    as_alice.post(reverse("snooze", args=[alice.code]), {"until": "hour"})
    answer(asked, "dry")
    at(22, 3)
    assert outbox.sweep() == 0


# --- on the page


def tap(client: Client, person: Person, felt: str, *, before: str = "", site: str = "palms", ago_s: float = 0) -> Any:
    return post(client, reverse("today_tap"), code=person.code, site=site, felt=felt, before=before, ago_s=ago_s)


def test_the_page_is_ones_own_and_says_what_was_answered(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client, as_charlie: Client, as_bob: Client
) -> None:
    assert tap(as_alice, alice, "wet").json() == {"kept": "wet"}
    text = as_alice.get(reverse("today")).content.decode()
    assert 'data-before="wet"' in text
    assert text.count('aria-pressed="true"') == 1
    assert alice.code not in as_charlie.get(reverse("today")).content.decode()
    assert as_bob.get(reverse("today")).url == reverse("start")


def test_a_tap_is_kept_once_and_changed_by_who_saw_what_it_was(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client
) -> None:
    assert [tap(as_alice, alice, "dry").status_code for _ in range(2)] == [200, 200]
    refused = tap(as_alice, alice, "wet")
    assert (refused.status_code, refused.json()) == (409, {"earlier": "dry"})
    assert felt_of(alice) == ["dry"]
    assert tap(as_alice, alice, "wet", before="dry").status_code == 200
    assert felt_of(alice) == ["wet"]
    assert audited("fact_withdrawn")


def test_a_tap_of_yesterday_is_about_yesterday(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client
) -> None:
    tap(as_alice, alice, "dry")
    assert tap(as_alice, alice, "wet", ago_s=24 * 3600).status_code == 200
    assert felt_of(alice) == ["wet", "dry"]


def test_a_tap_for_a_place_that_is_not_treated_is_refused(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client
) -> None:
    assert tap(as_alice, alice, "dry", site="soles").status_code == 422
    assert tap(as_alice, alice, "dry", ago_s=-1).status_code == 422


def test_nobody_else_taps_for_alice(
    alice: Person, prescription: PrescriptionRecord, as_bob: Client, as_charlie: Client, client: Client
) -> None:
    assert [tap(who, alice, "dry").status_code for who in (as_bob, as_charlie, client)] == [404, 404, 302]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)
    assert tap(strict, alice, "dry").status_code == 403
    assert felt_of(alice) == []


# --- the home screen


def test_the_home_screen_opens_the_one_tap_in_the_persons_language(alice: Person, as_alice: Client) -> None:
    actions.change_language(alice, "de", by=alice.user)
    found = as_alice.get(reverse("manifest"))
    assert found["Content-Type"] == "application/manifest+json"
    said = found.json()
    assert resolve(said["start_url"]).url_name == "today"
    assert [(each["name"], resolve(each["url"]).url_name) for each in said["shortcuts"]] == [
        ("Wie war es heute?", "today"),
        ("Sitzung", "own_session"),
    ]
    for icon in said["icons"]:
        path = Path(str(finders.find(icon["src"].removeprefix("/static/"))))
        head = path.read_bytes()[:24]
        size = f"{int.from_bytes(head[16:20])}x{int.from_bytes(head[20:24])}"
        assert (head[1:4], size) == (b"PNG", icon["sizes"])
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    page = as_alice.get(reverse("reach", args=[alice.code])).content.decode()
    assert f'<link rel="manifest" href="{reverse("manifest")}">' in page


def test_the_shortcut_to_the_session_is_for_everyone_their_own(
    alice: Person, as_alice: Client, as_bob: Client, client: Client
) -> None:
    path = reverse("own_session")
    assert as_alice.get(path).url == reverse("prepare", args=[alice.code])
    assert as_bob.get(path).url == reverse("start")
    assert client.get(path).url.startswith("/accounts/login/")


def test_two_workers_see_nothing_of_each_other(as_alice: Client) -> None:
    """A worker may see the addresses under its own: no page of a session for this one, no day for the other."""
    today, led = reverse("today_worker"), reverse("led_worker")
    scopes = [path.rpartition("/")[0] + "/" for path in (today, led)]
    assert not scopes[0].startswith(scopes[1])
    assert not scopes[1].startswith(scopes[0])
    text = as_alice.get(today).content.decode()
    assert "ionto-led" not in text
    assert "ionto-led" in as_alice.get(led).content.decode()
