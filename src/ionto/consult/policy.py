"""Policies: which house's reading decides where the sources disagree.

`strictest` is the rules themselves. A house policy (policies/*.toml) takes the house's own word where that house says
something, and the strictest reading where it is silent: what a leaflet does not list is not thereby allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from annotated_types import MinLen

from ionto.consult.consultation import HouseDecision
from ionto.consult.rules import Rule, Sentence, suitability_rules
from ionto.words.reading import DocumentError, Fault, document, read_toml
from ionto.words.terms import Decision

STRICTEST, OUR_READING = "strictest", "The strictest reading"
# What no house may make milder: it speaks of the person's safety whoever is asked, or no protocol stands behind it.
_NEVER_MILDER = ("red_flag", "not_primary_focal", "unanswered", "site", "additive_caution")


@document
class HouseWord:
    """What the house decides by one rule; if that is not the strictest reading, with `why` and what to `do`."""

    rule: str
    decision: Decision
    why: Sentence | None = None
    do: Sentence | None = None


@document
class Policy:
    """One house's reading of the rules: a hospital's leaflet or a maker's text, with the day it was compared."""

    id: Annotated[str, MinLen(3)]
    label: Annotated[str, MinLen(3)]
    kind: Literal["ours", "leaflet", "manual", "questions_page", "clearance"]
    sources: Annotated[tuple[str, ...], MinLen(1)]
    compared_on: date
    note: Sentence
    decides: tuple[HouseWord, ...] = ()

    def word_on(self, rule: Rule) -> HouseWord | None:
        """What the house says about a rule; None where it is silent."""
        return next((word for word in self.decides if word.rule == rule.id), None)

    def decision_on(self, rule: Rule) -> Decision:
        """The decision of a rule under this policy."""
        word = self.word_on(rule)
        return rule.decision if word is None else word.decision

    def says_on(self, rule: Rule) -> str:
        """The house's own words on a rule that it speaks of."""
        return " ".join(said.says for said in rule.said if said.source in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One rule as a policy reads it: its decision, its sentences, and the houses that decide otherwise."""

    rule: Rule
    decision: Decision
    why: str
    do: str
    policy: str
    house_speaks: bool
    other_houses: tuple[HouseDecision, ...]


def check_policy(policy: Policy, rules: Sequence[Rule]) -> None:
    """Refuse a policy that turns off what no house may turn off, or speaks where its house does not.

    Raises
    ------
    ValueError
        If it names a rule twice or an unknown one, decides a universal rule otherwise than not_suitable, makes a red
        flag, a missing answer, the face or an additive's caution milder, lets a clinician's name lift what must first
        be healed or removed, names a rule that does not quote the house, or changes a decision without saying why.
    """
    known = {rule.id: rule for rule in rules}
    if len({word.rule for word in policy.decides}) < len(policy.decides):
        raise ValueError(f"{policy.id}: decides names the same rule twice")
    for word in policy.decides:
        rule = known.get(word.rule)
        if rule is None:
            raise ValueError(f"{policy.id}: there is no rule {word.rule}")
        if rule.universal and word.decision is not Decision.NOT_SUITABLE:
            raise ValueError(f"{policy.id}: {rule.id} is universal and stays not_suitable")
        if rule.when in _NEVER_MILDER and word.decision < rule.decision:
            raise ValueError(f"{policy.id}: {rule.id} may not become milder")
        if rule.decision is Decision.DEFER and word.decision not in (Decision.DEFER, Decision.NOT_SUITABLE):
            raise ValueError(f"{policy.id}: {rule.id} waits until it has healed or is off; no name may lift it")
        if not set(policy.sources) & set(rule.sources):
            raise ValueError(f"{policy.id}: {rule.id} does not quote {' or '.join(policy.sources)}")
        if word.decision is not rule.decision and (word.why is None or word.do is None):
            raise ValueError(f"{policy.id}: {rule.id} is decided otherwise, so `why` and `do` must say it")


@cache
def policies() -> dict[str, Policy]:
    """Every policy by id, `strictest` first, each checked against the rules."""
    shelves = sorted(files("ionto.consult").joinpath("policies").iterdir(), key=lambda entry: entry.name)
    read = [read_toml(Policy, shelf.read_text("utf-8")) for shelf in shelves if shelf.name.endswith(".toml")]
    for policy in read:
        check_policy(policy, suitability_rules())
    if len({policy.id for policy in read}) < len(read):
        raise ValueError("two policies share an id")
    return {policy.id: policy for policy in sorted(read, key=lambda policy: (policy.id != STRICTEST, policy.id))}


def policy_named(name: str) -> Policy:
    """The policy with this id.

    Raises
    ------
    DocumentError
        With one sentence, if there is none.
    """
    if name not in policies():
        raise DocumentError([Fault("policy", f"{name!r} is not one of {', '.join(policies())}")])
    return policies()[name]


def rulings(rules: Sequence[Rule], policy: Policy, houses: Sequence[Policy]) -> tuple[Ruling, ...]:
    """Each rule as the policy reads it, in the order of the rules; `houses` are those whose dissent is named."""
    return tuple(_ruling(rule, policy, houses) for rule in rules)


def _ruling(rule: Rule, policy: Policy, houses: Sequence[Policy]) -> Ruling:
    word, decided = policy.word_on(rule), policy.decision_on(rule)
    others = [
        HouseDecision(policy=house.id, label=house.label, decision=said.decision, says=house.says_on(rule))
        for house in houses
        if (said := house.word_on(rule)) is not None and said.decision is not decided
    ]
    if rule.decision is not decided:
        others.insert(0, HouseDecision(policy=STRICTEST, label=OUR_READING, decision=rule.decision, says=rule.why))
    return Ruling(
        rule=rule,
        decision=decided,
        why=(word and word.why) or rule.why,
        do=(word and word.do) or rule.do,
        policy=policy.id,
        house_speaks=word is not None,
        other_houses=tuple(others),
    )


@cache
def rulings_under(policy_id: str) -> tuple[Ruling, ...]:
    """Every suitability rule as the policy with this id reads it.

    Raises
    ------
    DocumentError
        If there is no such policy.
    """
    return rulings(suitability_rules(), policy_named(policy_id), tuple(policies().values()))
