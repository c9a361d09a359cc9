"""A person's own data in a real browser, on a phone and on a desk: out, in, shared, reminded of, and deleted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ionto_web.care import demo
from ionto_web.care.models import FactRecord, Person
from ionto_web.care.streams import PACKET_CHARS

from .test_journey import go, looks_right, press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
SIZES = ((390, 844), (1280, 800))
LIST = "date;HDSS;rating;grams/min;session minutes;mA;side effect;note\n2025-12-01;3;6;0,052;20;12,5;itch;a cold day\n"


def looks_right_everywhere(page: Page) -> None:
    """On a phone and on a desk, and with words twice as large."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        looks_right(page)
    page.set_viewport_size({"width": 320, "height": 640})
    looks_right(page)
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.fixture
def mara(page: Page, monkeypatch: pytest.MonkeyPatch) -> Person:
    story = demo.Story(name="Mara", birth_year=1998, sex="female", days=9, follows_plan_only=3, login=demo.PATIENT)
    monkeypatch.setattr(demo, "STORIES", (story,))
    demo.seed_demo()
    sign_in(page, demo.PATIENT)
    return Person.objects.get(name="Mara")


def sign_in(page: Page, who: demo.Login) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(who.email)
    page.get_by_label("Password").fill(who.password)
    press(page, "Sign in")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_everything_goes_out_and_a_list_comes_in(page: Page, mara: Person, tmp_path: Path) -> None:
    go(page, "Data")
    page.get_by_text("How the list must look").click()
    looks_right_everywhere(page)
    with page.expect_download() as out:
        page.get_by_role("link", name="Everything (JSON)").click()
    # Several packets long: a browser must have read them all.
    whole = out.value.path().read_text("utf-8")
    assert len(whole) > 4 * PACKET_CHARS
    assert json.loads(whole)["person"]["name"] == "Mara"
    assert out.value.suggested_filename.startswith(f"ionto-{mara.code}-")
    with page.expect_download() as out:
        page.get_by_role("link", name="Letter for your doctor (PDF)").click()
    assert out.value.path().read_bytes().startswith(b"%PDF-")

    before = FactRecord.objects.count()
    made = tmp_path / "list.csv"
    made.write_text(LIST.replace("2025-12-01", "01/02/2026"), "utf-8")
    page.get_by_label("Your spreadsheet, saved as CSV").set_input_files(made)
    press(page, "Show what it brings")
    expect(page.get_by_role("alert")).to_contain_text("line 2, date: 01/02/2026 can be day first or month first")
    looks_right_everywhere(page)
    page.get_by_role("link", name="Choose the file again").click()
    made.write_text(LIST, "utf-8")
    page.get_by_label("Your spreadsheet, saved as CSV").set_input_files(made)
    press(page, "Show what it brings")
    expect(page.get_by_text("1 line has a note.")).to_be_visible()
    looks_right_everywhere(page)
    assert FactRecord.objects.count() == before
    page.get_by_role("button", name=re.compile("Take in 5 new entries")).dblclick()
    expect(page.get_by_role("status")).to_contain_text("the record")
    assert FactRecord.objects.count() == before + 5


def test_a_code_a_calendar_and_reminders(page: Page, mara: Person) -> None:
    go(page, "Data")
    page.get_by_role("link", name="Share with a doctor").click()
    press(page, "Make a code")
    code = page.locator("#code").inner_text()
    looks_right_everywhere(page)

    other = page.context.browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=page.url.split("/pers")[0]
    )
    reader = other.new_page()
    sign_in(reader, demo.NEWCOMER)
    reader.goto("/shared/")
    looks_right_everywhere(reader)
    reader.get_by_label("The code that you were given").fill(code)
    press(reader, "Open the record")
    expect(reader.get_by_role("heading", name="Course of iontophoresis")).to_be_visible()
    looks_right_everywhere(reader)
    page.goto(page.url)
    press(page, "Take back what Noah may read")
    expect(page.get_by_text("Nobody but you")).to_be_visible()
    assert reader.goto(f"/shared/{mara.code}/").status == 404
    other.close()

    page.get_by_role("link", name="Back to your data").click()
    page.get_by_role("link", name="Calendar and reminders").click()
    looks_right_everywhere(page)
    press(page, "Make an address")
    address = page.locator("#address").inner_text()
    looks_right_everywhere(page)
    feed = page.request.get(address)
    assert feed.headers["content-type"].startswith("text/calendar")
    assert page.request.get(address, headers={"If-None-Match": feed.headers["etag"]}).status == 304
    page.get_by_label("Remind me by e-mail on the day of a session").check()
    press(page, "Save the reminders")
    expect(page.get_by_role("heading", name="Not now")).to_be_visible()
    press(page, "Tomorrow")
    expect(page.get_by_text("No reminder before")).to_be_visible()
    looks_right_everywhere(page)


def test_everything_is_deleted_by_the_keyboard_alone(page: Page, mara: Person) -> None:
    go(page, "Data")
    page.get_by_role("link", name="Delete everything …").press("Enter")
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    looks_right_everywhere(page)
    word = page.get_by_label("Type the number of your record, or your password")
    word.fill("no")
    word.press("Enter")
    expect(page.get_by_text("This is neither the number of your record nor your password.")).to_be_visible()
    looks_right_everywhere(page)
    word.fill(mara.code)
    word.press("Enter")
    expect(page.get_by_role("heading", name="Everything is deleted")).to_be_visible()
    looks_right_everywhere(page)
    assert not Person.objects.filter(pk=mara.pk).exists()
