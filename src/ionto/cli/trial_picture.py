"""SHELL. Pictures of a trial as SVG: the course of sweat in each arm, and end points beside what was published."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ionto.cli.trace import nice_step

WIDTH, LEFT, RIGHT, TOP = 900.0, 52.0, 16.0, 64.0
PANEL, LINE = 260.0, 18.0
BLACK = "#1a1a1a"
# Colours that people who mix up red and green can tell apart (Okabe and Ito); dashes say the same.
STYLES = (("#0072b2", ""), ("#c44f00", "7 3"), ("#00785a", "2 3"), ("#882e72", "8 3 2 3"))
OURS, THEIRS, GREY = "#0072b2", "#c44f00", "#595959"
LABEL, SCALE, HEADING = 520.0, 300.0, 36.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm: mean sweat [mg/min] by day, and its session days."""

    title: str
    points: Sequence[tuple[int, float]]
    session_days: Sequence[int]


@dataclass(frozen=True, slots=True)
class Span:
    """A value and its bounds, in the unit of the row; a bound that is not known is None."""

    value: float
    low: float | None
    high: float | None

    @property
    def numbers(self) -> list[float]:
        return [number for number in (self.value, self.low, self.high) if number is not None]


@dataclass(frozen=True, slots=True)
class Row:
    """One end point: ours, and what was published."""

    title: str
    arm: str
    unit: str
    ours: Span
    published: Span | None


def course_svg(title: str, curves: Sequence[Curve]) -> str:
    """Mean sweat by day, one curve an arm, its sessions as ticks below."""
    first_day, last_day = curves[0].points[0][0], curves[0].points[-1][0]
    step_days = max(7.0, nice_step((last_day - first_day) / 12))
    most = max(value for curve in curves for _, value in curve.points) or 1.0
    step = nice_step(most / 5)
    top = TOP + LINE * len(curves)
    across = (WIDTH - LEFT - RIGHT) / (last_day - first_day)
    up = PANEL / (step * math.ceil(most * 1.05 / step))
    bottom, ticks_top = top + PANEL, top + PANEL + 8
    height = ticks_top + 8 * len(curves) + 44
    drawn = [*_opening(title, height)]
    for tick in range(round(PANEL / up / step) + 1):
        y = bottom - tick * step * up
        drawn.append(f'<path d="M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}" stroke="#dddddd"/>')
        drawn.append(f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{tick * step:g}</text>')
    drawn.append(f'<text x="{LEFT:g}" y="{TOP - 18:g}" font-weight="bold">mean sweat of one side [mg/min]</text>')
    for number, curve in enumerate(curves):
        colour, dashes = STYLES[number % len(STYLES)]
        style = f'fill="none" stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dashes}"'
        told = " ".join(
            f"{LEFT + (day - first_day) * across:.1f},{bottom - value * up:.1f}" for day, value in curve.points
        )
        drawn.append(f'<polyline points="{told}" stroke-linejoin="round" {style}/>')
        y = TOP + LINE * number
        drawn.append(f'<path d="M{LEFT:g} {y - 4:.1f}h30" {style}/>')
        drawn.append(f'<text x="{LEFT + 38:g}" y="{y:.1f}">{escape(curve.title)}</text>')
        marks = "".join(
            f"M{LEFT + (day - first_day) * across:.1f} {ticks_top + 8 * number:.1f}v6" for day in curve.session_days
        )
        drawn.append(f'<path d="{marks}" stroke="{colour}" stroke-width="1.6"/>')
    for tick in range(math.ceil(first_day / step_days), math.floor(last_day / step_days) + 1):
        x = LEFT + (tick * step_days - first_day) * across
        drawn.append(f'<text x="{x:.1f}" y="{height - 26:.1f}" text-anchor="middle">{tick * step_days:g}</text>')
    middle = (WIDTH + LEFT - RIGHT) / 2
    drawn.append(f'<text x="{middle:g}" y="{height - 8:.1f}" text-anchor="middle">day; the ticks are sessions</text>')
    return "\n".join([*drawn, "</svg>", ""])


def forest_svg(title: str, rows: Sequence[Row]) -> str:
    """End point by end point: ours above, the published below; one scale for all of a unit."""
    height = TOP + sum(HEADING * is_first + _row_height(row) for row, is_first in _headed(rows)) + 16
    drawn = [*_opening(title, height)]
    drawn.append(
        f'<text x="{LEFT:g}" y="{TOP - 18:g}"><tspan fill="{OURS}">●</tspan> ours, virtual   '
        f'<tspan fill="{THEIRS}">◆</tspan> published, with 95 % intervals</text>'
    )
    y = TOP
    for row, is_first in _headed(rows):
        low, high = _scale([other for other in rows if other.unit == row.unit])
        if is_first:
            drawn.append(f'<path d="M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}" stroke="#dddddd"/>')
            drawn.append(f'<text x="{LEFT:g}" y="{y + 18:.1f}" font-weight="bold">{escape(row.title)}</text>')
            drawn.append(f'<text x="{LABEL:g}" y="{y + 18:.1f}" fill="{GREY}">{low:.3g}</text>')
            end = f'x="{LABEL + SCALE:g}" y="{y + 18:.1f}" text-anchor="end" fill="{GREY}"'
            drawn.append(f"<text {end}>{high:.3g} {escape(row.unit)}</text>")
            y += HEADING
        drawn.append(f'<text x="{LEFT + 14:g}" y="{y + 4:.1f}">{escape(row.arm)}</text>')
        drawn += _whisker(row.ours, low, high, y, "M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0Z", OURS)
        if row.published:
            drawn += _whisker(row.published, low, high, y + 14, "M0-5L5 0L0 5L-5 0Z", THEIRS)
        y += _row_height(row)
    return "\n".join([*drawn, "</svg>", ""])


def _headed(rows: Sequence[Row]) -> Iterator[tuple[Row, bool]]:
    """Each row, and whether it is the first of its end point."""
    for number, row in enumerate(rows):
        yield row, not number or rows[number - 1].title != row.title


def _row_height(row: Row) -> float:
    return 36.0 if row.published else 22.0


def _scale(rows: Sequence[Row]) -> tuple[float, float]:
    """From nothing, or below it, to the most of all rows of one unit."""
    numbers = [number for row in rows for of in (row.ours, row.published) if of for number in of.numbers]
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    return (low, high) if high > low else (0.0, 1.0)


def _whisker(said: Span, low: float, high: float, y: float, shape: str, colour: str) -> Iterator[str]:
    def place(value: float) -> float:
        return LABEL + SCALE * (value - low) / (high - low)

    if said.low is not None and said.high is not None:
        yield f'<path d="M{place(said.low):.1f} {y:.1f}H{place(said.high):.1f}" stroke="{colour}" stroke-width="2"/>'
    yield f'<path d="{shape}" transform="translate({place(said.value):.1f} {y:.1f})" fill="{colour}"/>'
    yield f'<text x="{LABEL + SCALE + 14:g}" y="{y + 4:.1f}" fill="{colour}">{said.value:.3g}</text>'


def _opening(title: str, height: float) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" '
        f'height="{height:g}" role="img" font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="12" '
        f'fill="{BLACK}">'
    )
    yield f"<title>{escape(title)}</title>"
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    yield f'<text x="{LEFT:g}" y="24" font-size="15" font-weight="bold">{escape(title)}</text>'
