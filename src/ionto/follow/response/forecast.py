"""The forecast: sweating on days to come, for a given set of sessions, with the day-to-day deviation included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from ionto.follow.recommendation import DayForecast, SweatQuantiles
from ionto.follow.response.belief import Belief
from ionto.follow.response.curves import Floats, normal_ladder
from ionto.follow.response.observation import HDSS_CUTS, controlled, hdss_probabilities
from ionto.follow.response.prior import Persons
from ionto.follow.response.timeline import days_between
from ionto.follow.response.transition import State, elapsed, elapsed_each, log_residual, stacked, treated

# Forecasts are for the evening, before that day's session.
FORECAST_HOUR = 18
TOLERANCES_SCORE = tuple(range(1, len(HDSS_CUTS) + 1))


def forecast(
    belief: Belief, *, days: Sequence[date], dose_ratio_on: Mapping[date, float], zone: ZoneInfo, tolerance: int
) -> tuple[DayForecast, ...]:
    """Each day at 18:00 local time, before that day's session, if sessions of these doses (by day) are held.

    Raises
    ------
    ValueError
        For days that are not ascending or lie before the last fact, or a tolerance that is not 1, 2 or 3.
    """
    if tolerance not in TOLERANCES_SCORE:
        raise ValueError(f"tolerance must be an HDSS score of 1, 2 or 3, not {tolerance}")
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise ValueError("the days of a forecast must ascend")
    persons, wanted = belief.persons, set(days)
    state, at = belief.state, belief.at
    states = []
    for day in sorted(wanted | {day for day in dose_ratio_on if days and day < days[-1]}):
        state, at = on_evening(persons, state, at, day, zone)
        if day in wanted:
            states.append(state)
        if day in dose_ratio_on:
            state = treated(persons, state, dose_ratio_on[day])
    return _seen(belief, days, stacked(states), tolerance, dose_ratio_on) if states else ()


def left_alone(belief: Belief, days: Sequence[date], zone: ZoneInfo) -> State:
    """The states on the evenings of these days if there is no further session, shape (days, draws).

    Raises
    ------
    ValueError
        When a day lies before the last fact.
    """
    at = belief.at
    if at is None:
        return elapsed_each(belief.persons, belief.state, [0.0] * len(days))
    _not_before(at, min(days), zone)
    return elapsed_each(belief.persons, belief.state, [days_between(at, _evening(day, zone)) for day in days])


def on_evening(
    persons: Persons, state: State, at: datetime | None, day: date, zone: ZoneInfo
) -> tuple[State, datetime]:
    """State and moment at 18:00 local time of `day`; later on the same day when the last fact came later.

    Raises
    ------
    ValueError
        When the day lies before `at`.
    """
    evening = _evening(day, zone)
    if at is None:
        return state, evening
    _not_before(at, day, zone)
    moment = max(evening, at)
    return elapsed(persons, state, days_between(at, moment)), moment


def _evening(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(FORECAST_HOUR), zone).astimezone(UTC)


def _not_before(at: datetime, day: date, zone: ZoneInfo) -> None:
    last_on = at.astimezone(zone).date()
    if day < last_on:
        raise ValueError(f"{day.isoformat()} lies before the last fact, {last_on.isoformat()}")


def _seen(
    belief: Belief, days: Sequence[date], states: State, tolerance: int, dose_ratio_on: Mapping[date, float]
) -> tuple[DayForecast, ...]:
    """What is shown of the states on these days, shape (days, draws)."""
    persons, weight = belief.persons, belief.weight
    log_sweat = np.log(persons.untreated_mg_per_min) + log_residual(persons, states) + states.deviation
    log_sweat = log_sweat + np.sqrt(states.variance) * _deviation_ladder(belief)
    sweat = np.exp(_weighted_quantiles(log_sweat, weight, (0.05, 0.50, 0.95)))
    controlled_prob = np.clip(controlled(persons, states, tolerance) @ weight, 0.0, 1.0)
    hdss = hdss_probabilities(persons, states) @ weight
    return tuple(
        DayForecast(
            on=day,
            controlled_prob=float(controlled_prob[row]),
            sweat_mg_per_min=SweatQuantiles(
                p05=float(sweat[row, 0]), p50=float(sweat[row, 1]), p95=float(sweat[row, 2])
            ),
            hdss_prob=tuple((hdss[:, row] / hdss[:, row].sum()).tolist()),
            session_planned=day in dose_ratio_on,
        )
        for row, day in enumerate(days)
    )


def _deviation_ladder(belief: Belief) -> Floats:
    """One standard normal deviation per draw, evenly spread; the same for every day and every number of facts, so that
    two forecasts of one belief differ only by what was done."""
    count = belief.log_weight.size
    rng = np.random.Generator(np.random.PCG64([belief.seed, 1, count]))
    return rng.permutation(normal_ladder(count))


def _weighted_quantiles(values: Floats, weight: Floats, levels: Sequence[float]) -> Floats:
    """Of values of shape (days, draws), shape (days, levels)."""
    order = np.argsort(values, axis=1)
    reached = [np.searchsorted(row, levels) for row in np.cumsum(weight[order], axis=1)]
    at = np.minimum(reached, values.shape[1] - 1)
    return np.take_along_axis(values, np.take_along_axis(order, at, axis=1), axis=1)
