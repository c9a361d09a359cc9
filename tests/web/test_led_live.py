"""The hands-free page on a connected device, seen from the server: its start, who leads, and what comes of silence."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto.treat.guards import STALE_S
from ionto.words.records import SideEffectFact
from ionto.words.terms import Effect, Site
from ionto_web.care import actions, lead, live
from ionto_web.care.course import sessions_at
from ionto_web.care.led import led_words, words_in
from ionto_web.care.models import Person, PrescriptionRecord, SessionRecord

from .conftest import audited, ended, eventually, prescribed, shortened
from .test_led import data_in

pytestmark = pytest.mark.django_db(transaction=True)
TICKED = ["ready", *(check.key for check in led_words().check)]
LINES = {"ready": words_in("en")["live_ready"]} | {
    check.key: check.en.format(site="hands") for check in led_words().check
}
CHECKS_OF_PREPARE = ("skin", "changes", "metal", "clean", "device", "alone", "storm", "water")
PREPARED = {"site": "palms", "speed_ratio": "60"} | {f"check-{key}": "on" for key in CHECKS_OF_PREPARE}
PAGE, OTHER = str(uuid.uuid4()), str(uuid.uuid4())


def asks(client: Client, address: str, **body: object) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


def starts(client: Client, person: Person, **changed: object) -> Any:
    body = {"ticked": TICKED, "page": PAGE, "speed_ratio": 60} | changed
    return asks(client, reverse("led_start", args=[person.code, "palms"]), **body)


def test_the_page_says_by_which_limits_it_goes(alice: Person, as_alice: Client, prescription: object) -> None:
    answer = as_alice.get(reverse("led", args=[alice.code, "palms"]))
    data = data_in(answer)
    assert (data["stale_s"], data["silent_s"], data["running"]) == (STALE_S, lead.SILENT_S, None)
    assert "ticket" not in data
    assert "led-live.js" in answer.content.decode()


@pytest.mark.parametrize("missing", sorted(TICKED))
def test_a_line_that_is_not_ticked_keeps_the_device_from_starting(
    missing: str, alice: Person, as_alice: Client, prescription: object
) -> None:
    answer = starts(as_alice, alice, ticked=[key for key in TICKED if key != missing])
    assert (answer.status_code, answer.json()["why"]) == (
        422,
        f"Not every line is ticked. Load this page again, then tick: {LINES[missing]}",
    )
    assert not SessionRecord.objects.exists()


@pytest.mark.parametrize("wrong", [{"page": "phone"}, {"speed_ratio": 600}, {"more": 1}])
def test_what_is_wrong_is_refused_in_a_sentence(
    wrong: dict[str, object], alice: Person, as_alice: Client, prescription: object
) -> None:
    answer = starts(as_alice, alice, **wrong)
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.json()["why"]


def test_a_closed_device_is_not_started_from_here(alice: Person, as_alice: Client, prescription: object) -> None:
    alice.device = "saalio"
    alice.save()
    assert starts(as_alice, alice).status_code == 409
    assert not SessionRecord.objects.exists()


@pytest.mark.parametrize("own", ["simulated", "one_that_left_the_catalogue"])
def test_a_plan_for_another_device_starts_none(own: str, alice: Person, as_alice: Client) -> None:
    alice.device = "saalio"
    alice.save()
    prescribed(alice)
    alice.device = own
    alice.save()
    answers = [starts(as_alice, alice), as_alice.post(reverse("prepare", args=[alice.code]), PREPARED)]
    assert [answer.status_code for answer in answers] == [409, 422]
    assert all("made for another device" in answer.content.decode() for answer in answers)
    assert not SessionRecord.objects.exists()


def test_what_the_skin_says_is_said_before_what_the_device_is(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    burn = SideEffectFact(site=Site.PALMS, at=timezone.now(), effect=Effect.BURN)
    actions.keep_facts(alice, [burn], by=alice.user)
    alice.device = "one_that_left_the_catalogue"
    alice.save()
    assert starts(as_alice, alice).json()["why"].startswith("A burn means")


def test_a_device_that_left_the_catalogue_starts_nothing(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    plan = json.loads(prescription.plan)
    plan["prescription"]["device"] = alice.device = "one_that_left_the_catalogue"
    prescription.plan = json.dumps(plan)
    prescription.save()
    alice.save()
    assert starts(as_alice, alice).status_code == 409
    assert not SessionRecord.objects.exists()


def test_a_session_of_today_keeps_the_next_from_starting(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription, duration_min=12.0)
    starts(as_alice, alice)
    record = SessionRecord.objects.get()
    # Pressed twice, the same one runs on.
    assert starts(as_alice, alice).json()["running"]["id"] == str(record.pk)
    keep_up(as_alice, record)
    answer = starts(as_alice, alice)
    assert answer.status_code == 409
    assert "rest until tomorrow" in answer.json()["why"]


def keep_up(client: Client, record: SessionRecord) -> None:
    """The page says that it is there until the session is over."""
    beats = reverse("session_beat", args=[record.pk])
    eventually(lambda: not asks(client, beats, page=PAGE).json()["runs"])
    ended(record)


def test_one_page_leads_and_another_only_when_it_is_gone(
    alice: Person, as_alice: Client, as_nina: Client, prescription: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(as_alice, alice, speed_ratio=1)
    record = SessionRecord.objects.get()
    beats = reverse("session_beat", args=[record.pk])
    assert asks(as_alice, beats, page=PAGE).json() == {"leads": True, "runs": True}
    assert asks(as_nina, beats, page=OTHER).json() == {"leads": False, "runs": True}
    assert asks(as_alice, beats, page="x").status_code == 422
    running = live.running(record.pk)
    assert running is not None
    assert running.lead is not None
    running.lead.heard_at_s -= lead.SILENT_S + 1
    assert asks(as_nina, beats, page=OTHER).json()["leads"]
    assert not asks(as_alice, beats, page=PAGE).json()["leads"]
    # Both can stop, whoever leads.
    as_alice.post(reverse("session_press", args=[record.pk, "stop_pressed"]))
    assert ended(record).status == "stopped"


def test_a_page_that_is_not_heard_takes_the_current_down(
    alice: Person, as_alice: Client, prescription: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead, "SILENT_S", 1.0)
    starts(as_alice, alice)
    record = SessionRecord.objects.get()
    running = live.running(record.pk)
    assert running is not None
    eventually(lambda: running.session.phase == "paused")
    shown = running.shown()
    assert (shown["page_lost"], shown["current_ma"] < 0.5) == (True, True)
    # Nobody goes on by themselves: somebody presses, and the page is there again.
    beats = reverse("session_beat", args=[record.pk])
    assert asks(as_alice, beats, page=PAGE).json()["leads"]
    assert running.session.phase == "paused"
    as_alice.post(reverse("session_press", args=[record.pk, "resume_pressed"]))
    eventually(lambda: running.session.phase == "ramping_up" and asks(as_alice, beats, page=PAGE))
    assert not running.shown()["page_lost"]
    as_alice.post(reverse("session_press", args=[record.pk, "stop_pressed"]))
    ended(record)


def test_a_session_that_no_page_leads_goes_on_without_one(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead, "SILENT_S", 0.1)
    shortened(prescription)
    as_alice.post(
        reverse("prepare", args=[alice.code]),
        PREPARED,
    )
    assert ended(SessionRecord.objects.get()).status == "completed"


def test_a_stop_that_is_sent_until_it_is_heard_is_one_stop(
    alice: Person, as_alice: Client, prescription: object
) -> None:
    starts(as_alice, alice, speed_ratio=20)
    record = SessionRecord.objects.get()
    running = live.running(record.pk)
    assert running is not None
    eventually(lambda: running.session.phase == "holding")
    stop = reverse("session_press", args=[record.pk, "stop_pressed"]) + "?once=the-first"
    assert [as_alice.post(stop, HTTP_ACCEPT="application/json").status_code for _ in range(3)] == [202] * 3
    ended(record)
    summary = json.loads(record.summary)
    assert summary["max_slope_ma_per_s"] <= 1.0  # a second stop would have cut


def test_how_it_was_is_answered_with_the_next_date(
    alice: Person, as_alice: Client, prescription: PrescriptionRecord
) -> None:
    shortened(prescription)
    running = starts(as_alice, alice).json()["running"]
    record = SessionRecord.objects.get()
    keep_up(as_alice, record)
    answer = as_alice.post(running["comfort"], {"felt-tingling": "mild"}, HTTP_ACCEPT="application/json").json()
    assert (answer["provenance"], answer["record"]) == ("measured", reverse("session", args=[record.pk]))
    assert answer["next_on"]
    assert answer["held_min"] == sessions_at(alice, Site.PALMS)[0].duration_min
    assert audited("side_effect_recorded")
