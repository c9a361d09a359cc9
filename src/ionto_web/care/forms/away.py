"""Days away: from when to when a person has no device with them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# Longer than this is no holiday, and further ahead than this nobody plans sessions.
LONGEST_DAYS, FURTHEST_DAYS = 180, 400


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages={"invalid": _("Please give a day.")})


class AwayForm(forms.Form):
    """The first and the last day away."""

    first_on = _day(_("First day away"))
    last_on = _day(_("Last day away"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first is None or last is None:
            return cleaned
        if last < first:
            raise forms.ValidationError(_("The last day away lies before the first."))
        if last < self.today:
            raise forms.ValidationError(_("These days are over already."))
        if (last - self.today).days > FURTHEST_DAYS:
            raise forms.ValidationError(_("This is more than a year ahead. Please check the year."))
        if (last - first).days >= LONGEST_DAYS:
            raise forms.ValidationError(
                _("More than %(days)s days at once is too long to plan around.") % {"days": LONGEST_DAYS}
            )
        return cleaned
