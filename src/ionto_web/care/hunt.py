"""It does not work: the known causes, one question at a time (facts 3.10), each with what to do and why.

The record keeps whether a cause was found, not how it was asked for: a question may be worded anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ionto.words.records import CauseFact, Fact
from ionto.words.terms import Answer, Cause, Site


@dataclass(frozen=True)
class Step:
    """One question. `fault` is the answer that names a cause; `unknown` never does, and asks to look."""

    key: Cause
    question: Promise
    look: Promise
    fault: Answer
    cause: Promise
    do: Promise
    why: Promise
    sources: tuple[str, ...]
    # Whether it needs a clinician before anything is changed.
    asks_clinician: bool = False

    def turned(self, said: Answer) -> Answer:
        """Whether the cause is there, by what was answered to the question; and the other way round."""
        if said is Answer.UNKNOWN or self.fault is Answer.YES:
            return said
        return Answer.NO if said is Answer.YES else Answer.YES


STEPS = (
    Step(
        Cause.SESSIONS,
        _("Have you had at least ten sessions, about as often as your plan says?"),
        _("Count them on the page Progress, under “So far”."),
        fault=Answer.NO,
        cause=_("Too few sessions so far"),
        do=_("Keep the rhythm of your plan until you have had ten to twelve. Then look again."),
        why=_("Most people notice nothing until after the fourth session, and many need six to twelve."),
        sources=("HHUK", "HOL87"),
    ),
    Step(
        Cause.CURRENT,
        _("Does the current reach the number that your plan says?"),
        _("Read the display in the middle of a session, and compare it with “Current” on the page Plan."),
        fault=Answer.NO,
        cause=_("The current is not reached"),
        do=_("Soak the skin before the session. Add a teaspoon of baking soda to each tray, or use mineral water."),
        why=_("Dry skin lets little current through, and the device cannot push harder. That is no fault of yours."),
        sources=("SAAL-I", "FISCHER", "DERMADRY"),
    ),
    Step(
        Cause.WATER,
        _("Is your water distilled, filtered or very soft, or did it work in the clinic and not at home?"),
        _("Your waterworks says how hard the water is. Water from a softener or an ironing bottle is very soft."),
        fault=Answer.YES,
        cause=_("The water is too soft"),
        do=_("Use plain tap water, or bottled mineral water. Do not add salt."),
        why=_("Very soft water lets too little current through; salt makes the treatment less effective."),
        sources=("IONTOC", "HID94", "SATO93", "DERMADRY"),
    ),
    Step(
        Cause.WAVEFORM,
        _("Is the device set to pulsed or alternating current?"),
        _("Look for a switch or a setting named pulse, AC or DC; the manual says what yours has."),
        fault=Answer.YES,
        cause=_("Another kind of current"),
        do=_("Ask your clinic whether direct current (DC) suits you, before you change the setting."),
        why=_("Pulsed current needs a few more sessions and failed in two of ten; alternating current does nothing."),
        sources=("REI95", "REI93"),
        asks_clinician=True,
    ),
    Step(
        Cause.DRY,
        _("Is the skin very dry or cracked, or does the device refuse to go higher?"),
        _("Look at the skin in good light, and feel it with a finger."),
        fault=Answer.YES,
        cause=_("The skin is too dry for more"),
        do=_("Use a moisturiser, and have sessions less often. Do not treat while a crack is open."),
        why=_("Very dry skin is a sign of more treatment than you need. Some devices then lock themselves."),
        sources=("BCM", "HH-ORG", "HIDREX-SAFE"),
    ),
    Step(
        Cause.SIDE,
        _("Does it work on one side and not on the other?"),
        _("Compare left and right on a usual day, before a session."),
        fault=Answer.YES,
        cause=_("One side lags behind"),
        do=_("Ask your clinic whether the plus pole should go to the worse side more often."),
        why=_("The plus pole works a little more strongly."),
        sources=("HIDREX-POL", "FISCHER-USE"),
        asks_clinician=True,
    ),
)


@dataclass(frozen=True)
class Said:
    """What was answered last to a question, in its own words, and when."""

    step: Step
    answer: Answer
    found: Answer
    at: datetime


@dataclass(frozen=True)
class Hunt:
    """What was answered last to each question, in their order."""

    said: tuple[Said, ...]

    @property
    def next_step(self) -> Step | None:
        """The first question without an answer; None when the hunt is over."""
        answered = {each.step.key for each in self.said}
        return next((step for step in STEPS if step.key not in answered), None)

    @property
    def causes(self) -> list[Step]:
        """The causes that were found, and are left to mend."""
        return [each.step for each in self.said if each.found is Answer.YES]

    @property
    def not_known(self) -> list[Step]:
        """What could not be told, and should be looked at."""
        return [each.step for each in self.said if each.found is Answer.UNKNOWN]


def hunt_of(facts: Iterable[Fact], site: Site) -> Hunt:
    """What was found last of each cause at one place; the facts in time order."""
    last = {fact.cause: fact for fact in facts if isinstance(fact, CauseFact) and fact.site is site}
    return Hunt(
        tuple(
            Said(step, step.turned(last[step.key].found), last[step.key].found, last[step.key].at)
            for step in STEPS
            if step.key in last
        )
    )
