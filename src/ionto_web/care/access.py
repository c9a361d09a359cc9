"""Who may. Each helper returns the object or answers 404, so that a stranger does not even learn that it exists."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from ionto.follow.alerts import RED, level_of
from ionto.words.records import SideEffectFact
from ionto_web.care.course import fact_from
from ionto_web.care.models import Clinic, FactRecord, Membership, Person, SessionRecord

# An entry that is taken back within this time was a slip of the finger.
SLIP = timedelta(minutes=10)
# What a session measured, a clinician cleared, or was answered when a cause was looked for is no diary entry.
NOT_THE_DIARYS = ("session", "cleared", "cause")


def person_for(user: User, code: str) -> Person:
    """The person, for themselves and for the members of their clinic. Times are shown in the person's zone."""
    persons = (
        Person.objects.select_related("clinic").filter(Q(user=user) | Q(clinic__memberships__user=user)).distinct()
    )
    person = get_object_or_404(persons, code=code)
    timezone.activate(person.zone)
    return person


def own_person_for(user: User, code: str) -> Person:
    """The person, for themselves alone."""
    person = get_object_or_404(Person.objects.select_related("clinic", "user"), user=user, code=code)
    timezone.activate(person.zone)
    return person


def clinician_name(user: User, person: Person) -> str | None:
    """The name under which this user may clear this person; None for everyone but their clinic's dermatologists."""
    may = person.clinic is not None and is_dermatologist_at(user, person.clinic)
    # Nobody clears themselves.
    return (user.get_full_name() or user.email) if may and person.user_id != user.pk else None


def clinic_for(user: User) -> Clinic:
    """The clinic where the user works."""
    clinic = Clinic.objects.filter(memberships__user=user).order_by("name").first()
    if clinic is None:
        raise Http404
    return clinic


def is_dermatologist_at(user: User, clinic: Clinic) -> bool:
    """Whether the user is one of the clinic's dermatologists."""
    return clinic.memberships.filter(user=user, role=Membership.Role.DERMATOLOGIST).exists()


def dermatologists_clinic_for(user: User) -> Clinic:
    """The clinic where the user works, for its dermatologists only."""
    clinic = clinic_for(user)
    if not is_dermatologist_at(user, clinic):
        raise Http404
    return clinic


def session_for(user: User, session_id: object) -> SessionRecord:
    """The session, for whoever may see its person."""
    record = get_object_or_404(SessionRecord.objects.select_related("prescription__person"), pk=session_id)
    person_for(user, record.person.code)
    return record


def diary_entry_for(person: Person, fact_id: int) -> FactRecord:
    """An entry of this person's diary that still stands."""
    return get_object_or_404(person.facts.filter(withdrawal=None).exclude(kind__in=NOT_THE_DIARYS), pk=fact_id)


def may_withdraw(user: User, fact: FactRecord) -> bool:
    """Whether this user may take the entry back. What stops the treatment is lifted by a dermatologist alone, but for
    a slip that is noticed at once by whoever made it."""
    body = fact_from(fact.body)
    stops = isinstance(body, SideEffectFact) and level_of(body) in RED
    is_slip = fact.recorded_by_id == user.pk and timezone.now() - fact.recorded_at < SLIP
    return not stops or is_slip or clinician_name(user, fact.person) is not None
