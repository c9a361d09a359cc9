"""What is recommended next: a day, how long it may wait, at what current, with the forecast and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from ionto.words.terms import AlertLevel, CoursePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class SweatQuantiles:
    """Forecast sweat rate of one side [mg/min]: 5 %, 50 % and 95 % quantiles of the predictive distribution."""

    p05: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayForecast:
    """One day ahead, if the recommendation is followed."""

    on: date
    controlled_prob: float
    sweat_mg_per_min: SweatQuantiles
    hdss_prob: tuple[float, float, float, float]
    session_planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A side effect or course event that asks for something."""

    alert: str
    level: AlertLevel
    why: str
    do: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DryUntil:
    """Until when usual days stay within tolerance, as an interval of dates; None is later than can be told.

    on              as likely earlier as later
    earliest_on     only one time in ten earlier
    latest_on       only one time in ten later
    """

    on: date | None
    earliest_on: date | None
    latest_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySkipped:
    """One day ahead, if there is no session until then: the chance that it is dry enough."""

    on: date
    controlled_prob: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCheck:
    """One thing to look at before the treatment is given up; `settled` is None where the record cannot tell."""

    check: Literal["current", "sessions", "waveform", "water"]
    settled: bool | None
    finding: str
    do: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReview:
    """Whether the treatment works for this person, as far as it is fair to say.

    verdict         too_early: not before six sessions; open: it may; check_first: unlikely, and something else may be
                    the reason; unlikely: after ten sessions with all that the record knows in order
    works_prob      probability that usual days will be within tolerance after twelve more sessions
    """

    verdict: Literal["too_early", "open", "check_first", "unlikely"]
    works_prob: float
    sessions_count: int
    checks: tuple[ResponseCheck, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysAway:
    """What days away ask for: an extra session before them if need be, and what may be expected at their end."""

    from_on: date
    to_on: date
    extra_session_on: date | None
    above_prob: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change of what the clinician has set. It is for the clinician to decide; nothing changes by itself."""

    change: Literal["sessions_per_week", "target_current", "waveform", "next_step"]
    why: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The next session at one site, and why. `proposals` go to the clinician; all else keeps to the prescription."""

    phase: CoursePhase
    next_session_on: date | None
    may_wait_until: date | None
    interval_days: int | None
    current_ma: float
    sessions_per_month_expected: float
    responder_prob: float
    forecast: tuple[DayForecast, ...]
    dry_until: DryUntil | None
    skipped: tuple[DaySkipped, ...]
    review: ResponseReview
    missed_count: int
    away: tuple[DaysAway, ...]
    proposals: tuple[Proposal, ...]
    alerts: tuple[Alert, ...]
    why: tuple[str, ...]
    sources: tuple[str, ...]
