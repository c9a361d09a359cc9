"""The device catalogue, and a plan against the device that will run it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ionto.consult import Clearance, Intake, clearance_for, consult
from ionto.prescribe import (
    NotPrescribable,
    Prescription,
    TreatmentDevice,
    check_device,
    devices,
    prescribe,
    protocol_suiting,
    protocols,
)
from ionto.prescribe.device import Controls, PolarityChange
from ionto.prescribe.protocol import Cited
from ionto.words.evidence import references
from ionto.words.reading import read_json
from ionto.words.terms import PolarityHabit, Site, Waveform

ROOT = Path(__file__).parents[1]
COMMERCIAL = {key: one for key, one in devices().items() if key not in {"simulated", "guided"}}


def cleared(site: Site = Site.PALMS, *, birth_year: int = 1998, by: str | None = None) -> Clearance:
    asked = read_json(Intake, (ROOT / "examples" / "palms.json").read_text("utf-8"))
    place = replace(asked.sites[0], site=site, onset_age_years=7, duration_months=24)
    asked = replace(asked, patient=replace(asked.patient, birth_year=birth_year), sites=(place,))
    return clearance_for(consult(asked), site, cleared_by=by)


def child(site: Site = Site.PALMS) -> Clearance:
    return cleared(site, birth_year=2014, by="Dr Ada Example")


def planned(
    device_id: str, protocol: str = "palms_dc", clearance: Clearance | None = None, **rest: Any
) -> Prescription:
    clearance = clearance or cleared(protocols()[protocol].site)
    return prescribe(clearance, protocols()[protocol], device_id=device_id, device=devices()[device_id], **rest)


def said(value: object) -> Cited:
    return Cited(value=value, sources=("IONTO",), says="As told.")


def test_the_devices_of_the_facts_are_all_there() -> None:
    labels = " ".join(one.label for one in COMMERCIAL.values())
    names = (
        "DP450 PSP1000 DVP1000 classicION connectION MD-1a MD-2 Saalio Dermadry SE30 Pulse i2ma iomax Drionic ID-1000"
    )
    assert [name for name in (*names.split(), "Electro Antiperspirant", "12 V") if name not in labels] == []


@pytest.mark.parametrize(("key", "device"), devices().items(), ids=devices())
def test_every_cell_is_blank_or_cited(key: str, device: TreatmentDevice) -> None:
    plain = {"label", "maker", "words", "remarks", "doubted"}
    for name in set(device.__dataclass_fields__) - plain:
        cell = getattr(device, name)
        assert cell is None or isinstance(cell, Cited), name
    cells = [*device.cited.values(), *device.remarks]
    assert cells, "a device of which nothing is known need not stand here"
    for cell in cells:
        assert set(cell.sources) <= set(references())
        assert cell.says
    assert key.islower()


def test_hearsay_is_never_a_value() -> None:
    # Facts 3.8 marks these as known by hearsay only: they stand for people to read, and limit nothing.
    assert devices()["dermadry"].current_max_ma is None
    assert devices()["iontoderma_id1000"].current_max_ma is None
    assert devices()["hidrex_dp450"].voltage_max_v is None
    assert devices()["drionic"].voltage_max_v is None
    assert devices()["electro_antiperspirant"].polarity is None
    assert all(devices()[key].doubted for key in ("dermadry", "iontoderma_id1000", "hidrex_dp450", "drionic"))


def test_no_bought_device_has_a_data_link() -> None:
    assert {one.data_link.value for one in COMMERCIAL.values() if one.data_link} == {False}


def test_the_words_of_a_device_are_its_own() -> None:
    saalio, dp450, md1a = (devices()[key] for key in ("saalio", "hidrex_dp450", "fischer_md1a"))
    assert saalio.controls == replace(saalio.controls, value=Controls.CURRENT)
    assert "not full" in saalio.words.display.says
    assert "STOP" in dp450.words.fault_sign.value
    assert "dose" in dp450.words.zero.value
    assert "intensity knob" in md1a.words.dial_up.value
    assert devices()["hidrex_psp1000"].axillae_preset.value == "P70"


def test_where_the_steps_are_not_known_whole_milliamperes_are_planned() -> None:
    made = planned("dermadry")
    assert made.cap_current_ma == int(made.cap_current_ma)
    assert any("whole milliamperes" in note for note in made.notes)
    odd = replace(devices()["dermadry"], current_max_ma=said(13.7))
    made = prescribe(cleared(), protocols()["palms_dc"], device_id="dermadry", device=odd)
    assert (made.target_current_ma, made.cap_current_ma) == (13, 13)


def test_the_home_made_device_is_refused_with_its_reason() -> None:
    with pytest.raises(NotPrescribable, match=r"not calibrated.*\[JAI18, IONTO\]"):
        planned("diy_12v")


@pytest.mark.parametrize("device_id", sorted(COMMERCIAL.keys() - {"diy_12v", "idrostar_pro_pulse"}))
def test_every_device_of_which_no_more_is_known_still_gives_a_plan(device_id: str) -> None:
    made = planned(device_id)
    check_device(made, devices()[device_id])
    assert made.cap_current_ma <= 20


def test_a_device_known_to_pulse_only_gets_no_direct_current() -> None:
    with pytest.raises(
        NotPrescribable, match=r"Idrostar Pro Pulse cannot deliver direct current, as far as is known\."
    ):
        planned("idrostar_pro_pulse")


def test_what_is_not_known_of_a_device_is_said() -> None:
    notes = " ".join(planned("hidrex_connection").notes)
    assert "which currents it gives" in notes
    assert "how it changes its poles" not in notes
    assert "how it changes its poles" in " ".join(planned("dermadry").notes)
    assert not planned("simulated").notes


def test_pulsed_current_is_not_planned_where_nobody_says_that_the_device_can() -> None:
    with pytest.raises(NotPrescribable, match="Nobody says whether Hidrex connectION can deliver pulsed current"):
        planned("hidrex_connection", "palms_pulsed")
    with pytest.raises(NotPrescribable, match="cannot deliver pulsed current"):
        planned("fischer_md1a", "palms_pulsed")


def test_a_device_that_pulses_otherwise_than_the_protocol_wants_is_refused() -> None:
    made = planned("hidrex_dp450", "palms_pulsed")
    assert made.waveform is Waveform.PULSED
    assert str(made.pulse) == "on for 50 % of the time, at 10 kHz"
    slow = replace(devices()["hidrex_dp450"], pulse_frequency_khz=said(4.3))
    with pytest.raises(NotPrescribable, match="does not pulse as the plan wants it"):
        check_device(made, slow)
    with pytest.raises(NotPrescribable, match="does not pulse as the plan wants it"):
        check_device(made, replace(devices()["hidrex_dp450"], pulse_duty_fraction=said(0.95)))


def test_a_plan_for_a_strong_device_is_not_run_on_a_weak_one() -> None:
    made = planned("simulated", "soles_dc")
    assert made.cap_current_ma == 25
    with pytest.raises(NotPrescribable, match="allows 25 mA, above the 20 mA that Idrostar can give"):
        check_device(made, devices()["idrostar"])
    on_idrostar = planned("idrostar", "soles_dc")
    assert on_idrostar.cap_current_ma == 20
    assert "device" in {reason.limit for reason in on_idrostar.cap_reasons}


def test_a_device_that_reverses_by_itself_cannot_keep_one_anode() -> None:
    for habit in (PolarityHabit.SWAP_BETWEEN_SESSIONS, PolarityHabit.ONE_SIDE_UNTIL_DRY):
        with pytest.raises(NotPrescribable, match="changes its poles by itself at half time"):
            planned("hidrex_connection", polarity=habit)
    assert planned("hidrex_connection").polarity is PolarityHabit.REVERSE_AT_HALF_TIME


def test_a_device_whose_maker_forbids_reversing_keeps_its_makers_habit_and_says_so() -> None:
    made = planned("hidrex_dp450")
    assert made.polarity is PolarityHabit.ONE_SIDE_UNTIL_DRY
    assert any("not to change within a session [DP450, HIDREX-POL]" in note for note in made.notes)
    with pytest.raises(NotPrescribable, match="not to change within a session"):
        planned("hidrex_dp450", polarity=PolarityHabit.REVERSE_AT_HALF_TIME)
    with pytest.raises(NotPrescribable, match="not to change within a session"):
        check_device(planned("simulated"), devices()["hidrex_dp450"])


def test_a_session_too_short_to_reverse_is_refused() -> None:
    short = replace(planned("simulated"), duration_min=9.0)
    with pytest.raises(NotPrescribable, match=r"10 minutes or more, not in one of 9 minutes \[HIDREX-POL\]"):
        check_device(short, devices()["simulated"])
    check_device(replace(short, polarity=PolarityHabit.SWAP_BETWEEN_SESSIONS), devices()["simulated"])
    wants = replace(devices()["simulated"], least_duration_min=said(12.0))
    with pytest.raises(NotPrescribable, match="wants at least 12 minutes, not 9"):
        check_device(replace(short, polarity=PolarityHabit.SWAP_BETWEEN_SESSIONS), wants)


def test_a_site_that_the_device_is_not_made_for_is_refused() -> None:
    able = replace(devices()["iontoderma_id1000"], waveforms=said((Waveform.PULSED,)))
    with pytest.raises(NotPrescribable, match="not made for the axillae"):
        prescribe(cleared(Site.AXILLAE), protocols()["axillae_pulsed"], device_id="iontoderma_id1000", device=able)


def test_a_device_for_adults_is_refused_to_a_child() -> None:
    with pytest.raises(NotPrescribable, match=r"Dermadry is for adults only \[510K\]"):
        planned("dermadry", clearance=child())
    assert planned("saalio", clearance=child()).cap_current_ma == 15


def test_a_child_gets_pulsed_current_where_the_device_can_pulse() -> None:
    for device_id, expected in (
        ("saalio", "palms_pulsed"),
        ("fischer_md1a", "palms_dc"),
        ("simulated", "palms_pulsed"),
    ):
        protocol = protocol_suiting(child(), devices()[device_id])
        assert protocol is not None
        assert protocol.id == expected
        notes = planned(device_id, expected, child()).notes
        assert any("For children pulsed current" in note and "[DP450]" in note for note in notes)
    asked_for = protocol_suiting(child(), devices()["saalio"], Waveform.DC)
    assert asked_for is not None
    assert asked_for.id == "palms_dc"
    adult = protocol_suiting(cleared(), devices()["saalio"])
    assert adult is not None
    assert adult.id == "palms_dc"


def test_the_armpits_have_pulsed_current_only_and_less_of_it() -> None:
    protocol = protocol_suiting(cleared(Site.AXILLAE), devices()["hidrex_psp1000"])
    assert protocol is not None
    assert protocol.id == "axillae_pulsed"
    made = planned("hidrex_psp1000", "axillae_pulsed")
    assert made.cap_current_ma == 10
    assert any("P70" in note for note in made.notes)
    assert protocol_suiting(cleared(Site.AXILLAE), devices()["saalio"], Waveform.DC) is None
    assert planned("saalio", "axillae_pulsed", child(Site.AXILLAE)).cap_current_ma == 8


def test_the_armpits_of_a_child_want_a_clinician() -> None:
    alone = replace(child(Site.AXILLAE), cleared_by=None)
    with pytest.raises(NotPrescribable, match="only when a clinician has cleared it"):
        planned("saalio", "axillae_pulsed", alone)


def test_a_device_changes_its_poles_in_a_known_way_or_none() -> None:
    assert devices()["hidrex_connection"].polarity.value is PolarityChange.BY_ITSELF_AT_HALF_TIME
    assert devices()["fischer_md2"].polarity.value is PolarityChange.EITHER
