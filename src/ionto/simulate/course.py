"""One virtual person through all of it: consultation, plan, sessions on the simulated device, diary, recommendations.

The five functions are the real ones. Only the person is virtual, and shares nothing with the model that advises her.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ionto.consult import Intake, clearance_for, consult
from ionto.follow.recommend import recommend
from ionto.follow.recommendation import Recommendation
from ionto.follow.response import Belief, prior_belief, update
from ionto.prescribe import Plan, TreatmentProtocol, devices, plan_for, prescribe
from ionto.simulate.circuit import circuit_traits
from ionto.simulate.patient import (
    PatientState,
    PatientTraits,
    gravimetry,
    hdss_said,
    rating_said,
    rested,
    sweat_mg_per_min,
    sweat_today,
    treated,
)
from ionto.treat.devices.simulated import SimulatedSource
from ionto.treat.events import SessionPlan
from ionto.treat.journal import Journal
from ionto.treat.runner import VirtualClock, run_session
from ionto.treat.session import Ending, ending
from ionto.words.records import (
    Course,
    CoursePatient,
    Fact,
    HdssFact,
    PrescriptionFact,
    RatingFact,
    SessionFact,
    SweatRateFact,
)
from ionto.words.terms import Outcome, Side, Site

# A step of one second is enough for a session's charge (docs/explanation/virtual-patient.md) and ten times as fast.
STEP_S = 1.0
DIARY_AT, SESSION_AT = time(12, 0), time(18, 0)
HDSS_EVERY_DAYS, RATING_EVERY_DAYS = 7, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedSession:
    """A session as it was played, with its journal and what the sweat truly was on that morning."""

    on: date
    ended: Ending
    journal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """True mean sweat of both sides on a day, before anything is measured."""

    on: date
    sweat_mg_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedCourse:
    """Everything a course left behind: the record as a clinic would hold it, and the truth that only we know."""

    plan: Plan
    course: Course
    sessions: tuple[PlayedSession, ...]
    truth: tuple[Weighing, ...]
    recommendations: tuple[tuple[date, Recommendation], ...]


@dataclass(slots=True)
class _Life:
    """The virtual person, and the record as it grows."""

    traits: PatientTraits
    rng: np.random.Generator
    zone: ZoneInfo
    site: Site
    belief: Belief
    state: PatientState = field(default_factory=PatientState)
    facts: list[Fact] = field(default_factory=list)

    def note(self, fact: Fact) -> None:
        """A fact enters the record, and what is believed of her."""
        self.facts.append(fact)
        self.belief = update(self.belief, fact)

    def day(self, on: date, *, days_in: int) -> None:
        """A day passes; some days something is noted."""
        self.state = rested(self.state, self.traits, 1.0)
        today_mg_per_min = sweat_today(self.state, self.traits, self.rng).mean_mg_per_min
        at = datetime.combine(on, DIARY_AT, self.zone).astimezone(UTC)
        if days_in % RATING_EVERY_DAYS == 0:
            score = rating_said(today_mg_per_min, self.traits, self.rng)
            self.note(RatingFact(site=self.site, at=at, score=score))
        if days_in % HDSS_EVERY_DAYS == 0:
            score = hdss_said(today_mg_per_min, self.traits, self.rng)
            self.note(HdssFact(site=self.site, at=at, score=score))
            weighed_mg_per_min = gravimetry(today_mg_per_min, self.traits, self.rng)
            self.note(SweatRateFact(site=self.site, at=at, sweat_mg_per_min=weighed_mg_per_min))


def play(
    intake: Intake,
    site: Site,
    protocol: TreatmentProtocol,
    traits: PatientTraits,
    *,
    starts_on: date,
    days: int,
    seed: int,
    zone: ZoneInfo,
    tolerance: int = 2,
    follows_plan_only: int = 0,
    skips_prob: float = 0.0,
    patient_id: str = "virtual",
) -> PlayedCourse:
    """The course of one virtual person who does as she is advised.

    Parameters
    ----------
    days
        How long to look on, from the first session on.
    follows_plan_only
        This many sessions follow the plan's own days, and then none: as in a published trial, without advice.
    skips_prob
        How likely she leaves out a session that was due, to be advised again on the next day.

    Raises
    ------
    NotCleared
        When the consultation does not clear the site.
    """
    device = devices()["simulated"]
    prescription = prescribe(clearance_for(consult(intake), site), protocol, device_id="simulated", device=device)
    plan = plan_for(prescription, protocol, starts_on=starts_on)
    recorded = PrescriptionFact(
        site=site,
        protocol=prescription.protocol,
        target_current_ma=prescription.target_current_ma,
        start_current_ma=prescription.start_current_ma,
        cap_current_ma=prescription.cap_current_ma,
        duration_min=prescription.duration_min,
        starts_on=starts_on,
        sessions_per_week=prescription.sessions_per_week,
    )
    full_dose_ma_min = recorded.target_current_ma * recorded.duration_min
    belief = prior_belief(site, full_dose_ma_min=full_dose_ma_min)
    life = _Life(traits, np.random.default_rng(seed), zone, site, belief)
    sessions: list[PlayedSession] = []
    truth: list[Weighing] = []
    advice: list[tuple[date, Recommendation]] = []
    due: Recommendation | None = None
    planned_on = [session.on for session in plan.sessions[:follows_plan_only]]
    for days_in in range(days):
        on = starts_on + timedelta(days=days_in)
        life.day(on, days_in=days_in)
        truth.append(Weighing(on=on, sweat_mg_per_min=sweat_mg_per_min(life.state, traits).mean_mg_per_min))
        current_ma = plan.sessions[min(len(sessions), len(plan.sessions) - 1)].current_ma
        if follows_plan_only:
            is_due = on in planned_on
        else:
            if due is None or due.next_session_on is None or due.next_session_on <= on:
                due = recommend(life.belief, recorded, on, zone=zone, tolerance=tolerance)
                advice.append((on, due))
            is_due = due.next_session_on == on and life.rng.random() >= skips_prob
            current_ma = due.current_ma
        if is_due:
            first_anode = Side.RIGHT if len(sessions) % 2 == 0 else Side.LEFT
            played = _session(plan, current_ma, first_anode, on, seed=seed + len(sessions))
            sessions.append(played)
            life.state = _after(life, played, plan)
            life.note(_session_fact(played, site, current_ma, first_anode, zone))
            due = None
    patient = CoursePatient(id=patient_id, birth_year=intake.patient.birth_year, timezone=zone.key)
    return PlayedCourse(
        plan=plan,
        course=Course(patient=patient, prescriptions=(recorded,), facts=tuple(life.facts)),
        sessions=tuple(sessions),
        truth=tuple(truth),
        recommendations=tuple(advice),
    )


def _session(plan: Plan, current_ma: float, first_anode: Side, on: date, *, seed: int) -> PlayedSession:
    """One session on the simulated device."""
    made = plan.prescription
    session_plan = SessionPlan(
        site=made.site,
        waveform=made.waveform,
        current_ma=min(current_ma, made.target_current_ma),
        cap_current_ma=made.cap_current_ma,
        ramp_ma_per_s=made.ramp_ma_per_s,
        duration_min=made.duration_min,
        polarity=made.polarity,
        first_anode=first_anode,
        contact_area_cm2=made.contact_area_cm2,
        voltage_limit_v=made.voltage_limit_v,
    )
    source = SimulatedSource(circuit_traits(made.site), voltage_limit_v=made.voltage_limit_v, seed=seed)
    file = io.StringIO()
    session = run_session(session_plan, source, VirtualClock(), journal=Journal(file), tick_s=STEP_S)
    return PlayedSession(on=on, ended=ending(session), journal=file.getvalue())


def _after(life: _Life, played: PlayedSession, plan: Plan) -> PatientState:
    done = played.ended.delivered
    area_cm2 = plan.prescription.contact_area_cm2
    return treated(life.state, life.traits, done.left_anode_ma_min, done.right_anode_ma_min, area_cm2)


def _session_fact(
    played: PlayedSession, site: Site, current_ma: float, first_anode: Side, zone: ZoneInfo
) -> SessionFact:
    return SessionFact(
        site=site,
        at=datetime.combine(played.on, SESSION_AT, zone).astimezone(UTC),
        current_ma=current_ma,
        duration_min=round(played.ended.held_min, 2),
        outcome=Outcome(played.ended.outcome),
        charge_ma_min=round(played.ended.delivered.charge_ma_min, 2),
        first_anode=first_anode,
    )


def persons_like(intake: Intake, traits: PatientTraits) -> Intake:
    """The intake of a virtual person who sweats as her traits say."""
    place = replace(intake.sites[0], sweat_mg_per_min=round(traits.untreated_mg_per_min, 1))
    return replace(intake, sites=(place, *intake.sites[1:]))
