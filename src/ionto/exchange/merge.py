"""A table into a record that holds facts already: what is new, what is there, what cannot be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ionto.exchange.handmade import notes_in, rows_by_hand
from ionto.exchange.table import Row, cells_of, is_ours, rows_of
from ionto.words.reading import DocumentError, Fault
from ionto.words.records import ClearedFact, Fact, SessionFact
from ionto.words.terms import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What a table would do to a record. Nothing may be stored while there are faults."""

    new: tuple[Fact, ...] = ()
    known_count: int = 0
    by_day_count: int = 0
    note_count: int = 0
    faults: tuple[Fault, ...] = ()


def merge(
    content: bytes,
    standing: Sequence[Fact],
    *,
    zone: ZoneInfo,
    until: datetime,
    site: Site | None = None,
    withdrawn: Sequence[Fact] = (),
) -> Merge:
    """What the CSV file would add to the facts that stand, for a person who lives in `zone`, up to the moment `until`.

    The same table twice adds nothing. A fact that was taken back does not come back by a table. A session that comes
    from a table counts as recalled, whatever the table says of it; a clinician's clearance never comes by a table.
    """
    try:
        cells = cells_of(content)
    except DocumentError as error:
        return Merge(faults=error.faults)
    if is_ours(cells):
        (rows, faults), note_count = rows_of(cells), 0
    else:
        (rows, faults), note_count = rows_by_hand(cells, site=site, zone=zone), notes_in(cells)
    seen = _Seen(standing, withdrawn, zone)
    new: list[Fact] = []
    known_count = 0
    for row in rows:
        fact = _recalled(row.fact)
        if seen.has(fact, row):
            known_count += 1
        elif (sentence := _refusal(fact, until) or seen.conflict(fact, row)) is not None:
            faults.append(Fault(row.where, sentence))
        else:
            new.append(fact)
            seen.add(fact)
    return Merge(
        new=tuple(new),
        known_count=known_count,
        by_day_count=sum(row.by_day for row in rows),
        note_count=note_count,
        faults=tuple(faults),
    )


class _Seen:
    """The facts that are there already, by moment and by day."""

    def __init__(self, standing: Sequence[Fact], withdrawn: Sequence[Fact], zone: ZoneInfo) -> None:
        self._zone = zone
        self._exact: set[Fact] = {_recalled(fact) for fact in withdrawn}
        self._by_day: set[tuple[date, Fact]] = set()
        self._sessions: dict[tuple[Any, ...], SessionFact] = {}
        for fact in standing:
            self.add(_recalled(fact))

    def add(self, fact: Fact) -> None:
        self._exact.add(fact)
        self._by_day.add(self._on(fact))
        if isinstance(fact, SessionFact):
            self._sessions.setdefault((fact.site, fact.at), fact)
            self._sessions.setdefault((fact.site, self._on(fact)[0]), fact)

    def has(self, fact: Fact, row: Row) -> bool:
        return fact in self._exact or (row.by_day and self._on(fact) in self._by_day)

    def conflict(self, fact: Fact, row: Row) -> str | None:
        """The sentence against a session where another one stands: noted twice it would count as two doses."""
        if not isinstance(fact, SessionFact):
            return None
        other = self._sessions.get((fact.site, self._on(fact)[0] if row.by_day else fact.at))
        if other is None:
            return None
        when = "on this day" if row.by_day else "at this moment"
        had = f"{other.current_ma:g} mA, {other.duration_min:g} min"
        return (
            f"another session of the {fact.site} stands {when} already ({had}); give the time of day if there were two"
        )

    def _on(self, fact: Fact) -> tuple[date, Fact]:
        return fact.at.astimezone(self._zone).date(), replace(fact, at=datetime(2000, 1, 1, tzinfo=UTC))


def _recalled(fact: Fact) -> Fact:
    return replace(fact, provenance="recalled") if isinstance(fact, SessionFact) else fact


def _refusal(fact: Fact, until: datetime) -> str | None:
    if isinstance(fact, ClearedFact):
        return "a clinician's clearance does not come by a file; take this line out"
    if fact.at > until:
        return f"{fact.at:%Y-%m-%d %H:%M} has not come yet; write what is of today into the diary"
    return None
