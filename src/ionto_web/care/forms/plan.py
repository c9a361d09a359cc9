"""When a plan begins, and the days of the week that suit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

# A start further away than this wants a new consultation first.
LATEST_DAYS = 60


class StartForm(forms.Form):
    """The first day and the days that suit."""

    starts_on = forms.DateField(
        label=_("First session from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days that suit you"),
        help_text=_("Leave all empty to have the days spread evenly."),
        choices=tuple((str(number), name) for number, name in WEEKDAYS_ABBR.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts_on"].initial = today

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if not self.today <= day <= self.today + timedelta(days=LATEST_DAYS):
            raise forms.ValidationError(
                _("Please choose a first day within the next %(days)s days.") % {"days": LATEST_DAYS}
            )
        return day
