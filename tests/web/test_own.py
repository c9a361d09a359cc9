"""A person's own data: everything out, a year in, and everything deleted."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from ionto.exchange.merge import merge
from ionto.treat.events import session_plan
from ionto.words.reading import read_json, to_json
from ionto.words.records import CauseFact, Course, RatingFact, SideEffectFact
from ionto.words.terms import Answer, Cause, Effect, Site
from ionto_web.care import actions, feed, outbox, own, push, sharing
from ionto_web.care.course import active_plans
from ionto_web.care.models import AuditRecord, FactRecord, Person, PrescriptionRecord, SessionRecord
from ionto_web.care.record import ABOUT_OWN
from ionto_web.care.views.session import _next_session

from .conftest import audited, client_of

YEAR = "date;HDSS;rating;grams/min;session minutes;mA;side effect;note\n" + "".join(
    f"2026-0{month}-{day:02d};3;6;0,05{day % 10};20;{8 + month},5;itch;day {day}\n"
    for month in range(1, 7)
    for day in (1, 8, 15, 22)
)


@pytest.fixture
def full(alice: Person, bob: User, prescription: PrescriptionRecord) -> Person:
    """Alice with something in every drawer."""
    by = alice.user
    assert by is not None
    EmailAddress.objects.create(user=by, email=by.email, primary=True)
    now = timezone.now()
    facts = [
        RatingFact(site=Site.PALMS, at=now, score=4),
        SideEffectFact(site=Site.SOLES, at=now, effect=Effect.ITCH),
        CauseFact(site=Site.PALMS, at=now, cause=Cause.WATER, found=Answer.NO),
    ]
    kept = actions.keep_facts(alice, facts, by=by)
    actions.withdraw_fact(kept[0], by=by)
    actions.keep_facts(alice, [RatingFact(site=Site.PALMS, at=now, score=9)], by=bob)
    plan = active_plans(alice)[Site.PALMS][1]
    SessionRecord.objects.create(
        prescription=prescription,
        started_by=by,
        session_plan=to_json(session_plan(plan.prescription, _next_session(alice, Site.PALMS))),
        status=SessionRecord.Status.COMPLETED,
        journal_path="left-behind.jsonl",
        summary="{}",
    )
    actions.keep_draft(alice, {"resourceType": "QuestionnaireResponse"}, after=str(alice.consultations.get().pk), by=by)
    sharing.make_code(alice, days=1, by=by)
    feed.open_feed(alice, by=by)
    quiet = {"quiet_from": timezone.now().time(), "quiet_until": timezone.now().time()}
    outbox.choose_reminders(alice, by=by, by_email=True, time_of_day=now.time(), **quiet)
    return alice


def taken_out(client: Client, person: Person, what: str) -> Any:
    return client.get(reverse("handed_out", args=[person.code, what]))


def test_deleting_comes_last_on_the_page_of_ones_data(alice: Person, as_alice: Client) -> None:
    text = as_alice.get(reverse("your_data", args=[alice.code])).content.decode()
    places = [text.index(f'id="{part}"') for part in ("out", "in", "end")]
    assert places == sorted(places)


def test_the_whole_record_is_one_json_document(full: Person, as_alice: Client) -> None:
    answer = taken_out(as_alice, full, "record")
    assert answer.streaming
    assert answer["Content-Encoding"] == "identity"
    assert answer["Content-Type"] == "application/json"
    assert re.search(rf'filename="ionto-{full.code}-\d{{4}}-\d\d-\d\d\.json"', answer["Content-Disposition"])
    said = json.loads(answer.getvalue())
    read_json(Course, json.dumps(said["course"]))
    assert said["person"]["email"] == "alice@example.org"
    assert [fact["withdrawn_at"] is None for fact in said["facts"]].count(False) == 1
    assert len(said["facts"]) == 4
    assert ("cause", "water", "no") in {
        (each["kind"], each.get("cause"), each.get("found")) for each in said["course"]["facts"]
    }
    assert {len(said[name]) for name in ("consultations", "prescriptions", "sessions", "drafts")} == {1}
    assert len(said["shares"]) == len(said["reminder_choice"]) == len(said["calendar_feed"]) == 1
    assert {line["by_the_person"] for line in said["audit"]} == {True, False}


def test_her_clinic_gets_the_record_without_what_is_hers_alone(full: Person, as_alice: Client, as_nina: Client) -> None:
    assert full.user is not None
    push.add_device(full, name="Phone", endpoint="https://fcm.googleapis.com/a", p256dh="", auth="", by=full.user)
    whole, seen = (json.loads(taken_out(who, full, "record").getvalue()) for who in (as_alice, as_nina))
    alone = {"shares", "calendar_feed", "reminder_choice", "push_devices", "reminders"}
    assert alone <= whole.keys()
    assert whole.keys() - seen.keys() == alone
    heard = {"share_made", "feed_opened", "reminders_chosen", "device_added"}
    assert heard <= {line["action"] for line in whole["audit"]}
    assert not heard & {line["action"] for line in seen["audit"]}
    assert "consultation_answered" in {line["action"] for line in seen["audit"]}


@pytest.mark.parametrize("module", [feed, outbox, push, sharing])
def test_all_that_the_audit_says_of_what_is_hers_alone_is_hers_alone(module: ModuleType) -> None:
    said = [
        node.args[2].value
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_audit"
    ]
    assert said
    assert [action for action in said if not ABOUT_OWN.match(action)] == []


def test_no_secret_leaves_with_it(full: Person, as_alice: Client) -> None:
    said = taken_out(as_alice, full, "record").getvalue().decode()
    assert full.calendar_feed.token_sha256 not in said
    assert full.shares.get().code_mac not in said


def test_a_table_that_goes_out_brings_nothing_in(full: Person, as_alice: Client) -> None:
    answer = taken_out(as_alice, full, "table")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    found = own.merged_with(full, answer.getvalue(), None)
    assert (found.new, found.known_count, found.faults) == ((), 3, ())


def test_the_bundle_and_the_letter_bear_no_name(full: Person, as_alice: Client) -> None:
    bundle = taken_out(as_alice, full, "fhir")
    assert bundle["Content-Type"] == "application/fhir+json"
    assert b"Alice" not in bundle.content
    kinds = [entry["resource"]["resourceType"] for entry in json.loads(bundle.content)["entry"]]
    assert {"Patient", "Observation", "AdverseEvent", "QuestionnaireResponse"} <= set(kinds)
    assert taken_out(as_alice, full, "letter").content.startswith(b"%PDF-")
    assert taken_out(as_alice, full, "secrets").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_it_streams_under_the_server_of_the_site_too(full: Person) -> None:
    async def read() -> bytes:
        client = AsyncClient()
        await client.aforce_login(full.user)  # type: ignore[arg-type]
        answer = await client.get(reverse("handed_out", args=[full.code, "record"]))
        return b"".join([piece async for piece in answer.streaming_content])

    assert json.loads(async_to_sync(read)())["person"]["code"] == full.code


def shown(client: Client, person: Person, content: str) -> Any:
    table = SimpleUploadedFile("year.csv", content.encode())
    return client.post(reverse("take_in", args=[person.code]), {"table": table, "site": "palms"})


def take(client: Client, person: Person, page: Any) -> Any:
    kept = {"kept": page.context["kept"]}
    return client.post(reverse("take_in_now", args=[person.code]), kept, follow=True)


def test_a_year_is_shown_first_and_then_taken_in_once(alice: Person, as_alice: Client) -> None:
    page = shown(as_alice, alice, YEAR)
    assert page.status_code == 200
    assert FactRecord.objects.count() == 0
    text = " ".join(page.content.decode().split())
    assert "Take in 120 new entries" in text
    assert "24 lines have a note" in text
    answer = take(as_alice, alice, page)
    assert "120 new entries are in the record." in answer.content.decode()
    assert FactRecord.objects.count() == 120
    assert [line.what for line in audited("table_taken_in")] == ["120 facts"]
    # The same page sent once more, and the same file once more.
    assert "0 new entries" in take(as_alice, alice, page).content.decode()
    assert "All of it is in the record already." in shown(as_alice, alice, YEAR).content.decode()
    assert FactRecord.objects.count() == 120


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_to_write_while_a_long_list_is_read(
    alice: Person, as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.user is not None
    page, holds = shown(as_alice, alice, YEAR), []

    def slowly(*given: Any, **more: Any) -> Any:
        holds.append(connection.in_atomic_block)
        merged = merge(*given, **more)
        if len(holds) == 1:
            # Meanwhile the same table arrives by another request.
            monkeypatch.setattr(own, "merge", merge)
            own.take_in(alice, YEAR.encode(), Site.PALMS, by=alice.user)
            monkeypatch.setattr(own, "merge", slowly)
        return merged

    monkeypatch.setattr(own, "merge", slowly)
    assert "0 new entries" in take(as_alice, alice, page).content.decode()
    assert FactRecord.objects.count() == 120
    assert holds == [False, True]


def test_one_bad_line_keeps_all_of_it_out(alice: Person, as_alice: Client) -> None:
    page = shown(as_alice, alice, YEAR + "2026-07-01;7;;;;;;\n")
    assert page.status_code == 422
    assert "line 26, HDSS" in page.content.decode()
    assert "kept" not in page.content.decode()
    take(as_alice, alice, page)
    assert FactRecord.objects.count() == 0


def test_a_table_is_only_taken_in_by_whom_and_for_whom_it_was_shown(
    alice: Person, as_alice: Client, as_bob: Client, charlie: User
) -> None:
    page = shown(as_alice, alice, YEAR)
    take(as_bob, alice, page)
    take(client_of(charlie), charlie.person, page)  # type: ignore[attr-defined]
    kept = {"kept": page.context["kept"][:-1] + "x"}
    as_alice.post(reverse("take_in_now", args=[alice.code]), kept)
    assert FactRecord.objects.count() == 0


def test_no_file_and_a_file_that_is_too_large_are_refused_in_words(
    alice: Person, as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Please choose a file." in as_alice.post(reverse("take_in", args=[alice.code])).content.decode()
    monkeypatch.setattr("ionto_web.care.forms.own.MOST_BYTES", 10)
    assert "This file is larger" in shown(as_alice, alice, YEAR).content.decode()


def rows_of_care() -> dict[str, int]:
    """How many rows of each kind there are, and the whole database as text beside it."""
    return {model.__name__: model.objects.count() for model in apps.get_app_config("care").get_models()}  # type: ignore[attr-defined]


def whole_database() -> str:
    with connection.cursor() as cursor:
        names = [row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()]
        return "\n".join(
            repr(cursor.execute(f'SELECT * FROM "{name}"').fetchall())  # noqa: S608 - its own table names
            for name in names
            if name != "django_session"
        )


def test_everything_is_deleted_and_the_audit_keeps_nothing_about_her(full: Person, as_alice: Client, bob: User) -> None:
    code, user = full.code, full.user
    assert user is not None
    journal = Path(settings.JOURNAL_DIR) / "left-behind.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_text("{}")
    assert "alice@example.org" in whole_database()
    answer = as_alice.post(reverse("erase", args=[code]), {"word": code.upper()})
    assert answer.status_code == 200
    assert "3 entries" not in answer.content.decode()
    assert "4 entries, 1 session, 1 plan, 1 consultation. Your account is gone, too." in " ".join(
        answer.content.decode().split()
    )
    left = rows_of_care()
    assert {name for name, count in left.items() if count} == {"Clinic", "Membership", "AuditRecord"}
    for word in ("alice", "Alice", code):
        assert word not in whole_database()
    assert not journal.exists()
    lines = AuditRecord.objects.all()
    assert {(line.person, line.what) for line in lines} == {(None, "")}
    assert [line.action for line in lines if line.by_id == user.pk] == ["record_erased"]
    assert [line.action for line in lines if line.by_id == bob.pk] == ["rating_recorded"]
    assert as_alice.get(reverse("start")).status_code == 302
    assert not Client().login(email="alice@example.org", password="pass-phrase-of-alice")


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_is_overwritten_in_the_file(full: Person, as_alice: Client) -> None:
    base = Path(connection.settings_dict["NAME"])
    files = [base, base.with_name(base.name + "-wal")]

    def written() -> bool:
        return any(b"alice@example.org" in file.read_bytes() for file in files if file.exists())

    assert written()
    as_alice.post(reverse("erase", args=[full.code]), {"word": full.code})
    assert not written()


def test_no_sign_in_keeps_anything_of_who_is_deleted(full: Person, as_alice: Client, as_nina: Client) -> None:
    assert full.user is not None
    answered = {"step": "sessions", "answer": "no"}
    for who in (as_nina, client_of(full.user)):
        who.post(reverse("hunt", args=[full.code, "palms"]), answered)
    as_alice.post(reverse("erase", args=[full.code]), {"word": full.code})
    (left,) = [kept.get_decoded() for kept in Session.objects.all()]
    assert left["_auth_user_id"] != str(full.user.pk)
    assert full.code not in str(left)
    assert as_nina.get(reverse("persons")).status_code == 200


def test_a_reader_who_is_deleted_reads_nothing_and_is_not_listed(
    alice: Person, as_alice: Client, charlie: User, as_charlie: Client
) -> None:
    assert alice.user is not None
    as_charlie.post(reverse("shared"), {"code": sharing.make_code(alice, days=30, by=alice.user)})
    assert "charlie@example.org" in as_alice.get(reverse("shares", args=[alice.code])).content.decode()
    own.erase(charlie.person, by=charlie)
    assert "Nobody but you" in as_alice.get(reverse("shares", args=[alice.code])).content.decode()


def test_nothing_is_deleted_without_the_word(full: Person, as_alice: Client) -> None:
    before = rows_of_care()
    for word in ("", "yes", "pass-phrase-of-bob"):
        assert as_alice.post(reverse("erase", args=[full.code]), {"word": word}).status_code == 422
    assert rows_of_care() == before
    answer = as_alice.post(reverse("erase", args=[full.code]), {"word": "pass-phrase-of-alice"})
    assert "Everything is deleted" in answer.content.decode()


def test_nothing_is_deleted_under_a_session_that_runs(full: Person, as_alice: Client) -> None:
    SessionRecord.objects.update(status=SessionRecord.Status.RUNNING)
    answer = as_alice.post(reverse("erase", args=[full.code]), {"word": full.code}, follow=True)
    assert "A session is running." in answer.content.decode()
    assert Person.objects.filter(code=full.code).exists()


def test_who_works_at_a_clinic_keeps_the_account(bob: User, as_bob: Client) -> None:
    person = actions.welcome_person(by=bob, user=bob, name="Bob")
    assert "your account: you work at a clinic" in as_bob.get(reverse("erase", args=[person.code])).content.decode()
    as_bob.post(reverse("erase", args=[person.code]), {"word": person.code})
    bob.refresh_from_db()
    assert bob.is_active
    assert not Person.objects.filter(user=bob).exists()
