"""Ten thousand people, drawn at random: never a crash, never a universal contraindication missed, and one condition
more never makes a decision milder, whichever house's policy is asked.

A person is read off the digits of one number, so that drawing costs little and Hypothesis shrinks to the simplest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionto.consult import (
    Gravimetry,
    HistoryItem,
    Intake,
    NotCleared,
    Patient,
    SiteIntake,
    TriedTreatment,
    clearance_for,
    consult,
    policies,
)
from ionto.words.reading import to_document
from ionto.words.terms import (
    AdditiveCaution,
    BodyPart,
    Circumstance,
    Condition,
    Decision,
    Sex,
    Side,
    Site,
    Symptom,
    strictest,
)

Kind = TypeVar("Kind")
# In batches, so that several processors share them; each asks some of the policies.
PEOPLE_COUNT, BATCHES_COUNT = 10_000, 4
UNIVERSAL = {
    Condition.PACEMAKER,
    Condition.ICD,
    Condition.IMPLANTED_STIMULATOR,
    Condition.IMPLANTED_PUMP,
    Condition.COCHLEAR_IMPLANT,
    Condition.PREGNANT,
    Condition.MAY_BE_PREGNANT,
}
TREATMENTS = ("aluminium_chloride", "iontophoresis", "antiperspirant", "botox", "prayer")
OUTCOMES = (None, "no_change", "not_tolerated", "better", "who knows")


class Digits:
    """The digits of one number, taken one after the other; when they run out, zero: the first and simplest choice."""

    def __init__(self, number: int) -> None:
        self.number = number

    def below(self, count: int) -> int:
        self.number, digit = divmod(self.number, count)
        return digit

    def one_of(self, choices: Sequence[Kind]) -> Kind:
        return choices[self.below(len(choices))]

    def some_of(self, choices: Sequence[Kind], most: int) -> tuple[Kind, ...]:
        return tuple(self.one_of(choices) for _ in range(self.below(most + 1)))

    def answer(self) -> bool | None:
        """Mostly the usual answer, sometimes none, sometimes the other."""
        return {18: False, 19: None}.get(self.below(20), True)


def condition(digits: Digits) -> HistoryItem:
    named = digits.one_of(tuple(Condition))
    return HistoryItem(condition=named, where=digits.one_of(tuple(BodyPart)) if named.needs_where else None)


def place(digits: Digits, site: Site) -> SiteIntake:
    bilateral = digits.answer()
    # Seldom a side beside both sides, which cannot be.
    is_sided = bilateral is not True or digits.below(20) == 19
    sweat_mg = (None, 0.0, 49.0, 100.0, 260.0)[digits.below(5)]
    return SiteIntake(
        site=site,
        side=digits.one_of((None, *Side)) if is_sided else None,
        hdss=(4, 3, 2, 1, None)[digits.below(5)],
        onset_age_years=(14, 14, 14, 14, 5, 25, 26, 80, None)[digits.below(9)],
        duration_months=(60, 60, 60, 60, 6, 5, 0, 1440, None)[digits.below(9)],
        bilateral=bilateral,
        stops_in_sleep=digits.answer(),
        episodes_per_week=(7.0, 0.5, None)[digits.below(3)],
        impairs_daily_life=digits.answer(),
        rating_score=(None, 0, 10)[digits.below(3)],
        starch_iodine_score=(None, 0, 5)[digits.below(3)],
        hdsm_ax_score=(None, 0, 44)[digits.below(3)] if site is Site.AXILLAE else None,
        gravimetry=None if sweat_mg is None else Gravimetry(collected_mg=sweat_mg, window_min=5.0),
    )


def tried(digits: Digits) -> TriedTreatment:
    return TriedTreatment(
        treatment=digits.one_of(TREATMENTS),
        site=digits.one_of((None, *Site)),
        strength_percent=(None, 12.0, 20.0)[digits.below(3)],
        weeks=(None, 1.0, 6.0)[digits.below(3)],
        outcome=digits.one_of(OUTCOMES),
    )


def person(digits: Digits) -> Intake:
    birth_year = (2000, 2000, 2000, 1950, 1980, 2010, 2018, 2019, 2020, 2025, 1900, None)[digits.below(12)]
    adult = birth_year is None or birth_year < 2009
    sites = tuple(dict.fromkeys((digits.one_of(tuple(Site)), *digits.some_of(tuple(Site), 2))))
    return Intake(
        patient=Patient(birth_year=birth_year, sex=digits.one_of((None, *Sex))),
        asked_on=date(2026, 11, 23),
        sites=tuple(place(digits, site) for site in sites),
        family_history=digits.answer(),
        generalised={8: True, 9: None}.get(digits.below(10), False),
        history=None if digits.below(8) == 7 else tuple(condition(digits) for _ in range(digits.below(4))),
        symptoms={6: None, 7: (digits.one_of(tuple(Symptom)),)}.get(digits.below(8), ()),
        medicines=digits.some_of(("ibuprofen", "sertraline"), 1),
        tried=tuple(tried(digits) for _ in range(digits.below(3))),
        circumstances=() if digits.below(4) < 3 else (digits.one_of(tuple(Circumstance)),),
        additive_cautions=digits.one_of((None, (), (AdditiveCaution.GLAUCOMA,))),
        dlqi_score=(None, 0, 30)[digits.below(3)] if adult else None,
        cdlqi_score=None if adult else (None, 0, 30)[digits.below(3)],
        hidroqol_score=(None, 0, 36)[digits.below(3)],
    )


@pytest.mark.parametrize("batch", range(BATCHES_COUNT))
@settings(
    max_examples=PEOPLE_COUNT // BATCHES_COUNT, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(number=st.integers(0, 2**256 - 1))
def test_ten_thousand_people_get_an_answer_that_no_condition_more_makes_milder(batch: int, number: int) -> None:
    digits = Digits(number)
    policy = digits.one_of(tuple(policies())[batch::BATCHES_COUNT])
    intake, more = person(digits), condition(digits)
    answer = consult(intake, policy)
    told = {item.condition for item in intake.history or ()}
    for asked in intake.sites:
        found = answer.sites[asked.site]
        assert found.decision is strictest(finding.decision for finding in found.findings)
        assert not told & UNIVERSAL or found.decision is Decision.NOT_SUITABLE
        unanswered = None in (intake.patient.birth_year, intake.history, intake.symptoms, intake.generalised)
        unanswered |= None in (asked.bilateral, asked.stops_in_sleep, asked.onset_age_years, asked.duration_months)
        assert not unanswered or found.decision is not Decision.SUITABLE
        assert all("{" not in finding.why + finding.do for finding in found.findings)
        assert bool(found.expect) is (found.decision is not Decision.NOT_SUITABLE)
        if told & UNIVERSAL or unanswered:
            with pytest.raises(NotCleared):
                clearance_for(answer, asked.site, cleared_by="Dr Ada Example")
    if intake.history is not None:
        stricter = consult(replace(intake, history=(*intake.history, more)), policy)
        assert all(stricter.sites[site].decision >= found.decision for site, found in answer.sites.items())
        if more.condition in UNIVERSAL:
            assert all(found.decision is Decision.NOT_SUITABLE for found in stricter.sites.values())
    if number % 50 == 0:
        json.dumps(to_document(answer))


def test_the_people_are_of_every_kind() -> None:
    """So that the check above is not about a few people only."""
    chance = np.random.default_rng(7)
    drawn = [person(Digits(number)) for number in (int.from_bytes(chance.bytes(32), "big") for _ in range(1000))]
    decided = Counter(found.decision for one in drawn for found in consult(one).sites.values())
    assert all(decided[decision] > 15 for decision in Decision)
    assert {item.condition for one in drawn for item in one.history or ()} == set(Condition)
