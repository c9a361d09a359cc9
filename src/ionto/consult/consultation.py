"""What a consultation finds: per site a decision with its findings, severity, diagnosis and options, or what to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ionto.words.terms import Decision, Site

# A clearance is made by `ionto.consult` alone: its constructor asks for this token.
_TOKEN = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that applies to this person at this site. `why` is one sentence a patient can read."""

    rule: str
    decision: Decision
    why: str
    do: str
    for_clinician: str
    sources: tuple[str, ...]
    disagreement: str | None = None
    universal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """How bad it is, by each scale that was given."""

    hdss: int | None
    band: Literal["mild", "moderate", "severe"] | None
    sweat_mg_per_min: float | None
    sweat_band: Literal["above_threshold", "below_threshold", "no_threshold"] | None
    sources: tuple[str, ...]


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
    """One treatment for this site, and its place in the order."""

    treatment: str
    label: str
    rank: int
    why: str
    expect: str
    sources: tuple[str, ...]
    disagreement: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """The whole answer to an intake."""

    asked_on: date
    age_years: int | None
    sites: dict[Site, SiteConsultation]
    still_to_ask: tuple[Question, ...]


class NotCleared(Exception):
    """There is no clearance for this site; `findings` says why."""

    def __init__(self, site: Site, decision: Decision, findings: tuple[Finding, ...]) -> None:
        self.site, self.decision, self.findings = site, decision, findings
        super().__init__(" ".join(finding.why for finding in findings if finding.decision is not Decision.SUITABLE))
