"""Every state that the session can reach in the small world, and what must hold on every step between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ionto.treat.events import Event, PainReported, Read, SessionPlan, StopPressed
from ionto.treat.session import Session, accepts, advance, begin
from ionto.treat.source import Command, CutOff, SetCurrent, TurnAnode
from ionto.treat.table import Phase

from .world import Situation, happenings, key, rebased

# What the session promises, written down here once more, so that to change it there is to break it.
CEILING_MA_PER_S = 1.0
CONTACT_CURRENT_MA, RESIDUAL_MA, TRIP_CURRENT_MA = 0.3, 0.35, 35.0
OVER_MARGIN_MA, OVER_MARGIN_FRACTION, OVER_CAP_MARGIN_MA = 0.5, 0.05, 1.0
ENDED = {Phase.COMPLETED, Phase.STOPPED, Phase.FAULTED}
UNDER_WAY = {Phase.RAMPING_UP, Phase.HOLDING}
GOING_DOWN = {Phase.RAMPING_DOWN, Phase.PAUSING, Phase.ENDING_EARLY, Phase.STOPPING}
AT_REST = {Phase.READY, Phase.SELF_TESTING, Phase.TURNING, Phase.PAUSED, *ENDED}
AT_ONCE = {"trips", "negative", "missing", "high", "stale", "clock_jump", "supervised"}


@dataclass(slots=True)
class Explored:
    """What an exploration saw. `broken` is the first invariant that did not hold, and the way there."""

    states_count: int = 0
    steps_count: int = 0
    phases: set[Phase] = field(default_factory=set)
    broken: str | None = None
    way: list[str] = field(default_factory=list)
    longest_without_a_press_ticks: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A session, and what the invariants must remember of how it came about."""

    session: Session
    last: str = ""
    is_checked: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return (*key(self.session), self.last, self.is_checked)


def explored(
    plan: SessionPlan, situations: tuple[Situation, ...], presses: tuple[Any, ...], *, most_states: int = 10**9
) -> Explored:
    """Breadth first from a session that has not started, until nothing new is found or something is broken."""
    found = Explored()
    first = Node(begin(plan))
    came_from: dict[Any, tuple[Any, str]] = {first.key: (None, "")}
    by_itself: dict[Any, list[Any]] = {}
    waiting = deque([first])
    while waiting and len(came_from) < most_states:
        node = waiting.popleft()
        here = node.key
        found.phases.add(node.session.phase)
        for name, event in happenings(node.session, situations, presses):
            if not accepts(node.session, event):
                continue
            found.steps_count += 1
            later, commands = advance(node.session, event)
            broken = next(_broken(Step(node, name, event, later, commands)), None)
            last = name if _matters(name, node.session, event) else ""
            after = Node(rebased(later), last, _is_checked(node, later))
            if broken is not None:
                found.states_count, found.broken = len(came_from), broken
                found.way = [*_way(came_from, here), name]
                return found
            there = after.key
            if isinstance(event, Read) and later.phase not in ENDED and node.session.phase is not Phase.READY:
                by_itself.setdefault(here, []).append(there)
            if there not in came_from:
                came_from[there] = (here, name)
                waiting.append(after)
    found.states_count = len(came_from)
    ticks = _longest(by_itself)
    if ticks is None:
        found.broken = "left alone, it could run for ever"
    else:
        found.longest_without_a_press_ticks = ticks
    return found


def _is_checked(node: Node, later: Session) -> bool:
    """Whether the contact was found since current last rested."""
    if node.session.phase is Phase.CHECKING_CONTACT and later.phase is Phase.RAMPING_UP:
        return True
    return node.is_checked and later.phase not in AT_REST


@dataclass(frozen=True, slots=True)
class Step:
    """One step: from a node by a named event to a later session, with what was commanded."""

    node: Node
    name: str
    event: Event
    later: Session
    commands: tuple[Command, ...]

    @property
    def now(self) -> Session:
        return self.node.session

    @property
    def read_ma(self) -> float:
        return self.event.current_ma if isinstance(self.event, Read) else 0.0

    @property
    def cuts(self) -> bool:
        return CutOff() in self.commands


def _broken(step: Step) -> Iterator[str]:
    """What does not hold on this step."""
    for invariant in (_limits, _motion, _rest, _end):
        yield from invariant(step)
    if step.now.phase not in ENDED:
        for invariant in (_faults, _circuit, _presses, _people, _course):
            yield from invariant(step)


def _limits(step: Step) -> Iterator[str]:
    plan, later = step.now.plan, step.later
    if not 0 <= later.commanded_ma <= plan.cap_current_ma or later.aim_ma > plan.cap_current_ma:
        yield "the current passes its cap"
    for command in step.commands:
        if isinstance(command, SetCurrent):
            if command.current_ma != later.commanded_ma or later.phase in ENDED:
                yield "what is commanded is not what is kept"
            if command.voltage_limit_v > plan.voltage_limit_v:
                yield "the voltage limit is raised"


def _motion(step: Step) -> Iterator[str]:
    now, later = step.now, step.later
    rise_ma, since_s = later.commanded_ma - now.commanded_ma, step.event.t_s - now.t_s
    # What was set and does not flow may be taken back at once on the way to zero.
    flows_ma = min(now.commanded_ma, max(0.0, step.read_ma)) if now.phase in {Phase.STOPPING, Phase.PAUSING} else 1e9
    fall_ma = min(now.commanded_ma, flows_ma) - later.commanded_ma
    if later.phase not in ENDED and max(rise_ma, fall_ma) > CEILING_MA_PER_S * since_s + 0.0011:
        yield "the ramp is too steep"
    if rise_ma != 0 and not step.cuts and not any(isinstance(command, SetCurrent) for command in step.commands):
        yield "the current changes without a command"
    if not isinstance(step.event, Read) and rise_ma > 0:
        yield "a press raises the current at once"
    turning = [c for c in step.commands if isinstance(c, TurnAnode) and c.anode is not now.anode]
    if turning and now.phase is not Phase.READY and (now.commanded_ma > 0 or not step.read_ma <= RESIDUAL_MA):
        yield "the poles turn under current"
    stays = isinstance(step.event, Read) and now.phase in GOING_DOWN and later.phase is now.phase
    if stays and now.commanded_ma > 0 and rise_ma >= 0:
        yield f"{now.phase} does not go down"


def _rest(step: Step) -> Iterator[str]:
    later = step.later
    if later.phase in AT_REST and later.commanded_ma != 0:
        yield f"{later.phase} is not at rest"
    if later.commanded_ma > CONTACT_CURRENT_MA and not _is_checked(step.node, later):
        yield "current flows before the contact is checked"


def _end(step: Step) -> Iterator[str]:
    now, later = step.now, step.later
    if later.phase is Phase.FAULTED and later.fault is None:
        yield "a fault without a name"
    if now.phase not in ENDED:
        if later.phase in ENDED and not step.cuts:
            yield "an end that does not cut"
        return
    if later.phase is not now.phase:
        yield "an end does not last"
    if isinstance(step.event, Read) and step.name != "clock_jump" and not step.read_ma <= RESIDUAL_MA and not step.cuts:
        yield "current after the end is not cut again"


def _course(step: Step) -> Iterator[str]:
    plan, later = step.now.plan, step.later
    first_half = later.half_count == 1
    if later.phase in UNDER_WAY and later.anode is not (plan.first_anode if first_half else plan.first_anode.other):
        yield "the anode is on the wrong side"
    if later.held_s > plan.duration_min * 60 + 1:
        yield "it is held for longer than prescribed"
    if later.phase is Phase.COMPLETED:
        if later.held_s < plan.duration_min * 60 or later.pain_reported:
            yield "a session is called complete that is not"
        if plan.reverses and first_half:
            yield "a session is complete without its second half"


def _faults(step: Step) -> Iterator[str]:
    """What each fault must lead to, and when."""
    now, name, faulted = step.now, step.name, step.later.phase is Phase.FAULTED
    if faulted:
        return
    if name in AT_ONCE:
        yield f"{name} is not cut at once"
    if not isinstance(step.event, Read):
        return
    if name == step.node.last and _matters(name, now, step.event):
        yield f"{name} twice in a row is not cut"
    if name == "turned" and now.phase not in {Phase.READY, Phase.SELF_TESTING, Phase.TURNING}:
        yield "a wrong polarity is not cut"
    if name == "frozen" and now.watch.unchanged_s >= 3 and now.commanded_ma > CONTACT_CURRENT_MA:
        yield "a frozen reading is trusted"
    if name == "leaks" and now.commanded_ma == 0 and now.watch.unrested_s >= 2:
        yield "an output that stays on is left on"


def _circuit(step: Step) -> Iterator[str]:
    """What a limb that leaves the water must lead to."""
    now, later, event = step.now, step.later, step.event
    settled_kohm = now.watch.settled_kohm
    if isinstance(event, Read) and later.phase in UNDER_WAY and settled_kohm is not None:
        rises = step.name == "weak" and event.voltage_v > 1.4 * settled_kohm * event.current_ma
        if rises and event.current_ma >= 1:
            yield "a limb leaves the water and the current stays"
    if later.weak_contacts_count >= 3 and later.phase is not Phase.FAULTED:
        yield "a limb leaves the water for the third time and nothing ends"


def _matters(name: str, now: Session, event: Event) -> bool:
    """Whether this fault, seen twice, must be cut: whether it shows at all in this state."""
    if not isinstance(event, Read):
        return False
    match name:
        case "over":
            margin_ma = OVER_MARGIN_MA + OVER_MARGIN_FRACTION * now.commanded_ma
            most_ma = min(now.commanded_ma + margin_ma, now.plan.cap_current_ma + OVER_CAP_MARGIN_MA)
            return event.current_ma > most_ma
        case "open" | "short":
            return now.commanded_ma > 1.0
        case "bridged":
            # A ramp down goes to zero anyway; and without a skin seen before, there is nothing to compare with.
            settled_kohm = now.watch.settled_kohm
            return now.phase in {Phase.RAMPING_UP, Phase.HOLDING} and settled_kohm is not None and settled_kohm > 2
    return False


def _presses(step: Step) -> Iterator[str]:
    """A stop stops, and a second one cuts."""
    if isinstance(step.event, StopPressed | PainReported):
        if step.later.phase not in {Phase.STOPPING, Phase.STOPPED}:
            yield f"{step.name} does not stop"
        if step.now.phase is Phase.STOPPING and not step.cuts:
            yield f"{step.name} a second time does not cut"


def _people(step: Step) -> Iterator[str]:
    """A pain is never forgotten, and less is less."""
    now, later = step.now, step.later
    if isinstance(step.event, PainReported) and not later.pain_reported:
        yield "a pain is not kept"
    if now.pain_reported and not later.pain_reported:
        yield "a pain is forgotten"
    if step.name == "LessAsked" and later.aim_ma > max(now.aim_ma - 1.0, 1.0):
        yield "less is not less"


def _way(came_from: dict[Any, tuple[Any, str]], there: Any) -> list[str]:
    names: list[str] = []
    while there is not None:
        there, name = came_from[there]
        names.append(name)
    return names[::-1][1:]


def _longest(steps: dict[Any, list[Any]]) -> int | None:
    """The longest row of ticks in which nobody presses anything; None if there is a circle."""
    ticks: dict[Any, int] = {}
    on_the_way: set[Any] = set()
    for start in steps:
        stack = [(start, False)]
        while stack:
            node, is_done = stack.pop()
            if is_done:
                on_the_way.discard(node)
                ticks[node] = 1 + max((ticks.get(there, 0) for there in steps.get(node, ())), default=0)
                continue
            if node in ticks:
                continue
            if node in on_the_way:
                return None
            on_the_way.add(node)
            stack.append((node, True))
            for there in steps.get(node, ()):
                if there in on_the_way:
                    return None
                if there not in ticks:
                    stack.append((there, False))
    return max(ticks.values(), default=0)
