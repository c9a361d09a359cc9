"""A session that is led by time, with both hands in the water: its timeline, played ahead, and its fold, played after.

Nobody can touch a screen then. A phone plays a timeline: what is to be said when, and how long each step takes. The
timeline is no second rule book. `timeline` is the real session, rehearsed with somebody who does as they are told;
`fold` is the real session again, with what did happen. What waits for an answer waits for a while and then takes it as
given, for there may be no hand free to give it; what a person alone can know is asked when it is over.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Discriminator

from ionto.treat.devices.guided import GuidedSource
from ionto.treat.events import Event, PainReported, Press, Read, SessionPlan, Shown, Started, StopPressed
from ionto.treat.guards import GUARDS, Guards
from ionto.treat.journal import Journal
from ionto.treat.prompts import Answer, Guide, prompts
from ionto.treat.session import Session, accepts, advance, begin
from ionto.treat.table import Phase
from ionto.words.limits import TRIP_CURRENT_MA
from ionto.words.reading import document
from ionto.words.terms import Side

TICK_S = 0.5
# So long an answer is waited for before it is taken as given, longer by so much at each asking, and no longer than
# that in all [IONTO].
PATIENCE_S: dict[Answer, float] = {"poles": 45.0, "limbs": 30.0}
MORE_S, MOST_S = 30.0, 300.0
# A page that was away for no longer than this asks nothing: nobody takes both hands out and in again in that time.
UNASKED_S = 15.0
# Whoever comes back later than this after the current should have gone down is led to the end [IONTO].
LATE_S = 120.0
# Nobody can say of longer than this that the current flowed all the while [IONTO].
LONGEST_ON_S = 4 * 3600.0
LONGEST_S = 24 * 3600.0
Moment = Annotated[float, Ge(0), Le(LONGEST_S)]


@document
class Answered:
    """The person says that the poles are set, or the limbs in, for this half."""

    t_s: Moment
    answer: Literal["poles", "limbs"]
    half_count: Annotated[int, Ge(1), Le(2)]
    kind: Literal["answered"] = "answered"


@document
class MoreTimeAsked:
    """The person wants more time for what they were asked to do."""

    t_s: Moment
    kind: Literal["more_time_asked"] = "more_time_asked"


@document
class StayedOn:
    """The page was away from `t_s` to `until_s`, and the person says that the current stayed on all the while."""

    t_s: Moment
    until_s: Moment
    kind: Literal["stayed_on"] = "stayed_on"


@document
class LedStop:
    """It was stopped: by a key, by the button, or, as is known afterwards, when the page went away."""

    t_s: Moment
    kind: Literal["stop_pressed"] = "stop_pressed"


@document
class LedPain:
    """It hurt."""

    t_s: Moment
    kind: Literal["pain_reported"] = "pain_reported"


LedEvent = Answered | MoreTimeAsked | StayedOn | LedStop | LedPain
Happened = Annotated[LedEvent, Discriminator("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Something said, so long after its step began."""

    at_s: float
    text: str
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the timeline.

    It lasts `lasts_s` from its beginning; where it waits for an answer, from the answer, and `least_s` at least from
    its beginning. `answer` is what it waits for, `patience_s` how long. `falls` says that a person takes the current
    down in it.
    """

    phase: Phase
    half_count: int
    lasts_s: float
    says: tuple[Cue, ...]
    from_ma: float
    to_ma: float
    anode: Side
    falls: bool
    answer: Answer | None = None
    patience_s: float = 0.0
    least_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All that a page needs to lead a session: its steps, and those after a stop; none of the numbers are its own."""

    steps: tuple[Step, ...]
    stop: tuple[Step, ...]
    asks_reached: bool
    aim_ma: float
    duration_min: float
    tick_s: float = TICK_S
    more_s: float = MORE_S
    most_s: float = MOST_S
    unasked_s: float = UNASKED_S
    late_s: float = LATE_S
    longest_on_s: float = LONGEST_ON_S


@dataclass(slots=True)
class _Played:
    """One playing of the session: somebody at the dial, and what is told to them."""

    plan: SessionPlan
    guide: Guide
    happened: list[LedEvent]
    patience: Callable[[Answer], float]
    reached_ma: float | None = None
    guards: Guards = GUARDS
    moments: list[Session] = field(default_factory=list)
    journal: Journal = field(default_factory=lambda: Journal(io.StringIO()))
    source: GuidedSource = field(init=False)
    session: Session = field(init=False)
    answers: set[tuple[Answer, int]] = field(default_factory=set)
    waits_for: Answer | None = None
    until_s: float = 0.0
    left_on: StayedOn | None = None
    left_ma: float = 0.0

    def __post_init__(self) -> None:
        self.source = GuidedSource(TRIP_CURRENT_MA, turns_by_itself=self.guide.turns_by_itself)
        self.session = begin(self.plan)

    def play(self) -> None:
        self.journal.prepared(self.plan)
        self._put(Started(t_s=0.0))
        t_s, ticks = 0.0, 0
        while not self.session.has_ended:
            ticks += 1
            t_s = round(ticks * TICK_S, 4)
            while self.happened and self.happened[0].t_s <= t_s:
                self._take(self.happened.pop(0), t_s)
            if self.session.has_ended:
                break
            answered = (self.waits_for, self.session.half_count) in self.answers
            if self.waits_for is not None and (answered or t_s >= self.until_s):
                self._answer()
            shown_ma = self._reached_now(t_s)
            if shown_ma is not None and self.session.shown_count == 0:
                self._put(Shown(t_s=t_s, current_ma=shown_ma))
            self._put(self._read(t_s))

    def _take(self, event: LedEvent, t_s: float) -> None:
        match event:
            case Answered():
                self.answers.add((event.answer, event.half_count))
            case MoreTimeAsked() if self.waits_for is not None:
                self.until_s = min(self.until_s + MORE_S, self.session.entered_at_s + MOST_S)
            case StayedOn():
                self.left_on, self.left_ma = event, self.session.reading.current_ma if self.session.reading else 0.0
            case LedStop():
                self._press(StopPressed(t_s=t_s))
            case LedPain():
                self._press(PainReported(t_s=t_s))

    def _press(self, press: Press) -> None:
        # A second stop would cut; by hand there is nothing faster than the first.
        if self.session.phase is not Phase.STOPPING and accepts(self.session, press):
            self._put(press)

    def _answer(self) -> None:
        if self.waits_for == "poles":
            self.source.poles_are_set()
        elif self.waits_for == "limbs":
            self.source.limbs_are_in()
        self.waits_for = None

    def _read(self, t_s: float) -> Read:
        seen = self.source.read(t_s)
        current_ma, reached_ma = seen.current_ma, self._reached_now(t_s)
        if reached_ma is not None:
            current_ma = reached_ma
        elif self.reached_ma is not None and self.session.phase not in {Phase.RAMPING_UP, Phase.CHECKING_CONTACT}:
            current_ma = min(current_ma, self.reached_ma)
        if self.left_on is not None:
            # Nobody was told to turn it down; from then on they take as long as ever.
            since_s = max(0.0, t_s - self.left_on.until_s)
            current_ma = max(current_ma, self.left_ma - self.plan.ramp_ma_per_s * since_s)
        return Read(
            t_s=t_s, read_at_s=seen.read_at_s, current_ma=current_ma, voltage_v=seen.voltage_v, anode=seen.anode
        )

    def _reached_now(self, t_s: float) -> float | None:
        """What the person says was reached, while it was held; on the way up it is taken to have been as asked."""
        return self.reached_ma if self.session.phase is Phase.HOLDING and t_s > self.session.entered_at_s else None

    def _put(self, event: Event) -> None:
        before = self.session
        self.journal.happened(before, event)
        self.session, commands = advance(before, event, guards=self.guards)
        for command in commands:
            self.journal.commanded(self.session, event.t_s, command)
            self.source.obey(command, event.t_s)
        if before.phase is not self.session.phase:
            asked = [prompt.answer for prompt in prompts(before, self.session, self.guide)]
            self.waits_for = next((answer for answer in asked if answer in PATIENCE_S), None)
            if self.waits_for is not None:
                self.until_s = event.t_s + self.patience(self.waits_for)
        self.moments.append(self.session)


def timeline(plan: SessionPlan, guide: Guide) -> Timeline:
    """What a page plays to lead this session."""
    slow = _rehearsed(plan, guide, lambda answer: PATIENCE_S[answer])
    quick = _rehearsed(plan, guide, lambda _: 0.0)
    steps = tuple(_steps(slow, quick, guide))
    hold = next(step for step in slow.moments if step.phase is Phase.HOLDING)
    stopped = _rehearsed(plan, guide, lambda _: 0.0, [LedStop(t_s=_middle_s(quick))])
    after = [step for step in _steps(stopped, stopped, guide) if step.phase in {Phase.STOPPING, Phase.STOPPED}]
    return Timeline(
        steps=steps,
        stop=tuple(after),
        asks_reached=guide.shows_current,
        aim_ma=hold.aim_ma,
        duration_min=plan.duration_min,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """A session as it was led: how it ended, and its journal."""

    session: Session
    journal: str


def fold(
    plan: SessionPlan,
    guide: Guide,
    happened: Iterable[LedEvent],
    *,
    reached_ma: float | None = None,
) -> Led:
    """The session that happened so.

    `reached_ma` is what the person says the display showed; None where nobody looked. It is over by then, so nothing
    is cut for it any more; it counts up to the most that a session may deliver.
    """
    guards = GUARDS if reached_ma is None else GUARDS - {"overcurrent", "runaway_source"}
    file = io.StringIO()
    played = _Played(
        plan,
        guide,
        sorted(happened, key=lambda event: event.t_s),
        lambda answer: PATIENCE_S[answer],
        reached_ma=reached_ma,
        guards=guards,
        journal=Journal(file),
    )
    played.play()
    return Led(session=played.session, journal=file.getvalue())


def _rehearsed(
    plan: SessionPlan,
    guide: Guide,
    patience: Callable[[Answer], float],
    happened: Iterable[LedStop] = (),
) -> _Played:
    played = _Played(plan, guide, list(happened), patience)
    played.play()
    return played


def _middle_s(played: _Played) -> float:
    """A moment in the middle of the first hold."""
    held = [moment.t_s for moment in played.moments if moment.phase is Phase.HOLDING and moment.half_count == 1]
    return held[len(held) // 2]


def _steps(slow: _Played, quick: _Played, guide: Guide) -> list[Step]:
    """The steps of a rehearsal; how long one takes at least is seen in the quick one, where it is answered at once."""
    quick_spans = _spans(quick)
    steps = []
    heard_remember = False
    for (begins, moments), (_, quickly) in zip(_spans(slow), quick_spans, strict=True):
        first, last = moments[0], moments[-1]
        cues, waits = [], None
        for before, after in zip([begins, *moments], moments, strict=False):
            for prompt in prompts(before, after, guide):
                text = prompt.text
                if prompt.answer == "shown":
                    if heard_remember:
                        continue
                    heard_remember, text = True, guide.words.say("remember", display=guide.display)
                waits = prompt.answer if prompt.answer in PATIENCE_S else waits
                cues.append(Cue(at_s=round(after.t_s - first.entered_at_s, 2), text=text, urgent=prompt.urgent))
        took_s = _end_s(slow, last) - first.entered_at_s
        least_s = _end_s(quick, quickly[-1]) - quickly[0].entered_at_s
        patience_s = PATIENCE_S[waits] if waits else 0.0
        steps.append(
            Step(
                phase=first.phase,
                half_count=first.half_count,
                lasts_s=round(took_s - patience_s, 2),
                says=tuple(cues),
                from_ma=first.commanded_ma,
                to_ma=last.commanded_ma,
                anode=first.anode,
                falls=first.phase is Phase.RAMPING_DOWN and not (guide.turns_by_itself and first.remaining_s > 0),
                answer=waits,
                patience_s=patience_s,
                least_s=round(least_s, 2) if waits else 0.0,
            )
        )
    return steps


def _spans(played: _Played) -> list[tuple[Session, list[Session]]]:
    """The moments of each phase in turn, with the moment before them."""
    spans: list[tuple[Session, list[Session]]] = []
    before = begin(played.plan)
    for moment in played.moments:
        if moment.phase is not before.phase or not spans:
            spans.append((before, []))
        spans[-1][1].append(moment)
        before = moment
    return spans


def _end_s(played: _Played, last: Session) -> float:
    """When the phase of this moment was left: with the moment after it."""
    place = next(number for number, moment in enumerate(played.moments) if moment is last)
    return played.moments[min(place + 1, len(played.moments) - 1)].t_s
