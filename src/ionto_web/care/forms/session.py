"""The checklist before a session, and the questions after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ionto.words.records import SideEffectFact
from ionto.words.terms import Circumstance, Effect, EffectSeverity, Site
from ionto_web.care.live import SPEEDS
from ionto_web.care.plain import EFFECTS, LIMBS, SEVERITIES, SITES

SPEED_WORDS = {1: _("Real time"), 20: _("20 times faster"), 60: _("60 times faster")}


@dataclass(frozen=True)
class Check:
    """One line of the checklist (facts 3.9), with why, where it is from, and the circumstances that it rules out."""

    key: str
    words: str
    why: str
    sources: tuple[str, ...]
    rules_out: tuple[Circumstance, ...] = ()


CHECKS = (
    Check(
        "skin",
        _("The skin of my {site} is whole: no new cut, rash or swelling."),
        _("Broken skin lets too much current through one spot, which can burn."),
        ("DONC", "STEES"),
    ),
    Check(
        "changes",
        _("Nothing new: not pregnant, no new implant, no new heart trouble or seizure."),
        _("Any of these may make the treatment unsafe for you."),
        ("STEES", "HIDREX-CI"),
    ),
    Check(
        "metal",
        _("I have taken off rings, watch, bracelets and piercings there, and nail polish."),
        _("Metal gathers the current in one place and can burn; one hospital asks for polish to come off as well."),
        ("NEWC", "HIDREX-CI", "DONC"),
        (Circumstance.JEWELLERY_WORN, Circumstance.NAIL_POLISH),
    ),
    Check(
        "clean",
        _("I have washed off cream and lotion, and covered small cracks with a thin layer of petroleum jelly."),
        _("Cream keeps the current out; petroleum jelly keeps it away from sore spots."),
        ("STEES", "SAAL-FENCE"),
    ),
    Check(
        "device",
        _("The device stands firm, indoors in a dry room, and I cannot touch bare metal in the trays."),
        _("Water must not get into the device, and bare metal on the skin can burn it."),
        ("HIDREX-CI", "DP450"),
        (Circumstance.WET_OR_OUTDOORS,),
    ),
    Check(
        "alone",
        _("No other device treats me now, and none with shortwaves or microwaves runs within 2 metres."),
        _("The currents of two devices add up, and such waves can push a stray current through this one."),
        ("DP450", "HIDREX-CI"),
        (Circumstance.TWO_DEVICES, Circumstance.DIATHERMY_NEARBY),
    ),
    Check(
        "storm",
        _("There is no thunderstorm, or the device is not plugged into the wall."),
        _("The makers forbid the use on the mains in a thunderstorm."),
        ("DP450", "HIDREX-CI"),
        (Circumstance.THUNDERSTORM_ON_MAINS,),
    ),
    Check(
        "water",
        _(
            "Tap or mineral water just covers the skin, with nothing in it but what a doctor prescribed, or baking "
            "soda if the water is soft, and {limbs} are in place."
        ),
        _("Moving in or out while current flows gives a small shock, and a medicine in the water enters the body."),
        ("DP450", "SAAL-FENCE", "BAD", "FISCHER"),
        (Circumstance.ANTICHOLINERGIC_ADDITIVE,),
    ),
)


class PrepareForm(forms.Form):
    """Every line of the checklist, ticked."""

    speed_ratio = forms.TypedChoiceField(
        label=_("Speed of the simulated device"),
        help_text=_("Only a simulated device can be sped up. A real session always takes its full time."),
        choices=tuple((str(speed), SPEED_WORDS[speed]) for speed in SPEEDS),
        coerce=int,
        initial=1,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        for check in CHECKS:
            self.fields[f"check-{check.key}"] = forms.BooleanField(
                label=check.words.format(site=SITES[site], limbs=LIMBS[site]),
                error_messages={"required": _("Not ticked yet.")},
            )

    def checks(self) -> list[tuple[forms.BoundField, Check]]:
        return [(self[f"check-{check.key}"], check) for check in CHECKS]

    def unticked(self) -> list[forms.BoundField]:
        """The lines that the start waits for, once it has been asked for."""
        return [field for field, _check in self.checks() if field.errors]


class ComfortForm(forms.Form):
    """How the skin feels afterwards: each side effect that was felt, with its strength."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for effect in Effect:
            self.fields[f"felt-{effect.value}"] = forms.ChoiceField(
                label=EFFECTS[effect],
                choices=(
                    ("", _("No")),
                    *((severity.value, capfirst(SEVERITIES[severity])) for severity in EffectSeverity),
                ),
                required=False,
            )

    def facts(self, site: Site, at: datetime) -> list[SideEffectFact]:
        """The side effects that were felt, as facts."""
        felt = {effect: self.cleaned_data[f"felt-{effect.value}"] for effect in Effect}
        return [
            SideEffectFact(site=site, at=at, effect=effect, severity=EffectSeverity(severity))
            for effect, severity in felt.items()
            if severity
        ]
