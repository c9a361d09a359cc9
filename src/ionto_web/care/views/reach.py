"""How a person is reached: their calendar by address, reminders, devices, and quiet."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time, timedelta
from hashlib import sha256
from typing import Annotated, Any

from annotated_types import MaxLen, MinLen
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ionto.words.reading import DocumentError, document, read_json
from ionto_web.care import feed, notices, outbox, push
from ionto_web.care.access import own_person_for
from ionto_web.care.forms.reach import DeviceForm, FeedForm, ReminderForm, SnoozeForm
from ionto_web.care.models import CalendarFeed, Person, ReminderChoice

EVENING = {
    "by_email": False,
    "by_push": False,
    "time_of_day": time(18),
    "asks_daily": False,
    "asks_at": time(20),
    "quiet_from": time(21),
    "quiet_until": time(8),
    "says_what": False,
}


@document
class Renewed:
    """A browser's address and keys, and the address that it had before, as its worker sends them."""

    old: Annotated[str, MinLen(1), MaxLen(1000)]
    endpoint: Annotated[str, MaxLen(1000)]
    p256dh: Annotated[str, MaxLen(120)]
    auth: Annotated[str, MaxLen(40)]


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
    messages.success(request, _("Closed. The address shows nothing any more."))
    return redirect("reach", code=person.code)


@require_POST
@login_required
def set_feed(request: HttpRequest, code: str) -> HttpResponse:
    person = own_person_for(request.user, code)
    form = FeedForm(request.POST)
    if not form.is_valid():
        return _page(request, person, feed_form=form)
    feed.set_feed(person, **form.cleaned_data, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("reach", code=person.code)


@require_POST
@login_required
def set_reminders(request: HttpRequest, code: str) -> HttpResponse:
    person = own_person_for(request.user, code)
    form = ReminderForm(request.POST, prefix="remind")
    if not form.is_valid():
        return _page(request, person, reminder_form=form)
    outbox.choose_reminders(person, **form.cleaned_data, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("reach", code=person.code)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end_emails(request: HttpRequest, ticket: str) -> HttpResponse:
    """Ends the reminders by e-mail for whoever got one, without a sign-in: the address may be somebody else's.

    To look ends nothing, since programs look at what stands in an e-mail. A mail program posts without a page.
    """
    person = notices.reminded_by(ticket)
    if person is None or person.user is None:
        raise Http404
    if request.method == "POST":
        outbox.end_emails(person, by=person.user)
    return render(request, "care/end_emails.html", {"by_email": ReminderChoice.objects.get(person=person).by_email})


@require_POST
@login_required
def snooze(request: HttpRequest, code: str) -> HttpResponse:
    person = own_person_for(request.user, code)
    form, choice = SnoozeForm(request.POST), ReminderChoice.objects.filter(person=person).first()
    if choice is None or not form.is_valid():
        return redirect("reach", code=person.code)
    now = timezone.now()
    until = {
        "hour": now + timedelta(hours=1),
        "hours": now + timedelta(hours=2),
        "tomorrow": outbox.tomorrow(person, now),
        "week": outbox.tomorrow(person, now + timedelta(days=6)),
    }[form.cleaned_data["until"]]
    outbox.snooze(person, until, by=request.user)
    messages.success(request, _("Good. Until then it is quiet."))
    return redirect("reach", code=person.code)


@require_POST
@login_required
def add_device(request: HttpRequest, code: str) -> HttpResponse:
    """This browser takes messages from now on; with the first one, the person is reminded on it."""
    person = own_person_for(request.user, code)
    form = DeviceForm(request.POST)
    if not form.is_valid():
        wrong = [f"{name}: {' '.join(said)}" if name != "__all__" else said[0] for name, said in form.errors.items()]
        return JsonResponse({"why": " ".join(map(str, wrong))}, status=422)
    is_first = not person.push_devices.exists()
    said = form.cleaned_data
    name, old = said.pop("name"), said.pop("old")
    if not old or push.renew_device(person, old=old, **said, by=request.user) is None:
        push.add_device(person, name=name, **said, by=request.user)
    if is_first:
        choice = ReminderChoice.objects.filter(person=person).first()
        chosen = {name: getattr(choice, name) for name in EVENING} if choice else EVENING
        outbox.choose_reminders(person, **{**chosen, "by_push": True}, by=request.user)
    messages.success(request, _("This device takes messages now. Choose on this page which ones."))
    return JsonResponse({"then": reverse("reach", args=[person.code])})


# A worker has no token of a form. Who does not know the old address, which is its browser's secret, changes nothing.
@csrf_exempt
@require_POST
@login_required
def renew_device(request: HttpRequest) -> HttpResponse:
    """A browser's new address, as its worker sends it."""
    try:
        said = read_json(Renewed, request.body)
    except DocumentError as error:
        return JsonResponse({"why": str(error)}, status=422)
    if wrong := push.wrong_with(said.endpoint, said.p256dh, said.auth):
        return JsonResponse({"why": wrong}, status=422)
    person = get_object_or_404(Person, user=request.user)
    if push.renew_device(person, **asdict(said), by=request.user) is None:
        raise Http404
    return JsonResponse({"kept": True})


@require_POST
@login_required
def remove_device(request: HttpRequest, code: str, device_id: int) -> HttpResponse:
    person = own_person_for(request.user, code)
    push.remove_device(get_object_or_404(person.push_devices, pk=device_id), by=request.user)
    messages.success(request, _("Removed. Nothing is sent there any more."))
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
        "devices": [(each, sha256(each.endpoint.encode()).hexdigest()) for each in person.push_devices.all()],
        "is_taken": person.push_devices.filter(ended_at=None).exists(),
        "push_key": push.public_key(),
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
