"""What is recommended next: a day, how long it may wait, at what current, with the forecast and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
class Recommendation:
    """The next session at one site, and why."""

    phase: CoursePhase
    next_session_on: date | None
    may_wait_until: date | None
    interval_days: int | None
    current_ma: float
    sessions_per_month_expected: float
    responder_prob: float
    forecast: tuple[DayForecast, ...]
    alerts: tuple[Alert, ...]
    why: tuple[str, ...]
    sources: tuple[str, ...]
