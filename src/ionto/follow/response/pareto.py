"""Pareto smoothing of importance weights (Vehtari, Simpson, Gelman, Yao and Gabry 2024).

The few largest weights are replaced by what a generalised Pareto tail would give, and the shape k of that tail says
whether the weights can be trusted: up to 0.7 they can.
"""

from __future__ import annotations

import math

import numpy as np

from ionto.follow.response.curves import Floats

TRUSTED_SHAPE = 0.7


def smoothed(log_weight: Floats) -> tuple[Floats, float]:
    """Log weights with a smoothed upper tail, shape as given, and the tail's shape k."""
    count = log_weight.size
    tail_count = int(min(0.2 * count, 3.0 * math.sqrt(count)))
    order = np.argsort(log_weight, kind="stable")
    tail = order[-tail_count:]
    highest = log_weight[order[-1]]
    cut = log_weight[order[-tail_count - 1]] - highest
    excess = np.exp(log_weight[tail] - highest) - math.exp(cut)
    # Where the largest weights are all alike there is no tail.
    if tail_count < 5 or excess[-1] <= 1e-9:
        return log_weight, -math.inf
    shape, scale = _tail_fit(np.maximum(excess, 1e-300))
    levels = (np.arange(tail_count) + 0.5) / tail_count
    if abs(shape) < 1e-6:
        quantiles = -scale * np.log1p(-levels)
    else:
        # A tail this heavy ends beyond what a number holds; it is cut off at the highest weight either way.
        with np.errstate(over="ignore"):
            quantiles = scale * np.expm1(-shape * np.log1p(-levels)) / shape
    found = log_weight.copy()
    found[tail] = highest + np.minimum(np.log(np.maximum(quantiles + math.exp(cut), 1e-300)), 0.0)
    return found, shape


def _tail_fit(excess: Floats) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution for ascending values (Zhang and Stephens 2009)."""
    count = excess.size
    grid_count = 30 + int(math.sqrt(count))
    quartile = excess[int(count / 4 + 0.5) - 1]
    grid = 1.0 / excess[-1] + (1.0 - np.sqrt(grid_count / (np.arange(1, grid_count + 1) - 0.5))) / (3.0 * quartile)
    shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
    profile = count * (np.log(-grid / shapes) - shapes - 1.0)
    weight = 1.0 / np.exp(np.clip(profile - profile[:, None], -700.0, 700.0)).sum(axis=1)
    rate = float(grid @ (weight / weight.sum()))
    shape = float(np.log1p(-rate * excess).mean())
    # A weak prior that pulls small samples towards one half, as in the paper.
    return (count * shape + 5.0) / (count + 10.0), -shape / rate
