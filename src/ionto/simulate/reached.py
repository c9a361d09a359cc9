"""The current that a voltage limit lets through settled skins: `circuit` once soaked and opened, for many people.

With the ducts of one skin emptied and of the other filled, both skins are taken as their mean. The current is an
explicit function of the voltage across one skin, so that one root by Newton's method is all there is to find.
"""

from __future__ import annotations

import numpy as np

from ionto.simulate.chance import Floats
from ionto.simulate.circuit import TAP_US_PER_CM, CircuitTraits

_STEPS = 7


def limit_ma(
    circuit: CircuitTraits,
    skin_kohm_cm2: Floats,
    body_kohm: Floats,
    area_cm2: float,
    *,
    water_us_per_cm: float,
    limit_v: float,
) -> Floats:
    """The settled current at the voltage limit; the skins as they are on that day, `circuit` for all else."""
    ohmic_kohm = body_kohm + 2 * circuit.tray_kohm * TAP_US_PER_CM / water_us_per_cm
    # Two unequal skins in series: 1 / (1 - e) + 1 / (1 + e) = 2 / (1 - e²).
    at_rest = area_cm2 / skin_kohm_cm2 * (1 - circuit.emptying_loss_ratio**2)
    ceiling_v = np.full_like(skin_kohm_cm2, max(0.0, limit_v - circuit.electrode_onset_v) / 2)
    skin_v = ceiling_v
    for _ in range(_STEPS):
        current_ma, slope = _through(circuit, at_rest, skin_v)
        electrode_v = circuit.electrode_slope_v * np.log1p(current_ma / circuit.electrode_exchange_ma)
        electrode_slope = circuit.electrode_slope_v / (current_ma + circuit.electrode_exchange_ma)
        excess_v = 2 * (skin_v - ceiling_v) + current_ma * ohmic_kohm + electrode_v
        step = excess_v / (2 + slope * (ohmic_kohm + electrode_slope))
        skin_v = np.clip(skin_v - step, 0.05 * skin_v, ceiling_v)
    return _through(circuit, at_rest, skin_v)[0]


def _through(circuit: CircuitTraits, at_rest: Floats, skin_v: Floats) -> tuple[Floats, Floats]:
    """Current through one settled skin at this voltage [mA], and how it rises [mA/V]."""
    drive = (skin_v / circuit.half_opening_v) ** 2
    opening = drive / (1 + drive)
    opening_slope = 2 * skin_v / circuit.half_opening_v**2 / (1 + drive) ** 2
    square = (skin_v / circuit.softening_v) ** 2
    softening = np.sqrt(1 + square)
    gain = 1 + circuit.hydration_gain_ratio + circuit.opening_gain_ratio * opening
    current_ma = at_rest * gain * skin_v * softening
    slope = at_rest * (
        gain * (1 + 2 * square) / softening + circuit.opening_gain_ratio * opening_slope * skin_v * softening
    )
    return current_ma, slope
