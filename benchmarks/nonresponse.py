"""Early non-response: how well the record tells after 6, 8 and 10 sessions who will not become dry enough, and what an
error costs.

    ./run bench nonresponse        400 people of each truth: docs/explanation/fewest-sessions.md

Who "does not respond" is decided by the truth: usual days stay above tolerance even after twelve further sessions of
the same rhythm, as `follow.review` asks. Ratings every other day, HDSS once a week, three sessions a week.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.special import ndtr
from virtual.posterior import Onward, Posterior
from virtual.rules import INDUCTION_DAYS
from virtual.truth import TRUTHS, Truth

from ionto.follow.response.observation import HDSS_CUTS
from ionto.follow.review import MORE_SESSIONS_COUNT, UNLIKELY_PROB

AT_SESSIONS = (6, 8, 10, 12)
TOGETHER = 125
PER_WEEK_DAYS = 7 / 3
CUTS_PROB = (0.05, 0.1, 0.15, 0.2, 0.3)


def works_prob(posterior: Posterior) -> np.ndarray:
    """What `follow.review.works_probability` says, for many people: twelve more sessions, a third of a week apart."""
    onward = Onward(posterior)
    days = round(MORE_SESSIONS_COUNT * PER_WEEK_DAYS)
    due = {round(number * PER_WEEK_DAYS) for number in range(MORE_SESSIONS_COUNT)}
    for day in range(days):
        if day in due:
            onward.treat(np.ones(posterior.shape[0]))
        onward.rest()
    fine = ndtr((HDSS_CUTS[1] - onward.usual_x) / posterior.part["day_to_day"]) >= 0.5
    return np.asarray((posterior.weight * fine).sum(axis=1))


def never_dry(truth: Truth) -> np.ndarray:
    """Who is above tolerance on a usual day after twelve more sessions, by the truth; ends the truth's course."""
    due = {round(number * PER_WEEK_DAYS) for number in range(MORE_SESSIONS_COUNT)}
    for day in range(round(MORE_SESSIONS_COUNT * PER_WEEK_DAYS)):
        truth.treat(np.full(truth.count, day in due))
        truth.rest()
    return truth.usual_x(0.0) > 0.0


def followed(name: str, count: int, seed: int, at_session: int) -> np.ndarray:
    """[person, (probability that it works, fall of the mean HDSS, does not respond)] after so many sessions."""
    truth = TRUTHS[name](count, seed=seed)
    posterior, everybody = Posterior(count, 384, seed=seed), np.ones(count, dtype=bool)
    hdss = []
    for day in range(INDUCTION_DAYS[at_session - 1] + 3):
        seen = truth.seen()
        if day % 2 == 0:
            posterior.rated(seen.rating, everybody)
        if day % 7 == 0:
            posterior.answered(seen.hdss, everybody)
            hdss.append(seen.hdss)
        if day in INDUCTION_DAYS[:at_session]:
            truth.treat(everybody)
            posterior.treat(everybody)
        truth.rest()
        posterior.rest()
    return np.stack([works_prob(posterior), hdss[0] - hdss[-1], never_dry(truth)], axis=1).astype(float)


def area(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC: how often a positive scores above a negative, ties by half."""
    above = (score[positive][:, None] > score[~positive][None, :]).mean()
    return float(above + 0.5 * (score[positive][:, None] == score[~positive][None, :]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=400)
    chosen = parser.parse_args()
    if chosen.people < 2:
        parser.error("--people is at least 2")
    rng = np.random.default_rng(1)
    for name in TRUTHS:
        print(f"\nTruth: {name}")
        for at_session in AT_SESSIONS:
            parts = [
                followed(name, min(TOGETHER, chosen.people - first), 500 + first, at_session)
                for first in range(0, chosen.people, TOGETHER)
            ]
            found = np.concatenate(parts)
            fails = found[:, 2] > 0
            doubt = 1.0 - found[:, 0]
            again = [rng.integers(0, len(found), len(found)) for _ in range(200)]
            spread = np.percentile([area(doubt[pick], fails[pick]) for pick in again], [2.5, 97.5])
            print(
                f"After {at_session} sessions: {100 * fails.mean():.0f} % will not be dry enough. Area under the ROC "
                f"{area(doubt, fails):.3f} ({spread[0]:.3f} to {spread[1]:.3f}); by the fall of HDSS alone "
                f"{area(-found[:, 1], fails):.3f}. Mean probability that it works {found[:, 0].mean():.2f}, "
                f"true in {1 - fails.mean():.2f}."
            )
            print(f"  {'said at or below':<20}{'finds':>8}{'wrongly gives up':>18}", end="")
            print(f"{'sessions saved':>16}{'said rightly':>14}")
            for cut in CUTS_PROB:
                said = found[:, 0] <= cut
                saved = MORE_SESSIONS_COUNT * (said & fails).sum() / len(found)
                right = (said & fails).sum() / max(1, said.sum())
                mark = "  <- shipped" if cut == UNLIKELY_PROB else ""
                print(
                    f"  {cut:<20.2f}{100 * said[fails].mean():>7.0f}%{100 * said[~fails].mean():>17.1f}%"
                    f"{saved:>16.2f}{100 * right:>13.0f}%{mark}"
                )
    print(
        "\nfinds: share of those who will not be dry enough. wrongly gives up: share of those who would be."
        "\nsessions saved: for each person who began, if the next twelve are left out for those it is said of."
    )


if __name__ == "__main__":
    main()
