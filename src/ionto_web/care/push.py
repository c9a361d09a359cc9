"""SHELL. Web Push: the browsers that take a person's messages, and a message on its way to one of them.

A message goes through the push service of the browser's maker, encrypted for that browser alone (RFC 8291), signed with
the site's own key (RFC 8292). The service learns that there is a message, when, and how long it is, not what it says.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush
from requests import Session

from ionto_web.care.audit import audit as _audit
from ionto_web.care.models import Person, PushDevice

WAIT_S = 20.0
GONE = {404, 410}
# Of one person; who adds another loses the oldest.
MOST_DEVICES = 10
THIS_MACHINE = {"localhost", "127.0.0.1"}


class Gone(Exception):
    """The browser has ended its subscription."""


class NotTaken(OSError):
    """The push service did not take the message; it may take it later."""


@lru_cache(maxsize=2)
def _vapid(key: str) -> Vapid02:
    return Vapid02.from_string(key)


def public_key() -> str:
    """The site's key as a browser wants it when it subscribes: base64url of the point."""
    point = _vapid(settings.VAPID_KEY).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _base64url(point)


def wrong_with(endpoint: str, p256dh: str, auth: str) -> str | None:
    """What keeps these from being a browser's address and keys, in one sentence; None when nothing does."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    is_known = any(host == name or (name.startswith(".") and host.endswith(name)) for name in settings.PUSH_SERVICES)
    # The server calls this address: it must be a push service, and nothing inside the operator's own network.
    if not is_known or (parts.scheme != "https" and host not in THIS_MACHINE) or parts.username or parts.port == 0:
        return "endpoint: this push service is not known here."
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
    except (ValueError, binascii.Error):
        return "p256dh: this is not a point of P-256."
    try:
        return None if len(_bytes(auth)) == 16 else "auth: this must be 16 bytes."
    except (ValueError, binascii.Error):
        return "auth: this must be 16 bytes."


@transaction.atomic
def add_device(person: Person, *, name: str, endpoint: str, p256dh: str, auth: str, by: User) -> PushDevice:
    """The browser takes this person's messages from now on, and nobody else's: it is one person's at a time."""
    PushDevice.objects.filter(endpoint=endpoint).exclude(person=person).delete()
    device, is_new = PushDevice.objects.update_or_create(
        endpoint=endpoint, defaults={"person": person, "name": name, "p256dh": p256dh, "auth": auth, "ended_at": None}
    )
    if is_new:
        _audit(by, person, "device_added", f"device {device.pk}")
        for old in person.push_devices.order_by("-added_at", "-id")[MOST_DEVICES:]:
            remove_device(old, by=by)
    return device


@transaction.atomic
def renew_device(person: Person, *, old: str, endpoint: str, p256dh: str, auth: str, by: User) -> PushDevice | None:
    """The address that a browser has now, in place of its old one; sent again, it is known.

    None when this person has no device of either address: what was removed does not come back by itself.
    """
    mine = person.push_devices
    device = mine.filter(endpoint=endpoint).first() or mine.filter(endpoint=old).first()
    if device is None:
        return None
    PushDevice.objects.filter(endpoint=endpoint).exclude(pk=device.pk).delete()
    mine.filter(endpoint=old).exclude(pk=device.pk).delete()
    device.endpoint, device.p256dh, device.auth, device.ended_at = endpoint, p256dh, auth, None
    device.save(update_fields=["endpoint", "p256dh", "auth", "ended_at"])
    _audit(by, person, "device_renewed", f"device {device.pk}")
    return device


@transaction.atomic
def end_device(device: PushDevice, *, by: User) -> None:
    """Its browser takes no more messages. What was to be sent there waits for the browser's next address."""
    PushDevice.objects.filter(pk=device.pk).update(ended_at=timezone.now())
    _audit(by, device.person, "device_ended", f"device {device.pk}")


@transaction.atomic
def remove_device(device: PushDevice, *, by: User) -> None:
    """Nothing is sent there any more, and what it was asked can no longer be answered there."""
    _audit(by, device.person, "device_removed", f"device {device.pk}")
    device.delete()


def send(device: PushDevice, message: bytes, *, topic: str, ttl_s: int) -> None:
    """The message to the device's push service, which keeps it for `ttl_s` at most.

    A later message of the same topic takes the place of one that the service still holds.

    Raises
    ------
    Gone
        When the browser has ended its subscription.
    NotTaken
        When the service did not take the message, for any other reason.
    """
    at = settings.SITE_ADDRESS
    with _OneHop() as session:
        try:
            webpush(
                {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}},
                message,
                _vapid(settings.VAPID_KEY),
                {"sub": at if at.startswith("https:") else f"mailto:{settings.DEFAULT_FROM_EMAIL}"},
                timeout=WAIT_S,
                ttl=ttl_s,
                headers={"Topic": topic, "Urgency": "normal"},
                requests_session=session,
            )
        except WebPushException as error:
            if error.status_code in GONE:
                raise Gone from None
            raise NotTaken(f"the push service answered {error.status_code}") from None


class _OneHop(Session):
    """Goes where it is sent, by no proxy's or password file's leave, and nowhere further."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = 0


def until_s(now: datetime, until: datetime) -> int:
    """The whole seconds until a moment; 0 when it has passed."""
    return max(0, int((until - now).total_seconds()))


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
