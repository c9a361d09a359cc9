"""Whole decisions as JSON files: what was known, and what was decided. `./run accept` rewrites them for review."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ionto.consult import Intake, NotCleared, clearance_for, consult
from ionto.follow.advise import advise
from ionto.prescribe import devices, plan_for, prescribe, protocol_for
from ionto.words.reading import read_json, to_document
from ionto.words.records import Course
from ionto.words.terms import Site

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.json"))


def decided(scenario: dict[str, Any]) -> Any:
    """What the decision named in the scenario gives now."""
    given = scenario["given"]
    if scenario["decision"] == "consult":
        return consult(read_json(Intake, json.dumps(given["intake"])))
    if scenario["decision"] == "plan":
        site, starts_on = Site(given["site"]), date.fromisoformat(given["starts_on"])
        consultation = consult(read_json(Intake, json.dumps(given["intake"])))
        try:
            clearance = clearance_for(consultation, site, cleared_by=given.get("cleared_by"))
        except NotCleared as refusal:
            return {"refused": {"decision": refusal.decision, "rules": [one.rule for one in refusal.findings]}}
        protocol, device = protocol_for(site), devices()[given["device"]]
        assert protocol is not None
        prescription = prescribe(clearance, protocol, device_id=given["device"], device=device)
        return plan_for(prescription, protocol, starts_on=starts_on)
    assert scenario["decision"] == "advise"
    course = read_json(Course, json.dumps(given["course"]))
    advice = advise(course, date.fromisoformat(given["today"]), tolerance=given.get("tolerance", 2))
    for site, recommendation in advice.items():
        week = {day.on.isoformat(): round(day.controlled_prob, 3) for day in recommendation.forecast[:7]}
        advice[site] = {**to_document(recommendation), "forecast": week}  # type: ignore[assignment]
    return advice


def same(one: Any, other: Any) -> bool:
    """Equal, with numbers equal to a part in a thousand: the last bits differ between processors."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-3, abs=2e-3)
    return bool(one == other)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_decision_is_as_it_was(path: Path) -> None:
    scenario = json.loads(path.read_text("utf-8"))
    now = to_document(decided(scenario))
    if os.environ.get("IONTO_ACCEPT"):
        path.write_text(json.dumps({**scenario, "decided": now}, indent=2, ensure_ascii=False) + "\n", "utf-8")
    assert same(now, scenario["decided"]) or os.environ.get("IONTO_ACCEPT")


def test_there_is_a_scenario_for_every_decision() -> None:
    assert {json.loads(path.read_text("utf-8"))["decision"] for path in SCENARIOS} == {"consult", "plan", "advise"}


def test_a_changed_decision_would_be_seen() -> None:
    scenario = json.loads(next(path for path in SCENARIOS if "plan" in path.stem).read_text("utf-8"))
    scenario["given"]["intake"]["history"] = [{"condition": "pacemaker"}]
    assert not same(to_document(decided(scenario)), scenario["decided"])
