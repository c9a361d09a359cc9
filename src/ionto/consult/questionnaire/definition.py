"""The definition: questionnaire.json, a FHIR R4 Questionnaire, as items, and which of them are asked.

It uses of FHIR what the questions need, and refuses the rest: the conditions `=` and `exists`, which refer to questions
that stand earlier.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, get_args

Kind = Literal["group", "boolean", "integer", "decimal", "string", "choice"]
Operator = Literal["=", "exists"]
Value = bool | int | float | str
# By link id. A choice is its code; a question that was shown and left open holds no values.
Answers = Mapping[str, tuple[Value, ...]]

_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer to choose. `exclusive`: it stands alone, as "none of these" does. `score` is its place on a scale."""

    system: str
    code: str
    text: str
    score: int | None
    exclusive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition on the answer to an earlier question."""

    question: str
    operator: Operator
    answer: Value

    def holds(self, given: tuple[Value, ...]) -> bool:
        """Whether it holds, given the values of its question; none of a question that was not asked."""
        return bool(given) is self.answer if self.operator == "exists" else self.answer in given


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question, or a group of them. `why` says why it is asked; `required` asks for more than "I do not know"."""

    link_id: str
    kind: Kind
    text: str
    why: str
    required: bool
    repeats: bool
    choices: tuple[Choice, ...]
    least: Decimal | None
    most: Decimal | None
    shortest: Decimal | None
    longest: Decimal | None
    unit: str | None
    conditions: tuple[Condition, ...]
    combined: Literal["all", "any"]
    items: tuple[Item, ...]

    def choice(self, code: Value) -> Choice | None:
        """The choice with this code; None when there is none."""
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """The definition. `by_link_id` holds every group and question, in order; `document` is the FHIR resource itself."""

    url: str
    version: str
    title: str
    items: tuple[Item, ...]
    by_link_id: Mapping[str, Item]
    document: Mapping[str, Any]


@cache
def questionnaire() -> Questionnaire:
    """The questionnaire of consult/questionnaire.json.

    Raises
    ------
    ValueError
        If it uses of FHIR what is not understood here, or a condition refers to no earlier question.
    """
    document = json.loads(files("ionto.consult").joinpath("questionnaire.json").read_text("utf-8"))
    return questionnaire_of(document)


def questionnaire_of(document: Mapping[str, Any]) -> Questionnaire:
    """A FHIR R4 Questionnaire as items; raises ValueError as `questionnaire` does."""
    lists = {f"#{kept['id']}": kept["expansion"]["contains"] for kept in document.get("contained", ())}
    items = tuple(_item(raw, lists) for raw in document["item"])
    asked: dict[str, Item] = {}
    for item in _walk(items):
        unknown = [condition.question for condition in item.conditions if condition.question not in asked]
        if unknown:
            raise ValueError(f"{item.link_id}: enableWhen refers to {', '.join(unknown)}, not asked before it")
        if item.link_id in asked:
            raise ValueError(f"{item.link_id}: two items have this linkId")
        asked[item.link_id] = item
    return Questionnaire(
        url=document["url"],
        version=document["version"],
        title=document["title"],
        items=items,
        by_link_id=MappingProxyType(asked),
        document=document,
    )


def enabled(asked: Questionnaire, answers: Answers) -> tuple[str, ...]:
    """The link ids of the groups and questions that are asked after these answers, in their order.

    What stands in a group that is not asked is not asked either, and the answer to such a question counts for nothing.
    """
    heard: dict[str, tuple[Value, ...]] = {}

    def visit(items: Sequence[Item]) -> None:
        for item in items:
            if _holds(item, heard):
                heard[item.link_id] = tuple(answers.get(item.link_id, ()))
                visit(item.items)

    visit(asked.items)
    return tuple(heard)


def _holds(item: Item, heard: Answers) -> bool:
    held = (condition.holds(tuple(heard.get(condition.question, ()))) for condition in item.conditions)
    return not item.conditions or (any(held) if item.combined == "any" else all(held))


def _walk(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _walk(item.items)


def _item(raw: Mapping[str, Any], lists: Mapping[str, Any]) -> Item:
    kind = raw["type"]
    if kind not in get_args(Kind):
        raise ValueError(f"{raw['linkId']}: the type {kind} is not understood")
    below = raw.get("item", ())
    listed = lists[raw["answerValueSet"]] if "answerValueSet" in raw else ()
    return Item(
        link_id=raw["linkId"],
        kind=kind,
        text=raw["text"],
        why=" ".join(child["text"] for child in below if child["type"] == "display"),
        required=raw.get("required", False),
        repeats=raw.get("repeats", False),
        choices=(
            *(_choice(option["valueCoding"], option) for option in raw.get("answerOption", ())),
            *(_choice(coding, {}) for coding in listed),
        ),
        least=_bound(raw, "minValue"),
        most=_bound(raw, "maxValue"),
        shortest=_bound(raw, "minLength"),
        longest=Decimal(raw["maxLength"]) if "maxLength" in raw else None,
        unit=_extended(raw, "questionnaire-unit", {}).get("display"),
        conditions=tuple(_condition(raw["linkId"], when) for when in raw.get("enableWhen", ())),
        combined=raw.get("enableBehavior", "all"),
        items=tuple(_item(child, lists) for child in below if child["type"] != "display"),
    )


def _choice(coding: Mapping[str, Any], option: Mapping[str, Any]) -> Choice:
    score = _extended(option, "ordinalValue", None)
    return Choice(
        system=coding["system"],
        code=coding["code"],
        text=coding["display"],
        score=None if score is None else int(score),
        exclusive=bool(_extended(option, "questionnaire-optionExclusive", None)),
    )


def _condition(link_id: str, when: Mapping[str, Any]) -> Condition:
    if when["operator"] not in get_args(Operator):
        raise ValueError(f"{link_id}: the condition {when['operator']} is not understood")
    answer = when["answerCoding"]["code"] if "answerCoding" in when else when["answerBoolean"]
    return Condition(question=when["question"], operator=when["operator"], answer=answer)


def _bound(raw: Mapping[str, Any], name: str) -> Decimal | None:
    value = _extended(raw, name, None)
    return None if value is None else Decimal(str(value))


def _extended(raw: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    """The value of an extension, whatever its type."""
    for extension in raw.get("extension", ()):
        if extension["url"] == _EXTENSION + name:
            return next(value for key, value in extension.items() if key.startswith("value"))
    return otherwise
