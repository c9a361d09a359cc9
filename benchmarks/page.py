"""Page loads of the demo clinic over HTTP, as a signed-in person: time from request to the last byte, and its size."""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from http.cookiejar import CookieJar
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

LOGIN = ("mara@demo.example", "demo-mara")
ROUNDS_COUNT = 30
PATIENCE_S = 120


def main() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "ionto.cli", "serve", "--demo", "--port", str(port)]
        began_at_s = time.perf_counter()
        server = subprocess.Popen(command, env={**os.environ, "IONTO_DATA": data}, stdout=subprocess.DEVNULL)
        try:
            browser = build_opener(HTTPCookieProcessor(CookieJar()))
            while not _answers(browser, site):
                if time.perf_counter() - began_at_s > PATIENCE_S or server.poll() is not None:
                    raise SystemExit("the site did not come up")
                time.sleep(0.1)
            print(f"demo clinic seeded and up in {time.perf_counter() - began_at_s:.1f} s")
            person = _signed_in(browser, site)
            print(f"{ROUNDS_COUNT} loads each, ms (min, median, max), bytes on the wire")
            for name in ("", "result/", "plan/", "diary/", "progress/"):
                path = f"{person}{name}" if name else "/"
                took_s, size = _timed(browser, site + path)
                label = name.rstrip("/") or "landing"
                spread = " / ".join(f"{1000 * s:.0f}" for s in (min(took_s), statistics.median(took_s), max(took_s)))
                print(f"  {label:10} {spread:>16}   {size:>7}")
            _hands_free(browser, site, person)
        finally:
            server.terminate()
            server.wait(20)


def _answers(browser: OpenerDirector, site: str) -> bool:
    try:
        return browser.open(site + "/", timeout=2).status == 200
    except (URLError, OSError):
        return False


def _signed_in(browser: OpenerDirector, site: str) -> str:
    """The path of the person's own pages."""
    page = browser.open(site + "/accounts/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = urlencode({"csrfmiddlewaretoken": token.group(1), "login": LOGIN[0], "password": LOGIN[1]})
    request = Request(site + "/accounts/login/", form.encode(), {"Referer": site + "/accounts/login/"})
    landed = browser.open(request)
    found = re.search(r'"(/persons/[a-z0-9]+/)', landed.read().decode())
    assert found is not None, "signing in failed"
    return found.group(1)


def _hands_free(browser: OpenerDirector, site: str, person: str) -> None:
    """What a phone fetches before its first hands-free session: the page and all that it names."""
    known = {"name": "Mara", "timezone": "Europe/Berlin", "clinic_code": "demo-clinic"}
    _posted(browser, f"{site}{person}details/", {**known, "device": "saalio", "language": "de"})
    _posted(browser, f"{site}{person}prescribe/palms/", {"palms-starts_on": time.strftime("%Y-%m-%d")})
    path = f"/led/{person.split('/')[2]}/palms/"
    took_s, size = _timed(browser, site + path)
    page = browser.open(site + path).read().decode()
    if "led-data" not in page or "ticket" not in page:
        raise SystemExit("there is no hands-free session to weigh today")
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    sizes = [_timed(browser, site + name)[1] for name in files]
    spread = " / ".join(f"{1000 * s:.0f}" for s in (min(took_s), statistics.median(took_s), max(took_s)))
    print(f"  {'hands-free':10} {spread:>16}   {size:>7}")
    print(f"the hands-free session, first load: {1 + len(files)} requests, {size + sum(sizes)} bytes on the wire")


def _posted(browser: OpenerDirector, address: str, said: dict[str, str]) -> None:
    page = browser.open(address.replace("prescribe/palms/", "result/")).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = urlencode({"csrfmiddlewaretoken": token.group(1), **said})
    browser.open(Request(address, form.encode(), {"Referer": address}))


def _timed(browser: OpenerDirector, address: str) -> tuple[list[float], int]:
    took_s, size = [], 0
    for _ in range(ROUNDS_COUNT):
        began_at_s = time.perf_counter()
        with browser.open(Request(address, headers={"Accept-Encoding": "gzip"})) as answer:
            if answer.status != 200:
                raise SystemExit(f"{address} answered {answer.status}")
            size = len(answer.read())
        took_s.append(time.perf_counter() - began_at_s)
    return took_s, size


if __name__ == "__main__":
    main()
