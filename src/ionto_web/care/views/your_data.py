"""Your data: everything out in four forms, a year in from a spreadsheet, and everything deleted."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from ionto.consult import Intake
from ionto.exchange.course_letter import course_letter_of
from ionto.exchange.fhir import bundle_of
from ionto.exchange.merge import Merge
from ionto.exchange.table import table_of
from ionto.words.reading import read_json, to_json
from ionto.words.records import Course, CoursePatient, Fact
from ionto.words.terms import Sex, Site
from ionto_web.care import own
from ionto_web.care.access import own_person_for, person_for
from ionto_web.care.course import course_of, fact_from, recommended, standing_facts
from ionto_web.care.forms.own import EraseForm, TableForm
from ionto_web.care.languages import spoken_language
from ionto_web.care.models import Person
from ionto_web.care.plain import TREATABLE
from ionto_web.care.record import record_of
from ionto_web.care.streams import streamed

# How long a table that was shown may wait to be taken in.
SHOWN_S = 3600
# Of what is wrong, as much as a person reads.
FAULTS_SHOWN = 20


@require_safe
@login_required
def your_data(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    return render(request, "care/your_data.html", _shown(request, person))


@require_GET
@login_required
def handed_out(request: HttpRequest, code: str, what: str) -> HttpResponseBase:
    """The record in one of its forms, for whoever may see the person."""
    person = person_for(request.user, code)
    return hand_over(request, person, what)


def hand_over(request: HttpRequest, person: Person, what: str) -> HttpResponseBase:
    """The file, after the audit has its line."""
    stem = f"ionto-{person.code}-{person.today.isoformat()}"
    if what not in {"record", "table", "fhir", "letter"}:
        raise Http404
    own.hand_out(person, what, by=request.user)
    if what == "record":
        pieces = record_of(person, reader=request.user)
        return streamed(request, pieces, content_type="application/json", filename=f"{stem}.json")
    if what == "table":
        rows = table_of(_facts(person))
        return streamed(request, rows, content_type="text/csv; charset=utf-8", filename=f"{stem}.csv")
    if what == "fhir":
        bundle = to_json(bundle_for(person))
        content_type, name, body = "application/fhir+json", f"{stem}.fhir.json", bundle.encode()
    else:
        course, advice = whole_course(person), recommended(person)
        body = course_letter_of(course, advice, written_on=person.today, language=spoken_language())
        content_type, name = "application/pdf", f"{stem}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=content_type, headers=headers)


def bundle_for(person: Person) -> dict[str, object]:
    """The person's FHIR bundle, without the name."""
    intakes = [read_json(Intake, each.intake) for each in person.consultations.order_by("answered_at")]
    sex = Sex(person.sex) if person.sex in set(Sex) else None
    return bundle_of(whole_course(person), made_at=timezone.now(), sex=sex, intakes=intakes)


def whole_course(person: Person) -> Course:
    """The course with the facts of every site, also of those without a plan."""
    return Course(
        patient=CoursePatient(id=person.code, birth_year=person.birth_year, timezone=person.timezone),
        prescriptions=course_of(person).prescriptions,
        facts=tuple(_facts(person)),
    )


def _facts(person: Person) -> Iterator[Fact]:
    return (fact_from(record.body) for record in standing_facts(person))


@require_POST
@login_required
def take_in(request: HttpRequest, code: str) -> HttpResponse:
    """What a table would bring, before anything is stored."""
    person = person_for(request.user, code)
    form = TableForm(request.POST, request.FILES, sites=TREATABLE)
    if not form.is_valid():
        return render(request, "care/your_data.html", _shown(request, person) | {"form": form}, status=422)
    content, site = form.cleaned_data["table"], Site(form.cleaned_data["site"])
    kept = signing.dumps([b64encode(content).decode(), site.value], salt=_salt(request, person), compress=True)
    return _preview(request, person, own.merged_with(person, content, site), kept)


@require_POST
@login_required
def take_in_now(request: HttpRequest, code: str) -> HttpResponse:
    """The table that was shown, into the record."""
    person = person_for(request.user, code)
    kept = request.POST.get("kept", "")
    try:
        encoded, site = signing.loads(kept, salt=_salt(request, person), max_age=SHOWN_S)
    except signing.BadSignature:
        messages.error(request, _("This page was open too long. Please choose the file again."))
        return redirect("your_data", code=person.code)
    try:
        count = own.take_in(person, b64decode(encoded), Site(site), by=request.user)
    except own.NotWhole as refusal:
        return _preview(request, person, refusal.merged, kept)
    said = ngettext("%(count)s new entry is in the record.", "%(count)s new entries are in the record.", count)
    messages.success(request, said % {"count": count})
    return redirect("your_data", code=person.code)


@require_http_methods(["GET", "POST"])
@login_required
def erase(request: HttpRequest, code: str) -> HttpResponse:
    """Everything deleted, for the person themselves only."""
    person = own_person_for(request.user, code)
    form = EraseForm(request.POST if request.method == "POST" else None, person=person, user=request.user)
    works = request.user.memberships.exists()
    if request.method == "POST" and form.is_valid():
        try:
            gone = own.erase(person, by=request.user)
        except own.SessionStillRunning:
            messages.error(request, _("A session is running. End it first; then everything can be deleted."))
            return redirect("erase", code=person.code)
        logout(request)
        return render(request, "care/erased.html", {"gone": gone, "works": works})
    shown = {"person": person, "tab": "your_data", "form": form, "works": works}
    return render(request, "care/erase.html", shown, status=422 if form.errors else 200)


def _shown(request: HttpRequest, person: Person) -> dict[str, object]:
    return {
        "person": person,
        "tab": "your_data",
        "is_own": person.user_id == request.user.pk,
        "form": TableForm(sites=TREATABLE),
    }


def _preview(request: HttpRequest, person: Person, merged: Merge, kept: str) -> HttpResponse:
    kinds = {kind: sum(fact.kind == kind for fact in merged.new) for kind in dict.fromkeys(f.kind for f in merged.new)}
    shown = {
        "person": person,
        "tab": "your_data",
        "merged": merged,
        "kinds": kinds,
        "faults": merged.faults[:FAULTS_SHOWN],
        "more_faults": max(0, len(merged.faults) - FAULTS_SHOWN),
        "first": min((fact.at for fact in merged.new), default=None),
        "last": max((fact.at for fact in merged.new), default=None),
        "kept": kept,
    }
    return render(request, "care/table_shown.html", shown, status=422 if merged.faults else 200)


def _salt(request: HttpRequest, person: Person) -> str:
    return f"table of {person.pk} shown to {request.user.pk}"
