"""The forms of a person's own data: a table to bring in, and the word that deletes everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from ionto.exchange.table import MOST_BYTES
from ionto.words.terms import Site
from ionto_web.care.models import Person
from ionto_web.care.plain import SITES


class TableForm(forms.Form):
    """A CSV file, and the place that it is about where its lines do not say it."""

    table = forms.FileField(
        label=_("Your spreadsheet, saved as CSV"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": _("Please choose a file."), "empty": _("This file is empty.")},
    )
    site = forms.ChoiceField(
        label=_("What is it about?"),
        help_text=_("For lines that do not say it."),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"site": sites[0].value})
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = [(site.value, SITES[site].capitalize()) for site in sites]

    def clean_table(self) -> bytes:
        given = self.cleaned_data["table"]
        if given.size > MOST_BYTES:
            raise forms.ValidationError(
                _("This file is larger than %(most)s MB; a year is far less.") % {"most": f"{MOST_BYTES / 1e6:g}"}
            )
        content: bytes = given.read()
        return content


class EraseForm(forms.Form):
    """The number of the record or the password, typed out."""

    word = forms.CharField(
        label=_("Type the number of your record, or your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        strip=False,
    )

    def __init__(self, *args: Any, person: Person, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person, self._user = person, user

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word.strip().lower() != self._person.code and not self._user.check_password(word):
            raise forms.ValidationError(_("This is neither the number of your record nor your password."))
        return word
