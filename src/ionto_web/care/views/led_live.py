"""The hands-free session on a connected device: the same page, with what flows, and its stop. The device runs in the
server; the page says that it is there, and when it is not heard any more the current goes down without it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import MaxLen
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from ionto.treat.events import SessionPlan, session_plan
from ionto.treat.guards import STALE_S
from ionto.treat.runner import PRESSES
from ionto.words.reading import DocumentError, document, read_json
from ionto.words.terms import Site
from ionto_web.care import actions, live
from ionto_web.care.access import person_for, session_for
from ionto_web.care.course import active_plans, recommended, running_session, why_not_now
from ionto_web.care.languages import unread
from ionto_web.care.lead import BEAT_S, LEAD_IN_S, SILENT_S
from ionto_web.care.led import led_words, said_to, site_named, words_in
from ionto_web.care.models import Person, SessionRecord
from ionto_web.care.views.session import _next_session

# The last line of the checklist, which only this page has.
READY = "ready"


@document
class LedStart:
    """What was ticked, the page that leads, as its browser named itself, and the speed of the simulation."""

    ticked: Annotated[tuple[str, ...], MaxLen(40)]
    page: UUID
    speed_ratio: Literal[1, 20, 60] = 1


@document
class LedBeat:
    """A page says that it is there."""

    page: UUID


def addresses(record: SessionRecord) -> dict[str, Any]:
    """Where a page watches, steers and ends this session."""
    return {
        "id": str(record.pk),
        "stream": reverse("session_stream", args=[record.pk]),
        "beat": reverse("session_beat", args=[record.pk]),
        "press": {name: reverse("session_press", args=[record.pk, name]) for name in PRESSES},
        "comfort": reverse("session_comfort", args=[record.pk]),
        "record": reverse("session", args=[record.pk]),
        "minutes": read_json(SessionPlan, record.session_plan).duration_min,
    }


def live_data(person: Person, site: Site, plan: SessionPlan) -> dict[str, Any]:
    """What the page needs besides its words. None of its numbers are the page's own."""
    record = running_session(person)
    runs = record is not None and live.running(record.pk) is not None and record.prescription.site == site
    return {
        "running": addresses(record) if record is not None and runs else None,
        "beat_s": BEAT_S,
        "silent_s": SILENT_S,
        "stale_s": STALE_S,
        "lead_in_s": LEAD_IN_S,
        # As long as nothing has been seen of it.
        "falls_s": live.falls_s(plan, plan.cap_current_ma),
    }


@require_POST
@login_required
def led_start(request: HttpRequest, code: str, site: str) -> HttpResponse:
    """The start, when every line is ticked."""
    person, place = person_for(request.user, code), site_named(site)
    try:
        asked = read_json(LedStart, request.body)
    except DocumentError as error:
        return JsonResponse({"why": said_to(person, unread(error))}, status=422)
    if missing := _not_ticked(person, place, asked.ticked):
        why = words_in(person.language)["unticked"].format(lines=" ".join(missing))
        return JsonResponse({"why": why}, status=422)
    if person.has_closed_device or place not in active_plans(person):
        return JsonResponse({"why": said_to(person, "There is no plan for a connected device here.")}, status=409)
    refusal = why_not_now(person, place, recommended(person)[place])
    if refusal is not None:
        return JsonResponse({"why": said_to(person, refusal)}, status=409)
    record, plan = active_plans(person)[place]
    try:
        led_by = session_plan(plan.prescription, _next_session(person, place))
        started = actions.start_session(record, led_by, by=request.user)
    except actions.SessionRunning:
        # Pressed twice, or begun on another page: that one is watched.
        running = running_session(person)
        assert running is not None
        return JsonResponse({"running": addresses(running)})
    live.start(started, speed_ratio=asked.speed_ratio, led_by=str(asked.page))
    return JsonResponse({"running": addresses(started)}, status=201)


def _not_ticked(person: Person, site: Site, ticked: tuple[str, ...]) -> list[str]:
    """The lines that the device waits for, as the person reads them."""
    words = words_in(person.language)
    place = words["sites"][site.value]
    lines = {check.key: getattr(check, person.language).format(site=place) for check in led_words().check}
    return [line for key, line in (lines | {READY: words["live_ready"]}).items() if key not in ticked]


@require_POST
@login_required
def session_beat(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A page says that it is there, and hears whether it leads."""
    record = session_for(request.user, session_id)
    try:
        page = read_json(LedBeat, request.body).page
    except DocumentError as error:
        return JsonResponse({"why": said_to(record.person, unread(error))}, status=422)
    leads = live.beat(record.pk, str(page))
    return JsonResponse({"leads": bool(leads), "runs": live.running(record.pk) is not None})
