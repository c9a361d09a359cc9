"""SHELL. The outbox of reminders: planned from the recommendation, each sent at least once and always under one name.

What is promised. A reminder is planned once: its key is unique. A worker claims it, sends it, and marks it as sent. One
that is killed before it sends loses nothing: after the lease another worker takes the claim over. One that is killed
between sending and marking sends again after the lease, since neither a mail system nor a push service can tell whether
the first one arrived. The second message is the first one to the byte. An e-mail has the same Message-ID, by which mail
programs know the two as one; a push message the same topic and tag, by which the second takes the first one's place.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import close_old_connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ionto_web.care import push
from ionto_web.care.audit import audit as _audit
from ionto_web.care.course import diary_sites, felt_on, recommended
from ionto_web.care.models import Person, PushDevice, Reminder, ReminderChoice
from ionto_web.care.notices import email_of, push_of, site_asked

# Longer than any mail server is waited for.
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 5
AGAIN = ":again:"
EVERY_S = 60.0
log = logging.getLogger(__name__)


def after_quiet(moment: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls in. Equal times mean no quiet hours."""
    local = moment.astimezone(zone)
    clock = local.time()
    wraps = quiet_from > quiet_until
    inside = (clock >= quiet_from or clock < quiet_until) if wraps else quiet_from <= clock < quiet_until
    if not inside:
        return moment
    ends_on = local.date() + timedelta(days=1) if wraps and clock >= quiet_from else local.date()
    return datetime.combine(ends_on, quiet_until, zone).astimezone(moment.tzinfo)


@transaction.atomic
def choose_reminders(person: Person, *, by: User, **chosen: bool | time) -> None:
    """Whether and when the person is reminded and asked; the fields of `ReminderChoice`. A new choice ends a snooze."""
    ReminderChoice.objects.update_or_create(person=person, defaults={**chosen, "snoozed_until": None})
    # What is planned by the old choice and not sent is planned anew.
    Reminder.objects.filter(person=person, sent_at=None, claimed_at=None).delete()
    _audit(by, person, "reminders_chosen")


@transaction.atomic
def end_emails(person: Person, *, by: User) -> None:
    """No more reminders by e-mail, asked for by whoever read one. Asked twice, it is once."""
    if ReminderChoice.objects.filter(person=person, by_email=True).update(by_email=False):
        Reminder.objects.filter(person=person, device=None, sent_at=None, claimed_at=None).delete()
        _audit(by, person, "reminders_chosen", "ended from an e-mail")


@transaction.atomic
def snooze(person: Person, until: datetime, *, by: User) -> None:
    """No reminder before this moment; then one for every site that is due today. Pressed twice, still one.

    A question about today that was asked and not answered comes again, if the moment is still today.
    """
    choice = ReminderChoice.objects.get(person=person)
    choice.snoozed_until = until
    choice.save(update_fields=["snoozed_until"])
    Reminder.objects.filter(person=person, key__contains=AGAIN, sent_at=None, claimed_at=None).delete()
    at = after_quiet(until, choice.quiet_from, choice.quiet_until, person.zone)
    on = at.astimezone(person.zone).date()
    hour = f"{AGAIN}{at:%Y-%m-%dT%H}"
    for device in _reminded_at(choice):
        for site in _due_sites(person, person.today):
            _keep(person, device, f"{site}{hour}", kind=Reminder.Kind.SESSION, site=site, on=on, due_at=at)
    asked = person.reminders.filter(kind=Reminder.Kind.DAY, on=on).exclude(sent_at=None).select_related("device")
    for device in {each.device for each in asked} if on == person.today else ():
        _keep(person, device, f"day{hour}", kind=Reminder.Kind.DAY, site=site_asked(person), on=on, due_at=at)
    _audit(by, person, "reminders_snoozed")


def tomorrow(person: Person, after: datetime) -> datetime:
    """The person's hour on the day after a moment."""
    on = after.astimezone(person.zone).date() + timedelta(days=1)
    return datetime.combine(on, person.reminder_choice.time_of_day, person.zone)


def sweep() -> int:
    """Plans what is to be planned and sends what is due; how many were sent. Any number of workers may do this."""
    chosen = ReminderChoice.objects.filter(Q(by_email=True) | Q(by_push=True) | Q(asks_daily=True))
    for choice in chosen.exclude(person__user=None).select_related("person"):
        try:
            _plan(choice)
        except Exception:
            # One person's record must not keep the others from being reminded.
            log.exception("A reminder could not be planned.")
    now = timezone.now()
    due = Reminder.objects.filter(_free(now), due_at__lte=now).values_list("pk", flat=True)
    return sum(_deliver(pk) for pk in list(due))


def _plan(choice: ReminderChoice) -> None:
    """The reminders of the next sessions and the question of today, each once."""
    person = choice.person

    def due(on: date, at: time) -> datetime:
        return after_quiet(datetime.combine(on, at, person.zone), choice.quiet_from, choice.quiet_until, person.zone)

    for device in _reminded_at(choice):
        for site, advice in recommended(person).items():
            if (on := advice.next_session_on) is not None:
                what = {"kind": Reminder.Kind.SESSION, "site": site.value, "on": on}
                _keep(person, device, f"{site.value}:{on.isoformat()}", due_at=due(on, choice.time_of_day), **what)
    # Asked about the places of that hour, which may be others than in the morning.
    asked_at = due(person.today, choice.asks_at)
    for device in _taking(person) if choice.asks_daily and asked_at <= timezone.now() else ():
        what = {"kind": Reminder.Kind.DAY, "site": site_asked(person), "on": person.today}
        _keep(person, device, f"day:{person.today.isoformat()}", due_at=asked_at, **what)


def _reminded_at(choice: ReminderChoice) -> Iterator[PushDevice | None]:
    """Where sessions are reminded of: None is by e-mail."""
    if choice.by_email:
        yield None
    if choice.by_push:
        yield from _taking(choice.person)


def _taking(person: Person) -> QuerySet[PushDevice]:
    """The devices that take messages now."""
    return person.push_devices.filter(ended_at=None)


def _keep(person: Person, device: PushDevice | None, key: str, **what: object) -> None:
    """A reminder into the outbox, once."""
    key = f"{key}:device{device.pk}" if device else key
    Reminder.objects.get_or_create(person=person, key=key, defaults={"device": device, **what})


def _free(now: datetime) -> Q:
    """Not sent, not dropped, to a device that takes messages, and not in the hands of a worker that may still live."""
    unclaimed = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    return Q(sent_at=None, dropped_at=None, device__ended_at=None) & unclaimed


def _deliver(pk: object) -> bool:
    """One reminder claimed, sent and marked; false when it is another worker's, waits, or is no longer wanted."""
    found = Reminder.objects.select_related("person__user", "person__reminder_choice", "device")
    reminder = found.filter(pk=pk).first()
    if reminder is None or _waits(reminder):
        return False
    now = timezone.now()
    ours = Reminder.objects.filter(_free(now), pk=pk).update(claimed_at=now, attempts=F("attempts") + 1)
    if not ours:
        return False
    if not _is_wanted(reminder) or reminder.attempts >= MOST_ATTEMPTS:
        Reminder.objects.filter(pk=pk).update(dropped_at=now)
        return False
    try:
        _send(reminder)
    except push.Gone:
        push.end_device(reminder.device, by=reminder.person.user)
        return False
    except OSError as error:
        # The claim stands; after the lease it is tried again.
        log.warning("A reminder could not be sent: %s", error)
        return False
    Reminder.objects.filter(pk=pk).update(sent_at=timezone.now())
    return True


def _send(reminder: Reminder) -> None:
    if reminder.device is None:
        email_of(reminder).send()
        return
    now = timezone.now()
    # A phone that is off until then must not ring in the night, nor tomorrow.
    ttl_s = push.until_s(now, _useful_until(reminder, now))
    push.send(reminder.device, push_of(reminder), topic=reminder.pk.hex, ttl_s=ttl_s)
    PushDevice.objects.filter(pk=reminder.device.pk).update(taken_at=now)


def _useful_until(reminder: Reminder, now: datetime) -> datetime:
    """The end of its day, or the beginning of the next quiet hours."""
    choice, zone = reminder.person.reminder_choice, reminder.person.zone
    day_ends = datetime.combine(reminder.on + timedelta(days=1), time(), zone)
    if choice.quiet_from == choice.quiet_until:
        return day_ends
    quiet = datetime.combine(now.astimezone(zone).date(), choice.quiet_from, zone)
    return min(day_ends, quiet) if quiet > now else day_ends


def _waits(reminder: Reminder) -> bool:
    """Whether the person does not want to be disturbed now."""
    choice, now = reminder.person.reminder_choice, timezone.now()
    quiet = after_quiet(now, choice.quiet_from, choice.quiet_until, reminder.person.zone) != now
    snoozed = choice.snoozed_until is not None and choice.snoozed_until > now
    return (quiet or snoozed) and reminder.on >= reminder.person.today


def _is_wanted(reminder: Reminder) -> bool:
    """Whether it is still its day, and what it says still true. Yesterday's reminder helps nobody."""
    person = reminder.person
    choice = person.reminder_choice
    if person.user is None or reminder.on != person.today:
        return False
    again = person.reminders.filter(
        device=reminder.device, kind=reminder.kind, site=reminder.site, on=reminder.on, key__contains=AGAIN
    )
    if AGAIN not in reminder.key and again.exists():
        # Put off: the later one says it.
        return False
    if reminder.kind == Reminder.Kind.DAY:
        # Answered on the page, or on another device.
        return choice.asks_daily and not set(diary_sites(person)) <= felt_on(person, reminder.on).keys()
    by_this_way = choice.by_push if reminder.device else choice.by_email and bool(person.user.email)
    return by_this_way and reminder.site in _due_sites(person, person.today)


def _due_sites(person: Person, today: date) -> list[str]:
    found = recommended(person).items()
    return [site.value for site, advice in found if advice.next_session_on and advice.next_session_on <= today]


def start_worker(*, every_s: float = EVERY_S) -> threading.Event:
    """A thread that sweeps until the event it returns is set."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(every_s):
            close_old_connections()
            try:
                sweep()
            except Exception:
                log.exception("The outbox could not be swept.")
            close_old_connections()

    threading.Thread(target=work, daemon=True, name="outbox").start()
    return ended
