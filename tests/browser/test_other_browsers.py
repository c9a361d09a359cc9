"""What other browsers lack or forbid, taken from Chromium: each page says so plainly, and does the rest.

Safari's rules are those of WebKit's source: a screen that stays on is given in a touch only, and on an iPhone the first
word must be spoken in one, else all are dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Route, expect

from ionto_web.care.models import FactRecord, LedEventRecord

from .conftest import opened
from .looks import barriers, fits
from .phone import Network, Phone, eventually, person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
)
ONLY_IN_A_TOUCH = """
const ask = WakeLock.prototype.request;
const touch = () => ["click", "pointerup", "touchend", "keydown"].includes((window.event || {}).type);
Object.defineProperty(navigator, "userActivation", { value: { get isActive() { return touch(); } } });
let isGiven = false;
WakeLock.prototype.request = async function (kind) {
  isGiven ||= touch();
  if (!isGiven || window.neverGiven) throw new DOMException("Permission was denied", "NotAllowedError");
  return ask.call(this, kind);
};
let maySpeak = false;
window.speechSynthesis.speak = (words) => {
  maySpeak ||= touch();
  if (maySpeak) window.heard.push([words.lang, words.text]);
};
"""
NO_VOICE = "window.speechSynthesis.speak = (words) => setTimeout(() => words.onerror && words.onerror({}));"
# What was said in the same moment as a break goes with what was broken off.
LOSES = """
let isBreaking = false;
Object.assign(window.speechSynthesis, {
  speaking: true,
  cancel: () => { isBreaking = true; setTimeout(() => { isBreaking = false; }, 20); },
  speak: (words) => { if (!isBreaking) window.heard.push([words.lang, words.text]); },
});
"""
SWITCH = """
window.kinds = [];
const session = { get type() { return window.kinds.at(-1) || "auto"; }, set type(kind) { window.kinds.push(kind); } };
Object.defineProperty(navigator, "audioSession", { value: session });
"""
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


def test_the_first_word_is_spoken_and_the_screen_kept_on_from_the_tap_on_start(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), ONLY_IN_A_TOUCH)
    phone.opens()
    phone.starts()
    eventually(lambda: "Put both hands into the water" in phone.heard(), phone)
    expect(phone.page.locator("#silent")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "de"])
def test_after_a_reload_one_tap_brings_back_voice_sounds_and_a_screen_that_stays_on(
    phone_of: Callable[..., Phone], language: str
) -> None:
    phone = lacking(phone_of(person_with(language), locale=language, has_touch=True), ONLY_IN_A_TOUCH)
    page, missing = phone.page, phone.page.locator("#silent")
    phone.opens()
    phone.starts()
    page.reload()
    both = {"en": "Tap anywhere: you hear it again, and the screen", "de": "Tippen Sie irgendwo, dann ist der Ton"}
    expect(missing).to_contain_text(both[language])
    assert phone.heard() == ""
    assert barriers(page) == []
    for width, height in ((390, 844), (844, 390), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page), (width, height)
        box = page.locator("#stop").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height, (width, height)
    page.set_viewport_size({"width": 390, "height": 844})
    page.touchscreen.tap(195, 300)
    expect(missing).to_be_hidden()


def test_a_screen_that_is_never_kept_on_is_said_to_be_so(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), ONLY_IN_A_TOUCH + "window.neverGiven = true;")
    phone.opens()
    phone.starts()
    expect(phone.page.locator("#silent")).to_have_text(
        "The screen is not kept on here. Tap it now and then, so that it does not go dark."
    )


def test_a_browser_without_a_voice_says_so_before_and_meanwhile(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), NO_VOICE)
    page = phone.page
    phone.opens()
    expect(page.locator("#voiceless")).to_be_hidden()
    page.locator("#try").click()
    expect(page.locator("#voiceless")).to_have_text("This browser does not speak. What to do stands on the page.")
    assert barriers(page) == []
    phone.starts()
    expect(page.locator("#silent")).to_contain_text("This browser does not speak.")


def test_what_is_urgent_is_not_lost_with_what_it_breaks_off(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), LOSES)
    phone.opens()
    phone.starts()
    phone.page.locator("#hurts").click()
    eventually(lambda: "Set the current to zero." in phone.heard(), phone)


def test_the_switch_that_silences_an_iphone_does_not_silence_the_session(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), SWITCH)
    page = phone.page
    phone.opens()
    page.locator("#try").click()
    assert page.evaluate("window.kinds") == ["playback"]
    # A microphone, which is not there, would not open while the page only plays.
    page.locator("#ear").click()
    expect(page.locator("#ear-told")).to_contain_text("There is no microphone")
    assert page.evaluate("window.kinds") == ["playback", "play-and-record", "playback"]


@pytest.mark.parametrize(("version", "is_dim"), [("16_4", True), ("18_3_1", True), ("18_4", False), ("26_0", False)])
def test_a_page_from_the_home_screen_of_an_old_iphone_promises_no_bright_screen(
    phone_of: Callable[..., Phone], version: str, *, is_dim: bool
) -> None:
    phone = lacking(phone_of(user_agent=IPHONE.format(version=version)), "navigator.standalone = true;")
    phone.opens()
    expect(phone.page.locator("#awake")).to_be_visible(visible=is_dim)


def test_a_browser_without_ready_made_signals_sends_all_the_same(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), NO_SIGNAL)
    phone.opens()
    phone.starts()
    eventually(lambda: LedEventRecord.objects.count() == 2, phone)


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


def test_a_browser_that_is_too_old_to_lead_a_session_says_so(phone_of: Callable[..., Phone]) -> None:
    phone = lacking(phone_of(), NO_LOCKS)
    phone.opens()
    expect(phone.view("refused")).to_contain_text("This browser is too old for the hands-free session.")


@pytest.mark.parametrize("device", ["saalio", "simulated"])
def test_a_page_without_a_secure_address_leads_no_session(
    phone_of: Callable[..., Phone], network: Network, settings: Any, device: str
) -> None:
    settings.ALLOWED_HOSTS = ["ionto.test"]
    phone = phone_of(person_with(device=device))
    phone.address = f"http://ionto.test:{network.port}"
    phone.signs_in_as(phone.person)
    phone.opens()
    expect(phone.view("refused")).to_contain_text("This page needs a secure address (https).")
    asked, phone.complaints[:] = list(phone.complaints), []
    assert [said for said in asked if not said.startswith(phone.address)] == []


def test_the_figures_of_a_session_run_on_where_their_picture_cannot_be_drawn(
    browser: Browser, network: Network
) -> None:
    person = person_with(device="simulated")
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=network.address)
    # What a browser says of itself on a machine without a language.
    context.add_init_script("Object.defineProperty(navigator, 'language', { value: 'C' });")
    phone = Phone(context, context.new_page(), person, network.address)
    phone.signs_in_as(person)
    page = phone.page
    page.goto(f"/persons/{person.code}/session/")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("60 times faster").check()
    page.get_by_role("button", name="I am ready: start").click()
    expect(page.locator("#phase")).to_have_text("Treatment is running", timeout=30_000)
    expect(page.locator("#chart canvas")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=re.compile("stopped"))).to_be_visible(timeout=30_000)
    context.close()


def test_a_browser_that_is_deaf_to_the_header_is_cleared_all_the_same(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page

    def deaf(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        heard = {name: said for name, said in answer.headers.items() if name != "clear-site-data"}
        route.fulfill(response=answer, headers=heard)

    kept = """async () => [await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length,
        (await indexedDB.databases()).length, localStorage.length]"""
    phone.opens()
    expect(page.locator("#network")).to_have_text("Works without a network now.")
    assert page.evaluate(kept) == [["ionto-led"], 1, 1, 1]
    page.route("**/accounts/logout/", deaf)
    page.goto(f"{phone.address}/persons/{phone.person.code}/data/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign up")).to_be_visible()
    assert page.url == phone.address + "/"
    assert page.evaluate(kept) == [[], 0, 0, 0]
