"""What other browsers lack or forbid, taken from Chromium: each page says so plainly, and does the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from ionto_web.care.models import FactRecord

from .conftest import opened
from .phone import Phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
# As browsers with the CLDR's version 42 have it, Safari among them.
CANADA = """
const write = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format").get;
Object.defineProperty(Intl.DateTimeFormat.prototype, "format", { get() {
  return this.resolvedOptions().locale === "en-CA" ? () => "11/26/2026" : write.call(this);
} });
"""
NO_SIGNAL = "delete AbortSignal.timeout;"
NO_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined });"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as launch:
        yield launch("--host-resolver-rules=MAP ionto.test 127.0.0.1")


def lacking(phone: Phone, script: str) -> Phone:
    phone.context.add_init_script(script)
    return phone


@pytest.mark.parametrize("lacks", [NO_SIGNAL, NO_LOCKS])
def test_the_tap_of_the_day_arrives_from_an_old_browser(phone_of: Callable[..., Phone], lacks: str) -> None:
    phone = lacking(phone_of(), lacks)
    phone.page.goto(phone.address + reverse("today"))
    phone.page.get_by_role("button", name="Dry").click()
    expect(phone.page.locator("#said")).to_have_text("Saved.")
    assert FactRecord.objects.get().kind == "day"


def test_todays_page_knows_today_however_a_browser_writes_it(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), CANADA)
    page = phone.page
    page.goto(phone.address + reverse("today"))
    for felt in ("Dry", "Wet"):
        page.get_by_role("button", name=felt).click()
        expect(page.locator("#said")).to_have_text("Saved.")
        page.reload()
        expect(page.get_by_role("button", name=felt)).to_have_attribute("aria-pressed", "true")
    assert FactRecord.objects.filter(kind="day").count() == 2
