"""It does not work: the known causes, one question at a time (facts 3.10), each with what to do and why.

What was answered is kept with the sign-in, not in the record: it says nothing about the person that the record needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ANSWERS = ("yes", "no", "unknown")


@dataclass(frozen=True)
class Step:
    """One question. `fault` is the answer that names a cause; `unknown` never does, and asks to look."""

    key: str
    question: Promise
    look: Promise
    fault: str
    cause: Promise
    do: Promise
    why: Promise
    sources: tuple[str, ...]
    # Whether it needs a clinician before anything is changed.
    asks_clinician: bool = False


STEPS = (
    Step(
        "sessions",
        _("Have you had at least ten sessions, about as often as your plan says?"),
        _("Count them on the page Progress, under “So far”."),
        fault="no",
        cause=_("Too few sessions so far"),
        do=_("Keep the rhythm of your plan until you have had ten to twelve. Then look again."),
        why=_("Most people notice nothing until after the fourth session, and many need six to twelve."),
        sources=("HHUK", "HOL87"),
    ),
    Step(
        "current",
        _("Does the current reach the number that your plan says?"),
        _("Read the display in the middle of a session, and compare it with “Current” on the page Plan."),
        fault="no",
        cause=_("The current is not reached"),
        do=_("Soak the skin before the session. Add a teaspoon of baking soda to each tray, or use mineral water."),
        why=_("Dry skin lets little current through, and the device cannot push harder. That is no fault of yours."),
        sources=("SAAL-I", "FISCHER", "DERMADRY"),
    ),
    Step(
        "water",
        _("Is your water distilled, filtered or very soft, or did it work in the clinic and not at home?"),
        _("Your waterworks says how hard the water is. Water from a softener or an ironing bottle is very soft."),
        fault="yes",
        cause=_("The water is too soft"),
        do=_("Use plain tap water, or bottled mineral water. Do not add salt."),
        why=_("Very soft water lets too little current through; salt makes the treatment less effective."),
        sources=("IONTOC", "HID94", "SATO93", "DERMADRY"),
    ),
    Step(
        "waveform",
        _("Is the device set to pulsed or alternating current?"),
        _("Look for a switch or a setting named pulse, AC or DC; the manual says what yours has."),
        fault="yes",
        cause=_("Another kind of current"),
        do=_("Ask your clinic whether direct current (DC) suits you, before you change the setting."),
        why=_("Pulsed current needs a few more sessions and failed in two of ten; alternating current does nothing."),
        sources=("REI95", "REI93"),
        asks_clinician=True,
    ),
    Step(
        "dry",
        _("Is the skin very dry or cracked, or does the device refuse to go higher?"),
        _("Look at the skin in good light, and feel it with a finger."),
        fault="yes",
        cause=_("The skin is too dry for more"),
        do=_("Use a moisturiser, and have sessions less often. Do not treat while a crack is open."),
        why=_("Very dry skin is a sign of more treatment than you need. Some devices then lock themselves."),
        sources=("BCM", "HH-ORG", "HIDREX-SAFE"),
    ),
    Step(
        "side",
        _("Does it work on one side and not on the other?"),
        _("Compare left and right on a usual day, before a session."),
        fault="yes",
        cause=_("One side lags behind"),
        do=_("Ask your clinic whether the plus pole should go to the worse side more often."),
        why=_("The plus pole works a little more strongly."),
        sources=("HIDREX-POL", "FISCHER-USE"),
        asks_clinician=True,
    ),
)


def next_step(answered: Mapping[str, str]) -> Step | None:
    """The first question without an answer; None when the hunt is over."""
    return next((step for step in STEPS if step.key not in answered), None)


def found(answered: Mapping[str, str]) -> list[Step]:
    """The causes that the answers name."""
    return [step for step in STEPS if answered.get(step.key) == step.fault]


def not_known(answered: Mapping[str, str]) -> list[Step]:
    """What the person could not tell, and should look at."""
    return [step for step in STEPS if answered.get(step.key) == "unknown"]
