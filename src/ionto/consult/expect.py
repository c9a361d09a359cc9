"""What this person may expect of iontophoresis at one site: each claim with how sure it is and its sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

from ionto.consult.consultation import Expectation
from ionto.consult.intake import TriedTreatment
from ionto.consult.options import outcome_of, treatments
from ionto.consult.severity import Band
from ionto.words.evidence import references
from ionto.words.reading import document, read_toml
from ionto.words.terms import Certainty, Decision, Site

WEEKS_PER_MONTH = 365.25 / 12 / 7

About = Literal[
    "procedure",
    "sessions_until_noticed",
    "how_likely",
    "how_long",
    "feels_like",
    "side_effect",
    "upkeep",
    "why_people_stop",
    "underarms",
]


@document
class ExpectedClaim:
    """One claim, and for whom it holds: sites, ages, severity bands, and what was tried with which outcome.

    Upkeep names how often a session comes and how long it and the work around it take; its hours follow from these.
    """

    about: About
    sites: Annotated[tuple[Site, ...], MinLen(1)]
    bands: tuple[Band, ...] = ()
    from_age_years: Annotated[int, Ge(0), Le(120)] | None = None
    below_age_years: Annotated[int, Ge(1), Le(120)] | None = None
    tried: str | None = None
    outcome: Literal["failed", "helped"] | None = None
    claim: Annotated[str, MinLen(10)]
    do: str | None = None
    every_from_weeks: Annotated[float, Gt(0)] | None = None
    every_to_weeks: Annotated[float, Gt(0)] | None = None
    session_min: Annotated[float, Gt(0)] | None = None
    around_min: Annotated[float, Ge(0)] = 0.0
    certainty: Certainty
    sources: Annotated[tuple[str, ...], MinLen(1)]

    def __post_init__(self) -> None:
        if (self.tried is None) is not (self.outcome is None):
            raise ValueError(f"{self.about}: `tried` and `outcome` stand together")
        if (self.about == "side_effect") is not (self.do is not None):
            raise ValueError(f"{self.about}: a side effect, and nothing else, says what to `do`")
        upkeep = (self.every_from_weeks, self.every_to_weeks, self.session_min)
        if any((self.about == "upkeep") is (said is None) for said in upkeep):
            raise ValueError(f"{self.about}: upkeep, and nothing else, says how often and how long")
        if unknown := [key for key in self.sources if key not in references()]:
            raise ValueError(f"{self.about}: sources names {', '.join(unknown)}, not in references.toml")

    def hours_per_month(self, every_weeks: float | None) -> float | None:
        """Hours a month of sessions that come every so many weeks, to a tenth; None for what is not upkeep."""
        if every_weeks is None or self.session_min is None:
            return None
        return round(WEEKS_PER_MONTH / every_weeks * (self.session_min + self.around_min) / 60, 1)

    def is_for(self, age_years: int | None, band: Band | None) -> bool:
        """Whether the claim speaks of a person of this age and severity. An unknown age is read as an adult's."""
        if age_years is None:
            of_age = self.below_age_years is None
        else:
            old_enough = self.from_age_years is None or age_years >= self.from_age_years
            of_age = old_enough and (self.below_age_years is None or age_years < self.below_age_years)
        return of_age and (not self.bands or band in self.bands)


@document
class ExpectedClaims:
    """All claims, and how each certainty is said to a patient."""

    compared_on: date
    certainty_in_words: dict[Certainty, str]
    expect: Annotated[tuple[ExpectedClaim, ...], MinLen(1)]


@cache
def expected_claims() -> ExpectedClaims:
    """The claims of expect.toml; every certainty has its words, and every treatment named is known."""
    table = read_toml(ExpectedClaims, files("ionto.consult").joinpath("expect.toml").read_text("utf-8"))
    if unsaid := set(Certainty) - set(table.certainty_in_words):
        raise ValueError(f"certainty_in_words lacks {', '.join(sorted(unsaid))}")
    if strange := {claim.tried for claim in table.expect if claim.tried} - set(treatments().treatment):
        raise ValueError(f"expect.toml names {', '.join(sorted(strange))}, not a known treatment")
    return table


def expectations_for(
    site: Site,
    *,
    band: Band | None = None,
    age_years: int | None = None,
    tried: Sequence[TriedTreatment] = (),
    decision: Decision = Decision.SUITABLE,
) -> tuple[Expectation, ...]:
    """What a person may expect at a site, in the order of the file. Nothing where iontophoresis is not suitable."""
    if decision is Decision.NOT_SUITABLE:
        return ()
    return tuple(
        told
        for claim, told in told_claims()
        if site in claim.sites
        and claim.is_for(age_years, band)
        and (claim.tried is None or claim.outcome == outcome_of(claim.tried, site, tried))
    )


@cache
def told_claims() -> tuple[tuple[ExpectedClaim, Expectation], ...]:
    """Every claim of expect.toml, beside the words in which a person is told it."""
    words = expected_claims().certainty_in_words
    return tuple((claim, _told(claim, words[claim.certainty])) for claim in expected_claims().expect)


def _told(claim: ExpectedClaim, certainty_in_words: str) -> Expectation:
    least, most = claim.hours_per_month(claim.every_to_weeks), claim.hours_per_month(claim.every_from_weeks)
    said = claim.claim
    if least is not None and most is not None:
        said = said.replace("{least}", f"{least:g}").replace("{most}", f"{most:g}")
    return Expectation(
        about=claim.about,
        claim=said,
        certainty=claim.certainty,
        certainty_in_words=certainty_in_words,
        sources=claim.sources,
        do=claim.do,
        least_hours_per_month=least,
        most_hours_per_month=most,
    )
