"""Who forecasts best whether an HDSS entry will be within tolerance: simple rules, or the response model.

    ./run bench forecast                              300 people of each truth: docs/explanation/fewest-sessions.md
    .venv/bin/python benchmarks/forecast.py --csv FILE    your own series (columns: virtual/series.py)

Split by time: the rivals are fitted on the first part of all series and judged on the HDSS entries after it; each
forecast knows every session, but entries only up to so many days before. Intervals are of 400 bootstrap draws of whole
people.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from virtual import rivals
from virtual.posterior import Onward, Posterior
from virtual.series import MISSING, RowError, Series, followed, read
from virtual.truth import TRUTHS, Floats

from ionto.follow.response.observation import HDSS_CUTS, HDSS_SCALE
from ionto.follow.response.transition import DEVIATION_MEMORY_DAYS

DAYS_COUNT, TRAIN_DAYS = 183, 84
AHEAD_DAYS = (1, 7, 14)
TOGETHER, DRAWS_COUNT, BOOTSTRAPS_COUNT = 100, 384, 400
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0001)
LASTS_DAYS = 84
_NODES, _raw = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _raw / _raw.sum()


def entry_prob(posterior: Posterior, doses: Floats) -> Floats:
    """Probability that HDSS is 1 or 2 after these days with sessions of these doses [day, person]."""
    onward, days = Onward(posterior), len(doses)
    for dose in doses:
        onward.treat(dose)
        onward.rest()
    stays = np.exp(-days / DEVIATION_MEMORY_DAYS)
    spread = np.sqrt(posterior.variance * stays**2 + posterior.part["day_to_day"] ** 2 * (1 - stays**2))
    middle, prob = onward.usual_x + stays * posterior.deviation, 0.0
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        prob = prob + weight / (1.0 + np.exp(np.clip((middle + spread * node - HDSS_CUTS[1]) / HDSS_SCALE, -60, 60)))
    return np.asarray((posterior.weight * prob).sum(axis=1))


def lasts(posterior: Posterior) -> Floats:
    """The 10, 50 and 90 % quantiles [3, person] of the days until usual days pass tolerance, without a session."""
    onward = Onward(posterior)
    lost_after = np.full(posterior.shape, LASTS_DAYS + 1)
    for day in range(LASTS_DAYS + 1):
        lost = (onward.usual_x > HDSS_CUTS[1]) & (lost_after > day)
        lost_after = np.where(lost & (lost_after == LASTS_DAYS + 1), day, lost_after)
        onward.rest()
    order = np.argsort(lost_after, axis=1)
    reached = np.cumsum(np.take_along_axis(posterior.weight, order, axis=1), axis=1)
    ranked = np.take_along_axis(lost_after, order, axis=1)
    return np.stack(
        [
            np.take_along_axis(ranked, (reached < level).sum(axis=1)[:, None].clip(max=ranked.shape[1] - 1), 1)[:, 0]
            for level in (0.1, 0.5, 0.9)
        ]
    )


def ours(series: Series, *, listens: bool, seed: int) -> tuple[dict[int, Floats], Floats]:
    """Forecasts [day, person] by days ahead, and how long it lasts as said on the last training day."""
    count = series.dose.shape[1]
    found = {ahead: np.full(series.dose.shape, np.nan) for ahead in AHEAD_DAYS}
    until = np.empty((3, count))
    for first in range(0, count, TOGETHER):
        part = slice(first, min(first + TOGETHER, count))
        dose, rating, hdss = series.dose[:, part], series.rating[:, part], series.hdss[:, part]
        posterior = Posterior(dose.shape[1], DRAWS_COUNT, seed=seed + first)
        for day in range(series.days_count):
            if listens and (noted := rating[day] != MISSING).any():
                posterior.rated(np.maximum(rating[day], 0), noted)
            if listens and (noted := hdss[day] != MISSING).any():
                posterior.answered(np.maximum(hdss[day], 1), noted)
            for ahead in AHEAD_DAYS:
                # Only days with something to forecast are worth the work.
                if day + ahead < series.days_count and (hdss[day + ahead] != MISSING).any():
                    found[ahead][day + ahead, part] = entry_prob(posterior, dose[day : day + ahead])
            if day == TRAIN_DAYS:
                until[:, part] = lasts(posterior)
            posterior.treat(dose[day])
            posterior.rest()
    return found, until


def losses(prob: Floats, wanted: Floats) -> tuple[Floats, Floats, Floats]:
    """For each person the sum of log losses, of squared errors, and the number of entries."""
    prob, known = np.clip(prob, 1e-3, 1 - 1e-3), ~np.isnan(wanted)
    log_loss = -np.where(wanted > 0.5, np.log(prob), np.log(1.0 - prob))
    square = (prob - np.nan_to_num(wanted)) ** 2
    return (*(np.where(known, one, 0.0).sum(axis=0) for one in (log_loss, square)), known.sum(axis=0))


def judged(series: Series, *, seed: int) -> Floats:
    """Prints the tables of one set of series; gives back how long it lasts as said [3, person]."""
    train_days = min(TRAIN_DAYS, series.days_count // 2)
    wanted = rivals.target(series)[train_days:]
    posterior, until = ours(series, listens=True, seed=seed)
    prior, _ = ours(series, listens=False, seed=seed)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, wanted.shape[1], (BOOTSTRAPS_COUNT, wanted.shape[1]))
    for ahead in AHEAD_DAYS:
        said = {
            "constant": rivals.constant(series, train_days),
            "own constant": rivals.own_constant(series, train_days, ahead),
            "as at the last entry": rivals.last_entry(series, train_days, ahead),
            "fixed weekly": rivals.fixed_weekly(series, train_days),
            "maker's ladder": rivals.ladder(series, train_days),
            "half-life, one for all": rivals.half_life(series, train_days),
            "half-life of one's own": rivals.own_half_life(series, train_days, ahead),
            "response model, prior only": prior[ahead],
            "response model, own fit": posterior[ahead],
        }
        parts = {name: losses(prob[train_days:], wanted) for name, prob in said.items()}
        mine = parts["response model, own fit"]
        dry_percent = 100 * np.nanmean(wanted)
        print(f"\n{ahead} days ahead: {int(mine[2].sum())} HDSS entries, {dry_percent:.0f} % within tolerance")
        print(f"  {'forecast':<28}{'log loss':>9}{'95 % interval':>18}{'Brier':>8}{'worse than ours by':>30}")
        for name, (loss, square, count) in parts.items():
            again = loss[draws].sum(axis=1) / count[draws].sum(axis=1)
            more = again - mine[0][draws].sum(axis=1) / mine[2][draws].sum(axis=1)
            low, high = np.percentile(again, [2.5, 97.5])
            worse = ""
            if loss is not mine[0]:
                worse = f"{more.mean():+.3f} ({np.percentile(more, 2.5):+.3f} to {np.percentile(more, 97.5):+.3f})"
            print(f"  {name:<28}{loss.sum() / count.sum():>9.3f}   {low:>6.3f} to {high:.3f}", end="")
            print(f"{square.sum() / count.sum():>8.3f}{worse:>30}")
        best = min(parts, key=lambda name: parts[name][0].sum())
        print(f"  Best: {best}.")
    calibration(posterior[7][train_days:], wanted, draws)
    return until


def calibration(prob: Floats, wanted: Floats, draws: np.ndarray) -> None:
    """Said against so, in bins, with intervals over people."""
    print("\n  Ours, 7 days ahead: what was said, and how often it was so (95 % interval)")
    for low, high in pairwise(BINS):
        inside = (prob >= low) & (prob < high) & ~np.isnan(wanted)
        if not inside.any():
            continue
        so, count = np.where(inside, np.nan_to_num(wanted), 0.0).sum(axis=0), inside.sum(axis=0)
        again = so[draws].sum(axis=1) / np.maximum(1, count[draws].sum(axis=1))
        print(
            f"  {low:.1f} to {min(high, 1):.1f}: {count.sum():>5} entries, said {prob[inside].mean():.3f}, "
            f"so {so.sum() / count.sum():.3f} ({np.percentile(again, 2.5):.3f} to {np.percentile(again, 97.5):.3f})"
        )


def virtual_people(name: str, count: int) -> None:
    """One truth: the tables, and whether the interval of dates holds what it says."""
    truth = TRUTHS[name](count, seed=77)
    series = followed(truth, days_count=DAYS_COUNT, seed=7)
    until = judged(series, seed=1)
    again = TRUTHS[name](count, seed=77)
    for day in range(TRAIN_DAYS):
        again.treat(series.dose[day] > 0)
        again.rest()
    dry = np.stack([again.usual_x(float(days)) <= 0.0 for days in range(LASTS_DAYS + 1)])
    so = np.where(dry.all(axis=0), LASTS_DAYS + 1, (~dry).argmax(axis=0))
    told = (until[1] > 0) & again.responder
    held = ((so >= until[0]) & (so <= until[2]))[told]
    early, late = (so < until[0])[told].mean(), (so > until[2])[told].mean()
    width = np.median((until[2] - until[0])[told])
    print(
        f'\n  "Dry enough until", told to {told.sum()} responders on day {TRAIN_DAYS}: the interval of 80 % holds '
        f"{100 * held.mean():.0f} %, too late {100 * early:.0f} %, too early {100 * late:.0f} %; "
        f"half are {width:.0f} days wide or less."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--csv", type=Path)
    chosen = parser.parse_args()
    if chosen.people < 2:
        parser.error("--people is at least 2")
    if chosen.csv is None:
        for name in TRUTHS:
            print(f"\nTruth: {name}, {chosen.people} people, {DAYS_COUNT} days, judged from day {TRAIN_DAYS} on")
            virtual_people(name, chosen.people)
        return 0
    try:
        series = read(chosen.csv)
    except RowError as error:
        print(f"{chosen.csv.name}, {error}.", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{chosen.csv.name} cannot be read: {(error.strerror or 'unknown').lower()}.", file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print(f"{chosen.csv.name} is not UTF-8 text.", file=sys.stderr)
        return 2
    judged(series, seed=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
