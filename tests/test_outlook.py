"""The outlook as a picture, in words, and as a table."""

from __future__ import annotations

import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from ionto.exchange.outlook import LEFT_PX, RIGHT_PX, outlook_rows, outlook_svg, outlook_words
from ionto.follow.recommendation import DryUntil

TODAY = date(2026, 3, 1)


def on(days: int | None) -> date | None:
    return None if days is None else TODAY + timedelta(days=days)


def advice(
    early: int | None, middle: int | None, late: int | None, session: int | None = None, wait: int | None = None
) -> Any:
    found = DryUntil(on=on(middle), earliest_on=on(early), latest_on=on(late))
    return SimpleNamespace(dry_until=found, next_session_on=on(session), may_wait_until=on(wait))


CASES = [
    (9, 13, 18, 8, 10),
    (18, 45, None, 20, 20),
    (0, 1, 4, 0, 0),
    (0, 0, 0, 0, 0),
    (50, None, None, 27, 28),
    (None, None, None, None, None),
    (80, 82, 84, 28, 28),
]


@pytest.mark.parametrize("days", CASES)
def test_the_picture_is_sound_and_nothing_leaves_it(days: tuple[Any, ...]) -> None:
    svg = ElementTree.fromstring(outlook_svg(advice(*days), TODAY))  # noqa: S314 - our own picture
    places = [float(one.get("x", "0")) for one in svg.iter() if one.tag.endswith(("rect", "text")) and one.get("x")]
    assert all(LEFT_PX <= place <= RIGHT_PX for place in places)
    parts = [
        one
        for one in svg.iter()
        if one.get("class", "").split(" ")[0] in {"outlook-dry", "outlook-open", "outlook-wet"}
    ]
    assert sum(float(part.get("width", "0")) for part in parts) == pytest.approx(RIGHT_PX - LEFT_PX, abs=3.0)


def test_the_parts_lie_where_the_dates_say() -> None:
    svg = outlook_svg(advice(9, 13, 18, 8, 10), TODAY)
    assert [text for text in re.findall(r">([^<>]+)</text>", svg) if "Mar" in text] == [
        "about 14 Mar",
        "10 Mar",
        "19 Mar",
        "next session 9 Mar",
    ]
    widths = re.findall(r'width="([0-9.]+)" height="34" fill="[^"]+" class="(outlook-\w+)"', svg)
    assert {name: float(width) for width, name in widths} == pytest.approx(
        {"outlook-dry": 144.0, "outlook-open": 144.0, "outlook-wet": 48.0}
    )


def test_the_words_say_the_interval_and_what_cannot_be_told() -> None:
    assert "until about 14 March; between 10 March and 19 March." in outlook_words(advice(9, 13, 18))
    assert "hardly less than until 19 March" in outlook_words(advice(18, 45, None))
    assert "probably for more than 12 weeks" in outlook_words(advice(50, None, None))
    wet = SimpleNamespace(dry_until=None, next_session_on=None, may_wait_until=None)
    assert "above what you tolerate" in outlook_words(wet)  # type: ignore[arg-type]
    assert outlook_svg(wet, TODAY) == ""  # type: ignore[arg-type]


def test_the_table_has_every_date_of_the_picture() -> None:
    rows = {row.what: row.on for row in outlook_rows(advice(9, 13, 18, 8, 10))}
    assert list(rows.values()) == [on(9), on(13), on(18), on(8), on(10)]
    assert rows["It may wait until"] == on(10)
    assert len(outlook_rows(advice(9, 13, 18, 8, 8))) == 4
