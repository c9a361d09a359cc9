"""Answers, and the FHIR R4 QuestionnaireResponse in which they travel. What is wrong is refused by its linkId."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any, Literal

from ionto.consult.questionnaire.definition import Answers, Item, Questionnaire, Value, enabled
from ionto.words.reading import DocumentError, Fault

_KEYS = {
    "boolean": "valueBoolean",
    "integer": "valueInteger",
    "decimal": "valueDecimal",
    "string": "valueString",
    "choice": "valueCoding",
}


def faults_in(item: Item, values: Sequence[Value]) -> tuple[str, ...]:
    """What is wrong with the values given to one question, one sentence each; nothing given is never wrong."""
    said = [sentence for value in values if (sentence := _fault_in_value(item, value))]
    if len(values) > 1 and not item.repeats:
        said.append("this question takes one answer")
    if len(set(values)) < len(values):
        said.append("the same answer is given twice")
    alone = [choice for value in values if (choice := item.choice(value)) and choice.exclusive]
    if alone and len(values) > 1:
        said.append(f"“{alone[0].text}” cannot stand together with another answer; which one is right?")
    return tuple(said)


def answers_of(asked: Questionnaire, response: Mapping[str, Any]) -> Answers:
    """The answers in a QuestionnaireResponse.

    Raises
    ------
    DocumentError
        With one sentence per fault, each named by its linkId.
    """
    if response.get("resourceType") != "QuestionnaireResponse":
        raise DocumentError([Fault("resourceType", "this must be QuestionnaireResponse")])
    if response.get("questionnaire") not in (None, asked.url, f"{asked.url}|{asked.version}"):
        raise DocumentError([Fault("questionnaire", f"this answers another questionnaire than {asked.url}")])
    answers: dict[str, tuple[Value, ...]] = {}
    faults: list[Fault] = []
    _read(_list(response, "item", "item", faults), asked, asked.items, answers, faults)
    shown = set(enabled(asked, answers))
    for link_id, values in answers.items():
        if values and link_id not in shown:
            faults.append(Fault(link_id, "this is answered, but after the other answers it is not asked"))
        faults.extend(Fault(link_id, sentence) for sentence in faults_in(asked.by_link_id[link_id], values))
    if faults:
        raise DocumentError(faults)
    return answers


def response_of(
    asked: Questionnaire,
    answers: Answers,
    *,
    authored_on: date,
    status: Literal["in-progress", "completed"] = "completed",
) -> dict[str, Any]:
    """The answers as a QuestionnaireResponse. A question that was shown and left open is an item without an answer.

    Answers to questions that are not asked are left out.
    """
    shown = set(enabled(asked, answers))
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{asked.url}|{asked.version}",
        "status": status,
        "authored": authored_on.isoformat(),
        **({"item": written} if (written := _written(asked.items, answers, shown)) else {}),
    }


def _written(items: Sequence[Item], answers: Answers, shown: set[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for item in items:
        if item.link_id not in shown:
            continue
        if item.kind == "group":
            below = _written(item.items, answers, shown)
            if below:
                found.append({"linkId": item.link_id, "text": item.text, "item": below})
        elif item.link_id in answers:
            values = [_written_value(item, value) for value in answers[item.link_id]]
            found.append({"linkId": item.link_id, "text": item.text, **({"answer": values} if values else {})})
    return found


def _written_value(item: Item, value: Value) -> dict[str, Any]:
    if item.kind != "choice":
        return {_KEYS[item.kind]: value}
    choice = item.choice(value)
    if choice is None:
        raise DocumentError([Fault(item.link_id, f"{value!r} is not one of the choices")])
    return {"valueCoding": {"system": choice.system, "code": choice.code, "display": choice.text}}


def _read(
    given: list[Any],
    asked: Questionnaire,
    expected: Sequence[Item],
    answers: dict[str, tuple[Value, ...]],
    faults: list[Fault],
) -> None:
    here = {item.link_id: item for item in expected}
    seen: set[str] = set()
    for raw in given:
        link_id = raw.get("linkId") if isinstance(raw, Mapping) else None
        if not isinstance(link_id, str):
            faults.append(Fault("item", "every item needs a linkId"))
        elif link_id not in here:
            known = link_id in asked.by_link_id
            faults.append(Fault(link_id, "this stands in the wrong place" if known else "this question is not known"))
        elif link_id in seen:
            faults.append(Fault(link_id, "this stands twice; give all answers to a question in one item"))
        elif here[link_id].kind == "group":
            seen.add(link_id)
            if "answer" in raw:
                faults.append(Fault(link_id, "this is a group and takes no answer"))
            _read(_list(raw, "item", link_id, faults), asked, here[link_id].items, answers, faults)
        else:
            seen.add(link_id)
            if "item" in raw:
                faults.append(Fault(link_id, "nothing stands below this question"))
            answers[link_id] = _values(here[link_id], _list(raw, "answer", link_id, faults), faults)


def _list(raw: Mapping[str, Any], key: str, path: str, faults: list[Fault]) -> list[Any]:
    found = raw.get(key, [])
    if not isinstance(found, list):
        faults.append(Fault(path, f"{key} must be a list"))
        return []
    return found


def _values(item: Item, given: list[Any], faults: list[Fault]) -> tuple[Value, ...]:
    values = []
    for raw in given:
        value = _value(item, raw)
        if value is None:
            faults.append(Fault(item.link_id, f"an answer to this question is a {_KEYS[item.kind]}"))
        else:
            values.append(value)
    return tuple(values)


def _value(item: Item, raw: Any) -> Value | None:
    """The value of one answer; None if it is not of the question's type, or of another code system."""
    value = raw.get(_KEYS[item.kind]) if isinstance(raw, Mapping) else None
    match item.kind:
        case "boolean":
            return value if isinstance(value, bool) else None
        case "integer":
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        case "decimal":
            number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            return value if number else None
        case "string":
            return value if isinstance(value, str) else None
        case _:
            return _code(item, value)


def _code(item: Item, coding: Any) -> str | None:
    code = coding.get("code") if isinstance(coding, Mapping) else None
    if not isinstance(code, str):
        return None
    choice = item.choice(code)
    strange = choice is not None and coding.get("system", choice.system) != choice.system
    return None if strange else code


def _fault_in_value(item: Item, value: Value) -> str | None:
    if item.kind == "choice":
        return None if item.choice(value) else f"{value!r} is not one of the choices"
    if item.kind == "string":
        return _fault_in_text(item, str(value))
    if item.kind == "boolean":
        return None
    number, unit = Decimal(str(value)), f" {item.unit}" if item.unit else ""
    if item.least is not None and number < item.least:
        return f"this must be {item.least}{unit} or more, not {value}"
    if item.most is not None and number > item.most:
        return f"this must be {item.most}{unit} or less, not {value}"
    return None


def _fault_in_text(item: Item, text: str) -> str | None:
    if not text.strip():
        return "this is empty"
    if item.shortest is not None and len(text) < item.shortest:
        return f"this must have {item.shortest} characters or more"
    if item.longest is not None and len(text) > item.longest:
        return f"this must have {item.longest} characters or less"
    return None
