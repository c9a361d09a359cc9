"""The hands-free session: its page on any device, what a page that leads a closed one sends, and the worker that keeps
it off the network. What a connected device adds stands in led_live.py."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from annotated_types import Ge, MaxLen
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ionto.treat.events import session_plan
from ionto.treat.prompts import Language, prompt_words
from ionto.words.reading import DocumentError, document, read_json
from ionto_web.care import led_kept
from ionto_web.care.access import person_for
from ionto_web.care.course import active_plans, recommended, why_not_now
from ionto_web.care.languages import unread
from ionto_web.care.led import (
    Posted,
    answer_of,
    device_in_words,
    led_words,
    page_data,
    plan_data,
    said_to,
    site_named,
    words_in,
)
from ionto_web.care.led_open import ASK_S, heard_of, is_taken, open_session
from ionto_web.care.live import SPEEDS
from ionto_web.care.views.led_live import READY, live_data
from ionto_web.care.views.session import _next_session


@require_safe
@login_required
def led(request: HttpRequest, code: str, site: str) -> HttpResponse:
    """The page that leads a session, or shows one that a connected device gives."""
    person, place = person_for(request.user, code), site_named(site)
    if place not in active_plans(person):
        return redirect("prepare", code=person.code)
    record, plan = active_plans(person)[place]
    advice, words, is_live = recommended(person)[place], words_in(person.language), not person.has_closed_device
    prescribed, spoken = plan.prescription, prompt_words(Language(person.language))
    led_by = session_plan(prescribed, _next_session(person, place))
    filled = {
        "site": words["sites"][site],
        "device": device_in_words(person, person.language),
        "minutes": spoken.number(prescribed.duration_min),
        "aim_ma": spoken.number(led_by.current_ma),
    }
    refusal = why_not_now(person, place, advice)
    refusal = refusal and said_to(person, refusal)
    data = page_data(person, place) | {"refusal": refusal}
    shown: dict[str, Any] = {
        "person": person,
        "site": place,
        "w": words,
        "live": is_live,
        "refusal": refusal,
        "rule_short": words["rule_short"][site],
    }
    # What only needs a night's rest is said with its day, so that the page leads again then, without a network too.
    tomorrow = person.today + timedelta(days=1)
    rests = refusal is not None and why_not_now(person, place, advice, on=tomorrow) is None
    if refusal is None or rests:
        if not is_live:
            data |= plan_data(person, record.pk, led_by) | {"ask_s": ASK_S}
            data |= {"not_before": tomorrow.isoformat() if rests else None}
        shown |= _before(words, filled, person.language, live=is_live)
        first = words["live_ready"] if is_live else data["timeline"]["steps"][0]["says"][0]["text"]
        due = advice.next_session_on
        shown |= {"last_check": first, "early": due.isoformat() if due and due > person.today else ""}
    if is_live:
        data |= live_data(person, place, led_by)
    shown["data"] = data
    answer = render(request, "care/led.html", shown)
    answer["Cache-Control"] = "no-cache, private"
    return answer


def _before(words: dict[str, Any], filled: dict[str, str], language: str, *, live: bool) -> dict[str, Any]:
    """The checklist, and what stands around it."""
    checks = [(check, getattr(check, language).format(**filled)) for check in led_words().check]
    advice = [(advice, getattr(advice, language)) for advice in led_words().advice]
    return {
        "lead": words["live_lead" if live else "lead"].format(**filled),
        "rule": words["live_rule" if live else "rule"],
        "last_key": READY if live else "zero",
        "checks": checks,
        "advice": advice,
        "cited": list(dict.fromkeys(key for check, _ in [*checks, *advice] for key in check.sources)),
        "speeds": [(ratio, words[f"speed_{ratio}"]) for ratio in SPEEDS] if live else [],
    }


@require_POST
@login_required
def led_events(request: HttpRequest, code: str, site: str) -> HttpResponse:
    """What a page wrote down; sent twice it counts once."""
    person, place = person_for(request.user, code), site_named(site)
    try:
        posted = read_json(Posted, request.body)
        fact = led_kept.keep_led(person, place, posted, by=request.user, heard_at=timezone.now())
    except signing.BadSignature:
        return JsonResponse({"why": said_to(person, "Its ticket is not from here.")}, status=422)
    except DocumentError as error:
        return JsonResponse({"why": said_to(person, unread(error))}, status=422)
    except led_kept.NotThisSession as error:
        return JsonResponse({"why": said_to(person, str(error))}, status=409)
    told: dict[str, Any] = {"kept": sorted({str(each.id) for each in posted.events})}
    if is_taken(person, posted.session, posted.events[0].phone):
        told["taken"] = True
    elif fact is not None:
        told |= answer_of(person, place, recommended(person).get(place), fact)
        told["record"] = reverse("session", args=[posted.session])
    return JsonResponse(told)


@document
class LedAsk:
    """A phone says which session it leads and how far it is, or that it leads none."""

    phone: Annotated[str, MaxLen(36)]
    session: UUID | None = None
    t_s: Annotated[float, Ge(0)] = 0.0


@require_POST
@login_required
def led_open(request: HttpRequest, code: str, site: str) -> HttpResponse:
    """Whether a session is open here, and whether another phone has gone on with the one that is asked for."""
    person, place = person_for(request.user, code), site_named(site)
    try:
        asked = read_json(LedAsk, request.body)
    except DocumentError as error:
        return JsonResponse({"why": said_to(person, unread(error))}, status=422)
    if asked.session is None:
        return JsonResponse({"open": open_session(person, place)})
    heard_of(person, asked.session, asked.phone, asked.t_s)
    return JsonResponse({"taken": is_taken(person, asked.session, asked.phone)})


@require_safe
@login_required
def led_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker; it may see the addresses under its own only."""
    found = finders.find("ionto/led-worker.js")
    assert isinstance(found, str)
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(Path(found).read_text("utf-8"), content_type="text/javascript", headers=headers)
