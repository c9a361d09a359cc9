"""The hands-free session on a phone, with its clock wound by hand and its network really cut."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ionto.consult import Intake
from ionto.prescribe import Plan
from ionto.words.reading import read_json, to_json
from ionto.words.terms import Site
from ionto_web.care import actions
from ionto_web.care.course import sessions_at
from ionto_web.care.models import FactRecord, LedEventRecord, Person, SessionRecord

from .looks import barriers, fits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]

# What is spoken is written down, for a browser without a window is mute.
LISTEN = """
window.heard = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speak: (words) => window.heard.push([words.lang, words.text]), cancel: () => {}, getVoices: () => [] } });
"""
# So long that the first figure has five signs, as in life.
DURATION_MIN = 21.0


# When the page last wrote down that it was there, in the session's seconds.
BEAT = """() => new Promise((done) => {
  const asked = indexedDB.open("ionto-led");
  asked.onsuccess = () => {
    const kept = asked.result.transaction("sessions").objectStore("sessions").getAll();
    kept.onsuccess = () => { asked.result.close(); done(kept.result[0].beat.t_s); };
  };
})"""


@dataclass
class Network:
    """The site, which can be cut off and come back at the same address."""

    port: int
    server: uvicorn.Server | None = None
    thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def back(self) -> None:
        application = ASGIStaticFilesHandler(get_asgi_application())
        config = uvicorn.Config(
            application,
            host="127.0.0.1",
            port=self.port,
            log_level="warning",
            timeout_graceful_shutdown=1,
            lifespan="off",
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)

    def cut(self) -> None:
        if self.server is not None and self.thread is not None:
            self.server.should_exit = True
            self.thread.join(10)
        self.server = None


@pytest.fixture
def network(transactional_db: None) -> Iterator[Network]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = Network(port)
    site.back()
    yield site
    site.cut()


def _person(language: str = "en", device: str = "saalio") -> Person:
    user = User.objects.create_user("ella@example.org", "ella@example.org", "dry-hands-for-ella")
    person = actions.welcome_person(
        by=user, user=user, name="Ella", timezone="Europe/Berlin", device=device, language=language
    )
    site = {
        "site": "palms", "hdss": 4, "onset_age_years": 14, "duration_months": 120, "bilateral": True,
        "stops_in_sleep": True, "episodes_per_week": 7, "impairs_daily_life": True,
    }  # fmt: skip
    intake = {
        "patient": {"birth_year": 1998, "sex": "female"},
        "sites": [site],
        "family_history": True,
        "generalised": False,
        "history": [],
        "symptoms": [],
        "asked_on": (timezone.now() - timedelta(days=1)).date().isoformat(),
    }
    actions.keep_answers(person, read_json(Intake, json.dumps(intake)), by=user)
    record = actions.prescribe_for(person, Site.PALMS, by=user, starts_on=person.today)
    plan = read_json(Plan, record.plan)
    record.plan = to_json(replace(plan, prescription=replace(plan.prescription, duration_min=DURATION_MIN)))
    record.save()
    return person


@dataclass
class Phone:
    """A phone beside the trays. `minutes` and `seconds` wind its clock; `sleeps` is a locked screen."""

    context: BrowserContext
    page: Page
    person: Person
    address: str
    complaints: list[str] = field(default_factory=list)

    def opens(self) -> None:
        self.page.goto(f"{self.address}/led/{self.person.code}/palms/")

    def winds(self, seconds: float) -> None:
        self.page.clock.run_for(round(seconds * 1000))

    def starts(self) -> None:
        expect(self.page.locator("#network")).to_have_text(re.compile("network now|ohne Netz"))
        for box in self.page.locator(".check input").all():
            box.check()
        self.page.locator("#start").click()
        expect(self.view("run")).to_be_visible()

    def view(self, name: str) -> Any:
        return self.page.locator(f'section[data-view="{name}"]')

    def ends_at_s(self) -> float:
        """When this step will end, by the phone's own clock: what must not move, however often the page is loaded."""
        shown, now_ms = self.page.evaluate("[document.getElementById('clock').textContent, Date.now()]")
        minutes, seconds = shown.split(":")
        return now_ms / 1000 + int(minutes) * 60 + int(seconds)

    def heard(self) -> str:
        return "\n".join(text for _, text in self.page.evaluate("window.heard"))


def _phone(browser: Browser, network: Network, person: Person, **how: Any) -> Phone:
    client = Client()
    assert person.user is not None
    client.force_login(person.user)
    context = browser.new_context(**({"viewport": {"width": 390, "height": 844}, "locale": "en-GB"} | how))
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": network.address}])
    context.add_init_script(LISTEN)
    page = context.new_page()
    phone = Phone(context, page, person, network.address)
    page.on("pageerror", lambda error: phone.complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((network.address, "data:")) else phone.complaints.append(asked.url),
    )
    return phone


@pytest.fixture
def phone_of(browser: Browser, network: Network) -> Iterator[Callable[..., Phone]]:
    phones: list[Phone] = []

    def make(person: Person | None = None, **how: Any) -> Phone:
        phones.append(_phone(browser, network, person or _person(), **how))
        return phones[-1]

    yield make
    for phone in phones:
        phone.context.close()
        assert phone.complaints == []


def eventually(true: Callable[[], object], phone: Phone) -> None:
    until_s = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until_s, "this did not come true in time"
        phone.page.wait_for_timeout(50)


def test_a_whole_session_with_the_network_cut_and_the_page_loaded_twice(
    phone_of: Callable[..., Phone], network: Network
) -> None:
    phone = phone_of()
    page, person = phone.page, phone.person
    page.clock.install()
    phone.opens()
    phone.starts()
    network.cut()
    phone.context.set_offline(True)
    expect(page.locator("#said")).to_contain_text("Put both hands into the water")
    phone.winds(31)
    expect(page.locator("#said")).to_contain_text("Set the current higher. To 5 mA")
    phone.winds(30)
    expect(page.locator("#h-run")).to_have_text("Hold still")
    expect(page.locator("#aim")).to_have_text("5")

    # Loaded again in the middle, without a network: on to the second, and nobody is asked anything.
    phone.winds(60)
    before_s = phone.ends_at_s()
    page.reload()
    expect(phone.view("run")).to_be_visible()
    assert abs(before_s - phone.ends_at_s()) <= 1.3
    assert "Hold still" in page.locator("#h-run").inner_text()

    # Half time is led step by step in the words of the device.
    while "Poles" not in page.locator("#h-run").inner_text():
        phone.winds(5)
    expect(page.locator("#said")).to_contain_text("At zero only: move the polarity switch. Plus goes to the")
    page.locator("#done-step").click()
    phone.winds(3)
    expect(page.locator("#h-run")).to_have_text("Up slowly")
    phone.winds(120)
    before_s, where = phone.ends_at_s(), page.url
    page.goto("about:blank")
    phone.winds(10)
    page.goto(where)
    expect(phone.view("run")).to_be_visible()
    assert abs(before_s - phone.ends_at_s()) <= 1.3
    while page.locator("#zero").is_hidden():
        phone.winds(15)
    expect(page.locator("#said")).to_contain_text("Done. See that the dial stands at zero")
    heard = phone.heard()
    assert "That is enough." in heard

    # Afterwards: twenty seconds of questions; all of it stays here until there is a network.
    page.locator("#zero").click()
    expect(page.locator("#ask-turned")).to_be_hidden()  # it was said at the time
    page.locator("label", has_text="5 mA, as planned").click()
    page.locator("label", has_text="It tingled").click()
    page.locator("label", has_text="A little red").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sent")).to_contain_text("Kept on this device.")
    assert not SessionRecord.objects.exists()

    network.back()
    phone.context.set_offline(False)
    expect(page.locator("#next")).to_have_text(re.compile(r"Next one on \w+ \d+ \w+"), timeout=20_000)
    expect(page.locator("#sent")).to_have_text("In your record.")
    (fact,) = sessions_at(person, Site.PALMS)
    assert (fact.outcome, fact.duration_min, fact.provenance, fact.current_ma) == (
        "completed",
        DURATION_MIN,
        "displayed",
        5,
    )
    assert fact.left_anode_ma_min == pytest.approx(fact.right_anode_ma_min, rel=0.02)
    assert {kept.kind for kept in FactRecord.objects.all()} == {"session", "side_effect"}
    record = SessionRecord.objects.get()
    assert record.status == "completed"
    # What the page played and what the session makes of it end at the same second.
    written = [json.loads(kept.body)["event"] for kept in LedEventRecord.objects.all()]
    (over_s,) = [event["t_s"] for event in written if event["kind"] == "over"]
    assert json.loads(record.summary)["lasted_s"] == pytest.approx(over_s, abs=1.0)


@pytest.mark.parametrize("key", ["PageDown", "b", "Enter", "F5", "Escape"])
def test_any_key_stops_and_says_how_to_get_out(phone_of: Callable[..., Phone], key: str) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    phone.winds(100)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift")
    expect(page.locator("#h-run")).to_have_text("Hold still")
    page.locator("#stop").focus()
    page.keyboard.press(key)
    expect(page.locator("#h-run")).to_have_text("Stop: down to zero")
    expect(page.locator("#said")).to_contain_text("lift one limb out slowly, rolling from the palm")
    assert "Set the current to zero." in phone.heard()
    phone.winds(60)
    expect(page.locator("#said")).to_contain_text("It is over for today.")
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert fact.outcome == "stopped"
    assert fact.duration_min == pytest.approx(0.96, abs=0.05)


def test_of_two_tabs_only_one_leads_and_the_other_takes_over(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    phone.starts()
    second = phone.context.new_page()
    second.goto(phone.page.url)
    expect(second.locator('section[data-view="elsewhere"]')).to_be_visible()
    assert second.locator("#start").is_hidden()
    assert barriers(second) == []
    expect(phone.page.locator("#h-run")).to_have_text("Into the water")
    ends_at_s = phone.ends_at_s()
    phone.page.close()
    expect(second.locator('section[data-view="run"]')).to_be_visible()
    phone.page = second
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3
    eventually(lambda: LedEventRecord.objects.count() >= 2, phone)
    assert len({kept.session for kept in LedEventRecord.objects.all()}) == 1


def away(phone: Phone, seconds: float) -> None:
    """The screen locked and everything asleep for so long."""
    phone.page.clock.fast_forward(round(seconds * 1000))
    expect(phone.view("away")).to_be_visible()


def test_after_a_locked_screen_only_what_nobody_can_know_is_asked(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    phone.winds(100)
    ends_at_s = phone.ends_at_s()
    away(phone, 120)
    expect(page.locator("#away")).to_contain_text("2 minutes")
    assert page.locator('[data-said="as_planned"]').is_hidden()  # nothing was due
    assert barriers(page) == []
    page.locator('[data-said="on"]').click()
    expect(phone.view("run")).to_be_visible()
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3
    # A second time, over half time: it stayed on, so it is turned down now, and the second half is whole.
    away(phone, 520)
    expect(page.locator('[data-said="as_planned"]')).to_be_visible()
    page.locator('[data-said="on"]').click()
    expect(page.locator("#h-run")).to_have_text("Down to zero")
    while page.locator("#zero").is_hidden():
        phone.winds(20)
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert (fact.outcome, fact.duration_min) == ("completed", DURATION_MIN)
    page.locator("#zero").click()
    expect(page.locator("#ask-turned")).to_be_visible()
    assert barriers(page) == []
    # A comma for a point is a number; a word is asked for again.
    page.locator("label", has_text="Another number").click()
    page.get_by_label("mA on the display").fill("five")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("mA on the display")).to_be_focused()
    page.get_by_label("mA on the display").fill("4,5")
    page.get_by_role("button", name="Save").click()
    expect(phone.view("done")).to_be_visible()
    eventually(lambda: sessions_at(phone.person, Site.PALMS)[0].provenance == "displayed", phone)
    assert sessions_at(phone.person, Site.PALMS)[0].current_ma == 4.5


def test_a_foot_switch_stops_also_while_it_is_asked(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    phone.winds(100)
    away(phone, 120)
    page.keyboard.press("PageDown")
    expect(page.locator("#said")).to_contain_text("See that the dial stands at zero")
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert (fact.outcome, fact.duration_min) == ("stopped", pytest.approx(0.96, abs=0.05))


def test_who_was_alone_at_half_time_may_say_that_it_was_done(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    while page.locator("#h-run").inner_text() != "Poles":
        phone.winds(5)
    away(phone, 120)
    page.locator('[data-said="as_planned"]').click()
    expect(page.locator("#h-run")).to_have_text("Hold still")


@pytest.mark.parametrize(("said", "held_min"), [("off", 0.96), ("unknown", 0.96)])
def test_a_dead_battery_ends_it_where_the_page_went_away(
    phone_of: Callable[..., Phone], said: str, held_min: float
) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    phone.winds(100)
    url = page.url
    # A clock that is wound beats faster than a browser writes.
    eventually(lambda: page.evaluate(BEAT) > 99, phone)
    page.close()
    phone.page = page = phone.context.new_page()
    page.clock.install(time=time.time() + 3 * 3600)
    page.goto(url)
    expect(phone.view("away")).to_be_visible()
    page.locator(f'[data-said="{said}"]').click()
    expect(page.locator("#said")).to_contain_text("It is over for today.")
    eventually(SessionRecord.objects.exists, phone)
    (fact,) = sessions_at(phone.person, Site.PALMS)
    assert fact.outcome == "stopped"
    assert fact.duration_min == pytest.approx(held_min, abs=0.1)


def test_a_clock_that_is_set_on_moves_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.context.add_init_script(
        "const real = Date.now; window.jump = 0; Date.now = () => real.call(Date) + window.jump;"
    )
    phone.opens()
    phone.starts()
    shown = phone.page.locator("#clock").inner_text()
    phone.page.evaluate("window.jump = 3600e3")
    expect(phone.view("away")).to_be_visible()
    phone.page.locator('[data-said="clock"]').click()
    expect(phone.view("run")).to_be_visible()
    minutes, seconds = phone.page.locator("#clock").inner_text().split(":")
    before_minutes, before_seconds = shown.split(":")
    assert 0 <= int(before_minutes) * 60 + int(before_seconds) - int(minutes) * 60 - int(seconds) < 12
    phone.page.evaluate("window.jump = -3600e3")
    phone.page.wait_for_timeout(600)
    expect(phone.view("run")).to_be_visible()  # a clock set back is seen through: nobody is asked


def test_a_double_tap_starts_one_session(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    for box in phone.page.locator(".check input").all():
        box.check()
    phone.page.locator("#start").dblclick()
    expect(phone.view("run")).to_be_visible()
    eventually(lambda: LedEventRecord.objects.count() == 2, phone)
    assert len({kept.session for kept in LedEventRecord.objects.all()}) == 1


def test_no_line_is_taken_for_ticked_another_time(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    boxes = page.locator(".check input")
    boxes.first.check()
    page.locator("#note").fill("two cups a tray")
    page.locator("#note").blur()
    page.locator("#start").click()
    expect(page.locator("#missing")).to_contain_text(f"Still to tick: {boxes.count() - 1}")
    page.reload()
    expect(boxes.first).to_be_checked()
    page.clock.fast_forward("20:00")
    page.reload()
    expect(page.locator("#note")).to_have_value("two cups a tray")
    expect(boxes.first).not_to_be_checked()


def test_a_browser_that_can_keep_nothing_starts_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.opens()
    phone.page.evaluate(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; 0"
    )
    for box in phone.page.locator(".check input").all():
        box.check()
    phone.page.locator("#start").click()
    expect(phone.view("refused")).to_contain_text("cannot keep anything")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_view_is_for_everybody(phone_of: Callable[..., Phone], language: str) -> None:
    phone = phone_of(_person(language), locale=language)
    page = phone.page
    page.clock.install()
    phone.opens()

    def looks_right() -> None:
        assert barriers(page) == []
        for width, height in ((390, 844), (844, 390), (320, 568), (1280, 800)):
            page.set_viewport_size({"width": width, "height": height})
            assert fits(page), (width, height)
            if phone.view("run").is_visible() and page.locator("#stop").is_visible():
                box = page.locator("#stop").bounding_box()
                assert box is not None
                assert box["y"] >= 0 and box["y"] + box["height"] <= height, (width, height)  # noqa: PT018
                figure = page.locator("#clock").bounding_box()
                assert figure is not None
                assert figure["height"] >= 60
        page.set_viewport_size({"width": 390, "height": 844})

    looks_right()
    phone.starts()
    looks_right()
    phone.winds(35)
    looks_right()
    phone.winds(40)
    looks_right()
    page.locator("#hurts").click()
    looks_right()
    phone.winds(30)
    looks_right()
    page.locator("#zero").click()
    looks_right()
    page.locator("#later").click()
    expect(page.locator("#next")).not_to_be_empty()
    looks_right()
    spoken = {lang for lang, _ in page.evaluate("window.heard")}
    assert spoken == {language}


def test_a_kept_page_leads_no_second_session_that_day_and_none_after_a_blister(
    phone_of: Callable[..., Phone], network: Network
) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    network.cut()
    phone.context.set_offline(True)
    while page.locator("#zero").is_hidden():
        phone.winds(60)
    page.locator("#zero").click()
    page.locator("label", has_text="A blister").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sent")).to_contain_text("Kept on this device.")
    for later in (0, 48 * 3600):
        page.clock.fast_forward(later * 1000)
        page.reload()
        expect(phone.view("refused")).to_contain_text("leads none before it has had a network")


def test_a_page_that_was_left_open_for_a_week_leads_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.page.clock.install()
    phone.opens()
    phone.page.clock.fast_forward(8 * 24 * 3600 * 1000)
    for box in phone.page.locator(".check input").all():
        box.check()
    phone.page.locator("#start").click()
    expect(phone.view("refused")).to_contain_text("kept for too long without a network")


def test_back_and_forward_again_lose_nothing(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.page.goto(phone.address)
    phone.opens()
    phone.starts()
    expect(phone.page.locator("#h-run")).to_have_text("Into the water")
    ends_at_s = phone.ends_at_s()
    phone.page.go_back()
    phone.page.go_forward()
    expect(phone.view("run")).to_be_visible()
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3


def test_a_sign_in_that_runs_out_does_not_take_the_page_away_under_way(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    phone.starts()
    phone.winds(60)
    ends_at_s = phone.ends_at_s()
    cookies = phone.context.cookies()
    phone.context.clear_cookies()
    page.reload()
    expect(phone.view("run")).to_be_visible()
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3
    page.keyboard.press("b")
    phone.winds(60)
    assert not SessionRecord.objects.exists()
    page.locator("#zero").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sent")).to_contain_text("Sign in again to send it.")
    page.reload()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    phone.context.add_cookies(cookies)  # type: ignore[arg-type]
    phone.opens()
    eventually(SessionRecord.objects.exists, phone)
    assert sessions_at(phone.person, Site.PALMS)[0].outcome == "stopped"
