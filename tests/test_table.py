"""The facts as a table: out, and in again; a year made by hand; what is refused, by line and field."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.exchange.merge import Merge, merge
from ionto.exchange.table import COLUMNS, table_of
from ionto.words.records import (
    CauseFact,
    ClearedFact,
    DayFact,
    Fact,
    HdssFact,
    RatingFact,
    SessionFact,
    SideEffectFact,
    StarchIodineFact,
    SweatRateFact,
)
from ionto.words.terms import Answer, Cause, Effect, EffectSeverity, Outcome, Side, Site, Wetness

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
AT = datetime(2026, 9, 1, 18, tzinfo=BERLIN)
FACTS: tuple[Fact, ...] = (
    SessionFact(
        site=Site.PALMS,
        at=AT,
        current_ma=12.345,
        duration_min=20,
        outcome=Outcome.STOPPED,
        first_anode=Side.LEFT,
        provenance="recalled",
        pain_reported=True,
    ),
    HdssFact(site=Site.PALMS, at=AT, score=3),
    SweatRateFact(site=Site.SOLES, at=AT, sweat_mg_per_min=52.25),
    RatingFact(site=Site.PALMS, at=AT, score=0),
    DayFact(site=Site.PALMS, at=AT, felt=Wetness.CLAMMY),
    StarchIodineFact(site=Site.PALMS, at=AT, area_fraction=0.25),
    CauseFact(site=Site.PALMS, at=AT, cause=Cause.WATER, found=Answer.UNKNOWN),
    SideEffectFact(site=Site.PALMS, at=AT, effect=Effect.ITCH, severity=EffectSeverity.MODERATE, lasted_hours=0.5),
)
MINE = """date;HDSS;rating;grams/min;session minutes;mA;side effect;note
2025-12-01;4;8;0,052;;;;cold day
03.12.2025;;6;;20;12,5;erythema;
"""


def table(facts: tuple[Fact, ...]) -> bytes:
    return "".join(table_of(facts)).encode()


def taken(content: str | bytes, standing: tuple[Fact, ...] = (), **more: Any) -> Merge:
    given = content.encode() if isinstance(content, str) else content
    return merge(given, standing, **({"zone": BERLIN, "until": NOW, "site": Site.PALMS} | more))


def said(found: Merge) -> str:
    return "\n".join(map(str, found.faults))


def test_what_goes_out_comes_in_again_to_the_last_digit() -> None:
    found = taken(table(FACTS))
    assert found.faults == ()
    assert found.new == FACTS


@given(st.floats(0, 35), st.floats(0, 120), st.integers(0, 10))
@settings(max_examples=60)
def test_every_number_survives(current_ma: float, duration_min: float, score: int) -> None:
    facts: tuple[Fact, ...] = (
        SessionFact(site=Site.PALMS, at=AT, current_ma=current_ma, duration_min=duration_min, provenance="recalled"),
        RatingFact(site=Site.PALMS, at=AT, score=score),
    )
    assert taken(table(facts)).new == facts


def test_the_same_table_twice_adds_nothing() -> None:
    again = taken(table(FACTS), FACTS)
    assert (again.new, again.known_count, again.faults) == ((), len(FACTS), ())
    first = taken(MINE)
    assert first.faults == ()
    second = taken(MINE, first.new)
    assert (second.new, second.known_count) == ((), len(first.new))
    assert taken(table(FACTS + FACTS)).new == FACTS


def test_a_fact_that_was_taken_back_stays_away() -> None:
    assert taken(table(FACTS), FACTS[1:], withdrawn=FACTS[:1]).new == ()


def test_a_year_made_by_hand_with_commas_semicolons_and_german_days() -> None:
    found = taken(MINE)
    assert found.faults == ()
    assert [fact.kind for fact in found.new] == ["hdss", "rating", "sweat_rate", "rating", "session", "side_effect"]
    assert found.new[2] == SweatRateFact(
        site=Site.PALMS, at=datetime(2025, 12, 1, 12, tzinfo=BERLIN), sweat_mg_per_min=52.0
    )
    session = found.new[4]
    assert isinstance(session, SessionFact)
    assert (session.current_ma, session.duration_min, session.provenance) == (12.5, 20, "recalled")
    assert session.at.isoformat() == "2025-12-03T12:00:00+01:00"
    assert (found.note_count, found.by_day_count) == (1, 6)


def test_commas_between_the_cells_and_points_in_the_numbers() -> None:
    found = taken("Date,Time,HDSS,grams/min\n2025-12-01,18:30,4,0.052\n")
    assert found.faults == ()
    assert [fact.at.isoformat() for fact in found.new] == ["2025-12-01T18:30:00+01:00"] * 2


@pytest.mark.parametrize(
    ("content", "where", "sentence"),
    [
        ("date;HDSS\n03/04/2026;3\n", "line 2, date", "day first or month first"),
        ("date;HDSS\n03/25/2026;3\n", "line 2, date", "no month 25"),
        ("date;HDSS\n31.02.2026;3\n", "line 2, date", "not a day"),
        ("date;HDSS\n1.2.26;3\n", "line 2, date", "not a day"),
        ("date;HDSS\n1850-03-04;3\n", "line 2, date", "not a day"),
        ("date;HDSS\n;3\n", "line 2, date", "missing"),
        ("date;HDSS\n2026-03-04;5\n", "line 2, HDSS", "less than or equal to 4"),
        ("date;HDSS\n2026-03-04;3.5\n", "line 2, HDSS", "integer"),
        ("date;HDSS\n2026-03-04;bad\n", "line 2, HDSS", "not a number"),
        ("date;HDSS\n2027-03-04;3\n", "line 2", "has not come yet"),
        ("date;mA\n2026-03-04;12\n", "line 2, minutes", "needs its minutes"),
        ("date;mA;minutes\n2026-03-04;1,234;20\n", "line 2, current", "in two ways"),
        ("date;mA;minutes\n2026-03-04;12,5;20\n2026-03-05;12.5;20\n", "line 2, current", "write all alike"),
        ("date;mA;minutes\n2026-03-04;120;20\n", "line 2, mA", "less than or equal to 35"),
        ("date;side effect\n2026-03-04;sadness\n", "line 2, side effect", "not one of"),
        ("date;mood\n2026-03-04;3\n", "line 1, mood", "not known"),
        ("date;HDSS;hdss\n2026-03-04;3;3\n", "line 1", "two columns"),
        ("day of it;HDSS\n2026-03-04;3\n", "line 1, day of it", "not known"),
        ("date,grams/min\n2026-03-04,0,052\n", "line 2", "decimal comma"),
        ("date;site;HDSS\n2026-03-04;ears;3\n", "line 2, site", "not one of"),
        ("date;HDSS\n", "file", "no line below"),
        (b"\xff\xfed\0a\0", "file", "not a CSV file"),
        ('date;HDSS;note\n2026-03-04;3;"' + 20_000 * "never closed\n", "file", "too long"),
        ("kind,site,at,score\nhdss,palms,2026-03-04T18:00:00,3\n", "line 2, at", "timezone"),
        ("kind,site,at,current_ma\nhdss,palms,2026-03-04T18:00:00Z,3\n", "line 2, score", "missing"),
        ("kind,site,at,weight\nhdss,palms,2026-03-04T18:00:00Z,3\n", "line 1, weight", "not known"),
    ],
)
def test_what_is_wrong_is_refused_by_line_and_field(content: str | bytes, where: str, sentence: str) -> None:
    found = taken(content)
    assert found.faults
    assert found.new == ()
    assert where.lower() in found.faults[0].path.lower()
    assert sentence in found.faults[0].sentence


def test_slashes_are_read_when_the_table_itself_shows_the_order() -> None:
    found = taken("date;HDSS\n03/04/2026;3\n25/04/2026;2\n")
    assert found.faults == ()
    assert [fact.at.date().isoformat() for fact in found.new] == ["2026-04-03", "2026-04-25"]


def test_a_session_noted_twice_with_other_numbers_is_refused() -> None:
    by_day = taken("date;minutes;mA\n2026-09-01;20;10\n", FACTS)
    assert "another session of the palms stands on this day already (12.345 mA, 20 min)" in said(by_day)
    moment = taken(table((replace(FACTS[0], current_ma=9.0),)), FACTS)  # type: ignore[call-arg]
    assert "stands at this moment already" in said(moment)
    same_day_other_site = taken("date;site;minutes;mA\n2026-09-01;soles;20;10\n", FACTS)
    assert same_day_other_site.faults == ()


def test_a_measured_session_of_a_table_counts_as_recalled() -> None:
    measured = replace(FACTS[0], provenance="measured")  # type: ignore[call-arg]
    assert taken(table((measured,))).new == FACTS[:1]
    assert taken(table((measured,)), (measured,)).known_count == 1


def test_a_clearance_does_not_come_by_a_table() -> None:
    cleared = ClearedFact(site=Site.PALMS, at=AT, cleared_by="Dr Bob")
    assert "clearance does not come by a file" in said(taken(table((cleared,))))
    assert taken(table((cleared,)), (cleared,)).faults == ()


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@SUM(A1)", "\tx"])
def test_no_cell_runs_as_a_formula(name: str) -> None:
    cleared = ClearedFact(site=Site.PALMS, at=AT, cleared_by=name)
    rows = list(csv.reader(io.StringIO(table((cleared,)).decode("utf-8-sig"))))
    assert rows[0] == list(COLUMNS)
    cell = rows[1][COLUMNS.index("cleared_by")]
    assert cell.startswith("'")
    if name.strip() == name:
        assert taken(table((cleared,)), (cleared,)).known_count == 1


@given(st.binary(max_size=200))
@settings(max_examples=150)
def test_no_file_brings_it_down(content: bytes) -> None:
    found = taken(content)
    assert found.faults or found.new or found.known_count or found.note_count or not found.by_day_count


@given(st.text(alphabet="dateHDSS;,0123456789.-/\n\"'=\r", max_size=80))
@settings(max_examples=150)
def test_no_line_brings_it_down(line: str) -> None:
    taken("date;HDSS;mA;minutes\n" + line)
