"""Chunks of a trial: a fixed number of people of one arm, played and counted on their own.

A chunk depends on the trial, the seed and its own number, never on how many workers there are or on who plays it, so
that the same trial gives the same bytes everywhere. Of a chunk there remain one number a person and end point, and the
sums of sweat and HDSS by day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

from ionto.simulate.cohort import people, played
from ionto.simulate.endpoints import values_of
from ionto.simulate.trial import Arm, Trial
from ionto.words.reading import to_json

PEOPLE_IN_CHUNK_COUNT = 2000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some people of one arm, by the place of the arm in the trial, their first number and how many they are."""

    arm_number: int
    first_number: int
    people_count: int

    @property
    def name(self) -> str:
        return f"{self.arm_number}-{self.first_number:09d}-{self.people_count}"


@dataclass(frozen=True, slots=True)
class Counted:
    """What remains of a chunk: values [people, end point], and sums over people by day from day -7."""

    values: NDArray[np.float32]
    sweat_sum_mg_per_min: NDArray[np.float64]
    hdss_sum_score: NDArray[np.float64]


def chunks_of(trial: Trial, people_count: int) -> Iterator[Chunk]:
    """Every chunk of so many people in each arm; the last one of an arm may be smaller."""
    for arm_number in range(len(trial.arms)):
        for first_number in range(0, people_count, PEOPLE_IN_CHUNK_COUNT):
            yield Chunk(arm_number, first_number, min(PEOPLE_IN_CHUNK_COUNT, people_count - first_number))


def counted(trial: Trial, chunk: Chunk, seed: int) -> Counted:
    """Play a chunk and count it."""
    arm = trial.arms[chunk.arm_number]
    own_seed = arm_seed(trial, arm, seed)
    population = trial.population.shifted(drawn_shifts(trial, chunk.first_number // PEOPLE_IN_CHUNK_COUNT, seed))
    who = people(population, chunk.people_count, seed=own_seed, first=chunk.first_number)
    course = played(who, arm.regimen, days_count=trial.days_count, seed=own_seed)
    values = [values_of(end_point, course, arm.course) for end_point in trial.end_points]
    return Counted(
        np.stack(values, axis=1).astype(np.float32),
        course.sweat_mg_per_min.sum(axis=0, dtype=float),
        course.hdss.sum(axis=0, dtype=float),
    )


def arm_seed(trial: Trial, arm: Arm, seed: int) -> int:
    """The seed of an arm: its own, unless the same people are in every arm."""
    if trial.design == "within_person":
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed} {arm.id}".encode()).digest()[:4], "big")


def drawn_shifts(trial: Trial, number: int, seed: int) -> dict[str, float]:
    """Where the uncertain medians lie in one chunk of people: every chunk is a population that may be the true one."""
    rng = np.random.default_rng([seed, number])
    return {one.trait: one.ln_sd_ratio * float(rng.standard_normal()) for one in trial.uncertain}


def mark_of(trial: Trial, seed: int) -> str:
    """A mark of all that a chunk depends on: the trial, the seed, the size of a chunk, and the code that plays it."""
    mark = hashlib.sha256(f"{to_json(trial)} {seed} {PEOPLE_IN_CHUNK_COUNT} {np.__version__}".encode())
    for path in sorted(_files(files("ionto.simulate")), key=lambda path: path.name):
        if path.name.endswith((".py", ".toml")):
            mark.update(path.read_bytes())
    return mark.hexdigest()


def _files(folder: Traversable) -> Iterator[Traversable]:
    return (path for path in folder.iterdir() if path.is_file())
