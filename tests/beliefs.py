"""One person's palms by the day, the belief after it, and what is advised of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ionto.follow.advise import believed
from ionto.follow.recommend import recommend
from ionto.follow.recommendation import Recommendation
from ionto.follow.response import Belief
from ionto.words.records import Course, CoursePatient, Fact, HdssFact, PrescriptionFact, RatingFact
from ionto.words.records import SideEffectFact as Felt
from ionto.words.terms import Effect, Site

from .courses import BERLIN, EVENING, PALMS, on, session


def hdss(day: float, score: int) -> HdssFact:
    return HdssFact(site=Site.PALMS, at=EVENING + timedelta(days=day - 0.03), score=score)


def rating(day: float, score: int) -> RatingFact:
    return RatingFact(site=Site.PALMS, at=EVENING + timedelta(days=day - 0.03), score=score)


def felt(day: float, effect: str) -> Felt:
    return Felt(site=Site.PALMS, at=EVENING + timedelta(days=day + 0.1), effect=Effect(effect))


INDUCTION_DAYS = [7 * week + day for week in range(4) for day in (0, 2, 4)]
DRYING = (4, 4, 4, 3, 3, 2, 2, 2, 1, 1, 1, 1)


def induced() -> list[Fact]:
    return [
        fact for day, score in zip(INDUCTION_DAYS, DRYING, strict=True) for fact in (hdss(day, score), session(day))
    ]


def flat(count: int, **other: object) -> list[Fact]:
    return [fact for day in INDUCTION_DAYS[:count] for fact in (hdss(day, 4), rating(day, 9), session(day, **other))]  # type: ignore[arg-type]


def belief_of(facts: Sequence[Fact], prescription: PrescriptionFact = PALMS) -> Belief:
    patient = CoursePatient(id="p1", birth_year=1990, timezone="Europe/Berlin")
    return believed(Course(patient=patient, prescriptions=(prescription,), facts=tuple(facts)), prescription)


INDUCED = belief_of(induced())
EASED = belief_of([*induced(), *(fact for day in (32, 42, 56) for fact in (hdss(day, 1), session(day)))])
FLAT = belief_of(flat(10))


def advised(belief: Belief, day: int, **wishes: object) -> Recommendation:
    return recommend(belief, PALMS, on(day), zone=BERLIN, **wishes)  # type: ignore[arg-type]


def planned(advice: Recommendation) -> list[date]:
    return [day.on for day in advice.forecast if day.session_planned]
