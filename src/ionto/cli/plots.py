"""SHELL. Plots for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotext

if TYPE_CHECKING:
    from ionto.follow.recommendation import DayForecast
    from ionto.prescribe.preview import PreviewPoint
    from ionto.treat.events import Read


def session_plot(readings: Sequence[Read], *, width: int) -> str:
    """Measured current and voltage over a session."""
    every = max(1, len(readings) // (2 * width))
    shown = readings[::every]
    minutes = [reading.t_s / 60 for reading in shown]
    figure = _figure("▚ current [mA]   · voltage [V]", width, 16)
    currents = [reading.current_ma for reading in shown]
    voltages = [reading.voltage_v for reading in shown]
    figure.draw(figure.signal(minutes, voltages, marker="·").lines())
    figure.draw(figure.signal(minutes, currents).lines())
    figure.label("minutes", "x")
    return _plain(figure)


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
