"""Which house's reading of the suitability rules a clinic follows."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ionto.consult import policies
from ionto_web.care import actions
from ionto_web.care.access import clinic_for, dermatologists_clinic_for, is_dermatologist_at
from ionto_web.care.forms.house import HouseForm


@require_http_methods(["GET", "POST"])
@login_required
def house(request: HttpRequest) -> HttpResponse:
    """Every member reads it; a dermatologist of the clinic chooses."""
    if request.method == "POST":
        clinic = dermatologists_clinic_for(request.user)
        form = HouseForm(request.POST)
        if form.is_valid():
            actions.follow_house(clinic, policies()[form.cleaned_data["policy"]], by=request.user)
            messages.success(request, _("Saved. From now on every result of your clinic is read this way."))
            return redirect("house")
    else:
        clinic = clinic_for(request.user)
        form = HouseForm(initial={"policy": clinic.policy})
    shown = {
        "clinic": clinic,
        "form": form,
        "may_choose": is_dermatologist_at(request.user, clinic),
    }
    return render(request, "care/house.html", shown, status=422 if form.errors else 200)
