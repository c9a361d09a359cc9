"""A session over time: its trace, in the terminal and as a picture."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from ionto.cli.picture import svg_of
from ionto.cli.plots import session_plot
from ionto.cli.trace import Trace, runs_of, thinned, trace_of
from ionto.treat.devices.faults import FaultName
from ionto.treat.runner import Interruption

from .test_runner import lines, treated

SVG = "{http://www.w3.org/2000/svg}"
Say = Callable[..., tuple[int, str, str]]


def trace(fault: str | None = None, at_s: float = 90.0) -> Trace:
    rehearsed = [Interruption(name=fault, at_s=at_s)] if fault and FaultName(fault).happens_to_device else []
    return trace_of(lines(treated(fault=fault, at_s=at_s)[2]), rehearsed)


def test_a_trace_tells_every_phase_once_it_was_entered() -> None:
    told = [mark.words for mark in trace().marks]
    half = ["turning", "checking contact", "ramping up", "holding", "ramping down"]
    assert told == ["self testing", *half, *half, "completed"]


def test_a_trace_ends_with_what_the_session_delivered() -> None:
    session, _, journal = treated()
    told = trace_of(lines(journal))
    done = session.delivered
    assert (told.charge_ma_min[-1], told.left_anode_ma_min[-1]) == (done.charge_ma_min, done.left_anode_ma_min)
    assert max(told.current_ma) == session.max_current_ma
    assert max(told.commanded_ma) == 15.0
    middle = told.t_s.index(100.0)
    assert told.resistance_kohm[middle] == told.voltage_v[middle] / told.current_ma[middle]
    assert math.isnan(told.resistance_kohm[5])


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("stop_pressed", "press", "stop pressed: stopping"),
        ("pain_reported", "press", "pain reported: stopping"),
        ("pause_pressed", "press", "pause pressed: pausing"),
        ("less_asked", "press", "less asked"),
        ("overcurrent", "fault", "overcurrent: faulted"),
        ("clock_jump", "fault", "clock jump: faulted"),
        ("limb_lifted", "fault", "a limb out of the water: pausing"),
        ("voltage_limit_lost", "rehearsed", "rehearsed: voltage limit lost"),
    ],
)
def test_what_happened_is_marked(fault: str, kind: str, words: str) -> None:
    told = trace(fault)
    (mark,) = [mark for mark in told.marks if mark.words == words]
    assert mark.kind == kind
    assert 89.9 <= mark.t_s < 93.0
    assert told.lasted_s < 1000


def test_a_cut_by_the_supervisor_is_marked() -> None:
    journal = lines(treated()[2])
    cut = {"t_s": 100.0, "phase": "holding", "event": {"kind": "supervised", "reason": "excess"}}
    before = [line for line in journal if json.loads(line)["t_s"] <= 100.0]
    (mark,) = [mark for mark in trace_of([*before, json.dumps(cut) + "\n"]).marks if mark.kind == "fault"]
    assert mark.words == "supervisor excess: faulted"


def test_a_thinned_curve_keeps_its_spikes_and_stays_where_it_was() -> None:
    wave = [(x / 10, math.sin(x / 30) + (5.0 if x == 700 else 0.0)) for x in range(2000)]
    kept = thinned(wave, off_by=0.01)
    assert len(kept) < 300
    assert (70.0, math.sin(700 / 30) + 5.0) in kept
    assert set(kept) <= set(wave)


def test_a_curve_has_gaps_where_it_is_not_known() -> None:
    assert list(runs_of([0, 1, 2, 3, 4], [math.nan, 1, 2, math.inf, 3])) == [[(1, 1), (2, 2)], [(4, 3)]]


@pytest.mark.parametrize("fault", [None, "overcurrent", "stop_pressed", "reading_missing", "clock_jump"])
def test_the_picture_has_four_aligned_panels_and_every_event(fault: str | None) -> None:
    told = trace(fault)
    picture = svg_of(told, "A <session> & more")
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert {"current [mA]", "voltage [V]", "resistance [kΩ]", "charge [mA·min]", "time [min]"} <= set(words)
    assert "A <session> & more" in words
    for mark in told.marks:
        assert any(mark.words in text for text in words)
    starts = [float(line.get("points", "").split(",")[0]) for line in root.iter(f"{SVG}polyline")]
    assert min(starts) >= 52
    points = [pair.split(",") for line in root.iter(f"{SVG}polyline") for pair in line.get("points", "").split()]
    assert 20 < len(points) < 600
    assert all(52 <= float(x) <= 884.1 for x, _ in points)
    assert len(picture) < 20_000


def test_a_journal_without_a_reading_is_drawn_empty() -> None:
    told = trace_of(lines(treated()[2])[:2])
    assert "<svg" in svg_of(told, "nothing")
    assert told.t_s == ()


@pytest.mark.parametrize("width", [60, 80, 132])
def test_the_terminal_shows_four_panels_with_numbered_events(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    told = trace("pause_pressed")
    drawn = session_plot(told, width=width).splitlines()
    assert max(map(len, drawn)) <= width
    assert sum("▚" in line and "[" in line for line in drawn) == 4
    assert [line for line in drawn if "pause pressed: pausing" in line] == ["  6  1:30  pause pressed: pausing"]
    edges = {line.index("┤") for line in drawn if "┤" in line}
    assert len(edges) == 1, "the panels do not stand under each other"


def test_replay_draws_a_journal_into_a_file(ionto: Say, tmp_path: Path) -> None:
    journal = tmp_path / "session.jsonl"
    journal.write_text(treated(fault="overcurrent", at_s=90.0)[2], "utf-8")
    for end, first in (("svg", b"<svg"), ("png", b"\x89PNG")):
        where = tmp_path / f"session.{end}"
        status, out, _ = ionto("replay", journal, "--plot", where, "--json")
        assert (status, json.loads(out)["fault"]) == (0, "overcurrent")
        assert where.read_bytes().startswith(first)
    assert "Session on the palms, 15 mA for 4 min – faulted: overcurrent" in (tmp_path / "session.svg").read_text()


def test_a_picture_that_cannot_be_written_is_one_sentence(ionto: Say, tmp_path: Path) -> None:
    journal = tmp_path / "session.jsonl"
    journal.write_text(treated()[2], "utf-8")
    status, _, err = ionto("replay", journal, "--plot", tmp_path / "session.gif")
    assert (status, "ends neither in .svg nor in .png" in err) == (2, True)
    status, _, err = ionto("replay", journal, "--json", "--plot", tmp_path / "nowhere" / "session.svg")
    assert (status, err) == (2, "ionto replay: --plot: cannot be written: no such file or directory\n")
