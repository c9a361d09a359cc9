"""A session that is led by time: its timeline is the real session played ahead, its fold the same played after."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ionto.prescribe import devices
from ionto.treat.events import SessionPlan
from ionto.treat.journal import replay
from ionto.treat.led import (
    LATE_S,
    Answered,
    LedEvent,
    LedPain,
    LedStop,
    MoreTimeAsked,
    StayedOn,
    Step,
    Timeline,
    fold,
    timeline,
)
from ionto.treat.prompts import Guide, Language, guide_for
from ionto.treat.session import ending, most_charge_ma_min
from ionto.treat.table import Phase
from ionto.words.terms import Outcome, PolarityHabit, Side, Site, Waveform

PLAN = SessionPlan(
    site=Site.PALMS,
    waveform=Waveform.DC,
    current_ma=12.0,
    cap_current_ma=15.0,
    ramp_ma_per_s=0.4,
    duration_min=20.0,
    polarity=PolarityHabit.REVERSE_AT_HALF_TIME,
    first_anode=Side.RIGHT,
    contact_area_cm2=163.5,
    voltage_limit_v=58.0,
    provenance="displayed",
)
GUIDE = guide_for(devices()["saalio"])
SHORT = replace(PLAN, duration_min=1.0)


def lasts_s(step: Step, answered_after_s: float | None = None) -> float:
    """As the page reckons it."""
    if step.answer is None:
        return step.lasts_s
    waited_s = step.patience_s if answered_after_s is None else answered_after_s
    return max(step.least_s, waited_s + step.lasts_s)


def words(made: Timeline) -> str:
    return "\n".join(cue.text for step in made.steps for cue in step.says)


def test_the_timeline_goes_through_the_whole_session_in_the_words_of_the_device() -> None:
    made = timeline(PLAN, GUIDE)
    order = (
        "plus is on the right hand",
        "Put both hands into the water",
        "Set the current higher. To 12 mA, in about 30 seconds",
        "Keep still now; 20 minutes to go",
        "Look at the bar, and keep in mind how many mA it shows",
        "In a minute half of the time is over.",
        "Half of the time is over. Set the current lower. Set the current to zero.",
        "At zero only: move the polarity switch. Plus goes to the left hand",
        "One more minute.",
        "That is enough.",
        "Done. See that the dial stands at zero",
    )
    places = [words(made).index(sentence) for sentence in order]
    assert places == sorted(places)
    assert "Say" not in words(made)
    assert words(made).count("keep in mind") == 1
    assert [step.phase for step in made.stop] == [Phase.STOPPING, Phase.STOPPED]
    assert "lift one limb out slowly, rolling from the palm" in made.stop[0].says[0].text


def test_with_nobody_answering_it_is_played_to_the_second_as_it_was_rehearsed() -> None:
    made = timeline(PLAN, GUIDE)
    done = fold(PLAN, GUIDE, [])
    assert done.session.t_s == sum(lasts_s(step) for step in made.steps)
    told = ending(done.session)
    assert (told.outcome, told.provenance, told.held_min) == (Outcome.COMPLETED, "assumed", 20.0)
    assert told.delivered.left_anode_ma_min == pytest.approx(told.delivered.right_anode_ma_min, rel=0.001)
    assert replay(done.journal.splitlines(keepends=True)) == done.session


@pytest.mark.parametrize(
    ("poles", "limbs", "turned", "mores"),
    [(0, 0, 0, 0), (1, 2, 3, 0), (65, 0, 0, 0), (89, 59, 89, 0), (7, 20, 0, 1), (4, 1, 31, 2)],
)
def test_whenever_it_is_answered_the_page_and_the_fold_agree(poles: int, limbs: int, turned: int, mores: int) -> None:
    """Answers after so many half seconds each, and more time asked for at half time."""
    made, t_s = timeline(SHORT, GUIDE), 0.0
    after = {("poles", 1): poles / 2, ("limbs", 1): limbs / 2, ("poles", 2): turned / 2}
    happened: list[LedEvent] = []
    for step in made.steps:
        answered_s = None
        if step.answer is not None:
            answered_s = after[step.answer, step.half_count]
            if (step.answer, step.half_count) == ("poles", 2) and mores:
                happened += [MoreTimeAsked(t_s=t_s + 0.5)] * mores
                answered_s = step.patience_s + made.more_s * mores - 0.5
            assert step.answer in ("poles", "limbs")
            happened.append(Answered(t_s=t_s + answered_s, answer=step.answer, half_count=step.half_count))
        t_s += lasts_s(step, answered_s)
    assert fold(SHORT, GUIDE, happened).session.t_s == t_s


def test_a_double_tap_answers_nothing_ahead() -> None:
    once = [Answered(t_s=0.0, answer="poles", half_count=1)]
    assert fold(SHORT, GUIDE, once * 2).session == fold(SHORT, GUIDE, once).session


def test_more_time_is_given_only_so_long() -> None:
    impatient = fold(SHORT, GUIDE, [MoreTimeAsked(t_s=1.0)] * 20).session
    assert impatient.phase is Phase.COMPLETED
    assert impatient.t_s == fold(SHORT, GUIDE, []).session.t_s + timeline(SHORT, GUIDE).most_s - 45.0


@pytest.mark.parametrize("kind", [LedStop, LedPain])
def test_a_stop_ends_it_where_it_was_pressed(kind: type[LedStop] | type[LedPain]) -> None:
    steps = timeline(PLAN, GUIDE).steps
    hold_begins_s = sum(lasts_s(step) for step in steps[:4])
    done = ending(fold(PLAN, GUIDE, [kind(t_s=hold_begins_s + 120.0), kind(t_s=hold_begins_s + 121.0)]).session)
    assert (done.outcome, done.pain_reported) == (Outcome.STOPPED, kind is LedPain)
    assert done.held_min == pytest.approx(2.0, abs=0.02)


def test_what_was_reached_is_what_is_counted_and_somebody_read_it() -> None:
    done = ending(fold(PLAN, GUIDE, [], reached_ma=8.0).session)
    assert (done.provenance, done.held_min) == ("displayed", 20.0)
    assert done.delivered.charge_ma_min == pytest.approx(8 * 20 + 10, rel=0.05)
    nothing = ending(fold(PLAN, GUIDE, [], reached_ma=0.0).session)
    assert (nothing.outcome, nothing.delivered.charge_ma_min < 15) == (Outcome.COMPLETED, True)


def test_more_than_the_cap_is_no_fault_any_more_and_counts_up_to_the_most_that_a_session_may_deliver() -> None:
    done = ending(fold(PLAN, GUIDE, [], reached_ma=18.0).session)
    assert (done.outcome, done.max_current_ma) == (Outcome.COMPLETED, 18.0)
    assert done.delivered.charge_ma_min == pytest.approx(most_charge_ma_min(PLAN), abs=5)


def test_a_current_that_stayed_on_past_half_time_is_counted_on_its_side() -> None:
    steps = timeline(PLAN, GUIDE).steps
    half_s = sum(lasts_s(step) for step in steps[:5])
    late = fold(PLAN, GUIDE, [StayedOn(t_s=half_s - 60, until_s=half_s + 90)]).session
    in_time = fold(PLAN, GUIDE, []).session
    assert late.phase is Phase.COMPLETED
    assert late.t_s == pytest.approx(in_time.t_s + 90, abs=1.5)
    more_ma_min = late.delivered.right_anode_ma_min - in_time.delivered.right_anode_ma_min
    assert more_ma_min == pytest.approx(12 * 1.5, rel=0.05)
    assert late.delivered.left_anode_ma_min == pytest.approx(in_time.delivered.left_anode_ma_min)
    assert LATE_S > 90


def test_a_current_that_stayed_on_where_nothing_was_due_changes_nothing() -> None:
    assert fold(PLAN, GUIDE, [StayedOn(t_s=200, until_s=500)]).session == fold(PLAN, GUIDE, []).session


def test_a_device_that_turns_by_itself_asks_for_no_hand() -> None:
    guide = guide_for(devices()["hidrex_connection"])
    made = timeline(PLAN, guide)
    assert [step.answer for step in made.steps if step.answer] == ["limbs"]
    assert [step.falls for step in made.steps if step.phase is Phase.RAMPING_DOWN] == [False, True]
    assert fold(PLAN, guide, []).session.t_s == sum(lasts_s(step) for step in made.steps)


def test_a_device_that_shows_no_current_is_not_asked_for_it() -> None:
    made = timeline(replace(PLAN, polarity=PolarityHabit.ONE_SIDE_UNTIL_DRY), guide_for(devices()["hidrex_dp450"]))
    assert not made.asks_reached
    assert "keep in mind" not in words(made)


@pytest.mark.parametrize("device_id", [name for name in devices() if name != "simulated"])
@pytest.mark.parametrize("language", list(Language))
def test_every_device_has_a_timeline_that_its_fold_keeps_to(device_id: str, language: Language) -> None:
    guide: Guide = guide_for(devices()[device_id], language, device_id=device_id)
    made = timeline(SHORT, guide)
    assert fold(SHORT, guide, []).session.t_s == sum(lasts_s(step) for step in made.steps)
    assert not re.search(r"[{}_]", words(made))
