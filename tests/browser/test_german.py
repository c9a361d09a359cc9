"""The patient's pages in German on a phone: nothing sticks out, and nobody is kept out, in light and in dark."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from ionto_web.care import demo
from ionto_web.care.models import Person, SessionRecord

from .looks import barriers, fits, mirrored

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
        page.wait_for_load_state()
        if tab == "Verlauf":
            page.locator(".outlook-figure summary").first.click()
        if tab == "Tagebuch":
            page.get_by_text("Nebenwirkungen in Bildern").click()
            page.locator(".fx-level .sources summary").first.click()
            # A source is a line of a list, not a picture with words beside it.
            source = page.locator(".fx-level .sources li").first
            assert source.evaluate("line => getComputedStyle(line).display") == "list-item"
        assert fits(page), tab
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Details")


def signed_in(page: Page, login: demo.Login) -> None:
    page.goto("/accounts/login/")
    page.locator('input[name="login"]').fill(login.email)
    page.locator('input[name="password"]').fill(login.password)
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def pages_of(person: Person, *more: str) -> list[str]:
    own = [
        "consultation",
        "result",
        "plan",
        "prepare",
        "diary",
        "progress",
        "away",
        "details",
        "your_data",
        "shares",
        "erase",
    ]
    return [reverse(name, args=[person.code]) for name in own] + list(more)


def test_ones_own_data_and_the_clinic_are_german_and_fit_a_phone(page: Page) -> None:
    demo.seed_demo()
    mara = Person.objects.get(name="Mara")
    Person.objects.filter(pk=mara.pk).update(language="de", device="saalio")
    signed_in(page, demo.PATIENT)
    for name in ("prepare", "your_data", "shares", "erase", "details"):
        page.goto(reverse(name, args=[mara.code]))
        expect(page.locator("html")).to_have_attribute("lang", "de")
        looks_right(page, f"own-{name}")
    page.goto(reverse("your_data", args=[mara.code]))
    wrong = {"name": "liste.csv", "mimeType": "text/csv", "buffer": b"Datum;HDSS\n25.03.2026;9\nneulich;3\n"}
    page.locator('input[type="file"]').set_input_files(wrong)
    page.get_by_role("button", name="Zeigen, was sie bringt").click()
    expect(page.get_by_text("Zeile 2, HDSS:")).to_be_visible()
    looks_right(page, "own-table")
    page.context.clear_cookies()
    page.goto("/")
    page.get_by_role("button", name="Deutsch").click()
    signed_in(page, demo.DERMATOLOGIST)
    eva = Person.objects.get(name="Eva")
    for address in ("/persons/", "/persons/new/", "/clinic/house/", "/shared/", reverse("result", args=[eva.code])):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        looks_right(page, "clinic" + address.strip("/").replace("/", "-"))


def test_every_page_is_its_own_mirror_image(page: Page) -> None:
    """As a language from right to left has it: nothing sticks out on a phone, in German with its long words."""
    demo.seed_demo()
    mara = Person.objects.get(name="Mara")
    Person.objects.filter(pk=mara.pk).update(language="de")
    signed_in(page, demo.PATIENT)
    over = SessionRecord.objects.filter(prescription__person=mara).last()
    assert over is not None
    more = [reverse(name, args=[mara.code]) for name in ("reach",)] + [reverse("hunt", args=[mara.code, "palms"])]
    for address in pages_of(mara, "/", "/shared/", "/today/", *more, reverse("session", args=[over.pk])):
        page.goto(address)
        assert mirror_image(page) == [], address
    page.goto(reverse("prepare", args=[mara.code]))
    for box in page.locator(".checklist input").all():
        box.check()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#current")).not_to_have_text("0,0", timeout=20_000)
    assert mirror_image(page) == []
    page.locator(".btn-stop").click()


def test_every_page_of_the_clinic_is_its_own_mirror_image(page: Page) -> None:
    demo.seed_demo()
    page.goto("/")
    page.get_by_role("button", name="Deutsch").click()
    signed_in(page, demo.DERMATOLOGIST)
    bela, eva = (Person.objects.get(name=name) for name in ("Bela", "Eva"))
    own = [reverse(name, args=[bela.code]) for name in ("progress", "result", "plan", "diary", "details")]
    for address in ("/persons/", "/persons/new/", "/clinic/house/", reverse("result", args=[eva.code]), *own):
        page.goto(address)
        assert mirror_image(page) == [], address


def mirror_image(page: Page) -> list[str]:
    name = page.url.partition("//")[2].partition("/")[2].strip("/").replace("/", "-")
    return mirrored(page, Path(PICTURES) / f"rtl-{name}.png" if PICTURES else None)
