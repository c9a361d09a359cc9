"""A session on a device without a data link: what is said, what is counted, and what happens when nobody answers."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ionto.prescribe import devices
from ionto.treat.devices.guided import GuidedSource
from ionto.treat.events import Event, SessionPlan, Shown
from ionto.treat.journal import Journal, replay
from ionto.treat.prompts import Guide, Language, Prompt, guide_for, prompt_words, prompts
from ionto.treat.runner import PRESSES, VirtualClock, run_session
from ionto.treat.session import NOT_REACHED, Session, accepts, begin, ending
from ionto.treat.table import Phase
from ionto.words.terms import BodyPart, Outcome, PolarityHabit, Side, Site, Waveform

ROOT = Path(__file__).parent.parent
PLAN = SessionPlan(
    site=Site.PALMS,
    waveform=Waveform.DC,
    current_ma=12.0,
    cap_current_ma=15.0,
    ramp_ma_per_s=0.4,
    duration_min=20.0,
    polarity=PolarityHabit.REVERSE_AT_HALF_TIME,
    first_anode=Side.RIGHT,
    contact_area_cm2=163.5,
    voltage_limit_v=58.0,
    provenance="displayed",
)


@dataclass
class Somebody:
    """Answers what is asked; `reads` is what the display shows at each asking, None where they do not look."""

    source: GuidedSource
    guide: Guide
    reads: Callable[[Session], float | None] = lambda session: session.aim_ma
    presses: dict[float, str] = field(default_factory=dict)
    deaf_to: tuple[str, ...] = ()
    heard: list[tuple[Phase, Prompt]] = field(default_factory=list)
    session: Session = field(default_factory=lambda: begin(PLAN))
    asked: list[str] = field(default_factory=list)

    def seen(self, session: Session) -> None:
        if session.phase is Phase.PAUSED and self.session.phase is not Phase.PAUSED:
            self.source.limbs_are_out()
        for prompt in prompts(self.session, session, self.guide):
            self.heard.append((session.phase, prompt))
            if prompt.answer is not None:
                self.asked.append(prompt.answer)
        self.session = session

    def says(self, t_s: float) -> Iterator[Event]:
        for at_s in [at_s for at_s in self.presses if at_s <= t_s]:
            press = PRESSES[self.presses.pop(at_s)](t_s=t_s)
            if accepts(self.session, press):
                yield press
        while self.asked:
            asked = self.asked.pop(0)
            if asked in self.deaf_to:
                continue
            if asked == "poles":
                self.source.poles_are_set()
            elif asked == "limbs":
                self.source.limbs_are_in()
            elif (shown_ma := self.reads(self.session)) is not None:
                self.source.shows(shown_ma)
                yield Shown(t_s=t_s, current_ma=shown_ma)


def led(plan: SessionPlan = PLAN, *, guide: Guide | None = None, **how: object) -> tuple[Session, Somebody, str]:
    """A whole session with somebody at the dial."""
    guide = guide or Guide()
    source, file = GuidedSource(30.0, turns_by_itself=guide.turns_by_itself), io.StringIO()
    person = Somebody(source, guide, session=begin(plan), **how)  # type: ignore[arg-type]
    session = run_session(plan, source, VirtualClock(), journal=Journal(file), watch=person.seen, inbox=person.says)
    return session, person, file.getvalue()


def said(person: Somebody) -> str:
    return "\n".join(prompt.text for _, prompt in person.heard)


def test_a_session_is_led_from_the_poles_to_the_last_word() -> None:
    session, person, journal = led()
    done = ending(session)
    assert (done.outcome, done.provenance) == (Outcome.COMPLETED, "displayed")
    assert done.delivered.charge_ma_min == pytest.approx(12 * 20 + 12, rel=0.01)
    assert done.delivered.left_anode_ma_min == pytest.approx(done.delivered.right_anode_ma_min, rel=0.01)
    words = said(person)
    order = (
        "plus is on the right hand",
        "Put both hands into the water",
        "To 12 mA, in about 30 seconds",
        "Keep still now; 20 minutes to go",
        "What does the display show?",
        "In a minute half of the time is over.",
        "Half of the time is over.",
        "Only when the dial stands at zero: change the poles.",
        "Plus goes to the left hand",
        "One more minute.",
        "That is enough.",
        "Done. See that the dial stands at zero",
    )
    places = [words.index(sentence) for sentence in order]
    assert places == sorted(places)
    assert words.count("Put both hands") == 1  # they stay in while the poles change
    assert replay(journal.splitlines(keepends=True)) == session


def test_what_the_display_shows_is_what_is_counted() -> None:
    session, person, _ = led(reads=lambda _: 9.0)
    assert session.delivered.charge_ma_min == pytest.approx(9 * 20 + 9, rel=0.05)
    assert session.notices == (NOT_REACHED,)
    assert "never distilled water" in said(person)


def test_where_nobody_read_the_display_the_record_says_that_it_is_assumed() -> None:
    session, _, _ = led(reads=lambda _: None)
    assert ending(session).provenance == "assumed"


def test_nothing_is_counted_and_nothing_goes_on_before_the_limbs_are_in() -> None:
    session, _, _ = led(deaf_to=("limbs",))
    assert (session.phase, session.fault) == (Phase.FAULTED, "no_answer")
    assert session.delivered.charge_ma_min == 0


def test_poles_that_nobody_set_are_never_taken_for_set() -> None:
    session, person, _ = led(deaf_to=("poles",))
    assert (session.phase, session.fault, session.max_current_ma) == (Phase.FAULTED, "no_answer", 0.0)
    assert Phase.CHECKING_CONTACT not in {phase for phase, _ in person.heard}


def test_more_than_the_cap_on_the_display_ends_it() -> None:
    session, person, _ = led(reads=lambda _: 18.0)
    assert (session.phase, session.fault) == (Phase.FAULTED, "overcurrent")
    assert "Stop. Turn the dial to zero." in said(person)


def test_more_than_planned_on_the_display_is_turned_down() -> None:
    session, person, _ = led(reads=lambda s: 13.5 if s.shown_count == 0 else 12.0)
    assert session.phase is Phase.COMPLETED
    assert "That is more than planned. Turn the dial down slowly. To 12 mA." in said(person)


def test_after_a_break_the_limbs_are_asked_for_again() -> None:
    session, person, _ = led(presses={120.0: "pause_pressed", 180.0: "resume_pressed"})
    assert session.phase is Phase.COMPLETED
    assert said(person).count("Put both hands into the water") == 2
    assert "You may take the limbs out." in said(person)


@pytest.mark.parametrize("press", ["stop_pressed", "pain_reported"])
def test_a_stop_says_how_to_get_out(press: str) -> None:
    session, person, _ = led(presses={120.0: press})
    assert session.phase is Phase.STOPPED
    assert "If you cannot reach it, lift one limb out slowly" in said(person)
    assert ending(session).pain_reported is (press == "pain_reported")


def test_less_and_more_are_said_with_their_number() -> None:
    _, person, _ = led(presses={120.0: "less_asked", 200.0: "more_asked"})
    assert "Turn the dial down slowly. To 11 mA." in said(person)
    assert "Turn the dial up slowly. To 11.5 mA, no further." in said(person)


def test_one_hand_and_one_foot_are_called_by_their_names() -> None:
    leads = {"left_lead": BodyPart.LEFT_HAND, "right_lead": BodyPart.LEFT_FOOT}
    fixed = replace(PLAN, polarity=PolarityHabit.SWAP_BETWEEN_SESSIONS, **leads)
    _, person, _ = led(fixed)
    assert "plus is on the left foot" in said(person)
    assert "Put your left hand and your left foot into the water" in said(person)
    assert "Half of the time" not in said(person)


@pytest.mark.parametrize("device_id", [name for name in devices() if name != "simulated"])
def test_every_device_is_led_in_its_own_words(device_id: str) -> None:
    device = devices()[device_id]
    guide = guide_for(device)
    session, person, _ = led(guide=guide, reads=lambda s: s.aim_ma if guide.shows_current else None)
    assert session.phase is Phase.COMPLETED
    words = said(person)
    for cited in (device.words.dial_up, device.words.dial_down, device.words.zero):
        assert cited is None or cited.value in words
    if guide.turns_by_itself:
        assert "Leave the dial alone" in words
        assert person.asked == []
        assert not any(prompt.answer == "poles" for _, prompt in person.heard)
    if not guide.shows_current:
        assert "mA" not in words.replace("12 mA", "")
        assert "until it tingles gently" in words


def test_every_word_is_short_and_plain() -> None:
    for _, prompt in led(presses={100.0: "pause_pressed", 150.0: "resume_pressed", 300.0: "stop_pressed"})[1].heard:
        assert len(prompt.text) < 260
        assert "_" not in prompt.text


# The same in a terminal.


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    made = subprocess.run(
        [sys.executable, "-m", "ionto.cli", "plan", "examples/palms.json", "--site", "palms", "--device", "saalio",
         "--starts", "2026-11-26", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    path = tmp_path / "plan.json"
    path.write_text(made.stdout)
    return path


def guided(plan: Path, *more: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ionto.cli", "treat", str(plan), "--device", "guided", "--speed", "max", *more]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False)


def test_lines_from_a_pipe_answer_in_order(plan_file: Path) -> None:
    run = guided(plan_file, "--json", typed="\n\n5\n5\n\n5\n4,5\n")
    assert run.returncode == 0, run.stderr
    done = json.loads(run.stdout)
    assert (done["outcome"], done["provenance"]) == ("completed", "displayed")
    assert "Set the current higher. To 5 mA" in run.stderr
    assert done["delivered"]["charge_ma_min"] == pytest.approx(5 * 20 + 2, rel=0.1)


def test_what_is_neither_a_number_nor_a_key_is_said_to_be_so(plan_file: Path) -> None:
    run = guided(plan_file, "--json", typed="\n\nfive\n5\n5\n\n5\n5\n")
    assert "“five” is neither what a display shows" in run.stderr
    assert json.loads(run.stdout)["outcome"] == "completed"


def test_with_nobody_there_it_ends_by_itself(plan_file: Path) -> None:
    done = json.loads(guided(plan_file, "--json").stdout)
    assert (done["outcome"], done["fault"]) == ("faulted", "no_answer")


def test_a_device_that_cannot_run_the_plan_refuses_it(plan_file: Path) -> None:
    plan = json.loads(plan_file.read_text())
    plan["prescription"]["device"] = "diy_12v"
    plan_file.write_text(json.dumps(plan))
    run = guided(plan_file, "--json")
    assert run.returncode == 3
    assert "No plan is made for this device" in json.loads(run.stdout)["refused"]["why"]


def test_faults_are_not_rehearsed_on_a_person(plan_file: Path) -> None:
    run = guided(plan_file, "--fault", "overcurrent@10")
    assert run.returncode == 2
    assert "only the simulated device rehearses faults" in run.stderr


def test_somebody_at_a_terminal_types_and_is_heard(plan_file: Path, tmp_path: Path) -> None:
    keyboard, terminal = pty.openpty()
    journal = tmp_path / "session.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "ionto.cli", "treat", str(plan_file), "--device", "guided", "--speed", "60",
         "--journal", str(journal)],
        stdin=terminal, stdout=subprocess.PIPE, stderr=terminal,
    )  # fmt: skip
    shown = ""

    def until(words: str) -> None:
        nonlocal shown
        ends_at_s = time.monotonic() + 30
        while words not in re.sub(r"\s+", " ", shown):
            assert time.monotonic() < ends_at_s, shown
            if select.select([keyboard], [], [], 0.2)[0]:
                shown += os.read(keyboard, 4096).decode("utf-8", "replace")

    try:
        until("Say when it is so.")
        os.write(keyboard, b"\n")
        until("Say when they are in.")
        os.write(keyboard, b"\n")
        until("Say how many mA flow.")
        os.write(keyboard, b"4,5\n")
        time.sleep(0.3)
        os.write(keyboard, b"s\n")
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        os.close(keyboard)
        os.close(terminal)
    assert process.returncode == 0, shown
    session = replay(journal.read_text().splitlines(keepends=True))
    assert (session.phase, session.shown_count) == (Phase.STOPPED, 1)
    assert "the display, as it was read off" in out.decode()


# In another language.


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


@pytest.mark.parametrize("language", list(Language))
def test_every_language_says_everything_with_the_same_blanks(language: Language) -> None:
    words, english = prompt_words(language), prompt_words()
    assert {name: placeholders(said) for name, said in words.says.items()} == {
        name: placeholders(said) for name, said in english.says.items()
    }
    for table in ("plain", "both", "limbs"):
        assert set(getattr(words, table)) == set(getattr(english, table))


def test_every_device_has_its_own_words_in_german() -> None:
    german = prompt_words(Language.DE).devices or {}
    cited = {
        name: {part for part in device.words.__dataclass_fields__ if getattr(device.words, part)}
        for name, device in devices().items()
    }
    assert {name: set(parts) for name, parts in german.items()} == {
        name: parts for name, parts in cited.items() if parts
    }


def test_the_display_is_what_shows_the_current_in_german() -> None:
    guide = guide_for(devices()["saalio"], Language.DE, device_id="saalio")
    assert guide.words.say("shown", display=guide.display) == "Was zeigt der Balken?"
    assert guide.words.say("remember", display=guide.display).startswith("Sehen Sie nach, was der Balken zeigt,")


def test_a_session_is_led_in_german() -> None:
    guide = guide_for(devices()["saalio"], Language.DE, device_id="saalio")
    session, person, _ = led(replace(PLAN, current_ma=12.5), guide=guide)
    assert session.phase is Phase.COMPLETED
    words = said(person)
    for sentence in (
        "Stellen Sie die Pole so ein, dass Plus an der rechten Hand ist.",
        "Jetzt beide Hände ins Wasser, und dort lassen.",
        "Den Strom höher einstellen. Auf 12,5 mA, in etwa 30 Sekunden.",
        "Nur bei null: den Polschalter umlegen. Plus kommt an die linke Hand.",
        "Fertig. Sehen Sie nach",
    ):
        assert sentence in words
    english = {word for sentence in prompt_words().says.values() for word in re.findall(r"[a-z]{4,}", sentence)}
    german = {
        word for sentence in prompt_words(Language.DE).says.values() for word in re.findall(r"[a-z]{4,}", sentence)
    }
    assert not set(re.findall(r"[a-z]{4,}", words)) & (english - german)
