"""The plan: a prescription's days, which side has the anode on each, what to expect, and why it is so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations

from ionto.consult import Expectation, expectations_for
from ionto.prescribe.polarity import next_first_anode, polarity_habits
from ionto.prescribe.prescription import Claim, Plan, PlannedSession, Prescription
from ionto.prescribe.protocol import Cited, ProtocolVersion, TreatmentProtocol
from ionto.words.records import SessionFact
from ionto.words.terms import PolarityHabit, Side


def plan_for(
    prescription: Prescription,
    protocol: TreatmentProtocol,
    *,
    starts_on: date,
    weekdays: Sequence[int] = (),
    disagreements: Sequence[str] = (),
    expect: Sequence[Claim] | None = None,
    history: Iterable[SessionFact] = (),
) -> Plan:
    """The prescription with its induction days, what to expect, and why it is so.

    Parameters
    ----------
    weekdays
        Days of the week that suit the person, 0 for Monday. None given: evenly spread from the first day.
    expect
        What the consultation says that this person may expect. None given: what any adult may expect at the site.
    history
        Sessions already had at this site: the side that has had less of the anode gets it first.
    """
    days = _days(starts_on, prescription.sessions_per_week, prescription.review_after_sessions, weekdays)
    return Plan(
        prescription=prescription,
        sessions=tuple(_sessions(prescription, protocol, days, history)),
        expect=tuple(claims_of(expectations_for(prescription.site)) if expect is None else expect),
        why=(*_why(prescription, protocol.on(starts_on)), *disagreements),
    )


def _sessions(
    made: Prescription, protocol: TreatmentProtocol, days: Sequence[date], history: Iterable[SessionFact]
) -> Iterator[PlannedSession]:
    """A session for each day, or one for each pair of limbs on it; the anode as if all before were held as planned."""
    # With one hand and one foot the leads are no longer left and right, so what was had before says nothing.
    had = [] if protocol.leads else list(history)
    for number, day in enumerate(days):
        current_ma = min(made.target_current_ma, made.start_current_ma + number * made.step_current_ma)
        first_anode = next_first_anode(had, made.polarity, made.worse_side)
        had.append(_as_planned(made, day, current_ma, first_anode))
        for leads in protocol.leads or (None,):
            yield PlannedSession(
                on=day,
                phase="induction",
                first_anode=first_anode,
                current_ma=current_ma,
                left_lead=leads.left_lead if leads else None,
                right_lead=leads.right_lead if leads else None,
            )


def _as_planned(made: Prescription, day: date, current_ma: float, first_anode: Side) -> SessionFact:
    """A session as it will have been when all goes well."""
    charge_ma_min = current_ma * made.duration_min
    second_ma_min = charge_ma_min / 2 if made.polarity is PolarityHabit.REVERSE_AT_HALF_TIME else 0.0
    on_left = second_ma_min if first_anode is Side.RIGHT else charge_ma_min - second_ma_min
    return SessionFact(
        site=made.site,
        at=datetime.combine(day, time(12), UTC),
        current_ma=current_ma,
        duration_min=made.duration_min,
        first_anode=first_anode,
        left_anode_ma_min=on_left,
        right_anode_ma_min=charge_ma_min - on_left,
    )


def claims_of(expectations: Iterable[Expectation]) -> tuple[Claim, ...]:
    """What was said in the consultation, as a plan repeats it: each claim with what to do, and its sources."""
    return tuple(
        Claim(claim=f"{item.claim} {item.do}" if item.do else item.claim, sources=item.sources) for item in expectations
    )


def _days(starts_on: date, sessions_per_week: int, sessions_count: int, weekdays: Sequence[int]) -> list[date]:
    """The days of the induction, never two on one day and never more than `sessions_per_week` in a week.

    >>> [day.day for day in _days(date(2026, 11, 24), 3, 4, ())]
    [24, 26, 28, 1]
    >>> [day.day for day in _days(date(2026, 11, 24), 3, 4, (0, 2, 4))]
    [25, 27, 30, 2]
    >>> [day.day for day in _days(date(2026, 11, 24), 3, 4, (0, 1, 2, 3, 4))]
    [25, 27, 30, 2]
    """
    if weekdays:
        chosen = _spread(sorted(set(weekdays)), sessions_per_week)
        upcoming = (starts_on + timedelta(days=ahead) for ahead in range(7 * (sessions_count + 1)))
        return [day for day in upcoming if day.weekday() in chosen][:sessions_count]
    return [starts_on + timedelta(days=7 * number // sessions_per_week) for number in range(sessions_count)]


def _spread(weekdays: Sequence[int], count: int) -> Sequence[int]:
    """At most `count` of these days of the week, those that lie furthest apart; of equals the earliest."""
    if len(weekdays) <= count:
        return weekdays

    def gaps(days: Sequence[int]) -> list[int]:
        return sorted((later - earlier - 1) % 7 for earlier, later in zip(days, (*days[1:], days[0]), strict=True))

    return max(combinations(weekdays, count), key=gaps)


def _why(prescription: Prescription, version: ProtocolVersion) -> tuple[str, ...]:
    """The reasons of the plan, in sentences a patient can read."""
    ruling = min(prescription.cap_reasons, key=lambda reason: reason.value_ma)
    return (
        _said(version.duration_min),
        _said(version.sessions_per_week),
        f"We begin at {prescription.start_current_ma:g} mA and aim for {prescription.target_current_ma:g} mA. "
        f"{_said(version.step_current_ma)}",
        f"Never more than {prescription.cap_current_ma:g} mA: {ruling.why} [{ruling.source}]",
        *_why_polarity(prescription, version),
        f"We look again after {prescription.review_after_sessions} sessions. {_said(version.review_after_sessions)}",
        *prescription.notes,
    )


def _why_polarity(prescription: Prescription, version: ProtocolVersion) -> Iterator[str]:
    """The habit of this plan with who wants it so, and what the others want."""
    habits = polarity_habits()
    own = version.polarity.value is prescription.polarity
    yield _said(version.polarity if own else habits[prescription.polarity])
    others = " ".join(_said(habit) for name, habit in habits.items() if name is not prescription.polarity)
    yield f"Others do it otherwise. {others}"
    if prescription.worse_side is not None:
        yield f"The {prescription.worse_side} side is worse, so it has the plus pole first [HIDREX-POL, FISCHER-USE]."


def _said(cited: Cited[object] | Cited[float] | Cited[int] | Cited[PolarityHabit]) -> str:
    return f"{cited.says} [{', '.join(cited.sources)}]"
