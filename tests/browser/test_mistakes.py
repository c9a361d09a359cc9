"""Mistakes of real people in a real browser, each harmless; tests/web/test_mistakes.py has what the server decides,
and test_led.py the same for the session that is led without a network."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import Browser, Page, expect

from ionto_web.care.course import fact_from
from ionto_web.care.forms.session import CHECKS
from ionto_web.care.left_open import OLD_PAGE, SIGNED_OUT
from ionto_web.care.models import FactRecord, Person, SessionRecord

from .looks import barriers, fits
from .phone import person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(200),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
PASSWORD = "dry-hands-for-everybody"


@pytest.fixture
def person(transactional_db: None) -> Person:
    return person_with(device="simulated")


@pytest.fixture
def page(browser: Browser, address: str, person: Person) -> Iterator[Page]:
    """A German phone, signed in. Chromium's own word about a refused request is no complaint here."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=address, locale="de-DE")
    sign_in(context, person.user, address)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def sign_in(context: object, user: User | None, address: str) -> None:
    assert user is not None
    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])  # type: ignore[attr-defined]


def diary(page: Page, person: Person) -> None:
    page.goto(f"/persons/{person.code}/diary/")


def kept(kind: str) -> list[object]:
    return [fact_from(record.body) for record in FactRecord.objects.filter(kind=kind).order_by("id")]


def test_a_wrong_date_is_told_and_what_was_typed_stays(page: Page, person: Person) -> None:
    diary(page, person)
    page.get_by_label("When").fill("2062-01-05T08:00")
    page.locator('input[name="rating"][value="6"]').check()
    page.get_by_label("Weighed sweat of one side").fill("52,3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This lies in the future.")).to_be_visible()
    assert page.get_by_label("Weighed sweat of one side").input_value() == "52,3"
    expect(page.locator('input[name="rating"][value="6"]')).to_be_checked()
    assert not FactRecord.objects.exists()
    assert barriers(page) == []


def test_a_comma_reaches_the_record_as_a_decimal_point(page: Page, person: Person) -> None:
    diary(page, person)
    field = page.get_by_label("Weighed sweat of one side")
    field.press_sequentially("52,3")
    field.press("Enter")
    expect(page.get_by_text("Saved. Thank you.")).to_be_visible()
    assert [fact.sweat_mg_per_min for fact in kept("sweat_rate")] == [52.3]  # type: ignore[attr-defined]


def test_in_two_tabs_each_says_what_is_true(page: Page, person: Person) -> None:
    diary(page, person)
    page.get_by_role("button", name="Wet hands").click()
    expect(page.locator("#recent")).to_contain_text("Hands: wet")
    second = page.context.new_page()
    diary(second, person)
    second.get_by_role("button", name="Take back").click()
    expect(second.locator(".said")).to_have_text("Taken back.")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".said")).to_have_text("This was taken back already.")
    expect(page.locator("#recent li")).to_have_count(0)
    second.close()


def start(page: Page) -> None:
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("60 times faster").check()


def test_back_to_the_checklist_starts_no_second_session(page: Page, person: Person) -> None:
    page.goto(f"/persons/{person.code}/session/")
    start(page)
    page.get_by_role("button", name="I am ready: start").click()
    expect(page.locator("#phase")).to_be_visible()
    page.go_back()
    # The browser may show the old page as it was, or ask for it again; either way it leads to the one session.
    if page.get_by_role("button", name="I am ready: start").is_visible():
        start(page)
        page.get_by_role("button", name="I am ready: start").click()
    expect(page.locator("#phase")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="The session was stopped.")).to_be_visible(timeout=30_000)
    assert SessionRecord.objects.count() == 1


def test_back_after_an_entry_and_saved_again_is_one_entry(page: Page, person: Person) -> None:
    diary(page, person)
    at = page.get_by_label("When").input_value()
    page.locator('input[name="rating"][value="6"]').check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Thank you.")).to_be_visible()
    page.go_back()
    page.locator('input[name="rating"][value="6"]').check()
    page.get_by_label("When").fill(at)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Thank you.")).to_be_visible()
    assert len(kept("rating")) == 1


def test_a_double_tap_is_one_entry_and_one_session(page: Page, person: Person) -> None:
    diary(page, person)
    page.get_by_role("button", name="Clammy hands").dblclick()
    expect(page.locator("#recent")).to_contain_text("Hands: clammy")
    page.locator('input[name="rating"][value="3"]').check()
    page.get_by_role("button", name="Save").dblclick()
    expect(page.get_by_text("Saved. Thank you.").first).to_be_visible()
    assert (len(kept("day")), len(kept("rating"))) == (1, 1)
    page.goto(f"/persons/{person.code}/session/")
    start(page)
    page.get_by_role("button", name="I am ready: start").dblclick()
    expect(page.locator("#phase")).to_be_visible()
    assert SessionRecord.objects.count() == 1


@pytest.mark.parametrize("clock", ["2001-01-01T00:00:00", "2039-06-01T12:00:00"])
def test_a_phone_with_a_wrong_clock_writes_at_the_right_time(page: Page, person: Person, clock: str) -> None:
    page.clock.install(time=clock)
    diary(page, person)
    today = timezone.now().astimezone(person.zone)
    assert page.get_by_label("When").input_value()[:10] == f"{today:%Y-%m-%d}"
    page.get_by_role("button", name="Dry hands").click()
    expect(page.locator("#recent")).to_contain_text("Hands: dry")
    (fact,) = kept("day")
    assert abs((timezone.now() - fact.at).total_seconds()) < 60  # type: ignore[attr-defined]
    page.goto(f"/persons/{person.code}/progress/")
    page.locator(".chart-progress").first.scroll_into_view_if_needed()
    expect(page.locator(".chart-progress canvas").first).to_be_visible()


def test_a_phone_in_another_zone_writes_at_the_right_time(browser: Browser, address: str, person: Person) -> None:
    """On a trip, the phone says Auckland and the record Berlin."""
    context = browser.new_context(base_url=address, timezone_id="Pacific/Auckland")
    sign_in(context, person.user, address)
    page = context.new_page()
    diary(page, person)
    expect(page.get_by_text("Berlin time.")).to_be_visible()
    page.locator('input[name="rating"][value="2"]').check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Thank you.")).to_be_visible()
    (fact,) = kept("rating")
    assert abs((timezone.now() - fact.at).total_seconds()) < 180  # type: ignore[attr-defined]
    context.close()


def test_a_page_left_open_until_signed_out_says_so_and_comes_back(page: Page, person: Person) -> None:
    diary(page, person)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Wet hands").click()
    # Nobody is signed in any more, so the page speaks the phone's language.
    with override("de"):
        said = str(SIGNED_OUT)
    expect(page.get_by_text(said)).to_be_visible()
    assert barriers(page) == []
    assert not FactRecord.objects.exists()
    page.get_by_label("E-Mail-Adresse").fill("ella@example.org")
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmeldung").click()
    expect(page.get_by_role("heading", name="Diary")).to_be_visible()
    page.get_by_role("button", name="Wet hands").click()
    expect(page.locator("#recent")).to_contain_text("Hands: wet")


def test_a_page_older_than_its_sign_in_says_so_and_is_loaded_anew(page: Page, person: Person, address: str) -> None:
    diary(page, person)
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "csrftoken", "value": "y" * 32, "url": address}])
    sign_in(page.context, person.user, address)
    page.get_by_role("button", name="Wet hands").click()
    expect(page.get_by_text(str(OLD_PAGE))).to_be_visible()
    assert not FactRecord.objects.exists()
    page.get_by_role("button", name="Wet hands").click()
    expect(page.locator("#recent")).to_contain_text("Hands: wet")


def test_a_tap_without_a_network_does_not_look_saved(page: Page, person: Person) -> None:
    diary(page, person)
    page.context.set_offline(True)
    page.get_by_role("button", name="Wet hands").click()
    expect(page.locator(".taps").get_by_role("alert")).to_have_text(re.compile("^Not saved."))
    expect(page.locator(".taps").get_by_role("alert")).to_be_in_viewport()
    assert fits(page)
    expect(page.locator(".tapped")).to_have_count(0)
    page.context.set_offline(False)
    page.get_by_role("button", name="Wet hands").click()
    expect(page.locator(".said")).to_have_text("Saved.")
    expect(page.locator(".taps").get_by_role("alert")).to_have_count(0)
    assert len(kept("day")) == 1


def test_on_a_full_phone_the_site_works_and_says_what_it_cannot_keep(page: Page, person: Person, address: str) -> None:
    """The browser itself refuses to store anything: a quota of one byte."""
    talk = page.context.new_cdp_session(page)
    talk.send("Storage.overrideQuotaForOrigin", {"origin": address, "quotaSize": 1})
    diary(page, person)
    page.get_by_role("button", name="Dry hands").click()
    expect(page.locator(".said")).to_have_text("Saved.")
    page.goto(f"/persons/{person.code}/consultation/")
    page.get_by_label("In which year were you born?").fill("1997")
    expect(page.locator("#draft")).to_have_text("Saved")
    page.goto(f"/persons/{person.code}/progress/")
    page.locator(".chart-progress").first.scroll_into_view_if_needed()
    expect(page.locator(".chart-progress canvas").first).to_be_visible()


def test_nothing_felt_is_one_tap_and_is_not_offered_to_whoever_has_chosen_something(
    page: Page, person: Person, address: str
) -> None:
    client = Client()
    client.force_login(person.user)  # type: ignore[arg-type]
    ticked = {f"check-{check.key}": "on" for check in CHECKS} | {"site": "palms", "speed_ratio": "60"}
    page.goto(client.post(reverse("prepare", args=[person.code]), ticked)["Location"])
    page.locator("#stop").click()
    nothing = page.get_by_role("button", name="Nothing felt, nothing to see")
    expect(nothing).to_be_in_viewport(timeout=30_000)
    assert fits(page)
    assert barriers(page) == []
    page.locator("[name=felt-blister]").select_option("mild")
    expect(nothing).to_be_hidden()
    page.locator("[name=felt-blister]").select_option("")
    nothing.click()
    expect(page).to_have_url(re.compile("/progress/$"))
    assert not FactRecord.objects.filter(kind="side_effect").exists()
