"""Web Push: what a push service gets of a message and what the device reads, to whom it goes, when, and how often."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from py_vapid import Vapid02

from ionto.words.records import DayFact
from ionto.words.terms import Site, Wetness
from ionto_web.care import actions, outbox, push
from ionto_web.care.models import Person, PrescriptionRecord, PushDevice, Reminder, ReminderChoice
from ionto_web.care.record import record_of

from .conftest import BERLIN, At, audited, client_of, prescribed

CHOICE = {
    "remind-by_push": "on", "remind-time_of_day": "18:00", "remind-asks_at": "20:00",
    "remind-quiet_from": "21:00", "remind-quiet_until": "08:00",
}  # fmt: skip


@pytest.fixture
def alices(alice: Person, prescription: PrescriptionRecord, as_alice: Client, push_service: Any) -> Person:
    """Alice, whose phone takes messages; nothing is asked by e-mail."""
    add(as_alice, alice, push_service.browser("phone"))
    return alice


def add(client: Client, person: Person, browser: dict[str, str]) -> None:
    answer = client.post(reverse("add_device", args=[person.code]), browser)
    assert answer.status_code == 200, answer.content


def choose(client: Client, person: Person, **more: str) -> None:
    answer = client.post(reverse("set_reminders", args=[person.code]), CHOICE | more)
    assert answer.status_code == 302, answer.content


# --- what it says, and to whom


def test_a_message_is_encrypted_signed_and_says_nothing_to_a_stranger(
    alices: Person, at: At, push_service: Any
) -> None:
    at(18, 1)
    assert outbox.sweep() == 1
    (taken,), reminder = push_service.taken, Reminder.objects.get()
    assert taken.headers["content-encoding"] == "aes128gcm"
    assert taken.headers["topic"] == reminder.pk.hex
    # To nine in the evening, when the quiet hours begin.
    assert int(taken.headers["ttl"]) == (3 * 60 - 1) * 60
    assert Vapid02.verify(taken.headers["authorization"])
    assert f"k={push.public_key()}" in taken.headers["authorization"].replace(" ", "")
    said = push_service.read(taken)
    assert said["tag"] == taken.headers["topic"]
    assert [button["action"] for button in said["buttons"]] == ["hour", "tomorrow"]
    shown = " ".join([said["title"], said["body"], *(button["title"] for button in said["buttons"])])
    assert shown == "Your reminder Something is due today. In an hour Tomorrow"
    assert alices.code not in str(said)
    assert mail.outbox == []


def test_it_says_more_and_in_german_when_the_person_wants_it(
    alices: Person, as_alice: Client, at: At, push_service: Any
) -> None:
    actions.change_language(alices, "de", by=alices.user)
    choose(as_alice, alices, **{"remind-says_what": "on", "remind-asks_daily": "on"})
    at(20, 1)
    assert outbox.sweep() == 2
    session, day = sorted(push_service.said, key=lambda said: said["opens"])
    assert (session["title"], session["body"], session["lang"]) == ("Heute ist eine Sitzung fällig.", "Hände", "de")
    assert (day["title"], day["body"]) == ("Wie war es heute?", "Schwitzen: Hände")
    assert [button["title"] for button in day["buttons"]] == ["Trocken", "Klamm", "Nass"]
    halves = {half["title"]: [button["title"] for button in half["then"]] for half in day["fewer"]}
    assert halves == {"Eher trocken": ["Trocken", "Klamm"], "Eher nass": ["Klamm", "Nass"]}


def test_in_neutral_words_nothing_tells_what_the_question_is_about(
    alices: Person, as_alice: Client, at: At, push_service: Any
) -> None:
    choose(as_alice, alices, **{"remind-asks_daily": "on"})
    ReminderChoice.objects.update(by_push=False)
    at(20, 1)
    assert outbox.sweep() == 1
    (said,) = push_service.said
    assert (said["title"], said["body"], said["buttons"], said["opens"]) == ("How was today?", "", [], reverse("today"))
    assert not re.search("dry|clammy|wet|sweat|hands|diary", str(said).lower())


def test_every_device_gets_one_and_one_that_is_gone_is_sent_nothing_more(
    alices: Person, as_alice: Client, at: At, push_service: Any
) -> None:
    for name in ("tablet", "old-phone"):
        add(as_alice, alices, push_service.browser(name))
    push_service.answers["old-phone"] = 410
    at(18, 1)
    assert outbox.sweep() == 2
    assert sorted(said.browser for said in push_service.taken) == ["old-phone", "phone", "tablet"]
    assert [device.name for device in alices.push_devices.filter(ended_at=None)] == ["phone", "tablet"]
    assert len(audited("device_ended")) == 1
    assert outbox.sweep() == 0
    at(18, 30)
    assert outbox.sweep() == 0
    assert len(push_service.taken) == 3
    assert all(device.taken_at for device in alices.push_devices.filter(ended_at=None))
    text = as_alice.get(reverse("reach", args=[alices.code])).content.decode()
    assert re.search(r"Has taken no messages since \w+ \d+ \w+ \d{4}, 18:01", text)
    assert text.count("data-ended") == 1
    assert "No device takes messages now." not in text
    PushDevice.objects.update(ended_at=timezone.now())
    assert "No device takes messages now." in as_alice.get(reverse("reach", args=[alices.code])).content.decode()


# --- an address that its push service renews


def renewed(client: Client, old: dict[str, str], new: dict[str, str], /, **more: str) -> Any:
    """What the worker says when its browser has another address."""
    said = {"old": old["endpoint"], **{key: new[key] for key in ("endpoint", "p256dh", "auth")}, **more}
    return client.post(reverse("renew_device"), json.dumps(said), content_type="application/json")


def test_a_renewed_address_takes_the_old_ones_place_however_often_it_is_sent(
    alices: Person, at: At, push_service: Any
) -> None:
    worker = Client(enforce_csrf_checks=True)
    worker.force_login(alices.user)
    old, new = push_service.browser("phone"), push_service.browser("phone-renewed")
    assert [renewed(worker, old, new).status_code for _ in range(2)] == [200, 200]
    device = alices.push_devices.get()
    assert (device.name, device.endpoint) == ("phone", new["endpoint"])
    assert {record.by for record in audited("device_renewed")} == {alices.user}
    at(18, 1)
    assert outbox.sweep() == 1
    assert [each.browser for each in push_service.taken] == ["phone-renewed"]
    assert push_service.said[0]["title"] == "Your reminder"


def test_what_could_not_be_sent_to_the_old_address_arrives_at_the_new_one(
    alices: Person, as_alice: Client, at: At, push_service: Any
) -> None:
    push_service.answers["phone"] = 410
    at(18, 1)
    assert outbox.sweep() == 0
    assert PushDevice.objects.get().ended_at is not None
    assert renewed(as_alice, push_service.browser("phone"), push_service.browser("new")).status_code == 200
    assert PushDevice.objects.get().ended_at is None
    at(18, 12)
    assert [outbox.sweep(), outbox.sweep()] == [1, 0]
    assert [each.browser for each in push_service.taken] == ["phone", "new"]


def test_nobody_renews_what_is_not_theirs_and_nothing_that_was_removed_comes_back(
    alices: Person, as_alice: Client, as_bob: Client, as_charlie: Client, charlie: Any, push_service: Any
) -> None:
    old, new, charlies = (push_service.browser(name) for name in ("phone", "new", "charlies"))
    assert [renewed(who, old, new).status_code for who in (as_bob, as_charlie, Client())] == [404, 404, 302]
    # Not even with an address of one's own beside it.
    add(as_charlie, charlie.person, charlies)
    assert renewed(as_charlie, old, charlies).status_code == 200
    assert alices.push_devices.get().endpoint == old["endpoint"]
    push.remove_device(alices.push_devices.get(), by=alices.user)
    assert renewed(as_alice, old, new).status_code == 404
    assert not alices.push_devices.exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"endpoint": "https://10.0.0.1/push"}, "endpoint: this push service is not known here."),
        ({"p256dh": "BAAA"}, "p256dh: this is not a point of P-256."),
        ({"old": ""}, "old: "),
    ],
)
def test_a_new_address_is_looked_at_as_a_first_one(
    wrong: dict[str, str], why: str, alices: Person, as_alice: Client, push_service: Any
) -> None:
    answer = renewed(as_alice, push_service.browser("phone"), push_service.browser("new"), **wrong)
    assert answer.status_code == 422
    assert answer.json()["why"].startswith(why)
    assert alices.push_devices.get().endpoint == push_service.browser("phone")["endpoint"]


def test_a_device_that_is_taken_again_is_still_one_device(alices: Person, as_alice: Client, push_service: Any) -> None:
    push.end_device(alices.push_devices.get(), by=alices.user)
    again = push_service.browser("again") | {"old": push_service.browser("phone")["endpoint"]}
    add(as_alice, alices, again)
    device = alices.push_devices.get()
    assert (device.endpoint, device.ended_at) == (again["endpoint"], None)


@pytest.mark.parametrize("status", [302, 307, 403, 413, 429, 500, 503])
def test_a_service_that_does_not_take_it_is_asked_again_after_the_lease(
    status: int, alices: Person, at: At, push_service: Any
) -> None:
    push_service.answers["phone"] = status
    at(18, 1)
    assert [outbox.sweep(), outbox.sweep()] == [0, 0]
    # Nor is anybody else called because the service says so.
    assert [each.browser for each in push_service.taken] == ["phone"]
    del push_service.answers["phone"]
    at(18, 12)
    assert [outbox.sweep(), outbox.sweep()] == [1, 0]
    first, second = (push_service.read(each) for each in push_service.taken)
    assert first == second
    assert len({each.headers["topic"] for each in push_service.taken}) == 1


def test_a_service_that_cannot_be_reached_is_asked_again(alices: Person, at: At, push_service: Any) -> None:
    PushDevice.objects.update(endpoint="http://127.0.0.1:9/phone")
    at(18, 1)
    assert outbox.sweep() == 0
    PushDevice.objects.update(endpoint=push_service.browser("phone")["endpoint"])
    at(18, 12)
    assert outbox.sweep() == 1


def test_a_browser_takes_messages_for_one_person_only(alices: Person, charlie: Any, at: At, push_service: Any) -> None:
    at(12)
    outbox.sweep()
    assert Reminder.objects.filter(person=alices).exists()
    add(client_of(charlie), charlie.person, push_service.browser("phone"))
    assert not alices.push_devices.exists()
    at(18, 1)
    assert outbox.sweep() == 0


def test_the_oldest_of_too_many_devices_goes(alices: Person, as_alice: Client, push_service: Any) -> None:
    for number in range(push.MOST_DEVICES):
        add(as_alice, alices, push_service.browser(f"browser-{number}"))
    names = [device.name for device in alices.push_devices.all()]
    assert len(names) == push.MOST_DEVICES
    assert "phone" not in names


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://10.0.0.1/push",
        "http://fcm.googleapis.com/push",
        "https://fcm.googleapis.com.example/push",
        "https://example/fcm.googleapis.com",
        "https://me@fcm.googleapis.com/push",
        "https://evilpush.apple.com/push",
        "file:///etc/passwd",
        "nothing",
    ],
)
def test_the_site_calls_push_services_only(endpoint: str, alice: Person, as_alice: Client, push_service: Any) -> None:
    said = push_service.browser("phone") | {"endpoint": endpoint}
    answer = as_alice.post(reverse("add_device", args=[alice.code]), said)
    assert (answer.status_code, answer.json()["why"]) == (422, "endpoint: this push service is not known here.")
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"p256dh": "BAAA"}, "p256dh: this is not a point of P-256."),
        ({"p256dh": "!"}, "p256dh: this is not a point of P-256."),
        ({"auth": "AAAA"}, "auth: this must be 16 bytes."),
        ({"endpoint": ""}, "endpoint: This field is required."),
    ],
)
def test_a_browser_that_could_not_read_is_refused_in_one_sentence(
    wrong: dict[str, str], why: str, alice: Person, as_alice: Client, push_service: Any
) -> None:
    answer = as_alice.post(reverse("add_device", args=[alice.code]), push_service.browser("phone") | wrong)
    assert (answer.status_code, answer.json()["why"]) == (422, why)


def test_the_first_device_is_the_wish_to_be_reminded_and_keeps_what_was_chosen(
    alices: Person, as_alice: Client, push_service: Any
) -> None:
    choice = ReminderChoice.objects.get()
    assert (choice.by_push, choice.by_email, choice.asks_daily, choice.says_what) == (True, False, False, False)
    ReminderChoice.objects.update(by_push=False, by_email=True)
    add(as_alice, alices, push_service.browser("tablet"))
    assert not ReminderChoice.objects.get().by_push
    text = as_alice.get(reverse("reach", args=[alices.code])).content.decode()
    assert "phone" in text
    assert "tablet" in text
    assert push_service.address not in text


def test_what_opens_a_device_is_never_handed_out(alices: Person, push_service: Any) -> None:
    text = "".join(record_of(alices, reader=alices.user))
    assert '"name": "phone"' in text
    assert not [secret for secret in list(push_service.browser("phone").values())[1:] if secret in text]


# --- when


def test_nothing_comes_in_the_quiet_hours_nor_a_day_late(alices: Person, at: At, push_service: Any) -> None:
    push_service.answers["phone"] = 503
    at(20, 55)
    outbox.sweep()
    del push_service.answers["phone"]
    at(21, 30)
    assert outbox.sweep() == 0
    at(8, 1, days=1)
    outbox.sweep()
    assert [each for each in push_service.taken if each.headers["ttl"] != "300"] == []


def test_the_question_comes_once_a_day_at_its_hour_across_the_summer_time_change(
    alices: Person, as_alice: Client, monkeypatch: pytest.MonkeyPatch, push_service: Any
) -> None:
    choose(as_alice, alices, **{"remind-asks_daily": "on"})
    ReminderChoice.objects.update(by_push=False)
    for day in (27, 28, 29):
        for hour in range(4, 22):
            monkeypatch.setattr(
                timezone, "now", lambda day=day, hour=hour: datetime(2027, 3, day, hour, 30, tzinfo=UTC)
            )
            outbox.sweep()
    asked = list(Reminder.objects.filter(kind="day").values_list("on", "due_at"))
    assert asked == [
        (date(2027, 3, 27), datetime(2027, 3, 27, 19, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 18, tzinfo=UTC)),
        (date(2027, 3, 29), datetime(2027, 3, 29, 18, tzinfo=UTC)),
    ]
    assert len(push_service.said) == 3
    assert {said["title"] for said in push_service.said} == {"How was today?"}


def test_the_question_keeps_the_hour_of_a_person_who_travels(
    alices: Person, as_alice: Client, at: At, push_service: Any
) -> None:
    choose(as_alice, alices, **{"remind-asks_daily": "on"})
    ReminderChoice.objects.update(by_push=False)
    Person.objects.filter(pk=alices.pk).update(timezone="Asia/Tokyo")
    at(13, 1)
    assert outbox.sweep() == 0  # nine in the evening in Tokyo, which is quiet
    at(12, 1, days=1)
    assert outbox.sweep() == 1


def test_who_has_answered_is_not_asked_and_who_wants_no_question_gets_none(
    alices: Person, as_alice: Client, at: At, push_service: Any
) -> None:
    choose(as_alice, alices, **{"remind-asks_daily": "on"})
    ReminderChoice.objects.update(by_push=False)
    moment = at(19)
    actions.keep_facts(alices, [DayFact(site=Site.PALMS, at=moment, felt=Wetness.DRY)], by=alices.user)
    at(20, 1)
    assert outbox.sweep() == 0
    push_service.answers["phone"] = 503
    at(20, 1, days=1)
    assert outbox.sweep() == 0
    del push_service.answers["phone"]
    ReminderChoice.objects.update(asks_daily=False)
    at(20, 12, days=1)
    assert outbox.sweep() == 0
    assert Reminder.objects.get(on=alices.today, kind="day").dropped_at is not None


def test_with_several_places_the_question_leads_to_the_page(
    alices: Person, as_alice: Client, at: At, push_service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(as_alice, alices, **{"remind-asks_daily": "on", "remind-says_what": "on"})
    ReminderChoice.objects.update(by_push=False)
    for module in ("notices", "outbox"):
        monkeypatch.setattr(f"ionto_web.care.{module}.diary_sites", lambda _person: [Site.PALMS, Site.SOLES])
    at(20, 1)
    assert outbox.sweep() == 1
    (said,) = push_service.said
    assert (said["buttons"], said["opens"]) == ([], reverse("today"))


# --- a worker that is killed: the same code in processes of their own, killed by the system

WORKER = """
import os, signal, sys, django
django.setup()
from ionto_web.care import push
send = push.send
def killed_before(*args, **more): os.kill(os.getpid(), signal.SIGKILL)
def killed_after(*args, **more): send(*args, **more); os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] != "lives": push.send = {"before": killed_before, "after": killed_after}[sys.argv[1]]
from ionto_web.care.outbox import sweep
print(sweep())
"""


def work(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    """One worker to its end."""
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ionto_web.settings",
        "IONTO_DATA": str(folder / "data"),
        "IONTO_DATABASE": f"sqlite:///{connection.settings_dict['NAME']}",
        "IONTO_PUSH": "127.0.0.1",
    }
    return subprocess.run([sys.executable, "-c", WORKER, how], env=env, capture_output=True, text=True, timeout=100)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("killed", "copies"), [("before", 1), ("after", 2)])
def test_a_killed_worker_loses_none_and_a_second_copy_takes_the_first_ones_place(
    alice: Person, tmp_path: Path, killed: str, copies: int, push_service: Any
) -> None:
    prescribed(alice)
    push.add_device(alice, **push_service.browser("phone"), by=alice.user)
    now = timezone.now().astimezone(BERLIN).time()
    ReminderChoice.objects.create(
        person=alice, by_push=True, time_of_day=time(0, 0, 1), quiet_from=now, quiet_until=now
    )
    assert work(tmp_path, killed).returncode == -signal.SIGKILL
    assert Reminder.objects.get().sent_at is None
    assert work(tmp_path, "lives").stdout == "0\n"
    Reminder.objects.update(claimed_at=timezone.now() - outbox.LEASE - timedelta(seconds=1))
    assert work(tmp_path, "lives").stdout == "1\n"
    assert work(tmp_path, "lives").stdout == "0\n"
    assert len(push_service.taken) == copies
    assert {each.headers["topic"] for each in push_service.taken} == {Reminder.objects.get().pk.hex}
    said = push_service.said
    assert said.count(said[0]) == copies
    assert said[0]["tag"] == Reminder.objects.get().pk.hex


def test_the_key_of_the_site_lies_outside_of_git() -> None:
    key = site_settings.DATA_DIR / "vapid_key"
    assert key.read_text() == site_settings.VAPID_KEY
    ignored = subprocess.run(["git", "check-ignore", "-q", ".data/vapid_key"], cwd=Path(__file__).parents[2])
    assert ignored.returncode == 0
