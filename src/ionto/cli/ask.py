"""SHELL. `ionto consult --ask`: the questionnaire as a dialogue in a terminal, saved answer by answer.

The dialogue speaks on standard error, so that standard output holds the consultation and nothing else.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Literal

from rich.markup import escape
from rich.padding import Padding

from ionto.cli.files import ERR, text_of
from ionto.consult import Intake
from ionto.consult.questionnaire import (
    Answers,
    Item,
    Value,
    answers_of,
    enabled,
    faults_in,
    intake_of,
    questionnaire,
    response_of,
)
from ionto.words.reading import DocumentError, Fault, read_json, to_json

Command = Literal["back", "help", "open", "stop", "keep"]
COMMANDS: dict[str, Command] = {
    "b": "back",
    "back": "back",
    "?": "help",
    "d": "open",
    "i do not know": "open",
    "i don't know": "open",
    "q": "stop",
    "": "keep",
}
UNREADABLE = "\0\n"
YES, NO = ("y", "yes", "1"), ("n", "no", "2")


class NotAnAnswer(Exception):
    """What was typed cannot be read as an answer; the message says what can."""


def intake_by_asking(save: str | None, asked_on: date) -> Intake:
    """Ask every question that matters, save each answer in the file `save`, and give the intake.

    If the file is there, its answers are kept and only what is open is asked. What is saved is a FHIR R4
    QuestionnaireResponse.

    Raises
    ------
    DocumentError
        If the file cannot be read or written, or the person stops before the end.
    """
    asked = questionnaire()
    answers = dict(_resumed(save))
    said = [link_id for link_id in _questions(answers) if link_id in answers]
    ERR.print(f"[bold]{escape(asked.title)}[/]. {_keys()}")
    if said:
        kept = "1 answer is kept" if len(said) == 1 else f"{len(said)} answers are kept"
        ERR.print(f"Going on with {escape(str(save))}: {kept}.")
    _save(save, answers, asked_on, "in-progress")
    again: str | None = None
    title = ""
    while (link_id := again or next((one for one in _questions(answers) if one not in answers), None)) is not None:
        title = _show(asked.by_link_id[link_id], answers, title)
        heard = _heard(asked.by_link_id[link_id], answers, asked_on)
        if heard == "stop":
            raise DocumentError([Fault("", _stopped(save))])
        if heard == "back":
            again = _earlier(said, answers) or link_id
            continue
        answers[link_id] = heard
        answers = {one: values for one, values in answers.items() if one in enabled(asked, answers)}
        _save(save, answers, asked_on, "in-progress")
        said, again = [*said, link_id], None
    _save(save, answers, asked_on, "completed")
    return intake_of(answers, asked_on)


def answer_in(item: Item, line: str) -> tuple[Value, ...]:
    """The answer that a line of text gives to a question: choices by number, several with commas.

    Raises
    ------
    NotAnAnswer
        With what is wrong, or what can be typed.
    """
    values = _values_in(item, line.strip())
    faults = faults_in(item, values)
    if faults:
        raise NotAnAnswer(" ".join(f"{fault[0].upper()}{fault[1:]}." for fault in faults).replace("?.", "?"))
    return values


def _values_in(item: Item, line: str) -> tuple[Value, ...]:
    match item.kind:
        case "boolean":
            if line.lower() not in (*YES, *NO):
                raise NotAnAnswer("Please type 1 for yes or 2 for no.")
            return (line.lower() in YES,)
        case "choice":
            return tuple(item.choices[number - 1].code for number in _numbers_in(item, line))
        case "integer":
            return (_number_in(item, line, int),)
        case "decimal":
            return (_number_in(item, line.replace(",", "."), float),)
        case _:
            if not line.isprintable():
                raise NotAnAnswer("Some of these characters cannot be read. Please type it again.")
            parts = line.replace(";", ",").split(",") if item.repeats else [line]
            return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _numbers_in(item: Item, line: str) -> list[int]:
    typed, last = line.replace(",", " ").split(), len(item.choices)
    if not typed or not all(one.isdecimal() and 1 <= int(one) <= last for one in typed):
        raise NotAnAnswer(f"Please type a number from 1 to {last}{', or several' if item.repeats else ''}.")
    return list(dict.fromkeys(int(one) for one in typed))


def _number_in(item: Item, line: str, kind: type[int] | type[float]) -> Value:
    try:
        number = kind(line.removesuffix(item.unit or "").strip())
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise NotAnAnswer("Please type a whole number." if kind is int else "Please type a number, such as 2 or 0.5.")
    return number


def _heard(item: Item, answers: Answers, asked_on: date) -> tuple[Value, ...] | Literal["back", "stop"]:
    """What the person answers, or does instead; asks again until it can be used."""
    while True:
        ERR.print("> ", end="")
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        except UnicodeDecodeError:
            line = UNREADABLE
        if not line:  # the end of the input
            return "stop"
        command = COMMANDS.get(line.strip().lower())
        if command in ("back", "stop"):
            return "back" if command == "back" else "stop"
        try:
            return _used(item, line, command, answers, asked_on)
        except NotAnAnswer as error:
            ERR.print(f"[yellow]{escape(str(error))}[/]")


def _used(item: Item, line: str, command: Command | None, answers: Answers, asked_on: date) -> tuple[Value, ...]:
    if command == "help":
        raise NotAnAnswer(f"{item.why} {_how(item)} b goes back, q stops.")
    if command == "open":
        if item.required:
            raise NotAnAnswer("We cannot go on without this one. Please answer it, or type b to go back.")
        return ()
    if command == "keep":
        if item.link_id not in answers:
            raise NotAnAnswer(_how(item))
        return tuple(answers[item.link_id])
    values = answer_in(item, line)
    try:
        intake_of({**answers, item.link_id: values}, asked_on)
    except DocumentError as error:
        about = [fault.sentence for fault in error.faults if fault.path == item.link_id]
        if about:
            raise NotAnAnswer(f"{about[0][0].upper()}{about[0][1:]}.") from None
    return values


# What is shown.


def _show(item: Item, answers: Answers, title: str) -> str:
    """Show one question with why it is asked; gives the title of its group, which is shown once."""
    asked, shown = questionnaire(), _questions(answers)
    group = next((one.text for one in asked.by_link_id.values() if item in one.items), "")
    if group not in ("", title):
        ERR.print(f"\n[bold blue]── {escape(group)}[/]")
    ERR.print(f"\n[dim]{shown.index(item.link_id) + 1} of about {len(shown)}[/]  [bold]{escape(item.text)}[/]")
    ERR.print(Padding(f"[dim]{escape(item.why)}[/]", (0, 0, 0, 2)))
    before = answers.get(item.link_id, ())
    choices = [(value, word) for value, word in ((True, "Yes"), (False, "No")) if item.kind == "boolean"]
    for number, (value, text) in enumerate(choices or [(one.code, one.text) for one in item.choices], start=1):
        mark = "[green]*[/]" if value in before else " "
        ERR.print(f" {mark}{number:>3}  {escape(text)}")
    if item.kind not in ("boolean", "choice") and before:
        ERR.print(f"  [green]*[/] {escape(', '.join(str(value) for value in before))}")
    ERR.print(f"  [dim]{_how(item)}{' Enter keeps your answer.' if before else ''}[/]")
    return group


def _how(item: Item) -> str:
    """How to answer a question."""
    match item.kind:
        case "boolean":
            how = "Type 1 for yes or 2 for no."
        case "choice" if item.repeats:
            how = "Type one or more numbers, such as 1, 3."
        case "choice":
            how = "Type a number."
        case "string":
            how = "Type it, with commas between several." if item.repeats else "Type it."
        case _:
            kind, unit = (
                "a whole number" if item.kind == "integer" else "a number",
                f" ({item.unit})" if item.unit else "",
            )
            how = f"Type {kind}{unit}."
    return how if item.required else f"{how} d: I do not know."


def _keys() -> str:
    return "? shows how to answer, d says that you do not know, b goes back, q stops."


def _stopped(save: str | None) -> str:
    if save is None:
        return "stopped before the end; nothing was kept, because no --save FILE was given"
    return f"stopped before the end; the answers are kept in {save}, and the same command goes on from there"


# What is kept.


def _questions(answers: Answers) -> list[str]:
    asked = questionnaire()
    return [one for one in enabled(asked, answers) if asked.by_link_id[one].kind != "group"]


def _earlier(said: list[str], answers: Answers) -> str | None:
    """The question before this one that is still asked; it is taken off the list."""
    shown = _questions(answers)
    while said:
        if (link_id := said.pop()) in shown:
            return link_id
    return None


def _resumed(save: str | None) -> Answers:
    if save is None or not Path(save).exists():
        return {}
    return answers_of(questionnaire(), read_json(dict, text_of(save)))


def _save(save: str | None, answers: Answers, asked_on: date, status: Literal["in-progress", "completed"]) -> None:
    """Replace the file as a whole, so that it always holds one set of answers; only its owner may read it."""
    if save is None:
        return
    path = Path(save)
    text = to_json(response_of(questionnaire(), answers, authored_on=asked_on, status=status)) + "\n"
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=path.name, delete=False) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        Path(new.name).replace(path)
    except OSError as error:
        raise DocumentError(
            [Fault("--save", f"{save} cannot be written: {(error.strerror or 'unknown').lower()}")]
        ) from None
