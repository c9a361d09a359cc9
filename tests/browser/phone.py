"""A phone beside the trays: its clock is wound by hand, its network really cut, and what it speaks is written down."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

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
from ionto_web.care.models import Person

# What is spoken is written down, for a browser without a window is mute.
LISTEN = """
window.heard = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speak: (words) => window.heard.push([words.lang, words.text]), cancel: () => {}, getVoices: () => [] } });
"""
# How long ago, by the phone's clock, the page last wrote down that it was there.
SINCE_BEAT_MS = """() => new Promise((done) => {
  const asked = indexedDB.open("ionto-led");
  asked.onsuccess = () => {
    const kept = asked.result.transaction("sessions").objectStore("sessions").getAll();
    kept.onsuccess = () => { asked.result.close(); done(Date.now() - kept.result[0].beat.wall); };
  };
})"""
# So long that the first figure has five signs, as in life.
DURATION_MIN = 21.0


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


@dataclass
class Wire:
    """The way from a phone to the site, which can be cut in the middle of an answer while the site goes on."""

    to_port: int
    listener: socket.socket | None = None
    port: int = 0
    ends: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def back(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        ends, self.ends = self.ends, []
        for end in [self.listener, *ends]:
            if end is not None:
                # Closing alone would not wake whoever waits at it.
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self.listener = None

    def _listen(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.to_port))
                self.ends += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(from_end: socket.socket, to_end: socket.socket) -> None:
    with suppress(OSError):
        while piece := from_end.recv(65536):
            to_end.sendall(piece)
        to_end.shutdown(socket.SHUT_WR)


def person_with(language: str = "en", device: str = "saalio", name: str = "Ella") -> Person:
    address = f"{name.lower()}@example.org"
    user = User.objects.create_user(address, address, "dry-hands-for-everybody")
    person = actions.welcome_person(
        by=user, user=user, name=name, timezone="Europe/Berlin", device=device, language=language
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

    def signs_in_as(self, person: Person) -> None:
        """Somebody's sign-in in place of the one before, which was never ended."""
        client = Client()
        assert person.user is not None
        client.force_login(person.user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.address}
        self.context.add_cookies([cookie])  # type: ignore[list-item]

    def winds(self, seconds: float) -> None:
        self.page.clock.run_for(round(seconds * 1000))

    def runs_for(self, seconds: float) -> None:
        """A session that has run for so long, on a clock that is wound."""
        self.page.clock.install()
        self.opens()
        self.starts()
        self.winds(seconds)

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

    def is_kept(self) -> None:
        """Wait until what the page has seen is written: a clock that is wound goes faster than a browser writes."""
        eventually(lambda: self.page.evaluate(SINCE_BEAT_MS) < 2000, self)

    def heard(self) -> str:
        return "\n".join(text for _, text in self.page.evaluate("window.heard"))


def phone_in(browser: Browser, network: Network | Wire, person: Person, **how: Any) -> Phone:
    context = browser.new_context(**({"viewport": {"width": 390, "height": 844}, "locale": "en-GB"} | how))
    context.add_init_script(LISTEN)
    page = context.new_page()
    phone = Phone(context, page, person, network.address)
    phone.signs_in_as(person)
    page.on("pageerror", lambda error: phone.complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((network.address, "data:")) else phone.complaints.append(asked.url),
    )
    return phone


def eventually(true: Callable[[], object], phone: Phone) -> None:
    until_s = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until_s, "this did not come true in time"
        phone.page.wait_for_timeout(50)


def away(phone: Phone, seconds: float) -> None:
    """The screen locked and everything asleep for so long."""
    phone.page.clock.fast_forward(round(seconds * 1000))
    expect(phone.view("away")).to_be_visible()
