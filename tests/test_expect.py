"""What to expect: personal, each claim with its certainty and sources, and never surer than the evidence."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ionto.consult import Expectation, HistoryItem, Intake, Patient, TriedTreatment, consult, expectations_for
from ionto.consult.expect import WEEKS_PER_MONTH, ExpectedClaim, expected_claims
from ionto.prescribe import claims_of
from ionto.words.evidence import references
from ionto.words.reading import read_json
from ionto.words.terms import Certainty, Condition, Site

PERSON = read_json(Intake, (Path(__file__).parent.parent / "examples" / "palms.json").read_text("utf-8"))
TREATED = (Site.PALMS, Site.SOLES, Site.AXILLAE)
ASKED = {
    "procedure", "sessions_until_noticed", "how_likely", "how_long", "feels_like", "side_effect", "upkeep",
    "why_people_stop",
}  # fmt: skip


def about(what: str, site: Site = Site.PALMS, **person: Any) -> list[Expectation]:
    return [one for one in expectations_for(site, **person) if one.about == what]


@pytest.mark.parametrize("site", TREATED)
def test_every_question_has_an_answer_at_every_site_with_certainty_and_sources(site: Site) -> None:
    expected = expectations_for(site, age_years=30, band="severe")
    assert {one.about for one in expected} >= ASKED
    for one in expected:
        assert set(one.sources) <= set(references())
        assert one.certainty_in_words
        assert "{" not in one.claim


def test_nothing_on_the_effect_is_surer_than_the_reviews_call_it() -> None:
    """SBU and the HTA review call the trials for the hands low or very low."""
    for claim in expected_claims().expect:
        assert claim.certainty is not Certainty.HIGH
        if claim.about in ("how_likely", "how_long", "sessions_until_noticed", "underarms", "upkeep"):
            assert claim.certainty in (Certainty.LOW, Certainty.VERY_LOW), claim.claim


def test_what_is_known_from_one_source_only_is_very_unsure() -> None:
    for claim in expected_claims().expect:
        if len(set(claim.sources) - {"IONTO"}) <= 1:
            assert claim.certainty is Certainty.VERY_LOW, claim.claim


def test_underarms_are_told_that_the_evidence_is_weaker_and_hands_are_not() -> None:
    assert "weaker" in about("underarms", Site.AXILLAE)[0].claim
    assert about("underarms") == []
    assert "29 of 60" in about("side_effect", Site.AXILLAE)[0].claim


def test_the_young_are_told_of_the_young() -> None:
    young, grown = about("how_likely", age_years=15), about("how_likely", age_years=18)
    assert "36 of 43 children" in young[0].claim
    assert "36 of 43" not in grown[0].claim
    assert "two thirds to nine tenths" in grown[0].claim
    assert about("how_likely", age_years=None) == grown


def test_the_numbers_by_severity_are_told_where_there_are_any() -> None:
    assert "75 %" in about("how_likely", Site.AXILLAE, band="mild")[1].claim
    assert len(about("how_likely", Site.AXILLAE, band="severe")) == 1
    assert "no numbers for mild" in about("how_likely", band="mild")[1].claim


@pytest.mark.parametrize(
    ("treatment", "outcome", "weeks", "said"),
    [
        ("iontophoresis", "no_change", 6, "did not help you before"),
        ("iontophoresis", "better", 6, "only 3 to 4 sessions"),
        ("aluminium_chloride", "no_change", 6, "fell by half in 6 weeks"),
    ],
)
def test_what_was_tried_changes_what_is_said(treatment: str, outcome: str, weeks: float, said: str) -> None:
    trial = TriedTreatment(treatment=treatment, strength_percent=20, weeks=weeks, outcome=outcome)
    told = " ".join(one.claim for one in expectations_for(Site.PALMS, band="severe", age_years=30, tried=[trial]))
    untold = " ".join(one.claim for one in expectations_for(Site.PALMS, band="severe", age_years=30))
    short = " ".join(
        one.claim
        for one in expectations_for(
            Site.PALMS, band="severe", age_years=30, tried=[replace(trial, weeks=1, outcome="no_change")]
        )
    )
    assert said in told
    assert said not in untold
    assert said not in short


@pytest.mark.parametrize(
    ("site", "least", "most"),
    [(Site.PALMS, 0.5, 2.2), (Site.SOLES, 0.7, 2.9), (Site.AXILLAE, 1.1, 4.3)],
)
def test_upkeep_costs_hours_a_month_that_follow_from_its_sessions(site: Site, least: float, most: float) -> None:
    """For the hands a session of 20 + 10 minutes, every 4 weeks to weekly: 4.35 weeks a month."""
    upkeep = about("upkeep", site)[0]
    assert (upkeep.least_hours_per_month, upkeep.most_hours_per_month) == (least, most)
    assert f"{least:g} to {most:g} hours a month" in upkeep.claim
    assert pytest.approx(4.348, abs=1e-3) == WEEKS_PER_MONTH


def test_a_side_effect_says_how_often_and_what_to_do() -> None:
    for site in TREATED:
        for one in about("side_effect", site):
            assert one.do
            assert re.search(r"\d+ of \d+|\d+ of 100|not known", one.claim), one.claim


def test_who_is_not_suitable_is_not_told_what_to_expect_of_it() -> None:
    refused = replace(PERSON, history=(HistoryItem(condition=Condition.PACEMAKER),))
    assert consult(refused).sites[Site.PALMS].expect == ()
    asked = replace(PERSON, history=(HistoryItem(condition=Condition.EPILEPSY),))
    assert consult(asked).sites[Site.PALMS].expect


def test_the_consultation_tells_each_person_their_own() -> None:
    child = replace(PERSON, patient=Patient(birth_year=2012))
    told = {one.claim for one in consult(child).sites[Site.PALMS].expect}
    assert told != {one.claim for one in consult(PERSON).sites[Site.PALMS].expect}


def test_a_plan_repeats_what_was_said_with_what_to_do() -> None:
    said = consult(PERSON).sites[Site.PALMS].expect
    claims = claims_of(said)
    assert len(claims) == len(said)
    assert all(one.sources == claim.sources for one, claim in zip(said, claims, strict=True))
    itch = next(claim for claim in claims if claim.claim.startswith("Itching"))
    assert "petroleum jelly" in itch.claim


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"tried": "iontophoresis"}, "stand together"),
        ({"about": "side_effect"}, "what to `do`"),
        ({"do": "Do this."}, "what to `do`"),
        ({"about": "upkeep"}, "how often"),
        ({"session_min": 20.0}, "how often"),
        ({"sources": ("NOWHERE",)}, "not in references"),
    ],
)
def test_a_claim_that_is_not_whole_is_refused(told: dict[str, Any], said: str) -> None:
    whole = {
        "about": "how_long", "sites": (Site.PALMS,), "claim": "It lasts a while.", "certainty": Certainty.LOW,
        "sources": ("KAR02", "GUL26"),
    }  # fmt: skip
    assert ExpectedClaim(**whole)
    with pytest.raises(ValueError, match=said):
        ExpectedClaim(**{**whole, **told})
