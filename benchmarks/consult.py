"""Consultations per second, beside the same suitability table in zen-engine.

zen-engine (GoRules, in Rust, on PyPI) is a maintained rules engine for any field, with decision tables and an
expression language. Its tables are built here from our rules, one for each site, hit policy "collect". What the table
reads that is not a plain answer (red flags, criteria, missing answers) is handed to both sides ready made.
First both must give the same decisions and the same rules for every person; then both are timed in one run.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import zen

from ionto.consult import HistoryItem, Intake, Patient, SiteIntake, consult
from ionto.consult.diagnosis import picture
from ionto.consult.findings import Situation, findings
from ionto.consult.path import Place, lies
from ionto.consult.policy import STRICTEST, rulings_under
from ionto.consult.questions import missing_answers
from ionto.consult.rules import Rule, suitability_rules
from ionto.words.terms import BodyPart, Circumstance, Condition, Decision, Site, Symptom, strictest

PEOPLE_COUNT, ROUNDS_COUNT = 2000, 5
GIVEN = {
    "red_flag": "red_flag",
    "not_primary_focal": "unmet",
    "sweat_causing_medicine": "medicine",
    "unanswered": "missing",
}


def expression(rule: Rule, site: Site) -> str:
    """When a rule holds at a site, in the engine's language."""
    if rule.when == "condition":
        named = ", ".join(f"'{condition}'" for condition in rule.conditions)
        test = f"#.condition in [{named}]"
        if rule.place is not Place.ANYWHERE:
            parts = ", ".join(f"'{part}'" for part in BodyPart if lies(part, rule.place, site))
            test += f" and #.where in [{parts}]"
        return f"some(history, {test})"
    if rule.when in ("circumstance", "additive_caution"):
        named = ", ".join(f"'{one}'" for one in rule.circumstances)
        held = f"some(circumstances, # in [{named}])"
        return held if rule.when == "circumstance" else f"{held} and len(cautions) > 0"
    if rule.when == "age":
        above = f"age >= {rule.from_age_years or 0}"
        return above if rule.below_age_years is None else f"{above} and age < {rule.below_age_years}"
    return "true" if rule.when == "site" else GIVEN[rule.when]


def engine_table(site: Site) -> str:
    """Our rules for one site as one of the engine's decision tables, in its own JSON."""
    rows = [
        {"_id": rule.id, "if": expression(rule, site), "rule": f"'{rule.id}'", "decision": f"'{rule.decision}'"}
        for rule in suitability_rules()
        if site in rule.sites
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "if", "name": "holds"}],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("rule", "decision")],
        "rules": rows,
    }
    place = {"x": 0, "y": 0}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "person", "position": place},
        {"id": "table", "type": "decisionTableNode", "name": "suitability", "position": place, "content": table},
        {"id": "out", "type": "outputNode", "name": "findings", "position": place},
    ]
    edges = [
        {"id": f"{one}-{other}", "sourceId": one, "targetId": other, "type": "edge"}
        for one, other in (("in", "table"), ("table", "out"))
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


def person(chance: np.random.Generator) -> Intake:
    """A person with some conditions, mostly with every answer."""

    def some(choices: list[Any], most: int) -> tuple[Any, ...]:
        return tuple(choices[index] for index in chance.integers(len(choices), size=chance.integers(most + 1)))

    parts = list(BodyPart)
    history = tuple(
        HistoryItem(condition=named, where=parts[chance.integers(len(parts))] if named.needs_where else None)
        for named in some(list(Condition), 3)
    )
    site = list(Site)[chance.integers(4)]
    place = SiteIntake(
        site=site,
        hdss=int(chance.integers(1, 5)),
        onset_age_years=int(chance.integers(2, 30)),
        duration_months=int(chance.integers(1, 60)),
        bilateral=bool(chance.random() < 0.9),
        stops_in_sleep=None if chance.random() < 0.1 else bool(chance.random() < 0.9),
        episodes_per_week=7.0,
        impairs_daily_life=True,
    )
    return Intake(
        patient=Patient(birth_year=None if chance.random() < 0.05 else int(chance.integers(1940, 2023))),
        asked_on=date(2026, 11, 23),
        sites=(place,),
        family_history=bool(chance.random() < 0.5),
        generalised=bool(chance.random() < 0.1),
        history=history,
        symptoms=some(list(Symptom), 1),
        medicines=some(["sertraline", "ibuprofen"], 1),
        circumstances=some(list(Circumstance), 1),
        additive_cautions=(),
    )


@dataclass(frozen=True)
class Case:
    """One person as each side takes them."""

    intake: Intake
    situation: Situation
    told: dict[str, Any]


def case(intake: Intake) -> Case:
    place = intake.sites[0]
    seen = picture(intake, place)
    missing = tuple(answer for answer in missing_answers(intake) if answer.decides)
    situation = Situation(intake=intake, site=place.site, picture=seen, missing=missing)
    told = {
        "history": [
            {"condition": str(item.condition), "where": item.where and str(item.where)} for item in intake.history or ()
        ],
        "age": -1 if intake.age_years is None else intake.age_years,
        "circumstances": [str(one) for one in intake.circumstances],
        "cautions": [str(one) for one in intake.additive_cautions or ()],
        "red_flag": bool(seen.red_flags),
        "unmet": bool(seen.unmet),
        "medicine": bool(seen.medicines) and "medicine" not in seen.red_flags,
        "missing": bool(missing),
    }
    return Case(intake, situation, told)


def ours(one: Case) -> tuple[Decision, set[str]]:
    found = findings(one.situation, rulings_under(STRICTEST))
    return strictest(finding.decision for finding in found), {finding.rule for finding in found}


def theirs(one: Case, tables: dict[Site, Any]) -> tuple[Decision, set[str]]:
    found = tables[one.situation.site].evaluate(one.told)["result"]
    return strictest(Decision(hit["decision"]) for hit in found), {hit["rule"] for hit in found}


def per_second(work: Callable[[Case], Any], cases: list[Case]) -> float:
    """Cases a second, the median of some rounds over all of them."""
    took_s = []
    for _ in range(ROUNDS_COUNT):
        began_at_s = time.perf_counter()
        for one in cases:
            work(one)
        took_s.append(time.perf_counter() - began_at_s)
    return len(cases) / statistics.median(took_s)


def batch_per_second(engine: zen.ZenEngine, cases: list[Case]) -> float:
    """Cases a second when the engine gets all of them in one call and may use every processor."""
    asked = [{"key": str(one.situation.site), "context": one.told} for one in cases]
    took_s = []
    for _ in range(ROUNDS_COUNT):
        began_at_s = time.perf_counter()
        answered = engine.evaluate_batch(asked)
        took_s.append(time.perf_counter() - began_at_s)
    if not all(one["success"] for one in answered):
        raise SystemExit("the engine failed in its batch")
    return len(cases) / statistics.median(took_s)


def main() -> None:
    chance, written = np.random.default_rng(20261123), {str(site): engine_table(site) for site in Site}
    engine = zen.ZenEngine({"loader": written.__getitem__})
    tables = {site: engine.create_decision(written[site]) for site in Site}
    cases = [case(person(chance)) for _ in range(PEOPLE_COUNT)]
    differing = [one for one in cases if ours(one) != theirs(one, tables)]
    if differing:
        raise SystemExit(f"{len(differing)} of {len(cases)} decided differently, first {differing[0].told}")
    whole = [consult(one.intake).sites[one.situation.site].decision for one in cases]
    if whole != [ours(one)[0] for one in cases]:
        raise SystemExit("the whole consultation decides otherwise than its table")
    counts = {str(decision): whole.count(decision) for decision in Decision}
    print(
        f"{len(suitability_rules())} rules, {len(cases)} people: same decisions and same rules on both sides; {counts}"
    )
    table_per_s = per_second(ours, cases)
    engine_per_s = per_second(lambda one: theirs(one, tables), cases)
    batch_per_s = batch_per_second(engine, cases)
    whole_per_s = per_second(lambda one: consult(one.intake), cases)
    print(f"  suitability table, ionto       {table_per_s:10,.0f} a second, with every sentence and source")
    print(f"  the same table, zen-engine     {engine_per_s:10,.0f} a second, rule and decision only")
    print(
        f"  whole consultation, ionto      {whole_per_s:10,.0f} a second, with severity, cause, options, expectations"
    )
    print(f"  alone: table {table_per_s / engine_per_s:.1f}, whole {whole_per_s / engine_per_s:.1f} times zen-engine")
    print(f"  against the batch: table {table_per_s / batch_per_s:.1f}, whole {whole_per_s / batch_per_s:.1f} times")


if __name__ == "__main__":
    main()
