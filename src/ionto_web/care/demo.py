"""A clinic of virtual persons, one in each phase of a course. Their sessions ran on the simulated device, their answers
come from the virtual patient; nothing in it was drawn by hand, but for the events that a story needs."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ionto.consult import Intake
from ionto.prescribe import protocol_for
from ionto.simulate.course import PlayedCourse, PlayedSession, play
from ionto.simulate.patient import NON_RESPONDER_RATIO, PatientTraits, typical_traits
from ionto.words.reading import read_json, to_json
from ionto.words.records import CauseFact, SessionFact, SideEffectFact
from ionto.words.terms import Answer, Cause, Effect, EffectSeverity, Site
from ionto_web.care import actions
from ionto_web.care.models import Clinic, Membership, Person, PrescriptionRecord, SessionRecord

ZONE = ZoneInfo("Europe/Berlin")


class NotADemoDatabase(Exception):
    """The demo is never mixed with real persons."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """A demo login. The password is known to everybody, and fit for the demo only."""

    who: str
    email: str
    password: str
    name: str


NURSE = Login(who="the clinic's nurse", email="nurse@demo.example", password="demo-nurse", name="Nadia Nurse")  # noqa: S106
DERMATOLOGIST = Login(
    who="the clinic's dermatologist",
    email="dermatologist@demo.example",
    password="demo-dermatologist",  # noqa: S106
    name="Dr Dora Derma",
)
PATIENT = Login(who="Mara, who stays dry", email="mara@demo.example", password="demo-mara", name="Mara")  # noqa: S106
NEWCOMER = Login(who="Noah, who has just begun", email="noah@demo.example", password="demo-noah", name="Noah")  # noqa: S106
LOGINS = (NURSE, DERMATOLOGIST, PATIENT, NEWCOMER)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One virtual person: who, what was answered, and how the course went. Days count back from today."""

    name: str
    birth_year: int
    sex: str
    site: Site = Site.PALMS
    history: tuple[dict[str, str], ...] = ()
    days: int = 0
    follows_plan_only: int = 0
    responder: bool = True
    effect: Effect | None = None
    # Which causes were looked for yesterday, and what was found.
    looked: tuple[tuple[Cause, Answer], ...] = ()
    login: Login | None = None


STORIES = (
    Story(name="Mara", birth_year=1998, sex="female", days=62, login=PATIENT),
    Story(name="Ida", birth_year=2001, sex="female", days=11, follows_plan_only=5),
    Story(name="Ruben", birth_year=1987, sex="male", days=84, follows_plan_only=12),
    Story(
        name="Selma",
        birth_year=1979,
        sex="female",
        site=Site.SOLES,
        days=33,
        follows_plan_only=13,
        responder=False,
        looked=(
            (Cause.SESSIONS, Answer.NO),
            (Cause.CURRENT, Answer.NO),
            (Cause.WATER, Answer.YES),
            (Cause.WAVEFORM, Answer.UNKNOWN),
            (Cause.DRY, Answer.NO),
            (Cause.SIDE, Answer.NO),
        ),
    ),
    Story(name="Bela", birth_year=1992, sex="male", days=16, follows_plan_only=7, effect=Effect.BLISTER),
    Story(name="Piet", birth_year=1956, sex="male", history=({"condition": "pacemaker"},)),
    Story(name="Eva", birth_year=1990, sex="female", history=({"condition": "epilepsy"},)),
)


@transaction.atomic
def seed_demo() -> None:
    """The demo clinic, unless it is there already.

    Raises
    ------
    NotADemoDatabase
        When the database holds persons and no demo clinic.
    """
    if Clinic.objects.filter(is_demo=True).exists():
        return
    if Person.objects.exists():
        raise NotADemoDatabase("This database holds persons already; the demo needs a database of its own.")
    clinic = Clinic.objects.create(name="Demo clinic", join_code="demo-clinic", is_demo=True)
    nurse = _user(NURSE)
    Membership.objects.create(user=nurse, clinic=clinic, role=Membership.Role.NURSE)
    Membership.objects.create(user=_user(DERMATOLOGIST), clinic=clinic, role=Membership.Role.DERMATOLOGIST)
    newcomer = _user(NEWCOMER)
    actions.welcome_person(by=newcomer, user=newcomer, clinic=clinic, name=NEWCOMER.name, timezone=ZONE.key)
    for number, story in enumerate(STORIES):
        _tell(story, clinic, nurse, seed=number + 1)


def _user(login: Login) -> User:
    first, _, last = login.name.rpartition(" ")
    user = User.objects.create_user(login.email, login.email, login.password, first_name=first, last_name=last)
    EmailAddress.objects.create(user=user, email=login.email, verified=True, primary=True)
    return user


def _tell(story: Story, clinic: Clinic, nurse: User, *, seed: int) -> None:
    """One story into the record."""
    today = timezone.now().astimezone(ZONE).date()
    starts_on = today - timedelta(days=story.days)
    user = _user(story.login) if story.login else None
    by = user or nurse
    person = actions.welcome_person(by=by, user=user, clinic=clinic, name=story.name, timezone=ZONE.key)
    intake = _intake(story, starts_on - timedelta(days=1))
    consultation = actions.keep_answers(person, intake, by=by)
    protocol = protocol_for(story.site)
    if not story.days or protocol is None:
        return
    played = play(
        intake,
        story.site,
        protocol,
        _traits(story),
        starts_on=starts_on,
        days=story.days,
        seed=seed,
        zone=ZONE,
        follows_plan_only=story.follows_plan_only,
        patient_id=person.code,
    )
    prescription = PrescriptionRecord.objects.create(
        person=person,
        consultation=consultation,
        site=story.site.value,
        plan=to_json(played.plan),
        starts_on=starts_on,
        prescribed_at=datetime.combine(starts_on, time(9), ZONE),
        by=by,
    )
    _keep_played(person, prescription, played, by)
    at = datetime.combine(today - timedelta(days=1), time(20), ZONE)
    looked = [CauseFact(site=story.site, at=at, cause=cause, found=found) for cause, found in story.looked]
    actions.keep_facts(person, looked, by=by)
    if story.effect is not None:
        felt = SideEffectFact(site=story.site, at=at, effect=story.effect, severity=EffectSeverity.MODERATE)
        actions.keep_facts(person, [felt], by=by)


def _traits(story: Story) -> PatientTraits:
    typical = typical_traits(story.site)
    if story.responder:
        return typical
    return replace(
        typical,
        responder=False,
        blocked_per_dose_ratio=typical.blocked_per_dose_ratio * NON_RESPONDER_RATIO,
        consolidated_per_dose_ratio=typical.consolidated_per_dose_ratio * NON_RESPONDER_RATIO,
    )


def _keep_played(person: Person, prescription: PrescriptionRecord, played: PlayedCourse, by: User) -> None:
    """What was played, as if it had been recorded day by day."""
    actions.keep_facts(person, played.course.facts, by=by)
    held = [fact for fact in played.course.facts if isinstance(fact, SessionFact)]
    for fact, session in zip(held, played.sessions, strict=True):
        SessionRecord.objects.create(
            prescription=prescription,
            started_at=fact.at,
            ended_at=fact.at + timedelta(seconds=session.ended.lasted_s),
            started_by=by,
            status=session.ended.outcome.value,
            session_plan=_plan_in(session),
            journal_gz=gzip.compress(session.journal.encode(), mtime=0),
            summary=to_json(asdict(session.ended)),
        )


def _plan_in(session: PlayedSession) -> str:
    prepared = json.loads(session.journal.partition("\n")[0])
    return json.dumps(prepared["event"]["plan"])


def _intake(story: Story, asked_on: date) -> Intake:
    place: dict[str, Any] = {
        "site": story.site.value,
        "hdss": 4,
        "onset_age_years": 14,
        "duration_months": 120,
        "bilateral": True,
        "stops_in_sleep": True,
        "episodes_per_week": 7,
        "impairs_daily_life": True,
    }
    document = {
        "patient": {"birth_year": story.birth_year, "sex": story.sex},
        "asked_on": asked_on.isoformat(),
        "sites": [place],
        "family_history": True,
        "generalised": False,
        "history": list(story.history),
        "symptoms": [],
        "medicines": [],
    }
    return read_json(Intake, json.dumps(document))
