"""Simulation-based calibration of the response model: persons drawn from the prior, a course each, the belief judged.

    python benchmarks/calibration.py [--persons 1000] [--draws 1024] [--seed 1]

Prints, for each parameter, how often the 50 % and 90 % intervals hold the truth, the chi-square of the rank histogram
(10 bins; its 1 % bound is 21.7), how many bins lie outside their own 99 % band, and the largest distance of the ranks
from an even spread, times the root of the number of persons (99 % band: 1.63); then the calibration of the responder
and control probabilities, and the time of a course.
The truth is simulated with the model's own equations, so this says whether the inference is right, not the model.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import NormalDist
from zoneinfo import ZoneInfo

import numpy as np

from ionto.follow.response import believed_after, forecast, prior_belief
from ionto.follow.response.observation import (
    DAY_CUTS,
    DAY_SCALE,
    HDSS_CUTS,
    HDSS_SCALE,
    IODINE_MIDDLE_LOG_SWEAT,
    IODINE_SCALE,
    IODINE_SLOPE,
    RATING_MIDDLE_SCORE,
    RATING_SCALE,
    RATING_SLOPE,
    WEIGHING_FREEDOM,
    WEIGHING_SCALE,
)
from ionto.follow.response.prior import NON_RESPONDER_PROB, PARAMETERS, Persons, persons_from
from ionto.follow.response.transition import DEVIATION_MEMORY_DAYS, elapsed, log_residual, treated, untreated
from ionto.words.records import (
    DayFact,
    Fact,
    HdssFact,
    RatingFact,
    SessionFact,
    StarchIodineFact,
    SweatRateFact,
)
from ionto.words.terms import Site, Wetness

BEGUN_AT = datetime(2026, 1, 5, 18, tzinfo=UTC)
FULL_MA_MIN = 300.0
BINS_COUNT = 10
AHEAD_DAYS = 10
NOTED = ("hdss", "rating", "day", "rating", "weighing", "day", "hdss", "rating", "day", "iodine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One person: rank of the truth among the draws for each parameter, and what was believed against what was so."""

    rank_fraction: np.ndarray
    responder_prob: float
    responder: bool
    controlled_prob: float
    controlled: bool
    facts_count: int
    course_s: float


def simulated(
    rng: np.random.Generator, person: Persons, days_count: int, *, every_days: float = 3.5
) -> tuple[list[Fact], bool]:
    """A course's facts, and whether the person is in control ten days after its end. Three sessions a week for four
    weeks, then one in nine days; something is noted every so many days, each kind in turn."""
    facts: list[Fact] = []
    state, at_day = untreated(person), 0.0
    sd = float(person.day_to_day[0])
    deviation = sd * rng.standard_normal()

    def move_to(day: float) -> float:
        """Log share of untreated sweat on that day."""
        nonlocal state, at_day, deviation
        memory = math.exp(-(day - at_day) / DEVIATION_MEMORY_DAYS)
        state, at_day = elapsed(person, state, day - at_day), day
        deviation = memory * deviation + sd * math.sqrt(1.0 - memory**2) * rng.standard_normal()
        return float(log_residual(person, state)[0]) + deviation

    noted_count = 0
    for day in range(days_count):
        if day >= noted_count * every_days:
            kind = NOTED[noted_count % len(NOTED)]
            noted_count += 1
            facts.append(noted(rng, kind, person, move_to(day), BEGUN_AT + timedelta(days=day)))
        if day % 7 in (0, 2, 4) if day < 28 else day % 9 == 0:
            move_to(day)
            at = BEGUN_AT + timedelta(days=day, hours=1)
            facts.append(SessionFact(site=Site.PALMS, at=at, current_ma=15.0, duration_min=20.0))
            state = treated(person, state, 1.0)
    return facts, float(person.excess[0]) + move_to(days_count - 1 + AHEAD_DAYS) <= HDSS_CUTS[1]


def noted(rng: np.random.Generator, kind: str, person: Persons, share: float, at: datetime) -> Fact:
    """What the person says, or a test shows, at this log share of untreated sweat."""
    x, log_sweat = float(person.excess[0]) + share, math.log(float(person.untreated_mg_per_min[0])) + share
    match kind:
        case "hdss":
            score = 1 + int(np.searchsorted(HDSS_CUTS, x + HDSS_SCALE * rng.logistic()))
            return HdssFact(site=Site.PALMS, at=at, score=score)
        case "rating":
            centre = RATING_MIDDLE_SCORE + RATING_SLOPE * x + float(person.rating_offset_score[0])
            score = int(np.clip(np.rint(centre + RATING_SCALE * rng.logistic()), 0, 10))
            return RatingFact(site=Site.PALMS, at=at, score=score)
        case "day":
            rank = int(np.searchsorted(DAY_CUTS, x + DAY_SCALE * rng.logistic()))
            return DayFact(site=Site.PALMS, at=at, felt=list(Wetness)[rank])
        case "weighing":
            weighed = math.exp(log_sweat + WEIGHING_SCALE * rng.standard_t(WEIGHING_FREEDOM))
            return SweatRateFact(site=Site.PALMS, at=at, sweat_mg_per_min=min(weighed, 2000.0))
        case _:
            logit = IODINE_SLOPE * (log_sweat - IODINE_MIDDLE_LOG_SWEAT) + IODINE_SCALE * rng.standard_normal()
            return StarchIodineFact(site=Site.PALMS, at=at, area_fraction=1.0 / (1.0 + math.exp(-logit)))


def judged(seed: int, draws_count: int) -> Result:
    """One person drawn from the prior, followed for 12 to 52 weeks."""
    rng = np.random.default_rng(seed)
    scores, responder = rng.standard_normal((1, len(PARAMETERS))), rng.random(1) > NON_RESPONDER_PROB
    days_count = int(rng.integers(84, 365))
    facts, controlled = simulated(rng, persons_from(scores, responder, Site.PALMS), days_count)
    begun_s = time.process_time()
    belief = prior_belief(Site.PALMS, full_dose_ma_min=FULL_MA_MIN, seed=seed, draws_count=draws_count)
    belief = believed_after(belief, facts)
    course_s = time.process_time() - begun_s
    on: date = (BEGUN_AT + timedelta(days=days_count - 1 + AHEAD_DAYS)).date()
    ahead = forecast(belief, days=[on], dose_ratio_on={}, zone=ZoneInfo("UTC"), tolerance=2)[0]
    return Result(
        rank_fraction=belief.weight @ (belief.scores < scores),
        responder_prob=belief.responder_prob,
        responder=bool(responder[0]),
        controlled_prob=ahead.controlled_prob,
        controlled=controlled,
        facts_count=len(facts),
        course_s=course_s,
    )


def report(results: list[Result]) -> None:
    """The figures as printed lines."""
    ranks = np.array([result.rank_fraction for result in results])
    count = len(results)
    print(
        f"{count} persons; sampling error of a coverage: 50 % +- {50 / count**0.5:.1f}, 90 % +- {30 / count**0.5:.1f}"
    )
    print(f"{'parameter':<24}{'50 % holds':>12}{'90 % holds':>12}{'chi-square':>12}{'bins out':>10}{'distance':>10}")
    band = NormalDist(count / BINS_COUNT, (count * 0.1 * 0.9) ** 0.5)
    low, high = band.inv_cdf(0.005), band.inv_cdf(0.995)
    for column, parameter in enumerate(PARAMETERS):
        rank = ranks[:, column]
        half, most = (100 * np.mean(np.abs(rank - 0.5) < width) for width in (0.25, 0.45))
        bins = np.histogram(rank, bins=BINS_COUNT, range=(0.0, 1.0))[0]
        chi_square = float(((bins - count / BINS_COUNT) ** 2).sum() / (count / BINS_COUNT))
        outside = int(((bins < low) | (bins > high)).sum())
        ladder = np.arange(count + 1) / count
        ordered = np.sort(rank)
        distance = max(np.abs(ordered - ladder[1:]).max(), np.abs(ordered - ladder[:-1]).max()) * count**0.5
        print(f"{parameter.name:<24}{half:>11.1f}%{most:>11.1f}%{chi_square:>12.1f}{outside:>10d}{distance:>10.2f}")
    whole = 100 * np.mean(np.abs(ranks - 0.5) < 0.45)
    print(f"{'all':<24}{100 * np.mean(np.abs(ranks - 0.5) < 0.25):>11.1f}%{whole:>11.1f}%")
    for said, so, name in (
        ([r.responder_prob for r in results], [r.responder for r in results], "responder"),
        ([r.controlled_prob for r in results], [r.controlled for r in results], f"control in {AHEAD_DAYS} days"),
    ):
        prob, truth = np.array(said), np.array(so, dtype=float)
        print(
            f"{name}: mean probability {prob.mean():.3f}, true in {truth.mean():.3f}"
            f"; Brier {((prob - truth) ** 2).mean():.3f}"
        )
        for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
            inside = (prob >= low) & (prob < high)
            if inside.any():
                print(
                    f"  said {low:.2f} to {min(high, 1.0):.2f}: {inside.sum():4d} persons, "
                    f"mean {prob[inside].mean():.3f}, true in {truth[inside].mean():.3f}"
                )
    times, facts = [result.course_s for result in results], [result.facts_count for result in results]
    print(
        f"a course of {np.median(facts):.0f} facts (median) is learned in {np.median(times):.3f} s, "
        f"the slowest in {max(times):.3f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.persons < 2:
        parser.error("--persons is at least 2")
    report([judged(chosen.seed * 100_000 + index, chosen.draws) for index in range(chosen.persons)])


if __name__ == "__main__":
    main()
