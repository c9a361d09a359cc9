"""What a person answers with one tap: how the day was, when to be reminded again, or whether a cause was found.

Nothing is lost silently.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ionto.words.records import CauseFact, DayFact
from ionto.words.terms import Answer, Cause, Site, Wetness
from ionto_web.care.actions import keep_facts, withdraw_fact
from ionto_web.care.audit import audit as _audit
from ionto_web.care.course import causes_kept, fact_from
from ionto_web.care.models import FactRecord, Person, Reminder
from ionto_web.care.notices import answers_to
from ionto_web.care.outbox import snooze, tomorrow

# A phone without a network may bring its taps so much later.
LATEST = timedelta(days=7)
HOUR = timedelta(hours=1)


class OtherAnswer(Exception):
    """That day has another answer already, which the person who taps has not seen."""

    def __init__(self, earlier: str) -> None:
        self.earlier = earlier
        super().__init__(earlier)


class NoSuchAnswer(Exception):
    """This cannot be answered here, or no longer."""


@transaction.atomic
def keep_day(person: Person, site: Site, felt: Wetness, *, before: str, at: datetime, by: User) -> None:
    """How the day was, once. `before` is the day's answer that the person saw when they tapped, "" for none.

    Raises
    ------
    OtherAnswer
        When the day has another one by now.
    """
    last = _last_on(person, site, at.astimezone(person.zone).date())
    earlier = fact_from(last.body).felt if last else ""
    if earlier == felt:
        return
    if last is not None:
        if earlier != before:
            raise OtherAnswer(earlier)
        withdraw_fact(last, by=by)
    keep_facts(person, [DayFact(site=site, at=at, felt=felt)], by=by)
    _audit(by, person, "day_tapped")


@transaction.atomic
def keep_cause(person: Person, site: Site, cause: Cause, found: Answer, *, by: User) -> None:
    """Whether a cause was found today. Another answer of the same day takes the earlier one back; one of an earlier day
    was true then, and stays."""
    now = timezone.now()
    for record in causes_kept(person, site):
        fact = fact_from(record.body)
        if fact.cause is cause and fact.at.astimezone(person.zone).date() == now.astimezone(person.zone).date():
            if fact.found is found:
                return
            withdraw_fact(record, by=by)
    keep_facts(person, [CauseFact(site=site, at=now, cause=cause, found=found)], by=by)
    _audit(by, person, "cause_answered", cause.value)


@transaction.atomic
def hear(told: Reminder, said: str, *, at: datetime, by: User) -> None:
    """The one answer to a message, given by its button; sent again, it is known.

    Raises
    ------
    OtherAnswer
        When the message was answered otherwise, or the day was.
    NoSuchAnswer
        When the message asks for something else, or it is too late.
    """
    reminder = Reminder.objects.select_related("person").get(pk=told.pk)
    person = reminder.person
    if said not in answers_to(reminder) or person.today - reminder.on > LATEST:
        raise NoSuchAnswer
    if reminder.said == said:
        return
    if reminder.said:
        raise OtherAnswer(reminder.said)
    if reminder.kind == Reminder.Kind.DAY:
        # The question is about its own day, also when it is answered after midnight.
        is_that_day = at.astimezone(person.zone).date() == reminder.on
        about = at if is_that_day else min(reminder.due_at, timezone.now())
        keep_day(person, Site(reminder.site), Wetness(said), before="", at=about, by=by)
    else:
        snooze(person, at + HOUR if said == "hour" else tomorrow(person, at), by=by)
    Reminder.objects.filter(pk=reminder.pk).update(said=said)
    _audit(by, person, "reminder_answered", f"reminder {reminder.pk}")


def _last_on(person: Person, site: Site, on: date) -> FactRecord | None:
    """The day's answer that stands."""
    kept = person.facts.filter(withdrawal=None, kind="day", site=site.value).order_by("-at", "-id")
    begin = datetime.combine(on, datetime.min.time(), person.zone)
    end = datetime.combine(on + timedelta(days=1), datetime.min.time(), person.zone)
    return kept.filter(at__gte=begin, at__lt=end).first()
