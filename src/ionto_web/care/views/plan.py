"""Page 3: the plan on a calendar."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ionto.exchange.calendar import calendar_of
from ionto.words.limits import EFFECTIVE_FLOOR_MIN
from ionto.words.terms import Site
from ionto_web.care.access import person_for
from ionto_web.care.course import active_plans, recommended, sessions_at
from ionto_web.care.expected import by_subject
from ionto_web.care.languages import words_of
from ionto_web.care.models import Person

FURTHEST_YEARS = 100


@dataclass
class Day:
    """One day of the month grid."""

    on: date
    in_month: bool
    is_today: bool
    planned: list[Site] = field(default_factory=list)
    done: list[Site] = field(default_factory=list)
    recommended: list[Site] = field(default_factory=list)


@require_safe
@login_required
def plan(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    plans = active_plans(person)
    first = _month(request.GET.get("month"), person.today)
    shown = {
        "person": person,
        "tab": "plan",
        "plans": [{"site": site, "record": record, "plan": each} for site, (record, each) in plans.items()],
        "first": first,
        "before": (first - timedelta(days=1)).replace(day=1),
        "after": (first + timedelta(days=31)).replace(day=1),
        "weeks": _weeks(person, first),
        "expect": by_subject({site: each.expect for site, (_, each) in plans.items()}, plans),
    }
    return render(request, "care/plan.html", shown)


@require_safe
@login_required
def plan_file(request: HttpRequest, code: str, site: str) -> HttpResponse:
    """The sessions as a calendar file."""
    person = person_for(request.user, code)
    plans = active_plans(person)
    if site not in plans:
        raise Http404
    content = calendar_of(plans[Site(site)][1], name=_("Treatment sessions"), zone=person.zone, say=words_of)
    disposition = {"Content-Disposition": f'attachment; filename="ionto-{site}.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=disposition)


def _month(said: str | None, today: date) -> date:
    """The first day of the month that is asked for, or of this one."""
    try:
        first = date.fromisoformat(f"{said}-01") if said else today.replace(day=1)
    except ValueError:
        raise Http404 from None
    if abs(first.year - today.year) > FURTHEST_YEARS:
        raise Http404
    return first


def _weeks(person: Person, first: date) -> list[list[Day]]:
    """The month in weeks from Monday, each day with its sessions."""
    today = person.today
    weeks = [
        [Day(on, on.month == first.month, on == today) for on in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    by_day = {day.on: day for week in weeks for day in week}
    for site, (record, each) in active_plans(person).items():
        had = [fact for fact in sessions_at(person, site) if fact.duration_min >= EFFECTIVE_FLOOR_MIN]
        done = {fact.at.astimezone(person.zone).date() for fact in had}
        for on in done & by_day.keys():
            by_day[on].done.append(site)
        # Once sessions have begun, the plan is a guide; a planned day in the past that was not held shows nothing.
        ahead = {planned.on for planned in each.sessions if planned.on >= max(today, record.starts_on)}
        for on in (ahead & by_day.keys()) - done:
            by_day[on].planned.append(site)
    for site, rec in recommended(person).items():
        on = rec.next_session_on
        if on in by_day and site not in by_day[on].done:
            by_day[on].recommended.append(site)
    return weeks
