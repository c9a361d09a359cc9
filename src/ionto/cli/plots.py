"""SHELL. Plots for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotext

from ionto.cli.trace import Points, Trace, clock, nice_step, runs_of

if TYPE_CHECKING:
    from ionto.follow.recommendation import DayForecast
    from ionto.prescribe.preview import PreviewPoint

PANEL_HEIGHT = 10
# Tick labels and the frame to the left of a panel's canvas.
FRAME = 8
# What each panel shows: its heading with the signs, and its curves.
PANELS: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...] = (
    ("▚ current [mA]   · set", (("commanded_ma", "·"), ("current_ma", None))),
    ("▚ voltage [V]", (("voltage_v", None),)),
    ("▚ resistance [kΩ]", (("resistance_kohm", None),)),
    (
        "▚ charge [mA·min]   l left as anode   r right as anode",
        (("charge_ma_min", None), ("left_anode_ma_min", "l"), ("right_anode_ma_min", "r")),
    ),
)


def session_plot(trace: Trace, *, width: int) -> str:
    """Up to four panels over one time, as wide as the terminal; every event as a line with its number, told below."""
    last_min = max(trace.lasted_s / 60, 0.1)
    step_min = nice_step(last_min / 12)
    ticks_min = [number * step_min for number in range(int(last_min / step_min + 1e-9) + 1)]
    minutes = [t_s / 60 for t_s in trace.t_s]
    drawn = []
    for title, curves in (panel for panel in PANELS if trace.knows(name for name, _ in panel[1])):
        figure = _figure(title, width, PANEL_HEIGHT)
        figure.ruler("x").lim(0, last_min)
        figure.ruler("x").ticks(ticks_min, [f"{tick_min:g}" for tick_min in ticks_min])
        _scale(figure, [value for name, _ in curves for value in getattr(trace, name)])
        for mark in trace.marks:
            figure.line(mark.t_s / 60, "v")
        for name, marker in curves:
            for run in runs_of(minutes, getattr(trace, name)):
                shown = _shown(run, 2 * width)
                signal = figure.signal([x for x, _ in shown], [max(0.0, y) for _, y in shown], marker=marker)
                figure.draw(signal.lines())
        drawn.append(_plain(figure))
    across = len(drawn[0].splitlines()[1]) - FRAME - 1
    columns = [FRAME + round(mark.t_s / 60 / last_min * (across - 1)) for mark in trace.marks]
    told = [f"{number:3}  {clock(mark.t_s)}  {mark.words}" for number, mark in enumerate(trace.marks, start=1)]
    return "\n".join([*_numbered(columns), *drawn, "minutes".center(width).rstrip(), *told])


def _numbered(columns: Sequence[int]) -> list[str]:
    """Numbers over their columns, in as few lines as keep them apart."""
    rows: list[str] = []
    for number, column in enumerate(columns, start=1):
        row = next((row for row, text in enumerate(rows) if len(text) < column), len(rows))
        rows[row : row + 1] = [(rows[row] if row < len(rows) else "").ljust(column) + str(number)]
    return rows


def _scale(figure: Any, values: Sequence[float]) -> None:
    """From zero to above the highest value, with labels of one width, so that the panels stand under each other."""
    most = max((value for value in values if math.isfinite(value)), default=0.0) or 1.0
    figure.ruler("y").lim(0, 1.05 * most)
    ticks = [0, most / 2, most]
    figure.ruler("y").ticks(ticks, [f"{tick:{FRAME - 2}.1f}" for tick in ticks])


def _shown(run: Points, count: int) -> Points:
    """About as many points as can be told apart: of each stretch of the run its lowest and its highest."""
    size = max(1, 2 * len(run) // count)
    stretches = [run[first : first + size] for first in range(0, len(run), size)]
    return [point for part in stretches for point in sorted({min(part, key=_value), max(part, key=_value)})]


def _value(point: tuple[float, float]) -> float:
    return point[1]


def preview_plot(points: Sequence[PreviewPoint], *, width: int) -> str:
    """The current of a session to come: above zero the plus pole is on the right, below on the left."""
    signed = [point.signed_ma for point in points]
    figure = _figure("▚ current [mA]   + plus pole right   - plus pole left", width, 14)
    figure.draw(figure.signal([point.t_s / 60 for point in points], signed).lines())
    marks = sorted({min(signed), 0.0, max(signed)})
    figure.ruler("y").ticks(marks, [f"{mark:g}" for mark in marks])
    minutes = list(range(0, int(points[-1].t_s / 60) + 1, 5))
    figure.ruler("x").ticks(minutes, [str(minute) for minute in minutes])
    figure.label("minutes", "x")
    return _plain(figure)


def forecast_plot(forecast: Sequence[DayForecast], *, width: int) -> str:
    """Chance of being dry enough, day by day; sessions stand as crosses at the foot."""
    days = list(range(len(forecast)))
    figure = _figure("▚ chance of a day that is dry enough [%]   x session", width, 14)
    figure.draw(figure.signal(days, [100 * day.controlled_prob for day in forecast]).lines())
    sessions = [number for number, day in enumerate(forecast) if day.session_planned]
    if sessions:
        figure.draw(figure.signal(sessions, [2.0] * len(sessions), marker="x"))
    figure.ruler("y").lim(0, 100)
    ticks = days[::7]
    figure.ruler("x").ticks(ticks, [f"{forecast[number].on:%d %b}" for number in ticks])
    return _plain(figure)


def _plain(figure: Any) -> str:
    """The figure as text without colour codes, so that it reads the same in a file."""
    lines = str(plotext.uncolorize(str(figure.build()))).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _figure(title: str, width: int, height: int) -> Any:
    """A clean figure, as wide as the terminal allows; the library keeps one for the process. Its title says the signs,
    since a legend would lie on the curves."""
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, height)
    figure.title(title)
    return figure
