"""What a consultation finds: per site a decision with its findings, severity, diagnosis and options, or what to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ionto.words.reading import document
from ionto.words.terms import Certainty, Decision, Site

# A clearance is made by `ionto.consult` alone: its constructor asks for this token.
_TOKEN = object()


@document
class Said:
    """What one source, by its key, says about a rule."""

    source: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseDecision:
    """What a house with another policy decides by the same rule, and what it says."""

    policy: str
    label: str
    decision: Decision
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that applies to this person at this site. `why` is one sentence a patient can read.

    `policy` is the policy that was asked; `house_speaks` tells whether that house itself says something about the rule,
    or the strictest reading fills its silence. `other_houses` are those that say so and decide otherwise; the
    strictest reading is the first of them where another house is asked.
    """

    rule: str
    decision: Decision
    why: str
    do: str
    for_clinician: str
    sources: tuple[str, ...]
    said: tuple[Said, ...] = ()
    disagreement: str | None = None
    universal: bool = False
    policy: str = "strictest"
    house_speaks: bool = False
    other_houses: tuple[HouseDecision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleReading:
    """One scale that was answered: its score, band, and the change that matters, as far as these are published."""

    scale: str
    label: str
    score: float
    band: str | None
    meaningful_change: str | None
    meaningful_change_score: float | None
    why: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedSweat:
    """Gravimetry as it was done, and the rate that follows from it: of one side, at rest."""

    site: Site
    collected_mg: float
    window_min: float
    sweat_mg_per_min: float
    why: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """How bad it is. `band` is that of the HDSS; `scales` holds every scale that was answered."""

    hdss: int | None
    band: Literal["mild", "moderate", "severe"] | None
    sweat_mg_per_min: float | None
    sweat_band: Literal["above_threshold", "below_threshold", "no_threshold"] | None
    sources: tuple[str, ...]
    gravimetry: WeighedSweat | None = None
    scales: tuple[ScaleReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryFocal:
    """Whether primary focal hyperhidrosis is likely (Hornberger 2004), and what speaks for another cause."""

    verdict: Literal["likely", "unlikely", "refer"]
    criteria_met: tuple[str, ...]
    red_flags: tuple[str, ...]
    why: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentOption:
    """One treatment for this site, and its place in the order: what to expect, how to use it, the time it takes."""

    treatment: str
    label: str
    rank: int
    why: str
    expect: str
    how: str
    time_cost: str
    sources: tuple[str, ...]
    disagreement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Something this person may expect of iontophoresis at this site, and how sure it is.

    A side effect says how often it comes and what to `do`; upkeep says its hours in a month.
    """

    about: str
    claim: str
    certainty: Certainty
    certainty_in_words: str
    sources: tuple[str, ...]
    do: str | None = None
    least_hours_per_month: float | None = None
    most_hours_per_month: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An answer that is missing and matters."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """Leave to prescribe at one site. Only `ionto.consult` makes one."""

    site: Site
    given_on: date
    cleared_by: str | None
    findings: tuple[Finding, ...]
    age_years: int
    token: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.token is not _TOKEN:
            raise TypeError("a Clearance comes from ionto.consult only")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConsultation:
    """What was found for one site. The decision is the strictest of the findings."""

    severity: Severity
    primary_focal: PrimaryFocal
    decision: Decision
    findings: tuple[Finding, ...]
    options: tuple[TreatmentOption, ...]
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """The whole answer to an intake."""

    asked_on: date
    policy: str = "strictest"
    age_years: int | None
    sites: dict[Site, SiteConsultation]
    still_to_ask: tuple[Question, ...]


class NotCleared(Exception):
    """There is no clearance for this site; `findings` says why."""

    def __init__(self, site: Site, decision: Decision, findings: tuple[Finding, ...]) -> None:
        self.site, self.decision, self.findings = site, decision, findings
        super().__init__(" ".join(finding.why for finding in findings if finding.decision is not Decision.SUITABLE))
