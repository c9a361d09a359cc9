"""Who may see what. Charlie, who is neither Alice nor at her clinic, is refused at every address there is."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from ionto.treat.events import session_plan
from ionto.words.reading import to_json
from ionto.words.records import RatingFact
from ionto.words.terms import Site
from ionto_web.care import actions, feed, push, sharing
from ionto_web.care.course import active_plans
from ionto_web.care.models import Clinic, Person, PrescriptionRecord, SessionRecord
from ionto_web.care.views.session import _next_session

from .conftest import audited, client_of

# Addresses that are everybody's own; every other one, also one that is added later, must refuse Charlie.
EVERYBODYS = {
    "landing", "start", "led_worker", "shared", "language", "manifest", "own_session", "today", "today_worker",
    "today_tap", "today_told", "renew_device",
}  # fmt: skip
# These ask for no sign-in.
OPEN_TO_ALL = {"landing", "language", "manifest"}
# The secret in the address, or in what is sent, is the key, to be had from nobody but the person.
UNDER_A_SECRET = {"calendar_feed", "today_told", "end_emails"}


def our_addresses() -> list[URLPattern]:
    found = []
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            assert str(entry.pattern) == "accounts/", "a new group of addresses wants its own walk"
        else:
            found.append(entry)
    return found


@pytest.fixture
def what_is_alices(alice: Person, prescription: PrescriptionRecord) -> dict[str, object]:
    assert alice.user is not None
    (fact,) = actions.keep_facts(alice, [RatingFact(site=Site.PALMS, at=timezone.now(), score=4)], by=alice.user)
    plan = active_plans(alice)[Site.PALMS][1]
    record = SessionRecord.objects.create(
        prescription=prescription,
        started_by=alice.user,
        session_plan=to_json(session_plan(plan.prescription, _next_session(alice, Site.PALMS))),
        status=SessionRecord.Status.COMPLETED,
        summary="{}",
    )
    absence = actions.keep_absence(alice, alice.today, alice.today, by=alice.user)
    sharing.make_code(alice, days=30, by=alice.user)
    share = alice.shares.get()
    feed.open_feed(alice, by=alice.user)
    device = push.add_device(
        alice, name="Phone", endpoint="https://fcm.googleapis.com/a", p256dh="", auth="", by=alice.user
    )
    return {
        "code": alice.code,
        "device_id": device.pk,
        "absence_id": absence.pk,
        "site": "palms",
        "fact_id": fact.pk,
        "session_id": record.pk,
        "name": "stop_pressed",
        "what": "record",
        "share_id": share.pk,
        "token": "guessed",
        "ticket": "guessed",
    }


@pytest.mark.parametrize("address", our_addresses(), ids=lambda address: str(address.name))
def test_charlie_is_refused_everywhere(
    address: URLPattern, what_is_alices: dict[str, object], as_charlie: Client
) -> None:
    if address.name in EVERYBODYS:
        return
    names = address.pattern.converters
    path = reverse(str(address.name), kwargs={name: what_is_alices[name] for name in names})
    answers = {as_charlie.get(path).status_code, as_charlie.post(path).status_code}
    assert 404 in answers
    assert answers <= {404, 405}


@pytest.mark.parametrize("address", our_addresses(), ids=lambda address: str(address.name))
def test_whoever_is_not_signed_in_is_sent_to_the_door(
    address: URLPattern, what_is_alices: dict[str, object], client: Client
) -> None:
    if address.name in OPEN_TO_ALL or address.name in UNDER_A_SECRET:
        return
    path = reverse(str(address.name), kwargs={name: what_is_alices[name] for name in address.pattern.converters})
    answers = [client.get(path), client.post(path)]
    doors = [answer for answer in answers if answer.status_code == 302]
    assert doors
    assert all(door.url.startswith("/accounts/login/") for door in doors)
    assert {answer.status_code for answer in answers} <= {302, 405}


@pytest.mark.parametrize(
    "page", ["consultation", "result", "plan", "prepare", "diary", "progress", "away", "details", "your_data"]
)
def test_alice_her_dermatologist_and_her_nurse_see_her_pages(
    page: str, what_is_alices: dict[str, object], as_alice: Client, as_bob: Client, as_nina: Client
) -> None:
    path = reverse(page, args=[what_is_alices["code"]])
    assert [who.get(path).status_code for who in (as_alice, as_bob, as_nina)] == [200, 200, 200]


def test_a_clinic_that_alice_leaves_sees_nothing_any_more(alice: Person, as_alice: Client, as_bob: Client) -> None:
    path = reverse("details", args=[alice.code])
    assert as_bob.get(path).status_code == 200
    as_alice.post(path, {"name": "Alice", "timezone": "Europe/Berlin", "clinic_code": ""})
    assert as_bob.get(path).status_code == 404
    assert audited("clinic_left")


def test_a_clinic_cannot_move_alice_to_another_clinic(alice: Person, as_bob: Client) -> None:
    other = Clinic.objects.create(name="Another", join_code="another")
    as_bob.post(reverse("details", args=[alice.code]), {"name": "A", "timezone": "UTC", "clinic_code": other.join_code})
    alice.refresh_from_db()
    assert alice.clinic is not None
    assert alice.clinic.name == "The clinic"


def test_the_clinics_list_is_for_its_members(alice: Person, bob: User, as_alice: Client) -> None:
    assert as_alice.get(reverse("persons")).status_code == 404
    assert b"Alice" in client_of(bob).get(reverse("persons")).content


def test_a_new_user_gets_a_record_of_their_own(db: None) -> None:
    user = User.objects.create_user("new@example.org", "new@example.org", "x")
    answer = client_of(user).get(reverse("start"))
    assert answer.url == reverse("consultation", args=[user.person.code])
    assert audited("person_welcomed")


def test_a_dermatologist_arrives_at_the_list(as_bob: Client) -> None:
    assert as_bob.get(reverse("start")).url == reverse("persons")


def test_a_page_tells_the_browser_to_run_only_our_own_files(client: Client, db: None) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_every_page_says_that_ionto_is_not_a_certified_device(client: Client, db: None) -> None:
    for path in ("/", "/accounts/login/", "/accounts/signup/", "/nowhere/"):
        assert b"ionto is not a certified medical device." in client.get(path).content


@pytest.mark.parametrize("address", ["erase", "shares", "reach"])
def test_what_is_alices_alone_is_refused_to_her_clinic(
    address: str, what_is_alices: dict[str, object], as_alice: Client, as_bob: Client, as_nina: Client
) -> None:
    path = reverse(address, args=[what_is_alices["code"]])
    assert [who.get(path).status_code for who in (as_alice, as_bob, as_nina)] == [200, 404, 404]


@pytest.mark.parametrize(
    "address", ["open_feed", "close_feed", "set_feed", "set_reminders", "snooze", "add_device", "erase", "shares"]
)
def test_what_alice_alone_may_write_her_clinic_cannot(
    address: str, what_is_alices: dict[str, object], as_bob: Client
) -> None:
    assert as_bob.post(reverse(address, args=[what_is_alices["code"]])).status_code == 404


def test_a_device_is_removed_by_its_person_alone(
    what_is_alices: dict[str, object], as_alice: Client, as_bob: Client, as_charlie: Client
) -> None:
    path = reverse("remove_device", args=[what_is_alices["code"], what_is_alices["device_id"]])
    assert [who.post(path).status_code for who in (as_bob, as_charlie)] == [404, 404]
    own = reverse("remove_device", args=[Person.objects.get(name="Charlie").code, what_is_alices["device_id"]])
    assert as_charlie.post(own).status_code == 404
    assert as_alice.post(path).status_code == 302
    assert audited("device_removed")


@pytest.mark.parametrize("what", ["record", "table", "fhir", "letter"])
def test_alice_and_her_clinic_take_her_data_out(
    what: str, what_is_alices: dict[str, object], as_alice: Client, as_bob: Client
) -> None:
    path = reverse("handed_out", args=[what_is_alices["code"], what])
    for who in (as_alice, as_bob):
        answer = who.get(path)
        assert answer.status_code == 200
        assert answer.getvalue()
    assert [record.what for record in audited("record_handed_out")] == [what, what]
