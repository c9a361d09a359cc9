"""The other treatments and their order by site and severity, with what was tried properly moved down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from annotated_types import MinLen

from ionto.consult.consultation import TreatmentOption
from ionto.consult.intake import TriedTreatment
from ionto.consult.severity import Band
from ionto.words.evidence import references
from ionto.words.limits import ADULT_AGE_YEARS
from ionto.words.reading import document, read_toml
from ionto.words.terms import Decision, Site

IONTOPHORESIS = "tap_water_iontophoresis"
# With the severity unknown, the gentlest treatments come first.
BAND_WHEN_UNKNOWN: Band = "mild"


@document
class AtSite:
    """What a treatment is good for at one site, and what to expect of it in numbers."""

    why: Annotated[str, MinLen(10)]
    expect: Annotated[str, MinLen(10)]
    time_cost: str | None = None
    sources: Annotated[tuple[str, ...], MinLen(1)]
    disagreement: str | None = None


@document
class Treatment:
    """A treatment, the names people give it, how it is used, the time it takes, and what counts as a proper trial.

    `strongest_percent` is the most it comes in: whoever could not bear a stronger one may bear it. `asked_as` is
    the answer under which people name it, if not its own. A site may name a time of its own. `needs_doctor` marks
    medicines and procedures, which a doctor must first find safe for the person.
    """

    label: str
    also_called: tuple[str, ...] = ()
    trial_weeks: float | None = None
    trial_strength_percent: float | None = None
    strongest_percent: float | None = None
    asked_as: str | None = None
    needs_doctor: bool = False
    last_resort: bool = False
    how: Annotated[str, MinLen(10)]
    time_cost: Annotated[str, MinLen(10)]
    use_sources: Annotated[tuple[str, ...], MinLen(1)]
    at: dict[Site, AtSite]


@document
class Treatments:
    """All treatments by name."""

    compared_on: date
    failed_outcomes: tuple[str, ...]
    not_tolerated_outcomes: tuple[str, ...]
    helped_outcomes: tuple[str, ...]
    treatment: dict[str, Treatment]


@document
class Order:
    """Which treatments come in which order at these sites and severities, by whom, and who differs."""

    sites: tuple[Site, ...]
    bands: tuple[Band, ...]
    treatments: Annotated[tuple[str, ...], MinLen(1)]
    sources: Annotated[tuple[str, ...], MinLen(1)]
    disagreement: str | None = None


@document
class Orders:
    """Every order."""

    compared_on: date
    order: tuple[Order, ...]


@cache
def treatments() -> Treatments:
    """The treatments of options/treatments.toml, every source of which must be a known reference."""
    table = read_toml(Treatments, _shelf("treatments.toml"))
    for name, treatment in table.treatment.items():
        _check_sources(name, treatment.use_sources)
        for site, text in treatment.at.items():
            _check_sources(f"{name} at {site}", text.sources)
    return table


@cache
def orders() -> dict[tuple[Site, Band], Order]:
    """The order for each site and severity band, which must be there exactly once and end with the last resort.

    Raises
    ------
    ValueError
        If an order is missing, doubled, or names a treatment that is unknown for the site.
    """
    found: dict[tuple[Site, Band], Order] = {}
    for order in read_toml(Orders, _shelf("order.toml")).order:
        _check_sources("order", order.sources)
        for key in ((site, band) for site in order.sites for band in order.bands):
            if key in found:
                raise ValueError(f"two orders for {key}")
            strange = [name for name in order.treatments if key[0] not in treatments().treatment[name].at]
            if strange:
                raise ValueError(f"the order for {key} names {', '.join(strange)}, not described for this site")
            found[key] = order
    wanted: list[Band] = ["mild", "moderate", "severe"]
    missing = [(site, band) for site in Site for band in wanted if (site, band) not in found]
    if missing:
        raise ValueError(f"no order for {missing}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What the order of the treatments depends on: site, severity, the decision on iontophoresis, and the person."""

    site: Site
    band: Band | None
    decision: Decision
    tried: tuple[TriedTreatment, ...]
    mother_to_be: bool
    age_years: int | None


def options_for(asker: Asker) -> tuple[TreatmentOption, ...]:
    """The treatments for one site in their order, ranked from 1.

    What was tried properly and did not help comes after everything else but the last resort; in and around pregnancy,
    medicines and procedures come after what needs no doctor. Iontophoresis is left out if it is not suitable.
    """
    order = orders()[asker.site, asker.band or BAND_WHEN_UNKNOWN]
    known = treatments().treatment
    refused = asker.decision is Decision.NOT_SUITABLE
    offered = [name for name in order.treatments if not (refused and name == IONTOPHORESIS)]
    failures = {name: said for name in offered if (said := _failure(name, asker.site, asker.tried)) is not None}

    def place(name: str) -> tuple[bool, bool, bool]:
        return known[name].last_resort, asker.mother_to_be and known[name].needs_doctor, name in failures

    left_out = len(offered) < len(order.treatments)
    options = []
    for rank, name in enumerate(sorted(offered, key=place), start=1):
        remarks = _remarks(name, asker, failures)
        if rank == 1 and left_out:
            remarks.append("Iontophoresis is left out of this list, for the reasons given in the findings.")
        options.append(_option(name, asker.site, rank, order, remarks))
    return tuple(options)


def _option(name: str, site: Site, rank: int, order: Order, remarks: list[str]) -> TreatmentOption:
    treatment = treatments().treatment[name]
    text = treatment.at[site]
    disagreements = [said for said in (text.disagreement, order.disagreement) if said]
    return TreatmentOption(
        treatment=name,
        label=treatment.label,
        rank=rank,
        why=" ".join([text.why, *remarks]),
        expect=text.expect,
        how=treatment.how,
        time_cost=text.time_cost or treatment.time_cost,
        sources=tuple(dict.fromkeys((*text.sources, *treatment.use_sources, *order.sources))),
        disagreement=" ".join(disagreements) or None,
    )


def _remarks(name: str, asker: Asker, failures: dict[str, str]) -> list[str]:
    remarks = []
    if name in failures:
        remarks.append(failures[name])
    elif (short := _too_short(name, asker)) is not None:
        remarks.append(short)
    elif outcome_of(name, asker.site, asker.tried) == "helped":
        remarks.append("It helped you before, so it keeps its place.")
    if name == IONTOPHORESIS and asker.decision is Decision.DEFER:
        remarks.append("Not today: first see to the findings, then ask again.")
    if name == IONTOPHORESIS and asker.decision is Decision.ASK_CLINICIAN:
        remarks.append("Only after a doctor has said yes to the findings.")
    if treatments().treatment[name].needs_doctor and asker.mother_to_be:
        remarks.append("First ask a doctor whether it is safe in pregnancy and while breastfeeding.")
    if treatments().treatment[name].needs_doctor and asker.age_years is not None and asker.age_years < ADULT_AGE_YEARS:
        remarks.append("First ask a doctor whether it may be used at this age.")
    return remarks


def outcome_of(name: str, site: Site, tried: Sequence[TriedTreatment]) -> Literal["failed", "helped"] | None:
    """What came of a treatment at a site: a proper trial without change, or one not tolerated, failed it.

    >>> six_weeks = TriedTreatment(treatment="iontophoresis", weeks=6, outcome="no_change")
    >>> outcome_of("tap_water_iontophoresis", Site.PALMS, [six_weeks])
    'failed'
    """
    if _failure(name, site, tried) is not None:
        return "failed"
    outcomes = {_spelled(trial.outcome or "") for trial in _trials(name, site, tried)}
    return "helped" if outcomes & set(treatments().helped_outcomes) else None


def _trials(name: str, site: Site, tried: Sequence[TriedTreatment]) -> list[TriedTreatment]:
    """What was tried of this treatment at this site; a trial without a site counts for every site."""
    if not tried:
        return []
    names = {name, *treatments().treatment[name].also_called}
    return [trial for trial in tried if _spelled(trial.treatment) in names and trial.site in (None, site)]


def _failure(name: str, site: Site, tried: Sequence[TriedTreatment]) -> str | None:
    """Why a treatment goes down the list; None if it was not tried, not properly, or helped."""
    table = treatments()
    for trial in _trials(name, site, tried):
        outcome = _spelled(trial.outcome or "")
        stronger = _stronger(trial, table.treatment[name])
        if outcome in table.not_tolerated_outcomes and not stronger:
            return "It stands lower because you could not bear it."
        if outcome in table.failed_outcomes and _properly(trial, table.treatment[name]):
            if stronger:
                return f"It stands lower because a stronger one ({_measure(trial)}) did not help."
            return f"It stands lower because you tried it properly ({_measure(trial)}) and it did not help."
    return None


def _too_short(name: str, asker: Asker) -> str | None:
    table = treatments()
    treatment = table.treatment[name]
    for trial in _trials(name, asker.site, asker.tried):
        if _spelled(trial.outcome or "") in table.failed_outcomes and not _properly(trial, treatment):
            return (
                f"You tried it before ({_measure(trial)}), but it can only be judged after {_proper(treatment)}, "
                "so it keeps its place."
            )
    return None


def _stronger(trial: TriedTreatment, treatment: Treatment) -> bool:
    """Whether what was tried was stronger than this treatment ever is."""
    strongest_percent, tried_percent = treatment.strongest_percent, trial.strength_percent
    return strongest_percent is not None and tried_percent is not None and tried_percent > strongest_percent


def _properly(trial: TriedTreatment, treatment: Treatment) -> bool:
    """Whether a trial was long and strong enough to judge by. An unknown length or strength is not enough."""
    long = treatment.trial_weeks is None or (trial.weeks is not None and trial.weeks >= treatment.trial_weeks)
    strong = treatment.trial_strength_percent is None or (
        trial.strength_percent is not None and trial.strength_percent >= treatment.trial_strength_percent
    )
    return long and strong


def _proper(treatment: Treatment) -> str:
    parts = [] if treatment.trial_weeks is None else [f"{treatment.trial_weeks:g} weeks"]
    if treatment.trial_strength_percent is not None:
        parts.append(f"at {treatment.trial_strength_percent:g} % or more")
    return " ".join(parts)


def _measure(trial: TriedTreatment) -> str:
    parts = [] if trial.strength_percent is None else [f"{trial.strength_percent:g} %"]
    if trial.weeks is not None:
        parts.append(f"{trial.weeks:g} weeks")
    return ", ".join(parts) or "how long is not known"


def _spelled(name: str) -> str:
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())


def _shelf(name: str) -> str:
    return files("ionto.consult").joinpath("options", name).read_text("utf-8")


def _check_sources(owner: str, sources: Sequence[str]) -> None:
    unknown = [key for key in sources if key not in references()]
    if unknown:
        raise ValueError(f"{owner}: sources names {', '.join(unknown)}, not in references.toml")
