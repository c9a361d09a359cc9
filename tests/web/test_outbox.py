"""Reminders: each planned once, sent in nobody's sleep, and what a worker that is killed leaves behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto_web.care import notices, outbox
from ionto_web.care.models import Person, PrescriptionRecord, Reminder, ReminderChoice

from .conftest import audited, prescribed

BERLIN = ZoneInfo("Europe/Berlin")


class Clock:
    """The site's clock, to be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def at(self, moment: datetime) -> None:
        self._monkeypatch.setattr(timezone, "now", lambda: moment.astimezone(UTC))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def reminded(alice: Person, prescription: PrescriptionRecord, as_alice: Client) -> Person:
    """Alice, whose first session is today, wants a reminder at six in the evening."""
    assert prescription.person == alice
    said = {"remind-by_email": "on", "remind-time_of_day": "18:00", "remind-quiet_from": "21:00"}
    said |= {"remind-asks_at": "20:00"}
    answer = as_alice.post(reverse("set_reminders", args=[alice.code]), said | {"remind-quiet_until": "08:00"})
    assert answer.status_code == 302
    return alice


def today_at(person: Person, hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    first = person.prescriptions.get().starts_on
    return datetime.combine(first + timedelta(days=days), time(hour, minute), BERLIN)


def test_a_reminder_comes_on_the_day_at_the_hour_and_once(reminded: Person, clock: Clock) -> None:
    clock.at(today_at(reminded, 17, 59))
    assert outbox.sweep() == 0
    clock.at(today_at(reminded, 18, 1))
    assert outbox.sweep() == 1
    assert [outbox.sweep() for _ in range(3)] == [0, 0, 0]
    (sent,) = mail.outbox
    assert sent.to == ["alice@example.org"]
    raw = sent.message().as_bytes()
    assert b"Alice" not in raw
    assert b"ontophoresis" not in raw
    assert str(Reminder.objects.get().pk).encode() in raw


def end_in(sent: mail.EmailMessage) -> str:
    """The address in an e-mail by which its reader ends them, without the site's own."""
    (told,) = re.findall(r"https://ionto\.example(/emails/\S+)", str(sent.body))
    return str(told)


def test_whoever_reads_a_reminder_ends_them_without_a_sign_in(reminded: Person, clock: Clock, settings: Any) -> None:
    settings.SITE_ADDRESS = "https://ionto.example"
    clock.at(today_at(reminded, 18, 1))
    outbox.sweep()
    (sent,) = mail.outbox
    address = end_in(sent)
    message = message_from_bytes(sent.message().as_bytes())
    assert message["List-Unsubscribe"].strip() == f"<https://ionto.example{address}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # Programs look at what stands in an e-mail.
    assert "Send me no more e-mails" in Client().get(address).content.decode()
    assert "Keine E-Mails mehr senden" in Client(headers={"accept-language": "de"}).get(address).content.decode()
    assert ReminderChoice.objects.get().by_email
    posting = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = posting.post(address, {"List-Unsubscribe": "One-Click"})
        assert "No more reminders come by e-mail" in answer.content.decode()
    assert not ReminderChoice.objects.get().by_email
    assert len(audited("reminders_chosen")) == 2
    clock.at(today_at(reminded, 18, 1, days=1))
    assert outbox.sweep() == 0


def test_an_address_that_was_made_up_ends_nothing(reminded: Person, client: Client) -> None:
    for ticket in (str(reminded.pk), f"{reminded.pk}:{'x' * 43}", notices.ticket_of(Reminder(pk=uuid4()))):
        assert client.post(reverse("end_emails", args=[ticket])).status_code == 404
    assert ReminderChoice.objects.get().by_email


def test_an_address_of_a_person_who_is_gone_is_gone(
    reminded: Person, clock: Clock, settings: Any, client: Client
) -> None:
    settings.SITE_ADDRESS = "https://ionto.example"
    clock.at(today_at(reminded, 18, 1))
    outbox.sweep()
    ReminderChoice.objects.all().delete()
    assert client.get(end_in(mail.outbox[0])).status_code == 404


def test_nobody_is_disturbed_in_the_quiet_hours(reminded: Person, clock: Clock) -> None:
    ReminderChoice.objects.update(quiet_from=time(17))
    clock.at(today_at(reminded, 18, 1))
    assert outbox.sweep() == 0
    clock.at(today_at(reminded, 23))
    assert outbox.sweep() == 0
    clock.at(today_at(reminded, 8, 1, days=1))
    outbox.sweep()
    assert [sent for sent in mail.outbox if "today" not in sent.body] == []


def test_yesterdays_reminder_is_dropped(reminded: Person, clock: Clock) -> None:
    clock.at(today_at(reminded, 12))
    outbox.sweep()
    clock.at(today_at(reminded, 9, days=1))
    assert outbox.sweep() == 0
    assert Reminder.objects.get(on=today_at(reminded, 0).date()).dropped_at is not None


def test_a_snooze_of_two_hours_brings_it_once_more(reminded: Person, clock: Clock, as_alice: Client) -> None:
    clock.at(today_at(reminded, 18, 1))
    outbox.sweep()
    for _ in range(2):
        as_alice.post(reverse("snooze", args=[reminded.code]), {"until": "hours"})
    clock.at(today_at(reminded, 19, 55))
    assert outbox.sweep() == 0
    clock.at(today_at(reminded, 20, 2))
    assert [outbox.sweep(), outbox.sweep()] == [1, 0]
    ids = [str(sent.message()["Message-ID"]) for sent in mail.outbox]
    assert len(set(ids)) == len(ids) == 2


def test_a_snooze_until_tomorrow_is_one_reminder_tomorrow(reminded: Person, clock: Clock, as_alice: Client) -> None:
    clock.at(today_at(reminded, 17))
    outbox.sweep()
    as_alice.post(reverse("snooze", args=[reminded.code]), {"until": "tomorrow"})
    clock.at(today_at(reminded, 18, 1))
    assert outbox.sweep() == 0
    clock.at(today_at(reminded, 18, 1, days=1))
    assert [outbox.sweep(), outbox.sweep()] == [1, 0]


def test_who_wants_none_gets_none(reminded: Person, clock: Clock) -> None:
    clock.at(today_at(reminded, 12))
    outbox.sweep()
    ReminderChoice.objects.update(by_email=False)
    clock.at(today_at(reminded, 18, 1))
    assert outbox.sweep() == 0
    assert mail.outbox == []


def test_an_hour_in_the_quiet_hours_is_refused(alice: Person, as_alice: Client) -> None:
    said = {"remind-by_email": "on", "remind-time_of_day": "23:00", "remind-quiet_from": "21:00"}
    said |= {"remind-asks_at": "20:00"}
    page = as_alice.post(reverse("set_reminders", args=[alice.code]), said | {"remind-quiet_until": "08:00"})
    assert page.status_code == 422
    assert "This lies in your quiet hours." in page.content.decode()


def test_a_mail_server_that_is_down_is_asked_again_after_the_lease(
    reminded: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.at(today_at(reminded, 18, 1))
    with monkeypatch.context() as down:
        down.setattr("django.core.mail.EmailMessage.send", _refuse)
        assert outbox.sweep() == 0
    assert outbox.sweep() == 0
    clock.at(today_at(reminded, 18, 12))
    assert outbox.sweep() == 1


def test_who_comes_second_to_a_claim_leaves_it(reminded: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker claims it just after this one has seen that it is free."""
    clock.at(today_at(reminded, 18, 1))

    def claimed_meanwhile(reminder: Reminder) -> bool:
        Reminder.objects.filter(pk=reminder.pk).update(claimed_at=timezone.now())
        return False

    monkeypatch.setattr(outbox, "_waits", claimed_meanwhile)
    assert outbox.sweep() == 0
    assert mail.outbox == []


def _refuse(*_args: object) -> None:
    raise ConnectionRefusedError("no mail server")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-03-27T20:59", "2027-03-27T20:59"),
        ("2027-03-27T21:00", "2027-03-28T08:00"),
        ("2027-03-28T03:30", "2027-03-28T08:00"),
        ("2027-03-28T08:00", "2027-03-28T08:00"),
        ("2027-10-31T02:30", "2027-10-31T08:00"),
    ],
)
def test_quiet_hours_end_by_the_wall_clock(moment: str, expected: str) -> None:
    given = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    found = outbox.after_quiet(given.astimezone(UTC), time(21), time(8), BERLIN)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=BERLIN)


def test_equal_times_mean_no_quiet_hours() -> None:
    given = datetime(2027, 3, 27, 3, tzinfo=UTC)
    assert outbox.after_quiet(given, time(8), time(8), BERLIN) == given


# A worker that is killed: the same code in processes of their own, on the same database, killed by the system.
WORKER = """
import os, signal, sys, django
django.setup()
from django.core.mail import EmailMessage
send = EmailMessage.send
def killed_before(self, *args): os.kill(os.getpid(), signal.SIGKILL)
def killed_after(self, *args): send(self, *args); os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] != "lives": EmailMessage.send = {"before": killed_before, "after": killed_after}[sys.argv[1]]
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
        "IONTO_MAIL": f"file://{folder / 'mail'}",
    }
    return subprocess.run([sys.executable, "-c", WORKER, how], env=env, capture_output=True, text=True, timeout=100)


def sent_to(folder: Path) -> list[bytes]:
    """The messages that reached the mail folder."""
    divider = b"-" * 79
    files = sorted((folder / "mail").glob("*.log")) if (folder / "mail").exists() else []
    parts = [part.strip() for file in files for part in file.read_bytes().split(divider)]
    return [part for part in parts if part]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("killed", "copies"), [("before", 1), ("after", 2)])
def test_a_killed_worker_loses_none_and_a_second_copy_is_the_same_message(
    alice: Person, tmp_path: Path, killed: str, copies: int
) -> None:
    prescribed(alice)
    noon = timezone.now().astimezone(BERLIN)
    ReminderChoice.objects.create(
        person=alice,
        by_email=True,
        time_of_day=time(0, 0, 1),
        quiet_from=noon.time(),
        quiet_until=noon.time(),
    )
    assert work(tmp_path, killed).returncode == -signal.SIGKILL
    assert Reminder.objects.get().sent_at is None
    # While the lease lasts nobody takes it over: the first one might still live.
    assert work(tmp_path, "lives").stdout == "0\n"
    Reminder.objects.update(claimed_at=timezone.now() - outbox.LEASE - timedelta(seconds=1))
    assert work(tmp_path, "lives").stdout == "1\n"
    assert work(tmp_path, "lives").stdout == "0\n"
    messages = sent_to(tmp_path)
    assert len(messages) == copies
    assert len(set(messages)) == 1, "the same message to the byte"
    assert message_from_bytes(messages[0])["Message-ID"].startswith(f"<{Reminder.objects.get().pk}@")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_send_one(alice: Person, tmp_path: Path) -> None:
    prescribed(alice)
    now = timezone.now().astimezone(BERLIN).time()
    ReminderChoice.objects.create(
        person=alice, by_email=True, time_of_day=time(0, 0, 1), quiet_from=now, quiet_until=now
    )
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ionto_web.settings",
        "IONTO_DATA": str(tmp_path / "data"),
        "IONTO_DATABASE": f"sqlite:///{connection.settings_dict['NAME']}",
        "IONTO_MAIL": f"file://{tmp_path / 'mail'}",
    }
    command = [sys.executable, "-m", "django", "remind", "--once"]
    workers = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = sorted(worker.communicate(timeout=100)[0] for worker in workers)
    assert said == ["0 sent\n", "0 sent\n", "1 sent\n"]
    assert len(sent_to(tmp_path)) == 1
