"""SHELL. `ionto hazards run` plays every hazard with its control and without; `ionto hazards list` names them."""

from __future__ import annotations

import argparse
import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ionto.cli.files import ERR, OUT, say_json
from ionto.hazards.suite import SEED, SKINS_COUNT, SuiteOutcome, Worst, chosen, run_suite
from ionto.hazards.table import scenarios
from ionto.words.reading import DocumentError, Fault

MOST_SKINS = 100_000
WIDTH = 150


def add_to(commands: Any) -> None:
    hazards = commands.add_parser("hazards", help="what may go wrong, played with its control and without")
    actions = hazards.add_subparsers(dest="action", required=True, metavar="run|list")
    run = actions.add_parser("run", help="play every scenario on many virtual skins", allow_abbrev=False)
    run.add_argument("--skins", type=int, default=SKINS_COUNT, metavar="N", help="how many virtual skins")
    run.add_argument("--workers", type=int, metavar="N", help="how many processes; all cores when left out")
    run.add_argument("--only", nargs="+", default=(), metavar="ID", help="these hazards only")
    run.add_argument("--seed", type=int, default=SEED, metavar="N", help="seed of the skins and of the device's noise")
    run.add_argument("--json", action="store_true", help="one JSON document on standard output")
    run.set_defaults(run=run_all)
    listed = actions.add_parser("list", help="every hazard with its control", allow_abbrev=False)
    listed.add_argument("--json", action="store_true", help="one JSON document on standard output")
    listed.set_defaults(run=run_list)


def run_all(asked: argparse.Namespace) -> int:
    for name, least, most in (("skins", 1, MOST_SKINS), ("workers", 1, 256), ("seed", 0, 2**32 - 1)):
        value = getattr(asked, name)
        if value is not None and not least <= value <= most:
            raise DocumentError([Fault(f"--{name}", f"{value} does not lie between {least} and {most}")])
    try:
        wanted_count = len(list(scenarios(chosen(asked.only))))
    except ValueError as error:
        raise DocumentError([Fault("--only", str(error))]) from None
    ERR.print(
        f"{wanted_count} scenarios on {asked.skins} skins, with and without: {2 * wanted_count * asked.skins} runs"
    )
    began_at_s = time.monotonic()
    columns = (TextColumn("skins"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True) as progress:
        task = progress.add_task("skins", total=asked.skins)
        outcome = run_suite(
            skins_count=asked.skins,
            seed=asked.seed,
            only=asked.only,
            workers_count=asked.workers,
            told=lambda done_count, _: progress.update(task, completed=done_count),
        )
    took_s = time.monotonic() - began_at_s
    if asked.json:
        say_json(outcome)
    else:
        show(outcome)
    ERR.print(f"{outcome.runs_count} of {outcome.runs_wanted_count} runs were played in {took_s:.1f} s")
    return 0 if outcome.holds else 1


def show(outcome: SuiteOutcome) -> None:
    """A row for each hazard: the worst of all its runs with the control, and without."""
    table = Table(
        box=None, padding=(0, 1), title="The worst of each hazard, with its control | without", title_justify="left"
    )
    table.add_column("hazard", no_wrap=True)
    for heading in ("runs", "peak mA", "mA/cm²", "in a cut", "longest s"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("worst skin", no_wrap=True)
    for row in outcome.hazards:
        kept, lost = row.with_control, row.without
        table.add_row(
            row.hazard,
            str(kept.runs_count + lost.runs_count),
            _both(kept, lost, "peak_ma", 1),
            _both(kept, lost, "intact_ma_per_cm2", 2),
            _both(kept, lost, "cut_ma_per_cm2", 1),
            _both(kept, lost, "exposure_s", 2),
            f"{kept.skin} | {lost.skin}",
        )
    # Never cut short: a figure with its end missing is worse than a long line.
    Console(file=OUT.file, width=max(OUT.width, WIDTH)).print(table)
    for title, said in (("Promises that were not kept", outcome.broken), ("Could not be played", outcome.not_played)):
        if said:
            OUT.print(f"[bold red]{title}: {len(said)}[/]")
            for line in said[:20]:
                OUT.print("  " + escape(line), soft_wrap=True)
    if outcome.holds:
        where = f"in {outcome.scenarios_count} scenarios on {outcome.skins_count} skins"
        OUT.print(f"[bold green]Every promise was kept[/] {where}.")


def run_list(asked: argparse.Namespace) -> int:
    rows = chosen(())
    if asked.json:
        say_json(rows)
        return 0
    for row in rows:
        OUT.print(
            f"[bold]{row.id}[/]  {escape(row.hazard)}\n    {escape(row.control)} [dim]{', '.join(row.control_at)}[/]"
        )
    return 0


def _both(kept: Worst, lost: Worst, measure: str, digits: int) -> str:
    return f"{getattr(kept, measure):.{digits}f} | {getattr(lost, measure):.{digits}f}"
