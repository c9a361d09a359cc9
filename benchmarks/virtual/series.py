"""Series to forecast on: days by people, from a virtual truth or from a table that somebody drops in.

The table is UTF-8 CSV with a header line and four columns:

    person    any name, the same for all rows of one person
    on        the day, as 2026-03-14
    kind      session, hdss or rating
    value     session: charge over the prescribed charge (1 is a full session); hdss: 1 to 4; rating: 0 (dry) to 10

Rows may come in any order. A row that cannot be right is refused with its line and its field.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ionto.follow.response.transition import DOSE_CEILING_RATIO
from virtual.rules import INDUCTION_DAYS
from virtual.truth import Floats, Truth

COLUMNS = ["person", "on", "kind", "value"]
RANGES = {"session": (0.0, DOSE_CEILING_RATIO), "hdss": (1.0, 4.0), "rating": (0.0, 10.0)}
MISSING = -1
MOST_DAYS = 4000


class RowError(ValueError):
    """One sentence with the line and the field."""


@dataclass(frozen=True, slots=True)
class Series:
    """Days by people: dose of the session, rating and HDSS, -1 where nothing was noted."""

    dose: Floats
    rating: NDArray[np.int64]
    hdss: NDArray[np.int64]

    @property
    def days_count(self) -> int:
        return self.dose.shape[0]


def followed(truth: Truth, *, days_count: int, seed: int) -> Series:
    """Twelve sessions in four weeks, then a habit of one's own: every 3 to 21 days, some missed; entries with gaps."""
    rng, count = np.random.default_rng(seed), truth.count
    dose, rating, hdss = (np.full((days_count, count), value) for value in (0.0, MISSING, MISSING))
    habit = rng.choice([3, 4, 5, 7, 10, 14, 21], size=count)
    last = np.zeros(count, dtype=int)
    for day in range(days_count):
        seen = truth.seen()
        rating[day] = np.where(rng.random(count) < 0.4, seen.rating, MISSING)
        hdss[day] = np.where((rng.random(count) < 0.8) & (day % 7 == 0), seen.hdss, MISSING)
        due = np.full(count, day in INDUCTION_DAYS) if day < 28 else day - last >= habit
        who = due & (rng.random(count) >= 0.1)
        last = np.where(who, day, last)
        dose[day] = who
        truth.treat(who)
        truth.rest()
    return Series(dose, rating, hdss)


def read(path: Path) -> Series:
    """The series of a table.

    Raises
    ------
    RowError
        For a header, a row or a field that cannot be right.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if not rows or [name.strip() for name in rows[0]] != COLUMNS:
        raise RowError(f"line 1: the header must be {','.join(COLUMNS)}")
    found = [_row(number, row) for number, row in enumerate(rows[1:], start=2) if row]
    if not found:
        raise RowError("line 2: there is no row")
    names = sorted({name for name, *_ in found})
    begun = {name: min(on for other, on, *_ in found if other == name) for name in names}
    days_count = 1 + max((on - begun[name]).days for name, on, *_ in found)
    if days_count > MOST_DAYS:
        raise RowError(f"on: the days of one person span {days_count} days, more than {MOST_DAYS}")
    shape = (days_count, len(names))
    dose, rating, hdss = np.zeros(shape), np.full(shape, MISSING), np.full(shape, MISSING)
    for name, on, kind, value in found:
        place = (on - begun[name]).days, names.index(name)
        if kind == "session":
            dose[place] += value
        elif kind == "hdss":
            hdss[place] = round(value)
        else:
            rating[place] = round(value)
    return Series(dose, rating, hdss)


def _row(number: int, row: list[str]) -> tuple[str, date, str, float]:
    if len(row) != len(COLUMNS):
        raise RowError(f"line {number}: there are {len(row)} fields, not {len(COLUMNS)}")
    name, on, kind, value = (field.strip() for field in row)
    if not name:
        raise RowError(f"line {number}, person: it is empty")
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise RowError(f"line {number}, on: {on!r} is not a day such as 2026-03-14") from None
    if kind not in RANGES:
        raise RowError(f"line {number}, kind: {kind!r} is not one of {', '.join(RANGES)}")
    try:
        number_said = float(value)
    except ValueError:
        raise RowError(f"line {number}, value: {value!r} is not a number") from None
    low, high = RANGES[kind]
    whole = kind == "session" or number_said == round(number_said)
    if not (low <= number_said <= high and whole):
        what = "a number" if kind == "session" else "a whole number"
        raise RowError(f"line {number}, value: {value} is not {what} from {low:g} to {high:g} for {kind}")
    return name, day, kind, number_said
