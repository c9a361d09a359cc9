"""The words of the field in plain words, for the page. A test holds each table against its terms."""

from __future__ import annotations

from ionto.words.terms import (
    AlertLevel,
    BodyPart,
    Condition,
    CoursePhase,
    Decision,
    Effect,
    EffectSeverity,
    Outcome,
    Site,
    Symptom,
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

CONDITIONS = {
    Condition.PACEMAKER: "A pacemaker",
    Condition.ICD: "A defibrillator under the skin (ICD)",
    Condition.IMPLANTED_STIMULATOR: "A nerve, brain or bladder stimulator",
    Condition.IMPLANTED_PUMP: "A pump in the body, for example for pain medicine",
    Condition.COCHLEAR_IMPLANT: "A hearing implant (cochlear implant)",
    Condition.METAL_IMPLANT: "Metal in the body: plate, screw, pin, artificial joint",
    Condition.FIXED_BRACES: "Fixed braces on the teeth",
    Condition.JEWELLERY_FIXED: "A ring or piercing that does not come off",
    Condition.PREGNANT: "I am pregnant",
    Condition.MAY_BE_PREGNANT: "I may be pregnant",
    Condition.TRYING_TO_CONCEIVE: "I am trying to become pregnant",
    Condition.BREASTFEEDING: "I am breastfeeding",
    Condition.COPPER_IUD: "A coil with copper (IUD)",
    Condition.HORMONAL_IUD: "A coil with hormones (IUS)",
    Condition.ARRHYTHMIA: "An irregular heartbeat",
    Condition.HEART_DISEASE: "Another heart disease",
    Condition.THROMBOSIS: "A blood clot in a vein, now or lately (thrombosis)",
    Condition.VASCULAR_DISEASE: "Bad blood flow in arms or legs",
    Condition.EPILEPSY: "Epilepsy or seizures",
    Condition.REDUCED_SENSATION: "Numb skin, or feeling less than usual",
    Condition.DIABETES: "Diabetes",
    Condition.CANCER: "Cancer, now or in the last years",
    Condition.OPEN_WOUND: "An open wound or burn",
    Condition.SMALL_CUT: "A small cut, crack or graze",
    Condition.SKIN_INFECTION: "A skin infection, for example fungus or warts",
    Condition.ECZEMA: "Eczema or an itchy rash",
    Condition.ELECTRICAL_HYPERSENSITIVITY: "I have reacted badly to electrical treatment before",
}

CONDITION_GROUPS = {
    "Things inside or on the body": (
        "A current must not pass through electronics, and metal can gather it in one place.",
        (
            Condition.PACEMAKER,
            Condition.ICD,
            Condition.IMPLANTED_STIMULATOR,
            Condition.IMPLANTED_PUMP,
            Condition.COCHLEAR_IMPLANT,
            Condition.METAL_IMPLANT,
            Condition.FIXED_BRACES,
            Condition.JEWELLERY_FIXED,
        ),
    ),
    "Pregnancy and contraception": (
        "Nobody has tested this treatment in pregnancy, and some coils are made of metal.",
        (
            Condition.PREGNANT,
            Condition.MAY_BE_PREGNANT,
            Condition.TRYING_TO_CONCEIVE,
            Condition.BREASTFEEDING,
            Condition.COPPER_IUD,
            Condition.HORMONAL_IUD,
        ),
    ),
    "Illnesses": (
        "With some illnesses a doctor should say yes first.",
        (
            Condition.ARRHYTHMIA,
            Condition.HEART_DISEASE,
            Condition.THROMBOSIS,
            Condition.VASCULAR_DISEASE,
            Condition.EPILEPSY,
            Condition.DIABETES,
            Condition.CANCER,
        ),
    ),
    "Your skin": (
        "Broken skin lets too much current through, and numb skin does not warn you.",
        (
            Condition.REDUCED_SENSATION,
            Condition.OPEN_WOUND,
            Condition.SMALL_CUT,
            Condition.SKIN_INFECTION,
            Condition.ECZEMA,
            Condition.ELECTRICAL_HYPERSENSITIVITY,
        ),
    ),
}

BODY_PARTS = {part: part.value.replace("_", " ").replace("axilla", "armpit") for part in BodyPart}

SYMPTOMS = {
    Symptom.NIGHT_SWEATS: "I wake up wet with sweat",
    Symptom.FEVER: "Fever",
    Symptom.WEIGHT_LOSS: "I have lost weight without trying",
    Symptom.SWOLLEN_GLANDS: "Swollen glands in neck, armpit or groin",
    Symptom.PALPITATIONS: "My heart races or stumbles",
    Symptom.HEAT_INTOLERANCE: "I cannot stand heat as I used to",
    Symptom.FLUSHING: "My face turns hot and red in attacks",
    Symptom.TREMOR: "My hands shake",
    Symptom.MENOPAUSE: "I am in the menopause",
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

LIMITS = {
    "site": "Place on the body",
    "protocol": "Protocol",
    "density": "Skin area",
    "child": "Under 18",
    "device": "Device",
}

OUTCOMES = {
    "better": "it got better",
    "no_change": "no change",
    "worse": "it got worse",
    "not_tolerated": "I had to stop: sore skin or other side effects",
    "stopped": "I stopped for another reason",
}
