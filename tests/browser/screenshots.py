"""Pictures of every page for docs/screenshots, from the demo clinic in Debian's Chromium, on a phone and on a desk.

.venv/bin/python tests/browser/screenshots.py [--to FOLDER] [--all] [--whole] [--dark]
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Of the hands-free session, what the documentation shows; --all takes its other shapes as well.
LED = (
    "led_check", "led_check_wide", "led_hold", "led_hold_lying", "led_hold_wide", "led_poles", "led_away", "led_ask",
    "led_next", "led_live_check", "led_live_flows", "led_live_flows_lying", "led_live_flows_wide", "led_live_stops",
    "led_live_ask", "led_live_next", "led_elsewhere", "led_open", "led_taken",
)  # fmt: skip
SIZES = {"phone": (390, 844), "desk": (1280, 800)}
# As much current as is worth a picture: 5 mA and more.
FLOWS = re.compile(r"^(?:[5-9]|\d\d)[.,]\d$")
CUT = re.compile("CUT NOW|SOFORT AUS")
# A phone that lies on its side beside the trays: for the pages that are read from there.
LYING = (844, 390)


@contextmanager
def demo_server() -> Iterator[str]:
    """The address of a demo clinic of its own."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as data:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        server = subprocess.Popen(
            [sys.executable, "-m", "ionto.cli", "serve", "--demo", "--port", str(port)],
            env={**os.environ, "IONTO_DATA": data},
            stdout=subprocess.DEVNULL,
        )
        try:
            for _ in range(600):
                try:
                    urlopen(f"http://127.0.0.1:{port}/")
                    break
                except OSError:
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(90)


def sign_in(page: Page, address: str, who: str) -> str:
    """Signed in as a demo person; the code of their record, if they have one."""
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email").fill(f"{who}@demo.example")
    page.get_by_label("Password").fill(f"demo-{who}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    return page.url.split("/persons/")[1].split("/")[0]


def pages_of(browser: Browser, address: str, size: str, *, scheme: str) -> Iterator[tuple[str, Page]]:
    """Every page in turn, ready to be looked at."""
    width, height = SIZES[size]

    def fresh() -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            # Then the pages know that there is a finger, and no keys.
            has_touch=size == "phone",
            is_mobile=size == "phone",
        )
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and print("console:", message.text, file=sys.stderr))  # noqa: T201
        page.on("pageerror", lambda error: print("page:", error, file=sys.stderr))  # noqa: T201
        return page

    def go(page: Page, path: str) -> Page:
        page.goto(address + path, wait_until="networkidle")
        return page

    page = fresh()
    yield "landing", go(page, "/")
    yield "sign_up", go(page, "/accounts/signup/")
    yield "sign_in", go(page, "/accounts/login/")
    yield "password_forgotten", go(page, "/accounts/password/reset/")
    yield "not_found", go(page, "/nowhere/")
    page = fresh()
    code = sign_in(page, address, "noah")
    yield "consultation_empty", go(page, f"/persons/{code}/consultation/")
    yield "plan_empty", go(page, f"/persons/{code}/plan/")
    page = fresh()
    code = sign_in(page, address, "mara")
    for name in ("progress", "plan", "result", "consultation", "diary", "details"):
        yield name, go(page, f"/persons/{code}/{name}/")
    yield "your_data", go(page, f"/persons/{code}/data/")
    yield "delete", go(page, f"/persons/{code}/data/delete/")
    yield "shares", go(page, f"/persons/{code}/shares/")
    yield "calendar", go(page, f"/persons/{code}/reach/")
    yield "today", go(page, "/today/")
    yield "hunt", go(page, f"/persons/{code}/hunt/palms/")
    yield "sign_out", go(page, "/accounts/logout/")
    yield "change_password", go(page, "/accounts/password/change/")
    go(page, f"/persons/{code}/diary/").get_by_text("Side effects in pictures").click()
    page.locator(".fx").scroll_into_view_if_needed()
    yield "side_effects", page
    yield from _small_steps(page, f"{address}/persons/{code}")
    go(page, f"/persons/{code}/session/")
    yield "checklist", page
    running = page.get_by_role("button", name="STOP")
    if page.get_by_role("button", name="I am ready").count():
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_label("20 times faster").check()
        page.get_by_role("button", name="I am ready").click()
        page.wait_for_timeout(9000)
        yield "session", page
        page.get_by_role("button", name="STOP").click()
        page.get_by_role("heading", name="The session was stopped").wait_for()
        yield "session_over", page
    elif running.count():
        raise SystemExit("A session of the demo patient is running already.")
    if size == "phone":
        for name, led in _led_pages(fresh, address):
            yield name, led
    page = fresh()
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email").fill("dermatologist@demo.example")
    page.get_by_label("Password").fill("demo-dermatologist")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    yield "persons", page
    yield "new_person", go(page, "/persons/new/")
    yield "house", go(page, "/clinic/house/")
    yield "shared", go(page, "/shared/")
    for person, name in (("Piet", "contraindication"), ("Eva", "ask_first"), ("Bela", "alert"), ("Ruben", "relapse")):
        go(page, "/persons/")
        page.get_by_role("link", name=person).click()
        page.wait_for_load_state("networkidle")
        yield name, page


def _small_steps(page: Page, record: str) -> Iterator[tuple[str, Page]]:
    """What a person does between sessions; all of it is taken back, so that the next size sees the same record."""
    page.goto(f"{record}/progress/", wait_until="networkidle")
    slider = page.locator(".what-if-slider input").first
    slider.fill(str(int(slider.get_attribute("max") or 0) // 2))
    page.locator(".what-if").first.evaluate("box => scrollTo(0, box.getBoundingClientRect().top + scrollY - 60)")
    yield "what_if", page
    page.goto(f"{record}/diary/", wait_until="networkidle")
    page.get_by_role("button", name="Clammy hands").click()
    page.locator(".tapped").wait_for()
    yield "diary_tapped", page
    page.get_by_role("button", name="Take back").first.click()
    page.get_by_text("Taken back.").wait_for()
    page.get_by_label("When").fill("2062-01-05T08:00")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This lies in the future.").wait_for()
    page.get_by_role("heading", name="Write more").scroll_into_view_if_needed()
    yield "diary_wrong", page
    page.goto(f"{record}/away/")
    first_on = date.today() + timedelta(days=12)  # noqa: DTZ011 - any day to come will do
    page.get_by_label("First day away").fill(first_on.isoformat())
    page.get_by_label("Last day away").fill((first_on + timedelta(days=9)).isoformat())
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Planned").wait_for()
    yield "away", page
    page.get_by_role("button", name="Take back").first.click()


def _led_pages(fresh: Callable[[], Page], address: str) -> Iterator[tuple[str, Page]]:
    """The hands-free page in every shape, for there is one whole session a day: what is stopped early comes first."""
    page = fresh()
    code = sign_in(page, address, "mara")
    yield from _connected(page, f"{address}/led/{code}/palms/")
    _takes_home(page, address, code)
    phones = [page, fresh()]
    sign_in(phones[1], address, "mara")
    yield from _two_phones(phones, f"{address}/led/{code}/palms/")
    page = fresh()
    sign_in(page, address, "mara")
    yield from _hands_free(page, f"{address}/led/{code}/palms/")


def _every(name: str, page: Page) -> Iterator[tuple[str, Page]]:
    """The page as it is now, on a phone, on one that lies on its side, and on a desk."""
    for shape, (width, height) in {"": SIZES["phone"], "_lying": LYING, "_wide": SIZES["desk"]}.items():
        page.set_viewport_size({"width": width, "height": height})
        yield name + shape, page
    width, height = SIZES["phone"]
    page.set_viewport_size({"width": width, "height": height})


def _begins(page: Page) -> None:
    for box in page.locator(".check input").all():
        box.check()
    page.locator("#start").click()
    page.locator("section[data-view=run]").wait_for()


def _connected(page: Page, path: str) -> Iterator[tuple[str, Page]]:
    """A session on the simulated device, stopped while its current flows."""
    page.goto(path)
    page.locator("section[data-view=check]").wait_for()
    yield from _every("led_live_check", page)
    page.locator("input[name=speed]").nth(1).check()
    _begins(page)
    page.locator("#progress").wait_for(timeout=60_000)
    page.locator("#aim", has_text=FLOWS).wait_for(timeout=60_000)
    # Until it is held, and has been for a while.
    page.wait_for_timeout(8000)
    yield from _every("led_live_flows", page)
    page.locator("#stop").click()
    page.locator("#stop", has_text=CUT).wait_for()
    yield "led_live_stops", page
    page.locator("section[data-view=ask]").wait_for(timeout=60_000)
    yield from _every("led_live_ask", page)
    page.locator("#ask button[type=submit]").click()
    page.locator("#next:not(:empty)").wait_for()
    yield from _every("led_live_next", page)


def _takes_home(page: Page, address: str, code: str) -> None:
    """A device of one's own, and a plan for it."""
    page.goto(f"{address}/persons/{code}/details/")
    page.locator("select[name=device]").select_option("saalio")
    page.locator("main form button[type=submit]").click()
    page.goto(f"{address}/persons/{code}/result/")
    page.locator('form[action$="/prescribe/palms/"] button[type=submit]').click()
    page.wait_for_url("**/plan/")


def _two_phones(phones: list[Page], path: str) -> Iterator[tuple[str, Page]]:
    """A session that is open in another tab and on another phone, which then goes on with it and stops it."""
    first, other = phones
    first.goto(path)
    first.locator("#network:not(:empty)").wait_for()
    _begins(first)
    tab = first.context.new_page()
    tab.goto(path)
    tab.locator("section[data-view=elsewhere]").wait_for()
    yield from _every("led_elsewhere", tab)
    tab.close()
    other.goto(path)
    other.locator("section[data-view=open]").wait_for()
    yield from _every("led_open", other)
    other.locator("#go-on-here").click()
    first.locator("section[data-view=taken]").wait_for(timeout=60_000)
    yield from _every("led_taken", first)
    other.locator("section[data-view=run] #stop").click()
    other.locator("#zero").click()
    other.locator("#later").click()
    other.locator("#next:not(:empty)").wait_for()


def _hands_free(page: Page, path: str) -> Iterator[tuple[str, Page]]:
    """A whole session on a device of one's own, its clock wound on."""
    page.clock.install()
    page.goto(path)
    page.locator("#network:not(:empty)").wait_for()
    yield from _every("led_check", page)
    _begins(page)
    page.clock.run_for(120_000)
    yield from _every("led_hold", page)
    while page.locator("#steer").is_hidden():
        page.clock.run_for(5_000)
    yield from _every("led_poles", page)
    page.clock.fast_forward(300_000)
    yield from _every("led_away", page)
    page.locator('[data-said="as_planned"]').click()
    while page.locator("#zero").is_hidden():
        page.clock.run_for(30_000)
    page.locator("#zero").click()
    yield from _every("led_ask", page)
    page.locator("input[name=reached][value=planned]").check()
    page.locator("#ask button[type=submit]").click()
    page.locator("#next:not(:empty)").wait_for()
    yield from _every("led_next", page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE.parents[1] / "docs" / "screenshots")
    parser.add_argument("--whole", action="store_true", help="the whole page, not only what fits the screen")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--all", action="store_true", help="the hands-free session in every shape")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with demo_server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        # The phone comes last, for it has the one hands-free session of the day.
        for size in reversed(SIZES):
            for name, page in pages_of(browser, address, size, scheme="dark" if chosen.dark else "light"):
                if chosen.all or name in LED or not name.startswith("led_"):
                    where = chosen.to / f"{name}_{size}{'_dark' if chosen.dark else ''}.png"
                    page.screenshot(path=where, full_page=chosen.whole, animations="disabled")


if __name__ == "__main__":
    main()
