"""A running session steered from its page: break, go on, less, more, end early; who may, and what is said."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from ionto.treat.devices.simulated import FaultName, InjectedFault
from ionto.treat.runner import PRESSES
from ionto.treat.session import NOT_REACHED
from ionto_web.care import live
from ionto_web.care.models import Person, PrescriptionRecord, SessionRecord

from .conftest import audited, ended, eventually
from .test_session import phase, started

pytestmark = pytest.mark.django_db(transaction=True)


def pressed(client: Client, record: SessionRecord, name: str) -> HttpResponse:
    return client.post(reverse("session_press", args=[record.pk, name]), HTTP_ACCEPT="application/json")


def page_of(client: Client, record: SessionRecord) -> str:
    return client.get(reverse("session", args=[record.pk])).content.decode()


def finished(record: SessionRecord) -> SessionRecord:
    live.press(record.pk, "stop_pressed")
    live.press(record.pk, "stop_pressed")
    return ended(record)


def test_a_break_rests_at_zero_and_goes_on_from_there(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    eventually(lambda: phase(record) == "holding")
    assert pressed(as_alice, record, "pause_pressed").status_code == 202
    eventually(lambda: phase(record) == "paused")
    text = page_of(as_alice, record)
    assert "<p>Put both hands in the water, hold still, and press Go on" in text
    assert "came out of the water" not in text
    assert pressed(as_alice, record, "resume_pressed").json() == {"heard": True}
    eventually(lambda: phase(record) == "holding")
    assert "Put both hands in the water" not in page_of(as_alice, record)
    finished(record)
    assert [entry.by for entry in audited("pause_pressed") + audited("resume_pressed")] == [alice.user, alice.user]


def test_less_and_an_early_end_are_heard_and_what_was_delivered_is_said(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    eventually(lambda: phase(record) == "holding")
    running = live.running(record.pk)
    assert running is not None
    assert pressed(as_alice, record, "less_asked").status_code == 202
    eventually(lambda: running.session.aim_ma == running.session.plan.current_ma - 1)
    assert pressed(as_alice, record, "end_asked").status_code == 202
    assert ended(record).status == "stopped"
    assert audited("less_asked")
    assert audited("end_asked")
    text = page_of(as_alice, record)
    assert "of 20 minutes at the set current" in text
    assert "of the charge of a whole session" in text


def test_what_means_nothing_now_is_not_heard_and_not_audited(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    # At the very start nothing is heard yet.
    eventually(lambda: pressed(as_alice, record, "pause_pressed").status_code != 409)
    eventually(lambda: phase(record) == "paused")
    for name in ("less_asked", "more_asked"):
        answer = pressed(as_alice, record, name)
        assert (answer.status_code, answer.json()) == (409, {"heard": False})
        assert not audited(name)
    finished(record)
    for name in PRESSES:
        assert pressed(as_alice, record, name).status_code == 409


def test_what_nobody_can_press_is_a_wrong_request(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice)
    assert pressed(as_alice, record, "supervised").status_code == 400
    assert pressed(as_alice, record, "started").status_code == 400
    assert as_alice.get(reverse("session_press", args=[record.pk, "stop_pressed"])).status_code == 405
    finished(record)


@pytest.mark.parametrize("name", sorted(PRESSES))
def test_alice_her_dermatologist_and_her_nurse_may_press_and_charlie_may_not(
    name: str,
    alice: Person,
    as_alice: Client,
    as_bob: Client,
    as_nina: Client,
    as_charlie: Client,
    prescription: PrescriptionRecord,
) -> None:
    record = started(alice)
    assert pressed(as_charlie, record, name).status_code == 404
    assert pressed(Client(), record, name).status_code == 302
    assert not audited(name)
    answers = [pressed(who, record, name).status_code for who in (as_bob, as_nina, as_alice)]
    assert set(answers) <= {202, 409}
    finished(record)
    assert len(audited(name)) == answers.count(202)
    assert as_charlie.session["_auth_user_id"] not in {str(entry.by.pk) for entry in audited(name)}


def test_a_limb_that_left_the_water_is_told_with_the_way_on(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice, faults=[InjectedFault(FaultName.LIMB_LIFTED, 60.0, lasts_s=2.5)])
    eventually(lambda: phase(record) == "paused")
    text = page_of(as_alice, record)
    assert "A hand came out of the water, so the current went down to zero." in text
    assert "press Go on" in text
    pressed(as_alice, record, "resume_pressed")
    eventually(lambda: phase(record) == "holding")
    assert "came out of the water" not in page_of(as_alice, record)
    finished(record)
    lines = [json.loads(line) for line in gzip.decompress(record.journal_gz).decode().splitlines()]
    assert "resume_pressed" in [line.get("event", {}).get("kind") for line in lines]


def test_a_notice_is_said_in_plain_words_while_it_runs_and_afterwards(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = started(alice, speed_ratio=20)
    eventually(lambda: phase(record) == "ramping_up")
    running = live.running(record.pk)
    assert running is not None
    assert "Less current flows" in live.picture_of(replace(running.session, notices=(NOT_REACHED,)))["told"][0]
    finished(record)
    assert "Less current flows" not in page_of(as_alice, record)
    record.summary = json.dumps({**json.loads(record.summary), "notices": [NOT_REACHED]})
    record.save()
    text = page_of(as_alice, record)
    assert "Less current flows than was set" in text
    assert "baking soda" in text


def test_after_the_circuit_was_open_the_page_says_how_to_go_on(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    record = finished(started(alice))
    assert "How to go on." not in page_of(as_alice, record)
    record.status, record.summary = "faulted", json.dumps({**json.loads(record.summary), "fault": "contact_lost"})
    record.save()
    assert "How to go on." in page_of(as_alice, record)
