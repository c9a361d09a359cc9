"""Days away: when a person has no device with them, so that sessions are planned around."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ionto_web.care import actions
from ionto_web.care.access import person_for
from ionto_web.care.course import absences_of, recommended
from ionto_web.care.forms.away import AwayForm

# More than these at once is no plan.
MOST_COUNT = 12


@require_http_methods(["GET", "POST"])
@login_required
def away(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    form = AwayForm(request.POST if request.method == "POST" else None, today=person.today)
    if request.method == "POST" and form.is_valid():
        if absences_of(person).count() >= MOST_COUNT:
            form.add_error(None, _("There are %(count)s already. Please take one back first.") % {"count": MOST_COUNT})
        else:
            actions.keep_absence(person, form.cleaned_data["first_on"], form.cleaned_data["last_on"], by=request.user)
            messages.success(request, _("Saved. The sessions are planned around these days."))
            return redirect("away", code=person.code)
    said = {why for advice in recommended(person).values() for why in (absence.why for absence in advice.away)}
    shown = {
        "person": person,
        "tab": "progress",
        "form": form,
        "absences": absences_of(person),
        "said": sorted(said),
    }
    return render(request, "care/away.html", shown, status=422 if form.is_bound else 200)


@require_POST
@login_required
def drop(request: HttpRequest, code: str, absence_id: int) -> HttpResponse:
    """There after all."""
    person = person_for(request.user, code)
    # In another tab it may be gone already, which is what was wanted.
    if (absence := person.absences.filter(pk=absence_id).first()) is not None:
        actions.drop_absence(absence, by=request.user)
    messages.success(request, _("Taken back."))
    return redirect("away", code=person.code)
