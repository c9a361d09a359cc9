"""SHELL. `ionto plan INTAKE.json --site SITE --device ID`: the prescription and its days, or the refusal."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from ionto.cli.consult import add_policy_to, show_findings
from ionto.cli.files import ERR, OUT, day_of, document_of, say_json
from ionto.consult import Intake, NotCleared, clearance_for, consult
from ionto.prescribe import NotPrescribable, Plan, claims_of, devices, plan_for, prescribe, protocol_for, protocols
from ionto.words.reading import DocumentError, Fault
from ionto.words.terms import Site

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def add_to(commands: Any) -> None:
    parser = commands.add_parser("plan", help="a protocol made personal, with its days", allow_abbrev=False)
    parser.add_argument("intake", metavar="INTAKE.json", help="what the person answered; - is standard input")
    parser.add_argument("--site", required=True, choices=[site.value for site in Site])
    parser.add_argument(
        "--device", required=True, metavar="ID", help="which device will run it: " + ", ".join(devices())
    )
    parser.add_argument(
        "--protocol", metavar="ID", help="another protocol than the site's own: " + ", ".join(protocols())
    )
    parser.add_argument("--starts", metavar="DAY", type=day_of, help="first day, as 2026-11-24; today when left out")
    parser.add_argument("--days", metavar="DAYS", type=_weekdays, default=(), help="days that suit, as mon,wed,fri")
    parser.add_argument(
        "--cleared-by", metavar="NAME", help="the clinician who cleared what only a clinician may clear"
    )
    add_policy_to(parser)
    parser.add_argument("--ics", metavar="FILE", help="also write the sessions as an iCalendar file")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    intake, site = document_of(Intake, chosen.intake), Site(chosen.site)
    if site not in {place.site for place in intake.sites}:
        raise DocumentError([Fault("--site", f"{site} is not among the sites of the intake")])
    consultation = consult(intake, chosen.policy)
    try:
        clearance = clearance_for(consultation, site, cleared_by=chosen.cleared_by)
    except NotCleared as refusal:
        return _refused(refusal, consultation.still_to_ask, as_json=chosen.json)
    starts_on = chosen.starts or datetime.now().astimezone().date()
    if starts_on < intake.asked_on:
        raise DocumentError([Fault("--starts", f"lies before the consultation of {intake.asked_on.isoformat()}")])
    protocol = _found("--protocol", protocols(), chosen.protocol) if chosen.protocol else protocol_for(site)
    device = _found("--device", devices(), chosen.device)
    try:
        if protocol is None:
            raise NotPrescribable(f"There is no protocol for the {site} yet.")
        prescription = prescribe(clearance, protocol, device_id=chosen.device, device=device)
    except NotPrescribable as refusal:
        return _not_prescribable(site, str(refusal), as_json=chosen.json)
    plan = plan_for(
        prescription,
        protocol,
        starts_on=starts_on,
        weekdays=chosen.days,
        disagreements=protocol.on(starts_on).disagreements,
        expect=claims_of(consultation.sites[site].expect),
    )
    if chosen.ics:
        from ionto.exchange.calendar import calendar_of

        _written(chosen.ics, calendar_of(plan, name=f"ionto: {site}"))
    if chosen.json:
        say_json(plan)
    else:
        show(plan)
    return 0


def show(plan: Plan) -> None:
    """The plan as a page in a terminal."""
    made = plan.prescription
    OUT.print(
        f"[bold]{made.site}[/]: {made.waveform.upper()}, {made.duration_min:g} min, {made.sessions_per_week} a week, "
        f"{made.start_current_ma:g} to {made.target_current_ma:g} mA, never above [bold]{made.cap_current_ma:g} mA[/]"
    )
    caps = Table(title="Limits, and who set them", title_justify="left", box=None, padding=(0, 1))
    for heading in ("Limit", "mA", "Why", "Source"):
        caps.add_column(heading, justify="right" if heading == "mA" else "left")
    for reason in made.cap_reasons:
        caps.add_row(reason.limit, f"{reason.value_ma:g}", escape(reason.why), f"[dim]{reason.source}[/]")
    OUT.print(caps)
    days = Table(title="Sessions", title_justify="left", box=None, padding=(0, 1))
    for heading in ("", "Day", "mA", "First anode"):
        days.add_column(heading, justify="right" if heading == "mA" else "left")
    for number, session in enumerate(plan.sessions, start=1):
        days.add_row(str(number), f"{session.on:%a %d %b %Y}", f"{session.current_ma:g}", session.first_anode)
    OUT.print(days)
    OUT.print("[bold]Why[/]")
    for sentence in plan.why:
        OUT.print("  " + escape(sentence))
    OUT.print("[bold]What to expect[/]")
    for claim in plan.expect:
        OUT.print(f"  {escape(claim.claim)} [dim]{', '.join(claim.sources)}[/]")


def _refused(refusal: NotCleared, still_to_ask: Any, *, as_json: bool) -> int:
    if as_json:
        refused = {"site": refusal.site, "decision": refusal.decision, "findings": refusal.findings}
        say_json({"refused": {**refused, "still_to_ask": still_to_ask}})
    else:
        ERR.print(f"[bold red]No plan for the {refusal.site}.[/]")
        show_findings(refusal.findings)
    return 3


def _not_prescribable(site: Site, why: str, *, as_json: bool) -> int:
    if as_json:
        say_json({"refused": {"site": site, "decision": "not_prescribable", "why": why, "findings": []}})
    else:
        ERR.print(f"[bold red]No plan for the {site}.[/] {escape(why)}")
    return 3


def _found(option: str, shelf: Any, key: str) -> Any:
    if key not in shelf:
        raise DocumentError([Fault(option, f"{key!r} is not one of {', '.join(shelf)}")])
    return shelf[key]


def _written(path: str, content: bytes) -> None:
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise DocumentError([Fault("--ics", f"cannot be written: {(error.strerror or 'unknown').lower()}")]) from None


def _weekdays(text: str) -> tuple[int, ...]:
    names = [name.strip().lower() for name in text.split(",")]
    for name in names:
        if name not in WEEKDAYS:
            raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(WEEKDAYS)}")
    return tuple(WEEKDAYS.index(name) for name in names)
