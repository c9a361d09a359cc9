"""Every situation in tests/situations/*.toml: a person, and what a dermatologist would have the rules say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import pytest

from ionto.consult import Consultation, Intake, consult, decide
from ionto.consult.path import Place
from ionto.consult.rules import Rule, suitability_rules
from ionto.words.reading import document, read_json, read_toml
from ionto.words.terms import Decision, Site

HERE = Path(__file__).parent
PERSON = json.loads((HERE.parent / "examples" / "palms.json").read_text("utf-8"))


@document
class Situation:
    """The person of examples/palms.json with some answers changed or left out, and what is expected at one site."""

    name: str
    site: Site = Site.PALMS
    patient: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    expect: Decision
    rules: tuple[str, ...]
    verdict: str | None = None
    red_flags: tuple[str, ...] | None = None
    asks: tuple[str, ...] = ()

    def intake(self) -> Intake:
        """The intake that this situation describes."""
        site = {**PERSON["sites"][0], "site": self.site, **self.answers}
        told = {**PERSON, "patient": {**PERSON["patient"], **self.patient}, "sites": [site], **self.person}
        for path in self.left_out:
            table, _, key = path.rpartition(".")
            del {"": told, "patient": told["patient"], "site": site}[table][key]
        return read_json(Intake, json.dumps(told))


@document
class Situations:
    """One file of situations."""

    situation: tuple[Situation, ...]


def _situations() -> Iterator[Situation]:
    for shelf in sorted((HERE / "situations").glob("*.toml")):
        yield from read_toml(Situations, shelf.read_text("utf-8")).situation


SITUATIONS = tuple(_situations())
INTAKES = {situation.name: situation.intake() for situation in SITUATIONS}


def difference(situation: Situation, answer: Consultation) -> str | None:
    """What the consultation says otherwise than expected; None if nothing."""
    found = answer.sites[situation.site]
    said = tuple(finding.rule for finding in found.findings)
    checks: list[tuple[str, object, object]] = [
        ("decision", str(found.decision), str(situation.expect)),
        ("rules", sorted(said), sorted(situation.rules)),
        ("asks", tuple(question.path for question in answer.still_to_ask), situation.asks),
    ]
    if situation.verdict is not None:
        checks.append(("verdict", found.primary_focal.verdict, situation.verdict))
    if situation.red_flags is not None:
        checks.append(("red flags", found.primary_focal.red_flags, situation.red_flags))
    wrong = [f"{what}: {got!r}, expected {wanted!r}" for what, got, wanted in checks if got != wanted]
    return "; ".join(wrong) or None


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_each_situation_is_judged_as_expected(situation: Situation) -> None:
    assert difference(situation, consult(INTAKES[situation.name])) is None


def test_situations_have_names_of_their_own() -> None:
    assert len(INTAKES) == len(SITUATIONS)


def test_every_rule_has_a_situation_where_it_holds_and_one_where_it_does_not() -> None:
    for rule in suitability_rules():
        holding = {rule.id in situation.rules for situation in SITUATIONS if situation.site in rule.sites}
        assert True in holding, rule.id
        assert False in holding or rule.when == "site", rule.id


def _noticed(rules: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(decide, "suitability_rules", lambda: rules)
    return any(difference(situation, consult(INTAKES[situation.name])) for situation in SITUATIONS)


@pytest.mark.parametrize("rule", suitability_rules(), ids=lambda rule: rule.id)
def test_a_rule_with_another_decision_fails_a_situation(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    for decision in Decision:
        if decision is not rule.decision:
            flipped = replace(rule, decision=decision, universal=False)
            rules = tuple(flipped if other is rule else other for other in suitability_rules())
            assert _noticed(rules, monkeypatch), f"nothing fails when {rule.id} says {decision}"


@pytest.mark.parametrize("rule", suitability_rules(), ids=lambda rule: rule.id)
def test_a_rule_that_is_lost_fails_a_situation(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tuple(other for other in suitability_rules() if other is not rule)
    assert _noticed(rules, monkeypatch), f"nothing fails without {rule.id}"


@pytest.mark.parametrize(
    "rule", [rule for rule in suitability_rules() if rule.when == "condition"], ids=lambda rule: rule.id
)
def test_a_rule_for_fewer_sites_fails_a_situation(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    for site in set(rule.sites) - {Site.FACE}:
        if len(rule.sites) > 1:
            narrowed = replace(rule, universal=False, sites=tuple(other for other in rule.sites if other is not site))
            rules = tuple(narrowed if other is rule else other for other in suitability_rules())
            assert _noticed(rules, monkeypatch), f"nothing fails when {rule.id} forgets the {site}"


@pytest.mark.parametrize(
    "rule", [rule for rule in suitability_rules() if rule.place is not Place.ANYWHERE], ids=lambda rule: rule.id
)
def test_a_rule_for_another_place_fails_a_situation(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in set(Place) - {rule.place}:
        moved = replace(rule, place=place)
        rules = tuple(moved if other is rule else other for other in suitability_rules())
        assert _noticed(rules, monkeypatch), f"nothing fails when {rule.id} looks {place}"
