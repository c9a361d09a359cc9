"""SHELL. `serve`: the data directory made ready, the database brought up to date, and the site run by uvicorn."""

from __future__ import annotations

import os
import signal
import sys
import warnings

import django
import uvicorn
from django.core.management import call_command

# From the highest current at the steepest ramp down to zero takes less than this.
STOP_PATIENCE_S = 60.0


def serve(*, host: str, port: int, database: str | None, demo: bool) -> None:
    """The web site on `host` and `port` until it is told to end.

    Raises
    ------
    ValueError
        When the database is not SQLite, or the demo is asked for on a database that holds real persons.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ionto_web.settings")
    if database is not None:
        os.environ["IONTO_DATABASE"] = database
    hosts = ["localhost", "127.0.0.1", "[::1]", *os.environ.get("IONTO_HOSTS", "").split(",")]
    # Bound to every address of the machine, the site cannot know its names; the operator says them in IONTO_HOSTS.
    os.environ["IONTO_HOSTS"] = ",".join(dict.fromkeys([*hosts, host] if host not in {"0.0.0.0", "::"} else hosts))  # noqa: S104
    from ionto_web.settings import sqlite_path

    if database is not None:
        sqlite_path(database)
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("clearsessions")
    call_command("collectstatic", interactive=False, verbosity=0)
    from ionto_web.care import live, outbox
    from ionto_web.care.demo import LOGINS, NotADemoDatabase, seed_demo

    if demo:
        _say("Preparing the demo clinic (the first time takes a while) …\n")
        try:
            seed_demo()
        except NotADemoDatabase as error:
            raise ValueError(str(error)) from None
    address = f"http://{'[' + host + ']' if ':' in host else host}:{port}/"
    _say(f"ionto at {address}\n")
    if demo:
        logins = "".join(f"  {login.who:<34} {login.email:<28} {login.password}\n" for login in LOGINS)
        _say("Demo logins (virtual persons; whoever reaches the address may use them):\n" + logins)
    # WhiteNoise hands files over as synchronous iterators, which is right for small files.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    # uvicorn raises the signal again when it has shut down; then the sessions are brought to zero before we leave.
    outbox_ended = outbox.start_worker()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        uvicorn.run(
            "ionto_web.asgi:application", host=host, port=port, log_level="warning", timeout_graceful_shutdown=3
        )
    finally:
        outbox_ended.set()
        live.stop_all(patience_s=STOP_PATIENCE_S)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
