"""One table of units: the suffix a name carries, its UCUM code for exchange, and the label people read.

Every number in ionto says its unit in its name, with one of these suffixes. Conversions live here and are called at the
edges only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it stands in names, in FHIR (UCUM) and on a page."""

    suffix: str
    ucum: str
    label: str


UNITS = {
    unit.suffix: unit
    for unit in (
        Unit("ma", "mA", "mA"),
        Unit("v", "V", "V"),
        Unit("kohm", "kOhm", "kΩ"),
        Unit("kohm_cm2", "kOhm.cm2", "kΩ·cm²"),
        Unit("cm2", "cm2", "cm²"),
        Unit("ma_min", "mA.min", "mA·min"),
        Unit("ma_min_per_cm2", "mA.min/cm2", "mA·min/cm²"),
        Unit("ma_per_cm2", "mA/cm2", "mA/cm²"),
        Unit("ma_per_s", "mA/s", "mA/s"),
        Unit("khz", "kHz", "kHz"),
        Unit("us_per_cm", "uS/cm", "µS/cm"),
        Unit("mg", "mg", "mg"),
        Unit("mg_per_min", "mg/min", "mg/min"),
        Unit("percent", "%", "%"),
        Unit("s", "s", "s"),
        Unit("min", "min", "min"),
        Unit("hours", "h", "h"),
        Unit("days", "d", "days"),
        Unit("day", "d", "day"),
        Unit("weeks", "wk", "weeks"),
        Unit("months", "mo", "months"),
        Unit("years", "a", "years"),
        Unit("year", "a", "year"),
        Unit("fraction", "1", ""),
        Unit("ratio", "1", ""),
        Unit("prob", "1", ""),
        Unit("score", "{score}", ""),
        Unit("count", "1", ""),
        Unit("per_week", "/wk", "a week"),
        Unit("per_month", "/mo", "a month"),
    )
}


def unit_of(name: str) -> Unit | None:
    """The unit that a name carries, by its longest suffix; None when it carries none.

    >>> unit_of("ramp_ma_per_s").label
    'mA/s'
    >>> unit_of("sessions_per_week").label
    'a week'
    >>> unit_of("current") is None
    True
    """
    fitting = [unit for suffix, unit in UNITS.items() if name == suffix or name.endswith("_" + suffix)]
    return max(fitting, key=lambda unit: len(unit.suffix), default=None)
