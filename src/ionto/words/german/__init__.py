"""German for the sentences that the core says in English, so that the core's documents keep one language.

The catalogues beside this file hold each English sentence with its German. What the core fills in stands in braces, and
the name in the braces says what may stand there: `{n}` a number, `{on}` a day, `{name}` a name that stays as it is,
`{list}` several of `[kinds.part]`, and any other a word of `[kinds.*]`; a digit at the end tells two of a kind
apart. Sentences that follow one another are found one by one; sources in brackets go to the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from ionto.words.reading import Fault, document, read_toml

_MONTHS = {
    "January": "Januar",
    "February": "Februar",
    "March": "März",
    "April": "April",
    "May": "Mai",
    "June": "Juni",
    "July": "Juli",
    "August": "August",
    "September": "September",
    "October": "Oktober",
    "November": "November",
    "December": "Dezember",
}
_SHORT_MONTHS = {
    "Jan": "Jan.",
    "Feb": "Feb.",
    "Mar": "März",
    "Apr": "Apr.",
    "May": "Mai",
    "Jun": "Juni",
    "Jul": "Juli",
    "Aug": "Aug.",
    "Sep": "Sep.",
    "Oct": "Okt.",
    "Nov": "Nov.",
    "Dec": "Dez.",
}
_WEEKDAYS = {
    "Monday": "Montag",
    "Tuesday": "Dienstag",
    "Wednesday": "Mittwoch",
    "Thursday": "Donnerstag",
    "Friday": "Freitag",
    "Saturday": "Samstag",
    "Sunday": "Sonntag",
}
_NAMES_OF_DAYS = _SHORT_MONTHS | _MONTHS | _WEEKDAYS
_DAY = rf"(?:(?:{'|'.join(_WEEKDAYS)}),? )?\d{{1,2}} (?:{'|'.join([*_MONTHS, *_SHORT_MONTHS])})(?: \d{{4}})?"
_OPEN = {"n": r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", "on": _DAY, "name": r".+?", "list": r".+?"}
_SLOT = re.compile(r"\{(([a-z_]+?)\d?)\}")
_CITED = re.compile(r" \[[A-Z0-9-]+(?:, [A-Z0-9-]+)*\]")
_BETWEEN = re.compile(r"(?<=[.?!:;]) ")


@document
class Catalogue:
    """One file: English to German, and the words that may stand in braces."""

    says: dict[str, str]
    kinds: dict[str, dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A sentence with something filled in."""

    wanted: re.Pattern[str]
    slots: Mapping[str, str]
    german: str


@cache
def _kinds() -> dict[str, dict[str, str]]:
    return catalogue().kinds or {}


@cache
def catalogue() -> Catalogue:
    """All files as one.

    Raises
    ------
    ValueError
        When two files hold different German for the same English.
    """
    says: dict[str, str] = {}
    kinds: dict[str, dict[str, str]] = {}
    for path in sorted(files("ionto.words.german").iterdir(), key=lambda path: path.name):
        if path.name.endswith(".toml"):
            read = read_toml(Catalogue, path.read_text("utf-8"))
            if clash := [said for said, german in read.says.items() if says.get(said, german) != german]:
                raise ValueError(f"{path.name} says otherwise than another catalogue: {clash[0]!r}")
            says |= read.says
            for kind, words in (read.kinds or {}).items():
                kinds[kind] = kinds.get(kind, {}) | words
    return Catalogue(says=says, kinds=kinds)


@lru_cache(maxsize=4096)
def in_german(said: str) -> str | None:
    """What is said, in German; None where a part of it has no German.

    >>> in_german("On 3 March the chance of being too wet is 12 %.")
    'Am 3. März ist es mit 12 % Wahrscheinlichkeit zu nass.'
    >>> in_german("Nobody wrote this sentence down.") is None
    True
    """
    if (whole := _one(said)) is not None:
        return whole
    cited = "".join(_CITED.findall(said))
    if cited:
        bare = in_german(_CITED.sub("", said))
        return None if bare is None else f"{bare}{cited}"
    # The longest beginning that is known, then the rest.
    for cut in reversed([found.start() for found in _BETWEEN.finditer(said)]):
        begun = _one(said[:cut])
        rest = in_german(said[cut + 1 :]) if begun is not None else None
        if begun is not None and rest is not None:
            return f"{begun} {rest}"
    return None


def fault_in_german(fault: Fault) -> Fault:
    """What is wrong with a document and where, in German as far as there is some.

    >>> str(fault_in_german(Fault("line 3, date", "the day is missing")))
    'Zeile 3, Datum: der Tag fehlt'
    """
    path, sentence = _slot("fault_at", fault.path), _slot("fault", fault.sentence)
    return Fault(fault.path if path is None else path, fault.sentence if sentence is None else sentence)


def _one(said: str) -> str | None:
    if (exact := catalogue().says.get(said)) is not None:
        return exact
    return next(_filled(said, _patterns("")), None)


def _filled(said: str, patterns: tuple[_Pattern, ...]) -> Iterator[str]:
    """Every reading of what is said."""
    for pattern in patterns:
        if found := pattern.wanted.fullmatch(said):
            words = {slot: _slot(kind, found[slot]) for slot, kind in pattern.slots.items()}
            if None not in words.values():
                yield pattern.german.format_map(words)


def _slot(kind: str, said: str) -> str | None:
    """What was filled in, in German."""
    match kind:
        case "n":
            return said.replace(".", ",")
        case "on":
            return day_in_german(said)
        case "name":
            return said
        case "list":
            return _list(said)
    known = _kinds()[kind]
    return known[said] if said in known else next(_filled(said, _patterns(kind)), None)


def _list(said: str) -> str | None:
    """Several of `kinds.part`, one after the other."""
    for between, german in (("; ", "; "), (" and ", " und "), (", ", ", ")):
        parts = [_slot("part", part) for part in said.split(between)]
        if None not in parts:
            return german.join(part for part in parts if part is not None)
    return None


def day_in_german(said: str) -> str:
    """A day that is written in English.

    >>> day_in_german("Wednesday 4 March"), day_in_german("10 Mar")
    ('Mittwoch, 4. März', '10. März')
    """
    parts = said.replace(",", "").split()
    german = [_NAMES_OF_DAYS.get(part, part) for part in parts]
    day = next(place for place, part in enumerate(parts) if part.isdecimal())
    german[day] = f"{int(parts[day])}."
    return ", ".join([german[0], " ".join(german[1:])]) if day else " ".join(german)


@cache
def _patterns(kind: str) -> tuple[_Pattern, ...]:
    """The sentences, or the words of one kind, that have something filled in."""
    known = _kinds()[kind] if kind else catalogue().says
    return tuple(_pattern(english, german) for english, german in known.items() if _SLOT.search(english))


def _pattern(english: str, german: str) -> _Pattern:
    wanted, slots, at = "", {}, 0
    for slot in _SLOT.finditer(english):
        wanted += re.escape(english[at : slot.start()]) + f"(?P<{slot[1]}>{_regex(slot[2])})"
        slots[slot[1]], at = slot[2], slot.end()
    return _Pattern(re.compile(wanted + re.escape(english[at:])), slots, german)


def _regex(kind: str) -> str:
    if kind in _OPEN:
        return _OPEN[kind]
    known = sorted(_kinds()[kind], key=len, reverse=True)
    return "|".join(
        re.sub(r"\\\{([a-z_]+?)\d?\\\}", lambda slot: f"(?:{_regex(slot[1])})", re.escape(each)) for each in known
    )
