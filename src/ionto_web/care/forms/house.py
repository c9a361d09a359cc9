"""The house whose reading of the suitability rules a clinic follows."""

from __future__ import annotations

from django import forms

from ionto.consult import policies


class HouseForm(forms.Form):
    """One of the policies, each with what it is known for."""

    policy = forms.ChoiceField(
        label="Whose reading do you follow?",
        help_text="Where the house says nothing, the strictest reading decides.",
        choices=lambda: [(each.id, f"{each.label}. {each.note}") for each in policies().values()],
        widget=forms.RadioSelect,
    )
