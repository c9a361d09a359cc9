"""The facts as a table (CSV), one row a fact: out for a spreadsheet, and in again from one.

A cell that a spreadsheet would run as a formula is written with an apostrophe before it. What comes in is refused by
line and field, and nothing is guessed: a day or a number that can be read in two ways is refused.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, get_args, get_type_hints

from ionto.words.reading import DocumentError, Fault, document, read_json, to_document
from ionto.words.records import (
    CauseFact,
    ClearedFact,
    DayFact,
    Fact,
    HdssFact,
    RatingFact,
    SessionFact,
    SideEffectFact,
    StarchIodineFact,
    SweatRateFact,
)

KINDS = (
    SessionFact,
    HdssFact,
    SweatRateFact,
    RatingFact,
    DayFact,
    StarchIodineFact,
    SideEffectFact,
    CauseFact,
    ClearedFact,
)
COLUMNS = tuple(dict.fromkeys(["kind", "site", "at", *(field.name for kind in KINDS for field in fields(kind))]))
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_BYTES = 2_000_000
MOST_ROWS = 5_000
_NUMBER = re.compile(r"\d+([.,]\d+)?(e-?\d+)?")
# 1,234 is a thousand to one reader and one and a bit to another.
_TWO_WAYS = re.compile(r"[1-9]\d{0,2},\d{3}")
_TRUE, _FALSE = ("true", "wahr"), ("false", "falsch")


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of a table. `where` names its line; `by_day` says that the table gave no time of day."""

    where: str
    fact: Fact
    by_day: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """The lines of a table below its head, each with its place and its cells by column; empty cells are left out."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, dict[str, str]], ...]


def table_of(facts: Iterable[Fact]) -> Iterator[str]:
    """The facts as lines of a CSV file, the head first. Every number is written to its last digit."""
    yield "\ufeff" + _line(COLUMNS)
    for fact in facts:
        said = to_document(fact)
        yield _line([_safe(said.get(column)) for column in COLUMNS])


def cells_of(content: bytes) -> Cells:
    """The cells of a CSV file, separated by commas, semicolons or tabs, in UTF-8 or Windows-1252.

    Raises
    ------
    DocumentError
        When it is not a table, or too large.
    """
    if len(content) > MOST_BYTES:
        raise DocumentError([Fault("file", f"this is larger than {MOST_BYTES / 1e6:g} MB; a year is far less")])
    lines = _text(content).splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = max(";\t,", key=first.count)
    try:
        read = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, strict=False))
    except csv.Error:
        raise DocumentError(
            [Fault("file", "a cell of this table is too long; is a quotation mark left open?")]
        ) from None
    numbered = [(number, cells) for number, cells in enumerate(read, start=1) if any(cell.strip() for cell in cells)]
    if len(numbered) < 2:
        raise DocumentError([Fault("file", "there is no line below the head")])
    if len(numbered) > MOST_ROWS:
        raise DocumentError([Fault("file", f"these are more than {MOST_ROWS} lines")])
    head = tuple(_plain(cell) for cell in numbered[0][1])
    doubled = next((name for name in head if name and head.count(name) > 1), None)
    if doubled is not None:
        raise DocumentError([Fault("line 1", f"the column {doubled!r} stands twice")])
    faults, found = [], []
    for number, cells in numbered[1:]:
        if any(cell.strip() for cell in cells[len(head) :]):
            sentence = f"{len(cells)} cells under a head of {len(head)}; is a decimal comma taken for a separator?"
            faults.append(Fault(f"line {number}", sentence))
        given = {name: _plain(cell) for name, cell in zip(head, cells, strict=False) if name and _plain(cell)}
        found.append((f"line {number}", given))
    if faults:
        raise DocumentError(faults)
    return Cells(head, tuple(found))


def is_ours(cells: Cells) -> bool:
    """Whether this is a table as `table_of` writes it, and not one made by hand."""
    return {"kind", "at"} <= set(cells.head)


def rows_of(cells: Cells) -> tuple[list[Row], list[Fault]]:
    """The facts of a table as `table_of` writes it, and what is wrong with the other lines."""
    unknown = [name for name in cells.head if name and name not in COLUMNS]
    if unknown:
        return [], [Fault(f"line 1, {name}", "this column is not known") for name in unknown]
    faults = numbers_read_two_ways(cells, NUMERIC)
    rows = []
    for where, given in cells.lines if not faults else ():
        try:
            rows.append(Row(where, read_json(_Line, json.dumps({"fact": _typed(given)})).fact))
        except DocumentError as error:
            faults += [Fault(f"{where}, {fault.path.removeprefix('fact.')}", fault.sentence) for fault in error.faults]
    return rows, faults


def number_in(text: str) -> float:
    """A number with a point or a comma before its decimals; ValueError for anything else."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return float(text.replace(",", "."))


def numbers_read_two_ways(cells: Cells, numeric: Sequence[str]) -> list[Fault]:
    """Numbers that two readers would read differently: points and commas mixed, or 1,234 alone."""
    seen = [(f"{where}, {name}", given[name]) for where, given in cells.lines for name in numeric if name in given]
    seen = [(place, text) for place, text in seen if _NUMBER.fullmatch(text)]
    commas = [(place, text) for place, text in seen if "," in text]
    points = [(place, text) for place, text in seen if "." in text]
    if commas and points:
        return [Fault(commas[0][0], f"decimals have a comma here and a point in {points[0][0]}; write all alike")]
    if commas and all(_TWO_WAYS.fullmatch(text) for _, text in commas):
        place, text = commas[0]
        return [Fault(place, f"{text} can be read in two ways; write it with a point, or with other decimals")]
    return []


@document
class _Line:
    fact: Fact


def _numeric() -> dict[str, type]:
    """The columns that hold numbers, and of which kind."""
    found: dict[str, type] = {}
    for kind in KINDS:
        for name, hint in get_type_hints(kind).items():
            plain = {hint, *get_args(hint)}
            if plain & {int, float}:
                found[name] = int if int in plain else float
    return found


NUMERIC_KINDS = _numeric()
NUMERIC = tuple(NUMERIC_KINDS)


def _typed(given: dict[str, str]) -> dict[str, Any]:
    """The cells as JSON has them. What is no number stays as it is, for the reader to refuse."""
    typed: dict[str, Any] = {}
    for name, text in given.items():
        if name in NUMERIC_KINDS and _NUMBER.fullmatch(text):
            number = number_in(text)
            typed[name] = int(number) if NUMERIC_KINDS[name] is int and number.is_integer() else number
        elif text.lower() in (*_TRUE, *_FALSE) and name == "pain_reported":
            typed[name] = text.lower() in _TRUE
        else:
            typed[name] = text
    return typed


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise DocumentError([Fault("file", "this is not a CSV file; save the spreadsheet as CSV (UTF-8)")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def _safe(value: Any) -> str:
    """The cell for a value; what would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _plain(cell: str) -> str:
    """The cell without the apostrophe that `_safe` put there, and without blanks around it."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
