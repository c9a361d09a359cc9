"""Hazards: the table, what it points at, and its scenarios on a few skins with the control and without."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ionto.cli.main import main
from ionto.consult.rules import suitability_rules
from ionto.hazards import suite
from ionto.hazards.gauge import Measures, broken
from ionto.hazards.skins import virtual_skins
from ionto.hazards.suite import SuiteOutcome, run_suite
from ionto.hazards.table import Hazard, HazardRow, HazardTable, PageHazard, Promise, hazards, page_hazards, scenarios
from ionto.treat.guards import GUARDS
from ionto.words.evidence import references
from ionto.words.reading import DocumentError, read_toml

ROOT = Path(__file__).parent.parent
ROWS = hazards()
PAGES = page_hazards()
# What the device keeps by itself; each is tested with the device.
OF_DEVICE = {"heartbeat", "limiter", "relay", "cut", "refuses", "voltage_limit"}


@cache
def defined_in(path: str) -> frozenset[str]:
    """Every function, class and constant of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            names |= {part.id for part in parts if isinstance(part, ast.Name)}
    return frozenset(names)


def test_there_are_rows_and_scenarios_enough() -> None:
    assert len(ROWS) >= 40
    assert len(list(scenarios(ROWS))) >= 255
    assert len(PAGES) >= 12
    text = (ROOT / "docs" / "hazards.toml").read_text("utf-8")
    assert (text.count("[[hazard]]"), text.count("[[page]]")) == (len(ROWS), len(PAGES))


@pytest.mark.parametrize("row", [*ROWS, *PAGES], ids=lambda row: row.id)
def test_every_test_that_a_row_names_exists(row: HazardRow) -> None:
    for named in row.tests:
        path, _, name = named.partition("::")
        assert name.split("[")[0] in defined_in(path), named


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_control_that_a_row_names_exists(row: Hazard) -> None:
    for place in row.control_at:
        module, _, name = place.partition(":")
        if module == "consult rule":
            assert name in {rule.id for rule in suitability_rules()}, place
        elif module == "device":
            assert name in OF_DEVICE, place
        elif module == "docs":
            assert (ROOT / "docs" / name).exists(), place
        elif module == "treat.guards" and name in GUARDS:
            assert f'"{name}"' in (ROOT / "src/ionto/treat/guards.py").read_text("utf-8")
        else:
            path = f"src/ionto/{module.replace('.', '/')}.py"
            words = (ROOT / path).read_text("utf-8")
            assert name in defined_in(path) or f'"{name}"' in words, place


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.id)
def test_every_control_on_a_page_exists(row: PageHazard) -> None:
    for place in row.control_at:
        path, _, name = place.partition(":")
        if path.endswith(".js"):
            script = (ROOT / "src/ionto_web/static/ionto" / path).read_text("utf-8")
            assert re.search(rf"(function|const) {name}\b", script), place
        else:
            house = "src/ionto_web" if path.startswith("care/") else "src/ionto"
            assert name in defined_in(f"{house}/{path}"), place


@pytest.mark.parametrize("row", [*ROWS, *PAGES], ids=lambda row: row.id)
def test_every_row_cites_what_is_known(row: HazardRow) -> None:
    assert set(row.sources) <= set(references())


def test_a_row_that_names_no_test_cannot_be_read() -> None:
    text = (ROOT / "src/ionto/hazards/hazards.toml").read_text("utf-8")
    with pytest.raises(DocumentError, match="tests"):
        read_toml(HazardTable, re.sub(r"^tests = .*$", "tests = []", text, count=1, flags=re.MULTILINE))
    with pytest.raises(DocumentError, match="no control"):
        read_toml(HazardTable, re.sub(r"^without = .*$", 'without = ["hope"]', text, count=1, flags=re.MULTILINE))


def test_a_hundred_skins_are_a_hundred_different_ones_and_the_same_each_time() -> None:
    skins = virtual_skins(100, 0)
    assert len({skin.name for skin in skins}) == len(set(skins)) == 100
    assert skins == virtual_skins(100, 0)
    assert skins[10:] != virtual_skins(100, 1)[10:]
    assert {"normal", "dry", "thin", "cut"} <= {skin.name for skin in skins}


@pytest.fixture(scope="module")
def few() -> SuiteOutcome:
    """Everything on two skins: the normal one, and one that was drawn."""
    return run_suite(skins_count=2, workers_count=1)


def test_a_promise_is_kept_on_a_few_skins(few: SuiteOutcome) -> None:
    assert few.broken == ()
    assert few.not_played == ()
    assert few.runs_count == few.runs_wanted_count == 4 * few.scenarios_count
    assert few.holds


def test_without_its_control_each_hazard_is_worse_or_says_why_not(few: SuiteOutcome) -> None:
    said = {row.id for row in ROWS if row.shown}
    by_hazard: dict[str, list[bool]] = {}
    for scenario in scenarios(ROWS):
        by_hazard.setdefault(scenario.hazard.id, []).append(scenario.name not in few.no_worse)
    never_worse = {name for name, worse in by_hazard.items() if not any(worse)}
    assert never_worse <= said


def test_the_two_open_devices_are_caught_by_the_supervisor(few: SuiteOutcome) -> None:
    outcomes = {row.hazard: row for row in few.hazards}
    stays, flips = outcomes["diy_never_ramps_down"], outcomes["diy_flips_under_current"]
    assert stays.with_control.charge_ma_min < stays.without.charge_ma_min
    # A change of poles under current is a step of twice the current; a cut before it, of once.
    assert flips.with_control.shock_ma < 0.6 * flips.without.shock_ma
    assert flips.with_control.exposure_s < 0.2 < flips.without.exposure_s


def test_what_has_no_control_says_so() -> None:
    for name in ("host_killed_and_heartbeat_lost", "loop_misled"):
        (row,) = (row for row in ROWS if row.id == name)
        assert row.promise.not_promised or row.promise.zero_within_s is None or row.shown, name
        assert len(row.residual) > 40


def test_a_broken_control_breaks_a_promise_and_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = suite.played

    def without_guards(scenario, start, plan, left_out):  # type: ignore[no-untyped-def]
        return whole(scenario, start, plan, (*left_out, "guards", "supervisor"))

    monkeypatch.setattr(suite, "played", without_guards)
    asked = ["hazards", "run", "--skins", "1", "--workers", "1", "--only", "overcurrent", "stuck_polarity", "--json"]
    assert main(asked) == 1
    assert json.loads(capsys.readouterr().out)["broken"]


def test_what_cannot_be_played_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_played(*_: object) -> None:
        raise suite.NotPlayed("on purpose")

    monkeypatch.setattr(suite, "played", not_played)
    outcome = run_suite(skins_count=1, workers_count=1, only=["overcurrent"])
    assert not outcome.holds
    assert outcome.runs_count == 0
    assert "on purpose" in outcome.not_played[0]


def test_a_promise_is_held_against_what_was_measured() -> None:
    promise = Promise(zero_within_s=1.0, most_ma=10.0)
    fine = Measures(peak_ma=9.0, exposure_s=0.9)
    assert list(broken(promise, fine, has_ended=True)) == []
    for changed, word in (({"exposure_s": 1.1}, "flowed"), ({"peak_ma": 10.5}, "peaked"), ({"dense_s": 0.3}, "dense")):
        assert word in " ".join(broken(promise, replace(fine, **changed), has_ended=True))
    assert list(broken(promise, fine, has_ended=False)) == ["the session is not over"]


def test_two_workers_measure_what_one_measures() -> None:
    one, two = (run_suite(skins_count=3, workers_count=n, only=["limb_lifted", "contact_lost"]) for n in (1, 2))
    assert one == two


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["--only", "sharks"], "--only: 'sharks' is no hazard"),
        (["--skins", "0"], "--skins: 0 does not lie between 1 and"),
        (["--workers", "0"], "--workers: 0 does not lie between"),
    ],
)
def test_wrong_input_is_refused_in_a_sentence(
    asked: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hazards", "run", *asked]) == 2
    assert sentence in capsys.readouterr().err


def test_the_list_names_every_hazard(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hazards", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(ROWS)
    assert main(["hazards", "run", "--skins", "1", "--workers", "1", "--only", "limb_lifted"]) == 0
    assert "Every promise was kept" in capsys.readouterr().out
