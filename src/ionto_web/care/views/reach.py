"""How a person is reached: their calendar by address, reminders, and quiet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from ionto_web.care import feed, outbox
from ionto_web.care.access import own_person_for
from ionto_web.care.forms.reach import FeedForm, ReminderForm, SnoozeForm
from ionto_web.care.models import CalendarFeed, Person, ReminderChoice

EVENING = {"by_email": False, "time_of_day": time(18), "quiet_from": time(21), "quiet_until": time(8)}


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar, for whoever has its secret address; a program that has it already is told that nothing changed."""
    opened = feed.feed_for(token)
    if opened is None:
        raise Http404
    content = feed.file_of(opened)
    tag = quote_etag(sha256(content).hexdigest()[:32])
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
    found: HttpResponse = get_conditional_response(request, etag=tag, response=answer)
    return found


@require_safe
@login_required
def reach(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, own_person_for(request.user, code))


@require_POST
@login_required
def open_feed(request: HttpRequest, code: str) -> HttpResponse:
    """A new address, shown once."""
    person = own_person_for(request.user, code)
    token = feed.open_feed(person, by=request.user)
    return _page(request, person, address=request.build_absolute_uri(reverse("calendar_feed", args=[token])))


@require_POST
@login_required
def close_feed(request: HttpRequest, code: str) -> HttpResponse:
    person = own_person_for(request.user, code)
    feed.close_feed(person, by=request.user)
    messages.success(request, "Closed. The address shows nothing any more.")
    return redirect("reach", code=person.code)


@require_POST
@login_required
def set_feed(request: HttpRequest, code: str) -> HttpResponse:
    person = own_person_for(request.user, code)
    form = FeedForm(request.POST)
    if not form.is_valid():
        return _page(request, person, feed_form=form)
    feed.set_feed(person, **form.cleaned_data, by=request.user)
    messages.success(request, "Saved.")
    return redirect("reach", code=person.code)


@require_POST
@login_required
def set_reminders(request: HttpRequest, code: str) -> HttpResponse:
    person = own_person_for(request.user, code)
    form = ReminderForm(request.POST, prefix="remind")
    if not form.is_valid():
        return _page(request, person, reminder_form=form)
    outbox.choose_reminders(person, **form.cleaned_data, by=request.user)
    messages.success(request, "Saved.")
    return redirect("reach", code=person.code)


@require_POST
@login_required
def snooze(request: HttpRequest, code: str) -> HttpResponse:
    person = own_person_for(request.user, code)
    form, choice = SnoozeForm(request.POST), ReminderChoice.objects.filter(person=person).first()
    if choice is None or not form.is_valid():
        return redirect("reach", code=person.code)
    tomorrow = datetime.combine(person.today + timedelta(days=1), choice.time_of_day, person.zone)
    until = {
        "hours": timezone.now() + timedelta(hours=2),
        "tomorrow": tomorrow,
        "week": tomorrow + timedelta(days=6),
    }[form.cleaned_data["until"]]
    outbox.snooze(person, until, by=request.user)
    messages.success(request, "Good. Until then it is quiet.")
    return redirect("reach", code=person.code)


def _page(request: HttpRequest, person: Person, **more: Any) -> HttpResponse:
    opened = CalendarFeed.objects.filter(person=person).first()
    choice = ReminderChoice.objects.filter(person=person).first()
    snoozed = choice.snoozed_until if choice else None
    initial = {name: getattr(choice, name) for name in EVENING} if choice else EVENING
    shown = {
        "person": person,
        "tab": "your_data",
        "is_open": opened is not None and opened.token_sha256 is not None,
        "choice": choice,
        "snoozed_until": snoozed if snoozed and snoozed > timezone.now() else None,
        "snoozes": SnoozeForm.base_fields["until"].choices,
        "feed_form": FeedForm(
            initial={"time_of_day": opened.time_of_day, "says_what": opened.says_what} if opened else None
        ),
        "reminder_form": ReminderForm(initial=initial, prefix="remind"),
        **more,
    }
    wrong = any(shown[name].errors for name in ("feed_form", "reminder_form"))
    answer = render(request, "care/reach.html", shown, status=422 if wrong else 200)
    answer["Cache-Control"] = "no-store"
    return answer
