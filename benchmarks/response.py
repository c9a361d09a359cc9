"""The response model held against what it was not made from: long NUTS runs, another kind of person, published curves.

    ./run bench response

Times are of the processor, so that what else the machine does matters less; NUTS ran on one core (tests/oracles).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from calibration import BEGUN_AT, FULL_MA_MIN

from ionto.follow.response import believed_after, forecast, prior_belief
from ionto.follow.response.inference import effective_count
from ionto.follow.response.observation import HDSS_CUTS
from ionto.follow.response.prior import PARAMETERS, POPULATION, Persons, persons_from
from ionto.follow.response.transition import State, elapsed, log_residual, treated, untreated
from ionto.simulate import patient
from ionto.words.records import Fact, HdssFact, RatingFact, SessionFact, SweatRateFact
from ionto.words.terms import Site

TESTS = Path(__file__).parents[1] / "tests"
PALM_AREA_CM2 = 163.5
STRANGERS_COUNT = 300
GROUPS_COUNT = 2000


def against_nuts() -> None:
    """Error in posterior means and relapse probabilities, and the ratio in time at equal error."""
    sys.path.insert(0, str(TESTS))
    from test_response_oracle import ORACLES, above_probs, believed

    persons = json.loads((ORACLES / "persons.json").read_text("utf-8"))
    found = json.loads((ORACLES / "nuts.json").read_text("utf-8"))
    trusted = [nuts for nuts in found if nuts["r_hat"] < 1.05]
    rows = []
    believed(persons[0])
    for nuts in trusted:
        begun_s = time.process_time()
        belief = believed(persons[nuts["seed"]])
        took_s = time.process_time() - begun_s
        means = np.abs(belief.weight @ belief.scores - np.array(nuts["mean"])) / np.array(nuts["sd"])
        probs = np.abs(np.array(above_probs(belief)) - np.array(nuts["above_prob"]))
        apart = abs(belief.responder_prob - nuts["responder_prob"])
        worth_count = effective_count(belief.log_weight)
        equal_s = nuts["took_s"] * worth_count / (nuts["effective_count"] * nuts["weights_worth_ratio"])
        rows.append((means.max(), means.mean(), probs.max(), apart, 1e3 * took_s, nuts["took_s"], equal_s / took_s))
    print(f"{len(found)} persons with long NUTS runs, {len(trusted)} with R-hat under 1.05; 60 observations each")
    labels = (
        "worst mean error, spreads",
        "average mean error, spreads",
        "worst P(above tolerance) error",
        "responder probability error",
        "ours, ms",
        "NUTS, s",
        "NUTS over ours in time, at equal effective draws",
    )
    for label, column in zip(labels, np.array(rows).T, strict=True):
        print(f"  {label:50} median {np.median(column):8.3f}   worst {column.max():8.3f}")


def on_strangers() -> None:
    """Forecasts ten days ahead when the truth is the virtual patient: ducts that block and open, a different model."""
    rows = []
    for seed in range(STRANGERS_COUNT):
        rng = np.random.default_rng(300_000 + seed)
        traits, state, facts = patient.drawn_traits(Site.PALMS, rng), patient.PatientState(), list[Fact]()
        days_count = int(rng.integers(28, 365))
        noted_count = 0
        for day in range(days_count):
            at = BEGUN_AT + timedelta(days=day)
            state = patient.rested(state, traits, 1.0)
            if day >= 3.5 * noted_count:
                today_mg_per_min = patient.sweat_today(state, traits, rng).mean_mg_per_min
                facts.append(_said(noted_count, today_mg_per_min, traits, rng, at))
                noted_count += 1
            if day % 7 in (0, 2, 4) if day < 28 else day % 9 == 0:
                at += timedelta(hours=1)
                facts.append(SessionFact(site=Site.PALMS, at=at, current_ma=15.0, duration_min=20.0))
                state = patient.treated(state, traits, FULL_MA_MIN / 2, FULL_MA_MIN / 2, PALM_AREA_CM2)
        belief = believed_after(prior_belief(Site.PALMS, full_dose_ma_min=FULL_MA_MIN, seed=seed), facts)
        on = (facts[-1].at + timedelta(days=10)).date()
        days_on = (on - facts[-1].at.date()).days
        ahead = forecast(belief, days=[on], dose_ratio_on={}, zone=ZoneInfo("UTC"), tolerance=2)[0]
        today_mg_per_min = patient.sweat_today(patient.rested(state, traits, days_on), traits, rng).mean_mg_per_min
        dry_enough = patient.hdss_said(today_mg_per_min, traits, rng) <= 2
        sweat = ahead.sweat_mg_per_min
        rows.append(
            (
                sum(ahead.hdss_prob[:2]),
                dry_enough,
                sweat.p05 <= today_mg_per_min <= sweat.p95,
                belief.responder_prob,
                traits.responder,
            )
        )
    said, so, inside, hoped, responds = np.array(rows, dtype=float).T
    print(f"{len(rows)} virtual patients of the other model, 4 to 52 weeks, forecast ten days ahead")
    print(f"  sweat inside the 90 % interval: {100 * inside.mean():.1f} %")
    print(f"  HDSS 1 or 2: said {said.mean():.3f}, so in {so.mean():.3f}; Brier {((said - so) ** 2).mean():.3f}")
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
        chosen = (said >= low) & (said < high)
        if chosen.any():
            print(f"    said {low:.2f} to {min(high, 1):.2f}: {chosen.sum():4d}, so in {so[chosen].mean():.3f}")
    print(
        f"  responder: said {hoped.mean():.3f}, so in {responds.mean():.3f}; "
        f"Brier {((hoped - responds) ** 2).mean():.3f}"
    )


def _said(
    number: int, today_mg_per_min: float, traits: patient.PatientTraits, rng: np.random.Generator, at: object
) -> Fact:
    where = {"site": Site.PALMS, "at": at}
    if number % 4 == 0:
        return HdssFact(score=patient.hdss_said(today_mg_per_min, traits, rng), **where)
    if number % 8 == 3:
        return SweatRateFact(sweat_mg_per_min=patient.gravimetry(today_mg_per_min, traits, rng), **where)
    return RatingFact(score=patient.rating_said(today_mg_per_min, traits, rng), **where)


def against_print() -> None:
    """What the prior says of groups like those that were published: the middle and nine tenths of such groups."""
    rng = np.random.default_rng(1)
    scores, responder = POPULATION.draws(rng, 4000)
    persons = persons_from(scores, responder, Site.PALMS)
    daily, thrice = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11], [7 * week + day for week in range(6) for day in (0, 2, 4)]
    print("published groups against groups drawn from the prior (middle; nine tenths of groups of that size)")
    kim, sham = (_falls(persons, daily, [14.0], dose)[0] for dose in (1.0, 0.0))
    _row("KIM17 fall after 10 daily sessions", 91.8, 100 * kim, 14)
    _row("KIM17 fall after sham", 39.1, 100 * sham, 13)
    kar = _falls(persons, daily[:8], [16.0], 1.0)[0]
    _row("KAR04 fall a week after 8 sessions", 87.9, 100 * kar, 15)
    _row("KAR04 fall after alternating current", 1.0, 100 * _falls(persons, daily[:8], [16.0], 0.0)[0], 15)
    chan = _falls(persons, thrice, [21, 42, 70, 84], 1.0)
    chan = _falls(persons, thrice, [21, 42, 70, 84], 1.0)
    for week, fall, falls in zip((3, 6, 10, 12), (49, 51, 26, 22), chan, strict=True):
        _row(f"HKMJ99 fall at week {week}, six weeks of sessions", fall, 100 * falls, 9)
    lasting = _falls(persons, daily[:8], [29.0], 1.0)[0]
    _row("KAR02 share halved 20 days after 8 sessions", 81.2, 100.0 * (lasting >= 0.5), 112)
    on_days = np.arange(9.0, 400.0)
    share = _falls(persons, daily[:8], list(on_days), 1.0)
    x = persons.excess + np.log(1.0 - share)
    under = x <= HDSS_CUTS[1]
    worked = under[:20].any(axis=0)
    last = on_days[np.argmax(under[:20], axis=0)]
    end = np.array([on_days[np.flatnonzero(under[:, one])[-1]] if worked[one] else 0.0 for one in range(len(worked))])
    _row(
        "KAR02 days dry enough after 8 sessions", 35.0, np.maximum(end[worked] - np.minimum(last[worked], 9.0), 0.0), 91
    )
    _row("GUL26 share back within six months", 85.0, 100.0 * (end[worked] < 9.0 + 182.0), 60)


def _falls(persons: Persons, sessions: list[int], ask_days: list[float], dose_ratio: float) -> np.ndarray:
    """Fall of sweat on usual days as a share, shape (moments, draws)."""
    state, at, found = untreated(persons), 0.0, []
    for day, is_session in sorted([(float(day), True) for day in sessions] + [(float(day), False) for day in ask_days]):
        state, at = elapsed(persons, state, day - at), day
        if is_session:
            state = treated(persons, state, dose_ratio)
        else:
            found.append(_fall(persons, state))
    return np.array(found)


def _fall(persons: Persons, state: State) -> np.ndarray:
    return -np.expm1(log_residual(persons, state))


def _row(label: str, published: float, values: np.ndarray, persons_count: int) -> None:
    rng = np.random.default_rng(2)
    means = values[rng.integers(0, values.size, (GROUPS_COUNT, persons_count))].mean(axis=1)
    low, middle, high = np.quantile(means, (0.05, 0.5, 0.95))
    mark = "inside" if low <= published <= high else "OUTSIDE"
    print(f"  {label:48} {published:6.1f}   {middle:6.1f} ({low:.1f} to {high:.1f})  {mark}")


def main() -> None:
    assert len(PARAMETERS) == 10
    parts: dict[str, Callable[[], None]] = {
        "nuts": against_nuts,
        "strangers": on_strangers,
        "print": against_print,
    }
    unknown = [name for name in sys.argv[1:] if name not in parts]
    if unknown:
        raise SystemExit(f"{unknown[0]!r} is not one of {', '.join(parts)}")
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
