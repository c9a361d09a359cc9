"""It does not work: a guided hunt for the cause, one question a page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ionto.follow.alerts import RED
from ionto.words.terms import Site
from ionto_web.care.access import person_for
from ionto_web.care.course import recommended
from ionto_web.care.hunt import ANSWERS, STEPS, found, next_step, not_known


@require_http_methods(["GET", "POST"])
@login_required
def hunt(request: HttpRequest, code: str, site: str) -> HttpResponse:
    """The question that is open, `?step=` one asked before, or what came of it. An answer is kept with the sign-in."""
    person = person_for(request.user, code)
    advised = recommended(person)
    if site not in advised:
        raise Http404
    place = f"hunt-{person.code}-{site}"
    answered: dict[str, str] = dict(request.session.get(place, {}))
    keys = [step.key for step in STEPS]
    if request.method == "POST":
        step, answer = request.POST.get("step"), request.POST.get("answer")
        if step == "again":
            answered = {}
        elif step in keys and answer in ANSWERS:
            answered[str(step)] = str(answer)
        else:
            raise Http404
        request.session[place] = answered
        return redirect("hunt", code=person.code, site=site)
    asked = next((step for step in STEPS if step.key == request.GET.get("step")), None) or next_step(answered)
    advice = advised[Site(site)]
    causes = found(answered)
    shown = {
        "person": person,
        "tab": "progress",
        "site": site,
        "advice": advice,
        "stops": [alert for alert in advice.alerts if alert.level in RED],
        "asked": asked,
        "number": keys.index(asked.key) + 1 if asked else len(keys),
        "count": len(keys),
        "before": [(step, answered[step.key]) for step in STEPS if step.key in answered and step is not asked],
        "causes": causes,
        "not_known": not_known(answered),
        "asks_clinician": not causes or any(cause.asks_clinician for cause in causes),
    }
    return render(request, "care/hunt.html", shown)
