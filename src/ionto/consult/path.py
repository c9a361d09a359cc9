"""Where the current goes: the treated skin of a site (its field), and the parts of the body that the current crosses.

A one-sided site still closes its circuit through the other limb, so field and path always hold both sides. The lists
are facts 2.3, rule CI-03. The upper arm counts for the axillae because the pad lies against it, and the axilla for the
palms because it lies between arm and chest. The spine counts for no site: it is never called safe, only left to a
clinician.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from ionto.words.terms import BodyPart, Side, Site


class Place(StrEnum):
    """Where a condition must lie, seen from a site, for a rule to hold. Beside the field is in the path, outside it."""

    ANYWHERE = "anywhere"
    IN_PATH = "in_path"
    OUTSIDE_PATH = "outside_path"
    IN_FIELD = "in_field"
    OUTSIDE_FIELD = "outside_field"
    BESIDE_FIELD = "beside_field"


def _both(*limbs: str) -> frozenset[BodyPart]:
    return frozenset(BodyPart(f"{side}_{limb}") for limb in limbs for side in Side)


FIELD = MappingProxyType(
    {
        Site.PALMS: _both("hand"),
        Site.SOLES: _both("foot"),
        Site.AXILLAE: _both("axilla"),
        Site.FACE: frozenset({BodyPart.HEAD, BodyPart.JAW, BodyPart.MOUTH}),
    }
)
PATH = MappingProxyType(
    {
        Site.PALMS: _both("hand", "forearm", "upper_arm", "axilla", "shoulder") | {BodyPart.CHEST},
        Site.SOLES: _both("foot", "lower_leg", "knee", "thigh", "hip") | {BodyPart.PELVIS},
        Site.AXILLAE: _both("axilla", "shoulder", "upper_arm") | {BodyPart.CHEST},
        Site.FACE: frozenset({BodyPart.HEAD, BodyPart.JAW, BodyPart.MOUTH}),
    }
)


def lies(where: BodyPart | None, place: Place, site: Site) -> bool:
    """Whether a body part lies at this place, seen from the site. An unknown part may lie anywhere, so it always does.

    >>> lies(BodyPart.LEFT_FOREARM, Place.IN_PATH, Site.PALMS), lies(BodyPart.LEFT_FOREARM, Place.IN_FIELD, Site.PALMS)
    (True, False)
    >>> lies(None, Place.IN_FIELD, Site.SOLES)
    True
    """
    if where is None or place is Place.ANYWHERE:
        return True
    match place:
        case Place.IN_PATH:
            return where in PATH[site]
        case Place.OUTSIDE_PATH:
            return where not in PATH[site]
        case Place.IN_FIELD:
            return where in FIELD[site]
        case Place.OUTSIDE_FIELD:
            return where not in FIELD[site]
        case Place.BESIDE_FIELD:
            return where in PATH[site] - FIELD[site]
