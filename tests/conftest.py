"""The command line as a fixture; and for the web site a database, journals and files of the tests' own, never those in
the data directory, and a push service on this machine."""

from __future__ import annotations

import json
import os
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connections

from ionto.cli import main

STATIC = Path(__file__).resolve().parents[1] / "src" / "ionto_web" / "static"


def pytest_configure() -> None:
    """Plain static files, since the collected ones want `collectstatic`; a quick password hash."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = STATIC
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file, not memory: the thread of a live session writes to the same database."""
    test_settings = connections["default"].settings_dict["TEST"]
    test_settings["NAME"] = tmp_path_factory.mktemp("database") / "test.sqlite3"


@pytest.fixture
def ionto(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The command with these arguments: exit status, output, and errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@dataclass
class Taken:
    """A message as the push service got it: to which browser, under which headers (in small letters), and its bytes."""

    browser: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """A push service on this machine, with browsers that can read what they get; it answers as it is told to."""

    address: str = ""
    taken: list[Taken] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    _keys: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = field(default_factory=dict)

    def browser(self, name: str) -> dict[str, str]:
        """What this browser says of itself when it subscribes."""
        key, auth = self._keys.setdefault(name, (ec.generate_private_key(ec.SECP256R1()), os.urandom(16)))
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        p256dh, secret = (urlsafe_b64encode(each).rstrip(b"=").decode() for each in (point, auth))
        return {"name": name, "endpoint": f"{self.address}/{name}", "p256dh": p256dh, "auth": secret}

    def read(self, message: Taken) -> dict[str, Any]:
        """The message as its browser reads it."""
        key, auth = self._keys[message.browser]
        found: dict[str, Any] = json.loads(http_ece.decrypt(message.body, private_key=key, auth_secret=auth))
        return found

    @property
    def said(self) -> list[dict[str, Any]]:
        """Every message that was taken, as its browser reads it."""
        return [self.read(each) for each in self.taken if self.answers.get(each.browser, 201) == 201]


@pytest.fixture
def push_service(settings: Any) -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            browser = self.path.removeprefix("/")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.taken.append(Taken(browser, {name.lower(): each for name, each in self.headers.items()}, body))
            self.send_response(service.answers.get(browser, 201))
            self.send_header("Location", f"{service.address}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_port}"
    settings.PUSH_SERVICES = (*settings.PUSH_SERVICES, "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield service
    server.shutdown()
    server.server_close()
    thread.join(10)
