"""How a session ends when something happens."""

from __future__ import annotations

from collections.abc import Callable

title = "When a session ends early"


def test_stop_and_pain(sessions: Callable[[str], None]) -> None:
    """A press of stop ramps down from any moment. A session that hurts is ended, never finished."""
    sessions("""
        | what happens         | outcome | fault |
        |----------------------|---------|-------|
        | stop pressed at 1 s  | stopped | none  |
        | stop pressed at 20 s | stopped | none  |
        | stop pressed at 90 s | stopped | none  |
        | pain reported at 90 s| stopped | none  |
    """)


def test_faults(sessions: Callable[[str], None]) -> None:
    """A fault cuts the current at once and stays. Nothing resumes by itself."""
    sessions("""
        | what happens           | outcome | fault          |
        |------------------------|---------|----------------|
        | contact lost at 90 s   | faulted | contact lost   |
        | short circuit at 90 s  | faulted | short circuit  |
        | overcurrent at 90 s    | faulted | overcurrent    |
        | runaway source at 90 s | faulted | runaway source |
        | stuck polarity at 90 s | faulted | stuck polarity |
        | adc frozen at 90 s     | faulted | adc frozen     |
        | link lost at 90 s      | faulted | link lost      |
        | clock jump at 90 s     | faulted | clock jump     |
    """)
