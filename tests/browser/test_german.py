"""The patient's pages in German on a phone: nothing sticks out, and nobody is kept out, in light and in dark."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ionto_web.care import demo
from ionto_web.care.models import Person

from .looks import barriers, fits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
# A folder for pictures of what was looked at; none when empty.
PICTURES = os.environ.get("IONTO_PICTURES", "")


def looks_right(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    assert fits(page), name
    assert barriers(page) == [], name


def test_the_pages_are_german_and_fit_a_phone(page: Page) -> None:
    demo.seed_demo()
    Person.objects.filter(name="Mara").update(language="de")
    mara = Person.objects.get(name="Mara")
    page.goto("/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Starkes Schwitzen")
    looks_right(page, "landing")
    page.get_by_role("link", name="Anmelden").click()
    looks_right(page, "login")
    page.locator('input[name="login"]').fill(demo.PATIENT.email)
    page.locator('input[name="password"]').fill(demo.PATIENT.password)
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    for tab, name in (
        ("Verlauf", "progress"),
        ("Plan", "plan"),
        ("Tagebuch", "diary"),
        ("Angaben", "details"),
        ("Sitzung", "prepare"),
        ("Fragen", "consultation"),
        ("Ergebnis", "result"),
    ):
        page.get_by_role("navigation", name="Ihre Behandlung").get_by_role("link", name=tab, exact=True).click()
        page.wait_for_load_state("networkidle")
        looks_right(page, name)
    for path, name in ((f"/persons/{mara.code}/reach/", "reach"), ("/today/", "today")):
        page.goto(path)
        looks_right(page, name)
    page.goto(f"/persons/{mara.code}/diary/")
    page.set_viewport_size({"width": 320, "height": 640})
    for tab in ("Verlauf", "Plan", "Tagebuch", "Angaben"):
        page.get_by_role("navigation", name="Ihre Behandlung").get_by_role("link", name=tab, exact=True).click()
        assert fits(page), tab
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Details")
