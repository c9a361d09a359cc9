"""The dialogue in a terminal, over a real pseudo-terminal: asked, corrected, left, taken up again, and answered."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ionto.cli.ask import NotAnAnswer, answer_in
from ionto.consult.questionnaire import answers_of, intake_from, questionnaire

PROMPT = "\n> "
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What a woman with sweaty palms types, in the order in which she is asked.
TYPED = {
    "In which year were you born?": "1998",
    "What is your sex?": "1",
    "Where do you sweat too much?": "1",
    "How bad is the sweating of your hands?": "4",
    "Do both hands sweat?": "y",
    "Does the sweating of your hands stop while you sleep?": "1",
    "How old were you when the sweating of your hands began?": "14",
    "For how many years have you had it on your hands?": "12,5",
    "How often in a week do your hands sweat too much?": "7",
    "Does somebody in your family have it too?": "yes",
    "Do you sweat too much all over your body?": "no",
    "Have you noticed any of these?": "10",
    "Do you have any of these?": "22",
    "Are you pregnant or breastfeeding, or do you have a coil?": "7",
    "Medicines, earlier treatments, measurements: is any of these true for you?": "7",
}


class Terminal:
    """`ionto consult --ask` in a pseudo-terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self.here, there = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160", "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "ionto.cli", "consult", "--ask", *arguments]
        self.process = subprocess.Popen(
            command, stdin=there, stdout=there, stderr=there, env=environment, start_new_session=True
        )
        os.close(there)

    def until(self, wanted: str, patience_s: float = 30) -> str:
        """What is said until the prompt, or to the end."""
        raw, said, until_s = b"", "", time.monotonic() + patience_s
        while not said.endswith(wanted):
            ready, _, _ = select.select([self.here], [], [], max(0.0, until_s - time.monotonic()))
            assert ready, f"nothing more was said after: {said[-400:]}"
            try:
                heard = os.read(self.here, 65536)
            except OSError:  # the other end is closed
                heard = b""
            if not heard:
                break
            raw += heard  # as a whole: a colour or a letter may be cut in two
            said = COLOURS.sub("", raw.decode(errors="ignore")).replace("\r", "")
        return said

    def types(self, line: str) -> str:
        """Type a line; gives what is said until the next prompt."""
        os.write(self.here, line.encode() + b"\n")
        return self.until(PROMPT)

    def close(self) -> int:
        status = self.process.wait(30)
        os.close(self.here)
        return status


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(*arguments))
        return opened[-1]

    yield start
    for one in opened:
        if one.process.poll() is None:
            one.process.kill()
            one.close()


def asked_in(said: str) -> str:
    """The last question in what was said."""
    found = re.findall(r"^\d+ of about \d+  (.+)$", said, re.MULTILINE)
    assert found, said
    return str(found[-1])


def answer_all(terminal: Terminal, said: str, typed: dict[str, str] = TYPED) -> list[str]:
    """Answer every question from the table; gives the questions, in order. The last thing said is the consultation."""
    questions = []
    while said.endswith(PROMPT):
        questions.append(asked_in(said))
        said = terminal.types(typed[questions[-1]])
    questions.append(said)
    return questions


def saved(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_a_typical_person_is_asked_fifteen_questions_and_gets_an_answer(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    path = tmp_path / "answers.json"
    session = terminal("--save", str(path))
    *questions, shown = answer_all(session, session.until(PROMPT))
    assert session.close() == 0
    assert len(questions) == 15
    assert "Suitable" in shown
    assert "Tap-water iontophoresis" in shown
    assert "Still to ask" not in shown
    intake = intake_from(saved(path), date(2026, 11, 23))
    assert saved(path)["status"] == "completed"
    assert (intake.patient.birth_year, intake.sites[0].hdss, intake.sites[0].duration_months) == (1998, 4, 150)
    assert (intake.history, intake.symptoms) == ((), ())


def test_answers_are_kept_as_they_are_given_and_taken_up_again(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    path = tmp_path / "answers.json"
    first = terminal("--save", str(path))
    first.until(PROMPT)
    first.types("1998")
    assert answers_of(questionnaire(), saved(path)) == {"birth_year": (1998,)}
    first.types("1")
    first.process.kill()
    first.close()
    assert saved(path)["status"] == "in-progress"
    assert path.stat().st_mode & 0o077 == 0, "nobody else may read it"
    second = terminal("--save", str(path))
    said = second.until(PROMPT)
    assert "2 answers are kept" in said
    assert asked_in(said) == "Where do you sweat too much?"
    *questions, shown = answer_all(second, said)
    assert second.close() == 0
    assert len(questions) == 13
    assert "Suitable" in shown
    assert list(tmp_path.iterdir()) == [path]


def test_whoever_stops_is_told_how_to_go_on(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    session = terminal("--save", str(path))
    session.until(PROMPT)
    session.types("1998")
    said = session.types("q")
    assert session.close() == 2
    assert "stopped before the end; the answers are kept in" in said.replace("\n", " ")
    assert "Traceback" not in said


def test_a_question_can_be_gone_back_to_and_what_hung_on_it_is_dropped(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    path = tmp_path / "answers.json"
    session = terminal("--save", str(path))
    session.until(PROMPT)
    for line in ("1998", "1", "1"):
        session.types(line)
    session.types("1")  # HDSS 1, so the daily life is asked about
    said = session.types("2")
    assert asked_in(said) == "Do both hands sweat?"
    assert asked_in(session.types("b")) == "Does the sweating of your hands get in the way of your daily life?"
    said = session.types("b")
    assert asked_in(said) == "How bad is the sweating of your hands?"
    assert "*  1  I never notice it" in said
    assert asked_in(session.types("4")) == "Do both hands sweat?"
    assert "palms.impairs_daily_life" not in answers_of(questionnaire(), saved(path))
    session.types("b")
    assert asked_in(session.types("")) == "Do both hands sweat?", "Enter keeps the answer"
    assert answers_of(questionnaire(), saved(path))["palms.hdss"] == ("4",)
    session.types("b")
    assert asked_in(session.types("1")) == "Does the sweating of your hands get in the way of your daily life?"


def test_what_is_not_known_stays_unknown(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    session = terminal("--save", str(path))
    unknown = dict.fromkeys(TYPED, "d") | {"Where do you sweat too much?": "1"}
    said = session.until(PROMPT)
    while said.endswith(PROMPT):
        said = session.types(unknown.get(asked_in(said), "d"))
    assert session.close() == 0
    assert "Not today" in said
    assert "Still to ask" in said
    intake = intake_from(saved(path), date(2026, 11, 23))
    assert intake.history is None
    assert intake.patient.birth_year is None


def test_wrong_answers_are_asked_again_in_one_sentence(terminal: Callable[..., Terminal]) -> None:
    session = terminal()
    session.until(PROMPT)
    for line, sentence in (
        ("soon", "Please type a whole number."),
        ("1850", "This must be 1900 or more, not 1850."),
        ("2099", "This lies after"),
        ("", "Type a whole number."),
        ("?", "d: I do not know."),
    ):
        said = session.types(line)
        assert sentence in said
        assert "of about" not in said, "the question stands"
    session.types("1998")
    session.types("1")
    assert "We cannot go on without this one" in session.types("d")
    assert "Please type a number from 1 to 4, or several." in session.types("5")


def test_none_of_these_with_a_pacemaker_is_asked_again() -> None:
    history = questionnaire().by_link_id["history"]
    with pytest.raises(NotAnAnswer, match=r"cannot stand together with another answer; which one is right\?$"):
        answer_in(history, "1, 22")
    assert answer_in(history, "1 6") == ("pacemaker", "metal_implant")


def test_medicines_are_typed_with_commas_and_half_a_year_with_a_comma_too() -> None:
    by_link_id = questionnaire().by_link_id
    assert answer_in(by_link_id["medicines"], " sertraline, ibuprofen,") == ("sertraline", "ibuprofen")
    assert answer_in(by_link_id["palms.duration_years"], "0,5") == (0.5,)
    with pytest.raises(NotAnAnswer):
        answer_in(by_link_id["medicines"], "a\x1b[31m")


def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ionto.cli", "consult", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_with_json_the_dialogue_leaves_standard_output_to_the_document(tmp_path: Path) -> None:
    lines = [*list(TYPED.values())[:-1], "7", "7"]
    ended = run("--ask", "--json", "--save", str(tmp_path / "a.json"), typed="\n".join(lines) + "\n")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["sites"]["palms"]["decision"] == "suitable"
    assert "Where do you sweat too much?" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "give either a file or --ask"),
        (("--ask", "examples/palms.json"), "give either a file or --ask"),
        (("examples/palms.json", "--save", "x"), "--save: this goes together with --ask"),
        (("--ask", "--save", "/nowhere/x"), "--save: /nowhere/x cannot be written"),
    ],
)
def test_wrong_options_are_refused_in_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"resourceType": "Patient"}', "utf-8")
    ended = run("--ask", "--save", str(path))
    assert ended.returncode == 2
    assert "this must be QuestionnaireResponse" in ended.stderr
    assert path.read_text("utf-8") == '{"resourceType": "Patient"}'
