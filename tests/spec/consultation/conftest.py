"""The way every paragraph on the consultation is written: a table of people, and what each is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ionto.consult import STRICTEST, Intake, SiteConsultation, consult
from ionto.words.reading import read_json
from ionto.words.terms import Site

EXAMPLE = Path(__file__).parents[3] / "examples" / "palms.json"
PERSON = json.loads(EXAMPLE.read_text("utf-8"))
SITE_ANSWERS = {*PERSON["sites"][0], "rating_score", "starch_iodine_score", "hdsm_ax_score"} - {"site"}
PERSON_ANSWERS = {"dlqi_score", "cdlqi_score", "hidroqol_score"}


def _asked(row: dict[str, str]) -> SiteConsultation:
    """The consultation of examples/palms.json with the answers of one row; `-` leaves an answer out."""
    site = {**PERSON["sites"][0], "site": row.get("site", "palms")}
    told: dict[str, Any] = {**PERSON, "patient": dict(PERSON["patient"]), "tried": [], "sites": [site]}
    for key, said in row.items():
        value = None if said == "-" else json.loads(said) if said in ("true", "false") or _numeric(said) else said
        if key in SITE_ANSWERS:
            site[key] = value
        elif key in PERSON_ANSWERS:
            told[key] = value
        elif key == "birth_year":
            told["patient"][key] = value
        elif key in ("generalised", "history", "symptoms", "medicines", "additive_cautions") and value in (
            None,
            True,
            False,
        ):
            told[key] = value
        elif key in ("symptoms", "medicines", "circumstances", "additive_cautions"):
            told[key] = [] if said == "none" else said.split(", ")
        elif key == "history":
            told[key] = [] if said == "none" else [_condition(item) for item in said.split(", ")]
        elif key == "tried":
            treatment, strength, weeks, outcome = said.split(", ")
            told[key] = [
                {
                    "treatment": treatment,
                    "strength_percent": float(strength),
                    "weeks": float(weeks),
                    "outcome": outcome,
                }
            ]
        elif key == "gravimetry":
            collected_mg, window_min = said.removesuffix(" min").split(" mg in ")
            site["gravimetry"] = {"collected_mg": float(collected_mg), "window_min": float(window_min)}
            site["sweat_mg_per_min"] = None
    answer = consult(read_json(Intake, json.dumps(told)), row.get("policy", STRICTEST))
    return answer.sites[Site(row.get("site", "palms"))]


def _numeric(said: str) -> bool:
    return said.replace(".", "", 1).isdigit()


def _condition(item: str) -> dict[str, str]:
    condition, _, where = item.partition(" at ")
    return {"condition": condition, **({"where": where} if where else {})}


ANSWERS: dict[str, Callable[[SiteConsultation], str]] = {
    "decision": lambda found: str(found.decision),
    "rule": lambda found: ", ".join(finding.rule for finding in found.findings) or "none",
    "severity": lambda found: found.severity.band or "-",
    "sweat band": lambda found: found.severity.sweat_band or "-",
    "verdict": lambda found: found.primary_focal.verdict,
    "red flags": lambda found: ", ".join(found.primary_focal.red_flags) or "none",
    "first option": lambda found: found.options[0].treatment,
    "second option": lambda found: found.options[1].treatment,
    "other houses": lambda found: _others(found) or "none",
    "scale": lambda found: found.severity.scales[-1].scale,
    "band": lambda found: found.severity.scales[-1].band or "none published",
    "a change that matters": lambda found: _change(found),
    "mg/min": lambda found: f"{found.severity.sweat_mg_per_min:g}",
    "told": lambda found: "; ".join(one.claim for one in found.expect if one.about == "how_likely") or "nothing",
    "hours a month": lambda found: " ".join(
        f"{one.least_hours_per_month:g} to {one.most_hours_per_month:g}"
        for one in found.expect
        if one.about == "upkeep"
    ),
}


def _others(found: SiteConsultation) -> str:
    return ", ".join(f"{house.policy} {house.decision}" for finding in found.findings for house in finding.other_houses)


def _change(found: SiteConsultation) -> str:
    change_score = found.severity.scales[-1].meaningful_change_score
    return "not published" if change_score is None else f"{change_score:g}"


@pytest.fixture
def people() -> Callable[[str], None]:
    """Asks each row of a table and compares the columns after `decision` and its like with what was found."""

    def check(table: str) -> None:
        lines = [line for line in table.strip().splitlines() if not set(line.strip()) <= set("|- ")]
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
        header, people_rows = rows[0], rows[1:]
        assert people_rows, "a table needs a person"
        assert set(header) & set(ANSWERS), "a table needs an expectation"
        known = {"site", "policy", "birth_year", "generalised", "history", "symptoms", "medicines", "tried"}
        known |= {"circumstances", "additive_cautions", "gravimetry", *SITE_ANSWERS, *PERSON_ANSWERS}
        assert set(header) <= known | set(ANSWERS), set(header) - known - set(ANSWERS)
        for row in people_rows:
            cells = dict(zip(header, row, strict=True))
            found = _asked({key: said for key, said in cells.items() if key not in ANSWERS})
            for name, answer in ANSWERS.items():
                if name in cells:
                    assert answer(found) == cells[name], (name, cells)

    return check
