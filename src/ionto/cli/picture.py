"""SHELL. A session as a picture for a document: four curves over one time, every event marked; SVG, or PNG from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from ionto.cli.trace import Kind, Mark, Trace, clock, nice_step, runs_of, thinned
from ionto.words.reading import DocumentError, Fault

ENDINGS = (".svg", ".png")
PNG_PER_INCH = 160.0
WIDTH, LEFT, RIGHT = 900.0, 52.0, 16.0
PANEL, GAP, TITLE, BADGE, LINE = 112.0, 34.0, 34.0, 17.0, 18.0
COLUMNS_COUNT = 3
# Nobody sees a curve that is off by less.
OFF_BY_PX = 0.4
# Colours that people who mix up red and green can tell apart (Okabe and Ito); shapes and dashes say the same.
BLACK, BLUE, RED, GREEN, PURPLE = "#1a1a1a", "#0072b2", "#c44f00", "#00785a", "#882e72"
MARKS: dict[Kind, tuple[str, str, str]] = {
    "phase": ("#6b6b6b", "2 3", "M0-7A7 7 0 1 1 0 7A7 7 0 1 1 0-7Z"),
    "press": (BLUE, "7 3", "M-7-7H7V7H-7Z"),
    "fault": (RED, "", "M0-10L10 0L0 10L-10 0Z"),
    "rehearsed": (PURPLE, "8 3 2 3", "M0-10L10 7H-10Z"),
}
# What each panel shows: its heading, and its curves with their words, colours and dashes.
PANELS = (
    ("current [mA]", (("commanded_ma", "set", BLACK, "4 3"), ("current_ma", "measured", BLUE, ""))),
    ("voltage [V]", (("voltage_v", "measured", RED, ""),)),
    ("resistance [kΩ]", (("resistance_kohm", "voltage by current", GREEN, ""),)),
    (
        "charge [mA·min]",
        (
            ("charge_ma_min", "in all", BLACK, ""),
            ("left_anode_ma_min", "left as anode", BLUE, "7 3"),
            ("right_anode_ma_min", "right as anode", RED, "2 3"),
        ),
    ),
)


def write_picture(trace: Trace, title: str, path: str) -> None:
    """The picture in a file, by the end of its name.

    Raises
    ------
    DocumentError
        When it cannot be written.
    """
    svg = svg_of(trace, title).encode()
    try:
        Path(path).write_bytes(svg if path.endswith(".svg") else _png(svg))
    except OSError as error:
        raise DocumentError([Fault("--plot", f"cannot be written: {(error.strerror or 'unknown').lower()}")]) from None


def _png(svg: bytes) -> bytes:
    import typst

    page = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
    made: bytes = typst.compile(page.encode(), format="png", ppi=PNG_PER_INCH, sys_inputs={"svg": svg.decode()})
    return made


def svg_of(trace: Trace, title: str) -> str:
    """The picture as SVG."""
    minutes = [t_s / 60 for t_s in trace.t_s]
    # A little room, so that what happened last does not lie on the edge.
    last_min = 1.02 * max(trace.lasted_s / 60, 0.1)
    step_min = nice_step(last_min / 12)
    across = (WIDTH - LEFT - RIGHT) / last_min
    places = _places([LEFT + mark.t_s / 60 * across for mark in trace.marks])
    top = TITLE + BADGE * (1 + max((row for _, row in places), default=0)) + GAP
    panels = [panel for panel in PANELS if trace.knows(name for name, *_ in panel[1])]
    bottom = top + len(panels) * (PANEL + GAP) - GAP
    rows_count = math.ceil(len(trace.marks) / COLUMNS_COUNT)
    height = bottom + 58 + rows_count * LINE
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" '
        f'height="{height:g}" role="img" font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="12" '
        f'fill="{BLACK}">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT:g}" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for mark, (x, row) in zip(trace.marks, places, strict=True):
        colour, dashes, _ = MARKS[mark.kind]
        y = TITLE + BADGE * (row + 0.5)
        line = f'd="M{x:.1f} {y:.1f}V{bottom:.1f}" fill="none" stroke="{colour}" stroke-dasharray="{dashes}"'
        drawn.append(f'<path {line} stroke-width="{1.6 if mark.kind != "phase" else 1:g}"/>')
    for number, (heading, curves) in enumerate(panels):
        y = top + number * (PANEL + GAP)
        drawn += _panel(trace, minutes, heading, curves, y, across)
    drawn += [
        f'<text x="{LEFT + tick * step_min * across:.1f}" y="{bottom + 17:.1f}" text-anchor="middle">'
        f"{tick * step_min:g}</text>"
        for tick in range(int(last_min / step_min + 1e-9) + 1)
    ]
    drawn.append(
        f'<text x="{(WIDTH + LEFT - RIGHT) / 2:g}" y="{bottom + 34:.1f}" text-anchor="middle">time [min]</text>'
    )
    for number, (mark, (x, row)) in enumerate(zip(trace.marks, places, strict=True), start=1):
        drawn.append(_badge(mark, number, x, TITLE + BADGE * (row + 0.5)))
        column, line_number = divmod(number - 1, rows_count)
        x, y = LEFT + 10 + column * (WIDTH - LEFT) / COLUMNS_COUNT, bottom + 54 + line_number * LINE
        drawn.append(_badge(mark, number, x, y))
        drawn.append(f'<text x="{x + 16:.1f}" y="{y + 4:.1f}">{clock(mark.t_s)}  {escape(mark.words)}</text>')
    return "\n".join([*drawn, "</svg>", ""])


def _panel(
    trace: Trace,
    minutes: Sequence[float],
    heading: str,
    curves: Sequence[tuple[str, str, str, str]],
    top: float,
    across: float,
) -> Iterator[str]:
    """One panel: frame, scale, curves, and above it what they are."""
    values = [value for name, *_ in curves for value in getattr(trace, name) if math.isfinite(value)]
    most = max(values, default=0.0) or 1.0
    step = nice_step(most / 4)
    ticks = range(math.ceil(most / step * 1.02) + 1)
    up = PANEL / (ticks[-1] * step)
    for tick in ticks:
        y = top + PANEL - tick * step * up
        yield f'<path d="M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{tick * step:g}</text>'
    halo = 'stroke="#fff" stroke-width="4" paint-order="stroke"'
    yield f'<text x="{LEFT:g}" y="{top - 8:.1f}" font-weight="bold" {halo}>{heading}</text>'
    x = LEFT + 130
    for name, words, colour, dashes in curves:
        style = f'fill="none" stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dashes}"'
        for run in runs_of(minutes, getattr(trace, name)):
            points = [(LEFT + t_min * across, top + PANEL - max(value, 0.0) * up) for t_min, value in run]
            told = " ".join(f"{x:.1f},{y:.1f}" for x, y in thinned(points, OFF_BY_PX))
            yield f'<polyline points="{told}" stroke-linejoin="round" {style}/>'
        yield f'<path d="M{x:.1f} {top - 12:.1f}h26" {style}/>'
        yield f'<text x="{x + 32:.1f}" y="{top - 8:.1f}" {halo}>{words}</text>'
        x += 150


def _places(xs: Sequence[float]) -> list[tuple[float, int]]:
    """Each badge's place, and the first row in which it does not lie on the one before it."""
    taken: list[float] = []
    places = []
    for x in xs:
        row = next((row for row, until in enumerate(taken) if x - until > BADGE + 3), len(taken))
        taken[row : row + 1] = [x]
        places.append((x, row))
    return places


def _badge(mark: Mark, number: int, x: float, y: float) -> str:
    colour, _, shape = MARKS[mark.kind]
    return (
        f'<g transform="translate({x:.1f} {y:.1f})"><path d="{shape}" fill="{colour}"/><text y="3.5" font-size="9.5" '
        f'font-weight="bold" fill="#fff" text-anchor="middle">{number}</text></g>'
    )
