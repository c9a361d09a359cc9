"""What a person is told, asked and to do while a session runs on a device that has no data link.

`prompts(before, after, guide)` looks at two moments of a session and says what is to be said between them. It knows
neither screen nor voice: a terminal prints it, a phone speaks it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ionto.prescribe.device import Controls, PolarityChange, TreatmentDevice
from ionto.treat.plain import FAULTS, NOTICES
from ionto.treat.session import Session
from ionto.treat.table import Phase
from ionto.words.terms import Side, Site

# The display is asked for when the current has been reached, and then this often.
SHOWN_EVERY_S = 300.0
# How long before half time and the end somebody wants to know.
SOON_S = 60.0
LIMBS = {Site.PALMS: "hand", Site.SOLES: "foot", Site.AXILLAE: "armpit", Site.FACE: "cheek"}
BOTH = {
    Site.PALMS: "both hands into the water",
    Site.SOLES: "both feet into the water",
    Site.AXILLAE: "the wet pads under both arms",
    Site.FACE: "the mask on",
}
Answer = Literal["poles", "limbs", "shown"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing said. `answer` is what it waits for: that the poles are set, the limbs are in, or what is shown."""

    text: str
    answer: Answer | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """How the parts of the device are called, and what it does by itself."""

    dial_up: str = "Turn the dial up slowly."
    dial_down: str = "Turn the dial down slowly."
    zero: str = "Turn the dial to zero."
    turn_poles: str = "Change the poles."
    display: str = "the display"
    fault_sign: str | None = None
    turns_by_itself: bool = False
    shows_current: bool = True


def guide_for(device: TreatmentDevice) -> Guide:
    """The guide of a device in the catalogue: its own words where somebody has written them down."""
    plain, words = Guide(), device.words
    changes = device.polarity.value if device.polarity else None
    return Guide(
        dial_up=words.dial_up.value if words.dial_up else plain.dial_up,
        dial_down=words.dial_down.value if words.dial_down else plain.dial_down,
        zero=words.zero.value if words.zero else plain.zero,
        turn_poles=words.turn_anode.value if words.turn_anode else plain.turn_poles,
        display=words.display.value if words.display else plain.display,
        fault_sign=words.fault_sign.value if words.fault_sign else None,
        turns_by_itself=changes is PolarityChange.BY_ITSELF_AT_HALF_TIME,
        shows_current=device.controls is None or device.controls.value is not Controls.VOLTAGE,
    )


def prompts(before: Session, after: Session, guide: Guide) -> tuple[Prompt, ...]:
    """What is to be said between two moments of one session, in order."""
    if before.phase is not after.phase:
        return tuple(_entering(before, after, guide))
    return tuple(_meanwhile(before, after, guide))


def _entering(before: Session, after: Session, guide: Guide) -> Iterator[Prompt]:
    if after.has_ended:
        yield from _over(after, guide)
    elif after.phase in {Phase.RAMPING_UP, Phase.HOLDING, Phase.RAMPING_DOWN, Phase.ENDING_EARLY}:
        yield from _flowing(after, guide)
    else:
        yield from _resting(before, after, guide)


def _resting(before: Session, after: Session, guide: Guide) -> Iterator[Prompt]:
    match after.phase:
        case Phase.SELF_TESTING:
            yield Prompt(
                "The device is switched on, its dial stands at zero, and the limbs are still out of the water. "
                f"Set the poles so that plus is on the {_limb(after, after.anode)}. Say when it is so.",
                answer=None if guide.turns_by_itself else "poles",
            )
        case Phase.CHECKING_CONTACT if after.half_count == 1 or before.phase is not Phase.TURNING:
            yield Prompt(
                f"Put {_both(after)}, and leave them there. The dial is still at zero. Say when they are in.",
                answer="limbs",
            )
        case Phase.TURNING if before.phase is Phase.RAMPING_DOWN:
            yield from _turning(after, guide)
        case Phase.PAUSING | Phase.STOPPING:
            yield Prompt(f"{guide.zero} Until it stands there, keep the limbs in. {_CANNOT_REACH}", urgent=True)
        case Phase.PAUSED:
            yield Prompt("You may take the limbs out. Say when you want to go on.")


def _flowing(after: Session, guide: Guide) -> Iterator[Prompt]:
    match after.phase:
        case Phase.RAMPING_UP:
            yield Prompt(_up(after, guide))
        case Phase.HOLDING:
            left = _minutes(after.remaining_s)
            yield Prompt(f"Keep still now; {left} to go. A tingle is right, pain is not: then say so.")
            if guide.shows_current:
                yield _shown(guide)
        case Phase.RAMPING_DOWN if after.remaining_s > 0:
            yield Prompt(f"Half of the time is over. {_down(after, guide)}", urgent=True)
        case _:
            yield Prompt(f"That is enough. {_down(after, guide)}", urgent=True)


def _over(after: Session, guide: Guide) -> Iterator[Prompt]:
    if after.phase is Phase.FAULTED:
        yield from _faulted(after, guide)
    else:
        yield Prompt(_out(after))


def _meanwhile(before: Session, after: Session, guide: Guide) -> Iterator[Prompt]:
    for notice in after.notices[len(before.notices) :]:
        yield Prompt(f"{NOTICES[notice].says} {NOTICES[notice].tries}")
    if after.phase not in {Phase.RAMPING_UP, Phase.HOLDING}:
        return
    if after.aim_ma < before.aim_ma:
        yield Prompt(f"{guide.dial_down} To {after.aim_ma:g} mA.", urgent=True)
    elif after.aim_ma > before.aim_ma:
        yield Prompt(f"{guide.dial_up} To {after.aim_ma:g} mA, no further.")
    if after.phase is Phase.RAMPING_UP:
        return
    flows_ma = after.reading.current_ma if after.reading else 0.0
    if after.shown_count > before.shown_count and flows_ma > after.aim_ma + 0.5:
        yield Prompt(f"That is more than planned. {guide.dial_down} To {after.aim_ma:g} mA.", urgent=True)
    if guide.shows_current and _passes(before.held_s, after.held_s, SHOWN_EVERY_S):
        yield _shown(guide)
    half_s = after.plan.duration_min * 30
    comes_s = half_s if after.plan.reverses and after.half_count == 1 else 2 * half_s
    if before.held_s < comes_s - SOON_S <= after.held_s:
        yield Prompt("In a minute half of the time is over." if comes_s == half_s else "One more minute.")


def _turning(after: Session, guide: Guide) -> Iterator[Prompt]:
    if guide.turns_by_itself:
        yield Prompt(guide.turn_poles)
        return
    yield Prompt(
        f"Only when the dial stands at zero: change the poles. {guide.turn_poles} Plus goes to the "
        f"{_limb(after, after.anode)}. Say when it is done.",
        answer="poles",
        urgent=True,
    )


def _faulted(after: Session, guide: Guide) -> Iterator[Prompt]:
    yield Prompt(f"Stop. {guide.zero} Then take the limbs out, and switch the device off.", urgent=True)
    if after.fault in FAULTS:
        yield Prompt(FAULTS[after.fault])
    if guide.fault_sign:
        yield Prompt(f"If it says {guide.fault_sign}: do not use it again before it has been checked.")


_CANNOT_REACH = "If you cannot reach it, lift one limb out slowly, rolling from the palm or heel to the tips."


def _up(after: Session, guide: Guide) -> str:
    if guide.turns_by_itself and after.half_count == 2:
        return "It rises again by itself. Leave the dial alone."
    took = _seconds(after.aim_ma / after.plan.ramp_ma_per_s)
    if guide.shows_current:
        return f"{guide.dial_up} To {after.aim_ma:g} mA, in about {took}. Stop sooner if it is unpleasant."
    return f"{guide.dial_up} In about {took}, until it tingles gently; never until it hurts."


def _down(after: Session, guide: Guide) -> str:
    if guide.turns_by_itself and after.remaining_s > 0:
        return "It goes down by itself. Leave the dial alone, and the limbs in."
    return f"{guide.dial_down} {guide.zero} Take about {_seconds(after.commanded_ma / after.plan.ramp_ma_per_s)}."


def _out(after: Session) -> str:
    did = "Done." if after.phase is Phase.COMPLETED else "It is over for today."
    return (
        f"{did} See that the dial stands at zero, and only then take the limbs out, slowly. Dry them, and use a cream."
    )


def _shown(guide: Guide) -> Prompt:
    return Prompt(f"What does {guide.display} show? Say how many mA flow.", answer="shown")


def _limb(session: Session, side: Side) -> str:
    lead = session.plan.left_lead if side is Side.LEFT else session.plan.right_lead
    return lead.value.replace("_", " ") if lead else f"{side.value} {LIMBS[session.plan.site]}"


def _both(session: Session) -> str:
    plan = session.plan
    if plan.left_lead or plan.right_lead:
        return f"your {_limb(session, Side.LEFT)} and your {_limb(session, Side.RIGHT)} into the water"
    return BOTH[plan.site]


def _passes(before_s: float, after_s: float, every_s: float) -> bool:
    return math.floor(before_s / every_s) < math.floor(after_s / every_s)


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _seconds(seconds: float) -> str:
    return f"{max(5, 5 * round(seconds / 5))} seconds"
