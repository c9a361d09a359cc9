"""Would a later onset serve? The population of the shelf, with glands that make up longer or answer less to charge.

REI93 and REI95 counted 10 to 12 sessions to control, and ours need 2. Each row changes the typical person's reserve and
everybody's response to charge, and plays the trials that were looked at while numbers were chosen (fit) and those that
were not (predicted). Nothing is kept: the population stays as population.toml says.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ionto.simulate.chunk import arm_seed
from ionto.simulate.cohort import People, people, played
from ionto.simulate.endpoints import values_of
from ionto.simulate.trial import trials

PEOPLE_COUNT, SEED = 1000, 1
# Reserve of the typical person, and what the response to charge is multiplied by; the first row is the population.
CHANGES = ((0.3, 1.0), (0.3, 0.5), (0.1, 1.0), (0.1, 0.5), (0.03, 1.0))
FIT = (
    ("kar04", "dc", "fall", "88 %"),
    ("kim17", "active", "fall", "92 %"),
    ("hkmj99", "dc", "week_3", "49 %"),
    ("hkmj99", "dc", "week_6", "51 %"),
    ("hkmj99", "dc", "week_10", "26 %"),
    ("hkmj99", "dc", "week_12", "22 %"),
    ("dag17", "dc", "positive", "84 %"),
)
PREDICTED = (
    ("rei93", "dc", "sessions", "11"),
    ("rei95", "dc", "sessions", "10"),
    ("rei95", "pulsed_4", "sessions", "12"),
    ("rei95", "pulsed_4", "normal", "80 %"),
    ("rei95", "pulsed_10", "normal", "100 %"),
    ("kar02", "dc", "responders", "81 %"),
    ("gul26", "dc", "response", "65 %"),
    ("raj14", "dc", "improved", "47 %"),
    ("walia02", "dc", "effective", "89 %"),
)


def changed(group: People, reserve_ratio: float, response_ratio: float) -> People:
    return replace(
        group,
        typical=replace(group.typical, reserve_ratio=reserve_ratio),
        blocked_per_dose_ratio=group.blocked_per_dose_ratio * response_ratio,
        consolidated_per_dose_ratio=group.consolidated_per_dose_ratio * response_ratio,
    )


def found(trial_id: str, arm_id: str, end_point_id: str, change: tuple[float, float]) -> float:
    """The median of sessions, the mean of all else."""
    trial = trials()[trial_id]
    arm = next(arm for arm in trial.arms if arm.id == arm_id)
    end_point = next(one for one in trial.end_points if one.id == end_point_id)
    seed = arm_seed(trial, arm, SEED)
    group = changed(people(trial.population.shifted({}), PEOPLE_COUNT, seed=seed), *change)
    course = played(group, arm.regimen, days_count=trial.days_count, seed=seed)
    values = values_of(end_point, course, arm.course)
    return float(np.nanmedian(values) if end_point_id == "sessions" else np.nanmean(values))


def main() -> None:
    print(f"{PEOPLE_COUNT} people an arm; reserve of the typical person, and response to charge, of which × 1")
    print(f"{'':30}{'published':>10}" + "".join(f"{f'{reserve:g}, × {gain:g}':>12}" for reserve, gain in CHANGES))
    for heading, rows in (("fit", FIT), ("predicted", PREDICTED)):
        print(heading)
        for trial_id, arm_id, end_point_id, published in rows:
            cells = (found(trial_id, arm_id, end_point_id, change) for change in CHANGES)
            words = f"{trial_id.upper()} {arm_id} {end_point_id}"
            print(f"  {words:28}{published:>10}" + "".join(f"{cell:12.0f}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
