"""What each page costs a slow phone: bytes, requests and time, in Debian's Chromium on a four times slowed processor.

`./run bench pages [--keep] [--beside] [--rounds N]`. Every load is the first: an empty cache, and the server beside it.
`--beside` also measures the same text and button as a NiceGUI and a Streamlit page, installed into a folder of their
own that is thrown away; of the two live hyperhidrosis diaries only the source can be had, not the published pages.
`--keep` stores the numbers for the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "pages.json"
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SLOWED_TIMES = 4
ROUNDS_COUNT = 5
# As long as this without a long task, and the page counts as at rest.
QUIET_S = 2.0
PATIENCE_S = 180
# The goal for the first page, and held by every page of a patient.
# The progress with its plot, which is fetched when it comes into sight: not a first load.
SCROLLED = "progress, scrolled"
# Every page, by the name of its row; what stands in braces is filled in from the demo.
BEFORE = {
    "landing": "/",
    "sign up": "/accounts/signup/",
    "sign in": "/accounts/login/",
    "new password": "/accounts/password/reset/",
}
OWN = {
    **{
        name: f"/persons/{{code}}/{name}/"
        for name in ("consultation", "result", "plan", "session", "diary", "progress", "away", "details", "data")
    },
    "delete": "/persons/{code}/data/delete/",
    "reach": "/persons/{code}/reach/",
    "shares": "/persons/{code}/shares/",
    "today": "/today/",
    "hunt": "/persons/{code}/hunt/palms/",
    "session, over": "/sessions/{session}/",
    "another's record": "/shared/",
    "password": "/accounts/password/change/",
    "sign out": "/accounts/logout/",
}
# The hands-free page on a connected device, then on a closed one.
LIVE, LED = "hands-free, live", "hands-free"
LED_PATH = "/led/{code}/palms/"
CLINIC = {"clinic's list": "/persons/", "clinic's new": "/persons/new/", "clinic's house": "/clinic/house/"}
MOST_BYTES, FEWER_REQUESTS_THAN = 60_000, 5
WATCH = """
window.longTasks = [];
new PerformanceObserver((seen) => {
  for (const task of seen.getEntries()) window.longTasks.push(task.startTime + task.duration);
}).observe({ type: "longtask", buffered: true });
"""
TOLD = """() => {
  const loaded = performance.getEntriesByType("navigation")[0];
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  return {
    answered: loaded.responseStart, dcl: loaded.domContentLoadedEventEnd,
    fcp: painted ? painted.startTime : null, tasks: window.longTasks,
  };
}"""
TEXT_HEAD = "Heavy sweating can be treated. Find out whether, how, and when."
NICEGUI = """
import sys
from nicegui import ui
head, *paragraphs = {text!r}
ui.label(head).classes("text-h4")
for paragraph in paragraphs:
    ui.label(paragraph)
ui.button("Start with the questions")
ui.run(host="127.0.0.1", port=int(sys.argv[1]), show=False, reload=False)
"""
STREAMLIT = """
import streamlit as st
head, *paragraphs = {text!r}
st.title(head)
for paragraph in paragraphs:
    st.write(paragraph)
st.button("Start with the questions")
"""
PINS = ("nicegui==3.18.*", "streamlit==1.67.*")


@dataclass(frozen=True)
class Cost:
    """The median of the loads of one page: what came over the wire, headers included, and when, after the request."""

    page: str
    bytes_count: int
    requests_count: int
    sockets_count: int
    answered_ms: float
    loaded_ms: float
    painted_ms: float
    at_rest_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS_COUNT)
    parser.add_argument("--beside", action="store_true", help="NiceGUI and Streamlit with the same text as well")
    parser.add_argument("--keep", action="store_true", help=f"store the numbers in {KEPT.name}")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds is at least 1")
    if not Path(CHROMIUM).exists():
        raise SystemExit("no Chromium: apt-get install -y --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        print(f"median of {chosen.rounds} loads, empty cache, processor {SLOWED_TIMES} times slower")
        print(f"  {'page':18} {'bytes':>9} {'requests':>8} {'sockets':>7}  answered, loaded, painted, at rest [ms]")
        with demo_site() as site:
            text = text_of(browser, site)
            own = [_shown(cost) for cost in of_the_site(browser, site, chosen.rounds)]
        beside = [_shown(cost) for cost in of_skeletons(browser, text, chosen.rounds)] if chosen.beside else []
        version = browser.version
        browser.close()
    too_heavy = [cost.page for cost in own if not _holds(cost) and cost.page != SCROLLED]
    print(
        f"under {MOST_BYTES:,} bytes and {FEWER_REQUESTS_THAN} requests: "
        f"{', '.join(too_heavy) + ' MISSED' if too_heavy else 'every page'}"
    )
    for each in beside:
        print(f"{each.page} beside the first page: {ratios(each, own[0])}")
    if chosen.keep:
        kept = {
            "chromium": version,
            "rounds_count": chosen.rounds,
            "slowed_times": SLOWED_TIMES,
            "quiet_s": QUIET_S,
            "own": [asdict(cost) for cost in own],
            "beside": [asdict(cost) for cost in beside],
        }
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    if too_heavy:
        raise SystemExit("a page is heavier than it may be")


def _holds(cost: Cost) -> bool:
    return cost.bytes_count < MOST_BYTES and cost.requests_count < FEWER_REQUESTS_THAN


def ratios(theirs: Cost, ours: Cost) -> str:
    """How many times as much another page costs."""
    pairs = [
        (theirs.bytes_count / ours.bytes_count, "the bytes"),
        (theirs.requests_count / ours.requests_count, "the requests"),
        (theirs.at_rest_ms / ours.at_rest_ms, "the time until at rest"),
    ]
    return ", ".join(f"{ratio:.1f} times {what}" for ratio, what in pairs)


def _shown(cost: Cost) -> Cost:
    print(
        f"  {cost.page:18} {cost.bytes_count:>9,} {cost.requests_count:>8} {cost.sockets_count:>7} "
        f"{cost.answered_ms:>8.0f} {cost.loaded_ms:>8.0f} {cost.painted_ms:>8.0f} {cost.at_rest_ms:>8.0f}",
        flush=True,
    )
    return cost


def of_the_site(browser: Browser, site: str, rounds_count: int) -> Iterator[Cost]:
    """Every page of a patient and of the clinic, the first page first."""
    for name, path in BEFORE.items():
        yield measured(browser, name, site + path, rounds_count)
    cookies, code = signed_in(browser, site, "mara")
    filled = {"code": code, "session": session_of(browser, site, code, cookies)}
    for name, path in OWN.items():
        yield measured(browser, name, site + path.format(**filled), rounds_count, cookies)
    address = f"{site}/persons/{code}/progress/"
    yield measured(browser, SCROLLED, address, rounds_count, cookies, scroll_to=".chart-progress canvas")
    yield measured(browser, LIVE, site + LED_PATH.format(**filled), rounds_count, cookies)
    take_home(browser, site, code, cookies)
    yield measured(browser, LED, site + LED_PATH.format(**filled), rounds_count, cookies)
    cookies, _ = signed_in(browser, site, "dermatologist")
    for name, path in CLINIC.items():
        yield measured(browser, name, site + path, rounds_count, cookies)


def of_skeletons(browser: Browser, text: list[str], rounds_count: int) -> Iterator[Cost]:
    """The first page's text and button as a NiceGUI and a Streamlit page; none, and a sentence, without a network."""
    with tempfile.TemporaryDirectory() as name:
        folder, uv = Path(name), ROOT / ".uv" / "bin" / "uv"
        own = {**os.environ, "VIRTUAL_ENV": str(folder / "venv"), "HOME": name}
        try:
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True, timeout=60)
            subprocess.run([uv, "pip", "install", "--quiet", *PINS], check=True, timeout=400, env=own)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"  NiceGUI and Streamlit could not be had: {error}")
            return
        python = str(folder / "venv" / "bin" / "python")
        (folder / "nicegui_page.py").write_text(NICEGUI.format(text=text), "utf-8")
        (folder / "streamlit_page.py").write_text(STREAMLIT.format(text=text), "utf-8")
        quiet = ["--server.headless", "true", "--browser.gatherUsageStats", "false", "--server.address", "127.0.0.1"]
        for label, command in (
            ("NiceGUI", [python, "nicegui_page.py"]),
            ("Streamlit", [python, "-m", "streamlit", "run", "streamlit_page.py", *quiet, "--server.port"]),
        ):
            port = free_port()
            with started([*command, str(port)], port, folder, own):
                yield measured(browser, label, f"http://127.0.0.1:{port}/", rounds_count, wait_for=TEXT_HEAD)


def measured(
    browser: Browser,
    name: str,
    address: str,
    rounds_count: int,
    cookies: Any = (),
    *,
    wait_for: str = "",
    scroll_to: str = "",
) -> Cost:
    """The median cost of a page. `wait_for`: words that must stand there before the page counts as loaded; `scroll_to`:
    what only comes when the page is scrolled down to it."""
    loads = [_load(browser, address, cookies, wait_for, scroll_to) for _ in range(rounds_count)]
    sizes, requests, sockets, *times = (statistics.median(column) for column in zip(*loads, strict=True))
    return Cost(name, round(sizes), round(requests), round(sockets), *(round(each) for each in times))


def _load(browser: Browser, address: str, cookies: Any, wait_for: str, scroll_to: str) -> tuple[float, ...]:
    """One load in a browser that has never been there: bytes, requests, sockets; the four times of a cost [ms]."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies(list(cookies))
    page = context.new_page()
    page.add_init_script(WATCH)
    talk = context.new_cdp_session(page)
    talk.send("Network.enable")
    talk.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED_TIMES})
    size, asked, sockets = [0], [0], [0]

    def finished(event: dict[str, Any]) -> None:
        size[0] += int(event["encodedDataLength"])

    def requested(event: dict[str, Any]) -> None:
        asked[0] += event["request"]["url"].startswith("http")

    def opened(_event: dict[str, Any]) -> None:
        sockets[0] += 1

    talk.on("Network.loadingFinished", finished)
    talk.on("Network.requestWillBeSent", requested)
    talk.on("Network.webSocketCreated", opened)
    answer = page.goto(address, wait_until="load", timeout=PATIENCE_S * 1000)
    if answer is None or answer.status != 200 or page.url != address:
        raise SystemExit(f"{address} answered {answer and answer.status} as {page.url}")
    if wait_for:
        page.get_by_text(wait_for).first.wait_for(timeout=PATIENCE_S * 1000)
    if scroll_to:
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.evaluate("document.querySelector('.chart').scrollIntoView()")
        page.locator(scroll_to).first.wait_for(timeout=PATIENCE_S * 1000)
    told = _at_rest(page)
    context.close()
    last = max([told["dcl"], told["fcp"], *told["tasks"]])
    return size[0], asked[0], sockets[0], told["answered"], told["dcl"], told["fcp"], last


def _at_rest(page: Page) -> dict[str, Any]:
    """What the page tells of its load, once no task has taken over 50 ms for a while."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        page.wait_for_timeout(QUIET_S * 1000)
        told: dict[str, Any] = page.evaluate(TOLD)
        now_ms = page.evaluate("performance.now()")
        if told["fcp"] is not None and now_ms - max([0, *told["tasks"]]) >= QUIET_S * 1000:
            return told
        if time.monotonic() > until_s:
            raise SystemExit(f"{page.url} does not come to rest")


def text_of(browser: Browser, site: str) -> list[str]:
    """The heading and the paragraphs of the first page."""
    page = browser.new_page()
    page.goto(site)
    said: list[str] = page.locator("main h1, main h2, main p").all_inner_texts()
    page.close()
    return [TEXT_HEAD, *(each for each in said if each.strip() and each != TEXT_HEAD)]


def signed_in(browser: Browser, site: str, who: str) -> tuple[Any, str]:
    """The cookies of a demo person, and the code of their record, if they have one."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/accounts/login/")
    page.locator("input[name=login]").fill(f"{who}@demo.example")
    page.locator("input[name=password]").fill(f"demo-{who}")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/persons/**")
    found = re.search(r"/persons/([a-z0-9]+)/", page.url)
    cookies = context.cookies()
    context.close()
    return cookies, found.group(1) if found else ""


def session_of(browser: Browser, site: str, code: str, cookies: Any) -> str:
    """The name of a session that is over."""
    context = browser.new_context()
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{site}/persons/{code}/session/")
    address = page.locator('main a[href^="/sessions/"]').first.get_attribute("href") or ""
    context.close()
    return address.split("/")[2]


def take_home(browser: Browser, site: str, code: str, cookies: Any) -> None:
    """A device of the person's own, and a plan for it, so that there is a hands-free session."""
    context = browser.new_context()
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{site}/persons/{code}/details/")
    page.locator("select[name=device]").select_option("saalio")
    page.locator("main form button[type=submit]").click()
    page.goto(f"{site}/persons/{code}/result/")
    page.locator('form[action$="/prescribe/palms/"] button[type=submit]').click()
    page.wait_for_url("**/plan/")
    context.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def demo_site() -> Iterator[str]:
    """A demo clinic of its own."""
    port = free_port()
    command = [sys.executable, "-m", "ionto.cli", "serve", "--demo", "--port", str(port)]
    with tempfile.TemporaryDirectory() as data, started(command, port, ROOT, {**os.environ, "IONTO_DATA": data}):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def started(command: list[str], port: int, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A server that answers on the port, ended afterwards."""
    server = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except (URLError, OSError):
                if time.monotonic() > until_s or server.poll() is not None:
                    raise SystemExit(f"{command[1]} did not come up") from None
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait(90)


if __name__ == "__main__":
    main()
