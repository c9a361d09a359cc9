"""`./run mutate-rules`: change each suitability rule and each house's word on it, one at a time, and see that a
situation of tests/situations fails each time. Prints killed/total; exits 1 if a change goes unnoticed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from ionto.consult import Consultation, Intake, NotCleared, Policy, clearance_for, consult, decide, policies
from ionto.consult.path import Place
from ionto.consult.policy import STRICTEST, Ruling, check_policy, rulings
from ionto.consult.rules import Rule, suitability_rules
from ionto.words.reading import document, read_json, read_toml
from ionto.words.terms import Decision, Site

HERE = Path(__file__).parent
PERSON = json.loads((HERE.parent / "examples" / "palms.json").read_text("utf-8"))


@document
class Situation:
    """The person of examples/palms.json with some answers changed or left out, and what is expected at one site.

    `house` names the rules on which the policy's own house speaks, `a_name_clears` whether a clinician's name gives
    leave, `options` the order of the treatments, and `says` words that a treatment must come with.
    """

    name: str
    policy: str = STRICTEST
    site: Site = Site.PALMS
    patient: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    expect: Decision
    rules: tuple[str, ...]
    house: tuple[str, ...] = ()
    verdict: str | None = None
    red_flags: tuple[str, ...] | None = None
    asks: tuple[str, ...] = ()
    a_name_clears: bool | None = None
    options: tuple[str, ...] | None = None
    says: dict[str, str] = field(default_factory=dict)

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
    spoken = tuple(finding.rule for finding in found.findings if finding.house_speaks)
    checks: list[tuple[str, object, object]] = [
        ("decision", str(found.decision), str(situation.expect)),
        ("rules", sorted(finding.rule for finding in found.findings), sorted(situation.rules)),
        ("house speaks on", sorted(spoken), sorted(situation.house)),
        ("asks", tuple(question.path for question in answer.still_to_ask), situation.asks),
    ]
    if situation.verdict is not None:
        checks.append(("verdict", found.primary_focal.verdict, situation.verdict))
    if situation.red_flags is not None:
        checks.append(("red flags", found.primary_focal.red_flags, situation.red_flags))
    if situation.options is not None:
        checks.append(("options", tuple(option.treatment for option in found.options), situation.options))
    if situation.a_name_clears is not None:
        checks.append(("a name clears", _cleared_by_name(answer, situation.site), situation.a_name_clears))
    for treatment, words in situation.says.items():
        why = next((option.why for option in found.options if option.treatment == treatment), "")
        checks.append((f"{treatment} says {words!r}", words in why, True))
    wrong = [f"{what}: {got!r}, expected {wanted!r}" for what, got, wanted in checks if got != wanted]
    return "; ".join(wrong) or None


def _cleared_by_name(answer: Consultation, site: Site) -> bool:
    try:
        clearance_for(answer, site, cleared_by="Dr Ada Example")
    except NotCleared:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change, the rule that it touches, and how the rules then read; None if the loader refuses the change."""

    kind: str
    name: str
    rule: str
    rulings_under: Callable[[str], tuple[Ruling, ...]] | None


def mutants() -> Iterator[Mutant]:
    """Every single change: of a rule's decision, sites or place, of a house's word, and each rule or word lost."""
    for rule in suitability_rules():
        yield from _of_rule(rule)
    for policy in policies().values():
        for word in policy.decides:
            rest = tuple(other for other in policy.decides if other is not word)
            yield _of_policy("word lost", word.rule, replace(policy, decides=rest), "nothing")
            for decision in set(Decision) - {word.decision}:
                said = replace(word, decision=decision, why="Said otherwise.", do="Do otherwise.")
                yield _of_policy("word flipped", word.rule, replace(policy, decides=(*rest, said)), decision)


def _of_rule(rule: Rule) -> Iterator[Mutant]:
    yield _of_rules("rule lost", rule, None, "")
    for decision in set(Decision) - {rule.decision}:
        yield _of_rules("rule flipped", rule, replace(rule, decision=decision, universal=False), decision)
    if rule.when == "condition" and len(rule.sites) > 1:
        for site in set(rule.sites) - {Site.FACE}:
            left = tuple(other for other in rule.sites if other is not site)
            yield _of_rules("site lost", rule, replace(rule, sites=left, universal=False), site)
    if rule.place is not Place.ANYWHERE:
        for place in set(Place) - {rule.place}:
            yield _of_rules("place moved", rule, replace(rule, place=place), place)


def _of_rules(kind: str, rule: Rule, changed: Rule | None, to: str) -> Mutant:
    others = tuple(changed if other is rule else other for other in suitability_rules())
    rules = tuple(other for other in others if other is not None)

    @cache
    def under(name: str) -> tuple[Ruling, ...]:
        return rulings(rules, policies()[name], ())

    return Mutant(kind=kind, name=f"{rule.id} {to}".strip(), rule=rule.id, rulings_under=under)


def _of_policy(kind: str, rule_id: str, changed: Policy, to: str) -> Mutant:
    @cache
    def under(name: str) -> tuple[Ruling, ...]:
        return rulings(suitability_rules(), changed if name == changed.id else policies()[name], ())

    try:
        check_policy(changed, suitability_rules())
    except ValueError:
        return Mutant(
            kind=f"{kind}, refused by the loader", name=f"{changed.id}: {rule_id}", rule=rule_id, rulings_under=None
        )
    return Mutant(kind=kind, name=f"{changed.id}: {rule_id} says {to}", rule=rule_id, rulings_under=under)


def is_noticed(mutant: Mutant) -> bool:
    """Whether the loader refuses the change, or a situation fails; those that name its rule are asked first."""
    if mutant.rulings_under is None:
        return True
    standing, decide.rulings_under = decide.rulings_under, mutant.rulings_under
    try:
        return any(
            difference(situation, consult(INTAKES[situation.name], situation.policy))
            for situation in sorted(SITUATIONS, key=lambda situation: mutant.rule not in situation.rules)
        )
    finally:
        decide.rulings_under = standing


def main() -> int:
    failing = [one.name for one in SITUATIONS if difference(one, consult(INTAKES[one.name], one.policy))]
    if failing:
        sys.stdout.write(f"these situations fail before any change: {', '.join(failing)}\n")
        return 1
    killed, total, survivors = Counter[str](), Counter[str](), []
    for mutant in mutants():
        total[mutant.kind] += 1
        if is_noticed(mutant):
            killed[mutant.kind] += 1
        else:
            survivors.append(mutant)
    for kind, count in total.items():
        sys.stdout.write(f"{killed[kind]:5}/{count:<5} {kind}\n")
    sys.stdout.write(f"{killed.total():5}/{total.total():<5} killed, by {len(SITUATIONS)} situations\n")
    for mutant in survivors:
        sys.stdout.write(f"not noticed: {mutant.kind}, {mutant.name}\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
