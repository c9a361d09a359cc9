"""Simpler forecasts of the same entries, each fitted on the first part of all series, none on what it is judged by.

A rival answers the probability that the HDSS entry of one day is within tolerance (1 or 2), knowing all sessions up to
that day and all entries up to `ahead` days before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from virtual.series import MISSING, Series
from virtual.truth import Floats

HALF_LIVES_DAYS = np.array([2.0, 3.5, 6.0, 10.0, 16.0, 26.0, 42.0])
SHIFTS = np.linspace(-4.0, 4.0, 17)
LADDER_FROM_DAY = ((84, 28), (56, 14), (0, 7))


def within(series: Series) -> Floats:
    """Whether each entry is within tolerance: 1, 0, or not a number where nothing was noted; HDSS before the rating."""
    rated = np.where(series.rating == MISSING, np.nan, series.rating <= 4)
    return np.where(series.hdss == MISSING, rated, series.hdss <= 2)


def target(series: Series) -> Floats:
    """What is forecast: the HDSS entries alone."""
    return np.where(series.hdss == MISSING, np.nan, series.hdss <= 2)


def since_session(series: Series) -> NDArray[np.int64]:
    """Days since the last session before each day; many where there was none."""
    found, last = np.empty(series.dose.shape, dtype=int), np.full(series.dose.shape[1], -999)
    for day in range(series.days_count):
        found[day] = day - last
        last = np.where(series.dose[day] > 0, day, last)
    return found


def effect_left(series: Series, half_life_days: float) -> Floats:
    """Sessions so far, each worth half after its half-life."""
    found, left = np.empty(series.dose.shape), np.zeros(series.dose.shape[1])
    for day in range(series.days_count):
        left = left * 2.0 ** (-1.0 / half_life_days)
        found[day] = left
        left = left + series.dose[day]
    return found


def constant(series: Series, train_days: int) -> Floats:
    """One share for everybody."""
    return np.full(series.dose.shape, np.nanmean(target(series)[:train_days]))


def own_constant(series: Series, train_days: int, ahead: int) -> Floats:
    """Each person's own share so far, drawn towards everybody's as if by four entries."""
    everybody, seen = np.nanmean(target(series)[:train_days]), within(series)
    known = np.nancumsum(np.where(np.isnan(seen), 0.0, seen), axis=0)
    count = np.cumsum(~np.isnan(seen), axis=0)
    share = (known + 4.0 * everybody) / (count + 4.0)
    return np.concatenate([np.full((ahead, share.shape[1]), everybody), share[:-ahead]])


def last_entry(series: Series, train_days: int, ahead: int) -> Floats:
    """As at the last entry: the share within tolerance after a dry one and after a wet one."""
    seen, carried = within(series), np.full(series.dose.shape, np.nan)
    for day in range(series.days_count):
        carried[day] = np.where(np.isnan(seen[day]), carried[day - 1] if day else np.nan, seen[day])
    late = np.concatenate([np.full((ahead, carried.shape[1]), np.nan), carried[:-ahead]])
    return _rates(series, train_days, np.nan_to_num(late, nan=2.0))


def fixed_weekly(series: Series, train_days: int) -> Floats:
    """Dry for a week after a session, then not: the two shares."""
    return _rates(series, train_days, (since_session(series) <= 7).astype(float))


def ladder(series: Series, train_days: int) -> Floats:
    """Dry for 7, 14, then 28 days after a session, as the makers' ladder goes on: the two shares."""
    day = np.arange(series.days_count)[:, None]
    step = np.select([day >= first for first, _ in LADDER_FROM_DAY], [days for _, days in LADDER_FROM_DAY])
    return _rates(series, train_days, (since_session(series) <= step).astype(float))


def half_life(series: Series, train_days: int) -> Floats:
    """A logistic curve of the logarithm of what exponential decay leaves; one curve for everybody."""
    curves = [_curve(series, train_days, days) for days in HALF_LIVES_DAYS]
    return min(curves, key=lambda curve: curve[0])[1]


def own_half_life(series: Series, train_days: int, ahead: int) -> Floats:
    """The same with a half-life and a level of each person, weighed by what the person has noted so far."""
    fitted = [_curve(series, train_days, days) for days in HALF_LIVES_DAYS]
    best = int(np.argmin([loss for loss, _, _ in fitted]))
    prior = np.exp(-0.5 * (np.log2(HALF_LIVES_DAYS / HALF_LIVES_DAYS[best]) / 1.2) ** 2)
    grid = np.stack([expit(line[None] + SHIFTS[:, None, None]) for _, _, line in fitted])
    log_weight = np.log(prior)[:, None, None] - 0.5 * (SHIFTS / 2.0)[None, :, None] ** 2
    log_weight = np.broadcast_to(log_weight, (len(HALF_LIVES_DAYS), len(SHIFTS), series.dose.shape[1])).copy()
    seen, found = within(series), np.empty(series.dose.shape)
    for day in range(series.days_count):
        if day >= ahead:
            noted, at = seen[day - ahead], grid[:, :, day - ahead]
            gain = np.where(noted > 0.5, np.log(at + 1e-9), np.log(1.0 - at + 1e-9))
            log_weight += np.where(np.isnan(noted), 0.0, gain)
        weight = np.exp(log_weight - log_weight.max(axis=(0, 1), keepdims=True))
        found[day] = (weight * grid[:, :, day]).sum(axis=(0, 1)) / weight.sum(axis=(0, 1))
    return found


def _curve(series: Series, train_days: int, half_life_days: float) -> tuple[float, Floats, Floats]:
    """Loss on the first part, probability and its logit on all days."""
    feature, wanted = np.log(effect_left(series, half_life_days) + 0.05), target(series)
    known = ~np.isnan(wanted[:train_days])
    x, y = feature[:train_days][known], wanted[:train_days][known]

    def loss(line: Floats) -> float:
        prob = np.clip(expit(line[0] + line[1] * x), 1e-6, 1 - 1e-6)
        return float(-(y * np.log(prob) + (1 - y) * np.log(1 - prob)).mean())

    fit = minimize(loss, np.zeros(2), method="Nelder-Mead")
    straight = fit.x[0] + fit.x[1] * feature
    return float(fit.fun), np.asarray(expit(straight)), np.asarray(straight)


def _rates(series: Series, train_days: int, group: Floats) -> Floats:
    """The share within tolerance in each group of the first part, with one entry of each kind added."""
    wanted, found = target(series), np.empty(series.dose.shape)
    for value in np.unique(group):
        inside = group == value
        known = wanted[:train_days][inside[:train_days]]
        known = known[~np.isnan(known)]
        found[inside] = (known.sum() + 1.0) / (len(known) + 2.0)
    return found
