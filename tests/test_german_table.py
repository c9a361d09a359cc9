"""A table that a person brings in, in German: its heads and words are read, and what is wrong is told in German."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ionto.exchange.handmade import HEADS
from ionto.exchange.merge import merge
from ionto.exchange.table import table_of
from ionto.words.german import _slot, catalogue, fault_in_german
from ionto.words.reading import Fault
from ionto.words.records import Fact, HdssFact, SessionFact, SideEffectFact
from ionto.words.terms import Effect, EffectSeverity, Site

EXCHANGE = Path(__file__).resolve().parents[1] / "src" / "ionto" / "exchange"
BERLIN, UNTIL = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 25, tzinfo=UTC)
AT, AT_SAID = datetime(2026, 3, 25, 11, tzinfo=UTC), "2026-03-25T11:00:00Z"


def faults(text: str, site: Site | None = Site.PALMS) -> list[Fault]:
    known: list[Fact] = [SessionFact(site=Site.PALMS, at=AT, current_ma=12.5, duration_min=20)]
    return list(merge(text.encode(), known, zone=BERLIN, until=UNTIL, site=site).faults)


def test_a_german_table_is_read_as_an_english_one() -> None:
    german = merge(
        "Datum;Uhrzeit;Stelle;HDSS;Gramm/min;Sitzungsminuten;mA;Nebenwirkung;Stärke\n"
        "25.03.2026;18:30;Füße;3;0,052;20;12,5;rote  Haut;mittel\n".encode(),
        [],
        zone=BERLIN,
        until=UNTIL,
    )
    assert german.faults == ()
    english = merge(
        b"date,time,site,HDSS,grams/min,session minutes,mA,side effect,severity\n"
        b"2026-03-25,18:30,soles,3,0.052,20,12.5,erythema,moderate\n",
        [],
        zone=BERLIN,
        until=UNTIL,
    )
    assert german.new == english.new
    assert len(german.new) == 4


@pytest.mark.parametrize("term", [*Effect, *EffectSeverity, *Site])
def test_every_term_of_a_table_is_read_in_german(term: str) -> None:
    said = (catalogue().kinds or {})["part"][term.value if hasattr(term, "value") else term]
    column = {"Effect": "Nebenwirkung", "EffectSeverity": "Stärke", "Site": "Stelle"}[type(term).__name__]
    line = {"Datum": "25.03.2026", "Uhrzeit": "08:00", "HDSS": "3", "Nebenwirkung": "Jucken", column: said}
    line["Nebenwirkung"] = said if column == "Nebenwirkung" else "Juckreiz"
    read = merge(
        f"{';'.join(line)}\n{';'.join(line.values())}\n".encode(), [], zone=BERLIN, until=UNTIL, site=Site.SOLES
    )
    assert read.faults == ()
    assert any(term in {fact.site, getattr(fact, "effect", None), getattr(fact, "severity", None)} for fact in read.new)


# A table that is wrong, the place, and what is said of it.
WRONG = [
    ("Datum;HDSS\n", "Datei: unter der ersten Zeile steht nichts"),
    ("Datum;Datum\n1;2\n", "Zeile 1: die Spalte 'Datum' steht zweimal da"),
    ("Datum;Wetter\n25.03.2026;gut\n", "Zeile 1, Wetter: diese Spalte ist nicht bekannt"),
    ("HDSS;Notiz\n3;x\n", "Zeile 1: es gibt keine Spalte, die Datum heißt"),
    ("Tag;Datum\n25.03.2026;25.03.2026\n", "Zeile 1: zwei Spalten heißen gleich: Tag"),
    ("Datum;HDSS\n31.02.2026;3\n", "Zeile 2, Datum: '31.02.2026' ist kein Tag; schreiben Sie 2026-03-25 "),
    ("Datum;HDSS\n25.03.2026;9\n", "Zeile 2, HDSS: darf höchstens 4 sein, nicht 9"),
    ("Datum;HDSS\n25.03.2026;0\n", "Zeile 2, HDSS: muss mindestens 1 sein, nicht 0"),
    ("Datum;HDSS\n25.03.2026;2.5\n", "Zeile 2, HDSS: muss eine ganze Zahl sein, nicht 2.5"),
    ("Datum;HDSS\n25.03.2026;viel\n", "Zeile 2, HDSS: 'viel' ist keine Zahl"),
    ("Datum;Uhrzeit;HDSS\n25.03.2026;abends;3\n", "Zeile 2, Uhrzeit: 'abends' ist keine Uhrzeit; schreiben Sie 18:30"),
    ("Datum;Stelle;HDSS\n25.03.2026;Nase;3\n", "Zeile 2, Stelle: 'nase' ist keines von diesen: Hände, Füße"),
    ("Datum;mA\n25.03.2026;12\n", "Zeile 2, Minuten: zu einer Sitzung gehören Minuten und mA"),
    ("Datum;Stärke\n25.03.2026;mittel\n", "Zeile 2, Stärke: in dieser Zeile steht keine Nebenwirkung"),
    ("Datum;HDSS\n03/04/2026;3\n", "Zeile 2, Datum: bei 03/04/2026 kann der Tag oder der Monat vorn stehen; "),
    ("Datum;HDSS\n03/25/2026;3\n", "Zeile 2, Datum: 03/25/2026 hat keinen Monat 25; "),
    ("Datum;HDSS\n25.03.2027;3\n", "Zeile 2: 2027-03-25 12:00 kommt erst noch; "),
    ("Datum;Minuten;mA\n25.03.2026;15;10\n", "Zeile 2: an diesem Tag steht schon eine Sitzung (Hände, 12,5 mA, "),
    ("Datum,mA\n25.03.2026,12,5\n", "Zeile 2: 3 Felder unter 2 Spalten; "),
    ("Datum;Gramm/min\n25.03.2026;1,234\n", "Zeile 2, Gramm: 1,234 kann man auf zwei Arten lesen; "),
    ("Datum;Gramm/min;mA\n25.03.2026;0,05;1.5\n", "Zeile 2, Gramm: hier steht in der Zahl ein Komma"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_told_in_german(text: str, said: str) -> None:
    assert str(fault_in_german(faults(text)[0])).startswith(said)


def test_our_own_table_that_was_changed_by_hand_is_told_in_german() -> None:
    facts = [HdssFact(site=Site.PALMS, at=AT, score=3), SideEffectFact(site=Site.PALMS, at=AT, effect=Effect.ITCH)]
    text = "".join(table_of(facts)).removeprefix("\ufeff")
    for before, after, said in (
        ("hdss,palms", "hdss,nose", "ist keines von diesen"),
        (",3,", ",many,", "muss eine ganze Zahl sein"),
        (AT_SAID, "yesterday", "muss ein Zeitpunkt sein"),
        (AT_SAID, AT_SAID[:-1], "braucht eine Zeitzone"),
        ("hdss,palms", "horoscope,palms", "ist keines von diesen"),
        (",3,", ",,", "das fehlt"),
    ):
        assert before in text
        assert said in str(fault_in_german(faults(text.replace(before, after))[0])), after


@pytest.mark.parametrize("name", ["table.py", "handmade.py", "merge.py"])
def test_every_sentence_about_a_table_has_german(name: str) -> None:
    """Each sentence of the module in place of whose blanks something stands."""
    blanks = {"place": "line 3, mA", "fact.site": "palms", "when": "at this moment", "had": "12 mA, 20 min"}
    blanks |= {"len(cells)": "7", "len(head)": "6", "MOST_BYTES / 1000000.0": "2", "MOST_ROWS": "5000", "name": "day"}
    blanks |= {"points[0][0]": "line 3, mA", "match[2]": "13"}
    tree = ast.parse((EXCHANGE / name).read_text("utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [
                part.value if isinstance(part, ast.Constant) else blanks.get(ast.unparse(part.value), "something")  # type: ignore[attr-defined]
                for part in node.values
            ]
            found.add("".join(str(part) for part in parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docs | inside):
            found.add(node.value)
    others = {head for heads in HEADS.values() for head in heads}
    others |= {"on this day", "at this moment", "something mA, something min"}
    sentences = [said for said in found - others if re.match(r"(?!line )[a-z'{][\w']* .*[a-z]{2}", said)]
    assert len(sentences) > 2
    assert [said for said in sentences if _slot("fault", said) is None] == []


def test_what_there_is_no_german_for_stays_as_it_is() -> None:
    assert (
        str(fault_in_german(Fault("line 3, Wetter", "nobody wrote this down")))
        == "Zeile 3, Wetter: nobody wrote this down"
    )
