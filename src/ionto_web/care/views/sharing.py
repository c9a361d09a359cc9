"""Sharing with a clinician: the person's side with its codes, and the reader's side, which writes nothing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from ionto.exchange.course_letter import contents_of
from ionto.words.terms import Site
from ionto_web.care import sharing
from ionto_web.care.access import own_person_for
from ionto_web.care.course import recommended
from ionto_web.care.forms.sharing import CodeForm, ShareForm
from ionto_web.care.hunt import hunt_of
from ionto_web.care.languages import spoken_language
from ionto_web.care.views.your_data import hand_over, whole_course

# What a reader may take along; the whole record with its journals stays with the person.
FOR_READERS = ("letter", "table", "fhir")


@require_http_methods(["GET", "POST"])
@login_required
def shares(request: HttpRequest, code: str) -> HttpResponse:
    """The person's codes, and a new one. It is shown once."""
    person = own_person_for(request.user, code)
    form = ShareForm(request.POST if request.method == "POST" else None)
    fresh = None
    if request.method == "POST" and form.is_valid():
        fresh = sharing.make_code(person, days=form.cleaned_data["days"], by=request.user)
        form = ShareForm()
    now = timezone.now()
    shown = {
        "person": person,
        "tab": "your_data",
        "form": form,
        "fresh": fresh,
        "shares": [
            (share, share.used_by and (share.used_by.get_full_name() or share.used_by.email))
            for share in person.shares.filter(withdrawn_at=None, access_until__gt=now).select_related("used_by")
            if share.used_by_id or share.code_until > now
        ],
    }
    answer = render(request, "care/shares.html", shown, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@login_required
def withdraw_share(request: HttpRequest, code: str, share_id: int) -> HttpResponse:
    person = own_person_for(request.user, code)
    sharing.withdraw_share(get_object_or_404(person.shares, pk=share_id), by=request.user)
    messages.success(request, _("Taken back. Nobody reads your record with this code any more."))
    return redirect("shares", code=person.code)


@require_http_methods(["GET", "POST"])
@login_required
def shared(request: HttpRequest) -> HttpResponse:
    """The reader's side: a code, and the records that are open to them."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            person = sharing.use_code(form.cleaned_data["code"], by=request.user)
        except sharing.TooManyGuesses:
            form.add_error("code", _("Too many codes were tried. Please try again in an hour."))
        except sharing.WrongCode:
            form.add_error(
                "code", _("This code opens nothing. It may be mistyped, used, or too old; ask for a new one.")
            )
        else:
            return redirect("shared_record", code=person.code)
    shown = {"form": form, "shares": sharing.open_shares().filter(used_by=request.user).select_related("person")}
    return render(request, "care/shared.html", shown, status=422 if form.errors else 200)


@require_safe
@login_required
def shared_record(request: HttpRequest, code: str) -> HttpResponse:
    """The record as a reader sees it: what the letter says, on a page."""
    person = sharing.shared_person_for(request.user, code)
    sharing.read_shared(person, by=request.user)
    course, advice = whole_course(person), recommended(person)
    said = contents_of(course, advice, written_on=person.today, language=spoken_language())
    sites = [(site, hunt_of(course.facts, Site(site["site"]))) for site in said["sites"]]
    return render(request, "care/shared_record.html", {"person": person, "said": said, "sites": sites})


@require_GET
@login_required
def shared_file(request: HttpRequest, code: str, what: str) -> HttpResponseBase:
    person = sharing.shared_person_for(request.user, code)
    if what not in FOR_READERS:
        raise Http404
    return hand_over(request, person, what)
