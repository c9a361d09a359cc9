"""What a session delivers."""

from __future__ import annotations

from collections.abc import Callable

title = "A session from start to end"


def test_the_dose(sessions: Callable[[str], None]) -> None:
    """Time counts at the set current; the ramps, 30 seconds each way, come on top and count as charge. With a reversal
    at half time both sides get the same."""
    sessions("""
        | set current [mA] | minutes | left anode [mA·min] | right anode [mA·min] | lasts [min] | outcome   |
        |------------------|---------|---------------------|----------------------|-------------|-----------|
        | 15               | 20      | 158                 | 158                  | 22          | completed |
        | 10               | 20      | 105                 | 105                  | 22          | completed |
        | 5                | 10      | 28                  | 28                   | 12          | completed |
    """)


def test_polarity(sessions: Callable[[str], None]) -> None:
    """Some makers advise against a reversal within a session; then the anode stays on one side and changes from one
    session to the next."""
    sessions("""
        | polarity              | first anode | minutes | left anode [mA·min] | right anode [mA·min] |
        |-----------------------|-------------|---------|---------------------|----------------------|
        | reverse_at_half_time  | right       | 4       | 38                  | 38                   |
        | swap_between_sessions | right       | 4       | 0                   | 68                   |
        | swap_between_sessions | left        | 4       | 68                  | 0                    |
    """)


def test_the_skin(sessions: Callable[[str], None]) -> None:
    """The current is what counts, on every skin; only the voltage differs."""
    sessions("""
        | skin   | highest [mA] | outcome   |
        |--------|--------------|-----------|
        | normal | 15           | completed |
        | wet    | 15           | completed |
        | dry    | 15           | completed |
    """)
