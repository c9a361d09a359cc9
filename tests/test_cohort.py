"""The population: the scalar virtual patient in arrays, its laws, and what each part of it does."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.simulate import cohort, patient
from ionto.simulate.cohort import People, Played, Population, Regimen, people, played
from ionto.words.terms import Site

PALMS = Population(site=Site.PALMS)
THREE_A_WEEK = (0, 2, 4, 7, 9, 11, 14, 16)
FULL = Regimen(session_days=THREE_A_WEEK, current_ma=(15.0,) * 8, duration_min=20.0)


def traits_of(group: People, which: int) -> patient.PatientTraits:
    """One person of the arrays as the scalar virtual patient."""
    values = {}
    for field in fields(patient.PatientTraits):
        value = getattr(group, field.name)
        values[field.name] = value if isinstance(value, float) else value[which]
    values["hdss_thresholds_mg_per_min"] = tuple(values["hdss_thresholds_mg_per_min"])
    return patient.PatientTraits(**values)


steps = st.lists(st.tuples(st.floats(0, 60), st.integers(0, 40)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(schedule=steps, seed=st.integers(0, 1000))
@pytest.mark.parametrize("reverses", [True, False])
def test_every_person_of_the_arrays_is_the_scalar_patient(
    schedule: list[tuple[float, int]], seed: int, *, reverses: bool
) -> None:
    group = people(PALMS, 5, seed=seed)
    left, right = cohort.untouched(5), cohort.untouched(5)
    scalars = [patient.PatientState()] * 5
    for session, (current_ma, days) in enumerate(schedule):
        regimen = replace(FULL, reverses=reverses)
        charge = current_ma * 20.0
        left_anode = charge / 2 if reverses else (0.0, charge)[session % 2]
        for side, dose in zip(
            (left, right), cohort.doses(group, regimen, session, np.full(5, current_ma)), strict=True
        ):
            cohort.block(group, side, dose)
            cohort.rest(group, side, days)
        for which in range(5):
            traits = traits_of(group, which)
            state = patient.treated(
                scalars[which], traits, left_anode, charge - left_anode, float(group.contact_area_cm2[which])
            )
            scalars[which] = patient.rested(state, traits, days)
            sweat = patient.sweat_mg_per_min(scalars[which], traits)
            assert cohort.side_mg_per_min(group, left)[which] == pytest.approx(sweat.left_mg_per_min, rel=1e-9)
            assert cohort.side_mg_per_min(group, right)[which] == pytest.approx(sweat.right_mg_per_min, rel=1e-9)


def same(one: Played, other: Played) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(Played)
        if field.name != "effects"
    ) and all(np.array_equal(counts, other.effects[effect]) for effect, counts in one.effects.items())


def test_a_person_does_not_depend_on_who_else_is_played() -> None:
    population = Population(site=Site.PALMS, entry_mg_per_min=40.0, entry_hdss=3)
    together = played(people(population, 30, seed=3), FULL, days_count=40, seed=3)
    apart = played(people(population, 10, seed=3, first=20), FULL, days_count=40, seed=3)
    assert np.array_equal(together.sweat_mg_per_min[20:], apart.sweat_mg_per_min)
    assert np.array_equal(together.hdss[20:], apart.hdss)
    assert same(together, played(people(population, 30, seed=3), FULL, days_count=40, seed=3))
    assert not same(together, played(people(population, 30, seed=3), FULL, days_count=40, seed=4))
