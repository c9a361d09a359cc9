"""What the documentation says that a page costs."""

from __future__ import annotations

import json
from pathlib import Path

KEPT = json.loads((Path(__file__).parents[1] / "benchmarks" / "pages.json").read_text("utf-8"))


def test_every_page_keeps_within_the_goal_of_the_first() -> None:
    assert KEPT["own"][0]["page"] == "landing"
    for cost in KEPT["own"]:
        # The plot that comes when it is scrolled to is no part of a first load.
        if cost["page"] != "progress, scrolled":
            assert cost["bytes_count"] < 60_000, cost["page"]
            assert cost["requests_count"] < 5, cost["page"]


def test_no_page_is_at_rest_before_it_is_painted_or_holds_a_line_open() -> None:
    assert len(KEPT["own"]) >= 13
    for cost in (*KEPT["own"], *KEPT["beside"]):
        assert 0 < cost["painted_ms"] <= cost["at_rest_ms"], cost["page"]
        assert cost["loaded_ms"] <= cost["at_rest_ms"], cost["page"]
    assert not any(cost["sockets_count"] for cost in KEPT["own"])
