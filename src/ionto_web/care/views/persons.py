"""The clinic's list of persons, and the details of one."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import activate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ionto.follow.alerts import RED, alerts_for
from ionto.follow.recommendation import Recommendation
from ionto.words.terms import Decision, Site
from ionto_web.care import actions
from ionto_web.care.access import clinic_for, person_for
from ionto_web.care.course import as_seen, consultation_of, recommended
from ionto_web.care.forms.person import DetailsForm, NewPersonForm
from ionto_web.care.languages import page_language
from ionto_web.care.models import Clinic, FactRecord, Person, PrescriptionRecord

ON_ONE_PAGE = 30


@dataclass(frozen=True)
class Row:
    """One person in the list, with what the clinic should know at a glance."""

    person: Person
    sites: dict[Site, Recommendation]
    without_plan: dict[Site, Decision]
    is_asked: bool

    @property
    def alert(self) -> str:
        levels = [alert.level.value for rec in self.sites.values() for alert in rec.alerts]
        return next((level for level in ("red_systemic", "red_local", "amber") if level in levels), "")


@require_safe
@login_required
def persons(request: HttpRequest) -> HttpResponse:
    clinic = clinic_for(request.user)
    # Whoever has stopped comes first, on whichever page the name would stand.
    stopped_first = Case(When(pk__in=_stopped(clinic), then=0), default=1)
    listed = clinic.persons.order_by(stopped_first, "name", "code")
    page = Paginator(listed, ON_ONE_PAGE).get_page(request.GET.get("page"))
    rows = [_row(person) for person in page]
    return render(request, "care/persons.html", {"clinic": clinic, "page": page, "rows": rows})


def _stopped(clinic: Clinic) -> list[int]:
    """The persons with a serious side effect that stops their treatment somewhere and that nobody has cleared."""
    said: dict[Person, list[FactRecord]] = {}
    kept = FactRecord.objects.filter(person__clinic=clinic, kind__in=("side_effect", "cleared"), withdrawal=None)
    for record in kept.select_related("person").order_by("at", "id"):
        said.setdefault(record.person, []).append(record)
    treated: dict[int, list[Site]] = {}
    active = PrescriptionRecord.objects.filter(person__in=said, active=True)
    for pk, site in active.values_list("person", "site"):
        treated.setdefault(pk, []).append(Site(site))
    return [
        person.pk
        for person, records in said.items()
        for facts in [list(as_seen(records))]
        for site in treated.get(person.pk, ())
        if any(alert.level in RED for alert in alerts_for(site, facts, person.today, zone=person.zone))
    ]


def _row(person: Person) -> Row:
    consultation, sites = consultation_of(person), recommended(person)
    asked = consultation.sites.items() if consultation else ()
    return Row(
        person=person,
        sites=sites,
        without_plan={site: seen.decision for site, seen in asked if site not in sites},
        is_asked=consultation is not None,
    )


@require_http_methods(["GET", "POST"])
@login_required
def new_person(request: HttpRequest) -> HttpResponse:
    clinic = clinic_for(request.user)
    form = NewPersonForm(request.POST or None, initial={"timezone": "Europe/Berlin"})
    if request.method == "POST" and form.is_valid():
        person = actions.welcome_person(by=request.user, user=None, clinic=clinic, **form.cleaned_data)
        return redirect("consultation", code=person.code)
    return render(request, "care/new_person.html", {"clinic": clinic, "form": form})


@require_http_methods(["GET", "POST"])
@login_required
def details(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    form = DetailsForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        # Only the person decides who sees their record; a clinic cannot let go of, or pass on, somebody else's.
        clinic = said["clinic_code"] if person.user_id == request.user.pk else person.clinic
        actions.change_details(
            person,
            by=request.user,
            name=said["name"],
            zone=said["timezone"],
            clinic=clinic,
            device=said["device"] or person.device,
            language=said["language"] or person.language,
        )
        # In the language that was just chosen, when it is one's own.
        if person.user_id == request.user.pk:
            activate(page_language(person.language))
        messages.success(request, _("Saved."))
        return redirect("details", code=person.code)
    return render(request, "care/details.html", {"person": person, "form": form, "tab": "details"})
