"""Numbers as people type them. The fields are plain text fields: a browser's own number field may drop the comma of
`52,3` without a word, and turns the number when somebody scrolls."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# 1,234 is a thousand to one reader and one and a bit to another.
_AMBIGUOUS = re.compile(r",\d{3}$|,.*[,.]|\..*,")


def _field_options(inputmode: str, unit: str, options: dict[str, Any], **messages: str) -> dict[str, Any]:
    attrs = {"inputmode": inputmode, "autocomplete": "off", **({"data-unit": unit} if unit else {})}
    said = {
        "min_value": _("This must be %(limit_value)s or more."),
        "max_value": _("This must be %(limit_value)s or less."),
        **messages,
    }
    return {"required": False, "widget": forms.TextInput(attrs=attrs), "error_messages": said, **options}


class NumberField(forms.FloatField):
    """A number with a point or a comma before its decimals."""

    def __init__(self, *, unit: str = "", **options: Any) -> None:
        super().__init__(
            **_field_options(
                "decimal",
                unit,
                options,
                invalid=_("Please write a number, for example 12.5."),
                ambiguous=_(
                    "Please write the number without dividing the thousands, and with a point, for example 12.5."
                ),
            )
        )

    def to_python(self, value: Any) -> float | None:
        if isinstance(value, str):
            value = value.strip()
            if _AMBIGUOUS.search(value):
                raise forms.ValidationError(self.error_messages["ambiguous"], code="ambiguous")
            value = value.replace(",", ".")
        number: float | None = super().to_python(value)
        return number


class WholeNumberField(forms.IntegerField):
    """A whole number."""

    def __init__(self, *, unit: str = "", **options: Any) -> None:
        super().__init__(**_field_options("numeric", unit, options, invalid=_("Please write a whole number.")))
