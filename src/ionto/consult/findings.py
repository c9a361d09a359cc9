"""The findings: which suitability rules hold for this person at this site, strictest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ionto.consult.consultation import Finding
from ionto.consult.diagnosis import Picture, diagnostic_table
from ionto.consult.intake import Intake
from ionto.consult.path import lies
from ionto.consult.policy import Ruling
from ionto.consult.questions import Missing
from ionto.consult.rules import Rule
from ionto.words.terms import BodyPart, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that a rule may read about one site."""

    intake: Intake
    site: Site
    picture: Picture
    missing: tuple[Missing, ...]


def findings(situation: Situation, rulings: Sequence[Ruling]) -> tuple[Finding, ...]:
    """One finding for each rule that holds, strictest first, else in the order of the rules."""
    held = [
        _finding(ruling, situation, named)
        for ruling in rulings
        if situation.site in ruling.rule.sites and (named := _named(ruling.rule, situation)) is not None
    ]
    return tuple(sorted(held, key=lambda finding: -finding.decision.strictness_score))


def _named(rule: Rule, situation: Situation) -> tuple[str, ...] | None:
    """What the rule found, in words for its sentence; None if it does not hold."""
    intake, picture = situation.intake, situation.picture
    match rule.when:
        case "condition":
            return _conditions_named(rule, situation)
        case "circumstance":
            return () if any(each in rule.circumstances for each in intake.circumstances) else None
        case "additive_caution":
            wanted = any(each in rule.circumstances for each in intake.circumstances)
            cautions = intake.additive_cautions or () if wanted else ()
            return tuple(dict.fromkeys(caution.replace("_", " ") for caution in cautions)) or None
        case "age":
            age_years = intake.age_years
            return () if age_years is not None and rule.holds_at_age(age_years) else None
        case "site":
            return ()
        case "red_flag":
            return tuple(diagnostic_table().red_flag[flag].says for flag in picture.red_flags) or None
        case "not_primary_focal":
            return picture.unmet or None
        case "sweat_causing_medicine":
            return None if "medicine" in picture.red_flags else picture.medicines or None
        case "unanswered":
            return tuple(answer.named for answer in situation.missing) or None


def _conditions_named(rule: Rule, situation: Situation) -> tuple[str, ...] | None:
    places = [
        item.where
        for item in situation.intake.history or ()
        if item.condition in rule.conditions and lies(item.where, rule.place, situation.site)
    ]
    if not places:
        return None
    return tuple(dict.fromkeys(_in_words(where) for where in places if where is not None))


def _in_words(where: BodyPart) -> str:
    return "elsewhere" if where is BodyPart.ELSEWHERE else where.replace("_", " ")


def _finding(ruling: Ruling, situation: Situation, named: tuple[str, ...]) -> Finding:
    rule = ruling.rule
    separator = "; " if rule.when in ("red_flag", "not_primary_focal") else ", "
    odds = "; ".join(diagnostic_table().red_flag[flag].odds for flag in situation.picture.red_flags)
    said = separator.join(named)

    def filled(sentence: str) -> str:
        return sentence.replace("{named_for_clinician}", odds).replace("{named}", said or "place not given")

    return Finding(
        rule=rule.id,
        decision=ruling.decision,
        why=filled(ruling.why),
        do=filled(ruling.do),
        for_clinician=filled(rule.for_clinician),
        sources=rule.sources,
        said=rule.said,
        disagreement=rule.disagreement,
        universal=rule.universal,
        policy=ruling.policy,
        house_speaks=ruling.house_speaks,
        other_houses=tuple(replace(house, says=filled(house.says)) for house in ruling.other_houses),
    )
