"""Trials on virtual people: strict documents, end points with known answers, the same result however it is played."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ionto.simulate.analysis import VERDICTS, estimated, published_difference, published_interval, replicas, wilson
from ionto.simulate.chunk import Chunk, arm_seed, chunks_of, counted, mark_of
from ionto.simulate.cohort import Played
from ionto.simulate.endpoints import (
    CompletionShare,
    DaysDry,
    DryEnough,
    HdssChange,
    HdssDropShare,
    HdssMean,
    PercentFall,
    Published,
    Rate,
    RelapseShare,
    ResponderShare,
    SessionDays,
    SessionsToControl,
    SideEffectShare,
    values_of,
)
from ionto.simulate.trial import read_trial, trials
from ionto.words.terms import Effect

Said = tuple[int, str, str]
SMALL = """
id = "small"
title = "Two arms, two sessions"
days_count = 10

[population]
site = "palms"

[[arms]]
id = "dc"
title = "direct current"
people_count = 5
days = [0, 2]
current_ma = [10.0]
duration_min = 20.0

[[arms]]
id = "sham"
title = "nothing flows"
people_count = 5
weekly = { on = ["mon"], weeks = 1 }
waveform = "sham"
current_ma = [0.0]
duration_min = 20.0

[[end_points]]
id = "fall"
title = "fall of weighed sweat"
kind = "percent_fall"
day = 3

[[end_points]]
id = "sessions"
title = "sessions to half"
kind = "sessions_to_control"
dry_enough = { fall_at_least_percent = 50.0 }

[[differences]]
id = "fall_against_sham"
title = "fall, less that with sham"
of = "fall"
arm = "dc"
minus = "sham"
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, "utf-8")
    return path


# Documents


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('site = "palms"', 'site = "ears"', 'population.site: "ears" is not one of'),
        ("duration_min = 20.0", "", "arms[0].duration_min: this field is missing"),
        ("duration_min = 20.0", "duration_min = 41.0", "arms[0].duration_min: "),
        ("current_ma = [10.0]", "current_ma = [20.5]", "the current of dc stands above the ceiling of 20 mA"),
        ("current_ma = [10.0]", "current_ma = [10.0]\nstrength = 1", "arms[0].strength: this field is not known"),
        ("days = [0, 2]", "days = [2, 0]", "arms[0]: the days of an arm rise"),
        ("days = [0, 2]", "", "arms[0]: an arm has days or weekly, one of them"),
        ("days = [0, 2]", "days = [0, 12]", "the sessions of dc end after the 10 days that are looked at"),
        ("current_ma = [0.0]", "current_ma = [1.0]", "arms[1]: nothing flows in a sham: its current is 0"),
        ("current_ma = [10.0]", "current_ma = [1.0, 2.0, 3.0]", "arms[0]: there are more currents than sessions"),
        ("day = 3", "day = 10", "the day of fall lies outside days -7 to 9"),
        ('kind = "percent_fall"', 'kind = "miracle"', "end_points[0]: 'miracle' is not one of"),
        ('minus = "sham"', 'minus = "shame"', "names an end point or arm that is not there"),
        ('id = "sessions"', 'id = "fall"', "'fall' stands there twice"),
        (
            "dry_enough = { fall_at_least_percent = 50.0 }",
            "dry_enough = {}",
            "say by what a person counts as dry enough",
        ),
        ("day = 3", 'day = 3\npublished = [{ arm = "dc", value = 1.0, words = "one" }]', "names no source"),
        ("days_count = 10", 'days_count = 10\nsource = "NOBODY99"', "'NOBODY99' is no key of the references"),
    ],
)
def test_a_wrong_trial_is_refused_by_name(
    old: str, new: str, said: str, small: Path, ionto: Callable[..., Said]
) -> None:
    assert old in SMALL
    small.write_text(SMALL.replace(old, new, 1), "utf-8")
    status, out, err = ionto("trial", small, "--patients", 2)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"events_count": 5}, "events_count lies within a people_count"),
        ({"events_count": 5, "people_count": 4}, "events_count lies within a people_count"),
        ({"sd": 1.0}, "a sd needs the people_count"),
        ({"low": 1.0}, "an interval has a low and a high"),
        ({"low": 60.0, "high": 70.0}, "the value lies within its interval"),
    ],
)
def test_a_published_value_is_whole(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Published(arm="dc", value=50.0, words="half", **fields)


@pytest.mark.parametrize("option", [("--patients", 1), ("--workers", 0), ("--seed", -1), ("--patients", "many")])
def test_a_wrong_option_is_refused_in_one_sentence(
    option: tuple[str, object], small: Path, ionto: Callable[..., Said]
) -> None:
    status, _, err = ionto("trial", small, *option)
    assert status == 2
    assert option[0] in err
    assert len(err.splitlines()) == 1


def test_an_unknown_trial_names_the_shelf(ionto: Callable[..., Said]) -> None:
    status, _, err = ionto("trial", "kim71")
    assert status == 2
    assert "kim17" in err


def test_a_pattern_and_a_ladder_become_sessions() -> None:
    arm = read_trial(
        SMALL.replace('on = ["mon"], weeks = 1', 'on = ["fri", "mon"], weeks = 2')
        .replace("days_count = 10", "days_count = 20")
        .replace('waveform = "sham"\ncurrent_ma = [0.0]', "current_ma = [5.0, 7.0]")
    ).arms[1]
    assert arm.session_days == (0, 4, 7, 11)
    assert arm.regimen.current_ma == (5.0, 7.0, 7.0, 7.0)


# End points, on arrays made by hand: 3 people, days -7 to 6, sessions on days 0 and 2

COURSE = SessionDays((0, 2))


def by_hand(sweat: list[list[float]], **fields: Any) -> Played:
    """People who sweat 10 in the baseline week and then as told, weighed and felt alike."""
    amount = np.array([[10.0] * 7 + row for row in sweat], dtype=np.float32)
    people_count, days_count = amount.shape
    made: dict[str, Any] = {
        "first_day": -7,
        "sweat_mg_per_min": amount,
        "felt_mg_per_min": amount,
        "weighed_mg_per_min": amount,
        "hdss": np.full((people_count, days_count), 4, dtype=np.int8),
        "rating": np.zeros((people_count, days_count), dtype=np.int8),
        "attended": np.ones((people_count, 2), dtype=bool),
        "delivered_ma": np.zeros((people_count, 2), dtype=np.float32),
        "delivered_ma_min": np.zeros((people_count, 2), dtype=np.float32),
        "dropped_on_day": np.full(people_count, 10_000, dtype=np.int32),
        "effects": {effect: np.zeros(people_count, dtype=np.int32) for effect in Effect},
    }
    return Played(**{**{field.name: None for field in dataclass_fields(Played)}, **made, **fields})


PLAYED = by_hand(
    [
        [10, 4, 4, 2, 2, 2, 2],  # half gone after one session, and stays so
        [10, 9, 9, 5, 9, 5, 9],  # after two, for a day
        [10, 10, 10, 10, 10, 10, 10],  # never
    ],
    dropped_on_day=np.array([10_000, 10_000, 2]),
)
HALF = DryEnough(fall_at_least_percent=50.0)
EVER, LOST = math.inf, math.nan


@pytest.mark.parametrize(
    ("end_point", "values"),
    [
        (PercentFall(id="x", title="xxx", day=3), [80, 50, 0]),
        (PercentFall(id="x", title="xxx", day=3, completers_only=True), [80, 50, LOST]),
        (Rate(id="x", title="xxx", day=3), [2, 5, 10]),
        (ResponderShare(id="x", title="xxx", day=4, dry_enough=HALF), [100, 0, 0]),
        (ResponderShare(id="x", title="xxx", day=3, dry_enough=DryEnough(at_most_mg_per_min=5.0)), [100, 100, 0]),
        (SessionsToControl(id="x", title="xxx", dry_enough=HALF), [1, 2, EVER]),
        (DaysDry(id="x", title="xxx", dry_enough=HALF), [4, 1, 0]),
        (DaysDry(id="x", title="xxx", dry_enough=HALF, responders_only=True), [4, 1, LOST]),
        (CompletionShare(id="x", title="xxx"), [100, 100, 0]),
        (RelapseShare(id="x", title="xxx", responded_day=5, day=6, fall_at_least_percent=40.0), [0, LOST, LOST]),
        (RelapseShare(id="x", title="xxx", responded_day=5, day=6, fall_at_least_percent=18.0), [0, 0, LOST]),
    ],
)
def test_an_end_point_counts_what_it_says(end_point: Any, values: list[float]) -> None:
    np.testing.assert_allclose(values_of(end_point, PLAYED, COURSE), values, rtol=1e-6)


def test_who_was_dry_and_is_wet_again_has_relapsed() -> None:
    again = by_hand([[1.0] * 7 + [10.0] * 7 + [1.0] * 7, [1.0] * 21])
    end_point = RelapseShare(id="x", title="xxx", responded_day=6, day=20, fall_at_least_percent=50.0)
    assert values_of(end_point, again, COURSE).tolist() == [100, 0]


def test_hdss_end_points_count_points() -> None:
    hdss = PLAYED.hdss.copy()
    hdss[0, 7:], hdss[1, 7:] = 1, 3
    told = replace(PLAYED, hdss=hdss)
    assert values_of(HdssMean(id="x", title="xxx", day=0), told, COURSE).tolist() == [1, 3, 4]
    assert values_of(HdssChange(id="x", title="xxx", day=0), told, COURSE).tolist() == [-3, -1, 0]
    drop = HdssDropShare(id="x", title="xxx", day=0, at_least_score=2)
    assert values_of(drop, told, COURSE).tolist() == [100, 0, 0]
    both = DryEnough(hdss_drop_at_least_score=1, hdss_at_most_score=2)
    share = ResponderShare(id="x", title="xxx", day=0, dry_enough=both)
    assert values_of(share, told, COURSE).tolist() == [100, 0, 0]


def test_any_of_the_named_side_effects_counts() -> None:
    effects = {**PLAYED.effects, Effect.ITCH: np.array([0, 2, 0]), Effect.PAIN: np.array([0, 0, 1])}
    share = SideEffectShare(id="x", title="xxx", effects=(Effect.ITCH, Effect.ERYTHEMA))
    assert values_of(share, replace(PLAYED, effects=effects), COURSE).tolist() == [0, 100, 0]


def test_an_effect_that_nobody_plays_counts_nobody() -> None:
    share = SideEffectShare(id="x", title="xxx", effects=(Effect.ITCH, Effect.BURN))
    only = replace(PLAYED, effects={Effect.ITCH: np.array([1, 0, 0])})
    assert np.isnan(values_of(share, only, COURSE)).all()


# Analysis


def test_the_interval_of_a_mean_is_that_of_a_bootstrap() -> None:
    rng = np.random.default_rng(3)
    values = rng.gamma(2.0, 10.0, size=400)
    slow = np.quantile([rng.choice(values, 400).mean() for _ in range(4000)], (0.025, 0.975))
    made = estimated(values, "mean")
    assert made is not None
    np.testing.assert_allclose((made.low, made.high), slow, rtol=0.02)


@pytest.mark.parametrize("statistic", ["mean", "median", "share"])
def test_intervals_hold_the_truth_about_as_often_as_they_say(statistic: Any) -> None:
    rng = np.random.default_rng(5)
    draws = rng.random((400, 81)) < 0.3 if statistic == "share" else rng.normal(30, 9, (400, 81))
    made = [estimated(100.0 * draw if statistic == "share" else draw, statistic) for draw in draws]
    held = np.mean([one is not None and one.low <= 30 <= one.high for one in made])
    assert 0.92 <= held <= 0.985


def test_the_median_counts_those_who_never_get_there() -> None:
    made = estimated(np.array([1.0, 2, 3, math.inf, math.inf, math.nan]), "median")
    assert made is not None
    assert (made.value, made.high) == (3.0, math.inf)


def test_replicas_are_trials_of_that_size_one_after_the_other() -> None:
    values = np.array([1.0, 3, 5, 7, math.nan, 9, 100])
    assert replicas(values, 2, "mean").tolist() == [2, 6, 9]


def test_what_is_published_has_an_interval_only_where_one_can_be_made() -> None:
    said = Published(arm="dc", value=10.0, words="ten")
    assert published_interval(said).low is None
    stated = published_interval(replace(said, low=9.0, high=12.0))
    assert (stated.low, stated.high) == (9.0, 12.0)
    share = published_interval(replace(said, events_count=91, people_count=112))
    assert (share.low, share.high) == pytest.approx((wilson(91, 112).low, wilson(91, 112).high), abs=1e-6)
    spread = published_interval(replace(said, sd=5.0, people_count=25))
    assert spread.high == pytest.approx(10 + 2.0639)  # Student's t with 24 degrees of freedom
    assert published_interval(replace(said, se=1.0)).high == pytest.approx(10 + 1.96, abs=1e-3)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    made = published_difference(
        *(
            published_interval(Published(arm="x", value=100 * k / n, words="k of n", events_count=k, people_count=n))
            for k, n in ((56, 70), (48, 80))
        )
    )
    # Newcombe 1998, method 10, first example: 0.0524 to 0.3339.
    assert (made.low, made.high) == pytest.approx((5.24, 33.39), abs=0.01)


# Chunks


def test_chunks_hold_everybody_once() -> None:
    trial = read_trial(SMALL)
    assert list(chunks_of(trial, 4500))[:3] == [Chunk(0, 0, 2000), Chunk(0, 2000, 2000), Chunk(0, 4000, 500)]
    assert sum(chunk.people_count for chunk in chunks_of(trial, 4500)) == 9000


def test_arms_have_their_own_people_unless_they_are_the_same() -> None:
    trial = read_trial(SMALL)
    same = replace(trial, design="within_person")
    assert arm_seed(trial, trial.arms[0], 1) != arm_seed(trial, trial.arms[1], 1)
    assert arm_seed(same, trial.arms[0], 1) == arm_seed(same, trial.arms[1], 1)
    whole, part = (counted(trial, chunk, 1).values for chunk in (Chunk(0, 0, 30), Chunk(0, 10, 5)))
    np.testing.assert_array_equal(whole[10:15], part)


def test_the_mark_changes_with_trial_and_seed() -> None:
    trial = read_trial(SMALL)
    assert len({mark_of(trial, 1), mark_of(trial, 2), mark_of(replace(trial, title="Another"), 1)}) == 3


# The command


def test_a_trial_end_to_end(small: Path, tmp_path: Path, ionto: Callable[..., Said]) -> None:
    out_dir = tmp_path / "out"
    status, out, _ = ionto("trial", small, "--patients", 100, "--workers", 1, "--out", out_dir, "--json")
    found = json.loads(out)
    fall = found["arms"]["dc"]["end_points"]["fall"]
    assert status == 0
    assert found["patients_per_s"] > 0
    assert fall["low"] < fall["value"] < fall["high"]
    assert fall["trial_low"] < fall["low"]  # five people see less than a hundred
    assert found["differences"]["fall_against_sham"]["value"] > 0
    kept = json.loads(out_dir.joinpath("result.json").read_text("utf-8"))
    assert kept == {name: value for name, value in found.items() if name != "patients_per_s"}
    assert len(out_dir.joinpath("end_points.csv").read_text("utf-8").splitlines()) == 1 + 2 * 2 + 1
    assert "fall, less that with sham" in out_dir.joinpath("report.md").read_text("utf-8")
    for picture in ("course.svg", "end_points.svg"):
        assert out_dir.joinpath(picture).read_text("utf-8").endswith("</svg>\n")
    status, out, _ = ionto("trial", small, "--patients", 100, "--workers", 1, "--out", out_dir)
    assert "Two arms, two sessions" in out


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_the_same_bytes_from_one_worker_and_from_two(small: Path, tmp_path: Path, ionto: Callable[..., Said]) -> None:
    for workers in (1, 2):
        assert ionto("trial", small, "--patients", 2100, "--workers", workers, "--out", tmp_path / str(workers))[0] == 0
    assert written(tmp_path / "1") == written(tmp_path / "2")


def test_the_chunks_of_another_seed_or_trial_are_refused(
    small: Path, tmp_path: Path, ionto: Callable[..., Said]
) -> None:
    run = ("trial", small, "--patients", 10, "--workers", 1, "--out", tmp_path / "out")
    assert ionto(*run)[0] == 0
    status, _, err = ionto(*run, "--seed", 2)
    assert (status, err.count("\n")) == (2, 1)
    assert "--out: holds the chunks of another trial, seed or version" in err
    small.write_text(SMALL.replace("duration_min = 20.0", "duration_min = 19.0", 1), "utf-8")
    assert ionto(*run)[0] == 2


def test_a_run_that_was_killed_goes_on_where_it_was(small: Path, tmp_path: Path, ionto: Callable[..., Said]) -> None:
    people, out_dir = ("--patients", "6000"), tmp_path / "killed"
    command = [sys.executable, "-m", "ionto.cli", "trial", str(small), *people, "--workers", "2", "--out", str(out_dir)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until_s = time.monotonic() + 60
    while len(list(out_dir.glob("chunks/*.npz"))) < 2 and time.monotonic() < until_s and running.poll() is None:
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    kept = list(out_dir.glob("chunks/*.npz"))
    assert 2 <= len(kept) < 6
    kept[0].write_bytes(kept[0].read_bytes()[:100])  # one more went wrong, as a disk may
    status, _, err = ionto("trial", small, *people, "--workers", 1, "--out", out_dir)
    assert status == 0
    assert f"{len(kept) - 1} of 6 chunks were kept" in err
    assert ionto("trial", small, *people, "--workers", 1, "--out", tmp_path / "whole")[0] == 0
    assert written(out_dir) == written(tmp_path / "whole")


# The library


def test_the_library_plays_every_published_trial(ionto: Callable[..., Said]) -> None:
    status, out, _ = ionto("trial", "library", "--patients", 40, "--workers", 1, "--json")
    library = json.loads(out)
    counts = library["counts"]
    assert status == 0
    assert counts["trials"] >= 10
    assert counts["end_points"] == len(library["rows"]) >= 18
    roles = ("fit", "used", "predicted")
    assert sum(sum(counts[role].values()) for role in roles) == counts["end_points"]
    assert sum(counts["predicted"].values()) >= 18
    assert {row["trial"] for row in library["rows"] if row["role"] == "fit"} == {"kar04", "kim17", "hkmj99", "dag17"}
    assert {row["verdict"] for row in library["rows"]} <= set(VERDICTS)


@pytest.mark.parametrize("trial", trials().values(), ids=lambda trial: trial.id)
def test_a_trial_of_the_shelf_is_named_as_its_file_and_says_what_is_ours(trial: Any) -> None:
    path = Path(__file__).parents[1] / "src" / "ionto" / "simulate" / "trials" / f"{trial.id}.toml"
    assert tomllib.loads(path.read_text("utf-8"))["id"] == trial.id
    assert trial.ours
    assert bool(trial.source) == any(one.published for one in trial.end_points)


def test_counts_in_the_library_agree_with_their_percentages() -> None:
    said = [said for trial in trials().values() for one in trial.end_points for said in one.published]
    of_counts = [one for one in said if one.events_count is not None and one.people_count is not None]
    assert len(of_counts) >= 15
    for one in of_counts:
        assert one.events_count is not None
        assert one.people_count is not None
        assert abs(100 * one.events_count / one.people_count - one.value) < 0.8, one.words


@pytest.mark.parametrize("name", ["kim17", "kar04", "dol04"])
def test_the_library_in_the_docs_is_what_is_played_now(name: str, ionto: Callable[..., Said]) -> None:
    """Some of its people again: what they give lies near what all of them gave when the table was written."""
    stored = json.loads((Path(__file__).parents[1] / "docs" / "reference" / "trials.json").read_text("utf-8"))
    rows = [row for row in stored["rows"] if row["trial"] == name]
    _, out, _ = ionto("trial", name, "--patients", 2000, "--seed", stored["seed"], "--workers", 1, "--json")
    found = json.loads(out)["arms"]
    assert rows
    for row in rows:
        now = found[row["arm"]]["end_points"][row["end_point"]]
        room = (now["high"] - now["low"]) / 2
        assert now["low"] - room <= row["value"] <= now["high"] + room, (
            row["end_point"],
            "run the command in trials.md",
        )


def test_the_page_on_minutes_tells_what_its_trial_gave() -> None:
    docs = Path(__file__).parents[1] / "docs" / "explanation"
    page = docs.joinpath("ten-twenty-thirty-minutes.md").read_text("utf-8")
    result = json.loads(docs.joinpath("minutes", "result.json").read_text("utf-8"))

    def told(one: dict[str, Any], unit: str) -> str:
        value, low, high = (math.floor(one[name] + 0.5) for name in ("value", "medians_low", "medians_high"))
        return f"{value}{unit} ({low} to {high})"

    assert f"--patients {result['patients']} --seed {result['seed']}" in page
    for arm, units in {f"min_{minutes}": (" %", " %", " %", "", " %") for minutes in (5, 10, 20, 30)}.items():
        found = result["arms"][arm]["end_points"]
        cells = [
            told(found[name], unit) for name, unit in zip(("fall", "half", "hdss", "dry", "skin"), units, strict=True)
        ]
        assert f"| {arm.removeprefix('min_')} | {' | '.join(cells)} |" in page
    for name in ("20_less_10", "30_less_20"):
        cells = [told(result["differences"][f"{of}_{name}"], " points") for of in ("fall", "half")]
        assert f"| {name.replace('_', ' ')} minutes | {' | '.join(cells)} |" in page
