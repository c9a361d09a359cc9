"""Whether it works: when that may be said, what is checked before, and what goes to the clinician."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ionto.follow.advise import advise
from ionto.follow.recommend import recommend
from ionto.follow.recommendation import ResponseCheck
from ionto.follow.response import Belief
from ionto.words.evidence import references
from ionto.words.german import in_german
from ionto.words.records import CauseFact, Course, CoursePatient, SessionFact
from ionto.words.terms import Answer, Cause, CoursePhase, Site, Waveform

from .beliefs import FLAT, INDUCED, INDUCTION_DAYS, advised, belief_of, felt, flat, hdss, induced, rating
from .courses import BERLIN, EVENING, PALMS, on, session


def test_who_once_had_control_is_not_put_forward_for_another_treatment_after_a_session_or_none() -> None:
    weekly = replace(PALMS, sessions_per_week=1)
    lost = belief_of([*induced(), rating(34, 10), rating(36, 10), session(36), rating(40, 10)], weekly)
    advice = recommend(lost, weekly, on(40), zone=BERLIN)
    assert (advice.phase, advice.review.verdict) == (CoursePhase.RELAPSE, "unlikely")
    assert "next_step" not in [proposal.change for proposal in advice.proposals]


def test_nobody_is_judged_before_the_sixth_session_nor_told_before_the_tenth() -> None:
    verdicts = [advised(belief_of(flat(count)), INDUCTION_DAYS[count - 1]).review.verdict for count in (5, 6, 8)]
    assert verdicts[0] == "too_early"
    assert set(verdicts[1:]) <= {"open", "check_first"}
    review = advised(FLAT, INDUCTION_DAYS[9]).review
    assert review.verdict == "unlikely"
    assert review.works_prob <= 0.15
    assert advised(INDUCED, 26).review.verdict == "open"
    assert advised(INDUCED, 26).review.works_prob > 0.9


@pytest.mark.parametrize(
    ("other", "check"),
    [({"current_ma": 11.0}, "current"), ({"waveform": Waveform.PULSED}, "waveform")],
)
def test_before_it_is_given_up_what_the_record_knows_is_checked(other: dict[str, object], check: str) -> None:
    review = advised(belief_of(flat(10, **other)), INDUCTION_DAYS[9]).review
    assert review.verdict == "check_first"
    assert [found.check for found in review.checks if found.settled is False] == [check]


def test_at_a_small_dose_there_is_still_hope() -> None:
    assert advised(belief_of(flat(10, current_ma=6.0)), INDUCTION_DAYS[9]).review.verdict == "open"


def looked(day: int, cause: Cause, found: Answer) -> CauseFact:
    return CauseFact(site=Site.PALMS, at=EVENING + timedelta(days=day), cause=cause, found=found)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], ("unlikely", None, "The record does not know your water.")),
        ([Answer.UNKNOWN], ("unlikely", None, "The record does not know your water.")),
        ([Answer.NO], ("unlikely", True, "You said on 1 September 2026 that your water is not too soft.")),
        ([Answer.YES], ("check_first", False, "You said on 1 September 2026 that your water may be too soft.")),
        ([Answer.YES, Answer.NO], ("unlikely", True, "You said on 2 September 2026 that your water is not too soft.")),
    ],
)
def test_what_was_said_last_of_the_water_settles_its_check(
    found: list[Answer], expected: tuple[str, bool | None, str]
) -> None:
    causes = tuple(looked(day, Cause.WATER, each) for day, each in enumerate(found))
    review = advised(FLAT, INDUCTION_DAYS[9], causes=causes).review
    (water,) = [check for check in review.checks if check.check == "water"]
    assert (review.verdict, water.settled, water.finding) == expected
    assert in_german(water.finding)


def test_a_device_that_is_set_to_another_current_is_not_in_order_whatever_was_planned() -> None:
    def waveform(found: Answer, belief: Belief = FLAT) -> ResponseCheck:
        causes = (looked(0, Cause.WAVEFORM, found),)
        return advised(belief, INDUCTION_DAYS[9], causes=causes).review.checks[2]

    assert waveform(Answer.YES).settled is False
    assert waveform(Answer.YES).finding.endswith("that the device is set to pulsed or alternating current.")
    assert in_german(waveform(Answer.YES).finding)
    assert [waveform(found).settled for found in (Answer.NO, Answer.UNKNOWN)] == [True, True]
    # What the record has seen is not talked away.
    pulsed = belief_of(flat(10, waveform=Waveform.PULSED))
    assert waveform(Answer.NO, pulsed).settled is False


def test_what_was_said_of_another_site_counts_there_alone() -> None:
    soles = replace(PALMS, site=Site.SOLES)
    patient = CoursePatient(id="p1", birth_year=1990, timezone="Europe/Berlin")
    facts = (*flat(10), replace(looked(0, Cause.WATER, Answer.YES), site=Site.SOLES))
    advice = advise(Course(patient=patient, prescriptions=(PALMS, soles), facts=facts), on(INDUCTION_DAYS[9]))
    assert [check.settled for check in advice[Site.PALMS].review.checks if check.check == "water"] == [None]
    mine = (*flat(10), looked(0, Cause.WATER, Answer.YES))
    advice = advise(Course(patient=patient, prescriptions=(PALMS,), facts=mine), on(INDUCTION_DAYS[9]))
    assert [check.settled for check in advice[Site.PALMS].review.checks if check.check == "water"] == [False]


def test_too_few_sessions_are_a_reason_of_their_own() -> None:
    sparse = [fact for day in range(0, 100, 6) for fact in (hdss(day, 4), rating(day, 9), session(day))]
    review = advised(belief_of(sparse), 100).review
    assert review.verdict == "check_first"
    assert [found.check for found in review.checks if found.settled is False] == ["sessions"]


def test_what_leaves_the_envelope_is_a_proposal_with_its_reason() -> None:
    advice = advised(FLAT, INDUCTION_DAYS[9])
    assert [proposal.change for proposal in advice.proposals] == ["next_step"]
    assert "chance" in advice.proposals[0].why
    again = belief_of([*induced(), felt(19, "itch"), felt(23, "itch"), felt(25, "bruise")])
    gentler = advised(again, 26)
    assert "waveform" in [proposal.change for proposal in gentler.proposals]
    for proposal in (*advice.proposals, *gentler.proposals):
        assert set(proposal.sources) <= set(references())
    assert advised(INDUCED, 26).proposals == ()
    assert advised(belief_of([*induced(), felt(25, "burn")]), 26).proposals == ()


def test_who_has_pulsed_current_already_is_not_put_forward_for_it() -> None:
    pulsed = [replace(fact, waveform=Waveform.PULSED) if isinstance(fact, SessionFact) else fact for fact in induced()]
    irritated = [*pulsed, felt(19, "itch"), felt(23, "itch"), felt(25, "bruise")]
    (proposal,) = advised(belief_of(irritated), 26).proposals
    assert proposal.change == "target_current"
    assert "pulsed already" in proposal.why
