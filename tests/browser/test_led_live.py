"""The hands-free page on a connected device: what flows, its stop, and what it says when it sees nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from ionto.treat.runner import PacedClock
from ionto.words.terms import Site
from ionto_web.care import live
from ionto_web.care.course import sessions_at
from ionto_web.care.lead import SILENT_S
from ionto_web.care.models import SessionRecord

from .looks import barriers, fits, mirrored
from .phone import Phone, Wire, eventually, person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


def begins(phone: Phone, *, speed_ratio: int = 20) -> live.LiveSession:
    """Every line ticked, the time to get into the water waited for, and the device at work."""
    page = phone.page
    page.clock.install()
    phone.opens()
    for box in page.locator(".check input").all():
        box.check()
    page.locator(f'input[name=speed][value="{speed_ratio}"]').check()
    page.locator("#start").click()
    expect(page.locator("#h-run")).to_have_text("Into the water")
    assert not SessionRecord.objects.exists()
    phone.winds(21)
    expect(page.locator("#current")).to_be_visible()
    eventually(SessionRecord.objects.exists, phone)
    running = live.running(SessionRecord.objects.get().pk)
    assert running is not None
    return running


def flows(page: Page) -> None:
    expect(page.locator("#aim")).to_have_text("5.0", timeout=20_000)


def test_a_whole_session_shows_what_flows_and_asks_how_it_was(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(person_with(device="simulated"))
    page = phone.page
    running = begins(phone, speed_ratio=60)
    flows(page)
    assert running.session.reading is not None
    expect(page.locator("#h-run")).to_have_text("Treatment is running")
    expect(page.locator("#whole")).to_have_text("set to 5 mA")
    for width, height in ((390, 844), (844, 390), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page)
        for figure in ("#aim", "#clock"):
            box = page.locator(figure).bounding_box()
            assert box is not None
            assert box["height"] >= 60, (figure, width)
        assert mirrored(page) == []
    assert barriers(page) == []
    expect(phone.view("ask")).to_be_visible(timeout=60_000)
    assert page.locator("#ask-reached").count() == 0  # it was measured
    page.locator("label", has_text="It tingled").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#next")).to_contain_text("Next one on")
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert (fact.outcome, fact.provenance) == ("completed", "measured")
    heard = phone.heard()
    assert "Put both hands into the water" in heard
    assert "Current is going down slowly" in heard
    assert "The session is over." in heard


@pytest.mark.parametrize("key", ["PageDown", "b", "Escape"])
def test_any_key_stops_the_device_and_a_second_one_cuts(phone_of: Callable[..., Phone], key: str) -> None:
    phone = phone_of(person_with(device="simulated"))
    page = phone.page
    running = begins(phone)
    flows(page)
    page.keyboard.press(key)
    eventually(lambda: running.session.phase == "stopping" or running.session.has_ended, phone)
    expect(phone.view("ask")).to_be_visible(timeout=20_000)
    assert SessionRecord.objects.get().status == "stopped"


def counts_down(phone: Phone) -> None:
    """Every line ticked and Start pressed: the time to get into the water."""
    phone.page.clock.install()
    phone.opens()
    for box in phone.page.locator(".check input").all():
        box.check()
    phone.page.locator("#start").click()
    expect(phone.view("run")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Stopped. No current has flowed."), ("de", "Gestoppt. Es ist kein Strom geflossen.")],
)
def test_called_off_before_it_begins_nothing_flows_and_the_page_says_so(
    phone_of: Callable[..., Phone], language: str, words: str
) -> None:
    phone = phone_of(person_with(language, device="simulated"))
    page = phone.page
    counts_down(phone)
    phone.winds(10)
    page.keyboard.press("PageDown")
    expect(phone.view("check")).to_be_visible()
    said = page.get_by_role("status").filter(has_text=words)
    expect(said).to_be_visible()
    expect(said).to_be_in_viewport(ratio=1)
    assert barriers(page) == []
    phone.winds(30)
    page.wait_for_timeout(300)
    assert phone.heard().splitlines()[-1] == words
    assert not SessionRecord.objects.exists()
    # It can be begun again, and is not said any more then.
    page.locator("#start").click()
    expect(phone.view("run")).to_be_visible()
    expect(said).to_be_hidden()


def test_called_off_while_it_is_asked_for_it_is_stopped_and_said_only_when_it_is_at_zero(
    phone_of: Callable[..., Phone],
) -> None:
    phone = phone_of(person_with(device="simulated"))
    page = phone.page
    asked: list[Route] = []
    page.route("**/start/", lambda route: asked.append(route))
    counts_down(phone)
    phone.winds(21)
    eventually(lambda: asked, phone)
    page.keyboard.press("PageDown")
    expect(page.locator("#stop")).to_have_text("…")
    expect(phone.view("run")).to_be_visible()
    expect(page.locator("#outcome")).to_be_hidden()
    asked[0].continue_()
    expect(phone.view("ask")).to_be_visible(timeout=20_000)
    expect(page.locator("#outcome")).to_have_text("The session is over. No current flows.")
    assert "has flowed" not in phone.heard()
    assert SessionRecord.objects.get().status == "stopped"


def test_a_start_that_nobody_answers_is_not_taken_for_none(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(person_with(device="simulated"))
    page = phone.page
    page.route("**/start/", lambda route: route.abort())
    counts_down(phone)
    phone.winds(21)
    expect(page.locator("#outcome")).to_contain_text("not known whether the device has begun")
    expect(page.locator("#outcome")).to_contain_text("goes down to zero by itself, at the latest in")


def test_without_a_link_the_device_goes_to_zero_and_the_page_shows_no_old_current(
    phone_of: Callable[..., Phone], wire: Wire
) -> None:
    phone = phone_of(person_with(device="simulated"), over=wire)
    page = phone.page
    running = begins(phone)
    flows(page)
    began_s = time.monotonic()
    wire.cut()
    expect(page.locator("#aim")).to_have_text("–", timeout=5_000)
    expect(page.locator("#h-run")).to_have_text("No link")
    expect(page.locator("#lost")).to_contain_text("The device goes down to zero by itself")
    assert barriers(page) == []
    assert "No link. This page cannot see the device" in phone.heard()
    eventually(lambda: running.session.phase == "paused", phone)
    assert SILENT_S - 1.5 < time.monotonic() - began_s < SILENT_S + 4
    assert running.session.reading is not None
    assert running.session.reading.current_ma < 0.5
    expect(page.locator("#lost")).to_contain_text("at zero now", timeout=20_000)
    # A stop that cannot be heard is sent until it can; here first the break is gone on from.
    wire.back()
    expect(page.locator("#said")).to_contain_text("This page was not heard for a while", timeout=10_000)
    assert "The link is back." in phone.heard()
    page.get_by_role("button", name="Go on").click()
    flows(page)
    # Half a link: pictures still come, and nothing that is sent arrives.
    phone.context.set_offline(True)
    expect(page.locator("#h-run")).to_have_text("No link", timeout=10_000)
    page.keyboard.press("PageDown")
    expect(page.locator("#said")).to_contain_text("not heard yet")
    phone.context.set_offline(False)
    expect(phone.view("ask")).to_be_visible(timeout=20_000)
    assert sessions_at(phone.person, Site.PALMS)[0].outcome == "stopped"


def test_a_reading_that_is_old_is_not_shown_as_what_flows(
    phone_of: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = phone_of(person_with(device="simulated"))
    running = begins(phone)
    flows(phone.page)
    # The link is there, and pictures come; what they show stands still, for the session does.
    wait, goes_on = PacedClock.wait_until, threading.Event()
    monkeypatch.setattr(PacedClock, "wait_until", lambda clock, t_s: (goes_on.wait(60), wait(clock, t_s)))
    expect(phone.page.locator("#lost")).to_contain_text("There is no fresh reading", timeout=10_000)
    expect(phone.page.locator("#aim")).to_have_text("–")
    goes_on.set()
    flows(phone.page)
    assert not running.session.has_ended


def test_a_page_that_is_loaded_again_goes_on_with_and_without_a_network(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(person_with(device="simulated"))
    page = phone.page
    running = begins(phone)
    flows(page)
    page.reload()
    flows(page)
    phone.context.set_offline(True)
    page.reload()
    expect(page.locator("#lost")).to_contain_text("The device goes down to zero by itself", timeout=10_000)
    phone.context.set_offline(False)
    expect(page.locator("#aim")).not_to_have_text("–", timeout=10_000)
    page.locator("#stop").click()
    expect(phone.view("ask")).to_be_visible(timeout=20_000)
    assert running.session.has_ended
    assert SessionRecord.objects.count() == 1


def test_of_two_tabs_one_leads_and_both_can_stop(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(person_with(device="simulated"))
    running = begins(phone, speed_ratio=1)
    second = phone.context.new_page()
    second.goto(phone.page.url)
    expect(second.locator("#watching")).to_be_visible()
    expect(phone.page.locator("#watching")).to_be_hidden()
    assert running.lead is not None
    # The one that led is closed: the other takes over, and nothing goes down.
    phone.page.close()
    phone.page = second
    expect(second.locator("#watching")).to_be_hidden(timeout=10_000)
    second.wait_for_timeout((SILENT_S + 1) * 1000)
    assert running.session.phase not in live.PAUSES
    third = phone.context.new_page()
    third.goto(second.url)
    expect(third.locator("#watching")).to_be_visible()
    third.locator("#stop").click()
    eventually(lambda: running.session.has_ended or running.session.phase == "stopping", phone)


def test_another_phone_watches_and_can_stop(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(person_with(device="simulated"))
    running = begins(phone)
    flows(phone.page)
    other = phone_of(phone.person)
    other.opens()
    flows(other.page)
    expect(other.page.locator("#watching")).to_be_visible()
    assert other.page.evaluate("window.heard") == []  # one voice in the room is enough
    other.page.locator("#stop").click()
    eventually(lambda: running.session.has_ended, phone)
    expect(phone.view("ask")).to_be_visible(timeout=20_000)


def test_a_lead_in_german_is_german(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(person_with("de", device="simulated"), locale="de")
    page = phone.page
    page.clock.install()
    phone.opens()
    for box in page.locator(".check input").all():
        box.check()
    assert barriers(page) == []
    page.locator("#start").click()
    expect(page.locator("#said")).to_contain_text("Beide Hände ins Wasser legen")
    phone.winds(21)
    expect(page.locator("#h-run")).not_to_have_text("Ins Wasser", timeout=20_000)
    page.keyboard.press("b")
    expect(phone.view("ask")).to_be_visible(timeout=30_000)
    assert {lang for lang, _ in page.evaluate("window.heard")} == {"de"}
