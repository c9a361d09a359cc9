"""A code for a clinician: once, for a while, for reading only, and taken back as easily."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ionto_web.care import sharing
from ionto_web.care.models import FactRecord, Person, PrescriptionRecord, Share

from .conftest import audited, client_of


@pytest.fixture
def doctor(db: None) -> User:
    return User.objects.create_user("dana@example.org", "dana@example.org", "x", first_name="Dana")


@pytest.fixture
def as_doctor(doctor: User) -> Client:
    return client_of(doctor)


def code_from(client: Client, person: Person, days: str = "30") -> str:
    page = client.post(reverse("shares", args=[person.code]), {"days": days})
    assert page["Cache-Control"] == "no-store"
    code: str = page.context["fresh"]
    assert code in page.content.decode()
    return code


def use(client: Client, code: str) -> Any:
    return client.post(reverse("shared"), {"code": code})


def reads(client: Client, person: Person) -> int:
    return int(client.get(reverse("shared_record", args=[person.code])).status_code)


def test_a_code_opens_the_record_for_one_reader(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client, as_doctor: Client, as_charlie: Client
) -> None:
    assert prescription.person == alice
    code = code_from(as_alice, alice)
    assert reads(as_doctor, alice) == 404
    assert use(as_doctor, code.replace("-", " ").upper()).url == reverse("shared_record", args=[alice.code])
    page = as_doctor.get(reverse("shared_record", args=[alice.code]))
    assert "Next session on" in page.content.decode()
    assert "Alice" not in page.content.decode()
    assert "This code opens nothing." in use(as_charlie, code).content.decode()
    assert reads(as_charlie, alice) == 404
    assert reads(as_alice, alice) == 404
    assert len(audited("share_used")) == len(audited("shared_record_read")) == 1


def test_the_details_call_no_record_unseen_that_a_code_has_opened(
    as_charlie: Client, charlie: User, as_doctor: Client
) -> None:
    person = charlie.person
    use(as_doctor, code_from(as_charlie, person))
    text = as_charlie.get(reverse("details", args=[person.code])).content.decode()
    assert "Only you can see" not in text
    assert "No clinic sees your record." in text
    assert f'href="{reverse("shares", args=[person.code])}"' in text


def test_a_reader_takes_the_letter_along_and_writes_nothing(
    alice: Person, prescription: PrescriptionRecord, as_alice: Client, as_doctor: Client
) -> None:
    use(as_doctor, code_from(as_alice, alice))
    answers = {
        what: as_doctor.get(reverse("shared_file", args=[alice.code, what])) for what in ("letter", "table", "fhir")
    }
    assert {answer.status_code for answer in answers.values()} == {200}
    assert as_doctor.get(reverse("shared_file", args=[alice.code, "record"])).status_code == 404
    assert as_doctor.get(reverse("progress", args=[alice.code])).status_code == 404
    tap = as_doctor.post(reverse("diary_tap", args=[alice.code]), {"site": "palms", "felt": "dry"})
    assert tap.status_code == 404
    assert FactRecord.objects.count() == 0
    assert prescription.person == alice


def test_taken_back_it_is_closed_at_once(alice: Person, as_alice: Client, as_doctor: Client) -> None:
    use(as_doctor, code_from(as_alice, alice))
    assert reads(as_doctor, alice) == 200
    assert "Dana" in as_alice.get(reverse("shares", args=[alice.code])).content.decode()
    as_alice.post(reverse("withdraw_share", args=[alice.code, alice.shares.get().pk]))
    assert reads(as_doctor, alice) == 404
    assert as_doctor.get(reverse("shared_file", args=[alice.code, "letter"])).status_code == 404
    assert audited("share_withdrawn")


def test_a_code_that_was_taken_back_or_is_too_old_opens_nothing(
    alice: Person, as_alice: Client, as_doctor: Client
) -> None:
    code = code_from(as_alice, alice)
    as_alice.post(reverse("withdraw_share", args=[alice.code, alice.shares.get().pk]))
    assert use(as_doctor, code).status_code == 422
    old = code_from(as_alice, alice)
    Share.objects.filter(withdrawn_at=None).update(code_until=timezone.now() - timedelta(seconds=1))
    assert use(as_doctor, old).status_code == 422


def test_access_ends_by_itself(alice: Person, as_alice: Client, as_doctor: Client) -> None:
    use(as_doctor, code_from(as_alice, alice, "1"))
    assert reads(as_doctor, alice) == 200
    Share.objects.update(access_until=timezone.now())
    assert reads(as_doctor, alice) == 404


def test_only_the_person_takes_back_and_only_their_own(
    alice: Person, charlie: User, as_alice: Client, as_bob: Client, as_charlie: Client
) -> None:
    code_from(as_alice, alice)
    share = alice.shares.get()
    for client, person in ((as_bob, alice), (as_charlie, alice), (as_charlie, charlie.person)):  # type: ignore[attr-defined]
        path = reverse("withdraw_share", args=[person.code, share.pk])
        assert client.post(path).status_code == 404
    share.refresh_from_db()
    assert share.withdrawn_at is None


def test_nobody_uses_their_own_code(alice: Person, as_alice: Client) -> None:
    assert use(as_alice, code_from(as_alice, alice)).status_code == 422


def test_who_guesses_is_stopped(alice: Person, as_alice: Client, as_doctor: Client) -> None:
    code = code_from(as_alice, alice)
    for _ in range(sharing.GUESSES):
        assert "opens nothing" in use(as_doctor, "abcd-efgh-jkmn").content.decode()
    assert "Too many codes were tried." in use(as_doctor, code).content.decode()
    assert reads(as_doctor, alice) == 404


def test_the_code_itself_is_not_kept(alice: Person, as_alice: Client) -> None:
    code = code_from(as_alice, alice)
    kept = Share.objects.values().get()
    assert code.replace("-", "") not in repr(kept)
    assert code not in as_alice.get(reverse("shares", args=[alice.code])).content.decode()
