"""The skin and bath circuit: two skins in series with the body, two layers of water and the electrodes.

Each skin conducts more while it soaks and while a voltage holds its appendages open, a little less where it is the
anode (the ducts empty) and more where it is the cathode (they fill), and its resistance softens at high voltage. Units
are seconds, mA, V, kΩ and cm², so that mA times kΩ is V. `flow` gives what flows at this moment, `stepped` the state a
little later, `circuit_traits` a circuit by site, skin and water. Values that no source gives are marked [guess].
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from ionto.words.terms import Side, Site

# Spreading resistance of a cut: the wound bed itself, and tissue below it (muscle along and across, mean) [guess].
CUT_BED_KOHM_CM2 = 0.1
TISSUE_US_PER_CM = 3500.0
# The conductivity at which the resistance of a layer of water is stated: median tap water [TAP-WATER].
TAP_US_PER_CM = 500.0
# Less skin than this in the water is none.
LEAST_WETTED_FRACTION = 1e-4
_SOLVED_V = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSkin:
    """A kind of skin: its resistance against the site's normal skin, how soaked it starts, and any cut in it."""

    resistance_ratio: float = 1.0
    start_hydration_fraction: float = 0.0
    cut_cm2: float = 0.0


# Dry skin makes a loop of 4 to 6 kΩ [SAAL-SHOP]. Wet: glands at work and minutes of soaking [guess on IEC60479, where
# wet hands lie 10 to 25 % lower]. Treated: late in a course the set current is no longer reached [SAAL-I; ratio guess].
# Thin: the lower end of what wet palms show, 50 to 300 kΩ·cm² [HERKE, IEC60479]. The cut is a disc of 2 mm on the left
# side; minor injuries are where burns happen [REI95].
SKINS: Mapping[str, NamedSkin] = MappingProxyType(
    {
        "normal": NamedSkin(),
        "dry": NamedSkin(resistance_ratio=4.0),
        "wet": NamedSkin(resistance_ratio=0.8, start_hydration_fraction=1.0),
        "thin": NamedSkin(resistance_ratio=0.4),
        "treated": NamedSkin(resistance_ratio=2.0),
        "cut": NamedSkin(cut_cm2=0.0314),
    }
)

# Conductivity of the water [µS/cm]: usual tap 100 to 1000, legal maximum 2500, rain and distilled below 50, a teaspoon
# of baking soda in a litre about 4000 [TAP-WATER; facts 5.6].
WATERS: Mapping[str, float] = MappingProxyType(
    {"distilled": 10.0, "soft": 100.0, "tap": TAP_US_PER_CM, "hard": 1000.0, "salted": 4000.0}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitTraits:
    """A person in a bath, electrically; frozen for the session. Defaults are a typical adult's palms in tap water."""

    area_cm2: float = 163.5  # of each side, all in the water [TAYLOR13]
    skin_kohm_cm2: float = 280.0  # before soaking and current; set so that KAR04's 1.8 to 3.3 kΩ holds at 20 mA
    hydration_gain_ratio: float = 1.0  # conductance gained by soaking; fitted by eye to HERKE
    opening_gain_ratio: float = 2.5  # conductance gained by open appendages; fitted by eye to HERKE and CURDY00
    emptying_loss_ratio: float = 0.3  # conductance lost with empty ducts, gained with full ones [guess on PABST]
    hydration_tau_s: float = 120.0  # soaked within 3 to 5 min (Nitiyarom 2021, physics 1.1)
    drying_tau_s: float = 900.0  # out of the water [guess]
    opening_tau_s: float = 60.0  # under current: minutes [HERKE]
    closing_tau_s: float = 900.0  # a third recovered 30 min after switching off [CURDY00]
    duct_tau_s: float = 40.0  # duct memory: minutes (Pabst 2018, physics 1.1)
    half_opening_v: float = 6.0  # appendages open below 30 V across the skin [CHIZ98]
    softening_v: float = 20.0  # the skin's own resistance gives way [CHIZ98]
    body_kohm: float = 0.7  # hand to hand, 640 to 770 Ω [ISH15]
    tray_kohm: float = 0.045  # one layer of water at 500 µS/cm (field model, physics 5)
    water_us_per_cm: float = TAP_US_PER_CM
    electrode_onset_v: float = 1.6  # two stainless electrodes, oxygen and hydrogen (physics 1.2)
    electrode_slope_v: float = 0.08  # for each e-fold of current
    electrode_exchange_ma: float = 1e-3
    voltage_limit_v: float = 58.0  # of a strong device [SAAL-I]
    start_hydration_fraction: float = 0.0
    left_cut_cm2: float = 0.0
    right_cut_cm2: float = 0.0

    @property
    def bath_kohm(self) -> float:
        """Both layers of water, all of the skin in them."""
        return 2 * self.tray_kohm * TAP_US_PER_CM / self.water_us_per_cm

    @property
    def has_cut(self) -> bool:
        return self.left_cut_cm2 > 0 or self.right_cut_cm2 > 0

    def cut_kohm(self, side: Side) -> float:
        """A cut on this side as a disc electrode between water and tissue (1/4σa each way); infinite without one."""
        cut_cm2 = self.left_cut_cm2 if side is Side.LEFT else self.right_cut_cm2
        if cut_cm2 <= 0:
            return math.inf
        spreading = math.sqrt(math.pi / cut_cm2) / 4 * 1000
        return CUT_BED_KOHM_CM2 / cut_cm2 + spreading * (1 / self.water_us_per_cm + 1 / TISSUE_US_PER_CM)


class SkinState(NamedTuple):
    """One skin now: how soaked, how far its appendages are open, and its ducts from full (-1) to empty (+1)."""

    hydration_fraction: float
    opening_fraction: float
    emptying_ratio: float


class CircuitState(NamedTuple):
    """Both skins now."""

    left: SkinState
    right: SkinState


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How much of each side's area is in the water: 1 immersed, 0 out of it."""

    left_fraction: float = 1.0
    right_fraction: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.left_fraction <= 1 and 0 <= self.right_fraction <= 1):
            raise ValueError("a wetted fraction lies between 0 and 1")


IMMERSED = Contact()


class Flow(NamedTuple):
    """What flows at one moment. `at_limit` says that the voltage limit, not the asked current, ruled.

    `intact_ma_per_cm2` is the denser of both skins, as a mean over the part that is in the water; `cut_ma_per_cm2` is
    in the cut, or nothing where there is none.
    """

    current_ma: float
    voltage_v: float
    left_skin_v: float
    right_skin_v: float
    at_limit: bool
    intact_ma_per_cm2: float
    cut_ma_per_cm2: float = 0.0

    @property
    def densest_ma_per_cm2(self) -> float:
        return max(self.intact_ma_per_cm2, self.cut_ma_per_cm2)


_NOTHING = Flow(0.0, 0.0, 0.0, 0.0, at_limit=False, intact_ma_per_cm2=0.0)


def resting(traits: CircuitTraits) -> CircuitState:
    """Both skins before the session."""
    skin = SkinState(traits.start_hydration_fraction, 0.0, 0.0)
    return CircuitState(skin, skin)


def low_field_kohm(traits: CircuitTraits, skin: SkinState, wetted_fraction: float) -> float:
    """Resistance of one skin at small voltage; infinite when out of the water."""
    if wetted_fraction < LEAST_WETTED_FRACTION:
        return math.inf
    conductance_gain_ratio = (
        1 + traits.hydration_gain_ratio * skin.hydration_fraction + traits.opening_gain_ratio * skin.opening_fraction
    ) * (1 - traits.emptying_loss_ratio * skin.emptying_ratio)
    return traits.skin_kohm_cm2 / (traits.area_cm2 * wetted_fraction * conductance_gain_ratio)


def skin_current_ma(voltage_v: float, skin_kohm: float, softening_v: float) -> float:
    """Current through a skin that softens: Ohm's law at small voltage, with the square of the voltage at large."""
    return voltage_v / skin_kohm * math.sqrt(1 + (voltage_v / softening_v) ** 2)


def skin_voltage_v(current_ma: float, skin_kohm: float, softening_v: float) -> float:
    """The voltage that drives this current through the skin: the exact inverse of `skin_current_ma`.

    >>> round(skin_current_ma(skin_voltage_v(15.0, 0.6, 20.0), 0.6, 20.0), 9)
    15.0
    """
    ohmic_v = current_ma * skin_kohm
    # (sqrt(1 + 4y²) - 1) / 2 in the form that keeps its digits when y is small.
    drive_ratio = ohmic_v / softening_v
    return ohmic_v * math.sqrt(2 / (math.sqrt(1 + 4 * drive_ratio * drive_ratio) + 1))


def flow(
    traits: CircuitTraits,
    state: CircuitState,
    asked_ma: float,
    contact: Contact = IMMERSED,
    *,
    limit_v: float = math.inf,
) -> Flow:
    """What flows when this current is asked for: all of it, or what the voltage limit (the lower one) lets through."""
    if asked_ma <= 0:
        return _NOTHING
    left_kohm = low_field_kohm(traits, state.left, contact.left_fraction)
    right_kohm = low_field_kohm(traits, state.right, contact.right_fraction)
    limit_v = min(limit_v, traits.voltage_limit_v)
    if math.isinf(left_kohm + right_kohm) or limit_v <= traits.electrode_onset_v:
        return Flow(0.0, limit_v, 0.0, 0.0, at_limit=True, intact_ma_per_cm2=0.0)
    skins = (
        _Skin(left_kohm, traits.cut_kohm(Side.LEFT), traits.area_cm2 * contact.left_fraction),
        _Skin(right_kohm, traits.cut_kohm(Side.RIGHT), traits.area_cm2 * contact.right_fraction),
    )
    ohmic_kohm = traits.body_kohm + traits.bath_kohm / min(contact.left_fraction, contact.right_fraction)
    current_ma = asked_ma
    voltage_v, left_v, right_v = _loop(traits, skins, ohmic_kohm, current_ma)
    at_limit = voltage_v > limit_v
    while at_limit and abs(voltage_v - limit_v) > _SOLVED_V:
        # The voltage grows ever more slowly with the current, so that every Newton step ends at or below the root.
        slope_kohm = _slope_kohm(traits, skins, ohmic_kohm, current_ma, left_v, right_v)
        next_ma = max(current_ma - (voltage_v - limit_v) / slope_kohm, 0.05 * current_ma)
        if next_ma in (current_ma, 0.0):
            break
        current_ma = next_ma
        voltage_v, left_v, right_v = _loop(traits, skins, ohmic_kohm, current_ma)
    if not traits.has_cut:
        return Flow(
            min(current_ma, asked_ma),
            limit_v if at_limit else voltage_v,
            left_v,
            right_v,
            at_limit,
            current_ma / min(skins[0].wetted_cm2, skins[1].wetted_cm2),
        )
    left_cut_ma, right_cut_ma = left_v / skins[0].cut_kohm, right_v / skins[1].cut_kohm
    return Flow(
        min(current_ma, asked_ma),
        limit_v if at_limit else voltage_v,
        left_v,
        right_v,
        at_limit,
        max((current_ma - left_cut_ma) / skins[0].wetted_cm2, (current_ma - right_cut_ma) / skins[1].wetted_cm2),
        max(
            left_cut_ma / traits.left_cut_cm2 if left_cut_ma else 0.0,
            right_cut_ma / traits.right_cut_cm2 if right_cut_ma else 0.0,
        ),
    )


def stepped(
    traits: CircuitTraits,
    state: CircuitState,
    flowing: Flow,
    anode: Side,
    dt_s: float,
    contact: Contact = IMMERSED,
) -> CircuitState:
    """The state after `dt_s` of this flow. Exact for a constant flow, so that a rest may be one long step."""
    left_sign = 1.0 if anode is Side.LEFT else -1.0
    return CircuitState(
        _stepped_skin(traits, state.left, flowing.left_skin_v, left_sign, contact.left_fraction, dt_s),
        _stepped_skin(traits, state.right, flowing.right_skin_v, -left_sign, contact.right_fraction, dt_s),
    )


def circuit_traits(
    site: Site, *, skin: str = "normal", water: str = "tap", voltage_limit_v: float = 58.0
) -> CircuitTraits:
    """The circuit of a typical adult at this site, with a named skin and a named water.

    Raises
    ------
    ValueError
        When the site has no circuit (the face is not treated), or the skin or the water is not known by this name.
    """
    if site not in _SITES:
        raise ValueError(f"there is no circuit for the {site}")
    if skin not in SKINS:
        raise ValueError(f"{skin!r} is not one of {', '.join(SKINS)}")
    if water not in WATERS:
        raise ValueError(f"{water!r} is not one of {', '.join(WATERS)}")
    area_cm2, skin_kohm_cm2, body_kohm = _SITES[site]
    kind = SKINS[skin]
    return CircuitTraits(
        area_cm2=area_cm2,
        skin_kohm_cm2=skin_kohm_cm2 * kind.resistance_ratio,
        body_kohm=body_kohm,
        water_us_per_cm=WATERS[water],
        voltage_limit_v=voltage_limit_v,
        start_hydration_fraction=kind.start_hydration_fraction,
        left_cut_cm2=kind.cut_cm2,
    )


# Area of one side [TAYLOR13], dry resistance (soles 150 to 400, axillae 50 to 150 kΩ·cm² [guess]), and the body between
# the sides: hand to hand [ISH15], foot to foot taken as the same, and the chest between the axillae [guess].
_SITES: Mapping[Site, tuple[float, float, float]] = MappingProxyType(
    {
        Site.PALMS: (163.5, 280.0, 0.7),
        Site.SOLES: (262.0, 275.0, 0.7),
        Site.AXILLAE: (98.0, 100.0, 0.2),
    }
)


class _Skin(NamedTuple):
    """One skin for the moment of solving: intact skin beside a cut."""

    intact_kohm: float
    cut_kohm: float
    wetted_cm2: float

    def voltage_v(self, current_ma: float, softening_v: float) -> float:
        """The voltage at this current; with a cut beside the intact skin, by Newton's method."""
        voltage_v = skin_voltage_v(current_ma, self.intact_kohm, softening_v)
        if self.cut_kohm == math.inf:
            return voltage_v
        excess_ma = voltage_v / self.cut_kohm
        # The current grows ever faster with the voltage, so that the steps come down to the root and stop there.
        while excess_ma > 1e-12 * current_ma:
            voltage_v -= excess_ma * self.slope_kohm(voltage_v, softening_v)
            through_ma = skin_current_ma(voltage_v, self.intact_kohm, softening_v) + voltage_v / self.cut_kohm
            excess_ma = through_ma - current_ma
        return voltage_v

    def slope_kohm(self, voltage_v: float, softening_v: float) -> float:
        """How steeply the voltage rises with the current at this voltage."""
        square = (voltage_v / softening_v) ** 2
        return 1 / ((1 + 2 * square) / (math.sqrt(1 + square) * self.intact_kohm) + 1 / self.cut_kohm)


def _loop(
    traits: CircuitTraits, skins: tuple[_Skin, _Skin], ohmic_kohm: float, current_ma: float
) -> tuple[float, float, float]:
    """Voltage of the loop, of the left and of the right skin at this current."""
    softening_v = traits.softening_v
    left_v = skins[0].voltage_v(current_ma, softening_v)
    right_v = skins[1].voltage_v(current_ma, softening_v)
    electrode_v = traits.electrode_onset_v + traits.electrode_slope_v * math.log1p(
        current_ma / traits.electrode_exchange_ma
    )
    return left_v + right_v + current_ma * ohmic_kohm + electrode_v, left_v, right_v


def _slope_kohm(
    traits: CircuitTraits,
    skins: tuple[_Skin, _Skin],
    ohmic_kohm: float,
    current_ma: float,
    left_v: float,
    right_v: float,
) -> float:
    """How steeply the voltage of the loop rises with the current, where its skins have these voltages."""
    return (
        skins[0].slope_kohm(left_v, traits.softening_v)
        + skins[1].slope_kohm(right_v, traits.softening_v)
        + ohmic_kohm
        + traits.electrode_slope_v / (current_ma + traits.electrode_exchange_ma)
    )


def _stepped_skin(
    traits: CircuitTraits, skin: SkinState, voltage_v: float, sign: float, wetted_fraction: float, dt_s: float
) -> SkinState:
    """One skin after `dt_s` at this voltage; `sign` is +1 under the anode and -1 under the cathode."""
    drive_ratio = (voltage_v / traits.half_opening_v) ** 2
    opening = drive_ratio / (1 + drive_ratio)
    opening_tau_s = traits.opening_tau_s if opening > skin.opening_fraction else traits.closing_tau_s
    is_wet = wetted_fraction >= LEAST_WETTED_FRACTION
    soaking = 1.0 if is_wet else 0.0
    soaking_tau_s = traits.hydration_tau_s if is_wet else traits.drying_tau_s
    emptying = sign * voltage_v / (1 + voltage_v)
    return SkinState(
        _relaxed(skin.hydration_fraction, soaking, dt_s / soaking_tau_s),
        _relaxed(skin.opening_fraction, opening, dt_s / opening_tau_s),
        _relaxed(skin.emptying_ratio, emptying, dt_s / traits.duct_tau_s),
    )


def _relaxed(value: float, towards: float, times_tau: float) -> float:
    return towards + (value - towards) * math.exp(-times_tau)
