"""The forms of sharing: for how long, and the code that was given."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ShareForm(forms.Form):
    """For how long the record may be read."""

    days = forms.TypedChoiceField(
        label=_("For how long may they read it?"),
        choices=(("1", _("1 day")), ("30", _("30 days")), ("365", _("1 year"))),
        coerce=int,
        initial="30",
        widget=forms.RadioSelect,
    )


class CodeForm(forms.Form):
    """The code, as somebody types it off a slip of paper."""

    code = forms.CharField(
        label=_("The code that you were given"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
