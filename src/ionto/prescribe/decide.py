"""The decision to prescribe: a clearance, a protocol and the person's history make a prescription."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations

from ionto.consult import Clearance, Expectation, expectations_for
from ionto.prescribe.prescription import Claim, Plan, PlannedSession, Prescription
from ionto.prescribe.protocol import (
    NotPrescribable,
    ProtocolVersion,
    TreatmentDevice,
    TreatmentProtocol,
)
from ionto.words.limits import (
    ADULT_AGE_YEARS,
    CHILD_CURRENT_CEILING_MA,
    CURRENT_CEILING_MA,
    CURRENT_CEILING_SOURCE,
    DENSITY_WARNING_MA_PER_CM2,
    RAMP_CEILING_MA_PER_S,
    RAMP_DEFAULT_S,
    RAMP_FLOOR_MA_PER_S,
    Cap,
    CapReason,
    floored,
)
from ionto.words.records import SessionFact
from ionto.words.terms import Outcome, Side


def prescribe(
    clearance: Clearance,
    protocol: TreatmentProtocol,
    history: Iterable[SessionFact] = (),
    *,
    device_id: str,
    device: TreatmentDevice,
) -> Prescription:
    """The protocol made personal: every limit applied, each with who lowered the current and why.

    Parameters
    ----------
    history
        Sessions already had at this site. Whoever was comfortable at a current begins there, not at the bottom.

    Raises
    ------
    NotPrescribable
        When the protocol is for another site or for simulation only, or the device cannot run it.
    """
    if protocol.site is not clearance.site:
        raise NotPrescribable(f"Protocol {protocol.id} is for the {protocol.site}, not for the {clearance.site}.")
    if protocol.waveform not in device.waveforms:
        raise NotPrescribable(f"{device.label} cannot deliver the waveform of {protocol.id} ({protocol.waveform}).")
    if protocol.simulation_only and device_id != "simulated":
        raise NotPrescribable(
            f"{protocol.label} is for the simulated device only: it begins higher than anyone should."
        )
    version = protocol.on(clearance.given_on)
    cap = _capped(clearance, version, device)
    cap_ma = floored(cap.value_ma, device.step_ma)
    target_ma = floored(min(version.target_current_ma.value, cap_ma), device.step_ma)
    if target_ma <= 0:
        raise NotPrescribable(f"No current that {device.label} can set is allowed here.")
    start_ma = floored(min(_begun_at_ma(version, history), target_ma), device.step_ma)
    return Prescription(
        site=clearance.site,
        protocol=protocol.id,
        waveform=protocol.waveform,
        start_current_ma=start_ma or target_ma,
        step_current_ma=version.step_current_ma.value,
        target_current_ma=target_ma,
        cap_current_ma=cap_ma,
        cap_reasons=cap.reasons,
        duration_min=version.duration_min.value,
        polarity=version.polarity.value,
        ramp_ma_per_s=min(RAMP_CEILING_MA_PER_S, max(RAMP_FLOOR_MA_PER_S, floored(target_ma / RAMP_DEFAULT_S, 0.001))),
        sessions_per_week=version.sessions_per_week.value,
        review_after_sessions=version.review_after_sessions.value,
        longest_interval_days=version.longest_interval_days.value,
        contact_area_cm2=version.contact_area_cm2.value,
        device=device_id,
        voltage_limit_v=device.voltage_limit_v,
        cleared_by=clearance.cleared_by,
    )


def _capped(clearance: Clearance, version: ProtocolVersion, device: TreatmentDevice) -> Cap:
    """The current's cap after every limit, each kept with its reason."""
    site_ma = CURRENT_CEILING_MA[clearance.site]
    density_ma = DENSITY_WARNING_MA_PER_CM2 * version.contact_area_cm2.value
    limits = [
        CapReason(
            limit="site",
            value_ma=site_ma,
            why=f"ionto's ceiling for the {clearance.site}.",
            source=CURRENT_CEILING_SOURCE[clearance.site],
        ),
        _cited("protocol", version.cap_adult_ma.value, version.cap_adult_ma.says, version.cap_adult_ma.sources),
        CapReason(
            limit="density",
            value_ma=density_ma,
            why=f"{DENSITY_WARNING_MA_PER_CM2:g} mA/cm² was tolerated for 30 minutes; here over "
            f"{version.contact_area_cm2.value:g} cm².",
            source="SPP95",
        ),
    ]
    if clearance.age_years < ADULT_AGE_YEARS:
        child_ma = min(version.cap_child_ma.value, CHILD_CURRENT_CEILING_MA)
        limits.append(_cited("child", child_ma, version.cap_child_ma.says, version.cap_child_ma.sources))
    if device.current_max_ma is not None:
        limits.append(_cited("device", device.current_max_ma, f"The most {device.label} can give.", device.sources))
    cap = Cap(site_ma)
    for limit in limits:
        cap = cap.lowered(limit)
    return cap


def _cited(limit: str, value_ma: float, why: str, sources: Sequence[str]) -> CapReason:
    return CapReason(limit=limit, value_ma=value_ma, why=why, source=sources[0])


def _begun_at_ma(version: ProtocolVersion, history: Iterable[SessionFact]) -> float:
    """Where to begin: the protocol's start, or the last current that was completed without pain."""
    comfortable = [fact.current_ma for fact in history if fact.outcome is Outcome.COMPLETED and not fact.pain_reported]
    return max(version.start_current_ma.value, comfortable[-1]) if comfortable else version.start_current_ma.value


def plan_for(
    prescription: Prescription,
    protocol: TreatmentProtocol,
    *,
    starts_on: date,
    weekdays: Sequence[int] = (),
    disagreements: Sequence[str] = (),
    expect: Sequence[Claim] | None = None,
) -> Plan:
    """The prescription with its induction days, what to expect, and why it is so.

    Parameters
    ----------
    weekdays
        Days of the week that suit the person, 0 for Monday. None given: evenly spread from the first day.
    expect
        What the consultation says that this person may expect. None given: what any adult may expect at the site.
    """
    days = _days(starts_on, prescription.sessions_per_week, prescription.review_after_sessions, weekdays)
    sessions = tuple(
        PlannedSession(
            on=day,
            phase="induction",
            first_anode=Side.RIGHT if number % 2 == 0 else Side.LEFT,
            current_ma=min(
                prescription.target_current_ma,
                prescription.start_current_ma + number * prescription.step_current_ma,
            ),
        )
        for number, day in enumerate(days)
    )
    return Plan(
        prescription=prescription,
        sessions=sessions,
        expect=tuple(claims_of(expectations_for(prescription.site)) if expect is None else expect),
        why=(*_why(prescription, protocol.on(starts_on)), *disagreements),
    )


def claims_of(expectations: Iterable[Expectation]) -> tuple[Claim, ...]:
    """What was said in the consultation, as a plan repeats it: each claim with what to do, and its sources."""
    return tuple(
        Claim(claim=f"{item.claim} {item.do}" if item.do else item.claim, sources=item.sources) for item in expectations
    )


def _days(starts_on: date, sessions_per_week: int, sessions_count: int, weekdays: Sequence[int]) -> list[date]:
    """The days of the induction, never two on one day and never more than `sessions_per_week` in a week.

    >>> [day.day for day in _days(date(2026, 11, 24), 3, 4, ())]
    [24, 26, 28, 1]
    >>> [day.day for day in _days(date(2026, 11, 24), 3, 4, (0, 2, 4))]
    [25, 27, 30, 2]
    >>> [day.day for day in _days(date(2026, 11, 24), 3, 4, (0, 1, 2, 3, 4))]
    [25, 27, 30, 2]
    """
    if weekdays:
        chosen = _spread(sorted(set(weekdays)), sessions_per_week)
        upcoming = (starts_on + timedelta(days=ahead) for ahead in range(7 * (sessions_count + 1)))
        return [day for day in upcoming if day.weekday() in chosen][:sessions_count]
    return [starts_on + timedelta(days=7 * number // sessions_per_week) for number in range(sessions_count)]


def _spread(weekdays: Sequence[int], count: int) -> Sequence[int]:
    """At most `count` of these days of the week, those that lie furthest apart; of equals the earliest."""
    if len(weekdays) <= count:
        return weekdays

    def gaps(days: Sequence[int]) -> list[int]:
        return sorted((later - earlier - 1) % 7 for earlier, later in zip(days, (*days[1:], days[0]), strict=True))

    return max(combinations(weekdays, count), key=gaps)


def _why(prescription: Prescription, version: ProtocolVersion) -> tuple[str, ...]:
    """The reasons of the plan, in sentences a patient can read."""
    ruling = min(prescription.cap_reasons, key=lambda reason: reason.value_ma)
    return (
        f"{version.duration_min.says} [{', '.join(version.duration_min.sources)}]",
        f"{version.sessions_per_week.says} [{', '.join(version.sessions_per_week.sources)}]",
        f"We begin at {prescription.start_current_ma:g} mA and aim for {prescription.target_current_ma:g} mA. "
        f"{version.step_current_ma.says} [{', '.join(version.step_current_ma.sources)}]",
        f"Never more than {prescription.cap_current_ma:g} mA: {ruling.why} [{ruling.source}]",
        f"{version.polarity.says} [{', '.join(version.polarity.sources)}]",
        f"We look again after {prescription.review_after_sessions} sessions. "
        f"{version.review_after_sessions.says} [{', '.join(version.review_after_sessions.sources)}]",
    )
