"""The house checks itself: units in names, references that exist, a complete glossary, no clock in the core."""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import importlib
import pkgutil
import re
import sys
import tomllib
import types
import typing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import ionto
from ionto.words.evidence import references
from ionto.words.units import unit_of

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "ionto"
SHELL = {"cli", "treat/runner.py"}
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(ionto.__path__, "ionto.")
    if not found.name.endswith("__main__")
]
DATA = sorted(SOURCE.rglob("*.toml"))
# Names that a module imports for its annotations only are found in the other modules.
NAMES = {name: thing for module in MODULES for name, thing in vars(module).items()}


def dataclasses_of_the_house() -> list[type]:
    found = {
        thing
        for module in MODULES
        for thing in vars(module).values()
        if isinstance(thing, type) and dataclasses.is_dataclass(thing) and thing.__module__.startswith("ionto.")
    }
    return sorted(found, key=lambda thing: (thing.__module__, thing.__qualname__))


def numbers_in(hint: object) -> bool:
    """Whether a type is, or holds, plain numbers."""
    if hint in (int, float):
        return True
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return numbers_in(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType, tuple):
        return any(numbers_in(part) for part in typing.get_args(hint))
    return False


def arrays_in(hint: object) -> bool:
    """Whether a type is an array of numbers, or holds them by name."""
    origin = typing.get_origin(hint)
    if origin is np.ndarray:
        kind = typing.get_args(typing.get_args(hint)[1])[0]
        return isinstance(kind, type) and issubclass(kind, np.number)
    if isinstance(origin, type) and issubclass(origin, collections.abc.Mapping):
        held = typing.get_args(hint)[1]
        return arrays_in(held) or numbers_in(held)
    return False


# Names that are numbers of the field without a unit, spelled as the contract spells them.
UNITLESS = {
    "hdss",  # a score on a scale of that name
    "entry_hdss",
    "first_day",  # a place on the day axis
    "score",
    "rank",
    "seed",
    "sequence",  # as RFC 5545 calls it
    "hdss_prob",
    "value",  # of a cited value, whose own field says the unit
    "review_after_sessions",
    "answer",  # of a questionnaire's condition, in whatever the question asks
    "about",  # which site, by its place in the intake
    "sessions_per_month_expected",  # as the contract spells it; the unit stands in the middle
    "p05",  # quantiles of a field that says the unit
    "p50",
    "p95",
    "year",
    "low",  # bounds of a value whose own field, or kind, says the unit
    "high",
    "trial_low",
    "trial_high",
    "medians_low",
    "medians_high",
    "sd",
    "se",
    "arm_number",  # which of several
    "first_number",
    "number",  # a person's
    "rating",  # a score on a scale of that name
    "left",  # why somebody left
    "effects",  # sessions with each
    "overrides",  # shifts of the ln of a median
    "values",  # of end points, whose own kind says the unit
}


@pytest.mark.parametrize("kind", dataclasses_of_the_house(), ids=lambda kind: kind.__qualname__)
def test_every_number_says_its_unit(kind: type) -> None:
    hints = typing.get_type_hints(kind, globalns={**NAMES, **vars(sys.modules[kind.__module__])}, include_extras=True)
    # The response model's arrays carry the names of its paper; the virtual people's carry units as all else.
    walked = kind.__module__.startswith("ionto.simulate.") or kind is Silent
    silent = [
        field.name
        for field in dataclasses.fields(kind)
        if (numbers_in(hints[field.name]) or (walked and arrays_in(hints[field.name])))
        and field.name not in UNITLESS
        and unit_of(field.name) is None
    ]
    assert not silent, f"{kind.__qualname__}: {silent} do not say their unit"


def test_the_unit_check_would_see_a_silent_number() -> None:
    assert unit_of("current") is None
    assert numbers_in(typing.get_type_hints(Silent)["current"])
    with pytest.raises(AssertionError, match=r"\['current', 'currents', 'by_name'\] do not say their unit"):
        test_every_number_says_its_unit(Silent)
    assert not arrays_in(NDArray[np.bool_])


@dataclasses.dataclass
class Silent:
    """A number without a unit, to show that the check can fail."""

    current: float | None
    currents: NDArray[np.float64]
    by_name: collections.abc.Mapping[str, NDArray[np.int8]]


CITATION = re.compile(r"\[([A-Z][A-Z0-9-]+(?:, [A-Z][A-Z0-9-]+)*)\]")


def test_every_cited_reference_exists() -> None:
    known, missing = set(references()), []
    for path in DATA:
        for keys in re.findall(r"sources?\s*=\s*\[([^\]]*)\]", path.read_text("utf-8")):
            missing += [(path.name, key) for key in re.findall(r'"([^"]+)"', keys) if key not in known]
        for keys in re.findall(r'\bkey\s*=\s*"([^"]+)"', path.read_text("utf-8")):
            missing += [(path.name, keys)] if keys not in known else []
    for path in [*SOURCE.rglob("*.py"), *DATA]:
        for group in CITATION.findall(path.read_text("utf-8")):
            missing += [(path.name, key) for key in group.split(", ") if key not in known and key[:3] != "A-Z"]
    assert not missing


def test_every_protocol_and_rule_says_where_it_is_from() -> None:
    from ionto.consult.rules import suitability_rules
    from ionto.prescribe import polarity_habits, protocols

    assert all(rule.sources for rule in suitability_rules())
    for protocol in protocols().values():
        assert all(set(remark.sources) <= set(references()) for remark in protocol.remarks)
        for version in protocol.version:
            assert all(set(value.sources) <= set(references()) for value in version.cited.values())
    assert all(set(habit.sources) <= set(references()) for habit in polarity_habits().values())


# The modules whose classes a reader of documents, journals and decisions meets.
SPOKEN = (
    "words.terms",
    "words.records",
    "words.limits",
    "words.evidence",
    "consult.intake",
    "consult.consultation",
    "prescribe.prescription",
    "prescribe.protocol",
    "prescribe.device",
    "prescribe.preview",
    "treat.source",
    "treat.events",
    "treat.table",
    "treat.session",
    "follow.recommendation",
    "follow.response.belief",
    "simulate.trial",
    "simulate.endpoints",
    "simulate.environment",
)


def public_nouns() -> set[str]:
    """Every public class of the modules that are spoken of."""
    return {
        name
        for module in SPOKEN
        for name, thing in vars(sys.modules[f"ionto.{module}"]).items()
        if isinstance(thing, type) and thing.__module__ == f"ionto.{module}" and not name.startswith("_")
    }


def test_every_public_noun_stands_in_the_glossary() -> None:
    entries = set(re.findall(r"^\*\*`(\w+)`\*\*", (ROOT / "GLOSSARY.md").read_text("utf-8"), re.MULTILINE))
    assert not public_nouns() - entries
    assert not entries - {thing for module in MODULES for thing in vars(module)}, "the glossary names what is not there"


CLOCK_OR_CHANCE = re.compile(r"(^|\.)(now|today|utcnow|time\.time|monotonic|perf_counter|sleep|uuid4|urandom)$")


def clock_or_chance_in(source: str) -> list[str]:
    """Calls that read a clock or draw chance; a generator that is given its seed does not."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [ast.unparse(call.func) for call in calls]
    unseeded = [ast.unparse(call) for call in calls if ast.unparse(call).endswith("default_rng()")]
    return [name for name in named if CLOCK_OR_CHANCE.search(name)] + unseeded


def test_the_clock_check_would_see_a_clock() -> None:
    for source in ("datetime.now(UTC)", "date.today()", "time.time()", "np.random.default_rng()", "monotonic()"):
        assert clock_or_chance_in(source)
    assert not clock_or_chance_in("np.random.default_rng(7), datetime.combine(day, time(18))")


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_core_reads_no_clock_and_draws_no_chance(path: Path) -> None:
    inside = str(path.relative_to(SOURCE))
    if inside.split("/")[0] not in SHELL and inside not in SHELL:
        assert not clock_or_chance_in(path.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_fit_a_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_no_shelf_is_called_utils() -> None:
    forbidden = {"utils", "helpers", "common", "base", "manager", "service", "misc"}
    assert not [path for path in SOURCE.rglob("*.py") if path.stem in forbidden]


def test_the_locks_name_no_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text("utf-8")
        assert "://" not in text
        assert text.count("--hash=sha256:") > 50


def test_every_dependency_of_the_product_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    wanted = {re.split(r"[<>=\[]", line)[0] for line in project["dependencies"]}
    assert wanted <= pinned


def test_the_decisions_are_numbered_and_listed() -> None:
    pages = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    listed = re.findall(r"\((0\d{3}-[\w-]+\.md)\)", (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8"))
    assert pages == sorted(listed)
    assert [page[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
