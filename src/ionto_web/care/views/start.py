"""The landing page, and the way in after signing in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from ionto_web.care import actions, left_open
from ionto_web.care.languages import spoken_language
from ionto_web.care.models import Membership, Person


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("start")
    # The claims on the landing page are those of facts 11.4.
    return render(request, "care/landing.html", {"landing_sources": ("GUL26", "KAR02", "HHUK", "DOL04")})


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Those who work at a clinic see its list; everyone else their own record, made at the first visit."""
    person = Person.objects.filter(user=request.user).first()
    if person is None and Membership.objects.filter(user=request.user).exists():
        return redirect("persons")
    if person is None:
        person = actions.welcome_person(by=request.user, user=request.user, language=spoken_language())
    return redirect("progress" if person.prescriptions.exists() else "consultation", code=person.code)


@require_safe
@login_required
def own_session(request: HttpRequest) -> HttpResponse:
    """Whoever comes from the home screen, or from a reminder, goes to their own session."""
    person = Person.objects.filter(user=request.user).first()
    return redirect("prepare", code=person.code) if person else redirect("start")


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Instead of a bare refusal: the form was open too long, or came from elsewhere."""
    if left_open.may_be_left(request):
        messages.error(request, left_open.OLD_PAGE)
        return HttpResponseClientRefresh()
    return render(request, "care/stale_form.html", status=403)
