"""What a message says, in the language of the person that it goes to; the same to the byte whenever it is made."""

from __future__ import annotations

import json
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from ionto.words.terms import Site, Wetness
from ionto_web.care.course import diary_sites
from ionto_web.care.languages import page_language
from ionto_web.care.models import Person, Reminder
from ionto_web.care.plain import FELT, SITES

# By a message's ticket one thing is done for one person: what the message asks.
_TICKETS = Signer(salt="ionto.reminder")
# By an e-mail's, its reader ends the e-mails, whoever that is.
_ENDS = Signer(salt="ionto.emails")
SNOOZES = ("hour", "tomorrow")


def ticket_of(reminder: Reminder) -> str:
    """What the message carries, encrypted, so that a tap on it needs no sign-in."""
    return _TICKETS.sign(reminder.pk.hex)


def reminder_of(ticket: str) -> Reminder | None:
    """The message that a ticket came with."""
    try:
        pk = _TICKETS.unsign(ticket)
    except BadSignature:
        return None
    return Reminder.objects.select_related("person__user").filter(pk=pk).exclude(device=None).first()


def answers_to(reminder: Reminder) -> tuple[str, ...]:
    """What a button may answer: to a reminder, when again; to the day's question, how it was at its one place."""
    if reminder.kind == Reminder.Kind.SESSION:
        return SNOOZES
    return tuple(felt.value for felt in Wetness) if reminder.site else ()


def site_asked(person: Person) -> str:
    """The place that a button can answer for; "" when there are several, for then the page asks for each."""
    sites = diary_sites(person)
    return sites[0].value if len(sites) == 1 else ""


def email_of(reminder: Reminder) -> EmailMessage:
    """A reminder by e-mail. Its id and its date are the reminder's own."""
    address = settings.SITE_ADDRESS
    headers = {
        "Message-ID": f"<{reminder.pk}@{settings.MAIL_DOMAIN}>",
        "Date": format_datetime(reminder.due_at),
        "Auto-Submitted": "auto-generated",
    }
    with override(page_language(reminder.person.language)):
        where = f"{address}{reverse('start')}" if address else "ionto"
        body = _(
            "A session is due today.\n\nOpen %(address)s\n\n"
            "You asked for this reminder. You can put it off, change it or end it there: Data, Calendar and "
            "reminders.\n"
        ) % {"address": where}
        if address:
            end = f"{address}{reverse('end_emails', args=[end_of(reminder.person)])}"
            body += _("No more of these e-mails, without a sign-in: %(address)s\n") % {"address": end}
            # A mail program may offer this as a button of its own [RFC 8058].
            headers |= {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return EmailMessage(subject=_("Your reminder"), body=body, to=[reminder.person.user.email], headers=headers)


def end_of(person: Person) -> str:
    """What an e-mail carries, so that its reader ends them without a sign-in."""
    return _ENDS.sign(person.pk)


def reminded_by(ticket: str) -> Person | None:
    """The person whose reminder an e-mail was, while they have an account and a choice of reminders."""
    try:
        pk = _ENDS.unsign(ticket)
    except BadSignature:
        return None
    return Person.objects.filter(pk=pk, user__is_active=True, reminder_choice__isnull=False).first()


def push_of(reminder: Reminder) -> bytes:
    """A message on a device, with all that its worker needs: words, buttons, where they lead, and the ticket."""
    person = reminder.person
    with override(page_language(person.language)):
        made = _session(reminder) if reminder.kind == Reminder.Kind.SESSION else _day(reminder)
        made |= {
            "tag": reminder.pk.hex,
            "lang": person.language,
            "ticket": ticket_of(reminder),
            "to": reverse("today_told"),
            "says": {
                "more": _("And more exactly?"),
                "waits": _("Noted. It is sent as soon as there is a network."),
                "other": _("You had given another answer today. Tap here to change it."),
                "lost": _("This could not be saved. Tap here to do it again."),
            },
        }
    return json.dumps(made, ensure_ascii=False, sort_keys=True).encode()


def _session(reminder: Reminder) -> dict[str, Any]:
    shown = {
        "opens": reverse("own_session"),
        "buttons": [
            {"action": "hour", "title": _("In an hour")},
            {"action": "tomorrow", "title": _("Tomorrow")},
        ],
    }
    if reminder.person.reminder_choice.says_what:
        place = capfirst(str(SITES[Site(reminder.site)]))
        return shown | {"title": _("A session is due today."), "body": place}
    return shown | {"title": _("Your reminder"), "body": _("Something is due today.")}


def _day(reminder: Reminder) -> dict[str, Any]:
    """Without buttons in neutral words, since they would tell what the message is about.

    Where a system shows fewer than three, two ask which way and then between two, so that no answer is nearer.
    """
    person = reminder.person
    shown: dict[str, Any] = {"opens": reverse("today"), "title": _("How was today?"), "body": "", "buttons": []}
    if not person.reminder_choice.says_what:
        return shown
    places = ", ".join(str(SITES[site]) for site in diary_sites(person))
    shown["body"] = pgettext("a day's sweating", "Sweating: %(places)s") % {"places": places}
    if reminder.site:
        buttons = [{"action": felt.value, "title": capfirst(str(FELT[felt]))} for felt in Wetness]
        halves = [
            {"action": "drier", "title": _("Rather dry"), "then": buttons[:2]},
            {"action": "wetter", "title": _("Rather wet"), "then": buttons[1:]},
        ]
        shown |= {"buttons": buttons, "fewer": halves}
    return shown
