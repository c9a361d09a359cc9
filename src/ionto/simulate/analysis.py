"""What a trial found: each end point with its 95 % intervals, beside what was published.

Three intervals answer three questions. `low` to `high`: how well the virtual people give the number of the virtual
population. `trial_low` to `trial_high`: what trials as small as the published one would see, from many replicas, each
of as many people as its arm had. `medians_low` to `medians_high`: where the number may lie when the medians of the
population are not known well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ionto.simulate.chunk import PEOPLE_IN_CHUNK_COUNT
from ionto.simulate.endpoints import EndPoint, Published, Statistic, Values
from ionto.simulate.trial import Arm, Trial

Verdict = Literal["inside", "outside", "no interval published", "nobody counted"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Z95 = 1.959963984540054
# Fewer replicas, or fewer draws of the medians, give no interval.
LEAST_REPLICAS_COUNT = 20


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval; infinity is "never"."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One end point of one arm, or a difference; None where there is no number."""

    kind: str
    unit: str
    title: str
    people_count: int
    value: float | None
    low: float | None
    high: float | None
    trial_people_count: int | None
    trial_low: float | None
    trial_high: float | None
    medians_low: float | None
    medians_high: float | None
    published: PublishedInterval | None

    @property
    def verdict(self) -> Verdict | None:
        """Whether the published interval holds our value; None when nothing was published."""
        said = self.published
        if said is None:
            return None
        if said.low is None or said.high is None:
            return "no interval published"
        if not self.people_count:
            return "nobody counted"
        return "inside" if self.value is not None and said.low <= self.value <= said.high else "outside"

    @property
    def within_replicas(self) -> bool | None:
        """Whether a trial of that size, in our population, would often see what was published; None when not known."""
        if self.published is None or self.trial_low is None:
            return None
        high = math.inf if self.trial_high is None else self.trial_high
        return self.trial_low <= self.published.value <= high


@dataclass(frozen=True, slots=True)
class PublishedInterval:
    """What was published, with the interval that can be made from it."""

    value: float
    low: float | None
    high: float | None
    words: str


def wilson(events_count: float, people_count: int) -> Interval:
    """A share in percent with Wilson's interval.

    >>> [round(number, 1) for number in (lambda it: (it.value, it.low, it.high))(wilson(13, 14))]
    [92.9, 68.5, 98.7]
    """
    share, square = events_count / people_count, Z95 * Z95 / people_count
    middle = (share + square / 2) / (1 + square)
    half = Z95 / (1 + square) * math.sqrt(share * (1 - share) / people_count + square / (4 * people_count))
    return Interval(100 * share, 100 * max(0.0, middle - half), 100 * min(1.0, middle + half))


def estimated(values: Values, statistic: Statistic) -> Interval | None:
    """The value of those counted with its interval: by the normal distribution, by Wilson, or by ranks."""
    counted = values[~np.isnan(values)]
    if not len(counted):
        return None
    if statistic == "share":
        return wilson(float((counted > 0).sum()), len(counted))
    if statistic == "mean":
        mean = float(counted.mean())
        half = Z95 * float(counted.std(ddof=1)) / math.sqrt(len(counted)) if len(counted) > 1 else math.inf
        return Interval(mean, mean - half, mean + half)
    ordered = np.sort(counted)
    reach = Z95 * math.sqrt(len(ordered)) / 2
    low = ordered[max(0, math.floor(len(ordered) / 2 - reach))]
    high = ordered[min(len(ordered) - 1, math.ceil(len(ordered) / 2 + reach))]
    return Interval(_median(ordered), float(low), float(high))


def replicas(values: Values, people_count: int, statistic: Statistic) -> Values:
    """The end point of every replica: people one after the other, so many to a trial."""
    whole = len(values) // people_count * people_count
    trials = values[:whole].reshape(-1, people_count)
    return np.array([_plain(trial[~np.isnan(trial)], statistic) for trial in trials])


def published_interval(said: Published) -> PublishedInterval:
    """The interval that can be made from what was published: as stated, from k of n, or from a spread."""
    low, high = said.low, said.high
    if low is None and said.events_count is not None and said.people_count is not None:
        made = wilson(said.events_count, said.people_count)
        low, high = made.low, made.high
    elif low is None:
        se = said.se if said.sd is None or said.people_count is None else said.sd / math.sqrt(said.people_count)
        if se is not None:
            half = (_t95(said.people_count - 1) if said.people_count and said.people_count > 1 else Z95) * se
            low, high = said.value - half, said.value + half
    return PublishedInterval(said.value, _finite(low), _finite(high), said.words)


def found_in(trial: Trial, values: Mapping[str, Values]) -> dict[str, dict[str, Found]]:
    """Every end point of every arm, from the values [people, end point] of each arm."""
    return {
        arm.id: {
            one.id: _found(trial, arm, one, values[arm.id][:, number].astype(float))
            for number, one in enumerate(trial.end_points)
        }
        for arm in trial.arms
    }


def differences_in(trial: Trial, values: Mapping[str, Values]) -> dict[str, Found]:
    """Every difference between arms; its published value is that of the two arms, where both were published."""
    arms = {arm.id: arm for arm in trial.arms}
    number_of = {one.id: number for number, one in enumerate(trial.end_points)}
    found = {}
    for between in trial.differences:
        number = number_of[between.of]
        one = trial.end_points[number]
        ours, theirs = (values[name][:, number].astype(float) for name in (between.arm, between.minus))
        sizes = arms[between.arm].people_count, arms[between.minus].people_count
        made = _difference(trial, ours, theirs, one.statistic)
        runs = [replicas(side, size, one.statistic) for side, size in zip((ours, theirs), sizes, strict=True)]
        shortest = min(len(run) for run in runs)
        said = {said.arm: published_interval(said) for said in one.published}
        both = between.arm in said and between.minus in said
        found[between.id] = _with(
            one,
            between.title,
            people_count=int((~np.isnan(ours)).sum()),
            made=made,
            trial_people_count=sizes[0],
            runs=_less(runs[0][:shortest], runs[1][:shortest]),
            draws=_less(*(_draws(trial, side, one.statistic) for side in (ours, theirs))),
            published=published_difference(said[between.arm], said[between.minus]) if both else None,
        )
    return found


def published_difference(first: PublishedInterval, second: PublishedInterval) -> PublishedInterval:
    """The difference of two published values; its interval from theirs, by the square-and-add method."""
    value, words = first.value - second.value, f"{first.words} – {second.words}"
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return PublishedInterval(value, None, None, words)
    down = math.hypot(first.value - first.low, second.high - second.value)
    up = math.hypot(first.high - first.value, second.value - second.low)
    return PublishedInterval(value, value - down, value + up, words)


def _found(trial: Trial, arm: Arm, one: EndPoint, values: Values) -> Found:
    said = next((published_interval(said) for said in one.published if said.arm == arm.id), None)
    return _with(
        one,
        one.title,
        people_count=int((~np.isnan(values)).sum()),
        made=estimated(values, one.statistic),
        trial_people_count=arm.people_count,
        runs=replicas(values, arm.people_count, one.statistic),
        draws=_draws(trial, values, one.statistic),
        published=said,
    )


def _with(
    one: EndPoint,
    title: str,
    *,
    people_count: int,
    made: Interval | None,
    trial_people_count: int | None,
    runs: Values,
    draws: Values,
    published: PublishedInterval | None,
) -> Found:
    trial_low, trial_high = _middle_95(runs)
    medians_low, medians_high = _middle_95(draws)
    return Found(
        kind=one.kind,
        unit=one.unit,
        title=title,
        people_count=people_count,
        value=_finite(made.value if made else None),
        low=_finite(made.low if made else None),
        high=_finite(made.high if made else None),
        trial_people_count=trial_people_count,
        trial_low=trial_low,
        trial_high=trial_high,
        medians_low=medians_low,
        medians_high=medians_high,
        published=published,
    )


def _difference(trial: Trial, ours: Values, theirs: Values, statistic: Statistic) -> Interval | None:
    """The difference with its interval: of each person's own difference where the same people are in both arms."""
    if trial.design == "within_person" and statistic != "median":
        return estimated(ours - theirs, "mean")
    first, second = estimated(ours, statistic), estimated(theirs, statistic)
    if first is None or second is None or math.isinf(first.value) or math.isinf(second.value):
        return None
    made = published_difference(
        PublishedInterval(first.value, first.low, first.high, ""),
        PublishedInterval(second.value, second.low, second.high, ""),
    )
    assert made.low is not None
    assert made.high is not None
    return Interval(made.value, made.low, made.high)


def _draws(trial: Trial, values: Values, statistic: Statistic) -> Values:
    """The end point in every draw of the uncertain medians; none when all medians are taken as known."""
    if not trial.uncertain:
        return np.array([])
    return replicas(values, PEOPLE_IN_CHUNK_COUNT, statistic)


def _less(first: Values, second: Values) -> Values:
    """First less second; where both are "never" there is no difference to tell."""
    with np.errstate(invalid="ignore"):
        return first - second


def _middle_95(values: Values) -> tuple[float | None, float | None]:
    """What 95 % of the values lie between; nothing when they are few."""
    known = np.sort(values[~np.isnan(values)])
    if len(known) < LEAST_REPLICAS_COUNT:
        return None, None
    out = 0.025 * (len(known) - 1)
    return _finite(float(known[math.floor(out)])), _finite(float(known[math.ceil(len(known) - 1 - out)]))


def _plain(counted: Values, statistic: Statistic) -> float:
    if not len(counted):
        return math.nan
    return _median(np.sort(counted)) if statistic == "median" else float(counted.mean())


def _median(ordered: Values) -> float:
    """The median of sorted values; between a number and "never" it is never."""
    low, high = float(ordered[(len(ordered) - 1) // 2]), float(ordered[len(ordered) // 2])
    return high if math.isinf(high) else (low + high) / 2


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def _t95(freedom_count: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom_count, 0.975))


def count_verdicts(said: Sequence[Verdict]) -> dict[Verdict, int]:
    """How many published values have each verdict."""
    return {verdict: sum(one == verdict for one in said) for verdict in VERDICTS}
