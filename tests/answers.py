"""What one person answers at the palms, written short, and the belief after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ionto.follow.response import Belief, believed_after, prior_belief, update
from ionto.words.records import DayFact, Fact, HdssFact, RatingFact, SessionFact, StarchIodineFact, SweatRateFact
from ionto.words.terms import Site, Wetness

BERLIN = ZoneInfo("Europe/Berlin")
DAY_ONE = datetime(2026, 3, 2, 17, tzinfo=UTC)
FULL_MA_MIN = 300.0


def after(days: float) -> datetime:
    return DAY_ONE + timedelta(days=days)


def session(days: float, current_ma: float = 15.0, duration_min: float = 20.0) -> SessionFact:
    return SessionFact(site=Site.PALMS, at=after(days), current_ma=current_ma, duration_min=duration_min)


def hdss(days: float, score: int) -> HdssFact:
    return HdssFact(site=Site.PALMS, at=after(days), score=score)


def rating(days: float, score: int) -> RatingFact:
    return RatingFact(site=Site.PALMS, at=after(days), score=score)


def weighed(days: float, sweat_mg_per_min: float) -> SweatRateFact:
    return SweatRateFact(site=Site.PALMS, at=after(days), sweat_mg_per_min=sweat_mg_per_min)


def felt(days: float, wetness: Wetness) -> DayFact:
    return DayFact(site=Site.PALMS, at=after(days), felt=wetness)


def stained(days: float, area_fraction: float) -> StarchIodineFact:
    return StarchIodineFact(site=Site.PALMS, at=after(days), area_fraction=area_fraction)


def at_once(facts: list[Fact], *, seed: int = 0, draws_count: int = 1024) -> Belief:
    """The belief drawn once from all facts."""
    return believed_after(
        prior_belief(Site.PALMS, full_dose_ma_min=FULL_MA_MIN, seed=seed, draws_count=draws_count), facts
    )


def folded(facts: list[Fact], *, seed: int = 0, draws_count: int = 1024) -> Belief:
    """The belief after one fact after the other."""
    belief = prior_belief(Site.PALMS, full_dose_ma_min=FULL_MA_MIN, seed=seed, draws_count=draws_count)
    for fact in facts:
        belief = update(belief, fact)
    return belief


SHORT_COURSE: list[Fact] = [
    hdss(0.0, 4),
    weighed(0.1, 61.0),
    *[session(days) for days in (0.2, 2.2, 4.2, 7.2, 9.2)],
    rating(10.0, 5),
    session(11.2),
    session(14.2),
    hdss(15.0, 3),
    session(16.2),
    felt(17.0, Wetness.CLAMMY),
    rating(20.0, 3),
    stained(22.0, 0.4),
    weighed(24.0, 19.0),
]
