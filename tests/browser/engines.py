"""A patient's way in WebKit and in Firefox, at the width of a phone: not part of the tests, run by hand.

./run test tests/browser/engines.py [-k webkit] [-s]

An engine that is not here is skipped, and what is missing is named. With IONTO_PICTURES=FOLDER every page that is
looked at is drawn there. Nothing is wound or feigned: sessions run in their own time, and the network is really cut.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ionto.prescribe import Plan
from ionto.words.reading import read_json, to_json
from ionto_web.care.models import FactRecord, LedEventRecord, Person, PrescriptionRecord, SessionRecord

from .phone import Network, person_with
from .webdriver import ENGINES, HEIGHT, WIDTH, Page, missing

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
PICTURES = os.environ.get("IONTO_PICTURES", "")
PASSWORD = "dry-hands-for-everybody"
# What each of them has of what the pages can use. Here Firefox finds no voice and no microphone but its own.
HAS = {
    "webkit": {"worker", "database", "locks", "screen lock", "voice", "notifications", "audio worklet", "signals"},
    "firefox": {"worker", "database", "locks", "screen lock", "notifications", "push", "audio worklet", "signals"},
}
LOOKED_FOR = """
  speechSynthesis.getVoices();
  await new Promise((later) => setTimeout(later, 500));
  const has = {
    worker: "serviceWorker" in navigator && "caches" in window, database: "indexedDB" in window,
    locks: "locks" in navigator, "screen lock": "wakeLock" in navigator, sync: "SyncManager" in window,
    voice: speechSynthesis.getVoices().length > 0, "audio worklet": "AudioWorkletNode" in window,
    notifications: "Notification" in window, push: "PushManager" in window, signals: "timeout" in AbortSignal,
  };
  return Object.keys(has).filter((name) => has[name]);
"""
STICKS_OUT = "return document.documentElement.scrollWidth - innerWidth"
KEPT = """
  const names = (await indexedDB.databases()).map((each) => each.name);
  return [await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length, names, localStorage.length];
"""
# By the clock of this machine, when the step that is shown will end [s].
ENDS_AT = """
  const [minutes, seconds] = document.getElementById("clock").textContent.split(":").map(Number);
  return Date.now() / 1000 + minutes * 60 + seconds;
"""
RUNS = "document.getElementById('led') && document.getElementById('led').dataset.view === 'run'"


@pytest.fixture(params=sorted(ENGINES))
def page(request: pytest.FixtureRequest, network: Network, tmp_path: Path) -> Iterator[Page]:
    engine = request.param
    if lacks := missing(engine):
        pytest.skip(f"no {', '.join(lacks)}: apt-get install -y firefox-esr webkit2gtk-driver xvfb dbus")
    with ENGINES[engine][0](tmp_path / engine) as driver:
        print(f"\n{engine} {driver.version}", end=" ")  # noqa: T201 - whoever runs this wants to know which
        yield Page(driver, network.address, engine)


def looks(page: Page, name: str) -> None:
    """Nothing sticks out at the side; a picture of it for whoever asked for pictures."""
    assert page.runs("return [innerWidth, innerHeight]") == [WIDTH, HEIGHT]
    assert page.runs(STICKS_OUT) <= 0, name
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.picture(Path(PICTURES) / f"{page.engine}_{name}.png")


def signs_in(page: Page) -> None:
    page.opens("/accounts/login/")
    page.types("input[name=login]", "ella@example.org")
    page.types("input[name=password]", PASSWORD)
    page.clicks("main button[type=submit]")
    page.until("!location.pathname.includes('login')")


def shortened(person: Person, duration_min: float) -> None:
    """The plan with so short a session that one can wait for its end."""
    record = PrescriptionRecord.objects.get(person=person)
    plan = read_json(Plan, record.plan)
    record.plan = to_json(replace(plan, prescription=replace(plan.prescription, duration_min=duration_min)))
    record.save()


def pick(page: Page, name: str, value: str) -> None:
    page.clicks(f'input[name="{name}"][value="{value}"]')


def ticks_everything(page: Page) -> None:
    for n in range(page.runs("return document.querySelectorAll('main .check input, main .checklist input').length")):
        page.clicks_one("main .check input, main .checklist input", n)


def test_what_the_engine_has(page: Page) -> None:
    page.opens("/")
    assert set(page.awaits(LOOKED_FOR)) == HAS[page.engine]


def test_from_the_first_page_to_a_plan(page: Page) -> None:
    page.opens("/")
    looks(page, "landing")
    page.presses_button("Start with the questions")
    page.until_says("h1", "Sign up")
    looks(page, "sign_up")
    page.types("input[name=email]", "ella@example.org")
    for name in ("password1", "password2"):
        page.types(f"input[name={name}]", PASSWORD)
    page.presses_button("Sign up")
    page.until_says("h1", "A few questions first")
    page.types("input[name=birth_year]", "1998")
    for name, value in (("sex", "female"), ("sites", "palms")):
        pick(page, name, value)
    page.until("document.getElementById('part-palms').offsetParent")
    for name, value in (("hdss", "4"), ("bilateral", "yes"), ("stops_in_sleep", "yes")):
        pick(page, f"palms.{name}", value)
    for name, number in (("onset_age_years", "14"), ("duration_years", "10"), ("episodes_per_week", "7")):
        page.types(f'input[name="palms.{name}"]', number)
    for name, value in (("family_history", "yes"), ("generalised", "no"), ("symptoms", "none"), ("more", "none")):
        pick(page, name, value)
    pick(page, "history", "metal_implant")
    page.until("document.querySelector('input[name=pregnancy]').offsetParent")
    pick(page, "pregnancy", "none")
    pick(page, "history", "none")
    page.until("!document.querySelector('input[name=history][value=metal_implant]').checked")
    page.until_says("#draft", "Saved")
    looks(page, "consultation")
    time.sleep(2)
    page.reloads()
    page.until("document.querySelector('input[name=history][value=none]').checked")
    assert page.runs("return document.querySelector('input[name=\"palms.episodes_per_week\"]').value") == "7"
    page.presses_button("Show the result")
    page.until_says("main", "You can have this treatment on your hands.")
    looks(page, "result")
    page.presses_button("Make the plan for the hands")
    page.until_says("h1", "Your plan")
    looks(page, "plan")
    month = page.says("#month")
    page.clicks(".month-head a:last-of-type")
    page.until("document.getElementById('month').innerText.trim() !== arguments[0]", month)


def test_a_connected_session_and_the_progress_after_it(page: Page) -> None:
    person = person_with(device="simulated")
    signs_in(page)
    page.opens(f"/persons/{person.code}/session/")
    looks(page, "checklist")
    ticks_everything(page)
    page.clicks_one("input[name=speed_ratio]", 2)  # the fastest
    page.presses_button("I am ready")
    page.until_says("#phase", "Treatment is running", within_s=40)
    page.until("document.querySelector('#chart canvas')")
    looks(page, "session")
    page.until_says("h1", "Well done", within_s=90)
    page.presses_button("Save and see my progress")
    page.until_says("h1", "Progress")
    page.runs("document.querySelector('.chart-progress').scrollIntoView({ behavior: 'instant' })")
    page.until("document.querySelector('.chart-progress canvas')")
    looks(page, "progress")
    slider, said = ".what-if-slider input", page.says(".what-if-said")
    page.drags(slider, 0.1, 0.8)
    page.until("document.querySelector('.what-if-said').innerText.trim() !== arguments[0]", said)
    assert page.runs("return document.querySelector(arguments[0]).getAttribute('aria-valuetext')", slider) in page.says(
        ".what-if-said"
    )
    looks(page, "what_if")


def test_the_diary_and_the_page_of_the_day_without_a_network(page: Page, network: Network) -> None:
    person = person_with()
    signs_in(page)
    page.opens(f"/persons/{person.code}/diary/")
    looks(page, "diary")
    page.presses_button("Wet")
    page.until_says("#recent", "Hands: wet")
    pick(page, "rating", "6")
    page.presses_button("Save")
    page.until_says("#recent", "Hands: 6 of 10")
    page.opens("/today/")
    page.until("document.querySelector('button[value=wet]').getAttribute('aria-pressed') === 'true'")
    page.presses_button("Dry")
    page.until_says("#said", "Saved.")
    looks(page, "today")
    page.until_awaits("return (await (await caches.open('ionto-today')).keys()).length > 4")
    network.cut()
    page.opens("/today/")
    page.presses_button("Wet")
    page.until_says("#said", "Noted. It is sent as soon as there is a network.")
    looks(page, "today_waits")
    network.back()
    page.opens("/today/")
    until_s = time.monotonic() + 20
    while FactRecord.objects.filter(kind="day").count() < 3:
        assert time.monotonic() < until_s
        time.sleep(0.2)


def test_messages_sharing_export_and_deletion(page: Page) -> None:
    person = person_with()
    signs_in(page)
    record = f"/persons/{person.code}"
    page.opens(f"{record}/reach/")
    says = {"webkit": "This browser takes no messages. On an iPhone", "firefox": "Take messages on this device"}
    page.until_says("#devices", says[page.engine])
    page.runs("document.getElementById('devices').scrollIntoView({ behavior: 'instant' })")
    looks(page, "messages")
    page.opens(f"{record}/shares/")
    page.presses_button("Make a code")
    page.until("document.getElementById('code')")
    looks(page, "share")
    for what, begins in (("letter", "%PDF-"), ("record", "{")):
        got = page.awaits("return (await (await fetch(args[0])).text()).slice(0, 5)", f"{record}/data/out/{what}/")
        assert got.startswith(begins)
    page.opens("/today/")
    page.until_awaits("return (await caches.keys()).length > 0")
    page.opens(f"{record}/data/delete/")
    page.types("main input:not([type=hidden])", person.code)
    page.presses_button("Delete everything now")
    page.until_says("h1", "Everything is deleted", within_s=60)
    looks(page, "deleted")
    page.until_awaits(f"{KEPT.replace('return', 'const kept =')} return JSON.stringify(kept) === '[[],0,[],0]'")


def test_signing_out_leaves_nothing_in_the_browser(page: Page) -> None:
    person = person_with()
    signs_in(page)
    page.opens("/today/")
    page.until_awaits("return (await (await caches.open('ionto-today')).keys()).length > 4")
    page.opens(f"/led/{person.code}/palms/")
    page.until_says("#network", "Works without a network now.")
    caches, workers, databases, notes = page.awaits(KEPT)
    assert sorted(caches) == sorted(databases) == ["ionto-led", "ionto-today"]
    assert (workers, notes) == (2, 1)
    page.opens(f"/persons/{person.code}/data/")
    page.presses_button("Sign out")
    page.until("location.pathname === '/' && document.querySelector('.brand')")
    assert page.awaits(KEPT) == [[], 0, [], 0]


def test_a_session_without_hands_the_network_cut_and_loaded_twice(page: Page, network: Network) -> None:
    person = person_with()
    shortened(person, 0.4)
    signs_in(page)
    led = f"/led/{person.code}/palms/"
    page.opens(led)
    page.until_says("#network", "Works without a network now.")
    looks(page, "led_check")
    page.clicks("#try")
    voiceless = "document.getElementById('voiceless').hidden"
    page.until(voiceless if page.engine == "webkit" else f"!{voiceless}")
    ticks_everything(page)
    page.clicks("#start")
    page.until(RUNS)
    network.cut()
    page.until_says("#h-run", "Into the water", within_s=60)
    looks(page, "led_water")
    page.clicks("#done-step")
    page.until_says("#h-run", "Hold still", within_s=30)
    looks(page, "led_hold")
    time.sleep(1.5)
    before_s = page.runs(ENDS_AT)
    page.reloads()
    page.until(RUNS)
    assert abs(page.runs(ENDS_AT) - before_s) < 1.5
    # Safari's rule, in WebKit itself: without a touch there is no lock of the screen, and one brings it back.
    page.until_says("#silent", "Tap anywhere")
    looks(page, "led_reloaded")
    page.clicks("#said")
    if page.engine == "webkit":
        page.until("document.getElementById('silent').hidden")
    page.until_says("#h-run", "Poles", within_s=60)
    page.clicks("#done-step")
    page.until_says("#h-run", "Up slowly", within_s=30)
    page.opens(led)
    page.until(RUNS)
    page.until("!document.getElementById('zero').hidden", within_s=90)
    looks(page, "led_over")
    page.clicks("#zero")
    for name, value in (("reached", "planned"), ("comfort", "tingling mild"), ("skin", "erythema mild")):
        pick(page, name, value)
    looks(page, "led_ask")
    page.clicks("#ask button[type=submit]")
    page.until_says("#sent", "Kept on this device.")
    assert not SessionRecord.objects.exists()
    network.back()
    page.until_says("#sent", "In your record.", within_s=40)
    page.until_says("#next", "Next one on")
    looks(page, "led_next")
    assert SessionRecord.objects.get().status == "completed"


def test_a_key_stops_a_session_without_hands(page: Page) -> None:
    person = person_with()
    signs_in(page)
    page.opens(f"/led/{person.code}/palms/")
    page.until_says("#network", "Works without a network now.")
    ticks_everything(page)
    page.clicks("#start")
    page.until(RUNS)
    page.until_says("#h-run", "Into the water", within_s=60)
    page.presses("b")
    page.until_says("#h-run", "Stop: down to zero")
    until_s = time.monotonic() + 20
    while not LedEventRecord.objects.filter(body__contains="stop_pressed").exists():
        assert time.monotonic() < until_s
        time.sleep(0.2)


def test_a_connected_device_without_hands_goes_on_after_a_reload_and_stops_by_a_key(page: Page) -> None:
    person = person_with(device="simulated")
    signs_in(page)
    page.opens(f"/led/{person.code}/palms/")
    page.until("document.getElementById('start').offsetParent")
    ticks_everything(page)
    page.clicks("#start")
    page.until("parseFloat(document.getElementById('aim').textContent.replace(',', '.')) > 1", within_s=90)
    looks(page, "led_live")
    page.reloads()
    page.until("parseFloat(document.getElementById('aim').textContent.replace(',', '.')) > 1", within_s=30)
    page.presses("b")
    page.until("document.getElementById('led').dataset.view === 'ask'", within_s=60)
