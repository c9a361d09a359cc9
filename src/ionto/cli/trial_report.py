"""SHELL. The folder that a trial leaves: result.json, end_points.csv, course.svg, end_points.svg and report.md."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from ionto.cli.trial_picture import Curve, Row, Span, course_svg, forest_svg
from ionto.simulate.chunk import Counted
from ionto.simulate.trial import Trial
from ionto.words.reading import DocumentError, Fault, to_json

COLUMNS = (
    "arm",
    "end_point",
    "kind",
    "unit",
    "people_count",
    "value",
    "low",
    "high",
    "trial_people_count",
    "trial_low",
    "trial_high",
    "medians_low",
    "medians_high",
    "verdict",
    "within_replicas",
)
PUBLISHED = ("published_value", "published_low", "published_high", "published_words")
FIRST_DAY = -7


def write_report(trial: Trial, result: dict[str, Any], played: dict[str, list[Counted]], folder: Path) -> None:
    """Everything about the trial into the folder; the same bytes whoever played it.

    Raises
    ------
    DocumentError
        When it cannot be written.
    """
    pages = {
        "result.json": to_json(result) + "\n",
        "end_points.csv": end_points_csv(result),
        "course.svg": course_svg(trial.title, curves_of(trial, played)),
        "end_points.svg": forest_svg(trial.title, forest_rows(result)),
        "report.md": report_md(trial, result),
    }
    try:
        for name, text in pages.items():
            folder.joinpath(name).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise DocumentError([Fault("--out", f"cannot be written: {(error.strerror or 'unknown').lower()}")]) from None


def all_end_points(result: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Arm, name and what was found, arm by arm, differences last with no arm."""
    of_arms = [(arm, name, one) for arm, found in result["arms"].items() for name, one in found["end_points"].items()]
    return of_arms + [("", name, one) for name, one in result["differences"].items()]


def end_points_csv(result: dict[str, Any]) -> str:
    """One row an arm and end point."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow((*COLUMNS, *PUBLISHED))
    for arm, name, one in all_end_points(result):
        said = one["published"] or {}
        told = {**one, "arm": arm, "end_point": name}
        rows.writerow(
            [*(told[column] for column in COLUMNS), *(said.get(key) for key in ("value", "low", "high", "words"))]
        )
    return file.getvalue()


def curves_of(trial: Trial, played: dict[str, list[Counted]]) -> list[Curve]:
    """Mean sweat by day of each arm."""
    curves = []
    for arm in trial.arms:
        people_count = sum(len(chunk.values) for chunk in played[arm.id])
        mean = np.sum([chunk.sweat_sum_mg_per_min for chunk in played[arm.id]], axis=0) / people_count
        points = [(FIRST_DAY + place, float(value)) for place, value in enumerate(mean)]
        curves.append(Curve(arm.title, points, arm.session_days))
    return curves


def forest_rows(result: dict[str, Any]) -> list[Row]:
    """Ours and the published of each end point, where there is a number."""
    found = [one for one in all_end_points(result) if one[2]["value"] is not None]
    names = list(dict.fromkeys(name for _, name, _ in found))
    return [
        Row(
            one["title"],
            result["arms"][arm]["title"] if arm else "difference",
            one["unit"],
            Span(one["value"], *_bounds(one)),
            Span(*(one["published"][key] for key in ("value", "low", "high"))) if one["published"] else None,
        )
        for arm, _, one in sorted(found, key=lambda of: names.index(of[1]))
    ]


def _bounds(one: dict[str, Any]) -> tuple[float | None, float | None]:
    """The widest interval that was reckoned on purpose: over unknown medians, else over people."""
    if one["medians_low"] is not None:
        return one["medians_low"], one["medians_high"]
    return one["low"], one["high"]


def report_md(trial: Trial, result: dict[str, Any]) -> str:
    """The trial as a page to read."""
    lines = [f"# {trial.title}", "", "Virtual people. This is no evidence that a treatment works.", ""]
    lines += [f"{result['patients']} in each arm, seed {result['seed']}, {_design(trial)}.", "", "![](course.svg)", ""]
    lines += ["| arm | sessions | current [mA] | minutes | waveform |", "|---|---|---|---|---|"]
    for arm in trial.arms:
        currents = " → ".join(f"{current:g}" for current in arm.current_ma)
        lines.append(f"| {arm.title} | {len(arm.session_days)} | {currents} | {arm.duration_min:g} | {arm.waveform} |")
    lines += ["", "## End points", "", *end_point_table(result), "", "![](end_points.svg)", ""]
    lines += ["What a trial of that size would see: 95 % of many replicas, each with as many people as its arm.", ""]
    if trial.uncertain:
        lines += ["## Medians that are not known well", ""]
        lines += [f"- {one.trait}: sd {one.ln_sd_ratio:g} of ln. {one.why}" for one in trial.uncertain]
        lines.append("")
    if trial.ours:
        lines += ["## What no source gives, and is ours", "", *(f"- {sentence}" for sentence in trial.ours), ""]
    return "\n".join(lines)


def end_point_table(result: dict[str, Any]) -> list[str]:
    """The end points as Markdown."""
    unsure = any(one["medians_low"] is not None for _, _, one in all_end_points(result))
    heads = ["end point", "arm", "ours", "95 %", *(["95 %, medians unsure"] if unsure else []), "a trial of that size"]
    heads += ["published", "95 %", "verdict"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for arm, _, one in all_end_points(result):
        said = one["published"] or {"value": None, "low": None, "high": None}
        cells = [one["title"], result["arms"][arm]["title"] if arm else "difference"]
        cells += [our_value(one), interval(one["low"], one["high"])]
        cells += [interval(one["medians_low"], one["medians_high"])] if unsure else []
        cells += [interval(one["trial_low"], one["trial_high"]) if one["trial_people_count"] else ""]
        cells += [said_value(said["value"], "") if one["published"] else "", interval(said["low"], said["high"])]
        lines.append(f"| {' | '.join([*cells, one['verdict'] or ''])} |")
    return lines


def our_value(one: dict[str, Any]) -> str:
    """Our value as it is read."""
    return said_value(one["value"], one["unit"]) if one["people_count"] else "not known"


def said_value(value: float | None, unit: str) -> str:
    """A number with its unit, as it is read; no number is "never"."""
    if value is None:
        return "never"
    return f"{value:.3g} {unit}".strip() if abs(value) < 100 else f"{value:.0f} {unit}".strip()


def interval(low: float | None, high: float | None) -> str:
    """From, to; open where it ends in "never"."""
    if low is None and high is None:
        return ""
    return f"{said_value(low, '')} to {said_value(high, '')}"


def _design(trial: Trial) -> str:
    return "the same people in every arm" if trial.design == "within_person" else "other people in each arm"
