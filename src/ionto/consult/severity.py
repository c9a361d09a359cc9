"""How bad it is: the band of the HDSS answer, and of the weighed sweat where a threshold is known."""

from __future__ import annotations

from typing import Literal

from ionto.consult.consultation import Severity
from ionto.consult.intake import SiteIntake
from ionto.words.terms import Site

Band = Literal["mild", "moderate", "severe"]
SweatBand = Literal["above_threshold", "below_threshold", "no_threshold"]

# 100 mg in 5 min separates hyperhidrosis from normal sweating at palm and axilla, Thorlacius 2015 [THOR15]. No
# threshold was found for soles and face.
SWEAT_THRESHOLD_MG_PER_MIN = {Site.PALMS: 20.0, Site.AXILLAE: 20.0}


def hdss_band(hdss: int) -> Band:
    """The band of an HDSS answer: 1 mild, 2 moderate, 3 and 4 severe [SWEATLESS].

    >>> [hdss_band(score) for score in (1, 2, 3, 4)]
    ['mild', 'moderate', 'severe', 'severe']
    """
    if hdss <= 1:
        return "mild"
    return "moderate" if hdss == 2 else "severe"


def sweat_band(site: Site, sweat_mg_per_min: float) -> SweatBand:
    """On which side of the site's threshold [mg/min, one side, at rest] a weighed sweat rate lies [THOR15].

    >>> sweat_band(Site.PALMS, 52.0), sweat_band(Site.SOLES, 52.0)
    ('above_threshold', 'no_threshold')
    """
    threshold_mg_per_min = SWEAT_THRESHOLD_MG_PER_MIN.get(site)
    if threshold_mg_per_min is None:
        return "no_threshold"
    return "above_threshold" if sweat_mg_per_min >= threshold_mg_per_min else "below_threshold"


def severity(place: SiteIntake) -> Severity:
    """The severity at one site by each scale that was answered; what was not answered stays None."""
    weighed = place.sweat_mg_per_min
    band = None if weighed is None else sweat_band(place.site, weighed)
    asked = () if place.hdss is None else ("HDSS-SNN", "SWEATLESS", "CAN07")
    return Severity(
        hdss=place.hdss,
        band=None if place.hdss is None else hdss_band(place.hdss),
        sweat_mg_per_min=weighed,
        sweat_band=band,
        sources=asked + (("THOR15",) if band in ("above_threshold", "below_threshold") else ()),
    )
