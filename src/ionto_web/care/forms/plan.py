"""When a plan begins, and the days of the week that suit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# A start further away than this wants a new consultation first.
LATEST_DAYS = 60


class StartForm(forms.Form):
    """The first day and the days that suit."""

    starts_on = forms.DateField(
        label="First session from", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Days that suit you",
        help_text="Leave all empty to have the days spread evenly.",
        choices=tuple((str(number), name) for number, name in enumerate(WEEKDAYS)),
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
            raise forms.ValidationError(f"Please choose a first day within the next {LATEST_DAYS} days.")
        return day
