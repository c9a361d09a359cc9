"""Every situation in tests/situations/*.toml: a person, and what a dermatologist would have the rules say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ionto.consult import consult, policies
from ionto.consult.rules import suitability_rules


def _mutation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutate_rules", Path(__file__).parent / "mutate_rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutate_rules"] = module
    spec.loader.exec_module(module)
    return module


mutation = _mutation()
SITUATIONS, INTAKES = mutation.SITUATIONS, mutation.INTAKES


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_each_situation_is_judged_as_expected(situation: Any) -> None:
    assert mutation.difference(situation, consult(INTAKES[situation.name], situation.policy)) is None


def test_situations_have_names_of_their_own() -> None:
    assert len(INTAKES) == len(SITUATIONS)


def test_every_rule_has_a_situation_where_it_holds_and_one_where_it_does_not() -> None:
    asked_strictly = [situation for situation in SITUATIONS if situation.policy == "strictest"]
    for rule in suitability_rules():
        holding = {rule.id in situation.rules for situation in asked_strictly if situation.site in rule.sites}
        assert True in holding, rule.id
        assert False in holding or rule.when == "site", rule.id


def test_every_word_of_every_house_has_a_situation_and_each_house_one_where_it_is_silent() -> None:
    for policy in policies().values():
        asked = [situation for situation in SITUATIONS if situation.policy == policy.id]
        spoken = {rule for situation in asked for rule in situation.house}
        assert spoken == {word.rule for word in policy.decides}
        assert any(set(situation.rules) - set(situation.house) for situation in asked)


def test_every_single_change_of_a_rule_or_of_a_houses_word_fails_a_situation() -> None:
    """The same as `./run mutate-rules`."""
    changes = list(mutation.mutants())
    assert len(changes) > 500
    assert [change.name for change in changes if not mutation.is_noticed(change)] == []


def test_a_change_that_changes_nothing_is_not_noticed() -> None:
    """So that the check above can fail."""
    nothing = mutation.Mutant(kind="none", name="none", rule="pacemaker", rulings_under=mutation.decide.rulings_under)
    assert not mutation.is_noticed(nothing)
