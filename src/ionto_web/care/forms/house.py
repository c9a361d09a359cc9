"""The house whose reading of the suitability rules a clinic follows."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ionto.consult import policies
from ionto_web.care.languages import words_of


class HouseForm(forms.Form):
    """One of the policies, each with what it is known for."""

    policy = forms.ChoiceField(
        label=_("Whose reading do you follow?"),
        help_text=_("Where the house says nothing, the strictest reading decides."),
        choices=lambda: [(each.id, f"{words_of(each.label)}. {words_of(each.note)}") for each in policies().values()],
        widget=forms.RadioSelect,
    )
