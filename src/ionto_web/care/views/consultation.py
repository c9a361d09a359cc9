"""Page 1: the consultation."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ionto_web.care import actions
from ionto_web.care.access import person_for
from ionto_web.care.course import intake_of
from ionto_web.care.forms.consultation import ConsultationForm, answers_of


@require_http_methods(["GET", "POST"])
@login_required
def consultation(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    if request.method == "POST":
        form = ConsultationForm(request.POST, asked_on=person.today)
        if form.is_valid():
            actions.keep_answers(person, form.intake(), by=request.user)
            return redirect("result", code=person.code)
    else:
        before = intake_of(person)
        form = ConsultationForm(initial=answers_of(before) if before else None, asked_on=person.today)
    return render(
        request,
        "care/consultation.html",
        {"person": person, "form": form, "tab": "consultation"},
        status=422 if form.is_bound else 200,
    )
