"""Page 6: progress, and the next session."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ionto.follow.recommendation import Recommendation
from ionto.words.terms import Site
from ionto_web.care.access import person_for
from ionto_web.care.course import fact_from, recommended, standing_facts, why_not_now
from ionto_web.care.models import Person


@require_GET
@login_required
def progress(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    facts = [fact_from(record.body) for record in standing_facts(person)]
    sites = [
        {
            "site": site,
            "advice": advice,
            "is_due": advice.next_session_on is not None and advice.next_session_on <= person.today,
            "refusal": why_not_now(person, site, advice),
            "picture": _picture(person, site, facts, advice),
            "picture_id": f"picture-{site.value}",
            "past": list(reversed([fact for fact in facts if fact.site is site and fact.kind != "side_effect"]))[:12],
            "weeks_ahead": advice.forecast[::7],
        }
        for site, advice in recommended(person).items()
    ]
    return render(request, "care/progress.html", {"person": person, "tab": "progress", "sites": sites})


def _picture(person: Person, site: Site, facts: list[Any], advice: Recommendation) -> dict[str, Any]:
    """What the picture shows, in plain data: times are seconds, the page's library wants them so."""
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
        ],
    }
