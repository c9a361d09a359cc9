"""A patient's whole way, from signing up to the next date, on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ionto.consult.questionnaire import Answers, answers_of, questionnaire
from ionto.words.terms import Site
from ionto_web.care import demo
from ionto_web.care.course import sessions_at
from ionto_web.care.models import ConsultationDraft, FactRecord, Person
from ionto_web.care.views import session as session_views

from .looks import barriers, fits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    # Django's development handler gives static files out so; the real site serves them through WhiteNoise.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


def stop_is_in_sight(page: Page) -> bool:
    """Whether the stop button lies on the screen whole, with nothing over it, and is still a big one."""
    return bool(
        page.evaluate("""() => {
        const stop = document.getElementById("stop"), box = stop.getBoundingClientRect();
        const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return box.top >= 0 && box.bottom <= innerHeight && box.height >= 64 && box.width >= 150 && over === stop;
    }""")
    )


def looks_right(page: Page) -> None:
    assert barriers(page) == []
    assert fits(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def go(page: Page, tab: str) -> None:
    page.get_by_role("navigation", name="Your treatment").get_by_role("link", name=tab, exact=True).click()


def pick(page: Page, name: str, value: str) -> None:
    page.locator(f'input[name="{name}"][value="{value}"]').check()


def answer_the_questions(page: Page) -> None:
    page.get_by_label("In which year were you born?").fill("1998")
    pick(page, "sex", "female")
    for site in ("palms", "soles"):
        group = page.locator(f'[id="part-{site}"]')
        expect(group).to_be_hidden()
        pick(page, "sites", site)
        expect(group).to_be_visible()
        expect(page.locator(f'[id="field-{site}.impairs_daily_life"]')).to_be_visible()
        pick(page, f"{site}.hdss", "4")
        expect(page.locator(f'[id="field-{site}.impairs_daily_life"]')).to_be_hidden()
        pick(page, f"{site}.bilateral", "yes")
        pick(page, f"{site}.stops_in_sleep", "yes")
        page.locator(f'input[name="{site}.onset_age_years"]').fill("14")
        page.locator(f'input[name="{site}.duration_years"]').fill("10")
        page.locator(f'input[name="{site}.episodes_per_week"]').fill("7")
    pick(page, "family_history", "yes")
    pick(page, "generalised", "no")
    pick(page, "symptoms", "none")
    pick(page, "more", "none")


def until_saved(page: Page, true: Callable[[Answers], bool]) -> None:
    """Waits until the draft holds it; what is on the page may have been said about the answer before."""
    for _ in range(100):
        draft = ConsultationDraft.objects.first()
        if draft and true(answers_of(questionnaire(), json.loads(draft.response))):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the answers were not saved in time")


def start_session(page: Page) -> None:
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("60 times faster").check()
    press(page, "I am ready: start")


def test_a_patient_finds_her_way_from_signing_up_to_the_next_date(page: Page) -> None:
    page.goto("/")
    looks_right(page)
    page.get_by_role("link", name="Start with the questions").click()
    looks_right(page)
    page.get_by_label("Email").fill("ella@example.org")
    page.get_by_label("Password", exact=True).fill("dry-hands-for-ella")
    page.get_by_label("Password (again)").fill("dry-hands-for-ella")
    press(page, "Sign up")

    # The consultation: a slip first, which loses nothing.
    expect(page.get_by_role("heading", name="A few questions first")).to_be_visible()
    answer_the_questions(page)
    fertility = page.locator('[id="part-fertility"]')
    expect(fertility).to_be_hidden()
    pick(page, "history", "metal_implant")
    expect(fertility).to_be_visible()
    pick(page, "pregnancy", "none")
    expect(page.locator("#draft")).to_have_text("Saved")
    looks_right(page)

    # Who goes away and comes back finds the answers, and who does not say where the metal is, is asked.
    until_saved(page, lambda answers: "pregnancy" in answers)
    page.reload()
    expect(page.locator("#draft")).to_have_text("Saved")
    expect(page.locator('input[name="history"][value="metal_implant"]')).to_be_checked()
    assert page.locator('input[name="soles.episodes_per_week"]').input_value() == "7"
    press(page, "Show the result")
    expect(page.get_by_role("alert")).to_contain_text("Where is the metal?")
    assert page.get_by_label("In which year were you born?").input_value() == "1998"
    looks_right(page)
    pick(page, "history", "none")
    expect(page.locator('input[name="history"][value="metal_implant"]')).not_to_be_checked()
    expect(page.locator('[id="field-where.metal_implant"]')).to_be_hidden()
    press(page, "Show the result")

    # The result, and two plans.
    expect(page.get_by_text("You can have this treatment on your hands.")).to_be_visible()
    expect(page.get_by_text("You can have this treatment on your feet.")).to_be_visible()
    page.locator("details.sources > summary:visible").first.click()
    page.locator("details[id^=options] > summary").first.click()
    page.locator(".option-label").first.click()
    page.locator("details.expected > summary", has_text="Side effects").click()
    expect(page.get_by_text("Red skin: 14 of 100 children").first).to_be_visible()
    looks_right(page)
    press(page, "Make the plan for the hands")
    expect(page.get_by_role("heading", name="Your plan")).to_be_visible()
    go(page, "Result")
    press(page, "Make the plan for the feet")
    page.get_by_text(re.compile("Who set the limit of")).first.click()
    looks_right(page)
    month = page.locator("#month").inner_text()
    page.locator(".month-head a").last.click()
    expect(page.locator("#month")).not_to_have_text(month)

    # A session to its end: the page may be loaded again and opened twice.
    go(page, "Session")
    looks_right(page)
    start_session(page)
    expect(page.locator("#phase")).to_have_text("Treatment is running")
    assert float(page.locator("#current").inner_text()) > 3
    page.reload()
    expect(page.locator("#phase")).to_have_text(re.compile("Treatment is running|Current is going down slowly"))
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator("#chart canvas")).to_be_visible()
    looks_right(second)
    for width, height in ((844, 390), (640, 450), (320, 480)):
        second.set_viewport_size({"width": width, "height": height})
        second.evaluate("scrollTo(0, 0)")
        assert fits(second)
        assert stop_is_in_sight(second), (width, height)
        second.evaluate("scrollTo(0, document.querySelector('figure').offsetTop)")
        assert stop_is_in_sight(second), (width, height)
    second.goto(page.url.split("/sessions/")[0] + "/start/")
    expect(second.get_by_role("button", name="STOP the session")).to_be_visible()
    second.close()
    expect(page.get_by_role("heading", name="Well done. The session is finished.")).to_be_visible(timeout=90_000)
    looks_right(page)
    page.get_by_label("Tingling").select_option("mild")
    press(page, "Save and see my progress")
    expect(page.get_by_role("heading", name="Progress")).to_be_visible()

    # A second one, for the feet, stopped midway with the keyboard.
    go(page, "Session")
    page.get_by_role("link", name="Feet").click()
    start_session(page)
    expect(page.locator("#phase")).to_have_text("Treatment is running", timeout=30_000)
    page.keyboard.press("b")
    expect(page.locator("#phase")).to_have_text("Paused: no current flows", timeout=30_000)
    expect(page.locator("#told")).to_contain_text("Put both feet in the water, hold still, and press Go on")
    assert stop_is_in_sight(page)
    looks_right(page)
    press(page, "Go on")
    expect(page.locator("#phase")).to_have_text("Treatment is running", timeout=30_000)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="The session was stopped.")).to_be_visible(timeout=30_000)
    person = Person.objects.get(user__email="ella@example.org")
    (hands,), (feet,) = sessions_at(person, Site.PALMS), sessions_at(person, Site.SOLES)
    assert (hands.outcome, feet.outcome) == ("completed", "stopped")
    assert feet.delivered_ma_min < hands.delivered_ma_min

    # The diary.
    go(page, "Diary")
    press(page, "Wet hands")
    expect(page.locator("#recent")).to_contain_text("Hands: wet")
    expect(page.locator(".tapped")).to_have_text(re.compile("^Wet"))
    page.locator('input[name="rating"][value="6"]').check()
    press(page, "Save")
    expect(page.locator("#recent")).to_contain_text("Hands: 6 of 10")
    looks_right(page)
    assert sorted(FactRecord.objects.filter(kind__in=("day", "rating")).values_list("kind", flat=True)) == [
        "day",
        "rating",
    ]

    # Progress, and the next date.
    go(page, "Progress")
    expect(page.locator(".next-date-big").first).to_have_text(
        re.compile(r"^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day \d+ [A-Z][a-z]+$")
    )
    page.locator(".chart-progress").first.scroll_into_view_if_needed()
    expect(page.locator(".chart-progress canvas").first).to_be_visible()
    looks_right(page)
    go(page, "Details")
    looks_right(page)
    press(page, "Sign out")
    expect(page.get_by_role("link", name="Sign up")).to_be_visible()
    looks_right(page)


def test_the_clinic_sees_at_a_glance_who_needs_what(page: Page) -> None:
    demo.seed_demo()
    page.goto("/accounts/login/")
    looks_right(page)
    page.get_by_label("Email").fill(demo.DERMATOLOGIST.email)
    page.get_by_label("Password").fill(demo.DERMATOLOGIST.password)
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="Demo clinic")).to_be_visible()
    looks_right(page)
    for name, words in (
        ("Bela", "Stop here until healed"),
        ("Piet", "This treatment is not safe for you on your hands."),
        ("Eva", "Clear and make the plan"),
        ("Selma", "No effect yet"),
    ):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_text(words, exact=True).first).to_be_visible()
        looks_right(page)
        page.get_by_role("link", name="All persons").click()


def test_frozen_numbers_do_not_look_alive(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    story = demo.Story(name="Mara", birth_year=1998, sex="female", days=2, follows_plan_only=1, login=demo.PATIENT)
    monkeypatch.setattr(demo, "STORIES", (story,))
    demo.seed_demo()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(demo.PATIENT.email)
    page.get_by_label("Password").fill(demo.PATIENT.password)
    press(page, "Sign in")
    go(page, "Session")
    start_session(page)
    expect(page.locator("#phase")).to_have_text("Treatment is running", timeout=30_000)
    expect(page.locator("#lost")).to_be_hidden()
    monkeypatch.setattr(session_views, "PICTURE_S", 3600)
    expect(page.locator("#lost")).to_be_visible(timeout=15_000)
    expect(page.locator("#live")).to_have_class(re.compile("is-stale"))
    looks_right(page)


def test_the_check_for_barriers_notices_barriers(page: Page) -> None:
    page.goto("/")
    page.evaluate("""() => {
        document.documentElement.removeAttribute("lang");
        document.querySelector("main").append(document.createElement("img"));
        document.querySelector(".lead").style.color = "#bbbbbb";
    }""")
    found = " ".join(barriers(page))
    assert all(rule in found for rule in ("html-has-lang", "image-alt", "color-contrast"))
