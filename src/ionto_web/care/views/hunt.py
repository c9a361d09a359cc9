"""It does not work: a guided hunt for the cause, one question a page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ionto.follow.alerts import RED
from ionto.follow.recommendation import ResponseReview
from ionto.words.terms import Answer, Cause, Site
from ionto_web.care import answers
from ionto_web.care.access import person_for
from ionto_web.care.course import causes_kept, fact_from, recommended
from ionto_web.care.hunt import STEPS, Hunt, Step, hunt_of
from ionto_web.care.models import Person

# What the record knows better than anybody's memory.
COUNTED = {Cause.SESSIONS, Cause.CURRENT}


@require_http_methods(["GET", "POST"])
@login_required
def hunt(request: HttpRequest, code: str, site: str) -> HttpResponse:
    """The question that is open, `?step=` one asked before, `&anew=yes` all from there on, or what came of it."""
    person = person_for(request.user, code)
    advised = recommended(person)
    if site not in advised:
        raise Http404
    if request.method == "POST":
        return _answered(request, person, Site(site))
    hunted = hunt_of((fact_from(record.body) for record in causes_kept(person, Site(site))), Site(site))
    asked = _step(request.GET.get("step")) or hunted.next_step
    advice = advised[Site(site)]
    shown = {
        "person": person,
        "tab": "progress",
        "site": site,
        "advice": advice,
        "stops": [alert for alert in advice.alerts if alert.level in RED],
        "asked": asked,
        "anew": request.GET.get("anew") == "yes",
        "earlier": next((said for said in hunted.said if said.step is asked), None),
        "record_says": _record_says(advice.review, asked, hunted),
        "number": STEPS.index(asked) + 1 if asked else len(STEPS),
        "count": len(STEPS),
        "before": [said for said in hunted.said if said.step is not asked],
        "hunted": hunted,
        "answers": list(Answer),
        "asks_clinician": not hunted.causes
        or advice.next_session_on is None
        or any(cause.asks_clinician for cause in hunted.causes),
    }
    return render(request, "care/hunt.html", shown)


def _answered(request: HttpRequest, person: Person, site: Site) -> HttpResponse:
    """The answer into the record, then the next question: the next of all, or the next that has no answer."""
    step, said = _step(request.POST.get("step")), request.POST.get("answer")
    if step is None or said not in set(Answer):
        raise Http404
    answers.keep_cause(person, site, step.key, step.turned(Answer(said)), by=request.user)
    place, after = reverse("hunt", args=[person.code, site.value]), STEPS[STEPS.index(step) + 1 :]
    if request.POST.get("anew") == "yes" and after:
        return redirect(f"{place}?step={after[0].key}&anew=yes")
    return redirect(place)


def _step(key: str | None) -> Step | None:
    return next((step for step in STEPS if step.key == key), None)


def _record_says(review: ResponseReview, asked: Step | None, hunted: Hunt) -> str | None:
    """What the record knows of the question; what the person themselves said of it stands there already."""
    if asked is None or (asked.key not in COUNTED and any(said.step is asked for said in hunted.said)):
        return None
    found = [check.finding for check in review.checks if check.check == asked.key and check.settled is not None]
    return found[0] if found else None
