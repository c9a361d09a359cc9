"""The consultation's form, made from the questionnaire: short, in plain words, each question with why it is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ionto.consult import Intake
from ionto.consult.questionnaire import (
    Answers,
    Item,
    Value,
    answers_of,
    enabled,
    faults_in,
    intake_of,
    link_id_of,
    questionnaire,
    response_from,
    response_of,
)
from ionto.consult.questionnaire.definition import Condition
from ionto.words.reading import DocumentError
from ionto.words.terms import Site
from ionto_web.care.forms.numbers import NumberField, WholeNumberField
from ionto_web.care.languages import spoken_language, words_of

YES, NO = "yes", "no"
YES_NO = ((YES, _("Yes")), (NO, _("No")), ("", _("I do not know")))
# What a list of lines may hold altogether, and a single line that names no limit of its own.
LONGEST_TEXT, LONGEST_LINE = 4000, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A question with its field, or a group with its parts, as the template walks them.

    `when` is what the page decides by whether it is asked, as JSON; empty when it always is. `follows`: it asks more
    about one answer.
    """

    item: Item
    field: forms.BoundField | None
    when: str
    follows: bool
    parts: tuple[Part, ...]


class ConsultationForm(forms.Form):
    """The questions, each under its link id. `intake()` gives the document once the form is valid."""

    def __init__(self, *args: Any, asked_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_on = asked_on
        for link_id, item in questionnaire().by_link_id.items():
            if item.kind != "group":
                self.fields[link_id] = _field(item)
        self.fields["birth_year"].widget.attrs["autocomplete"] = "bday-year"

    def parts(self) -> tuple[Part, ...]:
        """The questionnaire, group by group."""
        return self._parts(questionnaire().items)

    def _parts(self, items: Sequence[Item]) -> tuple[Part, ...]:
        return tuple(
            Part(
                item=item,
                field=None if item.kind == "group" else self[item.link_id],
                when=_when(item),
                follows=_follows(item),
                parts=self._parts(item.items),
            )
            for item in items
        )

    def clean(self) -> dict[str, Any]:
        """What is wrong in a question that is not asked after the other answers is nobody's fault."""
        cleaned = super().clean() or {}
        asked = questionnaire().by_link_id
        self._answers = {
            link_id: values for link_id, said in cleaned.items() if (values := _values(asked[link_id], said))
        }
        shown = set(enabled(questionnaire(), self._answers))
        for link_id in set(self.errors) - shown:
            del self.errors[link_id]
        # What could not be read as a number or a choice, before anything else is said about it.
        self._unread = tuple(self.errors)
        try:
            self._intake = intake_of(self._answers, self.asked_on)
        except DocumentError as error:
            for fault in error.faults:
                self._add_fault(fault.path, fault.sentence)
        return cleaned

    def _add_fault(self, path: str, sentence: str) -> None:
        name = path if path in self.fields else link_id_of(path, self._sites())
        end = "" if sentence.endswith(("?", ".")) else "."
        if name not in self._unread:
            said = words_of(f"{sentence[0].upper()}{sentence[1:]}{end}")
            self.add_error(name if name in self.fields else None, said)

    def _sites(self) -> list[Site]:
        return [Site(str(site)) for site in self._answers.get("sites", ())]

    def intake(self) -> Intake:
        """The answers as a document."""
        return self._intake

    def draft(self) -> dict[str, Any]:
        """The answers so far as a QuestionnaireResponse in progress, valid or not; what `unsaved` names is left out."""
        asked = questionnaire()
        kept = {
            link_id: values
            for link_id, values in self._answers.items()
            if not faults_in(asked.by_link_id[link_id], values)
        }
        return response_of(asked, kept, authored_on=self.asked_on, status="in-progress")

    def unsaved(self) -> tuple[forms.BoundField, ...]:
        """What was answered in a way that a draft cannot hold, such as a word for a number."""
        asked = questionnaire()
        return tuple(
            self[link_id]
            for link_id in enabled(asked, self._answers)
            if link_id in self._unread or faults_in(asked.by_link_id[link_id], self._answers.get(link_id, ()))
        )


def question_at(path: str, sites: Sequence[Site]) -> tuple[str, str] | None:
    """The form's field for a place in the intake, and its question in words; None when the form does not ask it."""
    link_id = link_id_of(path, sites)
    if link_id is None:
        return None
    item = questionnaire().by_link_id[link_id]
    group = next((group for group in questionnaire().items if item in group.items), None)
    # "Do you have any of these?" says nothing without its heading.
    text, german = words_of(item.text), spoken_language() == "de"
    inside = text if german else f"{text[0].lower()}{text[1:]}"
    words = f"{words_of(group.text)}: {inside}" if group and item.repeats else text
    return link_id, words


def values_of_response(response: Mapping[str, Any]) -> dict[str, Any] | None:
    """The form's values of a QuestionnaireResponse; None when it does not answer this questionnaire any more."""
    try:
        return _values_of_answers(answers_of(questionnaire(), response))
    except DocumentError:
        return None


def values_of_intake(intake: Intake) -> dict[str, Any] | None:
    """The form's values as they were answered before, so that nobody types the same twice.

    None when the questions would hold the answers only in part.
    """
    try:
        return values_of_response(response_from(intake))
    except DocumentError:
        return None


def _values_of_answers(answers: Answers) -> dict[str, Any]:
    asked = questionnaire().by_link_id
    return {link_id: _typed(asked[link_id], values) for link_id, values in answers.items() if values}


def _typed(item: Item, values: tuple[Value, ...]) -> Any:
    """Answers as the form's field holds them."""
    if item.kind == "boolean":
        return YES if values[0] else NO
    if item.kind == "string":
        return "\n".join(str(value) for value in values)
    value = values[0]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return list(values) if item.repeats else value


def _values(item: Item, said: Any) -> tuple[Value, ...]:
    """What a field holds as answers; none when it was left open."""
    if said in (None, "", []):
        return ()
    if item.kind == "boolean":
        return (said == YES,)
    if item.kind == "string" and item.repeats:
        return tuple(line.strip() for line in said.splitlines() if line.strip())
    if item.kind == "decimal":
        return (int(said) if said.is_integer() else said,)
    return tuple(said) if item.repeats else (said,)


def _follows(item: Item) -> bool:
    """Whether a question asks more about the answer to another one; that a place sweats is no such answer."""
    return bool(item.conditions) and all(
        condition.question != "sites" and (condition.operator == "=" or condition.answer is True)
        for condition in item.conditions
    )


def _when(item: Item) -> str:
    if not item.conditions:
        return ""
    conditions = [
        {"question": condition.question, "operator": condition.operator, "answer": _as_posted(condition)}
        for condition in item.conditions
    ]
    return json.dumps({"combined": item.combined, "conditions": conditions})


def _as_posted(condition: Condition) -> bool | str:
    """The answer that a condition waits for, as the form posts it."""
    if condition.operator == "exists":
        return bool(condition.answer)
    return {True: YES, False: NO}[condition.answer] if isinstance(condition.answer, bool) else str(condition.answer)


class CheckboxSelectMultiple(forms.CheckboxSelectMultiple):
    """Choices of which some stand alone, such as "none of these": the page then unticks the others.

    It bears Django's name, by which a template tells what kind of field it draws.
    """

    alone: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.alone:
            option["attrs"]["data-alone"] = ""
        return option


def _field(item: Item) -> forms.Field:
    said: dict[str, Any] = {"label": words_of(item.text), "help_text": item.why, "required": False}
    match item.kind:
        case "boolean":
            return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **said)
        case "integer":
            return WholeNumberField(unit=words_of(item.unit or ""), **said)
        case "decimal":
            return NumberField(unit=words_of(item.unit or ""), **said)
        case "string" if item.repeats:
            said["help_text"] = f"One on each line. {item.why}"
            return forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}), **said)
        case "string":
            return forms.CharField(max_length=int(item.longest or LONGEST_LINE), **said)
    choices = tuple((choice.code, words_of(choice.text)) for choice in item.choices)
    if not item.repeats:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **said)
    widget = CheckboxSelectMultiple()
    widget.alone = frozenset(choice.code for choice in item.choices if choice.exclusive)
    return forms.MultipleChoiceField(choices=choices, widget=widget, **said)
