"""Page 1: the consultation."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from ionto_web.care import actions
from ionto_web.care.access import person_for
from ionto_web.care.course import intake_of, latest_consultation_id
from ionto_web.care.forms.consultation import ConsultationForm, values_of_intake, values_of_response
from ionto_web.care.models import ConsultationDraft, Person

ANSWERED_MEANWHILE = _(
    "These questions were answered again after you had opened the page, perhaps in another tab. "
    "The newer answers stand here. What you sent from the older page was not kept. "
    "Please check, and change what is wrong."
)


@require_http_methods(["GET", "POST"])
@login_required
def consultation(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    draft = ConsultationDraft.objects.filter(person=person).first()
    if request.method == "POST":
        form = ConsultationForm(request.POST, asked_on=person.today)
        if form.is_valid():
            try:
                actions.keep_answers(person, form.intake(), by=request.user, after=request.POST.get("after"))
            except actions.AnsweredMeanwhile:
                messages.warning(request, ANSWERED_MEANWHILE)
                return redirect("consultation", code=person.code)
            return redirect("result", code=person.code)
        _keep_draft(request, person, form)
    else:
        form = ConsultationForm(initial=_given_before(person, draft), asked_on=person.today)
    return render(
        request,
        "care/consultation.html",
        {
            "person": person,
            "form": form,
            "draft": None if form.is_bound else draft,
            "after": latest_consultation_id(person),
            "tab": "consultation",
        },
        status=422 if form.is_bound else 200,
    )


@require_POST
@login_required
def consultation_draft(request: HttpRequest, code: str) -> HttpResponse:
    """The answers so far, as they are given."""
    person = person_for(request.user, code)
    form = ConsultationForm(request.POST, asked_on=person.today)
    form.is_valid()
    is_kept = _keep_draft(request, person, form)
    return render(request, "care/_draft_saved.html", {"is_kept": is_kept, "unsaved": form.unsaved()})


def _keep_draft(request: HttpRequest, person: Person, form: ConsultationForm) -> bool:
    """Whether the answers so far are kept: not when the questions were answered since the page was opened."""
    try:
        actions.keep_draft(person, form.draft(), after=request.POST.get("after", ""), by=request.user)
    except actions.AnsweredMeanwhile:
        return False
    return True


def _given_before(person: Person, draft: ConsultationDraft | None) -> dict[str, Any] | None:
    """What was answered so far, else what was answered the last time."""
    before = intake_of(person)
    begun = values_of_response(json.loads(draft.response)) if draft else None
    return begun if begun is not None else values_of_intake(before) if before else None
