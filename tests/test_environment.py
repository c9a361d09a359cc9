"""The virtual patient as a Gymnasium environment: its caps, its seeds, and that it is the cohort's person."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.simulate.cohort import Population, Regimen, people, played
from ionto.simulate.environment import OBSERVED, VirtualPatientEnv, current_cap
from ionto.words.limits import CURRENT_CEILING_MA, SESSIONS_CEILING_PER_WEEK
from ionto.words.terms import Effect, Site

SITES = (Site.PALMS, Site.SOLES, Site.AXILLAE)


def lived(env: VirtualPatientEnv, actions: list[int], **reset: Any) -> list[tuple[Any, ...]]:
    """All that is seen and told of one person under these actions."""
    seen, told = env.reset(**reset)
    days = [(seen.tolist(), told["sweat_mg_per_min"])]
    for action in actions:
        seen, reward, terminated, truncated, told = env.step(action)
        days.append((seen.tolist(), told["sweat_mg_per_min"], reward, terminated, truncated, told["delivered_ma"]))
    return days


@pytest.mark.parametrize("site", SITES)
def test_gymnasiums_own_checker_finds_nothing(site: Site) -> None:
    env = gymnasium.make("ionto.simulate.environment:ionto/VirtualPatient-v0", site=site, days_count=60)
    check_env(env.unwrapped)


def test_it_is_the_person_of_the_cohort() -> None:
    days = tuple(range(0, 28, 2))
    plan = Regimen(session_days=days, current_ma=(15.0,) * len(days), duration_min=20.0)
    group = people(Population(site=Site.PALMS, entry_hdss=3), 40, seed=1)
    plain = played(group, plan, days_count=29, seed=1)
    stayed = np.flatnonzero(plain.attended.all(axis=1))
    assert len(stayed) > 5
    env = VirtualPatientEnv(days_count=28)
    for number in stayed[:5]:
        env.reset(options={"person_number": number})
        for day in range(28):
            env.step(15 if day in days else 0)
        for name in ("sweat_mg_per_min", "hdss", "rating", "weighed_mg_per_min"):
            assert np.array_equal(getattr(env.kept, name)[:, 0], getattr(plain, name)[number])


def test_the_same_seed_gives_the_same_life_and_another_one_another() -> None:
    env, other, actions = VirtualPatientEnv(days_count=30), VirtualPatientEnv(days_count=30), [15, 0] * 15
    assert lived(env, actions, seed=3) == lived(other, actions, seed=3)
    assert lived(env, actions, seed=3) != lived(other, actions, seed=4)


def test_without_a_seed_the_next_person_comes() -> None:
    env = VirtualPatientEnv(days_count=5)
    assert [env.reset()[1]["person_number"] for _ in range(3)] == [0, 1, 2]
    assert env.reset(options={"person_number": 9})[1]["person_number"] == 9
    assert env.reset()[1]["person_number"] == 10


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("age", ["adult", "child"])
@settings(deadline=None, max_examples=15)
@given(asked=st.lists(st.integers(-3, 40), min_size=1, max_size=25), number=st.integers(0, 50))
def test_no_action_passes_a_cap(site: Site, age: Any, asked: list[int], number: int) -> None:
    env = VirtualPatientEnv(site=site, age=age, days_count=30, entry_hdss=None)
    cap_ma = min(CURRENT_CEILING_MA[site], 15.0 if age == "child" else np.inf)
    assert current_cap(site, age).value_ma == cap_ma
    _, told = env.reset(options={"person_number": number})
    held: list[int] = []
    for action in asked:
        day, mask = env.today, told["action_mask"]
        if not 0 <= action <= cap_ma:
            with pytest.raises(ValueError, match=f"action: a whole current from 0 to {cap_ma:g} mA"):
                env.step(action)
            assert env.today == day
            continue
        _, _, _, _, told = env.step(action)
        assert told["delivered_ma"] <= action
        assert bool(mask[action]) is ("refused" not in told)
        if told["delivered_ma"]:
            held.append(day)
        assert all(sum(first <= at < first + 7 for at in held) <= SESSIONS_CEILING_PER_WEEK for first in held)


@pytest.mark.parametrize("action", [np.nan, 3.5, None, "15", True, np.array([3])])
def test_what_is_no_current_is_refused_in_one_sentence(action: Any) -> None:
    env = VirtualPatientEnv(days_count=5)
    env.reset(seed=1)
    with pytest.raises(ValueError, match=r"^action: a whole current from 0 to 20 mA \(0: no session\), not "):
        env.step(action)


def test_a_sixth_session_in_a_week_is_not_given_and_costs_nothing() -> None:
    env = VirtualPatientEnv(days_count=10)
    env.reset(seed=1)
    days = [env.step(10) for _ in range(7)]
    assert ["refused" in told for *_, told in days] == [False] * 5 + [True] * 2
    assert [told["delivered_ma"] for *_, told in days[5:]] == [0.0, 0.0]
    assert all(reward == float(told["controlled"]) for _, reward, _, _, told in days[5:])
    assert "refused" not in env.step(10)[-1]


def test_the_reward_is_a_day_of_control_less_the_cost_of_a_session() -> None:
    env = VirtualPatientEnv(days_count=60, session_cost_days=0.4)
    env.reset(seed=1)
    rewards = set()
    for day in range(60):
        _, reward, _, _, told = env.step(15 * (day % 2))
        assert reward == told["controlled"] - (0.4 if told["delivered_ma"] else 0.0)
        rewards.add(reward)
    assert rewards == {0.0, -0.4, 1.0, 0.6}


@pytest.mark.parametrize("tolerance_score", [1, 2, 3])
def test_control_is_sweat_up_to_the_persons_own_threshold(tolerance_score: int) -> None:
    env = VirtualPatientEnv(days_count=40, tolerance_score=tolerance_score)
    env.reset(seed=0)
    group = people(Population(site=Site.PALMS, entry_hdss=3), 1, seed=1, first=env.person_number)
    most_mg_per_min = group.hdss_thresholds_mg_per_min[tolerance_score - 1, 0]
    told = [env.step(15 * (day % 2))[-1] for day in range(40)]
    assert all(one["controlled"] is bool(one["sweat_mg_per_min"] <= most_mg_per_min) for one in told)
    assert {one["controlled"] for one in told} == {True, False}


def test_the_policy_sees_what_the_person_knows() -> None:
    env = VirtualPatientEnv(days_count=20)
    seen, _ = env.reset(seed=1)
    told = dict(zip(OBSERVED, seen.tolist(), strict=True))
    assert (told["hdss_age_days"], told["session_age_days"], told["sessions_count"]) == (0, 20, 0)
    for day in range(9):
        seen, *_ = env.step(15 if day == 1 else 0)
    told = dict(zip(OBSERVED, seen.tolist(), strict=True))
    assert (told["hdss_age_days"], told["session_age_days"], told["sessions_count"]) == (2, 8, 1)
    assert told["hdss_score"] == env.kept.hdss[7 + 7, 0]
    assert told["rating_score"] == env.kept.rating[9 + 7, 0]


def test_what_the_last_session_was_and_did_is_known_until_the_next() -> None:
    env = VirtualPatientEnv(site="axillae", days_count=300)
    env.reset(seed=0)
    known, shown = (0.0, 0, 0), set()
    for day in range(300):
        before = {effect: int(count[0]) for effect, count in env.kept.effects.items()}
        seen, *_, told = env.step(15 if day % 2 else 0)
        if told["delivered_ma"]:
            had = [int(env.kept.effects[effect][0]) - before[effect] for effect in (Effect.PAIN, Effect.BLISTER)]
            known = (told["delivered_ma"], *had)
        assert seen[5:].tolist() == pytest.approx(known)
        shown.add(tuple(seen[6:].tolist()))
    assert shown >= {(0, 0), (1, 0), (0, 1)}


def test_a_year_ends_and_then_asks_for_a_new_person() -> None:
    env = VirtualPatientEnv(days_count=3)
    env.reset(seed=1)
    assert [env.step(0)[3] for _ in range(3)] == [False, False, True]
    with pytest.raises(ValueError, match="the days are over"):
        env.step(0)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"site": "face"}, "site"),
        ({"site": "nose"}, "site"),
        ({"age": "old"}, "age"),
        ({"days_count": 0}, "days_count"),
        ({"duration_min": 41.0}, "duration_min"),
        ({"duration_min": float("nan")}, "duration_min"),
        ({"session_cost_days": -1.0}, "session_cost_days"),
        ({"tolerance_score": 4}, "tolerance_score"),
    ],
)
def test_a_wrong_number_is_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: "):
        VirtualPatientEnv(**wrong)


@pytest.mark.parametrize("options", [{"person_number": -1}, {"person_number": 1.5}, {"who": 1}])
def test_a_wrong_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="person_number"):
        VirtualPatientEnv(days_count=3).reset(options=options)


def test_the_example_of_the_page_runs() -> None:
    page = Path(__file__).parents[1] / "docs" / "reference" / "environment.md"
    example = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 our own page
    assert 50 < names["total"] < 365
