"""Documents in and out: JSON or TOML into frozen dataclasses, and back.

A document that is wrong raises `DocumentError`, with one sentence per fault that names the field's path. Nothing is
guessed: unknown keys, doubled keys, numbers in quotes, NaN and out-of-range values are all refused.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Annotated, Any, TypeVar, cast, dataclass_transform

from annotated_types import Ge, Le
from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python

Kind = TypeVar("Kind")

# Anything outside these centuries is a slip of the pen; within them no sum of days leaves the calendar.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
Day = Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)]
Moment = Annotated[
    AwareDatetime, Ge(datetime.combine(FIRST_DAY, time(), UTC)), Le(datetime.combine(LAST_DAY, time(), UTC))
]

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def document(cls: type[Kind]) -> type[Kind]:
    """A frozen, keyword-only dataclass that is read strictly from a document."""
    cls.__pydantic_config__ = STRICT  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True)(cls)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where."""

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


class DocumentError(ValueError):
    """A document was refused. `faults` holds one sentence each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def read_json(kind: type[Kind], text: str | bytes) -> Kind:
    """One JSON document as a value of `kind`.

    Raises
    ------
    DocumentError
        With one sentence per fault.
    """
    try:
        json.loads(text, object_pairs_hook=_no_doubled_keys)
        value: Kind = _adapter(cast(Any, kind)).validate_json(text)
    except ValidationError as error:
        raise DocumentError([_fault(kind, detail) for detail in _own_faults(error.errors())]) from None
    except json.JSONDecodeError as error:
        raise DocumentError([Fault("", f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})")]) from None
    except (UnicodeDecodeError, RecursionError):
        raise DocumentError([Fault("", "not JSON: not UTF-8 text, or nested too deeply")]) from None
    except DocumentError:
        raise
    except ValueError:
        raise DocumentError([Fault("", "not JSON: a number has more digits than can be read")]) from None
    return value


def read_toml(kind: type[Kind], text: str) -> Kind:
    """One TOML document as a value of `kind`, by way of JSON so that both are read alike."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DocumentError([Fault("", f"not TOML: {error}")]) from None
    return read_json(kind, json.dumps(table, default=str))


def to_document(value: Any) -> Any:
    """The value as plain JSON data: dataclasses become objects, enums their values, days and moments ISO text."""
    return to_jsonable_python(value)


def to_json(value: Any) -> str:
    """The value as one indented JSON document."""
    return json.dumps(to_document(value), indent=2, ensure_ascii=False)


def _no_doubled_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise DocumentError([Fault(doubled, "this key stands twice in the same object")])
    return found


def _own_faults(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the echo: a list whose items were refused is also called too short."""
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(place != detail["loc"] and place[: len(detail["loc"])] == detail["loc"] for place in places)
    ]


def _fault(kind: Any, detail: ErrorDetails) -> Fault:
    """One pydantic error as a sentence; tags of unions are left out of the path."""
    path = ""
    for step in detail["loc"]:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step not in _union_tags(kind):
            path += f".{step}" if path else str(step)
    return Fault(path, _sentence(detail))


@cache
def _union_tags(kind: Any) -> frozenset[str]:
    """The tags of every discriminated union below `kind`, so that a path names fields only."""
    schema = json.dumps(_adapter(kind).json_schema())
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update(node.get("discriminator", {}).get("mapping", {}) if "discriminator" in node else ())
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(json.loads(schema))
    return frozenset(found)


def _sentence(detail: ErrorDetails) -> str:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    said = json.dumps(given, default=str, ensure_ascii=False) if not isinstance(given, dict | list) else "that"
    match kind:
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return "this field is missing"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return "this field is not known"
        case "enum" | "literal_error":
            return f"{said} is not one of {context['expected']}"
        case "union_tag_invalid":
            return f"{context['tag']!r} is not one of {context['expected_tags']}"
        case "value_error":
            return str(context["error"])
        case "json_invalid":
            return f"not JSON: {context['error']}"
        case "too_short" | "too_long":
            bound = (
                f"short: at least {context['min_length']}"
                if kind == "too_short"
                else f"long: at most {context['max_length']}"
            )
            return f"this list is too {bound}, not {context['actual_length']}"
        case _:
            message = detail["msg"].removeprefix("Input ")
            return f"{message[0].lower()}{message[1:]}, not {said}" if said != "that" else message
