"""Firefox and WebKit at the size of a phone, driven by WebDriver with the standard library alone.

WebKitGTK's own WebKitWebDriver speaks W3C WebDriver: JSON over HTTP. Firefox speaks the same commands as Marionette:
JSON over TCP. Both come from Debian (`apt-get install -y firefox-esr webkit2gtk-driver xvfb dbus`).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.request import Request, urlopen

WIDTH, HEIGHT = 390, 844
START_S, ANSWER_S = 30.0, 90.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# What is used of https://www.w3.org/TR/webdriver2/#endpoints.
ENDPOINTS = {
    "NewSession": ("POST", ""),
    "DeleteSession": ("DELETE", ""),
    "Navigate": ("POST", "/url"),
    "SetWindowRect": ("POST", "/window/rect"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "ExecuteAsyncScript": ("POST", "/execute/async"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "ElementSendKeys": ("POST", "/element/{id}/value"),
    "PerformActions": ("POST", "/actions"),
    "TakeScreenshot": ("GET", "/screenshot"),
}
# The buttons of MiniBrowser's own bar keep its window wider than a phone; so small, they do not.
SMALL = "* { min-width: 0; min-height: 0; padding: 0; margin: 0; border-width: 0; } entry { font-size: 8px; }"
MINI_BROWSER = Path("/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser")
# Of itself Firefox would ask its maker for news; here it asks nobody but the site.
QUIET = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    # A microphone that hums, for which nobody is asked.
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
}


class Refused(Exception):
    """What the browser answered instead of doing it."""


class Driver(Protocol):
    version: str

    def do(self, command: str, **params: Any) -> Any: ...


class OverHttp:
    """W3C WebDriver at a port of this machine."""

    def __init__(self, port: int, options: dict[str, Any]) -> None:
        self.address = f"http://127.0.0.1:{port}/session"
        begun = self.do("NewSession", capabilities={"alwaysMatch": options})
        self.address += "/" + begun["sessionId"]
        self.version = begun["capabilities"]["browserVersion"]

    def do(self, command: str, **params: Any) -> Any:
        method, path = ENDPOINTS[command]
        path = path.format(id=params.pop("id", ""))
        body = json.dumps(params).encode() if method == "POST" else None
        headers = {"Content-Type": "application/json"}
        try:
            with urlopen(Request(self.address + path, body, headers, method=method), timeout=ANSWER_S) as answer:  # noqa: S310
                return json.load(answer)["value"]
        except HTTPError as error:
            raise Refused(error.read().decode()) from None


class OverTcp:
    """Marionette at a port of this machine. A message: its length, a colon, [kind, number, error or name, body]."""

    def __init__(self, port: int) -> None:
        self.link: socket.socket = _until(lambda: socket.create_connection(("127.0.0.1", port), ANSWER_S))
        self.stream = self.link.makefile("rwb")
        self.number = 0
        self._read()
        begun = self.do("NewSession", capabilities={"alwaysMatch": {}})
        self.version = begun["capabilities"]["browserVersion"]

    def do(self, command: str, **params: Any) -> Any:
        self.number += 1
        name = command if ":" in command else f"WebDriver:{command}"
        said = json.dumps([0, self.number, name, params]).encode()
        self.stream.write(b"%d:%b" % (len(said), said))
        self.stream.flush()
        _, _, error, value = self._read()
        if error:
            raise Refused(f"{error['error']}: {error['message']}")
        return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value

    def _read(self) -> Any:
        length = b""
        while (sign := self.stream.read(1)) != b":":
            if not sign:
                raise OSError("Firefox has gone.")
            length += sign
        return json.loads(self.stream.read(int(length)))


@contextmanager
def webkit(folder: Path) -> Iterator[Driver]:
    """Debian's WebKitGTK in its small browser, on a screen of its own; `folder` is for its settings."""
    (folder / "gtk-3.0").mkdir(parents=True)
    (folder / "gtk-3.0" / "gtk.css").write_text(SMALL)
    port, display = _free_port(), f":{100 + os.getpid() % 900}"
    more = {
        "DISPLAY": display,
        "GDK_BACKEND": "x11",
        "XDG_CONFIG_HOME": str(folder),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "LANG": "en_GB.UTF-8",
        "LANGUAGE": "en_GB",
    }
    options = {"binary": str(MINI_BROWSER), "args": ["--automation"]}
    with ExitStack() as ended:
        ended.enter_context(_running(["Xvfb", display, "-screen", "0", "1400x1400x24", "-nolisten", "tcp"]))
        _until(lambda: Path(f"/tmp/.X11-unix/X{display[1:]}").stat())  # noqa: S108 - where X puts its sockets
        ended.enter_context(_running(["dbus-run-session", "--", "WebKitWebDriver", f"--port={port}"], **more))
        _until(lambda: socket.create_connection(("127.0.0.1", port)).close())
        driver = OverHttp(port, {"webkitgtk:browserOptions": options})
        ended.callback(driver.do, "DeleteSession")
        driver.do("SetWindowRect", width=WIDTH, height=HEIGHT)
        bar = HEIGHT - driver.do("ExecuteScript", script="return innerHeight", args=[])
        driver.do("SetWindowRect", width=WIDTH, height=HEIGHT + bar)
        yield driver


@contextmanager
def firefox(folder: Path) -> Iterator[Driver]:
    """Debian's Firefox without a window; `folder` is for its profile."""
    folder.mkdir(parents=True)
    port = _free_port()
    prefs = QUIET | {"marionette.port": port}
    (folder / "user.js").write_text(
        "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in prefs.items())
    )
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(folder), "--marionette"]
    with ExitStack() as ended:
        ended.enter_context(_running([*command, "--remote-allow-system-access", "about:blank"], HOME=str(folder)))
        driver = OverTcp(port)
        ended.enter_context(closing(driver.link))
        ended.enter_context(closing(driver.stream))
        # Its window is never as narrow as a phone; the page in it can be.
        driver.do("Marionette:SetContext", value="chrome")
        size = f"const page = gBrowser.selectedBrowser.style; page.width = '{WIDTH}px'; page.height = '{HEIGHT}px';"
        driver.do("ExecuteScript", script=size + "page.minWidth = page.width; page.flex = 'none';", args=[])
        driver.do("Marionette:SetContext", value="content")
        yield driver


# Each engine with what it needs on this machine.
ENGINES: dict[str, tuple[Callable[[Path], Any], tuple[str, ...]]] = {
    "webkit": (webkit, ("WebKitWebDriver", "Xvfb", "dbus-run-session", str(MINI_BROWSER))),
    "firefox": (firefox, ("firefox-esr",)),
}


def missing(engine: str) -> list[str]:
    """Which of the programs that an engine needs are not here."""
    return [program for program in ENGINES[engine][1] if shutil.which(program) is None]


class Page:
    """The page in front, as somebody with a phone uses it."""

    def __init__(self, driver: Driver, address: str, engine: str) -> None:
        self.driver, self.address, self.engine, self.found = driver, address, engine, 0

    def opens(self, path: str) -> None:
        self.driver.do("Navigate", url=self.address + path)

    def reloads(self) -> None:
        # Marionette's own Refresh goes past the service worker, as no person's does.
        self.runs("window.isOld = true; location.reload()")
        self.until("!window.isOld && document.readyState === 'complete'")

    def runs(self, script: str, *args: Any) -> Any:
        """What the body of a function gives back."""
        return self.driver.do("ExecuteScript", script=script, args=list(args))

    def awaits(self, script: str, *args: Any) -> Any:
        """What the body of an asynchronous function gives back."""
        waits = "const done = arguments[arguments.length - 1], given = arguments;"
        waits += f"(async (...args) => {{ {script} }})(...given).then(done, (error) => done(String(error)));"
        return self.driver.do("ExecuteAsyncScript", script=waits, args=list(args))

    def _seen(self, css: str, number: int) -> str:
        """The name of an element that lies in sight, without the slow scrolling that the page's own style asks for."""
        there = "document.querySelectorAll(arguments[0])[arguments[1]]"
        self.until(there, css, number)
        self.runs(f"{there}.scrollIntoView({{ block: 'center', behavior: 'instant' }})", css, number)
        found: str = self.runs(f"return {there}", css, number)[ELEMENT]
        return found

    def clicks(self, css: str) -> None:
        self.clicks_one(css, 0)

    def clicks_one(self, css: str, number: int) -> None:
        """The element of that number among those that match, from 0."""
        self.driver.do("ElementClick", id=self._seen(css, number))

    def presses_button(self, words: str) -> None:
        """The button or link that begins with these words; what stands in the page goes before what stands above it."""
        of_words = """
            const all = ["main button", "main a", "header button", "header a"]
                .flatMap((css) => [...document.querySelectorAll(css)]);
            const found = all.find((each) => each.offsetParent && each.innerText.trim().startsWith(arguments[0]));
            found.setAttribute("data-found", arguments[1]);
        """
        self.found += 1
        self.runs(of_words, words, self.found)
        self.clicks(f'[data-found="{self.found}"]')

    def types(self, css: str, text: str) -> None:
        self.driver.do("ElementSendKeys", id=self._seen(css, 0), text=text)

    def drags(self, css: str, from_fraction: float, to_fraction: float) -> None:
        """A slider, from one part of its length to another."""
        self._seen(css, 0)
        box = "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
        left, width, middle = self.runs(f"{box} return [box.left, box.width, box.top + box.height / 2]", css)
        start, end = (
            {"type": "pointerMove", "duration": 200, "x": round(left + width * part), "y": round(middle)}
            for part in (from_fraction, to_fraction)
        )
        moves = [start, {"type": "pointerDown", "button": 0}, end, {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "mouse"}, "actions": moves}
        self.driver.do("PerformActions", actions=[pointer])

    def presses(self, key: str) -> None:
        actions = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.driver.do("PerformActions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def says(self, css: str) -> str:
        said: str = self.runs(
            "const at = document.querySelector(arguments[0]); return at ? at.innerText.trim() : ''", css
        )
        return said

    def until(self, condition: str, *args: Any, within_s: float = 20.0) -> None:
        """Wait until a JavaScript expression holds; it may be asked while a page goes and another comes."""
        until_s = time.monotonic() + within_s
        while True:
            try:
                if self.runs(f"return Boolean({condition})", *args):
                    return
            except Refused:
                pass
            if time.monotonic() > until_s:
                raise AssertionError(f"not within {within_s} s: {condition}; the page says: {self.says('main')[:600]}")
            time.sleep(0.1)

    def until_awaits(self, script: str, within_s: float = 20.0) -> None:
        """Wait until the body of an asynchronous function gives back something true."""
        until_s = time.monotonic() + within_s
        while self.awaits(script) is not True:
            assert time.monotonic() < until_s, script
            time.sleep(0.2)

    def until_says(self, css: str, words: str, within_s: float = 20.0) -> None:
        there = "(document.querySelector(arguments[0]) || { innerText: '' }).innerText.includes(arguments[1])"
        self.until(there, css, words, within_s=within_s)

    def picture(self, where: Path) -> None:
        """What is on the screen, without what lies below it."""
        where.write_bytes(base64.b64decode(self.driver.do("TakeScreenshot", full=False)))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], **more: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        # With all that it has started: dbus-run-session would leave the driver behind.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _until(tried: Callable[[], Any]) -> Any:
    until_s = time.monotonic() + START_S
    while True:
        try:
            return tried()
        except OSError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.1)
