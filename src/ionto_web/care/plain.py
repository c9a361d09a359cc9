"""The words of the field in plain words, for the page. A test holds each table against its terms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ionto.words.terms import (
    AlertLevel,
    Answer,
    CoursePhase,
    Decision,
    Effect,
    EffectSeverity,
    Outcome,
    Side,
    Site,
    Wetness,
)

SITES = {
    Site.PALMS: _("hands"),
    Site.SOLES: _("feet"),
    Site.AXILLAE: _("underarms"),
    Site.FACE: _("face"),
}
# How the core names the places in its sentences. One palm or sole is a part of the hand or foot, and keeps its name.
CORE_SITES = {"palms": "hands", "soles": "feet", "axillae": "underarms", "axilla": "armpit", "armpits": "underarms"}
TREATABLE = (Site.PALMS, Site.SOLES, Site.AXILLAE)

# What is put into the water, or under the pads, in the checklist and on the session's page.
LIMBS = {
    Site.PALMS: _("both hands"),
    Site.SOLES: _("both feet"),
    Site.AXILLAE: _("the pads under both arms"),
    Site.FACE: _("the mask"),
}

DECISIONS = {
    Decision.SUITABLE: (_("Suitable"), "check", _("You can have this treatment on your {site}.")),
    Decision.DEFER: (
        _("Not today"),
        "pause",
        _("Not today: something on your {site} needs to heal or come off first."),
    ),
    Decision.ASK_CLINICIAN: (
        _("Ask first"),
        "question",
        _("Ask a doctor or nurse before any treatment on your {site}."),
    ),
    Decision.NOT_SUITABLE: (_("Not suitable"), "cross", _("This treatment is not safe for you on your {site}.")),
}

HDSS = {
    1: _("I never notice it, and it never gets in my way"),
    2: _("I can put up with it; it sometimes gets in my way"),
    3: _("I can hardly put up with it; it often gets in my way"),
    4: _("I cannot put up with it; it always gets in my way"),
}

EFFECTS = {
    Effect.TINGLING: _("Tingling"),
    Effect.PAIN: _("Pain"),
    Effect.ITCH: _("Itching"),
    Effect.ERYTHEMA: _("Red skin"),
    Effect.DRYNESS: _("Dry skin"),
    Effect.CRACKING: _("Cracked skin"),
    Effect.BLISTER: _("Blister"),
    Effect.BURN: _("Burn, or a grey or white spot"),
    Effect.BRUISE: _("Pinprick bruises"),
    Effect.SHOCK: _("A small electric shock"),
    Effect.PALPITATIONS: _("Heart racing or stumbling"),
    Effect.FAINT: _("Fainting, or nearly"),
    Effect.CHEST_PAIN: _("Pain in the chest"),
    Effect.SEIZURE: _("A seizure"),
    Effect.IMPLANT_FELT: _("An implant that I felt, or that gave an alarm"),
}

ANSWERS = {Answer.YES: _("Yes"), Answer.NO: _("No"), Answer.UNKNOWN: _("I do not know")}

SEVERITIES = {
    EffectSeverity.MILD: _("mild"),
    EffectSeverity.MODERATE: _("moderate"),
    EffectSeverity.SEVERE: _("strong"),
}

COURSE_PHASES = {
    CoursePhase.INDUCTION: (_("Getting dry"), _("The first weeks: regular sessions until the sweating gives way.")),
    CoursePhase.MAINTENANCE: (_("Staying dry"), _("It works. Now a session only as often as it is needed.")),
    CoursePhase.RELAPSE: (_("Sweating is back"), _("The effect has worn off. Regular sessions bring it back.")),
    CoursePhase.NO_RESPONSE: (_("No effect yet"), _("It has not worked so far. Time to look again with your clinic.")),
    CoursePhase.PAUSED: (_("On hold"), _("No sessions until the skin, or whatever else was found, is well again.")),
}

SESSION_OUTCOMES = {
    Outcome.COMPLETED: _("finished"),
    Outcome.STOPPED: _("stopped early"),
    Outcome.FAULTED: _("cut off by the safety check"),
}

FELT = {Wetness.DRY: _("dry"), Wetness.CLAMMY: _("clammy"), Wetness.WET: _("wet")}

SIDES = {Side.LEFT: _("left"), Side.RIGHT: _("right")}

# What is looked at before a treatment is called useless.
CHECKS = {
    "current": pgettext_lazy("to be checked", "Current"),
    "sessions": pgettext_lazy("to be checked", "Sessions"),
    "waveform": _("Waveform"),
    "water": _("Water"),
}

# The six signs of the common kind (HORN04).
CRITERIA = {
    "bilateral": _("it is on both sides"),
    "impairs_daily_life": _("it gets in the way of daily life"),
    "weekly": _("it comes at least once a week"),
    "onset_before_25": _("it began before the age of 25"),
    "family_history": _("somebody in the family has it"),
    "stops_in_sleep": _("it stops in sleep"),
}

# The subjects of what a person may expect, in the order in which the page says them.
EXPECTED = {
    "procedure": _("How it is done"),
    "sessions_until_noticed": _("When you notice something"),
    "how_likely": _("How likely it is to help"),
    "how_long": _("How long it lasts"),
    "feels_like": _("How it feels"),
    "side_effect": _("Side effects"),
    "upkeep": _("The time it takes afterwards"),
    "why_people_stop": _("Why people stop"),
    "underarms": _("About the underarms"),
}

ALERTS = {
    AlertLevel.GREEN: (_("Fine"), "check"),
    AlertLevel.AMBER: (_("Take care"), "pause"),
    AlertLevel.RED_LOCAL: (_("Stop here until healed"), "cross"),
    AlertLevel.RED_SYSTEMIC: (_("Stop and get help"), "cross"),
}

FACTS = {
    "session": _("sessions"),
    "hdss": _("HDSS scores"),
    "sweat_rate": _("weighed sweat rates"),
    "rating": _("ratings"),
    "day": _("days"),
    "starch_iodine": _("starch-iodine tests"),
    "side_effect": _("side effects"),
    "cause": _("causes looked for"),
    "cleared": _("clearances"),
}

LIMITS = {
    "site": _("Place on the body"),
    "protocol": _("Protocol"),
    "density": _("Skin area"),
    "child": _("Under 18"),
    "device": _("Device"),
}
