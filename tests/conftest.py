"""The command line as a fixture; and for the web site a database, journals and files of the tests' own, never those in
the data directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
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
