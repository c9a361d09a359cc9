"""A session in plain words, for whoever watches it or reads of it afterwards, in a terminal or on a page."""

from __future__ import annotations

from dataclasses import dataclass

from ionto.treat.runner import PRESSES
from ionto.treat.session import NOT_REACHED, Session, accepts
from ionto.treat.table import LEAST_MA, MORE_REST_S, PAUSE_PATIENCE_S, WEAK_CONTACTS_COUNT, Phase
from ionto.words.terms import Site

PHASES = {
    Phase.READY: "Getting ready",
    Phase.SELF_TESTING: "The device tests itself",
    Phase.CHECKING_CONTACT: "Checking the contact",
    Phase.RAMPING_UP: "Current is rising slowly",
    Phase.HOLDING: "Treatment is running",
    Phase.RAMPING_DOWN: "Current is going down slowly",
    Phase.TURNING: "Changing direction",
    Phase.PAUSING: "Pausing: current is going down",
    Phase.PAUSED: "Paused: no current flows",
    Phase.ENDING_EARLY: "Ending: current is going down slowly",
    Phase.STOPPING: "Stopping: current is going down",
    Phase.COMPLETED: "Finished",
    Phase.STOPPED: "Stopped",
    Phase.FAULTED: "Cut off by the safety check",
}

FAULTS = {
    "contact_lost": "The circuit was not closed, or not well: a hand or foot left the water, or a lead came off.",
    "short_circuit": "The two electrodes touched, or something bridged them.",
    "overcurrent": "The device gave more current than it was told to. Do not use it until it has been checked.",
    "overvoltage": "The device's voltage went above its limit. Do not use it until it has been checked.",
    "runaway_source": "The device's current crept up by itself. Do not use it until it has been checked.",
    "stuck_polarity": "The device did not change direction when told to. Do not use it until it has been checked.",
    "adc_frozen": "The device's measurement stood still. Do not use it until it has been checked.",
    "implausible_reading": "The device reported something impossible. Do not use it until it has been checked.",
    "impedance_jump": "The current found a way past the skin, perhaps over a wet towel between the trays.",
    "no_answer": "Nobody answered for ten minutes.",
    "link_lost": "The link to the device broke off.",
    "clock_jump": "The computer paused or its clock jumped in the middle of the session.",
    "host_killed": "The computer was switched off or restarted in the middle of the session.",
}

# What the supervisor cut for; none of these can happen while everything else does what it should.
FAULTS |= {
    f"supervisor_{reason}": f"The supervisor cut the current: {words}. Do not use the device until it has been checked."
    for reason, words in {
        "charge": "more had flowed than any session may deliver",
        "command": "an impossible command was given",
        "density": "too much current went through too little skin",
        "excess": "more current flowed than was set",
        "reading": "the device reported something impossible",
        "silence": "the device had not been heard for too long",
        "stays_on": "current still flowed after it was set to zero",
        "time": "current had flowed for longer than any session may last",
        "trip": "current or voltage was far too high",
        "turned_under_current": "the direction changed while current flowed",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice means, what to try, and who says so."""

    says: str
    tries: str
    sources: tuple[str, ...]


NOTICES = {
    NOT_REACHED: Notice(
        says="Less current flows than was set: the water or your skin lets no more through. That is not a fault.",
        tries="Go on as it is. Next time take mineral water or some baking soda in tap water, never "
        "distilled water, and soak the skin for a few minutes first. Late in a course it can mean that the skin is "
        "dry already: then fewer sessions may be enough.",
        sources=("SAAL-I", "FISCHER", "DERMADRY", "HIDREX-SAFE"),
    )
}

# What can be pressed while a session runs: its key, and its word on a button.
KEYS = {
    "s": "stop_pressed",
    "p": "pain_reported",
    "b": "pause_pressed",
    "r": "resume_pressed",
    "-": "less_asked",
    "+": "more_asked",
    "e": "end_asked",
}
PRESS_WORDS = {
    "stop_pressed": "Stop",
    "pain_reported": "It hurts",
    "pause_pressed": "Break",
    "resume_pressed": "Go on",
    "less_asked": "Less",
    "more_asked": "More",
    "end_asked": "End early",
}
# What has come out, and how it is put back.
_OUT_AND_BACK = {
    Site.PALMS: ("A hand came out of the water", "Put both hands in the water"),
    Site.SOLES: ("A foot came out of the water", "Put both feet in the water"),
    Site.AXILLAE: ("A pad came off the skin", "Put both pads under your arms"),
    Site.FACE: ("The mask came off the skin", "Put the mask on"),
}


def possible(session: Session) -> tuple[str, ...]:
    """The presses that would change something now."""
    may_rise = session.aim_ma < session.plan.cap_current_ma and session.t_s - session.adjusted_at_s >= MORE_REST_S
    empty = {"less_asked"} if session.aim_ma <= LEAST_MA else set()
    empty |= set() if may_rise else {"more_asked"}
    return tuple(
        name
        for name, kind in PRESSES.items()
        if not session.has_ended and name not in empty and accepts(session, kind(t_s=session.t_s))
    )


def limb_is_out(before: Session, after: Session, *, was_out: bool) -> bool:
    """Whether a break is there because a limb left the water, as it was known before and is seen now."""
    breaks = after.phase in {Phase.PAUSING, Phase.PAUSED}
    return breaks and (was_out or after.weak_contacts_count > before.weak_contacts_count)


def told(session: Session, *, limb_out: bool = False) -> list[str]:
    """What there is to say to the person at this moment: why it rests and how to go on, and every notice."""
    out, back = _OUT_AND_BACK[session.plan.site]
    said = []
    if session.phase is Phase.PAUSING:
        why = f"{out}. " if limb_out else ""
        said.append(f"{why}The current goes down to zero. Keep still until it says that no current flows.")
    if session.phase is Phase.PAUSED:
        why = f"{out}, so the current went down to zero. " if limb_out else ""
        said.append(
            f"{why}{back}, hold still, and press Go on: the current then rises "
            f"slowly from zero. After {PAUSE_PATIENCE_S / 60:.0f} minutes the session ends by itself."
        )
        if limb_out and session.weak_contacts_count + 1 >= WEAK_CONTACTS_COUNT:
            said.append("If that happens once more, the session ends.")
    return said + [f"{NOTICES[name].says} {NOTICES[name].tries}" for name in session.notices]
