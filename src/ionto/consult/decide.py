"""The first decision: may this person be treated at this site, why, and what else there is."""

from __future__ import annotations

from datetime import date

from ionto.consult.consultation import (
    _TOKEN,
    Clearance,
    Consultation,
    Finding,
    NotCleared,
    Question,
    SiteConsultation,
)
from ionto.consult.diagnosis import picture, primary_focal
from ionto.consult.expect import expectations_for
from ionto.consult.findings import Situation, findings
from ionto.consult.intake import Intake
from ionto.consult.options import Asker, options_for
from ionto.consult.policy import STRICTEST, Ruling, rulings_under
from ionto.consult.questions import Missing, missing_answers
from ionto.consult.severity import severity
from ionto.words.reading import DocumentError, Fault
from ionto.words.terms import Condition, Decision, Site, strictest

LONGEST_NAME_CHARACTERS = 80
# How long a plan may be made from the same answers [IONTO]; what changes within it is asked before every session.
ANSWERS_HOLD_DAYS = 90
# What a clinician's name may settle. A missing answer or a wound is settled by an answer, never by a name.
_SETTLED_BY_A_NAME = (Decision.SUITABLE, Decision.ASK_CLINICIAN)
_IN_AND_AROUND_PREGNANCY = frozenset(
    {Condition.PREGNANT, Condition.MAY_BE_PREGNANT, Condition.TRYING_TO_CONCEIVE, Condition.BREASTFEEDING}
)


def consult(intake: Intake, policy: str = STRICTEST) -> Consultation:
    """The whole answer to an intake: per site severity, likely cause, findings, decision, options and expectations.

    The decision of a site is the strictest of its findings; with none it is suitable. `policy` says whose reading
    rules where the sources disagree. Never raises on an Intake.

    Raises
    ------
    DocumentError
        If there is no such policy.
    """
    rulings, missing = rulings_under(policy), missing_answers(intake)
    return Consultation(
        asked_on=intake.asked_on,
        policy=policy,
        age_years=intake.age_years,
        sites={
            place.site: _site_consultation(intake, index, missing, rulings) for index, place in enumerate(intake.sites)
        },
        still_to_ask=tuple(Question(path=answer.path, why=answer.why) for answer in missing),
    )


def _site_consultation(
    intake: Intake, index: int, missing: tuple[Missing, ...], rulings: tuple[Ruling, ...]
) -> SiteConsultation:
    place = intake.sites[index]
    seen = picture(intake, place)
    decisive = tuple(answer for answer in missing if answer.decides and answer.about in (None, index))
    found = findings(Situation(intake=intake, site=place.site, picture=seen, missing=decisive), rulings)
    decision = strictest(finding.decision for finding in found)
    how_bad = severity(intake, place)
    return SiteConsultation(
        severity=how_bad,
        primary_focal=primary_focal(seen),
        decision=decision,
        findings=found,
        options=options_for(
            Asker(
                site=place.site,
                band=how_bad.band,
                decision=decision,
                tried=intake.tried,
                mother_to_be=any(item.condition in _IN_AND_AROUND_PREGNANCY for item in intake.history or ()),
                age_years=intake.age_years,
            )
        ),
        expect=expectations_for(
            place.site, band=how_bad.band, age_years=intake.age_years, tried=intake.tried, decision=decision
        ),
    )


def outdated(asked_on: date, today: date) -> Finding | None:
    """What keeps a plan from being made of these answers today: they are older than `ANSWERS_HOLD_DAYS`."""
    if (today - asked_on).days <= ANSWERS_HOLD_DAYS:
        return None
    return Finding(
        rule="answers_outdated",
        decision=Decision.DEFER,
        why=f"Your answers are more than {ANSWERS_HOLD_DAYS} days old, and your health may have changed since.",
        do="Answer the questions again; those that are still true stay filled in.",
        for_clinician=f"Answers older than {ANSWERS_HOLD_DAYS} days carry no new plan; our own limit.",
        sources=("IONTO",),
    )


def clearance_for(
    consultation: Consultation, site: Site, *, cleared_by: str | None = None, today: date | None = None
) -> Clearance:
    """The leave to prescribe at one site.

    A suitable site needs nothing more. Findings that ask for a clinician need `cleared_by`, the clinician's name; the
    clearance keeps them. What says not_suitable or defer is never cleared by a name: answer anew instead. So it is with
    answers that are too old on the day `today`, if it is given.

    Raises
    ------
    NotCleared
        With the findings that stand in the way.
    DocumentError
        If the site is not in the consultation, or `cleared_by` is not a name of 1 to 80 characters.
    """
    asked = consultation.sites.get(site)
    if asked is None:
        raise DocumentError([Fault("site", f"{site} is not among the sites that were asked about")])
    name = None if cleared_by is None else _name(cleared_by)
    settled = _SETTLED_BY_A_NAME if name is not None else (Decision.SUITABLE,)
    old = None if today is None else outdated(consultation.asked_on, today)
    found = asked.findings if old is None else (*asked.findings, old)
    standing = tuple(finding for finding in found if finding.decision not in settled)
    if standing:
        raise NotCleared(site, strictest(finding.decision for finding in standing), standing)
    # Only a guard: `consult` never gives such a decision, nor leaves the age open, without a finding that stands.
    if asked.decision not in settled or consultation.age_years is None:
        raise NotCleared(site, asked.decision, asked.findings)
    return Clearance(
        site=site,
        given_on=consultation.asked_on,
        cleared_by=name,
        findings=asked.findings,
        age_years=consultation.age_years,
        token=_TOKEN,
    )


def _name(cleared_by: str) -> str:
    name = " ".join(cleared_by.split())
    if not 1 <= len(name) <= LONGEST_NAME_CHARACTERS or not name.isprintable():
        raise DocumentError(
            [Fault("cleared_by", f"this must be the clinician's name, 1 to {LONGEST_NAME_CHARACTERS} characters")]
        )
    return name
