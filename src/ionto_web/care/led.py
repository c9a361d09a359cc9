"""What a page needs to lead a session on a closed device, and what came of it when it is over.

The page gets the plan's timeline as data, with a ticket that holds the plan it was made from. It plays that, writes
down what happened, and sends it when there is a network. Here it is folded through the real session.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from annotated_types import Ge, Le, MaxLen, MinLen
from django.core import signing
from django.http import Http404
from django.utils import timezone
from pydantic import Discriminator

from ionto.follow.recommendation import Recommendation
from ionto.prescribe import devices
from ionto.treat.events import SessionPlan
from ionto.treat.led import Answered as LedAnswered
from ionto.treat.led import Led, LedEvent, LedPain, LedStop, Moment, StayedOn, fold, timeline
from ionto.treat.led import MoreTimeAsked as LedMoreTime
from ionto.treat.prompts import Guide, Language, guide_for
from ionto.treat.session import ending
from ionto.words import reading
from ionto.words.german import in_german
from ionto.words.limits import TRIP_CURRENT_MA
from ionto.words.reading import document, read_json, read_toml, to_document, to_json
from ionto.words.records import SessionFact, SideEffectFact
from ionto.words.terms import Circumstance, Effect, EffectSeverity, Site
from ionto_web.care.languages import in_plain_english
from ionto_web.care.models import LedEventRecord, Person

# A page that has seen no network for longer than this leads no session [IONTO].
GOOD_FOR = timedelta(days=7)
# A phone's clock may be wrong by this much before its times are moved.
CLOCK_SLACK = timedelta(minutes=2)
SALT = "ionto.led"
# Devices whose label is a description, not a name.
UNNAMED = ("guided",)


@document
class LedCheck:
    """One line of the checklist, with where it is from and the circumstances that it rules out."""

    key: str
    sources: tuple[str, ...]
    en: str
    de: str
    rules_out: tuple[Circumstance, ...] = ()


@document
class _Words:
    en: dict[str, str | dict[str, str]]
    de: dict[str, str | dict[str, str]]
    check: tuple[LedCheck, ...]
    advice: tuple[LedCheck, ...]


@cache
def led_words() -> _Words:
    """The words of the hands-free session and its checklist."""
    return read_toml(_Words, (Path(__file__).parent / "led_words.toml").read_text("utf-8"))


def words_in(language: str) -> dict[str, Any]:
    words: dict[str, Any] = getattr(led_words(), Language(language).value)
    return words


def said_to(person: Person, said: str) -> str:
    """What the core says, in the language in which the person is led; in English where there is no German."""
    return (person.language == Language.DE and in_german(said)) or in_plain_english(said)


def device_in_words(person: Person, language: str) -> str:
    """The person's device after “your”: one that has a name by its name, any other as a device."""
    words = words_in(language)
    is_named = person.device not in UNNAMED
    named: str = words["named_device"].format(device=devices()[person.device].label)
    return named if is_named else str(words["own_device"])


@document
class Began:
    """The person has ticked everything and says go."""

    t_s: Moment
    kind: Literal["began"] = "began"


@document
class Away:
    """The page was away, and what the person says of that time."""

    t_s: Moment
    until_s: Annotated[float, Ge(0)]
    said: Literal["on", "as_planned", "off", "unknown", "clock"]
    kind: Literal["away"] = "away"


@document
class Over:
    """The page has led to the end, or to the end of a stop."""

    t_s: Moment
    kind: Literal["over"] = "over"


@document
class Felt:
    """A side effect that was named after the session."""

    effect: Effect
    severity: EffectSeverity


@document
class Told:
    """What the person said when it was over. None is what they do not know, or were not asked."""

    t_s: Annotated[float, Ge(0)]
    reached_ma: Annotated[float, Ge(0), Le(TRIP_CURRENT_MA)] | None
    turned: bool | None
    felt: Annotated[tuple[Felt, ...], MaxLen(8)]
    kind: Literal["told"] = "told"


@document
class TakenOver:
    """Another phone goes on with the session from here."""

    t_s: Moment
    kind: Literal["taken_over"] = "taken_over"


PageEvent = Annotated[
    LedAnswered | LedMoreTime | StayedOn | LedStop | LedPain | Began | TakenOver | Away | Over | Told,
    Discriminator("kind"),
]


@document
class Written:
    """An event as the page wrote it down: named once, by which phone, with the phone's own time.

    In the record the time is the server's, and what began the session has the ticket that it was led by.
    """

    id: UUID
    at: reading.Moment
    event: PageEvent
    phone: Annotated[str, MaxLen(36)] = ""
    ticket: Annotated[str, MaxLen(6000)] = ""


@document
class Posted:
    """What a page sends: events of one session, with the ticket that it was led by."""

    session: UUID
    ticket: Annotated[str, MinLen(1), MaxLen(6000)]
    sent_at: reading.Moment
    events: Annotated[tuple[Written, ...], MinLen(1), MaxLen(500)]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a session was led by: its prescription and plan, the device and language, and whether poles are changed."""

    prescription_id: int
    plan: SessionPlan
    guide: Guide


def site_named(name: str) -> Site:
    """The site of an address.

    Raises
    ------
    Http404
        When there is none of that name.
    """
    if name not in set(Site):
        raise Http404
    return Site(name)


def guide_of(person: Person) -> Guide:
    return guide_for(devices()[person.device], Language(person.language), device_id=person.device)


def ticket_for(prescription_id: int, plan: SessionPlan, person: Person) -> str:
    """The ticket, signed, so that a page that comes back after days is still read by the plan that it showed."""
    said = {"prescription": prescription_id, "plan": to_json(plan), "device": person.device, "in": person.language}
    return signing.dumps(said, salt=SALT, compress=True)


def read_ticket(text: str) -> Ticket:
    """What the ticket says.

    Raises
    ------
    signing.BadSignature
        When this site did not give it.
    """
    said = signing.loads(text, salt=SALT)
    guide = guide_for(devices()[said["device"]], Language(said["in"]), device_id=said["device"])
    return Ticket(said["prescription"], read_json(SessionPlan, said["plan"]), guide)


def _made_at(ticket: str) -> datetime:
    """When a ticket was given, by its own signature."""
    return datetime.fromtimestamp(signing.b62_decode(ticket.rsplit(":", 2)[1]), UTC)


def page_data(person: Person, site: Site) -> dict[str, Any]:
    """What the page needs of itself: whose it is, and its words."""
    words = words_in(person.language)
    return {"code": person.code, "site": site.value, "language": person.language, "words": words}


@lru_cache(maxsize=256)
def rehearsed(plan: SessionPlan, guide: Guide) -> dict[str, Any]:
    """The timeline of this plan on this device, as plain data."""
    # A rehearsal is a pure function of plan and device; it takes half a second, and a page is loaded again.
    return cast(dict[str, Any], to_document(timeline(plan, guide)))


def plan_data(person: Person, prescription_id: int, plan: SessionPlan) -> dict[str, Any]:
    """Everything that the page plays by, as plain data. None of its numbers are the page's own."""
    guide = guide_of(person)
    plan = replace(plan, provenance="displayed")
    return {
        "ticket": ticket_for(prescription_id, plan, person),
        "timeline": rehearsed(plan, guide),
        "display": guide.display,
        "made_at": timezone.now().isoformat(),
        "good_until": (timezone.now() + GOOD_FOR).isoformat(),
    }


def happened_in(written: Iterable[Written]) -> list[LedEvent]:
    """The events that move the session."""
    moving = (LedAnswered, LedMoreTime, StayedOn, LedStop, LedPain)
    return [each.event for each in written if isinstance(each.event, moving)]


def written_of(records: Iterable[LedEventRecord]) -> list[Written]:
    """What the page wrote down, in the order of the session."""
    return sorted((read_json(Written, record.body) for record in records), key=lambda each: (each.event.t_s, each.at))


def told_in(written: Iterable[Written]) -> Told | None:
    """What was said last when it was over."""
    said = [each for each in written if isinstance(each.event, Told)]
    event = max(said, key=lambda each: each.at).event if said else None
    assert event is None or isinstance(event, Told)
    return event


def folded(ticket: Ticket, written: Iterable[Written]) -> Led:
    """The session as it was."""
    kept = list(written)
    told = told_in(kept)
    return fold(ticket.plan, ticket.guide, happened_in(kept), reached_ma=told.reached_ma if told else None)


def set_right(written: Written, posted: Posted, heard_at: datetime) -> Written:
    """As the record has it: a phone's clock that is wrong when it sends was wrong all along.

    A clock that is right by now and was long before its own page while it led, at 1970 for instance, tells nothing:
    then the last that was written counts as written when it was heard, and the rest by the session's own time.
    """
    off = heard_at - posted.sent_at
    at = written.at + off if abs(off) > CLOCK_SLACK else written.at
    if at < _made_at(posted.ticket) - GOOD_FOR:
        at = heard_at - timedelta(seconds=max(each.event.t_s for each in posted.events) - written.event.t_s)
    return replace(written, at=at, ticket=posted.ticket if isinstance(written.event, Began) else "")


def began_at(written: Iterable[Written], *, heard_at: datetime) -> datetime:
    """When it began, by the server's clock."""
    first = min(written, key=lambda each: each.event.t_s)
    return min(first.at - timedelta(seconds=first.event.t_s), heard_at)


def turns_in(written: Iterable[Written]) -> list[Written]:
    """The moments from which a phone led, in order: where it began, and wherever another took over."""
    kept = sorted(written, key=lambda each: each.at)
    began = next((each for each in kept if isinstance(each.event, Began)), None)
    return [*([began] if began else []), *(each for each in kept if isinstance(each.event, TakenOver))]


def leader(written: Iterable[Written]) -> str:
    """The phone that leads."""
    turns = turns_in(written)
    return turns[-1].phone if turns else ""


def counted(written: Iterable[Written]) -> list[Written]:
    """What was written by the phone that led at the time. A phone that comes back later knows nothing of the rest."""
    kept = list(written)
    turns = turns_in(kept)
    if not turns:
        return kept
    ends = [*(turn.at for turn in turns[1:]), datetime.max.replace(tzinfo=UTC)]

    def counts(each: Written) -> bool:
        # A phone's clock may stray by seconds; the session's own time does not.
        return any(
            each.phone == turn.phone and each.at < end and (each.at >= turn.at or each.event.t_s >= turn.event.t_s)
            for turn, end in zip(turns, ends, strict=True)
        )

    return [each for each in kept if counts(each)]


def session_fact(led: Led, told: Told | None, at: datetime) -> SessionFact:
    """The fact of the session, with by whom its current is known.

    Poles that were not changed leave all of the charge on one side; where nobody knows, neither side is written down.
    """
    end, plan = ending(led.session), led.session.plan
    done = end.delivered
    left: float | None = done.left_anode_ma_min
    right: float | None = done.right_anode_ma_min
    if plan.reverses and told is not None and told.turned is False:
        on_left = plan.first_anode.value == "left"
        left, right = (done.charge_ma_min, 0.0) if on_left else (0.0, done.charge_ma_min)
    return SessionFact(
        site=plan.site,
        at=at,
        current_ma=round(end.max_current_ma if told is None or told.reached_ma is None else told.reached_ma, 3),
        duration_min=round(end.held_min, 2),
        waveform=plan.waveform,
        outcome=end.outcome,
        charge_ma_min=round(done.charge_ma_min, 3),
        first_anode=plan.first_anode,
        left_anode_ma_min=round(left, 3),
        right_anode_ma_min=round(right, 3),
        provenance=end.provenance,
        pain_reported=end.pain_reported,
    )


def felt_facts(told: Told, site: Site, at: datetime) -> list[SideEffectFact]:
    return [SideEffectFact(site=site, at=at, effect=felt.effect, severity=felt.severity) for felt in told.felt]


def answer_of(person: Person, site: Site, advice: Recommendation | None, fact: SessionFact) -> dict[str, Any]:
    """What the page shows when it is over: what was had, the next date, and why."""
    because = words_in(person.language)["because"][advice.phase.value] if advice else ""
    why = said_to(person, advice.why[0]) if advice and advice.why else because
    alerts = (
        [said_to(person, f"{alert.why} {alert.do}") for alert in advice.alerts if alert.level.value.startswith("red")]
        if advice
        else []
    )
    return {
        "site": site.value,
        "held_min": fact.duration_min,
        "current_ma": fact.current_ma,
        "provenance": fact.provenance,
        "next_on": advice.next_session_on.isoformat() if advice and advice.next_session_on else None,
        "wait_until": advice.may_wait_until.isoformat() if advice and advice.may_wait_until else None,
        "why": why,
        "alerts": alerts,
    }


def body_of(written: Written) -> str:
    return json.dumps(to_document(written))
