"""What a patient reads can be read at twelve: the school year that it takes, by published formulas."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "reading.py"
# Twelve years old: the sixth or seventh school year.
HIGHEST_GRADE = 6.0
# A formula says little of one sentence with one long word; above this a sentence is written anew.
HARDEST_GERMAN_GRADE = 11.5


@pytest.fixture(scope="module")
def reading() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reading_bench", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("place", "is_german"), [(0, False), (1, True)], ids=["English", "German"])
def test_all_of_it_takes_the_sixth_school_year_at_most(reading: ModuleType, place: int, *, is_german: bool) -> None:
    texts = [pair[place] for pair in reading.pairs()]
    assert len(texts) > 800
    assert reading.Read(" ".join(texts), is_german=is_german).grade <= HIGHEST_GRADE


def test_no_german_sentence_is_hard(reading: ModuleType) -> None:
    read = [reading.Read(german, is_german=True) for _, german in reading.pairs()]
    hard = [each for each in read if len(each.words) >= reading.SHORTEST_WORDS and each.grade > HARDEST_GERMAN_GRADE]
    assert [each.text for each in hard] == []


def test_the_formulas_tell_hard_from_easy(reading: ModuleType) -> None:
    hard = (
        "Die Kontraindikationen der Leitungswasseriontophorese umfassen elektronische Implantate und Schwangerschaften."
    )
    easy = "Die Haut ist rot. Das ist nicht schlimm. Warten Sie bis morgen, dann geht es weiter."
    assert reading.Read(hard, is_german=True).grade > 14
    assert reading.Read(easy, is_german=True).grade < 3
    assert reading.Read(hard, is_german=True).ease < reading.Read(easy, is_german=True).ease
    assert reading.Read("Wait until it heals. Then go on.", is_german=False).grade < 3
    assert reading.Read("Contraindications encompass implantable electronics.", is_german=False).grade > 14


def test_syllables_are_counted_by_vowels(reading: ModuleType) -> None:
    for word, count in (("wasser", 2), ("haut", 1), ("sitzung", 2), ("iontophorese", 6), ("füße", 2), ("mA", 1)):
        assert reading.syllables_in(word, is_german=True) == count, word
    for word, count in (("water", 2), ("skin", 1), ("come", 1), ("current", 2), ("little", 2)):
        assert reading.syllables_in(word, is_german=False) == count, word
