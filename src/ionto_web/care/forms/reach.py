"""How a person is reached: the calendar's hour and words, the reminders with their quiet hours, and the devices."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from ionto_web.care import push
from ionto_web.care.outbox import after_quiet

_CLOCK = {"type": "time"}


def _time_field(label: str, help_text: str = "", *, required: bool = True) -> forms.TimeField:
    said = {
        "invalid": _("Please give a time of day, for example 18:30."),
        "required": _("Please give a time of day."),
    }
    widget = forms.TimeInput(attrs=_CLOCK, format="%H:%M")
    return forms.TimeField(label=label, help_text=help_text, required=required, widget=widget, error_messages=said)


class FeedForm(forms.Form):
    """When the sessions stand in the calendar, and under which title."""

    time_of_day = _time_field(_("When do you like to treat?"), _("Leave it empty for the whole day."), required=False)
    says_what = forms.BooleanField(
        label=_("Say in the title what it is"),
        help_text=_("Else it only says “Session”, for calendars that others can see."),
        required=False,
    )


class ReminderForm(forms.Form):
    """Whether and when reminders come, and the question of the day."""

    by_email = forms.BooleanField(label=_("Remind me by e-mail on the day of a session"), required=False)
    by_push = forms.BooleanField(
        label=_("Remind me on my devices on the day of a session"),
        help_text=_("On each device that you have added."),
        required=False,
    )
    time_of_day = _time_field(_("At what time?"))
    asks_daily = forms.BooleanField(
        label=_("Ask me once a day on my devices how the day was"),
        help_text=_("Tap the message, then how it was: that is the day’s entry in your diary."),
        required=False,
    )
    asks_at = _time_field(_("When shall it ask?"))
    quiet_from = _time_field(_("Quiet from"), _("Nothing is sent in the quiet hours."))
    quiet_until = _time_field(_("Quiet until"))
    says_what = forms.BooleanField(
        label=_("Say on the device what it is about"),
        help_text=_(
            "Else a message only says that something is due, or asks how today was: anybody may see a locked screen."
        ),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        for name in ("time_of_day", "asks_at"):
            if _is_quiet(cleaned[name], cleaned["quiet_from"], cleaned["quiet_until"]):
                self.add_error(name, _("This lies in your quiet hours."))
        return cleaned


class SnoozeForm(forms.Form):
    """For how long there is quiet."""

    until = forms.ChoiceField(
        choices=(
            ("hour", _("In an hour")),
            ("hours", _("In 2 hours")),
            ("tomorrow", _("Tomorrow")),
            ("week", _("In a week")),
        )
    )


class DeviceForm(forms.Form):
    """A browser that shall take messages, as it describes itself."""

    name = forms.CharField(max_length=60)
    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=120)
    auth = forms.CharField(max_length=40)
    # Under which address the site knew this browser before.
    old = forms.CharField(max_length=1000, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and (
            wrong := push.wrong_with(**{key: cleaned[key] for key in ("endpoint", "p256dh", "auth")})
        ):
            raise forms.ValidationError(wrong)
        return cleaned


def _is_quiet(clock: time, quiet_from: time, quiet_until: time) -> bool:
    moment = datetime.combine(date(2000, 1, 1), clock, ZoneInfo("UTC"))
    return after_quiet(moment, quiet_from, quiet_until, ZoneInfo("UTC")) != moment
