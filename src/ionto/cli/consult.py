"""SHELL. `ionto consult INTAKE.json`: may this person be treated, and what else is there."""

from __future__ import annotations

import argparse
from typing import Any

from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel

from ionto.cli.files import OUT, document_of, say_json
from ionto.consult import Consultation, Finding, Intake, SiteConsultation, consult
from ionto.words.terms import Decision, Site

SPOKEN = {
    Decision.SUITABLE: ("green", "Suitable"),
    Decision.DEFER: ("yellow", "Not today"),
    Decision.ASK_CLINICIAN: ("yellow", "Ask a clinician first"),
    Decision.NOT_SUITABLE: ("red", "Not suitable"),
}


def add_to(commands: Any) -> None:
    parser = commands.add_parser("consult", help="may this person be treated, and why", allow_abbrev=False)
    parser.add_argument("intake", metavar="INTAKE.json", help="what the person answered; - is standard input")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    consultation = consult(document_of(Intake, chosen.intake))
    if chosen.json:
        say_json(consultation)
    else:
        show(consultation)
    return 0


def show(consultation: Consultation) -> None:
    """The consultation as a page in a terminal."""
    for site, found in consultation.sites.items():
        colour, word = SPOKEN[found.decision]
        OUT.print(Panel(f"[bold {colour}]{word}[/]   {_severity_line(found)}", title=f"[bold]{site}[/]", expand=False))
        OUT.print(f"  {escape(found.primary_focal.why)} [dim]{', '.join(found.primary_focal.sources)}[/]")
        show_findings(found.findings)
        _show_options(site, found)
    if consultation.still_to_ask:
        OUT.print("\n[bold]Still to ask[/]")
        for question in consultation.still_to_ask:
            OUT.print(f"  [yellow]?[/] {escape(question.path)}: {escape(question.why)}")


def show_findings(findings: tuple[Finding, ...]) -> None:
    """Each finding with what to do, its sources, and where they disagree."""
    for finding in findings:
        colour, word = SPOKEN[finding.decision]
        OUT.print(f"  [{colour}]■ {word}[/]: {escape(finding.why)} [dim]{', '.join(finding.sources)}[/]")
        OUT.print(f"    → {escape(finding.do)}")
        if finding.disagreement:
            OUT.print(f"    [dim]Sources disagree: {escape(finding.disagreement)}[/]")


def _severity_line(found: SiteConsultation) -> str:
    severity, parts = found.severity, []
    if severity.band:
        parts.append(f"{severity.band} (HDSS {severity.hdss})")
    if severity.sweat_mg_per_min is not None and severity.sweat_band:
        parts.append(f"{severity.sweat_mg_per_min:g} mg/min, {severity.sweat_band.replace('_', ' ')}")
    parts.append(f"primary focal {found.primary_focal.verdict}")
    return ", ".join(parts)


def _show_options(site: Site, found: SiteConsultation) -> None:
    OUT.print(f"\n[bold]Treatments for the {site}, in order[/]")
    for option in found.options:
        OUT.print(f"  [bold]{option.rank}  {escape(option.label)}[/]")
        OUT.print(Padding(escape(f"{option.why} {option.expect}"), (0, 0, 0, 5)))
        if option.disagreement:
            OUT.print(Padding(f"[dim]Sources disagree: {escape(option.disagreement)}[/]", (0, 0, 0, 5)))
        OUT.print(Padding(f"[dim]{', '.join(option.sources)}[/]", (0, 0, 0, 5)))
