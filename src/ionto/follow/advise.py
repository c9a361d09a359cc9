"""advise(): a whole course folded, site by site, into recommendations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from ionto.follow.alerts import level_of
from ionto.follow.recommend import DEFAULT_RISK_PROB, DEFAULT_TOLERANCE_SCORE, recommend
from ionto.follow.recommendation import Recommendation
from ionto.follow.response import Belief, believed_after, prior_belief
from ionto.follow.response.observation import Observation
from ionto.follow.situation import EVERY_WEEKDAY, Away
from ionto.words.limits import ADULT_AGE_YEARS, AGE_FLOOR_YEARS, CHILD_CURRENT_CEILING_MA
from ionto.words.reading import DocumentError, Fault
from ionto.words.records import CauseFact, Course, CoursePatient, Fact, PrescriptionFact, SessionFact, SideEffectFact
from ionto.words.terms import AlertLevel, Site


def advise(
    course: Course,
    today: date,
    *,
    tolerance: int = DEFAULT_TOLERANCE_SCORE,
    away: Away = (),
    weekdays: frozenset[int] = EVERY_WEEKDAY,
    risk_prob: float = DEFAULT_RISK_PROB,
) -> dict[Site, Recommendation]:
    """A recommendation for each site with a prescription, from all facts up to the end of the local day `today`.

    Raises
    ------
    DocumentError
        For facts after `today`, or at a site without a prescription, for two prescriptions of one site from the same
        day on, or a person too young to be treated.
    ValueError
        For a tolerance or days away that make no sense.
    """
    _checked(course, today)
    in_force = _in_force(course, today)
    beliefs = _beliefs(course, in_force)
    return {
        site: recommend(
            beliefs[site],
            _for_age(prescription, course.patient, today),
            today,
            zone=course.patient.zone,
            tolerance=tolerance,
            away=away,
            weekdays=weekdays,
            risk_prob=risk_prob,
            causes=_causes(course, site),
        )
        for site, prescription in in_force.items()
    }


def believed(course: Course, prescription: PrescriptionFact, *, learned_elsewhere: Belief | None = None) -> Belief:
    """The belief about the prescription's site after all facts of the course. Equal times keep the course's order, but
    a side effect of the moment of a session is of that session. What was learned of the person elsewhere moves where
    it begins."""
    belief = prior_belief(
        prescription.site,
        full_dose_ma_min=prescription.target_current_ma * prescription.duration_min,
        learned_elsewhere=learned_elsewhere,
    )
    # What was found of the causes tells nothing of the sweating.
    telling = [fact for fact in course.facts if not isinstance(fact, CauseFact)]
    facts = sorted(telling, key=lambda fact: (fact.at, isinstance(fact, SideEffectFact)))
    return believed_after(belief, [fact for fact in facts if fact.site is prescription.site or _stops_every_site(fact)])


def _beliefs(course: Course, in_force: dict[Site, PrescriptionFact]) -> dict[Site, Belief]:
    """The site of which most is known is learned alone; the others begin from what it says of the person."""
    if not in_force:
        return {}
    said_of = Counter(fact.site for fact in course.facts if isinstance(fact, Observation))
    leading = max(in_force, key=lambda site: said_of[site])
    first = believed(course, in_force[leading])
    return {
        site: first if site is leading else believed(course, prescription, learned_elsewhere=first)
        for site, prescription in in_force.items()
    }


def _causes(course: Course, site: Site) -> tuple[CauseFact, ...]:
    found = [fact for fact in course.facts if isinstance(fact, CauseFact) and fact.site is site]
    return tuple(sorted(found, key=lambda fact: fact.at))


def _checked(course: Course, today: date) -> None:
    treated = {prescription.site for prescription in course.prescriptions}
    faults = _begun_together(course)
    sessions: dict[tuple[Site, datetime], int] = {}
    for index, fact in enumerate(course.facts):
        # A session noted twice would count as two doses.
        if isinstance(fact, SessionFact) and (first := sessions.setdefault((fact.site, fact.at), index)) != index:
            faults.append(Fault(f"facts[{index}]", f"the same session stands at facts[{first}] already"))
        on = fact.at.astimezone(course.patient.zone).date()
        if on > today:
            faults.append(Fault(f"facts[{index}].at", f"{on.isoformat()} lies after today, {today.isoformat()}"))
        if fact.site not in treated:
            faults.append(Fault(f"facts[{index}].site", f"there is no prescription for {fact.site}"))
    born = course.patient.birth_year
    if born is not None and today.year - born - 1 < AGE_FLOOR_YEARS:
        sentence = f"the child is, or may still be, under {AGE_FLOOR_YEARS} years, and is not treated"
        faults.append(Fault("patient.birth_year", sentence))
    if faults:
        raise DocumentError(faults)


def _begun_together(course: Course) -> list[Fault]:
    """Prescriptions for one site from the same day on: nobody can tell which of them is in force."""
    faults, first_of = [], dict[tuple[Site, date], int]()
    for index, made in enumerate(course.prescriptions):
        if (first := first_of.setdefault((made.site, made.starts_on), index)) != index:
            sentence = f"prescriptions[{first}] is for the {made.site} from the same day on"
            faults.append(Fault(f"prescriptions[{index}].starts_on", sentence))
    return faults


def _in_force(course: Course, today: date) -> dict[Site, PrescriptionFact]:
    """Per site the prescription that began last; before any has begun, the one that begins first."""
    found: dict[Site, PrescriptionFact] = {}
    for prescription in sorted(course.prescriptions, key=lambda prescription: prescription.starts_on):
        if prescription.site not in found or prescription.starts_on <= today:
            found[prescription.site] = prescription
    return found


def _for_age(prescription: PrescriptionFact, patient: CoursePatient, today: date) -> PrescriptionFact:
    """Under 18, by the younger reading of the birth year, or of unknown age, the child's ceiling stands [DONC]."""
    if patient.birth_year is not None and today.year - patient.birth_year - 1 >= ADULT_AGE_YEARS:
        return prescription
    cap_ma = prescription.target_current_ma if prescription.cap_current_ma is None else prescription.cap_current_ma
    return replace(prescription, cap_current_ma=min(cap_ma, CHILD_CURRENT_CEILING_MA))


def _stops_every_site(fact: Fact) -> bool:
    return isinstance(fact, SideEffectFact) and level_of(fact) is AlertLevel.RED_SYSTEMIC
