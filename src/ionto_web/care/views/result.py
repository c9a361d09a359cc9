"""Page 2: what the consultation found, the letter, and the step to a plan."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ionto.consult import (
    STRICTEST,
    Consultation,
    Finding,
    Intake,
    NotCleared,
    SiteConsultation,
    TreatmentOption,
    outdated,
)
from ionto.exchange.letter import letter_of
from ionto.prescribe import NotPrescribable, protocol_for
from ionto.words.reading import DocumentError
from ionto.words.terms import Decision, Site, strictest
from ionto_web.care import actions
from ionto_web.care.access import clinician_name, person_for
from ionto_web.care.course import active_plans, consultation_of, house_of, intake_of, latest_consultation_id
from ionto_web.care.expected import by_subject
from ionto_web.care.forms.consultation import question_at
from ionto_web.care.forms.plan import StartForm
from ionto_web.care.languages import spoken_language, words_of
from ionto_web.care.models import Person


@require_safe
@login_required
def result(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    intake, consultation = intake_of(person), consultation_of(person)
    shown: dict[str, Any] = {"person": person, "consultation": consultation, "tab": "result"}
    if intake is not None and consultation is not None:
        house, clinician = house_of(person), clinician_name(request.user, person)
        shown |= {
            "house": house,
            "follows_strictest": house.id == STRICTEST,
            "clinician": clinician,
            "read": _read(person),
            "old": outdated(consultation.asked_on, person.today),
            "questions": _questions(intake, consultation),
            "sites": [_site(person, site, seen, clinician) for site, seen in consultation.sites.items()],
            "several": len(consultation.sites) > 1,
            "has_options": any(seen.options for seen in consultation.sites.values()),
        } | _expected(consultation)
    return render(request, "care/result.html", shown)


@require_safe
@login_required
def letter(request: HttpRequest, code: str) -> HttpResponse:
    """The consultation as a PDF, for the person and for whoever treats them. It bears no name."""
    person = person_for(request.user, code)
    intake, consultation = intake_of(person), consultation_of(person)
    if intake is None or consultation is None:
        raise Http404
    said = letter_of(intake, consultation, written_on=person.today, language=spoken_language())
    disposition = f'attachment; filename="ionto-letter-{person.today.isoformat()}.pdf"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(said, content_type="application/pdf", headers=headers)


@require_POST
@login_required
def prescribe_site(request: HttpRequest, code: str, site: str) -> HttpResponse:
    person = person_for(request.user, code)
    if site not in set(Site):
        raise Http404
    clinician = clinician_name(request.user, person)
    if clinician is not None and request.POST.get("read") != _read(person):
        messages.warning(request, _("This result has changed since you opened it. Read it again before you sign."))
        return redirect("result", code=person.code)
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
            cleared_by=clinician,
        )
    except (NotCleared, NotPrescribable, DocumentError, LookupError) as refusal:
        messages.error(request, _("There is no plan yet. %(why)s") % {"why": words_of(str(refusal))})
        return redirect("result", code=person.code)
    return redirect("plan", code=person.code)


def _read(person: Person) -> str:
    """Which answers, read by which house: whoever signs has read the findings of these, and of no others."""
    return f"{latest_consultation_id(person)} {house_of(person).id}"


def _site(person: Person, site: Site, seen: SiteConsultation, clinician: str | None) -> dict[str, Any]:
    """What the page says of one place."""
    findings = [(finding, _strictly(finding)) for finding in seen.findings]
    waiting_for = {finding.rule for finding in seen.findings if finding.decision is Decision.DEFER}
    strict = strictest(strictly or finding.decision for finding, strictly in findings)
    return {
        "site": site,
        "seen": seen,
        "strict_decision": None if strict is seen.decision else strict,
        "findings": findings,
        "shared_disagreement": _shared_disagreement(seen),
        "options": [(option, _own_disagreement(option, seen)) for option in seen.options],
        "is_planned": site in active_plans(person),
        "has_protocol": protocol_for(site) is not None,
        # What must first heal, come off or be answered is lifted by no name.
        "waits": bool(waiting_for),
        # Nothing has to heal or come off where only answers are missing.
        "only_unanswered": seen.decision is Decision.DEFER and waiting_for == {"unanswered"},
        "clears_as": clinician if seen.decision is Decision.ASK_CLINICIAN and not waiting_for else None,
        "form": StartForm(prefix=site.value, today=person.today),
    }


def _strictly(finding: Finding) -> Decision | None:
    """What the strictest reading decides, where that is otherwise."""
    return next((house.decision for house in finding.other_houses if house.policy == STRICTEST), None)


def _expected(consultation: Consultation) -> dict[str, Any]:
    """What to expect: of the one place where iontophoresis may come, or of all that were asked about."""
    expected = {site: seen.expect for site, seen in consultation.sites.items() if seen.expect}
    if not expected:
        return {}
    first, *others = expected
    told = by_subject(expected, consultation.sites if others else expected)
    return {"expect": told, "expect_at": first, "expect_only": not others}


def _shared_disagreement(seen: SiteConsultation) -> str:
    """What every option says about the order, so that the page says it once."""
    said = [option.disagreement or "" for option in seen.options]
    shortest = min(said, key=len, default="")
    return shortest if len(said) > 1 and all(each.endswith(shortest) for each in said) else ""


def _own_disagreement(option: TreatmentOption, seen: SiteConsultation) -> str:
    return (option.disagreement or "").removesuffix(_shared_disagreement(seen)).strip()


def _questions(intake: Intake, consultation: Consultation) -> list[tuple[str, str, str]]:
    """What is still to ask: the form's field, the question in words, and why it matters."""
    places = [place.site for place in intake.sites]
    asked = [(question_at(question.path, places) or ("", ""), question.why) for question in consultation.still_to_ask]
    return [(field, words, why) for (field, words), why in asked]
