"""SHELL. `ionto plan INTAKE.json --site SITE --device ID`: the prescription and its days, or the refusal."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from ionto.cli.consult import add_policy_to, show_findings
from ionto.cli.files import ERR, OUT, day_of, document_of, say_json, weekdays_of
from ionto.consult import Clearance, Consultation, Intake, NotCleared, clearance_for, consult, outdated
from ionto.prescribe import (
    NotPrescribable,
    Plan,
    PlannedSession,
    TreatmentDevice,
    TreatmentProtocol,
    claims_of,
    devices,
    plan_for,
    prescribe,
    preview,
    protocol_suiting,
    protocols,
)
from ionto.prescribe.check import SPOKEN
from ionto.words.reading import DocumentError, Fault
from ionto.words.terms import PolarityHabit, Side, Site, Waveform

LIMB = {Site.PALMS: "hand", Site.SOLES: "foot", Site.AXILLAE: "armpit", Site.FACE: "side of the face"}


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
    parser.add_argument(
        "--waveform", choices=[wave.value for wave in Waveform], help="the site's protocol with this current"
    )
    parser.add_argument(
        "--polarity", choices=[habit.value for habit in PolarityHabit], help="another habit than the protocol's"
    )
    parser.add_argument("--worse-side", choices=[side.value for side in Side], help="the side that sweats more")
    parser.add_argument("--starts", metavar="DAY", type=day_of, help="first day, as 2026-11-24; today when left out")
    parser.add_argument("--days", metavar="DAYS", type=weekdays_of, default=(), help="days that suit, as mon,wed,fri")
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
    if old := outdated(intake.asked_on, starts_on):
        # The contract says what is refused here; the web site refuses this as well.
        ERR.print(f"{old.why} {old.do}")
    device = _found("--device", devices(), chosen.device)
    try:
        protocol = _protocol(chosen, clearance, device)
        prescription = prescribe(
            clearance,
            protocol,
            device_id=chosen.device,
            device=device,
            also=_also(consultation, protocol, chosen.cleared_by),
            polarity=PolarityHabit(chosen.polarity) if chosen.polarity else None,
            worse_side=Side(chosen.worse_side) if chosen.worse_side else None,
        )
    except NotPrescribable as refusal:
        return _not_prescribable(site, str(refusal), as_json=chosen.json)
    except NotCleared as refusal:
        return _refused(refusal, consultation.still_to_ask, as_json=chosen.json)
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


def _protocol(chosen: argparse.Namespace, clearance: Clearance, device: TreatmentDevice) -> TreatmentProtocol:
    """The protocol that was named, or the one that suits the person and the device.

    Raises
    ------
    NotPrescribable
        When there is none.
    """
    waveform = Waveform(chosen.waveform) if chosen.waveform else None
    if chosen.protocol:
        named: TreatmentProtocol = _found("--protocol", protocols(), chosen.protocol)
        if waveform not in (None, named.waveform):
            raise DocumentError([Fault("--waveform", f"protocol {named.id} has {named.waveform} current")])
        return named
    suiting = protocol_suiting(clearance, device, waveform)
    if suiting is None:
        current = f" with {SPOKEN[waveform]} current" if waveform else ""
        raise NotPrescribable(f"There is no protocol for the {clearance.site}{current} yet.")
    return suiting


def _also(consultation: Consultation, protocol: TreatmentProtocol, cleared_by: str | None) -> Clearance | None:
    """The clearance of the other site that a protocol treats, as far as it is among those asked about.

    Raises
    ------
    NotCleared
        When it was asked about and is not cleared.
    """
    site = protocol.also_site
    return clearance_for(consultation, site, cleared_by=cleared_by) if site in consultation.sites else None


def show(plan: Plan) -> None:
    """The plan as a page in a terminal."""
    made = plan.prescription
    sites = f"{made.site} and {made.also_site}" if made.also_site else made.site
    OUT.print(
        f"[bold]{sites}[/]: {made.waveform.upper()}, {made.duration_min:g} min, {made.sessions_per_week} a week, "
        f"{made.start_current_ma:g} to {made.target_current_ma:g} mA, never above [bold]{made.cap_current_ma:g} mA[/]"
    )
    pulse = f"; pulses {made.pulse}" if made.pulse else ""
    OUT.print(f"On {devices()[made.device].label}; poles: {made.polarity.replace('_', ' ')}{pulse}")
    caps = Table(title="Limits, and who set them", title_justify="left", box=None, padding=(0, 1))
    for heading in ("Limit", "mA", "Why", "Source"):
        caps.add_column(heading, justify="right" if heading == "mA" else "left")
    for reason in made.cap_reasons:
        caps.add_row(reason.limit, f"{reason.value_ma:g}", escape(reason.why), f"[dim]{reason.source}[/]")
    OUT.print(caps)
    days = Table(title="Sessions", title_justify="left", box=None, padding=(0, 1))
    for heading in ("", "Day", "mA", "Left lead", "Right lead"):
        days.add_column(heading, justify="right" if heading == "mA" else "left")
    for number, session in enumerate(plan.sessions, start=1):
        leads = [
            f"{_limb(session, side, made.site)}, [bold]plus first[/]"
            if session.first_anode is side
            else _limb(session, side, made.site)
            for side in Side
        ]
        days.add_row(str(number), f"{session.on:%a %d %b %Y}", f"{session.current_ma:g}", *leads)
    OUT.print(days)
    _show_preview(plan, plan.sessions[-1])
    OUT.print("[bold]Why[/]")
    for sentence in plan.why:
        OUT.print("  " + escape(sentence))
    OUT.print("[bold]What to expect[/]")
    for claim in plan.expect:
        OUT.print(f"  {escape(claim.claim)} [dim]{', '.join(claim.sources)}[/]")


def _limb(session: PlannedSession, side: Side, site: Site) -> str:
    """What lies on a lead."""
    named = session.left_lead if side is Side.LEFT else session.right_lead
    return named.replace("_", " ") if named else f"{side} {LIMB[site]}"


def _show_preview(plan: Plan, session: PlannedSession) -> None:
    """The course of current in one session, as it is planned."""
    from ionto.cli.plots import preview_plot

    left, right = (_limb(session, side, plan.prescription.site) for side in Side)
    OUT.print(f"[bold]The session of {session.on:%d %b %Y}[/], left lead: {left}, right lead: {right}")
    OUT.print(
        preview_plot(preview(plan.prescription, session), width=min(OUT.width, 100)), markup=False, soft_wrap=True
    )


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
