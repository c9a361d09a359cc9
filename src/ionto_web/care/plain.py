"""The words of the field in plain words, for the page. A test holds each table against its terms."""

from __future__ import annotations

from ionto.words.terms import (
    AlertLevel,
    CoursePhase,
    Decision,
    Effect,
    EffectSeverity,
    Outcome,
    Site,
)

SITES = {
    Site.PALMS: "hands",
    Site.SOLES: "feet",
    Site.AXILLAE: "underarms",
    Site.FACE: "face",
}
TREATABLE = (Site.PALMS, Site.SOLES, Site.AXILLAE)

# What is put into the water, or under the pads, in the checklist and on the session's page.
LIMBS = {
    Site.PALMS: "both hands",
    Site.SOLES: "both feet",
    Site.AXILLAE: "the pads under both arms",
    Site.FACE: "the mask",
}

DECISIONS = {
    Decision.SUITABLE: ("Suitable", "check", "You can have this treatment on your {site}."),
    Decision.DEFER: ("Not today", "pause", "Not today: something on your {site} needs to heal or come off first."),
    Decision.ASK_CLINICIAN: ("Ask first", "question", "Ask a doctor or nurse before any treatment on your {site}."),
    Decision.NOT_SUITABLE: ("Not suitable", "cross", "This treatment is not safe for you on your {site}."),
}

HDSS = {
    1: "I never notice it, and it never gets in my way",
    2: "I can put up with it; it sometimes gets in my way",
    3: "I can hardly put up with it; it often gets in my way",
    4: "I cannot put up with it; it always gets in my way",
}

EFFECTS = {
    Effect.TINGLING: "Tingling",
    Effect.PAIN: "Pain",
    Effect.ITCH: "Itching",
    Effect.ERYTHEMA: "Red skin",
    Effect.DRYNESS: "Dry skin",
    Effect.CRACKING: "Cracked skin",
    Effect.BLISTER: "Blister",
    Effect.BURN: "Burn, or a grey or white spot",
    Effect.BRUISE: "Pinprick bruises",
    Effect.SHOCK: "A small electric shock",
    Effect.PALPITATIONS: "Heart racing or stumbling",
    Effect.FAINT: "Fainting, or nearly",
    Effect.CHEST_PAIN: "Pain in the chest",
    Effect.SEIZURE: "A seizure",
    Effect.IMPLANT_FELT: "An implant that I felt, or that gave an alarm",
}

SEVERITIES = {EffectSeverity.MILD: "mild", EffectSeverity.MODERATE: "moderate", EffectSeverity.SEVERE: "strong"}

COURSE_PHASES = {
    CoursePhase.INDUCTION: ("Getting dry", "The first weeks: regular sessions until the sweating gives way."),
    CoursePhase.MAINTENANCE: ("Staying dry", "It works. Now a session only as often as it is needed."),
    CoursePhase.RELAPSE: ("Sweating is back", "The effect has worn off. Regular sessions bring it back."),
    CoursePhase.NO_RESPONSE: ("No effect yet", "It has not worked so far. Time to look again with your clinic."),
    CoursePhase.PAUSED: ("On hold", "No sessions until the skin, or whatever else was found, is well again."),
}

SESSION_OUTCOMES = {
    Outcome.COMPLETED: "finished",
    Outcome.STOPPED: "stopped early",
    Outcome.FAULTED: "cut off by the safety check",
}

# The six signs of the common kind (HORN04).
CRITERIA = {
    "bilateral": "it is on both sides",
    "impairs_daily_life": "it gets in the way of daily life",
    "weekly": "it comes at least once a week",
    "onset_before_25": "it began before the age of 25",
    "family_history": "somebody in the family has it",
    "stops_in_sleep": "it stops in sleep",
}

# The subjects of what a person may expect, in the order in which the page says them.
EXPECTED = {
    "procedure": "How it is done",
    "sessions_until_noticed": "When you notice something",
    "how_likely": "How likely it is to help",
    "how_long": "How long it lasts",
    "feels_like": "How it feels",
    "side_effect": "Side effects",
    "upkeep": "The time it takes afterwards",
    "why_people_stop": "Why people stop",
    "underarms": "About the underarms",
}

ALERTS = {
    AlertLevel.GREEN: ("Fine", "check"),
    AlertLevel.AMBER: ("Take care", "pause"),
    AlertLevel.RED_LOCAL: ("Stop here until healed", "cross"),
    AlertLevel.RED_SYSTEMIC: ("Stop and get help", "cross"),
}

FACTS = {
    "session": "sessions",
    "hdss": "HDSS scores",
    "sweat_rate": "weighed sweat rates",
    "rating": "ratings",
    "side_effect": "side effects",
    "cleared": "clearances",
}

LIMITS = {
    "site": "Place on the body",
    "protocol": "Protocol",
    "density": "Skin area",
    "child": "Under 18",
    "device": "Device",
}
