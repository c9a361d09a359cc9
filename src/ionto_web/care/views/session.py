"""Page 4: a session on the simulated device, from the checklist to how the skin feels afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ionto.prescribe import PlannedSession, habit_in, next_first_anode
from ionto.treat.events import SessionPlan, session_plan
from ionto.treat.plain import FAULTS, KEYS, NOTICES
from ionto.treat.runner import PRESSES
from ionto.words.limits import EFFECTIVE_FLOOR_MIN
from ionto.words.reading import read_json
from ionto.words.terms import Site
from ionto_web.care import actions, live
from ionto_web.care.access import person_for, session_for
from ionto_web.care.course import active_plans, recommended, running_session, sessions_at, why_not_now
from ionto_web.care.forms.session import ComfortForm, PrepareForm
from ionto_web.care.languages import spoken_language, words_of
from ionto_web.care.led import answer_of, device_in_words
from ionto_web.care.models import Person, SessionRecord

# Ten pictures a second are smooth to the eye.
PICTURE_S = 0.1
# The buttons that stay in sight; the others steer.
FIRST = ("stop_pressed", "pain_reported")
# Who says what to look at when the circuit was open.
CONTACT_SOURCES = ("DERMADRY", "HIDREX-SAFE")


@require_http_methods(["GET", "POST"])
@login_required
def prepare(request: HttpRequest, code: str) -> HttpResponse:
    """The checklist, and the start."""
    person = person_for(request.user, code)
    _bring_in_lost(person)
    plans, advice = active_plans(person), recommended(person)
    if request.method == "POST" and request.POST.get("site") not in plans:
        # What was ticked was ticked for another place.
        return redirect("prepare", code=person.code)
    site = _chosen_site(request.POST.get("site") or request.GET.get("site"), list(plans))
    running = running_session(person)
    if running is not None:
        return redirect("session", session_id=running.pk)
    shown: dict[str, Any] = {"person": person, "tab": "session", "sites": list(plans), "site": site}
    if site is None:
        return render(request, "care/prepare.html", shown)
    record, plan = plans[site]
    refusal = why_not_now(person, site, advice[site])
    if person.has_closed_device:
        # A simulated session has no place in the record of somebody who treats themselves.
        shown |= {
            "device": device_in_words(person, spoken_language()),
            "refusal": refusal,
            "prescription": plan.prescription,
        }
        shown |= {"advice": advice[site], "past": SessionRecord.objects.filter(prescription__person=person)[:5]}
        return render(request, "care/prepare_led.html", shown, status=422 if request.method == "POST" else 200)
    form = PrepareForm(request.POST if request.method == "POST" else None, site=site)
    if request.method == "POST" and refusal is None and form.is_valid():
        planned = _next_session(person, site)
        try:
            started = actions.start_session(record, session_plan(plan.prescription, planned), by=request.user)
        except actions.SessionRunning:
            return redirect("prepare", code=person.code)
        live.start(started, speed_ratio=form.cleaned_data["speed_ratio"])
        return redirect("session", session_id=started.pk)
    shown |= {
        "form": form,
        "refusal": refusal,
        "prescription": plan.prescription,
        "advice": advice[site],
        "is_early": advice[site].next_session_on is not None and advice[site].next_session_on > person.today,
        "past": SessionRecord.objects.filter(prescription__person=person)[:5],
    }
    return render(request, "care/prepare.html", shown, status=422 if request.method == "POST" else 200)


@require_GET
@login_required
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The session as it runs; when it has ended, what it delivered and the questions about comfort."""
    record = session_for(request.user, session_id)
    if live.recovered(record):
        record.refresh_from_db()
    person, site = record.person, Site(record.prescription.site)
    shown: dict[str, Any] = {"person": person, "tab": "session", "record": record, "site": site}
    if record.status == SessionRecord.Status.RUNNING:
        running = live.running(record.pk)
        picture = _told(running.shown()) if running else None
        may_resume = picture is not None and "resume_pressed" in picture["possible"]
        shown |= {
            "picture": picture,
            "steer": [(name, key) for key, name in KEYS.items() if name not in FIRST],
            # A break and its end share a place.
            "hidden": {"pause_pressed"} if may_resume else {"resume_pressed"},
        }
        return render(request, "care/session.html", shown)
    summary, plan = json.loads(record.summary), read_json(SessionPlan, record.session_plan)
    advice = recommended(person).get(site)
    is_today = person.today in {at.astimezone(person.zone).date() for at in (record.started_at, _ended_at(record))}
    was_cut_short = summary["held_min"] < EFFECTIVE_FLOOR_MIN and summary["fault"] in {None, "contact_lost"}
    shown |= {
        "summary": summary,
        "plan": plan,
        "contact_sources": CONTACT_SOURCES,
        "part": summary["delivered"]["charge_ma_min"] / (plan.current_ma * plan.duration_min),
        "notices": [NOTICES[name] for name in summary.get("notices", ()) if name in NOTICES],
        "fault": FAULTS.get(summary["fault"], summary["fault"]),
        "is_today": is_today,
        "may_again": is_today and was_cut_short and advice is not None and why_not_now(person, site, advice) is None,
        "form": ComfortForm(),
        "advice": advice,
    }
    return render(request, "care/session_over.html", shown)


@require_GET
@login_required
async def stream(request: HttpRequest, session_id: UUID) -> HttpResponseBase:
    """The running session as server-sent events: first what was, then ten pictures a second until it has ended."""
    user = await request.auser()
    record = await sync_to_async(session_for)(user, session_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}
    return StreamingHttpResponse(
        _pictures(record.pk, get_language()), content_type="text/event-stream", headers=headers
    )


async def _pictures(record_id: UUID, language: str | None) -> AsyncIterator[str]:
    running = live.running(record_id)
    if running is None:
        yield _event("gone", {})
        return
    shown_count = len(running.points)
    yield _event("points", running.points[:shown_count])
    while True:
        fresh = running.points[shown_count:]
        shown_count += len(fresh)
        with override(language):
            picture = _told(running.shown())
        yield _event("picture", {**picture, "points": fresh})
        if running.is_kept or live.running(record_id) is None:
            yield _event("gone", {})
            return
        await asyncio.sleep(PICTURE_S)


def _told(picture: dict[str, Any]) -> dict[str, Any]:
    """The moment in the language of the page."""
    return {
        **picture,
        "phase_words": words_of(picture["phase_words"]),
        "told": [words_of(sentence) for sentence in picture["told"]],
    }


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


@require_POST
@login_required
def press(request: HttpRequest, session_id: UUID, name: str) -> HttpResponse:
    """Something pressed on the page: stop, it hurts, a break, go on, less, more, end early."""
    record = session_for(request.user, session_id)
    if name not in PRESSES:
        return HttpResponseBadRequest(f"{name} is not something to press.", content_type="text/plain")
    # The device first, the record of it after.
    heard = live.press(record.pk, name, once=request.GET.get("once"))
    if heard:
        actions.hear_press(record, name, by=request.user)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"heard": heard}, status=202 if heard else 409)
    return redirect("session", session_id=record.pk)


@require_POST
@login_required
def comfort(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """What was felt, kept as side effects; then on to the progress."""
    record = session_for(request.user, session_id)
    form = ComfortForm(request.POST)
    if record.status == SessionRecord.Status.RUNNING or not form.is_valid():
        return redirect("session", session_id=record.pk)
    # As of the session's end, so that the same said twice is the same.
    facts = form.facts(Site(record.prescription.site), _ended_at(record))
    actions.keep_facts(record.person, facts, by=request.user)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(_answer(record))
    return redirect("progress", code=record.person.code)


def _answer(record: SessionRecord) -> dict[str, Any]:
    """What the hands-free page shows when it is over."""
    person, site = record.person, Site(record.prescription.site)
    (fact,) = [fact for fact in sessions_at(person, site) if fact.at == record.started_at]
    told = answer_of(person, site, recommended(person).get(site), fact)
    return told | {"record": reverse("session", args=[record.pk])}


def _ended_at(record: SessionRecord) -> datetime:
    return record.ended_at or record.started_at


def _bring_in_lost(person: Person) -> None:
    """Sessions that a dead server left behind, read back from their journals."""
    for record in SessionRecord.objects.filter(
        prescription__person=person, status=SessionRecord.Status.RUNNING
    ).select_related("prescription__person"):
        live.recovered(record)


def _chosen_site(said: str | None, sites: list[Site]) -> Site | None:
    return Site(said) if said in sites else (sites[0] if sites else None)


def _next_session(person: Person, site: Site) -> PlannedSession:
    """Today's session: the recommended current, and the anode on the side whose turn it is."""
    _, plan = active_plans(person)[site]
    advice, prescribed = recommended(person)[site], plan.prescription
    phase: Literal["induction", "maintenance"] = "maintenance" if advice.phase == "maintenance" else "induction"
    habit = habit_in(phase, prescribed.polarity)
    return PlannedSession(
        on=person.today,
        phase=phase,
        first_anode=next_first_anode(sessions_at(person, site), habit, prescribed.worse_side),
        current_ma=min(advice.current_ma, prescribed.target_current_ma) or prescribed.start_current_ma,
    )
