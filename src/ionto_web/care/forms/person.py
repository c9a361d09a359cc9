"""A person's details."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from ionto.prescribe import devices
from ionto_web.care.languages import words_of
from ionto_web.care.models import Clinic, Person

# Continents first: what is left out are aliases that nobody looks for.
ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
)


# No plan is made for a device that the catalogue refuses.
def _devices() -> list[tuple[str, str]]:
    return [(name, words_of(device.label)) for name, device in devices().items() if device.refused is None]


class DetailsForm(forms.Form):
    """Name, zone, device, language, and the clinic that may see the record."""

    name = forms.CharField(
        label=_("What shall we call you?"),
        help_text=_("Any name will do. Only you and your clinic see it."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Dates and times are shown in this zone."),
        choices=[("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in ZONES)],
    )
    device = forms.ChoiceField(
        label=_("Your device"),
        help_text=_(
            "A session is led in the words of this device. A plan is made for one device: after a change, make "
            "it again on the result’s page."
        ),
        choices=_devices,
        required=False,
    )
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("Of these pages, and of what is spoken while your hands are in the water."),
        choices=Person.Speaks.choices,
        required=False,
    )
    clinic_code = forms.CharField(
        label=_("Code of your clinic"),
        help_text=_(
            "Your clinic gives you this code. With it you allow the clinic to see your record and to help you. "
            "Leave it empty to keep the record to yourself."
        ),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        if person is not None:
            code = person.clinic.join_code if person.clinic else ""
            own = {field: getattr(person, field) for field in ("name", "timezone", "device", "language")}
            kwargs.setdefault("initial", {**own, "clinic_code": code})
        super().__init__(*args, **kwargs)

    def clean_clinic_code(self) -> Clinic | None:
        code = self.cleaned_data["clinic_code"].strip().lower()
        if not code:
            return None
        clinic = Clinic.objects.filter(join_code=code).first()
        if clinic is None:
            raise forms.ValidationError(_("No clinic has this code. Please check it for a slip."))
        return clinic


class NewPersonForm(forms.Form):
    """A person whom the clinic welcomes, without an account of their own."""

    name = forms.CharField(label=_("Name for the list"), help_text=_("Only your clinic sees it."), max_length=80)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=DetailsForm.base_fields["timezone"].choices)
