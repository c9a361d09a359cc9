"""The virtual skins that hazards are played on: the six named ones, and as many drawn as asked for.

Each drawn skin is the site's typical circuit (`simulate.circuit`) with factors of its own. The spreads are the standard
deviations of the logarithm in the circuit model's table of parameters (physics 5), where it has them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from ionto.simulate.circuit import SKINS, CircuitTraits, circuit_traits
from ionto.words.terms import Site

# Dry resistance and gains are fitted by eye with these spreads; water varies about its name by [guess] a fifth.
SPREAD_SD_RATIO = MappingProxyType(
    {"skin": 0.5, "hydration_gain": 0.3, "opening_gain": 0.3, "half_opening": 0.2, "body": 0.12, "water": 0.2}
)
# How soaked it begins, from dry to bathed [guess].
HYDRATION_FRACTION = (0.0, 1.0)
# One skin in ten has a cut, of 1 to 5 mm² [guess].
CUT_PROB, CUT_CM2 = 0.1, (0.01, 0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSkin:
    """One skin: what it is against the typical circuit of a site."""

    name: str
    skin_ratio: float = 1.0
    hydration_gain_ratio: float = 1.0
    opening_gain_ratio: float = 1.0
    half_opening_ratio: float = 1.0
    body_ratio: float = 1.0
    water_ratio: float = 1.0
    start_hydration_fraction: float = 0.0
    cut_cm2: float = 0.0

    def traits(self, site: Site, water: str) -> CircuitTraits:
        """Its circuit at this site, in this water."""
        typical = circuit_traits(site, water=water)
        return replace(
            typical,
            skin_kohm_cm2=typical.skin_kohm_cm2 * self.skin_ratio,
            hydration_gain_ratio=typical.hydration_gain_ratio * self.hydration_gain_ratio,
            opening_gain_ratio=typical.opening_gain_ratio * self.opening_gain_ratio,
            half_opening_v=typical.half_opening_v * self.half_opening_ratio,
            body_kohm=typical.body_kohm * self.body_ratio,
            water_us_per_cm=typical.water_us_per_cm * self.water_ratio,
            start_hydration_fraction=self.start_hydration_fraction,
            left_cut_cm2=self.cut_cm2,
        )


def virtual_skins(count: int, seed: int) -> tuple[VirtualSkin, ...]:
    """So many skins: the named ones first, then drawn ones. The same seed draws the same skins."""
    named = [
        VirtualSkin(
            name=name,
            skin_ratio=skin.resistance_ratio,
            start_hydration_fraction=skin.start_hydration_fraction,
            cut_cm2=skin.cut_cm2,
        )
        for name, skin in SKINS.items()
    ]
    rng = np.random.default_rng(seed)
    return tuple([*named, *(_drawn(number, rng) for number in range(1, count - len(named) + 1))][:count])


def _drawn(number: int, rng: np.random.Generator) -> VirtualSkin:
    spread = {name: math.exp(sd_ratio * rng.standard_normal()) for name, sd_ratio in SPREAD_SD_RATIO.items()}
    return VirtualSkin(
        name=f"drawn {number}",
        skin_ratio=spread["skin"],
        hydration_gain_ratio=spread["hydration_gain"],
        opening_gain_ratio=spread["opening_gain"],
        half_opening_ratio=spread["half_opening"],
        body_ratio=spread["body"],
        water_ratio=spread["water"],
        start_hydration_fraction=float(rng.uniform(*HYDRATION_FRACTION)),
        cut_cm2=float(rng.uniform(*CUT_CM2)) if rng.random() < CUT_PROB else 0.0,
    )
