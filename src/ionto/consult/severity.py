"""How bad it is: each scale that was answered with its band and the change that matters, and weighed sweat.

Bands, changes and thresholds are data (scales.toml), each with its sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, cast

from annotated_types import MinLen

from ionto.consult.consultation import ScaleReading, Severity, WeighedSweat
from ionto.consult.intake import Intake, SiteIntake
from ionto.words.evidence import references
from ionto.words.reading import document, read_toml
from ionto.words.terms import Site

# The window in which thresholds are given [THOR15].
WINDOW_OF_PAPERS_MIN = 5.0
Band = Literal["mild", "moderate", "severe"]
SweatBand = Literal["above_threshold", "below_threshold", "no_threshold"]


@document
class ScaleBand:
    """A band of a scale, up to and including a score."""

    to_score: float
    band: str


@document
class Scale:
    """One scale as it is published: its range, its bands, and the change that matters, or None where nobody says."""

    label: str
    least_score: float
    most_score: float
    meaningful_change_score: float | None = None
    meaningful_change: str | None = None
    why: str
    sources: Annotated[tuple[str, ...], MinLen(1)]
    bands: tuple[ScaleBand, ...] = ()

    def __post_init__(self) -> None:
        edges = [band.to_score for band in self.bands]
        if edges and (edges != sorted(set(edges)) or edges[-1] != self.most_score):
            raise ValueError(f"{self.label}: the bands must rise and end at {self.most_score:g}")

    def band_of(self, score: float) -> str | None:
        """The band that a score falls in; None for a scale without bands."""
        return next((band.band for band in self.bands if score <= band.to_score), None)


@document
class SweatThreshold:
    """What a weight of sweat [mg/min, one side, at rest] is held against at one site; None where nothing is known."""

    threshold_mg_per_min: float | None = None
    why: str
    sources: Annotated[tuple[str, ...], MinLen(1)]


@document
class Scales:
    """All scales by name, and the thresholds of weighed sweat by site."""

    compared_on: date
    scale: dict[str, Scale]
    weighed: dict[Site, SweatThreshold]


@cache
def scales() -> Scales:
    """The scales of scales.toml, every source of which must be a known reference."""
    table = read_toml(Scales, files("ionto.consult").joinpath("scales.toml").read_text("utf-8"))
    cited = {key for scale in table.scale.values() for key in scale.sources}
    cited |= {key for weighed in table.weighed.values() for key in weighed.sources}
    if unknown := cited - set(references()):
        raise ValueError(f"scales.toml names {', '.join(sorted(unknown))}, not in references.toml")
    return table


def hdss_band(hdss: int) -> Band:
    """The band of an HDSS answer: 1 mild, 2 moderate, 3 and 4 severe [SWEATLESS].

    >>> [hdss_band(score) for score in (1, 2, 3, 4)]
    ['mild', 'moderate', 'severe', 'severe']
    """
    return cast(Band, scales().scale["hdss"].band_of(hdss))


def sweat_band(site: Site, sweat_mg_per_min: float) -> SweatBand:
    """On which side of the site's threshold [mg/min, one side, at rest] a weighed sweat rate lies [THOR15].

    >>> sweat_band(Site.PALMS, 52.0), sweat_band(Site.SOLES, 52.0)
    ('above_threshold', 'no_threshold')
    """
    threshold_mg_per_min = scales().weighed[site].threshold_mg_per_min
    if threshold_mg_per_min is None:
        return "no_threshold"
    return "above_threshold" if sweat_mg_per_min >= threshold_mg_per_min else "below_threshold"


def severity(intake: Intake, place: SiteIntake) -> Severity:
    """The severity at one site by each scale that was answered; what was not answered stays None."""
    rate_mg_per_min = place.weighed_mg_per_min
    band = None if rate_mg_per_min is None else sweat_band(place.site, rate_mg_per_min)
    asked = () if place.hdss is None else ("HDSS-SNN", "SWEATLESS", "CAN07")
    return Severity(
        hdss=place.hdss,
        band=None if place.hdss is None else hdss_band(place.hdss),
        sweat_mg_per_min=rate_mg_per_min,
        sweat_band=band,
        sources=asked + (("THOR15",) if band in ("above_threshold", "below_threshold") else ()),
        gravimetry=_weighed(place),
        scales=tuple(_readings(intake, place)),
    )


def _readings(intake: Intake, place: SiteIntake) -> Iterator[ScaleReading]:
    """Every scale that was answered: those of the site first, then those of the person."""
    answered = {
        "hdss": place.hdss,
        "hdsm_ax": place.hdsm_ax_score,
        "rating": place.rating_score,
        "starch_iodine": place.starch_iodine_score,
        "hidroqol": intake.hidroqol_score,
        "dlqi": intake.dlqi_score,
        "cdlqi": intake.cdlqi_score,
    }
    for name, score in answered.items():
        if score is not None:
            scale = scales().scale[name]
            yield ScaleReading(
                scale=name,
                label=scale.label,
                score=score,
                band=scale.band_of(score),
                meaningful_change=scale.meaningful_change,
                meaningful_change_score=scale.meaningful_change_score,
                why=scale.why,
                sources=scale.sources,
            )


def _weighed(place: SiteIntake) -> WeighedSweat | None:
    weighed = place.gravimetry
    if weighed is None:
        return None
    held_against = scales().weighed[place.site]
    rate_mg_per_min = weighed.sweat_mg_per_min
    in_papers_mg = rate_mg_per_min * WINDOW_OF_PAPERS_MIN
    also = "" if weighed.window_min == WINDOW_OF_PAPERS_MIN else f", or {in_papers_mg:.4g} mg in 5 min"
    return WeighedSweat(
        site=place.site,
        collected_mg=weighed.collected_mg,
        window_min=weighed.window_min,
        sweat_mg_per_min=rate_mg_per_min,
        why=(
            f"{weighed.collected_mg:g} mg in {weighed.window_min:g} min is {rate_mg_per_min:.3g} mg/min{also}. "
            f"{held_against.why}"
        ),
        sources=held_against.sources,
    )
