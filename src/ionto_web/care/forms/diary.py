"""A diary entry: how it was, in any of four ways, at one place of the body."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ionto.words.records import Fact, HdssFact, RatingFact, SideEffectFact, SweatRateFact
from ionto.words.terms import Effect, EffectSeverity, Site
from ionto_web.care.forms.numbers import NumberField
from ionto_web.care.plain import EFFECTS, HDSS, SEVERITIES, SITES

# What lies further back is a slip in the year, and says nothing about the treatment now.
EARLIEST = timedelta(days=2 * 365)


class DiaryForm(forms.Form):
    """What was noticed. Any field may stay empty, but not all of them."""

    site = forms.ChoiceField(label=_("Where"), widget=forms.RadioSelect)
    at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Please give a day and a time.")},
    )
    rating = forms.TypedChoiceField(
        label=_("How wet was it?"),
        help_text=_("0 is dry, 10 is the worst you know."),
        choices=tuple((str(score), str(score)) for score in range(11)),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    hdss = forms.TypedChoiceField(
        label=_("How much did it bother you?"),
        help_text=_("The HDSS scale, as in the consultation. Once a week is enough."),
        choices=tuple((str(score), words) for score, words in HDSS.items()),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    sweat_mg_per_min = NumberField(
        label=_("Weighed sweat of one side"),
        help_text=_("Only if it was weighed on filter paper (gravimetry)."),
        min_value=0,
        max_value=2000,
        unit="mg/min",
    )
    effect = forms.ChoiceField(
        label=_("Side effect"),
        choices=(("", _("None")), *((effect.value, EFFECTS[effect]) for effect in Effect)),
        required=False,
    )
    severity = forms.ChoiceField(
        label=_("How strong?"),
        choices=tuple((severity.value, capfirst(SEVERITIES[severity])) for severity in EffectSeverity),
        required=False,
    )
    lasted_hours = NumberField(
        label=_("How long did it last?"),
        help_text=_("Leave it empty if it is still there."),
        min_value=0,
        max_value=10000,
        unit=_("hours"),
    )

    def __init__(self, *args: Any, sites: Sequence[Site], zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        city = zone.key.rpartition("/")[2].replace("_", " ")
        self.fields["at"].help_text = _("%(city)s time. On a trip you may change the time zone under Details.") % {
            "city": city
        }
        self.fields["site"].choices = [(site.value, capfirst(SITES[site])) for site in sites]

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at > timezone.now():
            raise forms.ValidationError(_("This lies in the future."))
        if at < timezone.now() - EARLIEST:
            raise forms.ValidationError(_("This is more than two years ago. Please check the year."))
        return at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        said = [cleaned.get(name) for name in ("rating", "hdss", "sweat_mg_per_min", "effect")]
        if not self.errors and all(value in (None, "") for value in said):
            raise forms.ValidationError(_("Nothing is filled in yet. One answer is enough."))
        return cleaned

    def facts(self) -> list[Fact]:
        """What was said, as facts."""
        said = self.cleaned_data
        where: dict[str, Any] = {"site": Site(said["site"]), "at": said["at"]}
        facts: list[Fact] = []
        if said["rating"] is not None:
            facts.append(RatingFact(score=said["rating"], **where))
        if said["hdss"] is not None:
            facts.append(HdssFact(score=said["hdss"], **where))
        if said["sweat_mg_per_min"] is not None:
            facts.append(SweatRateFact(sweat_mg_per_min=said["sweat_mg_per_min"], **where))
        if said["effect"]:
            facts.append(
                SideEffectFact(
                    effect=Effect(said["effect"]),
                    severity=EffectSeverity(said["severity"] or "mild"),
                    lasted_hours=said["lasted_hours"],
                    **where,
                )
            )
        return facts
