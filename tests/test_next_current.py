"""The current of the next session: up by one when it was borne, down after an amber effect, never above what is set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ionto.follow.advise import advise
from ionto.follow.current import next_current_ma
from ionto.words.reading import DocumentError
from ionto.words.records import Fact
from ionto.words.terms import Outcome, Site

from .courses import PALMS, SOLES, advised, course, felt, on, session


@pytest.mark.parametrize(
    ("facts", "current_ma"),
    [
        ([], 5.0),
        ([session(0, 5.0)], 6.0),
        ([session(0, 14.5)], 15.0),
        ([session(0, 15.0)], 15.0),
        ([session(0, 10.0), felt(0.1, "itch")], 7.5),
        ([session(0, 10.0), felt(0.1, "itch"), felt(0.2, "dryness")], 7.5),
        ([session(0, 10.0), felt(0.1, "itch"), session(2, 7.5)], 8.5),
        ([session(0, 10.0), felt(0.1, "tingling")], 11.0),
        ([session(0, 10.0), felt(0.1, "pain")], 10.0),
        ([session(0, 10.0, pain_reported=True)], 10.0),
        ([session(0, 10.0), session(2, 11.0, outcome=Outcome.STOPPED)], 11.0),
        ([session(0, 10.0), session(2, 6.0, outcome=Outcome.FAULTED)], 11.0),
        ([session(0, 10.0), session(2, 11.0, duration_min=5.0)], 11.0),
        ([session(0, 10.0), session(2, 0.0, outcome=Outcome.FAULTED)], 11.0),
    ],
)
def test_the_current_rises_by_one_after_a_good_session_and_falls_after_an_amber_effect(
    facts: list[Fact], current_ma: float
) -> None:
    assert next_current_ma(PALMS, facts) == current_ma


def test_the_current_passes_neither_cap_nor_target() -> None:
    capped = replace(PALMS, cap_current_ma=12.04)
    assert next_current_ma(capped, [session(0, 14.0)]) == 12.0
    assert next_current_ma(replace(PALMS, start_current_ma=None), []) == 5.0


def test_a_child_is_advised_no_more_than_fifteen_milliampere() -> None:
    strong = replace(SOLES, target_current_ma=25.0, cap_current_ma=25.0)
    facts = [session(0, 19.0, site=Site.SOLES)]
    assert advise(course(facts, strong, birth_year=2010), on(2))[Site.SOLES].current_ma == 15.0
    assert advise(course(facts, strong, birth_year=1990), on(2))[Site.SOLES].current_ma == 20.0
    with pytest.raises(DocumentError, match="under 6"):
        advise(course([], strong, birth_year=2022), on(2))


def test_of_unknown_age_nobody_is_advised_more_than_a_child() -> None:
    strong = replace(SOLES, target_current_ma=25.0, cap_current_ma=25.0)
    facts = [session(0, 19.0, site=Site.SOLES)]
    assert advise(course(facts, strong, birth_year=None), on(2))[Site.SOLES].current_ma == 15.0


@pytest.mark.parametrize("first", [0, 1], ids=["effect", "session"])
def test_an_effect_of_the_moment_of_a_session_lowers_the_current_wherever_it_is_written(first: int) -> None:
    facts: list[Fact] = [felt(0, "itch"), session(0, 10.0)]
    assert advised([facts[first], facts[1 - first]], 2).current_ma == 7.5
