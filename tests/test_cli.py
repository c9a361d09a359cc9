"""The command line: contract keys, exit statuses, one sentence per fault, nothing else on standard output."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PALMS = str(EXAMPLES / "palms.json")
FOR_PALMS = ("--site", "palms", "--device", "simulated")
Said = tuple[int, str, str]


@pytest.fixture
def plan(ionto: Callable[..., Said], tmp_path: Path) -> Path:
    status, out, _ = ionto(
        "plan", PALMS, "--site", "palms", "--device", "simulated", "--starts", "2026-11-24", "--json"
    )
    assert status == 0
    path = tmp_path / "plan.json"
    path.write_text(out, "utf-8")
    return path


def changed(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "intake.json"
    path.write_text(json.dumps({**json.loads(Path(PALMS).read_text("utf-8")), **changes}), "utf-8")
    return path


def test_consult_gives_the_keys_of_the_contract(ionto: Callable[..., Said]) -> None:
    status, out, err = ionto("consult", PALMS, "--json")
    found = json.loads(out)
    palms = found["sites"]["palms"]
    assert (status, err) == (0, "")
    assert {"sites", "still_to_ask"} <= set(found)
    assert {"severity", "primary_focal", "decision", "findings", "options"} <= set(palms)
    assert palms["severity"]["hdss"] == 4
    assert palms["severity"]["band"] == "severe"
    assert palms["severity"]["sweat_band"] == "above_threshold"
    assert palms["primary_focal"]["verdict"] == "likely"
    assert palms["decision"] == "suitable"
    assert palms["options"][0]["treatment"] == "tap_water_iontophoresis"
    assert found["still_to_ask"] == []


def test_the_same_person_gets_three_different_clear_answers(ionto: Callable[..., Said]) -> None:
    answers = {}
    for thing in ("pacemaker", "pregnant", "fresh-cut"):
        status, out, _ = ionto("consult", EXAMPLES / f"palms-{thing}.json", "--json")
        palms = json.loads(out)["sites"]["palms"]
        assert status == 0
        answers[thing] = (palms["decision"], palms["findings"][0]["why"])
    assert {thing: decision for thing, (decision, _) in answers.items()} == {
        "pacemaker": "not_suitable",
        "pregnant": "not_suitable",
        "fresh-cut": "defer",
    }
    assert len({why for _, why in answers.values()}) == 3


def test_plan_gives_the_keys_of_the_contract(plan: Path) -> None:
    made = json.loads(plan.read_text("utf-8"))
    assert {"prescription", "sessions", "expect", "why"} <= set(made)
    wanted = (
        "site protocol waveform start_current_ma target_current_ma cap_current_ma cap_reasons duration_min polarity"
    )
    assert {*wanted.split(), "ramp_ma_per_s", "sessions_per_week", "review_after_sessions"} <= set(made["prescription"])
    assert {"limit", "value_ma", "why", "source"} <= set(made["prescription"]["cap_reasons"][0])
    assert made["sessions"][0]["on"] == "2026-11-24"
    assert made["sessions"][0]["first_anode"] == "right"
    assert {"claim", "sources"} <= set(made["expect"][0])


@pytest.mark.parametrize("thing", ["pacemaker", "pregnant", "fresh-cut"])
def test_a_refused_plan_says_which_rule(thing: str, ionto: Callable[..., Said]) -> None:
    intake = EXAMPLES / f"palms-{thing}.json"
    status, out, _ = ionto("plan", intake, "--site", "palms", "--device", "simulated", "--json")
    assert status == 3
    assert json.loads(out)["refused"]["findings"][0]["rule"]
    status, _, _ = ionto("plan", intake, "--site", "palms", "--device", "simulated", "--cleared-by", "Dr A", "--json")
    assert status == 3, "no name clears a universal contraindication or an open wound"


def test_a_clinician_clears_what_needs_a_clinician(ionto: Callable[..., Said], tmp_path: Path) -> None:
    intake = changed(tmp_path, history=[{"condition": "epilepsy"}])
    wanted = ("plan", intake, "--site", "palms", "--device", "simulated", "--json")
    assert ionto(*wanted)[0] == 3
    status, out, _ = ionto(*wanted, "--cleared-by", "Dr Ada Example")
    assert status == 0
    assert json.loads(out)["prescription"]["cleared_by"] == "Dr Ada Example"
    assert ionto(*wanted, "--cleared-by", " ")[0] in (2, 3)


def test_treat_gives_the_keys_of_the_contract_and_replay_agrees(
    ionto: Callable[..., Said], plan: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "session.jsonl"
    status, out, _ = ionto("treat", plan, "--device", "simulated", "--speed", "max", "--journal", journal, "--json")
    live = json.loads(out)
    assert status == 0
    assert {"outcome", "fault", "delivered", "max_current_ma", "max_slope_ma_per_s"} <= set(live)
    wanted = {"charge_ma_min", "left_anode_ma_min", "right_anode_ma_min", "density_peak_ma_per_cm2", "effective_min"}
    assert wanted <= set(live["delivered"])
    assert (live["outcome"], live["fault"]) == ("completed", None)
    assert live["max_slope_ma_per_s"] <= 1
    status, out, _ = ionto("replay", journal, "--json")
    assert (status, json.loads(out)) == (0, live)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("stop_pressed", "stopped"),
        ("pain_reported", "stopped"),
        ("contact_lost", "faulted"),
        ("host_killed", "faulted"),
    ],
)
def test_a_rehearsed_fault_ends_as_it_should(fault: str, outcome: str, ionto: Callable[..., Said], plan: Path) -> None:
    status, out, _ = ionto("treat", plan, "--speed", "max", "--fault", f"{fault}@100", "--json")
    ended = json.loads(out)
    assert (status, ended["outcome"]) == (0, outcome)
    assert ended["fault"] == (fault if outcome == "faulted" else None)
    assert ended["max_current_ma"] <= 20


def test_a_journal_is_never_overwritten(ionto: Callable[..., Said], plan: Path, tmp_path: Path) -> None:
    journal = tmp_path / "session.jsonl"
    journal.write_text("what was", "utf-8")
    status, out, err = ionto("treat", plan, "--speed", "max", "--journal", journal, "--json")
    assert (status, out, journal.read_text("utf-8")) == (2, "", "what was")
    assert "never overwritten" in err


def test_a_plan_that_the_device_cannot_deliver_is_refused(ionto: Callable[..., Said], plan: Path) -> None:
    made = json.loads(plan.read_text("utf-8"))
    made["prescription"]["waveform"] = "pulsed"
    plan.write_text(json.dumps(made), "utf-8")
    status, out, err = ionto("treat", plan, "--speed", "max", "--json")
    assert (status, out) == (2, "")
    assert "prescription: waveform is pulsed, and pulse does not say how" in err
    pulse = {"least_duty_fraction": 0.5, "most_duty_fraction": 0.7, "least_frequency_khz": 5, "most_frequency_khz": 10}
    made["prescription"] |= {"pulse": pulse, "device": "fischer_md1a"}
    plan.write_text(json.dumps(made), "utf-8")
    status, out, _ = ionto("treat", plan, "--device", "guided", "--speed", "max", "--json")
    assert status == 3
    assert "RA Fischer MD-1a cannot deliver pulsed current" in json.loads(out)["refused"]["why"]
    status, out, _ = ionto("treat", plan, "--speed", "max", "--json")
    done = json.loads(out)
    assert status == 0
    assert done["delivered"]["charge_ma_min"] < 0.6 * done["max_current_ma"] * 21


def test_a_plan_below_the_contact_check_is_refused_by_its_session(ionto: Callable[..., Said], plan: Path) -> None:
    plan.write_text(plan.read_text("utf-8").replace('"current_ma": 5.0', '"current_ma": 0.1'), "utf-8")
    status, out, err = ionto("treat", plan, "--speed", "max", "--json")
    assert (status, out) == (2, "")
    assert err.startswith("ionto treat: sessions[0]: current_ma is 0.1, not above")


def test_a_journal_whose_last_line_is_garbage_still_tells(
    ionto: Callable[..., Said], plan: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "session.jsonl"
    ionto("treat", plan, "--speed", "max", "--journal", journal, "--fault", "host_killed@60", "--json")
    _, before, _ = ionto("replay", journal, "--json")
    with journal.open("ab") as file:
        file.write(b'{"t_s": 60.1, "pha\xff\xfe\x00\x00')
    assert ionto("replay", journal, "--json") == (0, before, "")


WRONG = [
    ("consult", {"asked_on": "soon"}, "asked_on"),
    ("consult", {"sites": [{"site": "palms", "hdss": 9}]}, "sites[0].hdss"),
    ("consult", {"histroy": []}, "histroy"),
    ("consult", {"history": [{"condition": "magnet"}]}, "history[0].condition"),
]


@pytest.mark.parametrize(("command", "changes", "path"), WRONG)
def test_a_wrong_field_is_one_sentence_with_its_path(
    command: str, changes: dict[str, Any], path: str, ionto: Callable[..., Said], tmp_path: Path
) -> None:
    status, out, err = ionto(command, changed(tmp_path, **changes), "--json")
    assert (status, out) == (2, "")
    assert err.startswith(f"ionto {command}: {path}: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["consult", "no-such-file.json"], "no-such-file.json: cannot be read"),
        (["plan", PALMS, "--site", "elbows", "--device", "simulated"], "elbows"),
        (["plan", PALMS, "--site", "soles", "--device", "simulated"], "soles is not among the sites"),
        (["plan", PALMS, "--site", "palms", "--device", "toaster"], "--device: 'toaster' is not one of"),
        (["plan", PALMS, "--site", "palms", "--device", "simulated", "--starts", "2026-02-30"], "2026-02-30"),
        (
            ["plan", PALMS, "--site", "palms", "--device", "simulated", "--starts", "2020-01-01"],
            "--starts: lies before",
        ),
        (["plan", PALMS, "--site", "palms", "--device", "simulated", "--starts", "9999-12-20"], "9999-12-20"),
        (["plan", PALMS, "--site", "palms", "--device", "simulated", "--days", "mon,freitag"], "freitag"),
        (["treat", PALMS, "--seed", "-1"], "--seed: '-1' is not a whole number from 0 on"),
        (["advise", str(EXAMPLES / "course.json"), "--today", "9999-12-31"], "9999-12-31"),
        (["treat", PALMS, "--speed", "max"], "prescription: this field is missing"),
        (["frobnicate"], "frobnicate"),
        ([], "required"),
    ],
)
def test_wrong_arguments_are_one_sentence(arguments: list[str], said: str, ionto: Callable[..., Said]) -> None:
    status, out, err = ionto(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_standard_input_is_a_dash(ionto: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(PALMS).read_bytes())))
    assert json.loads(ionto("consult", "-", "--json")[1])["sites"]["palms"]["decision"] == "suitable"


def test_advise_gives_the_keys_of_the_contract(ionto: Callable[..., Said]) -> None:
    status, out, _ = ionto("advise", EXAMPLES / "course.json", "--today", "2026-12-20", "--json")
    palms = json.loads(out)["sites"]["palms"]
    assert status == 0
    wanted = (
        "phase next_session_on may_wait_until current_ma sessions_per_month_expected responder_prob forecast alerts why"
    )
    assert set(wanted.split()) <= set(palms)
    day = palms["forecast"][0]
    assert {"on", "controlled_prob", "sweat_mg_per_min", "hdss_prob"} <= set(day)
    assert set(day["sweat_mg_per_min"]) == {"p05", "p50", "p95"}
    assert sum(day["hdss_prob"]) == pytest.approx(1.0)


def test_a_course_without_a_prescription_is_told_so(ionto: Callable[..., Said], tmp_path: Path) -> None:
    empty = tmp_path / "course.json"
    empty.write_text('{"patient": {"id": "p1"}, "prescriptions": []}')
    status, out, _ = ionto("advise", empty)
    assert (status, json.loads(ionto("advise", empty, "--json")[1])) == (0, {"sites": {}})
    assert "no prescription" in out


@pytest.mark.parametrize("command", ["consult", "plan", "treat", "replay", "advise"])
def test_without_json_every_command_says_something_readable(
    command: str, ionto: Callable[..., Said], plan: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "j.jsonl"
    ionto("treat", plan, "--speed", "max", "--journal", journal, "--json")
    arguments: dict[str, list[object]] = {
        "consult": [EXAMPLES / "palms-pacemaker.json"],
        "plan": [
            PALMS,
            "--site",
            "palms",
            "--device",
            "simulated",
            "--starts",
            "2026-11-24",
            "--ics",
            tmp_path / "a.ics",
        ],
        "treat": [plan, "--speed", "max"],
        "replay": [journal],
        "advise": [EXAMPLES / "course.json", "--today", "2026-12-20"],
    }
    status, out, _ = ionto(command, *arguments[command])
    assert status == 0
    assert len(out) > 200


def test_ctrl_c_is_a_press_of_the_stop_button(plan: Path, tmp_path: Path) -> None:
    journal = tmp_path / "j.jsonl"
    command = [sys.executable, "-m", "ionto.cli", "treat", plan, "--speed", "20", "--journal", journal, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline_s = time.monotonic() + 30
        while not (journal.exists() and '"holding"' in journal.read_text("utf-8")):
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        process.send_signal(2)
        out, _ = process.communicate(timeout=30)
    assert json.loads(out)["outcome"] == "stopped"
    assert process.returncode == 0


def test_a_site_without_a_protocol_is_refused_by_name(ionto: Callable[..., Said], tmp_path: Path) -> None:
    person = json.loads(Path(PALMS).read_text("utf-8"))
    intake = changed(tmp_path, sites=[{**person["sites"][0], "site": "axillae"}])
    asked = ("plan", intake, "--site", "axillae", "--device")
    status, out, _ = ionto(*asked, "saalio", "--waveform", "dc", "--json")
    assert status == 3
    assert json.loads(out)["refused"]["why"] == "There is no protocol for the axillae with direct current yet."
    status, out, _ = ionto(*asked, "fischer_md1a", "--json")
    assert status == 3
    assert "cannot deliver pulsed current" in json.loads(out)["refused"]["why"]
    status, out, _ = ionto(*asked, "simulated", "--json")
    assert (status, json.loads(out)["prescription"]["waveform"]) == (0, "pulsed")
    status, out, _ = ionto(*asked, "saalio", "--json")
    assert (status, json.loads(out)["prescription"]["protocol"]) == (0, "axillae_pulsed")


def test_a_device_that_is_not_fit_is_refused_with_its_reason(ionto: Callable[..., Said]) -> None:
    status, out, _ = ionto("plan", PALMS, "--site", "palms", "--device", "diy_12v", "--json")
    assert status == 3
    assert json.loads(out)["refused"]["decision"] == "not_prescribable"
    assert "not calibrated" in json.loads(out)["refused"]["why"]


def test_waveform_polarity_and_the_worse_side_can_be_chosen(ionto: Callable[..., Said]) -> None:
    asked = ("plan", PALMS, "--site", "palms", "--device", "saalio", "--starts", "2026-11-24")
    chosen = ("--waveform", "pulsed", "--polarity", "one_side_until_dry", "--worse-side", "left")
    status, out, _ = ionto(*asked, *chosen, "--json")
    made = json.loads(out)
    assert status == 0
    assert (made["prescription"]["waveform"], made["prescription"]["polarity"]) == ("pulsed", "one_side_until_dry")
    assert {session["first_anode"] for session in made["sessions"]} == {"left"}
    assert any("[NEWC" in sentence for sentence in made["why"])
    assert any("DP450" in sentence for sentence in made["why"])
    status, out, _ = ionto(*asked, *chosen)
    assert status == 0
    assert "PULSED" in out
    assert "one side until dry" in out
    assert "50 to 70 %" in out
    assert "left hand, plus first" in out
    assert "▚ current [mA]" in out
    assert ionto(*asked, "--polarity", "never")[0] == 2
    assert ionto(*asked, "--protocol", "palms_dc", "--waveform", "pulsed")[0] == 2


def test_one_hand_and_one_foot_want_the_soles_among_the_answers(ionto: Callable[..., Said], tmp_path: Path) -> None:
    asked = ("--site", "palms", "--device", "simulated", "--protocol", "hand_and_foot_dc", "--json")
    status, out, _ = ionto("plan", PALMS, *asked)
    assert status == 3
    assert "treats the soles too" in json.loads(out)["refused"]["why"]
    palms = json.loads(Path(PALMS).read_text("utf-8"))["sites"][0]
    both = [palms, {**palms, "site": "soles"}]
    status, out, _ = ionto("plan", changed(tmp_path, sites=both), *asked)
    first, second = json.loads(out)["sessions"][:2]
    assert status == 0
    assert first["on"] == second["on"]
    assert (first["left_lead"], first["right_lead"]) == ("left_hand", "left_foot")
    # A screw in the knee is not in the way from hand to hand; from hand to foot it is.
    knee = [{"condition": "metal_implant", "where": "left_knee"}]
    status, out, _ = ionto("plan", changed(tmp_path, sites=both, history=knee), *asked, "--cleared-by", "Dr A")
    assert (status, json.loads(out)["refused"]["site"]) == (3, "soles")


def test_a_trials_course_is_refused_on_a_real_device(ionto: Callable[..., Said]) -> None:
    asked = ("plan", PALMS, "--site", "palms", "--device", "saalio", "--protocol", "palms_dc_karakoc", "--json")
    status, out, _ = ionto(*asked)
    assert status == 3
    assert "simulated device only" in json.loads(out)["refused"]["why"]
