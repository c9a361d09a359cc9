"""The decision to prescribe: a clearance, a protocol and the person's history make a prescription for a device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ionto.consult import Clearance
from ionto.prescribe.check import check_device, notes_on, polarity_conflict
from ionto.prescribe.device import TreatmentDevice
from ionto.prescribe.prescription import Prescription
from ionto.prescribe.protocol import (
    Cited,
    NotPrescribable,
    ProtocolVersion,
    PulseRange,
    TreatmentProtocol,
    protocol_for,
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
from ionto.words.terms import Outcome, PolarityHabit, Side, Site, Waveform


def protocol_suiting(
    clearance: Clearance, device: TreatmentDevice, waveform: Waveform | None = None
) -> TreatmentProtocol | None:
    """The site's protocol with this waveform; None where there is none.

    With no waveform asked for, a child gets pulsed current where the device is known to pulse [DP450], and everyone
    else direct current, as far as the site has such a protocol.
    """
    if waveform is not None:
        return protocol_for(clearance.site, waveform)
    pulses = clearance.age_years < ADULT_AGE_YEARS and device.gives(Waveform.PULSED)
    first = Waveform.PULSED if pulses else Waveform.DC
    second = Waveform.DC if pulses else Waveform.PULSED
    return protocol_for(clearance.site, first) or protocol_for(clearance.site, second)


def prescribe(
    clearance: Clearance,
    protocol: TreatmentProtocol,
    history: Iterable[SessionFact] = (),
    *,
    device_id: str,
    device: TreatmentDevice,
    also: Clearance | None = None,
    polarity: PolarityHabit | None = None,
    worse_side: Side | None = None,
) -> Prescription:
    """The protocol made personal: every limit applied, each with who lowered the current and why.

    Parameters
    ----------
    history
        Sessions already had at this site. Whoever was comfortable at a current begins there, not at the bottom.
    also
        The clearance of the other site, for a protocol that treats two at once.
    polarity
        Another habit than the protocol's. With none asked for, a device that cannot keep the protocol's keeps its own.
    worse_side
        The side that sweats more.

    Raises
    ------
    NotPrescribable
        When the protocol is for another site or for simulation only, or the device cannot run it.
    """
    _check_protocol(clearance, protocol, also, device_id)
    if worse_side is not None and protocol.leads:
        raise NotPrescribable(f"Protocol {protocol.id} treats one side after the other: it has no worse side.")
    version = protocol.on(clearance.given_on)
    habit, habit_note = _habit(version, device, polarity)
    cap, step_ma = _capped(clearance, protocol, version, device), device.planned_step_ma
    cap_ma = floored(cap.value_ma, step_ma)
    target_ma = floored(min(version.target_current_ma.value, cap_ma), step_ma)
    if target_ma <= 0:
        raise NotPrescribable(f"No current that {device.label} can set is allowed here.")
    start_ma = floored(min(_begun_at_ma(version, history), target_ma), step_ma)
    made = Prescription(
        site=clearance.site,
        protocol=protocol.id,
        waveform=protocol.waveform,
        start_current_ma=start_ma or target_ma,
        step_current_ma=version.step_current_ma.value,
        target_current_ma=target_ma,
        cap_current_ma=cap_ma,
        cap_reasons=cap.reasons,
        duration_min=version.duration_min.value,
        polarity=habit,
        ramp_ma_per_s=min(RAMP_CEILING_MA_PER_S, max(RAMP_FLOOR_MA_PER_S, floored(target_ma / RAMP_DEFAULT_S, 0.001))),
        sessions_per_week=version.sessions_per_week.value,
        review_after_sessions=version.review_after_sessions.value,
        longest_interval_days=version.longest_interval_days.value,
        contact_area_cm2=version.contact_area_cm2.value,
        device=device_id,
        voltage_limit_v=device.voltage_limit_v,
        cleared_by=clearance.cleared_by or (also.cleared_by if also else None),
        also_site=protocol.also_site,
        pulse=_pulse(version, device),
        worse_side=worse_side,
    )
    check_device(made, device)
    notes = (*map(str, protocol.remarks), *habit_note, *_waveform_note(clearance, protocol, device))
    return replace(made, notes=(*notes, *notes_on(made, device)))


def _check_protocol(clearance: Clearance, protocol: TreatmentProtocol, also: Clearance | None, device_id: str) -> None:
    """Refuse a protocol that is not for this person, whatever the device."""
    if protocol.site is not clearance.site:
        raise NotPrescribable(f"Protocol {protocol.id} is for the {protocol.site}, not for the {clearance.site}.")
    if protocol.also_site is not None and (also is None or also.site is not protocol.also_site):
        raise NotPrescribable(f"Protocol {protocol.id} treats the {protocol.also_site} too, which are not cleared.")
    if protocol.simulation_only and device_id != "simulated":
        raise NotPrescribable(
            f"{protocol.label} is for the simulated device only: it begins higher than anyone should."
        )
    is_child = clearance.age_years < ADULT_AGE_YEARS
    if is_child and Site.AXILLAE in protocol.sites and clearance.cleared_by is None:
        raise NotPrescribable("The armpits of a child are treated only when a clinician has cleared it [IONTO].")


def _habit(
    version: ProtocolVersion, device: TreatmentDevice, chosen: PolarityHabit | None
) -> tuple[PolarityHabit, tuple[str, ...]]:
    """The habit that was chosen, or the protocol's; where the device cannot keep that, its maker's own, and why."""
    own = version.polarity.value
    if chosen is not None or device.polarity_habit is None:
        return chosen or own, ()
    conflict = polarity_conflict(own, version.duration_min.value, device)
    if conflict is None:
        return own, ()
    maker = device.polarity_habit
    return maker.value, (f"{conflict} So this plan keeps to its maker's way.",)


def _pulse(version: ProtocolVersion, device: TreatmentDevice) -> PulseRange | None:
    """How the current is to pulse: as the protocol wants it, or as this device always does."""
    if version.pulse is None:
        return None
    pulse, duty, frequency = version.pulse.value, device.pulse_duty_fraction, device.pulse_frequency_khz
    if duty is not None and pulse.has_duty(duty.value):
        pulse = replace(pulse, least_duty_fraction=duty.value, most_duty_fraction=duty.value)
    if frequency is not None and pulse.has_frequency(frequency.value):
        pulse = replace(pulse, least_frequency_khz=frequency.value, most_frequency_khz=frequency.value)
    return pulse


def _waveform_note(clearance: Clearance, protocol: TreatmentProtocol, device: TreatmentDevice) -> Iterator[str]:
    """Why a child gets the current that it gets."""
    if clearance.age_years >= ADULT_AGE_YEARS:
        return
    if protocol.waveform is Waveform.PULSED:
        yield "For children pulsed current comes first, because it is more comfortable [DP450]."
    elif device.gives(Waveform.PULSED):
        yield (
            "For children pulsed current would come first, because it is more comfortable; direct current was "
            "chosen [DP450]."
        )
    else:
        yield (
            "For children pulsed current would come first, because it is more comfortable; as far as is known "
            f"{device.name} does not give it, so this is direct current [DP450]."
        )


def _capped(
    clearance: Clearance, protocol: TreatmentProtocol, version: ProtocolVersion, device: TreatmentDevice
) -> Cap:
    """The current's cap after every limit, each kept with its reason."""
    density_ma = DENSITY_WARNING_MA_PER_CM2 * version.contact_area_cm2.value
    limits = [
        CapReason(
            limit="site",
            value_ma=CURRENT_CEILING_MA[site],
            why=f"ionto's ceiling for the {site}.",
            source=CURRENT_CEILING_SOURCE[site],
        )
        for site in protocol.sites
    ]
    limits += [
        _cited("protocol", version.cap_adult_ma),
        CapReason(
            limit="density",
            value_ma=density_ma,
            why=f"{DENSITY_WARNING_MA_PER_CM2:g} mA/cm² was tolerated for 30 minutes; here over "
            f"{version.contact_area_cm2.value:g} cm².",
            source="SPP95",
        ),
    ]
    if clearance.age_years < ADULT_AGE_YEARS:
        child = version.cap_child_ma
        limits.append(_cited("child", replace(child, value=min(child.value, CHILD_CURRENT_CEILING_MA))))
    if device.current_max_ma is not None:
        limits.append(_cited("device", replace(device.current_max_ma, says=f"The most {device.label} can give.")))
    cap = Cap(CURRENT_CEILING_MA[clearance.site])
    for limit in limits:
        cap = cap.lowered(limit)
    return cap


def _cited(limit: str, value_ma: Cited[float]) -> CapReason:
    return CapReason(limit=limit, value_ma=value_ma.value, why=value_ma.says, source=value_ma.sources[0])


def _begun_at_ma(version: ProtocolVersion, history: Iterable[SessionFact]) -> float:
    """Where to begin: the protocol's start, or the last current that was completed without pain."""
    comfortable = [fact.current_ma for fact in history if fact.outcome is Outcome.COMPLETED and not fact.pain_reported]
    return max(version.start_current_ma.value, comfortable[-1]) if comfortable else version.start_current_ma.value
