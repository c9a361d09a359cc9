"""A prescription against the device that will run it: what it cannot do is refused, what is not known is said."""

from __future__ import annotations

from collections.abc import Iterator

from ionto.prescribe.device import PolarityChange, TreatmentDevice
from ionto.prescribe.prescription import Prescription
from ionto.prescribe.protocol import NotPrescribable
from ionto.words.limits import REVERSAL_FLOOR_MIN
from ionto.words.terms import PolarityHabit, Waveform

SPOKEN = {Waveform.DC: "direct", Waveform.PULSED: "pulsed"}


def check_device(prescription: Prescription, device: TreatmentDevice) -> None:
    """Refuse what this device cannot do, or must not be used for. `prescribe` asks this, and whoever runs a session.

    Raises
    ------
    NotPrescribable
        With one sentence.
    """
    conflict = next(_conflicts(prescription, device), None)
    if conflict is not None:
        raise NotPrescribable(conflict)


def _conflicts(made: Prescription, device: TreatmentDevice) -> Iterator[str]:
    if device.refused is not None:
        yield f"No plan is made for this device. {device.refused.value} [{', '.join(device.refused.sources)}]"
    for site in (made.site, made.also_site):
        if site is not None and device.sites is not None and site not in device.sites.value:
            yield f"{device.label} is not made for the {site} [{', '.join(device.sites.sources)}]."
    if device.adults_only is not None and device.adults_only.value and made.is_for_child:
        yield f"{device.label} is for adults only [{', '.join(device.adults_only.sources)}]."
    yield from _wave_conflicts(made, device)
    if device.current_max_ma is not None and made.cap_current_ma > device.current_max_ma.value:
        most_ma = device.current_max_ma.value
        yield f"The plan allows {made.cap_current_ma:g} mA, above the {most_ma:g} mA that {device.label} can give."
    polarity = polarity_conflict(made.polarity, made.duration_min, device)
    if polarity is not None:
        yield polarity
    if device.least_duration_min is not None and made.duration_min < device.least_duration_min.value:
        least_min = device.least_duration_min.value
        yield f"{device.label} wants at least {least_min:g} minutes, not {made.duration_min:g}."


def _wave_conflicts(made: Prescription, device: TreatmentDevice) -> Iterator[str]:
    gives = device.gives(made.waveform)
    if gives is False:
        yield f"{device.label} cannot deliver {SPOKEN[made.waveform]} current, as far as is known."
    if gives is None and made.waveform is Waveform.PULSED:
        yield f"Nobody says whether {device.label} can deliver pulsed current, so none is planned on it."
    if made.pulse is None:
        return
    duty, frequency = device.pulse_duty_fraction, device.pulse_frequency_khz
    if (duty and not made.pulse.has_duty(duty.value)) or (frequency and not made.pulse.has_frequency(frequency.value)):
        yield f"{device.label} does not pulse as the plan wants it: {made.pulse}."


def polarity_conflict(habit: PolarityHabit, duration_min: float, device: TreatmentDevice) -> str | None:
    """Why this habit is not possible in a session of this length on this device, or None where it is."""
    reverses = habit is PolarityHabit.REVERSE_AT_HALF_TIME
    if reverses and duration_min < REVERSAL_FLOOR_MIN:
        return (
            f"The poles may change within a session of {REVERSAL_FLOOR_MIN:g} minutes or more, not in one of "
            f"{duration_min:g} minutes [HIDREX-POL]."
        )
    wanted = device.polarity_habit
    if reverses and wanted is not None and wanted.value is not PolarityHabit.REVERSE_AT_HALF_TIME:
        return f"The poles of {device.label} are not to change within a session [{', '.join(wanted.sources)}]."
    change = device.polarity
    if not reverses and change is not None and change.value is PolarityChange.BY_ITSELF_AT_HALF_TIME:
        return (
            f"{device.label} changes its poles by itself at half time, so it cannot keep the plus pole on one side "
            f"[{', '.join(change.sources)}]."
        )
    return None


def notes_on(made: Prescription, device: TreatmentDevice) -> Iterator[str]:
    """What the person should know of this device before the first session; what is not known of it comes last."""
    if made.pulse is not None:
        yield f"The current pulses: {made.pulse}. The currents named are those within a pulse [IONTO]."
    if device.axillae_preset is not None and made.site == "axillae":
        yield f"{device.axillae_preset.says} [{', '.join(device.axillae_preset.sources)}]"
    unknown = [
        words
        for words, cell in (
            ("which currents it gives", device.waveforms),
            ("how it pulses", made.pulse is None or device.pulse_frequency_khz or device.axillae_preset),
            ("its highest current", device.current_max_ma),
            ("how it changes its poles", device.polarity),
        )
        if not cell
    ]
    if unknown:
        name = device.name[0].upper() + device.name[1:]
        yield f"{name}: nobody says {', '.join(unknown)}. Look in its manual before the first session [IONTO]."
    if device.step_ma is None:
        yield f"The steps of {device.name} are not known, so whole milliamperes are planned [IONTO]."
