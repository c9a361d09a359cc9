"""The site in a real browser: Debian's Chromium, driven by Playwright, against uvicorn in this process."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from playwright.sync_api import Browser, Page, sync_playwright

from ionto_web.care import live
from ionto_web.care.models import Person

from .phone import Network, Phone, Wire, person_with, phone_in

CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Playwright's own event loop runs in this thread, where Django would then refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@contextmanager
def opened() -> Iterator[Callable[..., Browser]]:
    """A way to open browsers with arguments of their own; all are closed at the end."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: apt-get install -y --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browsers: list[Browser] = []

        def launch(*more: str) -> Browser:
            browsers.append(playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGS, *more]))
            return browsers[-1]

        yield launch
        for browser in browsers:
            browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with the module: while it is open, no other test could run an event loop of its own in this thread."""
    with opened() as launch:
        yield launch()


@pytest.fixture
def address(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[str]:
    """The site, served as it is in life: Django's own test server would hold a stream back until it has ended."""
    settings.JOURNAL_DIR = tmp_path / "journals"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    application = ASGIStaticFilesHandler(get_asgi_application())
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    live.stop_all(patience_s=30)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A phone's page. What the browser complains about, or asks of anybody else, fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=address)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(address) else complaints.append(asked.url))
    yield page
    context.close()
    # An answer that is wrong is sent back with status 422, which Chromium reports as if something were missing.
    assert [said for said in complaints if "422" not in said and not said.startswith("data:")] == []


@pytest.fixture
def network(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Network]:
    settings.JOURNAL_DIR = tmp_path / "journals"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = Network(port)
    site.back()
    yield site
    live.stop_all(patience_s=30)
    site.cut()


@pytest.fixture
def wire(network: Network) -> Iterator[Wire]:
    way = Wire(network.port)
    way.back()
    yield way
    way.cut()


@pytest.fixture
def phone_of(browser: Browser, network: Network) -> Iterator[Callable[..., Phone]]:
    phones: list[Phone] = []

    def make(person: Person | None = None, *, over: Wire | None = None, **how: Any) -> Phone:
        phones.append(phone_in(browser, over or network, person or person_with(), **how))
        return phones[-1]

    yield make
    for phone in phones:
        phone.context.close()
        assert phone.complaints == []
