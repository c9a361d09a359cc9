"""The calendar on a phone, and what happens if one waits: by touch, mouse and keyboard, heard and seen."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ionto.words.records import HdssFact, RatingFact, SessionFact
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.models import Person

from .phone import person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(200),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


@pytest.fixture
def ella(transactional_db: None) -> Person:
    person, now = person_with(device="simulated"), timezone.now()
    had = [
        SessionFact(site=Site.PALMS, at=now - timedelta(days=days), current_ma=12.0, duration_min=20.0)
        for days in (6, 4, 2)
    ]
    felt = [RatingFact(site=Site.PALMS, at=now - timedelta(days=days), score=days) for days in (6, 4, 2)]
    actions.keep_facts(person, [*had, *felt], by=person.user)
    return person


@pytest.fixture
def phone(browser: Browser, address: str, ella: Person) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, base_url=address)
    client = Client()
    client.force_login(ella.user)  # type: ignore[arg-type]
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
    yield context.new_page()
    context.close()


SMALLEST = """() => Math.min(...[...document.querySelectorAll('#calendar *')].filter((each) =>
  each.checkVisibility() && each.clientWidth > 2 && [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .map((each) => parseFloat(getComputedStyle(each).fontSize)))"""


@pytest.mark.parametrize("width", [320, 390, 844])
def test_the_words_of_the_calendar_can_be_read(phone: Page, ella: Person, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(f"/persons/{ella.code}/plan/")
    assert phone.evaluate(SMALLEST) >= 13.5
    marks = phone.locator(".month td:not(.other-month) .day-mark")
    assert marks.count() > 0
    in_list = phone.locator(".month-days li")
    assert in_list.count() == marks.count()
    (expect(in_list.first).to_be_visible if width < 576 else expect(in_list.first).to_be_hidden)()
    # Who hears the page hears the table, whether its words are seen or not.
    assert "hands" in phone.locator(".month").first.aria_snapshot()


def test_waiting_is_tried_by_touch_mouse_and_keyboard(phone: Page, ella: Person) -> None:
    phone.goto(f"/persons/{ella.code}/progress/")
    slider, said = phone.get_by_label("No session until"), phone.locator(".what-if-said")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    middle = box["y"] + box["height"] / 2
    heard: list[str] = []

    def is_said() -> None:
        """What is seen is what is heard, and neither was heard before."""
        value = slider.get_attribute("aria-valuetext")
        assert value
        expect(said).to_contain_text(f"No session until {value}: the chance that you are dry enough then is")
        assert value not in heard
        heard.append(value)

    is_said()
    phone.touchscreen.tap(box["x"] + box["width"] * 0.9, middle)
    is_said()
    phone.mouse.move(box["x"] + box["width"] * 0.9, middle)
    phone.mouse.down()
    phone.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    phone.mouse.up()
    is_said()
    phone.keyboard.press("ArrowRight")
    is_said()
    phone.keyboard.press("End")
    is_said()
    assert said.get_attribute("aria-live") == "polite"
    phone.locator(".what-if summary").click()
    expect(phone.locator(".what-if table")).to_contain_text("Dry enough then")


# With every fold open: by how much the page is wider than the screen, and each table wider than its frame [px].
WIDER_PX = """() => { for (const fold of document.querySelectorAll("details")) fold.open = true;
  return [document.documentElement.scrollWidth - innerWidth,
    ...[...document.querySelectorAll("table")].map((each) => each.scrollWidth - each.parentElement.clientWidth)]; }"""


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize(("score", "tables"), [(1, 3), (4, 2)])
def test_no_table_of_the_progress_is_cut_off_in_german(
    phone: Page, ella: Person, width: int, score: int, tables: int
) -> None:
    now = timezone.now()
    scores = [HdssFact(site=Site.PALMS, at=now - timedelta(days=days), score=score) for days in (5, 3, 1)]
    actions.keep_facts(ella, scores, by=ella.user)
    actions.change_language(ella, "de", by=ella.user)  # type: ignore[arg-type]
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(f"/persons/{ella.code}/progress/")
    expect(phone.get_by_text("Trocken genug").first).to_be_visible()
    wider_px = phone.evaluate(WIDER_PX)
    assert len(wider_px) == 1 + tables, "the waiting, the forecast, and the outlook of whoever is dry enough"
    assert max(wider_px) <= 0
