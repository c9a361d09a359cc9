"""SHELL. A running session in a terminal: what flows, what it means, and keys to steer it.

The view is drawn by a thread of its own from the last session it was shown, so that a slow terminal never holds the
session up. A key becomes an event; what comes of it is for the session to say.
"""

from __future__ import annotations

import math
import os
import re
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ionto.cli.files import ERR
from ionto.cli.trace import clock
from ionto.treat.events import Event, SessionPlan
from ionto.treat.guards import RESISTANCE_FROM_MA
from ionto.treat.plain import KEYS, PHASES, PRESS_WORDS, limb_is_out, possible, told
from ionto.treat.runner import PRESSES
from ionto.treat.session import Session, begin
from ionto.words.terms import Side

LATELY_S = 180.0
DRAWS_PER_S = 8
BARS = " ▁▂▃▄▅▆▇█"
# Digits of three lines, as on a device.
DIGITS = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": (" ╻ ", " ┃ ", " ╹ "),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    ".": (" ", " ", "▪"),
    " ": ("   ", "   ", "   "),
}
# Arrow and function keys send letters that nobody meant.
ESCAPED = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]")

Watch = Callable[[Session], None]
Inbox = Callable[[float], Iterable[Event]]


@dataclass(slots=True)
class View:
    """What was seen of a session, as it is drawn. `lately_ma` is replaced, never changed: two threads read it."""

    session: Session
    has_keys: bool
    limb_out: bool = False
    pressed: str = ""
    lately_ma: tuple[tuple[float, float], ...] = field(default=())

    def seen(self, session: Session) -> None:
        self.limb_out = limb_is_out(self.session, session, was_out=self.limb_out)
        self.session = session
        if session.reading is not None and (not self.lately_ma or session.t_s - self.lately_ma[-1][0] >= 1):
            recent = [point for point in self.lately_ma if session.t_s - point[0] < LATELY_S]
            self.lately_ma = (*recent, (session.t_s, max(0.0, session.reading.current_ma)))

    def heard(self, keys: str, t_s: float) -> list[Event]:
        """The presses that these keys mean, and what to answer to them."""
        events: list[Event] = []
        for key in ESCAPED.sub("", keys).lower():
            name = "stop_pressed" if key in " \x1b" else KEYS.get(key)
            if name is not None:
                means = name in possible(self.session)
                self.pressed = f"{PRESS_WORDS[name]}: {'heard' if means else 'not possible now'}"
                events += [PRESSES[name](t_s=t_s)] if means else []
        return events

    def drawn(self) -> RenderableType:
        session = self.session
        done, plan = session.delivered, session.plan
        reading = session.reading
        current_ma = max(0.0, reading.current_ma) if reading else 0.0
        voltage_v = max(0.0, reading.voltage_v) if reading else 0.0
        kohm = f"{voltage_v / current_ma:.2f} kΩ" if current_ma >= RESISTANCE_FROM_MA else "–"
        big = Table.grid(padding=(0, 4))
        big.add_row(_big(f"{current_ma:4.1f}", "mA"), _big(f"{voltage_v:4.1f}", "V"), self._small(kohm))
        lines: list[RenderableType] = [Text(PHASES[session.phase], style="bold"), big]
        lines.append(Padding(ProgressBar(total=plan.duration_min * 60, completed=session.held_s), 0))
        lines.append(
            f"left {clock(math.ceil(session.remaining_s))} of {clock(plan.duration_min * 60)}   "
            f"set {session.aim_ma:g} mA   delivered {done.charge_ma_min:.1f} mA·min "
            f"(left anode {done.left_anode_ma_min:.1f}, right anode {done.right_anode_ma_min:.1f})"
        )
        lines.append(f"last {LATELY_S / 60:g} min  {_sparkline(self.lately_ma, plan.cap_current_ma)}")
        lines += [Text(said, style="bold yellow") for said in told(session, limb_out=self.limb_out)]
        if self.has_keys:
            lines.append(self._keys())
        return Panel(Group(*lines), title=f"ionto: {plan.site}", title_align="left")

    def _small(self, kohm: str) -> str:
        """What stands beside the big numbers."""
        session = self.session
        current_ma = max(0.0, session.reading.current_ma) if session.reading else 0.0
        anode = "left" if session.anode is Side.LEFT else "right"
        return (
            f"resistance {kohm}\nanode (plus) {anode}\ndensity {current_ma / session.plan.contact_area_cm2:.3f} mA/cm²"
        )

    def _keys(self) -> Text:
        now = possible(self.session)
        line = Text()
        for key, name in KEYS.items():
            style = ("bold white on red" if name == "stop_pressed" else "reverse") if name in now else "dim"
            line.append(f" {key} {PRESS_WORDS[name].lower()} ", style=style).append(" ")
        return line.append(f" {self.pressed}")


@contextmanager
def watching(plan: SessionPlan) -> Iterator[tuple[Watch | None, Inbox]]:
    """What is to be shown the session, and what gives the presses; nothing of it where no terminal is."""
    if not sys.stderr.isatty():
        yield None, lambda _t_s: ()
        return
    with ExitStack() as open_things:
        typed = open_things.enter_context(_keys_typed())
        view = View(begin(plan), has_keys=typed is not None)
        open_things.enter_context(
            Live(get_renderable=view.drawn, console=ERR, transient=True, refresh_per_second=DRAWS_PER_S)
        )
        yield view.seen, lambda t_s: view.heard(typed(), t_s) if typed is not None else ()


@contextmanager
def _keys_typed() -> Iterator[Callable[[], str] | None]:
    """What gives the keys typed since it was last asked; None where nobody can type. The terminal is always given
    back as it was."""
    if not sys.stdin.isatty():
        yield None
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def typed() -> str:
        waits = bool(select.select([terminal], [], [], 0)[0])
        return os.read(terminal, 64).decode("utf-8", "replace") if waits else ""

    try:
        tty.setcbreak(terminal)
        yield typed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _big(number: str, unit: str) -> Text:
    lines = (" ".join(DIGITS[sign][line] for sign in number) for line in range(3))
    return Text("\n".join(lines) + f" {unit}", style="bold cyan")


def _sparkline(lately: Iterable[tuple[float, float]], most_ma: float) -> str:
    """The current lately, three seconds a sign."""
    every_third = list(lately)[::3]
    return "".join(BARS[min(len(BARS) - 1, round(ma / most_ma * (len(BARS) - 1)))] for _, ma in every_third)
