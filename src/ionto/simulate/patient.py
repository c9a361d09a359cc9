"""The virtual patient: sweat ducts that are open, freshly blocked or blocked for long, on each side of one site.

Charge through the skin blocks open ducts and consolidates fresh blocks; rest reopens fresh ones within days and
consolidated ones within weeks. Open ducts sweat, and until enough of them are blocked the others make up for it. What
set each value, and how far published trials agree, stands in docs/explanation/virtual-patient.md. Chance comes only
from the `rng` that is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from ionto.words.terms import Site

# Anode against cathode, 1.2 : 1 [SATO93; facts 11.3].
CATHODAL_RATIO = 1 / 1.2
# Palms' non-responders: 18.8 % [KAR02]. They respond this much less to charge [guess].
NON_RESPONDER_PROB = 0.19
NON_RESPONDER_RATIO = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTraits:
    """One person at one site; frozen for the trial. Defaults are the typical responder's palms.

    Raises
    ------
    ValueError
        When the consolidated blocks would reopen faster than the fresh ones, or the HDSS thresholds do not rise.
    """

    untreated_mg_per_min: float = 52.0  # of one side, at rest [KAR04]
    blocked_per_dose_ratio: float = 0.40  # open ducts blocked, for each mA·min/cm² under the anode; fitted to KAR04
    consolidated_per_dose_ratio: float = 2.0  # fresh blocks consolidated, likewise; fitted to KAR04
    fresh_half_life_days: float = 3.0  # dry 3 days after one session [DOL04]
    consolidated_half_life_days: float = 48.0  # fitted to HKMJ99, whose benefit halves in 4 to 5 weeks
    residual_fraction: float = 0.06  # sweat that no treatment reaches; half of what was left in KAR04
    steepness_ratio: float = 2.5  # exponent of sweat against open ducts; fitted to KAR04, HKMJ99
    reserve_ratio: float = 0.3  # the smaller, the longer open ducts make up for blocked ones; fitted to HHUK
    responder: bool = True
    day_to_day_sd_ratio: float = 0.30  # of ln sweat [guess]
    gravimetry_sd_ratio: float = 0.20  # of ln weight, with 0.5 mg/min of the balance [guess]
    balance_sd_mg_per_min: float = 0.5
    # Sweat above which the answer is 2, 3 and 4: a point down is about half, two points about 80 % less [CAN07].
    hdss_thresholds_mg_per_min: tuple[float, float, float] = (5.2, 16.4, 37.0)
    answer_sd_ratio: float = 0.15  # of ln sweat, in what is felt [guess]
    half_rating_mg_per_min: float = 13.0  # sweat that is rated 5 of 10 [guess]
    rating_sd_score: float = 0.8  # [guess]

    def __post_init__(self) -> None:
        if self.consolidated_half_life_days < self.fresh_half_life_days:
            raise ValueError("consolidated blocks last at least as long as fresh ones")
        if (
            not 0
            < self.hdss_thresholds_mg_per_min[0]
            < self.hdss_thresholds_mg_per_min[1]
            < (self.hdss_thresholds_mg_per_min[2])
        ):
            raise ValueError("the HDSS thresholds rise")


@dataclass(frozen=True, slots=True)
class Ducts:
    """The ducts of one side, as fractions of all; what is neither freshly blocked nor consolidated is open."""

    fresh_fraction: float = 0.0
    consolidated_fraction: float = 0.0

    @property
    def open_fraction(self) -> float:
        return max(0.0, 1.0 - self.fresh_fraction - self.consolidated_fraction)


@dataclass(frozen=True, slots=True)
class PatientState:
    """Both sides now. A new patient's ducts are all open."""

    left: Ducts = Ducts()
    right: Ducts = Ducts()


@dataclass(frozen=True, slots=True)
class SideSweat:
    """Sweat of each side at rest."""

    left_mg_per_min: float
    right_mg_per_min: float

    @property
    def mean_mg_per_min(self) -> float:
        return (self.left_mg_per_min + self.right_mg_per_min) / 2


def treated(
    state: PatientState,
    traits: PatientTraits,
    left_anode_ma_min: float,
    right_anode_ma_min: float,
    contact_area_cm2: float,
) -> PatientState:
    """The state after one session: charge while the left side, and while the right side, was the anode.

    Raises
    ------
    ValueError
        When a charge is negative or not a number, or the area (of one side) is not positive.
    """
    if not (left_anode_ma_min >= 0 and right_anode_ma_min >= 0 and contact_area_cm2 > 0):
        raise ValueError("a session has no negative charge, and some contact area")
    return PatientState(
        _blocked(state.left, traits, (left_anode_ma_min + right_anode_ma_min * CATHODAL_RATIO) / contact_area_cm2),
        _blocked(state.right, traits, (right_anode_ma_min + left_anode_ma_min * CATHODAL_RATIO) / contact_area_cm2),
    )


def rested(state: PatientState, traits: PatientTraits, days: float) -> PatientState:
    """The state after these days without a session.

    Raises
    ------
    ValueError
        When the days are negative or not a number.
    """
    if not days >= 0:
        raise ValueError(f"rest lasts some days, not {days}")
    fresh_ratio = math.exp2(-days / traits.fresh_half_life_days)
    consolidated_ratio = math.exp2(-days / traits.consolidated_half_life_days)
    return PatientState(
        Ducts(state.left.fresh_fraction * fresh_ratio, state.left.consolidated_fraction * consolidated_ratio),
        Ducts(state.right.fresh_fraction * fresh_ratio, state.right.consolidated_fraction * consolidated_ratio),
    )


def sweat_mg_per_min(state: PatientState, traits: PatientTraits) -> SideSweat:
    """Sweat of each side at rest, on an average day."""
    return SideSweat(_side_mg_per_min(state.left, traits), _side_mg_per_min(state.right, traits))


def sweat_today(state: PatientState, traits: PatientTraits, rng: np.random.Generator) -> SideSweat:
    """Sweat of each side on one day, which is hotter or calmer for both alike."""
    average = sweat_mg_per_min(state, traits)
    day_ratio = math.exp(traits.day_to_day_sd_ratio * rng.standard_normal())
    return SideSweat(average.left_mg_per_min * day_ratio, average.right_mg_per_min * day_ratio)


def hdss_said(today_mg_per_min: float, traits: PatientTraits, rng: np.random.Generator) -> int:
    """The answer to the HDSS question, 1 to 4, on a day of this much sweat."""
    felt_mg_per_min = today_mg_per_min * math.exp(traits.answer_sd_ratio * rng.standard_normal())
    return 1 + sum(felt_mg_per_min > threshold for threshold in traits.hdss_thresholds_mg_per_min)


def rating_said(today_mg_per_min: float, traits: PatientTraits, rng: np.random.Generator) -> int:
    """The person's own rating, 0 (dry) to 10 (worst), on a day of this much sweat."""
    felt_score = 10 * today_mg_per_min / (today_mg_per_min + traits.half_rating_mg_per_min)
    said_score = round(felt_score + traits.rating_sd_score * float(rng.standard_normal()))
    return min(10, max(0, said_score))


def gravimetry(today_mg_per_min: float, traits: PatientTraits, rng: np.random.Generator) -> float:
    """Weighed sweat of one side [mg/min], to 0.1 mg/min; paper and balance add their noise."""
    spread_ratio, balance_ratio = float(rng.standard_normal()), float(rng.standard_normal())
    weighed_mg_per_min = today_mg_per_min * math.exp(traits.gravimetry_sd_ratio * spread_ratio)
    return max(0.0, round(weighed_mg_per_min + traits.balance_sd_mg_per_min * balance_ratio, 1))


def typical_traits(site: Site) -> PatientTraits:
    """The typical responder at this site.

    Raises
    ------
    ValueError
        When the site is not treated.
    """
    if site not in _TYPICAL:
        raise ValueError(f"there is no virtual patient for the {site}")
    return _TYPICAL[site]


def drawn_traits(site: Site, rng: np.random.Generator) -> PatientTraits:
    """One person drawn from the population of this site; about one in five is a non-responder."""
    typical = typical_traits(site)
    spread = {name: math.exp(sd_ratio * rng.standard_normal()) for name, sd_ratio in _SPREAD_SD_RATIO.items()}
    responder = bool(rng.random() >= NON_RESPONDER_PROB)
    answering = 1.0 if responder else NON_RESPONDER_RATIO
    fresh_half_life_days = typical.fresh_half_life_days * spread["fresh"]
    thresholds = typical.hdss_thresholds_mg_per_min
    tolerance_ratio = spread["untreated"] * spread["tolerance"]
    return replace(
        typical,
        responder=responder,
        untreated_mg_per_min=typical.untreated_mg_per_min * spread["untreated"],
        blocked_per_dose_ratio=typical.blocked_per_dose_ratio * spread["blocked"] * answering,
        consolidated_per_dose_ratio=typical.consolidated_per_dose_ratio * spread["blocked"] * answering,
        fresh_half_life_days=fresh_half_life_days,
        consolidated_half_life_days=max(
            typical.consolidated_half_life_days * spread["consolidated"], fresh_half_life_days
        ),
        residual_fraction=min(0.5, typical.residual_fraction * spread["residual"]),
        day_to_day_sd_ratio=typical.day_to_day_sd_ratio * spread["day_to_day"],
        hdss_thresholds_mg_per_min=(
            thresholds[0] * tolerance_ratio,
            thresholds[1] * tolerance_ratio,
            thresholds[2] * tolerance_ratio,
        ),
        half_rating_mg_per_min=typical.half_rating_mg_per_min * tolerance_ratio,
    )


# The spread between people, sd of ln: baselines 20 to 100 mg/min, response 0.77 to 0.93 a session, half-lives 1 to 8
# weeks with a tail to 6 months (ranges in facts 11.3, read as about two sd each way); the rest [guess].
_SPREAD_SD_RATIO: Mapping[str, float] = MappingProxyType(
    {
        "untreated": 0.40,
        "blocked": 0.30,
        "fresh": 0.30,
        "consolidated": 0.60,
        "residual": 0.50,
        "day_to_day": 0.30,
        "tolerance": 0.40,
    }
)

# Soles: the palms' values, for want of their own. Axillae: untreated sweat between the entry of trials, 10 mg/min
# [GT-JP], and severe, 50 mg/min [ALLABOUTSWEAT]; the residual is set to the fall of 70 % in SEN19.
_TYPICAL: Mapping[Site, PatientTraits] = MappingProxyType(
    {
        Site.PALMS: PatientTraits(),
        Site.SOLES: PatientTraits(),
        Site.AXILLAE: PatientTraits(
            untreated_mg_per_min=30.0,
            residual_fraction=0.19,
            hdss_thresholds_mg_per_min=(3.0, 9.5, 21.0),
            half_rating_mg_per_min=7.5,
        ),
    }
)


def _blocked(ducts: Ducts, traits: PatientTraits, dose_ma_min_per_cm2: float) -> Ducts:
    """One side after a session: fresh blocks consolidate first, then open ducts block."""
    blocking = -math.expm1(-traits.blocked_per_dose_ratio * dose_ma_min_per_cm2)
    consolidating = -math.expm1(-traits.consolidated_per_dose_ratio * dose_ma_min_per_cm2)
    moved = ducts.fresh_fraction * consolidating
    return Ducts(ducts.fresh_fraction - moved + ducts.open_fraction * blocking, ducts.consolidated_fraction + moved)


def _side_mg_per_min(ducts: Ducts, traits: PatientTraits) -> float:
    """Sweat of one side: a steep, saturating function of the open fraction, above the residual."""
    opened = math.pow(ducts.open_fraction, traits.steepness_ratio)
    reachable_ratio = opened * (1 + traits.reserve_ratio) / (opened + traits.reserve_ratio)
    return traits.untreated_mg_per_min * (traits.residual_fraction + (1 - traits.residual_fraction) * reachable_ratio)
