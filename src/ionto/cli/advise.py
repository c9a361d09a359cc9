"""SHELL. `ionto advise COURSE.json`: the next session date, how long it may wait, and why."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from rich.markup import escape
from rich.panel import Panel

from ionto.cli.files import ERR, OUT, day_of, document_of, say_json, weekdays_of
from ionto.follow.advise import advise
from ionto.follow.outlook import dry_until_words
from ionto.follow.recommend import DEFAULT_RISK_PROB
from ionto.follow.recommendation import Recommendation
from ionto.words.reading import DocumentError, Fault
from ionto.words.records import Course
from ionto.words.terms import AlertLevel, Site

COLOUR = {
    AlertLevel.GREEN: "green",
    AlertLevel.AMBER: "yellow",
    AlertLevel.RED_LOCAL: "red",
    AlertLevel.RED_SYSTEMIC: "red",
}


def add_to(commands: Any) -> None:
    parser = commands.add_parser("advise", help="the next session date, and why", allow_abbrev=False)
    parser.add_argument("course", metavar="COURSE.json", help="prescriptions and facts; - is standard input")
    parser.add_argument("--today", metavar="DAY", type=day_of, help="as 2026-11-23; the clock's day when left out")
    parser.add_argument("--tolerance", type=int, default=2, choices=(1, 2, 3), help="the HDSS the person can live with")
    parser.add_argument(
        "--away", action="append", default=[], type=_span, metavar="FROM/TO", help="days without a device"
    )
    parser.add_argument(
        "--days", metavar="DAYS", type=weekdays_of, default=tuple(range(7)), help="days that suit, as mon,wed,fri"
    )
    parser.add_argument(
        "--risk",
        metavar="SHARE",
        type=_share,
        default=DEFAULT_RISK_PROB,
        help=f"the risk of being above it that is accepted, {DEFAULT_RISK_PROB:g} when left out",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    course = document_of(Course, chosen.course)
    today = chosen.today or datetime.now(course.patient.zone).date()
    if chosen.today:
        course = _as_of(course, today)
    try:
        advice = advise(
            course,
            today,
            tolerance=chosen.tolerance,
            away=tuple(chosen.away),
            weekdays=frozenset(chosen.days),
            risk_prob=chosen.risk,
        )
    except ValueError as error:
        raise DocumentError([Fault("", str(error))]) from None
    if chosen.json:
        say_json({"sites": advice})
    elif advice:
        for site, recommendation in advice.items():
            show(site, recommendation)
    else:
        OUT.print("There is no prescription in this course, so there is no session to advise.")
    return 0


def show(site: Site, advice: Recommendation) -> None:
    """The recommendation as a page in a terminal."""
    headline = f"[bold]{advice.phase.replace('_', ' ')}[/]"
    if advice.next_session_on is not None:
        headline += f"   next session [bold]{advice.next_session_on:%A %d %B}[/] at {advice.current_ma:g} mA"
        if advice.may_wait_until is not None:
            headline += f", may wait until {advice.may_wait_until:%A %d %B}"
    OUT.print(Panel(headline, title=f"[bold]{site}[/]", expand=False))
    for alert in advice.alerts:
        OUT.print(
            f"  [{COLOUR[alert.level]}]■ {alert.level.replace('_', ' ')}[/]: {escape(alert.why)} {escape(alert.do)}"
        )
    for sentence in advice.why:
        OUT.print("  " + escape(sentence))
    _say_more(advice)
    OUT.print(
        f"  About {advice.sessions_per_month_expected:.0f} sessions a month. "
        f"Chance that the treatment works for this person: {_chance(advice.responder_prob)}."
    )
    if advice.forecast:
        from ionto.cli.plots import forecast_plot

        OUT.print(forecast_plot(advice.forecast, width=min(OUT.width, 100)), markup=False, soft_wrap=True)


def _say_more(advice: Recommendation) -> None:
    """What goes beyond the next session: the outlook, days away, doubts, and what is for the clinician."""
    if advice.dry_until is not None:
        OUT.print("  Without a further session: " + escape(dry_until_words(advice.dry_until)))
    for absence in advice.away:
        OUT.print("  " + escape(absence.why))
    if advice.review.checks:
        OUT.print("  " + escape(advice.review.why))
        for check in advice.review.checks:
            if check.settled is not True:
                OUT.print(f"    {check.check}: {escape(check.finding)} {escape(check.do)}")
    for proposal in advice.proposals:
        OUT.print(f"  [yellow]For the clinician[/] ({proposal.change.replace('_', ' ')}): {escape(proposal.why)}")


def _chance(prob: float) -> str:
    """A probability in words that are never surer than it is."""
    return "over 99 %" if prob > 0.99 else "under 1 %" if prob < 0.01 else f"about {100 * prob:.0f} %"


def _as_of(course: Course, today: date) -> Course:
    """The record as it stood at the end of a day that was asked for by name."""
    known = tuple(fact for fact in course.facts if fact.at.astimezone(course.patient.zone).date() <= today)
    left_out = len(course.facts) - len(known)
    if left_out:
        ERR.print(f"Left out {left_out} facts after {today.isoformat()}.")
    return replace(course, facts=known)


def _share(text: str) -> float:
    try:
        share = float(text)
        if not 0.0 < share < 1.0:
            raise ValueError
        return share
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} does not lie between 0 and 1") from None


def _span(text: str) -> tuple[date, date]:
    first, _, last = text.partition("/")
    span = day_of(first), day_of(last)
    if span[1] < span[0]:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return span
