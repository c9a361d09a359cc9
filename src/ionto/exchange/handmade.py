"""A table that a person made by hand: a day a line, with what was felt, weighed, done and seen on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ionto.exchange.table import Cells, Row, number_in, numbers_read_two_ways
from ionto.words.german import catalogue
from ionto.words.reading import FIRST_DAY, LAST_DAY, DocumentError, Fault, document, read_json, to_json
from ionto.words.records import Fact
from ionto.words.terms import Effect, EffectSeverity, Site

# A day without a time of day is put here: far from both of its ends, so that it stays that day on a journey.
NOON = time(12)
# How people head these columns, in English and in German.
HEADS = {
    "day": ("date", "day", "datum", "tag"),
    "time": ("time", "uhrzeit"),
    "site": ("site", "place", "stelle"),
    "hdss": ("hdss",),
    "rating": ("rating", "bewertung"),
    "grams": ("grams/min", "g/min", "grams per minute", "gramm/min"),
    "minutes": ("session minutes", "minutes", "sitzungsminuten", "minuten"),
    "current": ("ma", "current", "strom"),
    "effect": ("side effect", "side effects", "nebenwirkung"),
    "severity": ("severity", "how strong", "schwere", "stärke"),
    "note": ("note", "notes", "notiz"),
}
NUMERIC = ("hdss", "rating", "grams", "minutes", "current")
NO_EFFECT = ("none", "no", "keine", "nein", "-")
MG_PER_G = 1000.0
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
# The fields of facts, as the person headed them.
SAID_AS = {"score": "", "sweat_mg_per_min": "grams", "current_ma": "current", "duration_min": "minutes"}


@document
class _Kept:
    fact: Fact


def rows_by_hand(cells: Cells, *, site: Site | None, zone: ZoneInfo) -> tuple[list[Row], list[Fault]]:
    """The facts of a table made by hand, and what is wrong with the other lines.

    Parameters
    ----------
    site
        Where the lines belong that do not say it.
    zone
        Where the person lives: a day is a day there.
    """
    named, faults = _named(cells)
    if faults:
        return [], faults
    faults = numbers_read_two_ways(named, NUMERIC) or _days_read_two_ways(named)
    rows: list[Row] = []
    for where, given in named.lines if not faults else ():
        try:
            rows += _rows(where, given, site, zone, cells.head, named.head)
        except DocumentError as error:
            faults += error.faults
    return rows, faults


def notes_in(cells: Cells) -> int:
    """How many lines carry a note. The record has no place for a note, so the person must be told."""
    heads = [name for name in cells.head if name.lower() in HEADS["note"]]
    return sum(any(head in given for head in heads) for _, given in cells.lines)


def _named(cells: Cells) -> tuple[Cells, list[Fault]]:
    """The cells under our own names for the columns."""
    ours = {said: name for name, heads in HEADS.items() for said in heads}
    found = {head: ours.get(" ".join(head.lower().replace("_", " ").split())) for head in cells.head if head}
    faults = [Fault(f"line 1, {head}", "this column is not known") for head, name in found.items() if name is None]
    names = [name for name in found.values() if name is not None]
    faults += [Fault("line 1", f"two columns hold the {name}") for name in sorted(set(names)) if names.count(name) > 1]
    if "day" not in names:
        faults.append(Fault("line 1", "there is no column called date"))
    known = {head: name for head, name in found.items() if name is not None}
    lines = tuple(
        (where, {known[head]: text for head, text in given.items() if head in known}) for where, given in cells.lines
    )
    return Cells(tuple(known.get(head, "") for head in cells.head), lines), faults


def _days_read_two_ways(cells: Cells) -> list[Fault]:
    """Whether days with slashes can be read at all: the whole table must show that the day comes first."""
    slashed = [(where, match) for where, given in cells.lines if (match := _SLASHED.fullmatch(given.get("day", "")))]
    month_first = next(((where, match) for where, match in slashed if int(match[2]) > 12), None)
    if month_first is not None:
        where, match = month_first
        return [Fault(f"{where}, date", f"{match[0]} has no month {match[2]}; write it as 2026-03-25 or 25.03.2026")]
    if slashed and not any(int(match[1]) > 12 for _, match in slashed):
        where, match = slashed[0]
        sentence = f"{match[0]} can be day first or month first; write days as 2026-03-25 or 25.03.2026"
        return [Fault(f"{where}, date", sentence)]
    return []


def _rows(
    where: str,
    given: Mapping[str, str],
    site: Site | None,
    zone: ZoneInfo,
    heads: tuple[str, ...],
    names: tuple[str, ...],
) -> Iterator[Row]:
    said_as = dict(zip(names, heads, strict=True))

    def refused(name: str, sentence: str) -> DocumentError:
        return DocumentError([Fault(f"{where}, {said_as.get(name, name)}", sentence)])

    at = _moment(given, zone, refused)
    place = _site(given, site, refused)
    for name, document_ in _facts(given, refused):
        try:
            kept = read_json(_Kept, to_json({"fact": {**document_, "site": place, "at": at.isoformat()}}))
        except DocumentError as error:
            fault = error.faults[0]
            field = SAID_AS.get(fault.path.removeprefix("fact."), "") or name
            raise refused(field, fault.sentence) from None
        yield Row(where, kept.fact, by_day="time" not in given)


def _moment(given: Mapping[str, str], zone: ZoneInfo, refused: Any) -> datetime:
    if "day" not in given:
        raise refused("day", "the day is missing")
    try:
        on = _day(given["day"])
        if not FIRST_DAY <= on <= LAST_DAY:
            raise ValueError
    except ValueError:
        raise refused("day", f"{given['day']!r} is not a day; write it as 2026-03-25 or 25.03.2026") from None
    clock = _CLOCK.fullmatch(given["time"]) if "time" in given else None
    if "time" in given and clock is None:
        raise refused("time", f"{given['time']!r} is not a time of day; write it as 18:30")
    return datetime.combine(on, time(int(clock[1]), int(clock[2])) if clock else NOON, zone)


def _day(text: str) -> date:
    if match := _ISO.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DOTTED.fullmatch(text) or _SLASHED.fullmatch(text):
        return date(int(match[3]), int(match[2]), int(match[1]))
    raise ValueError(text)


def _site(given: Mapping[str, str], site: Site | None, refused: Any) -> Site:
    said = given.get("site", "").lower()
    if (meant := _meant(said)) in set(Site):
        return Site(meant)
    if said or site is None:
        raise refused("site", f"{said!r} is not one of {', '.join(Site)}")
    return site


def _meant(said: str) -> str:
    """The term that a word of the table means, also a German one; the word itself where it means none."""
    german = {german.lower(): term for term, german in (catalogue().kinds or {})["part"].items()}
    plain = " ".join(said.lower().split())
    return german.get(plain, plain).replace(" ", "_")


def _facts(given: Mapping[str, str], refused: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """What one line says, as documents, each with the column that it comes from."""
    numbers = _numbers(given, refused)
    for name in ("hdss", "rating"):
        if name in numbers:
            yield name, {"kind": name, "score": int(numbers[name]) if numbers[name].is_integer() else numbers[name]}
    if "grams" in numbers:
        yield "grams", {"kind": "sweat_rate", "sweat_mg_per_min": round(numbers["grams"] * MG_PER_G, 6)}
    if "minutes" in numbers or "current" in numbers:
        for missing in {"minutes", "current"} - numbers.keys():
            raise refused(missing, "a session needs its minutes and its mA")
        held = {"current_ma": numbers["current"], "duration_min": numbers["minutes"]}
        yield "minutes", {"kind": "session", **held, "provenance": "recalled"}
    if "effect" in given and given["effect"].lower() not in NO_EFFECT:
        yield "effect", _effect(given, refused)
    elif "severity" in given:
        raise refused("severity", "there is no side effect on this line")


def _numbers(given: Mapping[str, str], refused: Any) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name in NUMERIC:
        if name in given:
            try:
                numbers[name] = number_in(given[name])
            except ValueError as error:
                raise refused(name, str(error)) from None
    return numbers


def _effect(given: Mapping[str, str], refused: Any) -> dict[str, Any]:
    effect = _meant(given["effect"])
    severity = _meant(given.get("severity", EffectSeverity.MILD.value))
    if effect not in set(Effect):
        raise refused("effect", f"{given['effect']!r} is not one of {', '.join(Effect)}")
    if severity not in set(EffectSeverity):
        raise refused("severity", f"{given['severity']!r} is not one of {', '.join(EffectSeverity)}")
    return {"kind": "side_effect", "effect": effect, "severity": severity}
