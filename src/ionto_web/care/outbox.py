"""SHELL. The outbox of reminders: planned from the recommendation, each sent at least once and always under one name.

What is promised. A reminder is planned once: its key is unique. A worker claims it, sends it, and marks it as sent. One
that is killed before it sends loses nothing: after the lease another worker takes the claim over. One that is killed
between sending and marking sends again after the lease, since no mail system can tell whether the first one arrived.
The second message is the first one to the byte, with the same Message-ID, by which mail programs know them as one.
"""

from __future__ import annotations

import logging
import threading
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import close_old_connections, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from ionto_web.care.audit import audit as _audit
from ionto_web.care.course import recommended
from ionto_web.care.models import Person, Reminder, ReminderChoice

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
def choose_reminders(
    person: Person, *, by: User, by_email: bool, time_of_day: time, quiet_from: time, quiet_until: time
) -> None:
    """Whether and when the person is reminded. A new choice ends a snooze."""
    ReminderChoice.objects.update_or_create(
        person=person,
        defaults={
            "by_email": by_email,
            "time_of_day": time_of_day,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "snoozed_until": None,
        },
    )
    # What is planned by the old choice and not sent is planned anew.
    Reminder.objects.filter(person=person, sent_at=None, claimed_at=None).delete()
    _audit(by, person, "reminders_chosen")


@transaction.atomic
def snooze(person: Person, until: datetime, *, by: User) -> None:
    """No reminder before this moment; then one for every site that is due today. Pressed twice, still one."""
    choice = ReminderChoice.objects.get(person=person)
    choice.snoozed_until = until
    choice.save(update_fields=["snoozed_until"])
    Reminder.objects.filter(person=person, key__contains=AGAIN, sent_at=None, claimed_at=None).delete()
    at = after_quiet(until, choice.quiet_from, choice.quiet_until, person.zone)
    for site in _due_sites(person, person.today):
        on = at.astimezone(person.zone).date()
        key = f"{site}{AGAIN}{at:%Y-%m-%dT%H}"
        Reminder.objects.get_or_create(person=person, key=key, defaults={"site": site, "on": on, "due_at": at})
    _audit(by, person, "reminders_snoozed")


def sweep() -> int:
    """Plans what is to be planned and sends what is due; how many were sent. Any number of workers may do this."""
    for choice in ReminderChoice.objects.filter(by_email=True).exclude(person__user=None).select_related("person"):
        try:
            _plan(choice)
        except Exception:
            # One person's record must not keep the others from being reminded.
            log.exception("A reminder could not be planned.")
    now = timezone.now()
    due = Reminder.objects.filter(_free(now), due_at__lte=now).values_list("pk", flat=True)
    return sum(_deliver(pk) for pk in list(due))


def _plan(choice: ReminderChoice) -> None:
    """The reminders of the next sessions, each once."""
    person = choice.person
    for site, advice in recommended(person).items():
        on = advice.next_session_on
        if on is not None:
            due_at = datetime.combine(on, choice.time_of_day, person.zone)
            due_at = after_quiet(due_at, choice.quiet_from, choice.quiet_until, person.zone)
            key = f"{site.value}:{on.isoformat()}"
            Reminder.objects.get_or_create(
                person=person, key=key, defaults={"site": site.value, "on": on, "due_at": due_at}
            )


def _free(now: datetime) -> Q:
    """Not sent, not dropped, and not in the hands of a worker that may still live."""
    unclaimed = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    return Q(sent_at=None, dropped_at=None) & unclaimed


def _deliver(pk: object) -> bool:
    """One reminder claimed, sent and marked; false when it is another worker's, waits, or is no longer wanted."""
    reminder = Reminder.objects.select_related("person__user", "person__reminder_choice").filter(pk=pk).first()
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
        message_of(reminder).send()
    except OSError as error:
        # The claim stands; after the lease it is tried again.
        log.warning("A reminder could not be sent: %s", error)
        return False
    Reminder.objects.filter(pk=pk).update(sent_at=timezone.now())
    return True


def _waits(reminder: Reminder) -> bool:
    """Whether the person does not want to be disturbed now."""
    choice, now = reminder.person.reminder_choice, timezone.now()
    quiet = after_quiet(now, choice.quiet_from, choice.quiet_until, reminder.person.zone) != now
    snoozed = choice.snoozed_until is not None and choice.snoozed_until > now
    return (quiet or snoozed) and reminder.on >= reminder.person.today


def _is_wanted(reminder: Reminder) -> bool:
    """Whether it is still its day and the session still due. Yesterday's reminder helps nobody."""
    person = reminder.person
    if person.user is None or not person.reminder_choice.by_email or not person.user.email:
        return False
    again = person.reminders.filter(site=reminder.site, on=reminder.on, key__contains=AGAIN)
    if AGAIN not in reminder.key and again.exists():
        # Put off: the later one says it.
        return False
    return reminder.on == person.today and reminder.site in _due_sites(person, person.today)


def _due_sites(person: Person, today: date) -> list[str]:
    found = recommended(person).items()
    return [site.value for site, advice in found if advice.next_session_on and advice.next_session_on <= today]


def message_of(reminder: Reminder) -> EmailMessage:
    """The message, the same to the byte whenever it is made: its id and its date are the reminder's own."""
    address = settings.SITE_ADDRESS
    where = f"{address}{reverse('start')}" if address else "ionto"
    return EmailMessage(
        subject="Your reminder",
        body=f"A session is due today.\n\nOpen {where}\n\n"
        "You asked for this reminder. You can put it off, change it or end it there: Data, Calendar and reminders.\n",
        to=[reminder.person.user.email],
        headers={
            "Message-ID": f"<{reminder.pk}@{settings.MAIL_DOMAIN}>",
            "Date": format_datetime(reminder.due_at),
            "Auto-Submitted": "auto-generated",
        },
    )


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
