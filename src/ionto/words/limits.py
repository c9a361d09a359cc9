"""Hard ceilings, in code because they must not change with data, and the cap that may only go down.

Data above a ceiling is refused when it is loaded. A cap passes through limits, each of which may lower it and says why;
nothing raises it, and it is floored, never rounded, to what a device can set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType

from ionto.words.terms import Site

# Current by site. Palms: 20 mA adult maximum, NHS Doncaster [DONC]; soles: 25 mA, German practice [WIKI-DE];
# axillae: 15 mA, the upper end of what is used, by hearsay only [IONTO]. The face has no protocol.
CURRENT_CEILING_MA = MappingProxyType({Site.PALMS: 20.0, Site.SOLES: 25.0, Site.AXILLAE: 15.0, Site.FACE: 0.0})
CURRENT_CEILING_SOURCE = MappingProxyType(
    {Site.PALMS: "DONC", Site.SOLES: "WIKI-DE", Site.AXILLAE: "IONTO", Site.FACE: "IONTO"}
)
# 6 to 17 years: 15 mA, NHS Doncaster [DONC].
CHILD_CURRENT_CEILING_MA = 15.0
# Under 6 years: not treated, RA Fischer [FISCHER] and Saalio [SAAL-FAQ].
AGE_FLOOR_YEARS = 6
ADULT_AGE_YEARS = 18
# Current density: 0.5 mA/cm² is the ceiling of iontophoresis texts, 0.2 mA/cm² was tolerated for 30 min [SPP95].
DENSITY_CEILING_MA_PER_CM2 = 0.5
DENSITY_WARNING_MA_PER_CM2 = 0.2
# Makers ramp "slowly from zero" without a figure; ionto takes 30 s and never more than 1 mA/s [SOTERIX].
RAMP_CEILING_MA_PER_S = 1.0
# Slower than this a contact check would not end in time, and a ramp would outlast the session.
RAMP_FLOOR_MA_PER_S = 0.02
RAMP_DEFAULT_S = 30.0
# Any output at or above this is a device fault [HIDREX-SAFE].
TRIP_CURRENT_MA = 35.0
VOLTAGE_CEILING_V = 60.0
# The longest session any source names is 40 min [AAD].
DURATION_CEILING_MIN = 40.0
# Shorter than this earns no credit as a session [HID94].
EFFECTIVE_FLOOR_MIN = 10.0
# A session shorter than this keeps its poles: reversing within it is allowed from 10 min on [HIDREX-POL].
REVERSAL_FLOOR_MIN = 10.0
# At most once a day and five times a week [DERMADRY].
SESSIONS_CEILING_PER_DAY_COUNT = 1
SESSIONS_CEILING_PER_WEEK = 5


def check_ceilings(site: Site, cap_current_ma: float, contact_area_cm2: float) -> None:
    """Refuse a cap [mA] above the ceiling of the site, or one that over this area [cm²] reaches the ceiling of density.

    Raises
    ------
    ValueError
        With one sentence.
    """
    ceiling_ma = CURRENT_CEILING_MA[site]
    if cap_current_ma > ceiling_ma:
        raise ValueError(f"cap_current_ma is {cap_current_ma:g}, above the ceiling of {ceiling_ma:g} mA")
    if cap_current_ma >= DENSITY_CEILING_MA_PER_CM2 * contact_area_cm2:
        raise ValueError(
            f"cap_current_ma is {cap_current_ma:g}, which over {contact_area_cm2:g} cm² reaches the ceiling of "
            f"{DENSITY_CEILING_MA_PER_CM2:g} mA/cm²"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CapReason:
    """One limit that was applied to the current, whether or not it was the one that ruled."""

    limit: str
    value_ma: float
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Cap:
    """The highest current allowed, and every limit it passed through.

    >>> cap = Cap(20.0).lowered(CapReason(limit="child", value_ma=15.0, why="Under 18.", source="DONC"))
    >>> cap.value_ma
    15.0
    >>> cap.lowered(CapReason(limit="site", value_ma=25.0, why="Soles.", source="WIKI-DE")).value_ma
    15.0
    """

    value_ma: float
    reasons: tuple[CapReason, ...] = ()

    def lowered(self, reason: CapReason) -> Cap:
        """The cap after one more limit. A limit that is not a number, or is negative, cuts to zero."""
        limit_ma = reason.value_ma if math.isfinite(reason.value_ma) and reason.value_ma > 0 else 0.0
        return Cap(min(self.value_ma, limit_ma), (*self.reasons, replace(reason, value_ma=limit_ma)))


def floored(value_ma: float, step_ma: float) -> float:
    """The highest current a device with this step can set without passing `value_ma`.

    >>> floored(14.96, 0.1), floored(15.0, 0.1), floored(0.3, 0.1)
    (14.9, 15.0, 0.3)
    """
    if step_ma <= 0:
        raise ValueError(f"step_ma must be positive, not {step_ma}")
    steps_count = math.floor(value_ma / step_ma)
    digits_count = max(0, 3 - math.floor(math.log10(step_ma)))
    # Division may fall just short of a whole number (0.3 / 0.1); the next step up is taken only if it does not pass.
    if round((steps_count + 1) * step_ma, digits_count) <= value_ma:
        steps_count += 1
    return round(steps_count * step_ma, digits_count)
