"""How a person is reached: the calendar's hour and words, and the reminders with their quiet hours."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from ionto_web.care.outbox import after_quiet

_CLOCK = {"type": "time"}


def _time_field(label: str, help_text: str = "", *, required: bool = True) -> forms.TimeField:
    said = {"invalid": "Please give a time of day, for example 18:30.", "required": "Please give a time of day."}
    widget = forms.TimeInput(attrs=_CLOCK, format="%H:%M")
    return forms.TimeField(label=label, help_text=help_text, required=required, widget=widget, error_messages=said)


class FeedForm(forms.Form):
    """When the sessions stand in the calendar, and under which title."""

    time_of_day = _time_field("When do you like to treat?", "Leave it empty for the whole day.", required=False)
    says_what = forms.BooleanField(
        label="Say in the title what it is",
        help_text="Else it only says “Session”, for calendars that others can see.",
        required=False,
    )


class ReminderForm(forms.Form):
    """Whether and when reminders come."""

    by_email = forms.BooleanField(label="Remind me by e-mail on the day of a session", required=False)
    time_of_day = _time_field("At what time?")
    quiet_from = _time_field("Quiet from", "Nothing is sent in the quiet hours.")
    quiet_until = _time_field("Quiet until")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        if _is_quiet(cleaned["time_of_day"], cleaned["quiet_from"], cleaned["quiet_until"]):
            self.add_error("time_of_day", "This lies in your quiet hours.")
        return cleaned


class SnoozeForm(forms.Form):
    """For how long there is quiet."""

    until = forms.ChoiceField(choices=(("hours", "In 2 hours"), ("tomorrow", "Tomorrow"), ("week", "In a week")))


def _is_quiet(clock: time, quiet_from: time, quiet_until: time) -> bool:
    moment = datetime.combine(date(2000, 1, 1), clock, ZoneInfo("UTC"))
    return after_quiet(moment, quiet_from, quiet_until, ZoneInfo("UTC")) != moment
