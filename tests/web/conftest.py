"""The stage: Alice is treated, Bob is her dermatologist, Nina her nurse, and Charlie is neither."""

# ruff: noqa: ARG001 - a fixture may be asked for what it sets up, not for what it is
from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from ionto.consult import Intake
from ionto.prescribe import Plan
from ionto.words.reading import read_json, to_json
from ionto.words.terms import Site
from ionto_web.care import actions, live
from ionto_web.care.models import AuditRecord, Clinic, Membership, Person, PrescriptionRecord, SessionRecord

BERLIN = ZoneInfo("Europe/Berlin")
At = Callable[..., datetime]


def answers(**changed: object) -> dict[str, object]:
    """The consultation form as Alice fills it in: healthy, severe sweating of the hands."""
    given: dict[str, object] = {
        "birth_year": "1998",
        "sex": "female",
        "sites": ["palms"],
        "palms.hdss": "4",
        "palms.bilateral": "yes",
        "palms.stops_in_sleep": "yes",
        "palms.onset_age_years": "14",
        "palms.duration_years": "10",
        "palms.episodes_per_week": "7",
        "family_history": "yes",
        "generalised": "no",
        "symptoms": ["none"],
        "history": ["none"],
        "pregnancy": ["none"],
        "more": ["none"],
    }
    return {key: value for key, value in (given | changed).items() if value is not None}


INTAKE = {
    "patient": {"birth_year": 1998, "sex": "female"},
    "sites": [
        {
            "site": "palms",
            "hdss": 4,
            "onset_age_years": 14,
            "duration_months": 120,
            "bilateral": True,
            "stops_in_sleep": True,
            "episodes_per_week": 7,
            "impairs_daily_life": True,
        }
    ],
    "family_history": True,
    "generalised": False,
    "history": [],
    "symptoms": [],
}


def intake(**changed: object) -> Intake:
    asked_on = (timezone.now() - timedelta(days=1)).date().isoformat()
    return read_json(Intake, json.dumps({**INTAKE, "asked_on": asked_on, **changed}))


@pytest.fixture(autouse=True)
def journals_of_their_own(tmp_path: Path, settings: Any) -> None:
    settings.JOURNAL_DIR = tmp_path / "journals"


@pytest.fixture
def clinic(db: None) -> Clinic:
    return Clinic.objects.create(name="The clinic", join_code="join-us")


def _user(name: str) -> User:
    return User.objects.create_user(f"{name}@example.org", f"{name}@example.org", "pass-phrase-of-" + name)


@pytest.fixture
def alice(clinic: Clinic) -> Person:
    user = _user("alice")
    return actions.welcome_person(by=user, user=user, clinic=clinic, name="Alice", timezone="Europe/Berlin")


@pytest.fixture
def bob(clinic: Clinic) -> User:
    user = _user("bob")
    Membership.objects.create(user=user, clinic=clinic, role=Membership.Role.DERMATOLOGIST)
    return user


@pytest.fixture
def nina(clinic: Clinic) -> User:
    user = _user("nina")
    Membership.objects.create(user=user, clinic=clinic, role=Membership.Role.NURSE)
    return user


@pytest.fixture
def charlie(db: None) -> User:
    user = _user("charlie")
    actions.welcome_person(by=user, user=user, name="Charlie")
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_alice(alice: Person) -> Client:
    assert alice.user is not None
    return client_of(alice.user)


@pytest.fixture
def as_bob(bob: User) -> Client:
    return client_of(bob)


@pytest.fixture
def as_nina(nina: User) -> Client:
    return client_of(nina)


@pytest.fixture
def as_charlie(charlie: User) -> Client:
    return client_of(charlie)


def prescribed(person: Person) -> PrescriptionRecord:
    """A prescription for the person's hands, from today on."""
    assert person.user is not None
    actions.keep_answers(person, intake(), by=person.user)
    return actions.prescribe_for(person, Site.PALMS, by=person.user, starts_on=person.today)


@pytest.fixture
def prescription(alice: Person) -> PrescriptionRecord:
    return prescribed(alice)


def shortened(prescription: PrescriptionRecord, *, duration_min: float = 0.5) -> PrescriptionRecord:
    """The same with sessions short enough to wait for."""
    plan = read_json(Plan, prescription.plan)
    plan = replace(plan, prescription=replace(plan.prescription, duration_min=duration_min))
    prescription.plan = to_json(plan)
    prescription.save()
    return prescription


@pytest.fixture
def at(alice: Person, monkeypatch: pytest.MonkeyPatch) -> At:
    """Sets the site's clock to an hour of Alice's day; her first session is on day 0."""

    def set_clock(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
        first = alice.prescriptions.get().starts_on
        moment = datetime(first.year, first.month, first.day, hour, minute, tzinfo=BERLIN) + timedelta(days=days)
        moment = moment.astimezone(UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_clock


def eventually(true: Callable[[], object], *, within_s: float = 30.0) -> None:
    until_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until_s, "this did not come true in time"
        time.sleep(0.02)


def ended(record: SessionRecord) -> SessionRecord:
    """The session after its thread has gone."""
    eventually(lambda: live.running(record.pk) is None)
    record.refresh_from_db()
    return record


def audited(action: str) -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(action=action))
