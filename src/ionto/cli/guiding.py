"""SHELL. A session on a device without a data link, led in a terminal: what to do is said, what is answered is kept.

    Enter          yes: the poles are set, the limbs are in
    a number       what the display shows, in mA
    s  p           stop, pain
    b  r  e        break, go on, enough for today
    -  +           less, more

Lines that come from a file or a pipe answer the questions in their order.
"""

from __future__ import annotations

import os
import select
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ionto.cli.files import ERR
from ionto.cli.trace import clock
from ionto.prescribe import TreatmentDevice
from ionto.treat.devices.guided import GuidedSource
from ionto.treat.events import Event, SessionPlan, Shown
from ionto.treat.plain import KEYS, PRESS_WORDS, possible
from ionto.treat.prompts import Guide, Prompt, guide_for, prompts
from ionto.treat.runner import PRESSES
from ionto.treat.session import Session, begin
from ionto.treat.table import Phase
from ionto.words.limits import TRIP_CURRENT_MA

Watch = Callable[[Session], None]
Inbox = Callable[[float], Iterable[Event]]
_INDENT = " " * 7


@dataclass(slots=True)
class Led:
    """The conversation: what was said, what it waits for, and what was typed."""

    source: GuidedSource
    guide: Guide
    session: Session
    typed: Callable[[], Iterable[str]]
    asked_line: Callable[[], str | None]
    waits_for: deque[Prompt] = field(default_factory=deque)

    def seen(self, session: Session) -> None:
        before, self.session = self.session, session
        if session.phase is Phase.PAUSED and before.phase is not Phase.PAUSED:
            self.source.limbs_are_out()
        if before.phase is not session.phase:
            self.waits_for.clear()
        for prompt in prompts(before, session, self.guide):
            _said(session, prompt)
            if prompt.answer is not None:
                self.waits_for.append(prompt)

    def heard(self, t_s: float) -> Iterator[Event]:
        for line in self.typed():
            yield from self._answered(line, t_s)
        if self.waits_for:
            answer = self.asked_line()
            if answer is not None:
                yield from self._answered(answer, t_s)

    def _answered(self, line: str, t_s: float) -> Iterator[Event]:
        said = line.strip().lower()
        waits_for = self.waits_for[0].answer if self.waits_for else None
        if said == "":
            if self.waits_for:
                self.waits_for.popleft()
            if waits_for == "poles":
                self.source.poles_are_set()
            elif waits_for == "limbs":
                self.source.limbs_are_in()
        elif said in KEYS:
            name = KEYS[said]
            if name in possible(self.session):
                yield PRESSES[name](t_s=t_s)
            else:
                _told(f"{PRESS_WORDS[name]}: not possible now.")
        else:
            yield from self._shown(said, t_s)

    def _shown(self, said: str, t_s: float) -> Iterator[Event]:
        try:
            shown_ma = float(said.removesuffix("ma").strip().replace(",", "."))
        except ValueError:
            shown_ma = -1.0
        if not 0 <= shown_ma <= TRIP_CURRENT_MA:
            _told(f"“{said}” is neither what a display shows, from 0 to {TRIP_CURRENT_MA:g} mA, nor one of the keys.")
            return
        if self.session.phase is Phase.RAMPING_UP and shown_ma <= self.session.aim_ma:
            _told("Go on, slowly.")
            return
        if self.waits_for and self.waits_for[0].answer == "shown":
            self.waits_for.popleft()
        self.source.shows(shown_ma)
        yield Shown(t_s=t_s, current_ma=shown_ma)


@contextmanager
def guiding(plan: SessionPlan, device: TreatmentDevice) -> Iterator[tuple[GuidedSource, Watch, Inbox]]:
    """The person's device, what is to be shown the session, and what gives their answers."""
    guide = guide_for(device)
    most_ma = device.current_max_ma.value if device.current_max_ma else TRIP_CURRENT_MA
    source = GuidedSource(min(most_ma, TRIP_CURRENT_MA), turns_by_itself=guide.turns_by_itself)
    at_terminal = sys.stdin.isatty()
    if at_terminal:
        keys = "   ".join(f"{key} {PRESS_WORDS[name].lower()}" for key, name in KEYS.items())
        ERR.print(
            f"[bold]{device.label}[/]\n{_INDENT}Enter yes   a number what the display shows   {keys}", style="dim"
        )
    led = Led(
        source,
        guide,
        begin(plan),
        typed=_lines_typed() if at_terminal else lambda: (),
        asked_line=(lambda: None) if at_terminal else _next_line,
    )
    yield source, led.seen, led.heard


def _said(session: Session, prompt: Prompt) -> None:
    words = f"{prompt.text} {prompt.ask}".strip()
    bell = "\a" if prompt.urgent and sys.stderr.isatty() else ""
    style = "bold yellow" if prompt.urgent else "bold" if prompt.answer else ""
    ERR.print(f"{clock(session.t_s)}  {words}{bell}", style=style, markup=False, highlight=False, soft_wrap=True)


def _told(words: str) -> None:
    ERR.print(_INDENT + words, style="dim", markup=False, highlight=False, soft_wrap=True)


def _next_line() -> str | None:
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


def _lines_typed() -> Callable[[], list[str]]:
    """What gives the lines typed since it was last asked, without waiting."""
    terminal = sys.stdin.fileno()
    kept = ""

    def typed() -> list[str]:
        nonlocal kept
        while select.select([terminal], [], [], 0)[0]:
            read = os.read(terminal, 1024).decode("utf-8", "replace")
            if not read:
                break
            kept += read
        *lines, kept = kept.split("\n")
        return lines

    return typed
