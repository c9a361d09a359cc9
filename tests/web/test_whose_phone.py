"""When a browser is told to clear what it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ionto_web.care import sharing
from ionto_web.care.models import Person
from ionto_web.care.whose_phone import ALL, UNSENT, WHOSE

pytestmark = pytest.mark.django_db


def looks(client: Client, person: Person) -> Any:
    return client.get(reverse("diary", args=[person.code]))


def test_the_same_person_again_clears_nothing(alice: Person, as_alice: Client) -> None:
    assert WHOSE in looks(as_alice, alice).cookies
    answer = looks(as_alice, alice)
    assert "Clear-Site-Data" not in answer
    assert WHOSE not in answer.cookies


def test_signing_out_clears_everything(alice: Person, as_alice: Client) -> None:
    looks(as_alice, alice)
    answer = as_alice.post(reverse("account_logout"))
    assert answer["Clear-Site-Data"] == ALL
    assert answer.cookies[WHOSE].value == ""
    assert "Clear-Site-Data" not in as_alice.get("/")


def test_who_would_be_led_on_sees_a_page_that_clears_first(alice: Person, as_alice: Client) -> None:
    looks(as_alice, alice)
    answer = as_alice.post(reverse("account_logout"), headers={"Accept": "text/html"})
    # Safari hears the header in no answer that leads on.
    assert (answer.status_code, answer["Clear-Site-Data"], answer["Cache-Control"]) == (200, ALL, "no-store")
    assert 'id="on" href="/"' in answer.content.decode()
    assert answer.cookies["sessionid"].value == ""


def test_signing_out_with_something_unsent_asks_first(alice: Person, as_alice: Client) -> None:
    as_alice.cookies[UNSENT] = "1"
    answer = as_alice.post(reverse("account_logout"))
    assert (answer.status_code, "Clear-Site-Data" in answer) == (409, False)
    assert looks(as_alice, alice).status_code == 200
    assert as_alice.post(reverse("account_logout"), {"even_so": "1"})["Clear-Site-Data"] == ALL


def test_somebody_else_in_the_same_browser_clears_everything(alice: Person, as_alice: Client, charlie: User) -> None:
    looks(as_alice, alice)
    as_alice.force_login(charlie)
    # Also where what they ask for is not theirs.
    assert as_alice.get(reverse("led", args=[alice.code, "palms"]))["Clear-Site-Data"] == ALL
    as_alice.cookies[WHOSE] = "somebody-else"
    assert looks(as_alice, charlie.person)["Clear-Site-Data"] == ALL
    assert "Clear-Site-Data" not in looks(as_alice, charlie.person)


def test_whose_phone_it_is_cannot_be_read_from_it(alice: Person, as_alice: Client) -> None:
    cookie = looks(as_alice, alice).cookies[WHOSE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert str(alice.user_id) != cookie.value


def test_a_share_that_is_taken_back_leaves_nothing_in_the_readers_browser(
    alice: Person, charlie: User, as_charlie: Client
) -> None:
    assert alice.user is not None
    sharing.use_code(sharing.make_code(alice, days=30, by=alice.user), by=charlie)
    address = reverse("shared_record", args=[alice.code])
    seen = as_charlie.get(address)
    assert seen.status_code == 200
    assert "no-store" in seen["Cache-Control"]
    sharing.withdraw_share(alice.shares.get(), by=alice.user)
    gone = as_charlie.get(address)
    assert (gone.status_code, gone["Clear-Site-Data"]) == (404, '"cache"')


@pytest.mark.parametrize("name", ["diary", "progress", "result", "consultation", "prepare", "details", "your_data"])
def test_a_page_of_somebody_is_kept_by_no_cache_on_the_way(name: str, alice: Person, as_alice: Client) -> None:
    for person in (alice.code, "nobody"):
        assert as_alice.get(reverse(name, args=[person]))["Cache-Control"] == "private, no-cache"
