"""Settings of the web site. What is personal (secret key, database, journals) lies in the data directory, never in git.

IONTO_DATA       the data directory; else `.data` in the working directory
IONTO_DATABASE   sqlite:///path; else ionto.sqlite3 in the data directory
IONTO_HOSTS      host names that are answered, by comma; else this machine only
IONTO_MAIL       smtp://host:port, smtps://host:port or file:///folder; else e-mail goes to the server's own output
IONTO_MAIL_USER, IONTO_MAIL_PASSWORD, IONTO_MAIL_FROM   for a mail server
IONTO_ADDRESS    the site's own address, for links in e-mail; where it is https, cookies go over https only
IONTO_PUSH       hosts of further push services, by comma, beside those of the browsers' makers
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from csp.constants import NONE, SELF

from ionto_web import bundles, catalogue

HERE = Path(__file__).resolve().parent
DATA_DIR = Path(os.environ.get("IONTO_DATA", ".data")).resolve()
JOURNAL_DIR = DATA_DIR / "journals"


def _made_once(path: Path, make: Callable[[], str]) -> str:
    """A secret of the site, made once, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Written aside, then put in its place whole: another process may make one now, and the first one stands.
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return path.read_text()


def _secret_key(path: Path) -> str:
    return _made_once(path, lambda: secrets.token_urlsafe(50))


def _vapid_key(path: Path) -> str:
    """The key by which push services know the site (RFC 8292): a private number of P-256, in base64url."""

    def make() -> str:
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        return urlsafe_b64encode(number.to_bytes(32, "big")).decode()

    return _made_once(path, make)


def sqlite_path(address: str) -> Path:
    """The file that a database address names.

    >>> sqlite_path("sqlite:////srv/ionto.sqlite3").as_posix()
    '/srv/ionto.sqlite3'
    >>> sqlite_path("postgresql://localhost/ionto")
    Traceback (most recent call last):
    ValueError: The database must be given as sqlite:///path; 'postgresql' is not known yet.
    """
    scheme, found, path = address.partition(":///")
    if scheme != "sqlite" or not found or not path:
        raise ValueError(
            f"The database must be given as sqlite:///path; {scheme.partition(':')[0]!r} is not known yet."
        )
    return Path(path)


def mail_settings(address: str) -> dict[str, object]:
    """What an address for outgoing e-mail means.

    >>> mail_settings("smtps://mail.example:465")["EMAIL_HOST"]
    'mail.example'
    >>> mail_settings("file:///srv/mail")["EMAIL_FILE_PATH"]
    '/srv/mail'
    >>> mail_settings("pigeon://loft")
    Traceback (most recent call last):
    ValueError: IONTO_MAIL must be smtp://host:port, smtps://host:port or file:///folder, not 'pigeon'.
    """
    backends = "django.core.mail.backends"
    if not address:
        return {"EMAIL_BACKEND": f"{backends}.console.EmailBackend"}
    parts = urlsplit(address)
    if parts.scheme == "file":
        return {"EMAIL_BACKEND": f"{backends}.filebased.EmailBackend", "EMAIL_FILE_PATH": parts.path}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(
            f"IONTO_MAIL must be smtp://host:port, smtps://host:port or file:///folder, not {parts.scheme!r}."
        )
    is_tls = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": f"{backends}.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if is_tls else 587),
        "EMAIL_USE_SSL": is_tls,
        "EMAIL_USE_TLS": not is_tls,
        "EMAIL_TIMEOUT": 30,
    }


SECRET_KEY = _secret_key(DATA_DIR / "secret_key")
# Who loses it loses every device: each must then be added anew.
VAPID_KEY = _vapid_key(DATA_DIR / "vapid_key")
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("IONTO_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]

INSTALLED_APPS = [
    "ionto_web.care",
    "ionto_web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ionto_web.care.languages.InTheReadersLanguage",
    "ionto_web.care.whose_phone.WhosePhone",
    "ionto_web.care.zones.each_request_in_utc",
    "ionto_web.care.left_open.LeftOpen",
]

ROOT_URLCONF = "ionto_web.urls"
ASGI_APPLICATION = "ionto_web.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

_database = sqlite_path(os.environ.get("IONTO_DATABASE", f"sqlite:///{DATA_DIR / 'ionto.sqlite3'}"))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _database,
        "CONN_MAX_AGE": 0,
        # A medical record must not lose its last entries in a power cut: synchronous=FULL, at some cost in speed.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA mmap_size=134217728;"
                "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;"
            ),
        },
        # The live session writes from a thread of its own, so the tests need a database that threads share.
        "TEST": {"NAME": DATA_DIR / f"test-{os.getpid()}.sqlite3"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [bundles.made(DATA_DIR / "bundles")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Holds the counts of wrong passwords: so large that nobody pushes another's count out by guessing at many.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
# Django itself would only send e-mail to somebody whom it does not know.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"fault": {"()": "ionto_web.care.faults.FaultFormatter"}},
    "handlers": {"fault": {"class": "logging.StreamHandler", "level": "ERROR", "formatter": "fault"}},
    "loggers": {"django.request": {"handlers": ["fault"]}},
}

LANGUAGE_CODE = "en-gb"
# Each in its own words. A person's record says `en` or `de`.
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [catalogue.compiled(catalogue.SOURCE, DATA_DIR / "locale")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# Unless IONTO_MAIL is set, the site sends no e-mail: what it would send goes to the server's own output, for whoever
# runs it to pass on.
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
_MAIL = os.environ.get("IONTO_MAIL", "")
globals().update(mail_settings(_MAIL))
SENDS_EMAIL = bool(_MAIL)
EMAIL_HOST_USER = os.environ.get("IONTO_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("IONTO_MAIL_PASSWORD", "")
DEFAULT_FROM_EMAIL = os.environ.get("IONTO_MAIL_FROM", "ionto@localhost")
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
# The site calls these and no others, whatever a browser names as its push service.
PUSH_SERVICES = (
    "fcm.googleapis.com",
    ".push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
    *(host for host in os.environ.get("IONTO_PUSH", "").split(",") if host),
)
SITE_ADDRESS = os.environ.get("IONTO_ADDRESS", "").rstrip("/")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        # Bootstrap draws its ticks and arrows from data: images.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# Where the site's address is https, no cookie goes over plain http.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SITE_ADDRESS.startswith("https:")
CSRF_FAILURE_VIEW = "ionto_web.care.views.start.stale_form"
