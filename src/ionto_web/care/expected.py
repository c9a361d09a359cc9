"""What a person may expect of the treatment, subject by subject; what is true of every place is said once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from ionto.consult import Expectation
from ionto.consult.expect import told_claims
from ionto.prescribe.plan import claims_of
from ionto.prescribe.prescription import Claim
from ionto.words.terms import Site
from ionto_web.care.plain import EXPECTED


@dataclass(frozen=True, slots=True)
class Told:
    """One claim, and the places of which it is true; none named where it is true of every place."""

    claim: Expectation | Claim
    places: tuple[Site, ...]


def by_subject(
    expected: Mapping[Site, Collection[Expectation | Claim]], places: Collection[Site]
) -> list[tuple[str, list[Told]]]:
    """What is expected at each site, in the order of the subjects; each claim once. `places` are all that are meant.

    A claim of an older plan, whose subject is not known any more, comes last, under no subject.
    """
    found: dict[str, dict[str, tuple[Expectation | Claim, list[Site]]]] = {about: {} for about in [*EXPECTED, ""]}
    for site, claims in expected.items():
        for claim in claims:
            found[_subject(claim)].setdefault(claim.claim, (claim, []))[1].append(site)
    return [
        (about, [Told(claim, tuple(true_of) if len(true_of) < len(places) else ()) for claim, true_of in told.values()])
        for about, told in found.items()
        if told
    ]


def _subject(claim: Expectation | Claim) -> str:
    """What a claim is about; a plan keeps its claims in words alone."""
    return claim.about if isinstance(claim, Expectation) else _subjects().get(claim.claim, "")


@cache
def _subjects() -> dict[str, str]:
    told = [each for _, each in told_claims()]
    return {kept.claim: each.about for each, kept in zip(told, claims_of(told), strict=True)}
