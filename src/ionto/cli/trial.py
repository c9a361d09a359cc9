"""SHELL. `ionto trial TRIAL.toml`: a trial on virtual people; `ionto trial library`: every trial on the shelf."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from ionto.cli.files import ERR, OUT, say_json, text_of
from ionto.cli.trial_report import interval, our_value, said_value, write_report
from ionto.cli.trialing import kept_in, play
from ionto.simulate.analysis import Found, count_verdicts, differences_in, found_in
from ionto.simulate.chunk import Counted
from ionto.simulate.trial import Trial, read_trial, trials
from ionto.words.reading import DocumentError, Fault

HEADINGS = ("Ours (95 %)", "95 %, medians unsure", "A trial of that size", "Published (95 %)", "")
ROLES = ("fit", "used", "predicted")
MOST_PEOPLE_COUNT = 10_000_000


def add_to(commands: Any) -> None:
    parser = commands.add_parser("trial", help="a trial on virtual people", allow_abbrev=False)
    parser.add_argument(
        "trial", metavar="TRIAL.toml", help="a trial, or the id of one on the shelf; library plays all published ones"
    )
    parser.add_argument("--patients", type=_people, default=2000, metavar="N", help="virtual people in each arm")
    parser.add_argument("--seed", type=_seed, default=1, metavar="N", help="another seed, other people")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=_workers, default=os.cpu_count() or 1, metavar="N", help="processes; all cores when left out"
    )
    where.add_argument("--dask", metavar="ADDRESS", help="play on this dask cluster, as tcp://127.0.0.1:8786")
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep finished chunks, result, table, pictures, report")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    try:
        return run_library(chosen) if chosen.trial == "library" else run_trial(chosen)
    except (KeyboardInterrupt, BrokenExecutor) as ended:
        why = "stopped" if isinstance(ended, KeyboardInterrupt) else "a worker process was killed"
        kept = f"; what is done is kept in {chosen.out}, and the same command goes on" if chosen.out else ""
        ERR.print(f"ionto trial: {why}{kept}.", soft_wrap=True)
        return 1


def run_trial(chosen: argparse.Namespace) -> int:
    """One trial."""
    trial = trial_at(chosen.trial)
    kept = kept_in(chosen.out, trial, chosen.seed) if chosen.out else None
    started_s = time.perf_counter()
    played = _play(trial, chosen, kept)
    lasted_s = time.perf_counter() - started_s
    result = result_of(trial, played, chosen.patients, chosen.seed)
    if chosen.out:
        write_report(trial, result, played, chosen.out)
    speed = round(chosen.patients * len(trial.arms) / max(lasted_s, 1e-9))
    if chosen.json:
        say_json({**result, "patients_per_s": speed})
    else:
        show(trial, result)
        OUT.print(f"[dim]{speed} virtual people a second; seed {chosen.seed}[/]")
    return 0


def run_library(chosen: argparse.Namespace) -> int:
    """Every published trial on the shelf against what was published of it."""
    rows = []
    for trial in trials().values():
        if trial.source is None:
            continue
        kept = kept_in(chosen.out / trial.id, trial, chosen.seed) if chosen.out else None
        result = result_of(trial, _play(trial, chosen, kept), chosen.patients, chosen.seed)
        rows += library_rows(trial, result)
    library = {"patients": chosen.patients, "seed": chosen.seed, "counts": library_counts(rows), "rows": rows}
    if chosen.json:
        say_json(library)
    else:
        show_library(library)
    return 0


def trial_at(named: str) -> Trial:
    """The trial in a file or on the shelf.

    Raises
    ------
    DocumentError
        When there is none, or it is wrong; one sentence per fault.
    """
    if named in trials():
        return trials()[named]
    if named != "-" and not named.endswith(".toml") and not Path(named).exists():
        raise DocumentError([Fault(named, f"is no file, nor one of library, {', '.join(trials())}")])
    return read_trial(text_of(named))


def result_of(trial: Trial, played: dict[str, list[Counted]], patients: int, seed: int) -> dict[str, Any]:
    """What the trial found, as a document; the same bytes whoever played it."""
    values = {arm: np.concatenate([chunk.values for chunk in chunks]) for arm, chunks in played.items()}
    found, differences = found_in(trial, values), differences_in(trial, values)
    return {
        "trial": trial.id,
        "title": trial.title,
        "source": trial.source,
        "fit_set": trial.fit_set,
        "patients": patients,
        "seed": seed,
        "arms": {
            arm.id: {
                "title": arm.title,
                "sessions": len(arm.session_days),
                "end_points": {name: _document(one) for name, one in found[arm.id].items()},
            }
            for arm in trial.arms
        },
        "differences": {name: _document(one) for name, one in differences.items()},
        "ours": trial.ours,
    }


def library_rows(trial: Trial, result: dict[str, Any]) -> list[dict[str, Any]]:
    """The published end points of a trial, one row each; a difference stands for what both its arms say already."""
    return [
        {
            "trial": trial.id,
            "source": trial.source,
            "arm": said.arm,
            "end_point": one.id,
            "role": "fit" if trial.fit_set else "used" if said.used_for else "predicted",
            "used_for": said.used_for,
            **result["arms"][said.arm]["end_points"][one.id],
        }
        for one in trial.end_points
        for said in one.published
    ]


def library_counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many published values lie where, of the fit set and of the predictions."""
    return {
        "trials": len({row["trial"] for row in rows}),
        "end_points": len(rows),
        **{role: count_verdicts([row["verdict"] for row in rows if row["role"] == role]) for role in ROLES},
        "predicted_within_replicas": sum(row["within_replicas"] is True for row in rows if row["role"] == "predicted"),
        "predicted_beside_replicas": sum(row["within_replicas"] is False for row in rows if row["role"] == "predicted"),
    }


def show(trial: Trial, result: dict[str, Any]) -> None:
    """The result as a page in a terminal."""
    OUT.print(f"[bold]{escape(trial.title)}[/]: {result['patients']} virtual people in each arm")
    for found in result["arms"].values():
        OUT.print(f"\n[bold]{escape(found['title'])}[/], {found['sessions']} sessions")
        _show_end_points(found["end_points"].values())
    if result["differences"]:
        OUT.print("\n[bold]Between arms[/]")
        _show_end_points(result["differences"].values())
    OUT.print()
    for sentence in trial.ours:
        OUT.print(f"[dim]Ours: {escape(sentence)}.[/]")


def _show_end_points(found: Iterable[dict[str, Any]]) -> None:
    OUT.print(_table(("",), [((escape(one["title"]),), one) for one in found]))


def show_library(library: dict[str, Any]) -> None:
    """The library as a page in a terminal."""
    rows = [((row["trial"], row["role"], row["arm"], row["end_point"]), row) for row in library["rows"]]
    OUT.print(_table(("Trial", "", "Arm", "End point"), rows))
    for name, count in library["counts"].items():
        said = ", ".join(f"{key} {number}" for key, number in count.items()) if isinstance(count, dict) else count
        OUT.print(f"{name.replace('_', ' ')}: {said}")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[tuple[str, ...], dict[str, Any]]]) -> Table:
    """Labels and what was found; without the columns that have nothing in any row."""
    cells = [_cells(one) for _, one in rows]
    filled = [place for place in range(len(HEADINGS)) if any(row[place] for row in cells)]
    table = Table(*heads, *(HEADINGS[place] for place in filled), box=None, padding=(0, 1))
    for (labels, _), row in zip(rows, cells, strict=True):
        table.add_row(*labels, *(row[place] for place in filled))
    return table


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    said = one["published"]
    verdict = {"inside": "[green]inside[/]", "outside": "[red]outside[/]"}.get(one["verdict"], one["verdict"] or "")
    return (
        _around(our_value(one), one),
        interval(one["medians_low"], one["medians_high"]),
        interval(one["trial_low"], one["trial_high"]),
        _around(said_value(said["value"], ""), said) if said else "",
        verdict,
    )


def _around(value: str, one: dict[str, Any]) -> str:
    around = interval(one["low"], one["high"])
    return f"{value} ({around})" if around else value


def _document(one: Found) -> dict[str, Any]:
    return {**asdict(one), "verdict": one.verdict, "within_replicas": one.within_replicas}


def _play(trial: Trial, chosen: argparse.Namespace, kept: Any) -> dict[str, list[Counted]]:
    return play(trial, chosen.patients, chosen.seed, workers_count=chosen.workers, address=chosen.dask, kept=kept)


def _people(text: str) -> int:
    return _whole(text, 2, MOST_PEOPLE_COUNT)


def _workers(text: str) -> int:
    return _whole(text, 1, 1024)


def _seed(text: str) -> int:
    return _whole(text, 0, sys.maxsize >> 32)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)
