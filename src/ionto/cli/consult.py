"""SHELL. `ionto consult INTAKE.json`: may this person be treated, and what else is there."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel

from ionto.cli.files import OUT, document_of, say_json
from ionto.consult import (
    STRICTEST,
    Consultation,
    Expectation,
    Finding,
    Intake,
    SiteConsultation,
    consult,
    policies,
    policy_named,
)
from ionto.words.reading import DocumentError, Fault
from ionto.words.terms import Decision, Site

SPOKEN = {
    Decision.SUITABLE: ("green", "Suitable"),
    Decision.DEFER: ("yellow", "Not today"),
    Decision.ASK_CLINICIAN: ("yellow", "Ask a clinician first"),
    Decision.NOT_SUITABLE: ("red", "Not suitable"),
}


def add_to(commands: Any) -> None:
    parser = commands.add_parser("consult", help="may this person be treated, and why", allow_abbrev=False)
    parser.add_argument("intake", nargs="?", metavar="INTAKE.json", help="the answers of a person; - is standard input")
    parser.add_argument("--ask", action="store_true", help="ask the questions here instead of reading a file")
    parser.add_argument("--save", metavar="FILE", help="with --ask: keep each answer here, and go on from it")
    parser.add_argument("--letter", metavar="FILE", help="also write the result as a letter (PDF)")
    parser.add_argument("--language", choices=("en", "de"), help="with --letter: the language of the letter; else en")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_policy_to(parser)
    parser.set_defaults(run=run)


def add_policy_to(parser: argparse.ArgumentParser) -> None:
    """The choice of whose reading rules where the sources disagree."""
    parser.add_argument(
        "--policy",
        metavar="ID",
        default=STRICTEST,
        help="whose reading rules where sources disagree: " + ", ".join(policies()),
    )


def run(chosen: argparse.Namespace) -> int:
    intake = _intake(chosen)
    consultation = consult(intake, chosen.policy)
    if chosen.letter:
        _write_letter(chosen.letter, intake, consultation, chosen.language or "en")
    if chosen.json:
        say_json(consultation)
    else:
        show(consultation)
    return 0


def _intake(chosen: argparse.Namespace) -> Intake:
    """The intake from a file, or by asking for it."""
    if chosen.ask is (chosen.intake is not None):
        raise DocumentError([Fault("INTAKE.json", "give either a file or --ask")])
    if chosen.language and not chosen.letter:
        raise DocumentError([Fault("--language", "this goes together with --letter")])
    if chosen.save and not chosen.ask:
        raise DocumentError([Fault("--save", "this goes together with --ask")])
    if not chosen.ask:
        return document_of(Intake, chosen.intake)
    from ionto.cli.ask import intake_by_asking

    return intake_by_asking(chosen.save, datetime.now().astimezone().date())


def _write_letter(path: str, intake: Intake, consultation: Consultation, language: str) -> None:
    from ionto.exchange.letter import letter_of

    today = datetime.now().astimezone().date()
    letter = letter_of(intake, consultation, written_on=today, language=language)
    try:
        Path(path).write_bytes(letter)
    except OSError as error:
        said = (error.strerror or "unknown").lower()
        raise DocumentError([Fault("--letter", f"{path} cannot be written: {said}")]) from None


def show(consultation: Consultation) -> None:
    """The consultation as a page in a terminal."""
    if consultation.policy != STRICTEST:
        policy = policy_named(consultation.policy)
        OUT.print(f"[bold]Read as {escape(policy.label)}[/], else the strictest reading. [dim]{escape(policy.note)}[/]")
    for site, found in consultation.sites.items():
        colour, word = SPOKEN[found.decision]
        OUT.print(Panel(f"[bold {colour}]{word}[/]   {_severity_line(found)}", title=f"[bold]{site}[/]", expand=False))
        OUT.print(f"  {escape(found.primary_focal.why)} [dim]{', '.join(found.primary_focal.sources)}[/]")
        show_findings(found.findings)
        _show_scales(found)
        _show_expect(site, found.expect)
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
        for house in finding.other_houses:
            spoken = SPOKEN[house.decision][1].lower()
            OUT.print(f"    [dim]{escape(house.label)} decides otherwise ({spoken}): {escape(house.says)}[/]")


def _severity_line(found: SiteConsultation) -> str:
    severity, parts = found.severity, []
    if severity.band:
        parts.append(f"{severity.band} (HDSS {severity.hdss})")
    if severity.sweat_mg_per_min is not None and severity.sweat_band:
        parts.append(f"{severity.sweat_mg_per_min:g} mg/min, {severity.sweat_band.replace('_', ' ')}")
    parts.append(f"primary focal {found.primary_focal.verdict}")
    return ", ".join(parts)


def _show_scales(found: SiteConsultation) -> None:
    for reading in found.severity.scales:
        band = f", {reading.band.replace('_', ' ')}" if reading.band else ""
        change = f" A change that matters: {reading.meaningful_change}" if reading.meaningful_change else ""
        OUT.print(f"  {escape(reading.label)}: [bold]{reading.score:g}[/]{band}.{escape(change)}")
    if found.severity.gravimetry:
        OUT.print(f"  {escape(found.severity.gravimetry.why)}")


def _show_expect(site: Site, expect: tuple[Expectation, ...]) -> None:
    if expect:
        OUT.print(f"\n[bold]What to expect of iontophoresis of the {site}[/]")
    for item in expect:
        sure = f"[dim]({item.certainty.replace('_', ' ')} certainty) {', '.join(item.sources)}[/]"
        OUT.print(Padding(f"{escape(item.claim)} {sure}", (0, 0, 0, 2)))
        if item.do:
            OUT.print(Padding(f"→ {escape(item.do)}", (0, 0, 0, 4)))


def _show_options(site: Site, found: SiteConsultation) -> None:
    OUT.print(f"\n[bold]Treatments for the {site}, in order[/]")
    for option in found.options:
        OUT.print(f"  [bold]{option.rank}  {escape(option.label)}[/]")
        OUT.print(Padding(escape(f"{option.why} {option.expect}"), (0, 0, 0, 5)))
        OUT.print(Padding(f"[dim]How:[/] {escape(option.how)}", (0, 0, 0, 5)))
        OUT.print(Padding(f"[dim]Time:[/] {escape(option.time_cost)}", (0, 0, 0, 5)))
        if option.disagreement:
            OUT.print(Padding(f"[dim]Sources disagree: {escape(option.disagreement)}[/]", (0, 0, 0, 5)))
        OUT.print(Padding(f"[dim]{', '.join(option.sources)}[/]", (0, 0, 0, 5)))
