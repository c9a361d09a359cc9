"""Page 2: what the consultation found, and the step to a plan."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ionto.consult import Consultation, Intake, NotCleared, SiteConsultation, TreatmentOption
from ionto.prescribe import NotPrescribable, protocol_for
from ionto.words.reading import DocumentError
from ionto.words.terms import Decision, Site
from ionto_web.care import actions
from ionto_web.care.access import clinician_name, person_for
from ionto_web.care.course import active_plans, consultation_of, intake_of
from ionto_web.care.forms.consultation import question_at
from ionto_web.care.forms.plan import StartForm


@require_safe
@login_required
def result(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    consultation = consultation_of(person)
    clinician, planned = clinician_name(request.user, person), active_plans(person)
    found = consultation.sites.items() if consultation else ()
    sites = [
        {
            "site": site,
            "seen": seen,
            "findings": sorted(seen.findings, key=lambda finding: finding.decision.strictness_score, reverse=True),
            "shared_disagreement": _shared_disagreement(seen),
            "options": [(option, _own_disagreement(option, seen)) for option in seen.options],
            "is_planned": site in planned,
            "has_protocol": protocol_for(site) is not None,
            "clears_as": clinician if seen.decision is Decision.ASK_CLINICIAN else None,
            "form": StartForm(prefix=site.value, today=person.today),
        }
        for site, seen in found
    ]
    shown = {"person": person, "consultation": consultation, "sites": sites, "tab": "result"}
    return render(request, "care/result.html", {**shown, "questions": _questions(intake_of(person), consultation)})


@require_POST
@login_required
def prescribe_site(request: HttpRequest, code: str, site: str) -> HttpResponse:
    person = person_for(request.user, code)
    if site not in set(Site):
        raise Http404
    form = StartForm(request.POST, prefix=site, today=person.today)
    if not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return redirect("result", code=person.code)
    try:
        actions.prescribe_for(
            person,
            Site(site),
            by=request.user,
            starts_on=form.cleaned_data["starts_on"],
            weekdays=form.cleaned_data["weekdays"],
            cleared_by=clinician_name(request.user, person),
        )
    except (NotCleared, NotPrescribable, DocumentError, LookupError) as refusal:
        messages.error(request, f"There is no plan yet. {refusal}")
        return redirect("result", code=person.code)
    return redirect("plan", code=person.code)


def _shared_disagreement(seen: SiteConsultation) -> str:
    """What every option says about the order, so that the page says it once."""
    said = [option.disagreement or "" for option in seen.options]
    shortest = min(said, key=len, default="")
    return shortest if len(said) > 1 and all(each.endswith(shortest) for each in said) else ""


def _own_disagreement(option: TreatmentOption, seen: SiteConsultation) -> str:
    return (option.disagreement or "").removesuffix(_shared_disagreement(seen)).strip()


def _questions(intake: Intake | None, consultation: Consultation | None) -> list[tuple[str, str, str]]:
    """What is still to ask: the form's field, the question in words, and why it matters."""
    if intake is None or consultation is None:
        return []
    places = [place.site for place in intake.sites]
    asked = [(question_at(question.path, places) or ("", ""), question.why) for question in consultation.still_to_ask]
    return [(field, words, why) for (field, words), why in asked]
