"""The terms of the field, each spelled once. What a document says in JSON or TOML is the value of one of these."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import total_ordering


class Site(StrEnum):
    """A place that sweats and can be treated. `face` is known but has no protocol."""

    PALMS = "palms"
    SOLES = "soles"
    AXILLAE = "axillae"
    FACE = "face"


class Side(StrEnum):
    """Left or right, as the patient sees it."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Waveform(StrEnum):
    """How the current flows: constant, or pulsed with a net direct component."""

    DC = "dc"
    PULSED = "pulsed"


class PolarityHabit(StrEnum):
    """What a protocol does with the anode. Sources disagree on which is better, so all exist."""

    REVERSE_AT_HALF_TIME = "reverse_at_half_time"
    SWAP_BETWEEN_SESSIONS = "swap_between_sessions"
    ONE_SIDE_UNTIL_DRY = "one_side_until_dry"


class Sex(StrEnum):
    """Sex as it matters for the questions asked (pregnancy, gravimetry thresholds)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


@total_ordering
class Decision(StrEnum):
    """May this site be treated. Ordered: the strictest finding decides.

    >>> max(Decision.DEFER, Decision.SUITABLE)
    <Decision.DEFER: 'defer'>
    """

    SUITABLE = "suitable"
    DEFER = "defer"
    ASK_CLINICIAN = "ask_clinician"
    NOT_SUITABLE = "not_suitable"

    @property
    def strictness_score(self) -> int:
        return list(Decision).index(self)

    def __lt__(self, other: str) -> bool:
        return self.strictness_score < Decision(other).strictness_score

    def __gt__(self, other: str) -> bool:
        return self.strictness_score > Decision(other).strictness_score

    def __le__(self, other: str) -> bool:
        return not self > other

    def __ge__(self, other: str) -> bool:
        return not self < other


def strictest(decisions: Iterable[Decision]) -> Decision:
    """The strictest of several decisions; with none to heed, suitable.

    >>> strictest([Decision.SUITABLE, Decision.NOT_SUITABLE, Decision.DEFER])
    <Decision.NOT_SUITABLE: 'not_suitable'>
    """
    return max(decisions, key=lambda decision: decision.strictness_score, default=Decision.SUITABLE)


class Condition(StrEnum):
    """What a person may have that matters for suitability."""

    PACEMAKER = "pacemaker"
    ICD = "icd"
    IMPLANTED_STIMULATOR = "implanted_stimulator"
    IMPLANTED_PUMP = "implanted_pump"
    COCHLEAR_IMPLANT = "cochlear_implant"
    PREGNANT = "pregnant"
    MAY_BE_PREGNANT = "may_be_pregnant"
    TRYING_TO_CONCEIVE = "trying_to_conceive"
    BREASTFEEDING = "breastfeeding"
    COPPER_IUD = "copper_iud"
    HORMONAL_IUD = "hormonal_iud"
    METAL_IMPLANT = "metal_implant"
    FIXED_BRACES = "fixed_braces"
    ARRHYTHMIA = "arrhythmia"
    HEART_DISEASE = "heart_disease"
    EPILEPSY = "epilepsy"
    REDUCED_SENSATION = "reduced_sensation"
    DIABETES = "diabetes"
    THROMBOSIS = "thrombosis"
    VASCULAR_DISEASE = "vascular_disease"
    CANCER = "cancer"
    OPEN_WOUND = "open_wound"
    SMALL_CUT = "small_cut"
    SKIN_INFECTION = "skin_infection"
    ECZEMA = "eczema"
    JEWELLERY_FIXED = "jewellery_fixed"
    ELECTRICAL_HYPERSENSITIVITY = "electrical_hypersensitivity"

    @property
    def needs_where(self) -> bool:
        """Whether the body part must be said for the condition to be judged."""
        return self in {
            Condition.METAL_IMPLANT,
            Condition.REDUCED_SENSATION,
            Condition.CANCER,
            Condition.OPEN_WOUND,
            Condition.SMALL_CUT,
            Condition.SKIN_INFECTION,
            Condition.ECZEMA,
            Condition.JEWELLERY_FIXED,
        }


class BodyPart(StrEnum):
    """Where something is."""

    LEFT_HAND = "left_hand"
    RIGHT_HAND = "right_hand"
    LEFT_FOREARM = "left_forearm"
    RIGHT_FOREARM = "right_forearm"
    LEFT_UPPER_ARM = "left_upper_arm"
    RIGHT_UPPER_ARM = "right_upper_arm"
    LEFT_SHOULDER = "left_shoulder"
    RIGHT_SHOULDER = "right_shoulder"
    LEFT_AXILLA = "left_axilla"
    RIGHT_AXILLA = "right_axilla"
    LEFT_FOOT = "left_foot"
    RIGHT_FOOT = "right_foot"
    LEFT_LOWER_LEG = "left_lower_leg"
    RIGHT_LOWER_LEG = "right_lower_leg"
    LEFT_KNEE = "left_knee"
    RIGHT_KNEE = "right_knee"
    LEFT_THIGH = "left_thigh"
    RIGHT_THIGH = "right_thigh"
    LEFT_HIP = "left_hip"
    RIGHT_HIP = "right_hip"
    CHEST = "chest"
    SPINE = "spine"
    PELVIS = "pelvis"
    JAW = "jaw"
    MOUTH = "mouth"
    HEAD = "head"
    ELSEWHERE = "elsewhere"


class Symptom(StrEnum):
    """Signs that sweating may have another cause."""

    NIGHT_SWEATS = "night_sweats"
    FEVER = "fever"
    WEIGHT_LOSS = "weight_loss"
    SWOLLEN_GLANDS = "swollen_glands"
    PALPITATIONS = "palpitations"
    HEAT_INTOLERANCE = "heat_intolerance"
    FLUSHING = "flushing"
    TREMOR = "tremor"
    MENOPAUSE = "menopause"


class Circumstance(StrEnum):
    """What holds on the day, or at the place, of treatment and matters for suitability."""

    TWO_DEVICES = "two_devices"
    DIATHERMY_NEARBY = "diathermy_nearby"
    THUNDERSTORM_ON_MAINS = "thunderstorm_on_mains"
    WET_OR_OUTDOORS = "wet_or_outdoors"
    ANTICHOLINERGIC_ADDITIVE = "anticholinergic_additive"
    NAIL_POLISH = "nail_polish"
    JEWELLERY_WORN = "jewellery_worn"


class AdditiveCaution(StrEnum):
    """What a person may have that speaks against an anticholinergic medicine in the bath."""

    GLAUCOMA = "glaucoma"
    URINARY_RETENTION = "urinary_retention"
    MYASTHENIA_GRAVIS = "myasthenia_gravis"
    GUT_OBSTRUCTION = "gut_obstruction"
    FAST_HEARTBEAT = "fast_heartbeat"


class Certainty(StrEnum):
    """How sure a claim is, after the way its sources were made. It never stands above the evidence."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very_low"


class Effect(StrEnum):
    """Side effects that a person may feel or see."""

    TINGLING = "tingling"
    PAIN = "pain"
    ITCH = "itch"
    ERYTHEMA = "erythema"
    DRYNESS = "dryness"
    CRACKING = "cracking"
    BLISTER = "blister"
    BURN = "burn"
    BRUISE = "bruise"
    SHOCK = "shock"
    PALPITATIONS = "palpitations"
    FAINT = "faint"
    CHEST_PAIN = "chest_pain"
    SEIZURE = "seizure"
    IMPLANT_FELT = "implant_felt"


class Wetness(StrEnum):
    """How a day feels, in one tap: dry, clammy as when sweating comes back, or wet."""

    DRY = "dry"
    CLAMMY = "clammy"
    WET = "wet"


class Cause(StrEnum):
    """A known cause why the treatment does not work (facts 3.10): too few sessions, a current that is not reached,
    water that is too soft, another kind of current, skin that is too dry, one side that lags behind."""

    SESSIONS = "sessions"
    CURRENT = "current"
    WATER = "water"
    WAVEFORM = "waveform"
    DRY = "dry"
    SIDE = "side"


class Answer(StrEnum):
    """Yes, no, or that the person does not know."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class EffectSeverity(StrEnum):
    """How strong a side effect was."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Outcome(StrEnum):
    """How a session ended."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    FAULTED = "faulted"


class CoursePhase(StrEnum):
    """Where a person is in the course of treatment at one site."""

    INDUCTION = "induction"
    MAINTENANCE = "maintenance"
    RELAPSE = "relapse"
    NO_RESPONSE = "no_response"
    PAUSED = "paused"


class AlertLevel(StrEnum):
    """How serious a side effect is, and so what happens to the sessions (facts: stop rules)."""

    GREEN = "green"
    AMBER = "amber"
    RED_LOCAL = "red_local"
    RED_SYSTEMIC = "red_systemic"
