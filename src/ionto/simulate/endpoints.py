"""End points: what a trial counts, as one number a person.

Each kind reads the arrays of the people played and gives a value for each person: a number, 0 or 100 for a share in
percent, infinity for "never", and not-a-number for who is not counted. How they become one number, by mean, median or
share, is the kind's `statistic`. A percent fall is against the mean of the week before the first session; an HDSS
change is against the last answer before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen
from numpy.typing import NDArray
from pydantic import Discriminator

from ionto.simulate.cohort import Played
from ionto.words.reading import document
from ionto.words.terms import Effect

Values = NDArray[np.float64]
Yes = NDArray[np.bool_]
Name = Annotated[str, MinLen(1)]
Statistic = Literal["mean", "median", "share"]
WEEK_DAYS = 7


@document
class Published:
    """What the source says: a value, and what its interval can be made from. `arm` is whose value it is."""

    arm: Name
    value: float
    words: Annotated[str, MinLen(3)]
    reading: str | None = None  # how we read words that leave something open
    used_for: str | None = None  # what of the virtual person was set with this value, so that it is no prediction
    events_count: Annotated[int, Ge(0)] | None = None
    people_count: Annotated[int, Ge(1)] | None = None
    sd: Annotated[float, Gt(0)] | None = None
    se: Annotated[float, Gt(0)] | None = None
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.events_count is not None and (self.people_count is None or self.events_count > self.people_count):
            raise ValueError("events_count lies within a people_count")
        if self.sd is not None and (self.people_count is None or self.people_count < 2):
            raise ValueError("a sd needs the people_count it is of")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has a low and a high")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError("the value lies within its interval")


@document
class DryEnough:
    """When a person counts as dry enough on a day; what is named holds together."""

    measure: Literal["weighed", "felt", "sweat"] = "weighed"
    fall_at_least_percent: Annotated[float, Gt(0), Le(100)] | None = None
    at_most_mg_per_min: Annotated[float, Gt(0)] | None = None
    hdss_at_most_score: Annotated[int, Ge(1), Le(4)] | None = None
    hdss_drop_at_least_score: Annotated[int, Ge(1), Le(3)] | None = None

    def __post_init__(self) -> None:
        if not any(
            (
                self.fall_at_least_percent,
                self.at_most_mg_per_min,
                self.hdss_at_most_score,
                self.hdss_drop_at_least_score,
            )
        ):
            raise ValueError("say by what a person counts as dry enough")

    def days(self, played: Played) -> Yes:
        """Whether, by person and day."""
        dry = np.ones(played.hdss.shape, dtype=bool)
        amount = _amount(played, self.measure)
        if self.fall_at_least_percent is not None:
            dry &= _percent_fall(amount, played) >= self.fall_at_least_percent
        if self.at_most_mg_per_min is not None:
            dry &= amount <= self.at_most_mg_per_min
        if self.hdss_at_most_score is not None:
            dry &= played.hdss <= self.hdss_at_most_score
        if self.hdss_drop_at_least_score is not None:
            dry &= _hdss_change(played) <= -self.hdss_drop_at_least_score
        return dry


@dataclass(frozen=True, slots=True)
class SessionDays:
    """The planned sessions of the arm whose people are counted."""

    session_days: tuple[int, ...]

    @property
    def last_day(self) -> int:
        return max(self.session_days)


@document
class _EndPoint:
    id: Name
    title: Annotated[str, MinLen(3)]
    completers_only: bool = False
    published: tuple[Published, ...] = ()


@document
class PercentFall(_EndPoint):
    """Mean fall of weighed sweat on a day, in percent of the person's own baseline week."""

    kind: Literal["percent_fall"] = "percent_fall"
    day: int

    statistic: ClassVar[Statistic] = "mean"
    unit: ClassVar[str] = "%"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        fall = _percent_fall(played.weighed_mg_per_min, played)[:, _place(played, self.day)]
        return np.where(np.isfinite(fall), fall, np.nan)


@document
class Rate(_EndPoint):
    """Mean weighed sweat of one side on a day."""

    kind: Literal["rate"] = "rate"
    day: int

    statistic: ClassVar[Statistic] = "mean"
    unit: ClassVar[str] = "mg/min"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        return played.weighed_mg_per_min[:, _place(played, self.day)].astype(float)


@document
class ResponderShare(_EndPoint):
    """Share of people who are dry enough on a day."""

    kind: Literal["responder_share"] = "responder_share"
    day: int
    dry_enough: DryEnough

    statistic: ClassVar[Statistic] = "share"
    unit: ClassVar[str] = "%"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        return _percent(self.dry_enough.days(played)[:, _place(played, self.day)])


@document
class HdssMean(_EndPoint):
    """Mean HDSS on a day."""

    kind: Literal["hdss_mean"] = "hdss_mean"
    day: int

    statistic: ClassVar[Statistic] = "mean"
    unit: ClassVar[str] = "points"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        return played.hdss[:, _place(played, self.day)].astype(float)


@document
class HdssChange(_EndPoint):
    """Mean change of the HDSS until a day; less than nothing is better."""

    kind: Literal["hdss_change"] = "hdss_change"
    day: int

    statistic: ClassVar[Statistic] = "mean"
    unit: ClassVar[str] = "points"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        return _hdss_change(played)[:, _place(played, self.day)].astype(float)


@document
class HdssDropShare(_EndPoint):
    """Share of people whose HDSS has fallen by so many points on a day."""

    kind: Literal["hdss_drop_share"] = "hdss_drop_share"
    day: int
    at_least_score: Annotated[int, Ge(1), Le(3)]

    statistic: ClassVar[Statistic] = "share"
    unit: ClassVar[str] = "%"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        dropped: Yes = _hdss_change(played)[:, _place(played, self.day)] <= -self.at_least_score
        return _percent(dropped)


@document
class SessionsToControl(_EndPoint):
    """After how many planned sessions a person is first dry enough, on the day after; the median, "never" counted."""

    kind: Literal["sessions_to_control"] = "sessions_to_control"
    dry_enough: DryEnough

    statistic: ClassVar[Statistic] = "median"
    unit: ClassVar[str] = "sessions"

    def values(self, played: Played, course: SessionDays) -> Values:
        days_count = played.hdss.shape[1] + played.first_day
        after = [_place(played, day + 1) for day in course.session_days if day + 1 < days_count]
        return _first(self.dry_enough.days(played)[:, after]) + 1.0


@document
class RelapseShare(_EndPoint):
    """Of those dry enough in the week up to a day: the share whose later weekly mean was at some time too wet again.

    The weekly mean of sweat itself, not of one weighing, so that one hot day is no relapse.
    """

    kind: Literal["relapse_share"] = "relapse_share"
    responded_day: int
    day: int
    fall_at_least_percent: Annotated[float, Gt(0), Le(100)]

    statistic: ClassVar[Statistic] = "share"
    unit: ClassVar[str] = "%"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        dry: Yes = _weekly(_percent_fall(played.sweat_mg_per_min, played)) >= self.fall_at_least_percent
        start, end = _place(played, self.responded_day), _place(played, self.day)
        stayed: Yes = np.logical_and.reduce(dry[:, start : end + 1], axis=1)
        return np.where(dry[:, start], _percent(~stayed), np.nan)


@document
class DaysDry(_EndPoint):
    """Days in a row after the last planned session on which a person is dry enough; no longer than was looked.

    With `responders_only` only who is dry enough on the first of them is counted; else the others have 0 days.
    """

    kind: Literal["days_dry"] = "days_dry"
    dry_enough: DryEnough
    by: Literal["median", "mean"] = "median"
    responders_only: bool = False

    unit: ClassVar[str] = "days"

    @property
    def statistic(self) -> Statistic:
        return self.by

    def values(self, played: Played, course: SessionDays) -> Values:
        dry = self.dry_enough.days(played)[:, _place(played, course.last_day + 1) :]
        days = np.minimum(_first(~dry), dry.shape[1])
        return np.where((days == 0) & self.responders_only, np.nan, days)


@document
class SideEffectShare(_EndPoint):
    """Share of people with any of these side effects in any session."""

    kind: Literal["side_effect_share"] = "side_effect_share"
    effects: Annotated[tuple[Effect, ...], MinLen(1)]

    statistic: ClassVar[Statistic] = "share"
    unit: ClassVar[str] = "%"

    def values(self, played: Played, course: SessionDays) -> Values:  # noqa: ARG002
        if set(self.effects) - set(played.effects):
            return np.full(len(played.hdss), np.nan)  # nobody knows
        felt = np.stack([played.effects[effect] > 0 for effect in self.effects])
        return _percent(np.logical_or.reduce(felt, axis=0))


@document
class CompletionShare(_EndPoint):
    """Share of people who had not dropped out by the last planned session."""

    kind: Literal["completion_share"] = "completion_share"

    statistic: ClassVar[Statistic] = "share"
    unit: ClassVar[str] = "%"

    def values(self, played: Played, course: SessionDays) -> Values:
        return _percent(_completed(played, course))


EndPoint = Annotated[
    PercentFall
    | Rate
    | ResponderShare
    | HdssMean
    | HdssChange
    | HdssDropShare
    | SessionsToControl
    | RelapseShare
    | DaysDry
    | SideEffectShare
    | CompletionShare,
    Discriminator("kind"),
]


def values_of(end_point: EndPoint, played: Played, course: SessionDays) -> Values:
    """The value of each person; not-a-number for who is not counted."""
    values = end_point.values(played, course)
    return np.where(_completed(played, course), values, np.nan) if end_point.completers_only else values


def _amount(played: Played, measure: str) -> NDArray[np.float32]:
    found: NDArray[np.float32] = getattr(played, f"{measure}_mg_per_min")
    return found


def _percent_fall(amount: NDArray[np.float32], played: Played) -> Values:
    """Fall against the mean of the baseline week, by person and day; not-a-number without sweat at baseline."""
    baseline = amount[:, : -played.first_day].mean(axis=1, keepdims=True, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(baseline > 0, 100 * (1 - amount / baseline), np.nan)


def _hdss_change(played: Played) -> NDArray[np.int16]:
    before = _place(played, -1)
    return played.hdss.astype(np.int16) - played.hdss[:, before : before + 1]


def _weekly(by_day: Values) -> Values:
    """The mean of the week up to each day; of fewer days where the week began earlier."""
    summed = np.cumsum(by_day, axis=1)
    summed[:, WEEK_DAYS:] -= summed[:, :-WEEK_DAYS].copy()
    return summed / np.minimum(np.arange(1, by_day.shape[1] + 1), WEEK_DAYS)


def _completed(played: Played, course: SessionDays) -> Yes:
    done: Yes = played.dropped_on_day > course.last_day
    return done


def _first(yes: Yes) -> Values:
    """The place of each person's first yes; infinity without one."""
    if not yes.shape[1]:
        return np.full(len(yes), np.inf)
    return np.where(yes.any(axis=1), yes.argmax(axis=1), np.inf)


def _percent(yes: Yes) -> Values:
    return np.where(yes, 100.0, 0.0)


def _place(played: Played, day: int) -> int:
    return day - played.first_day
