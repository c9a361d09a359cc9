"""The day in one tap: from the home screen, from a message on the phone, and without a network."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from ionto.words.reading import DocumentError, document, read_json
from ionto.words.terms import Site, Wetness
from ionto_web.care import answers, notices, push
from ionto_web.care.access import own_person_for
from ionto_web.care.course import diary_sites, felt_on
from ionto_web.care.models import Person

# How long ago it was tapped, by the phone's clock, which may be wrong by years and still counts seconds.
Ago = Annotated[float, Ge(0), Le(answers.LATEST.total_seconds())]
ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-512.png", "512x512", "maskable"),
)
WORKER = ("patience.js", "today-waiting.js", "today-device.js", "today-worker.js")


@document
class Tap:
    """How the day was at one place, as the page sends it. `before` is the answer that the page showed, "" for none."""

    code: str
    site: Site
    felt: Wetness
    before: str
    ago_s: Ago


@document
class Told:
    """The answer to a message, as its worker sends it."""

    ticket: str
    said: str
    ago_s: Ago


@require_safe
@login_required
def today(request: HttpRequest) -> HttpResponse:
    person = Person.objects.filter(user=request.user).first()
    if person is None:
        return redirect("start")
    felt = felt_on(person, person.today)
    taps = [(site, felt.get(site, ""), list(Wetness)) for site in diary_sites(person)]
    answer = render(request, "care/today.html", {"person": person, "taps": taps, "on": person.today})
    answer["Cache-Control"] = "no-cache, private"
    return answer


@require_POST
@login_required
def today_tap(request: HttpRequest) -> HttpResponse:
    """A tap on the page; sent twice it counts once."""
    try:
        said = read_json(Tap, request.body)
    except DocumentError as error:
        return JsonResponse({"why": str(error)}, status=422)
    person = own_person_for(request.user, said.code)
    if said.site not in diary_sites(person):
        return JsonResponse({"why": "site: not one of this person's."}, status=422)
    try:
        answers.keep_day(person, said.site, said.felt, before=said.before, at=_at(said.ago_s), by=request.user)
    except answers.OtherAnswer as other:
        return JsonResponse({"earlier": other.earlier}, status=409)
    return JsonResponse({"kept": said.felt.value})


@csrf_exempt
@require_POST
def today_told(request: HttpRequest) -> HttpResponse:
    """The answer to a message. Its ticket came with it, encrypted, and lets its device do this one thing."""
    try:
        told = read_json(Told, request.body)
    except DocumentError as error:
        return JsonResponse({"why": str(error)}, status=422)
    reminder = notices.reminder_of(told.ticket)
    if reminder is None or reminder.person.user is None or not reminder.person.user.is_active:
        return JsonResponse({"why": "its message is not known."}, status=404)
    try:
        answers.hear(reminder, told.said, at=_at(told.ago_s), by=reminder.person.user)
    except answers.OtherAnswer:
        return JsonResponse({"why": "answered otherwise."}, status=409)
    except answers.NoSuchAnswer:
        return JsonResponse({"why": "this cannot be answered so."}, status=410)
    return JsonResponse({"kept": told.said})


@require_safe
@login_required
def today_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker of this page and of messages; it may see the addresses under its own only."""
    parts = [Path(str(finders.find(f"ionto/{name}"))).read_text("utf-8") for name in WORKER]
    named = {"ICON": static("icons/icon-192.png"), "KEY": push.public_key()}
    head = ['"use strict";', *(f"const {name} = {json.dumps(value)};" for name, value in named.items())]
    return HttpResponse(
        "\n".join([*head, *parts]), content_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


@require_safe
def manifest(_request: HttpRequest) -> HttpResponse:
    """What a home screen needs to know; it opens on the one tap."""
    icon = {"src": static("icons/icon-192.png"), "sizes": "192x192", "type": "image/png"}
    said = {
        "id": "/",
        "name": "ionto",
        "short_name": "ionto",
        "lang": get_language(),
        "start_url": reverse("today"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b5f6b",
        "icons": [
            {"src": static(f"icons/{name}"), "sizes": size, "type": "image/png", "purpose": purpose}
            for name, size, purpose in ICONS
        ],
        "shortcuts": [
            {"name": _("How was today?"), "url": reverse("today"), "icons": [icon]},
            {"name": _("Session"), "url": reverse("own_session"), "icons": [icon]},
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


def _at(ago_s: float) -> datetime:
    return timezone.now() - timedelta(seconds=ago_s)
