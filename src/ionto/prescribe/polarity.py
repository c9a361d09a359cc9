"""The poles: which habit, and which side has the anode first in the next session."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from ionto.prescribe.protocol import Cited
from ionto.words.reading import document, read_toml
from ionto.words.records import SessionFact
from ionto.words.terms import PolarityHabit, Side

# Sides that lie closer together than this part of a usual session's charge count as even; no session is so exact.
EVEN_FRACTION = 0.1
# Who has had no session begins with the anode on the right: on the dominant hand [HID94], which is not asked for.
FIRST_SIDE = Side.RIGHT


@document
class _Habits:
    habit: dict[PolarityHabit, Cited[PolarityHabit]]


@cache
def polarity_habits() -> dict[PolarityHabit, Cited[PolarityHabit]]:
    """Every habit with who wants it so, as in prescribe/polarity.toml."""
    return read_toml(_Habits, files("ionto.prescribe").joinpath("polarity.toml").read_text("utf-8")).habit


def habit_in(phase: str, habit: PolarityHabit) -> PolarityHabit:
    """The habit in this phase of a course: in maintenance the anode no longer stays on one side [DP450, HIDREX-POL].

    >>> habit_in("maintenance", PolarityHabit.ONE_SIDE_UNTIL_DRY).value
    'swap_between_sessions'
    """
    stays = habit is PolarityHabit.ONE_SIDE_UNTIL_DRY
    return PolarityHabit.SWAP_BETWEEN_SESSIONS if stays and phase == "maintenance" else habit


def next_first_anode(history: Iterable[SessionFact], habit: PolarityHabit, worse_side: Side | None = None) -> Side:
    """The side that has the anode first in the next session.

    The worse side gets it [HIDREX-POL, FISCHER-USE]. Else it stays where it is until that side is dry, by that habit;
    else the side that has had less of it so far, so that a session that ended before its poles changed, or a swap that
    was forgotten, is evened out. Where no charge was metered, or both sides are even, the sides take turns.

    Parameters
    ----------
    history
        The sessions had at the site, in any order.
    worse_side
        The side that sweats more. With the habit of one side until dry: the side whose turn it is.
    """
    if worse_side is not None:
        return worse_side
    had = sorted((fact for fact in history if fact.first_anode is not None), key=lambda fact: fact.at)
    if not had:
        return FIRST_SIDE
    last = had[-1].first_anode
    assert last is not None
    if habit is PolarityHabit.ONE_SIDE_UNTIL_DRY:
        return last
    return _lacking(had) or last.other


def _lacking(had: list[SessionFact]) -> Side | None:
    """The side that has had less anodic charge, by more than a session's own inexactness; None when they are even."""
    metered = [
        (fact.left_anode_ma_min, fact.right_anode_ma_min)
        for fact in had
        if fact.left_anode_ma_min is not None and fact.right_anode_ma_min is not None
    ]
    if not metered:
        return None
    left_ma_min, right_ma_min = sum(left for left, _ in metered), sum(right for _, right in metered)
    usual_ma_min = (left_ma_min + right_ma_min) / len(metered)
    if abs(left_ma_min - right_ma_min) <= EVEN_FRACTION * usual_ma_min:
        return None
    return Side.LEFT if left_ma_min < right_ma_min else Side.RIGHT
