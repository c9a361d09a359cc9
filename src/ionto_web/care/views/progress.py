"""Page 6: progress, and the next session."""

from __future__ import annotations

import math
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ionto.exchange.outlook import outlook_rows, outlook_svg, outlook_words
from ionto.follow.recommendation import Recommendation
from ionto.words.records import ClearedFact
from ionto.words.terms import AlertLevel, CoursePhase, Site
from ionto_web.care import actions
from ionto_web.care.access import clinician_name, person_for
from ionto_web.care.course import active_plans, fact_from, recommended, standing_facts, why_not_now
from ionto_web.care.hunt import hunt_of
from ionto_web.care.models import Person
from ionto_web.care.templatetags.plain import percent

RED = (AlertLevel.RED_LOCAL, AlertLevel.RED_SYSTEMIC)


@require_safe
@login_required
def progress(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    facts = [fact_from(record.body) for record in standing_facts(person)]
    may_clear = clinician_name(request.user, person) is not None
    sites = [
        {
            "site": site,
            "advice": advice,
            "on_hold": advice.phase is CoursePhase.PAUSED,
            "why": _why_beside_alerts(advice),
            "is_due": advice.next_session_on is not None and advice.next_session_on <= person.today,
            "refusal": why_not_now(person, site, advice),
            "may_be_cleared": may_clear and any(alert.level in RED for alert in advice.alerts),
            "outlook": _outlook(advice, person, site),
            "picture": _picture(person, site, facts, advice),
            "picture_id": f"picture-{site.value}",
            "past": _past(site, facts)[:12],
            "weeks_ahead": advice.forecast[::7],
            "what_if": _what_if(advice, site),
            "so_far": _so_far(person, site, facts, advice),
            "hunted": hunt_of(facts, site),
        }
        for site, advice in recommended(person).items()
    ]
    shown = {"person": person, "tab": "progress", "sites": sites, "seen": _last_felt(person) if may_clear else ""}
    return render(request, "care/progress.html", shown)


@require_POST
@login_required
def clear(request: HttpRequest, code: str, site: str) -> HttpResponse:
    person = person_for(request.user, code)
    name, advice = clinician_name(request.user, person), recommended(person)
    stopped = site in advice and any(alert.level in RED for alert in advice[Site(site)].alerts)
    if name is None or not stopped:
        raise Http404
    if request.POST.get("seen") != _last_felt(person):
        messages.warning(
            request, _("Another side effect was written down after you had opened this page. Look at it as well.")
        )
        return redirect("progress", code=person.code)
    fact = ClearedFact(site=Site(site), at=timezone.now(), cleared_by=name[:80])
    actions.keep_facts(person, [fact], by=request.user)
    return redirect("progress", code=person.code)


def _last_felt(person: Person) -> str:
    """The side effect that was written down last, by its number: whoever clears says up to where they have looked."""
    return str(person.facts.filter(kind="side_effect").order_by("-pk").values_list("pk", flat=True).first())


def _why_beside_alerts(advice: Recommendation) -> list[str]:
    """The reasons that do not stand in an alert already."""
    told = {sentence for alert in advice.alerts for sentence in (alert.why, alert.do)}
    return [sentence for sentence in advice.why if sentence not in told]


def _outlook(advice: Recommendation, person: Person, site: Site) -> dict[str, Any]:
    """Until when it probably lasts: as a picture, in words, and as a table."""
    return {
        "svg": mark_safe(outlook_svg(advice, person.today, name=f"outlook-{site.value}")),  # noqa: S308 - made of dates
        "words": outlook_words(advice),
        "rows": outlook_rows(advice),
    }


def _what_if(advice: Recommendation, site: Site) -> dict[str, Any] | None:
    """Every day ahead without a session until then, in words; None where there is none to wait with."""
    if advice.next_session_on is None:
        return None
    kept = {day.on: day.controlled_prob for day in advice.forecast}
    days = [
        {
            "on": date_format(day.on, _("l j F")),
            "words": _("No session until %(day)s: the chance that you are dry enough then is %(chance)s.")
            % {"day": date_format(day.on, _("l j F")), "chance": percent(day.controlled_prob)}
            # One number alone says nothing: what the same day would be with the sessions stands beside it.
            + (" " + _("With the sessions on their days: %s.") % percent(kept[day.on]) if day.on in kept else ""),
        }
        for day in advice.skipped
    ]
    waits_until = advice.may_wait_until or advice.next_session_on
    start = next((place for place, day in enumerate(advice.skipped) if day.on >= waits_until), 0)
    last = len(days) - 1
    return {"days": days, "last": last, "start": start, "id": f"skipped-{site.value}", "table": advice.skipped[::7]}


def _so_far(person: Person, site: Site, facts: list[Any], advice: Recommendation) -> dict[str, Any]:
    """Sessions and time so far. How many fewer than a fixed week asks for is said only of somebody who is dry by them:
    to whom the sweating is back, or not gone yet, it would praise what was missing."""
    held = [fact for fact in facts if fact.kind == "session" and fact.site is site]
    if not held:
        return {"count": 0}
    since = held[0].at.astimezone(person.zone).date()
    per_week = active_plans(person)[site][1].prescription.sessions_per_week
    fixed = math.ceil(((person.today - since).days + 1) / 7 * per_week)
    stays_dry = advice.phase is CoursePhase.MAINTENANCE and advice.dry_until is not None
    duration_min = sum(fact.duration_min for fact in held)
    return {
        "count": len(held),
        "since": since,
        "minutes": round(duration_min),
        "hours": duration_min / 60,
        "per_week": per_week,
        "fixed": fixed,
        "saved": fixed - len(held) if stays_dry else 0,
    }


def _past(site: Site, facts: list[Any]) -> list[Any]:
    """Sessions and entries, the latest first."""
    return [fact for fact in reversed(facts) if fact.site is site and fact.kind not in {"side_effect", "cause"}]


def _picture(person: Person, site: Site, facts: list[Any], advice: Recommendation) -> dict[str, Any]:
    """What the picture shows, in plain data: times are seconds, the page's library wants them so. On hold it has no
    forecast."""
    here = [fact for fact in facts if fact.site is site]

    def noon_s(day: Any) -> float:
        return datetime.combine(day, time(12), person.zone).timestamp()

    return {
        "zone": person.timezone,
        "today_s": noon_s(person.today),
        "next_s": noon_s(advice.next_session_on) if advice.next_session_on else None,
        "sessions": [fact.at.timestamp() for fact in here if fact.kind == "session"],
        "ratings": [[fact.at.timestamp(), fact.score] for fact in here if fact.kind == "rating"],
        "hdss": [[fact.at.timestamp(), fact.score] for fact in here if fact.kind == "hdss"],
        "sweat": [[fact.at.timestamp(), fact.sweat_mg_per_min] for fact in here if fact.kind == "sweat_rate"],
        "forecast": [
            [noon_s(day.on), day.sweat_mg_per_min.p05, day.sweat_mg_per_min.p50, day.sweat_mg_per_min.p95]
            for day in advice.forecast
            if advice.phase is not CoursePhase.PAUSED
        ],
    }
