"""What the site keeps: persons, who may see them, and facts. Everything else is computed from these."""

from __future__ import annotations

import uuid
from datetime import date, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from ionto.consult import STRICTEST, Policy, policies
from ionto.prescribe import devices
from ionto.treat.prompts import Language

# Without letters and digits that are mistaken for one another.
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
SIMULATED = "simulated"


def new_code() -> str:
    return get_random_string(8, CODE_LETTERS)


class Kept(models.Model):
    """A record that is written once and never changed or deleted."""

    class Meta:
        abstract = True

    def save(self, *, force_insert: bool = False, using: str | None = None, **options: object) -> None:
        if self.pk is not None and not self._state.adding:
            raise TypeError(f"a {type(self).__name__} is never changed")
        super().save(force_insert=force_insert, using=using)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:  # noqa: FBT001, FBT002
        raise TypeError(f"a {type(self).__name__} is never deleted")


class Clinic(models.Model):
    """A clinic. A person who knows its code may let its members see their record.

    `policy` names the house whose reading of the suitability rules it follows.
    """

    name = models.CharField(max_length=120)
    join_code = models.CharField(max_length=16, unique=True, default=new_code)
    is_demo = models.BooleanField(default=False)
    policy = models.CharField(max_length=40, default=STRICTEST)

    @property
    def house(self) -> Policy:
        """The house that the clinic follows; the strictest reading where that house is no longer known."""
        return policies().get(self.policy, policies()[STRICTEST])

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Somebody works at a clinic."""

    class Role(models.TextChoices):
        NURSE = "nurse", "Nurse"
        DERMATOLOGIST = "dermatologist", "Dermatologist"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "clinic"], name="one_membership_per_clinic")]


class Person(models.Model):
    """Somebody who is treated. The code stands in addresses and documents; the name is for the page only."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"

    class Speaks(models.TextChoices):
        EN = Language.EN.value, "English"
        DE = Language.DE.value, "Deutsch"

    code = models.CharField(max_length=16, unique=True, default=new_code)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="person")
    clinic = models.ForeignKey(Clinic, models.PROTECT, null=True, blank=True, related_name="persons")
    name = models.CharField(max_length=80, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    sex = models.CharField(max_length=8, choices=Sex, blank=True)
    timezone = models.CharField(max_length=64, default="Europe/Berlin")
    # The device that the person has at home, by its name in the catalogue.
    device = models.CharField(max_length=40, default=SIMULATED)
    language = models.CharField(max_length=2, choices=Speaks, default=Speaks.EN)

    @property
    def has_closed_device(self) -> bool:
        """Whether the person has a device of their own, which has no data link."""
        return self.device != SIMULATED and self.device in devices()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def today(self) -> date:
        return timezone.now().astimezone(self.zone).date()

    def __str__(self) -> str:
        return self.name or self.code


class ConsultationRecord(Kept):
    """The answers of one consultation, as they were given."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="consultations")
    intake = models.TextField()
    answered_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-answered_at", "-id"]


class ConsultationDraft(models.Model):
    """The answers of a consultation that is not finished yet, as a QuestionnaireResponse."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="consultation_draft")
    response = models.TextField()
    saved_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")


class PrescriptionRecord(models.Model):
    """One prescription; a new one for the same site ends the one before."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="prescriptions")
    consultation = models.ForeignKey(ConsultationRecord, models.PROTECT, related_name="prescriptions")
    site = models.CharField(max_length=16)
    plan = models.TextField()
    starts_on = models.DateField()
    prescribed_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["site", "-prescribed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "site"], condition=models.Q(active=True), name="one_active_prescription_per_site"
            )
        ]


class Absence(models.Model):
    """Days on which a person has no device with them, the first and the last of them."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="absences")
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        ordering = ["first_on", "id"]


class FactRecord(Kept):
    """One fact, as the core reads it. A mistaken entry is withdrawn, never changed."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=16)
    site = models.CharField(max_length=16)
    at = models.DateTimeField()
    body = models.TextField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["person", "at"], name="facts_of_person_by_time")]


class Withdrawal(Kept):
    """A fact that was entered by mistake, and who said so."""

    fact = models.OneToOneField(FactRecord, models.PROTECT, related_name="withdrawal")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)


class SessionRecord(models.Model):
    """One treatment session. While it runs its journal is a file; when it has ended, the journal is kept here."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        COMPLETED = "completed", _("Completed")
        STOPPED = "stopped", _("Stopped")
        FAULTED = "faulted", _("Ended by a fault")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    prescription = models.ForeignKey(PrescriptionRecord, models.PROTECT, related_name="sessions")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status, default=Status.RUNNING)
    session_plan = models.TextField()
    journal_path = models.CharField(max_length=255, blank=True)
    journal_gz = models.BinaryField(null=True)
    summary = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]

    @property
    def person(self) -> Person:
        return self.prescription.person


class LedEventRecord(Kept):
    """Something that happened in a session that a page led, as the page wrote it down; the page names it, once.

    `session` is the page's name for the session; the session's own record comes when it is over.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="led_events")
    session = models.UUIDField(db_index=True)
    prescription = models.ForeignKey(PrescriptionRecord, models.PROTECT, related_name="+")
    body = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    heard_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["heard_at"]


class AuditRecord(Kept):
    """Who did what, when."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="audit")
    at = models.DateTimeField(default=timezone.now)
    action = models.CharField(max_length=40)
    what = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]


class Share(models.Model):
    """A code with which somebody else may read the record: it works once, and what it opened can be closed again."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="shares")
    code_mac = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    code_until = models.DateTimeField()
    access_until = models.DateTimeField()
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="shares_used")
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-id"]


class CalendarFeed(models.Model):
    """A person's calendar under a secret address, of which only the hash is kept, and what it has shown so far."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="calendar_feed")
    calendar_id = models.UUIDField(default=uuid.uuid4, editable=False)
    token_sha256 = models.CharField(max_length=64, unique=True, null=True)
    time_of_day = models.TimeField(null=True, blank=True)
    says_what = models.BooleanField(default=False)
    publication = models.TextField(default='{"events": []}')


class ReminderChoice(models.Model):
    """Whether and when a person wants to be reminded, and asked how their day was."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="reminder_choice")
    by_email = models.BooleanField(default=False)
    # On each of the person's devices.
    by_push = models.BooleanField(default=False)
    time_of_day = models.TimeField()
    asks_daily = models.BooleanField(default=False)
    asks_at = models.TimeField(default=time(20))
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    # Whether a message on a device says what it is about, for whoever sees the locked screen.
    says_what = models.BooleanField(default=False)
    snoozed_until = models.DateTimeField(null=True)


class PushDevice(models.Model):
    """A browser that takes messages for a person: where they are sent, and the keys that only it can read them with."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="push_devices")
    name = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    added_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True)
    # Since when its browser takes no more messages; it stays listed, for its browser may come with another address.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["added_at", "id"]


class Reminder(models.Model):
    """One message in the outbox. Its key is unique, and its id is the message's own, however often it is sent.

    Without a device it is an e-mail. `said` is what was answered to it, by its one button.
    """

    class Kind(models.TextChoices):
        SESSION = "session"
        DAY = "day"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="reminders")
    device = models.ForeignKey(PushDevice, models.CASCADE, null=True, related_name="reminders")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SESSION)
    key = models.CharField(max_length=80)
    site = models.CharField(max_length=16, blank=True)
    on = models.DateField()
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=8, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_reminder_per_key")]
