"""What a person is told, asked and to do while a session runs on a device that has no data link.

`prompts(before, after, guide)` looks at two moments of a session and says what is to be said between them. It knows
neither screen nor voice: a terminal prints it, a phone speaks it. The words of every language stand in `prompts.toml`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal

from ionto.prescribe.device import Controls, PolarityChange, TreatmentDevice
from ionto.prescribe.protocol import Cited
from ionto.treat.plain import FAULTS, NOTICES
from ionto.treat.session import Session
from ionto.treat.table import Phase
from ionto.words.reading import document, read_toml
from ionto.words.terms import Side, Site

# The display is asked for when the current has been reached, and then this often.
SHOWN_EVERY_S = 300.0
# How long before half time and the end somebody wants to know.
SOON_S = 60.0
LIMBS = {Site.PALMS: "hand", Site.SOLES: "foot", Site.AXILLAE: "armpit", Site.FACE: "cheek"}
Answer = Literal["poles", "limbs", "shown"]


class Language(StrEnum):
    """A language in which a session is led."""

    EN = "en"
    DE = "de"


@document
class PromptWords:
    """The words of one language. `devices` holds its words for the parts of catalogued devices, where the catalogue's
    own are in another language; `moved` and `put` are forms of `limbs` where the language has them."""

    says: dict[str, str]
    plain: dict[str, str]
    both: dict[str, str]
    limbs: dict[str, str]
    moved: dict[str, str] | None = None
    put: dict[str, str] | None = None
    notices: dict[str, str] | None = None
    faults: dict[str, str] | None = None
    devices: dict[str, dict[str, str]] | None = None

    def say(self, name: str, **filled: str) -> str:
        """One sentence, filled in."""
        return self.says[name].format(**filled)

    def number(self, value: float) -> str:
        """A number as this language writes it."""
        return f"{value:g}".replace(".", self.says["decimal_point"])


@document
class _Languages:
    en: PromptWords
    de: PromptWords


@cache
def prompt_words(language: Language = Language.EN) -> PromptWords:
    """The words of a language.

    >>> prompt_words(Language.DE).say("done")
    'Fertig.'
    """
    text = files("ionto.treat").joinpath("prompts.toml").read_text("utf-8")
    return getattr(read_toml(_Languages, text), language.value)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing said. `answer` is what it waits for: that the poles are set, the limbs are in, or what is shown; `ask`
    asks for it, where somebody can answer."""

    text: str
    answer: Answer | None = None
    urgent: bool = False
    ask: str = ""


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
    language: Language = Language.EN

    @property
    def words(self) -> PromptWords:
        return prompt_words(self.language)


def guide_for(device: TreatmentDevice, language: Language = Language.EN, *, device_id: str = "") -> Guide:
    """The guide of a device in the catalogue: its own words where somebody has written them down.

    `device_id` finds them in a language that is not the catalogue's.
    """
    words, own = prompt_words(language), device.words
    known = (words.devices or {}).get(device_id, {})
    changes = device.polarity.value if device.polarity else None

    def part(name: str) -> str:
        cited: Cited[str] | None = getattr(own, name)
        said = known.get(name) if language is not Language.EN else cited.value if cited else None
        return said or words.plain[name]

    sign = own.fault_sign.value if own.fault_sign else None
    return Guide(
        dial_up=part("dial_up"),
        dial_down=part("dial_down"),
        zero=part("zero"),
        turn_poles=part("turn_anode"),
        display=part("display"),
        fault_sign=sign if language is Language.EN else known.get("fault_sign"),
        turns_by_itself=changes is PolarityChange.BY_ITSELF_AT_HALF_TIME,
        shows_current=device.controls is None or device.controls.value is not Controls.VOLTAGE,
        language=language,
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
    words = guide.words
    match after.phase:
        case Phase.SELF_TESTING:
            text = words.say("set_poles", limb=_limb(after, after.anode, words))
            yield _asked(text, words, None if guide.turns_by_itself else "poles", "say_poles")
        case Phase.CHECKING_CONTACT if after.half_count == 1 or before.phase is not Phase.TURNING:
            yield _asked(words.say("put_in", both=_both(after, words)), words, "limbs", "say_limbs")
        case Phase.TURNING if before.phase is Phase.RAMPING_DOWN:
            yield from _turning(after, guide)
        case Phase.PAUSING | Phase.STOPPING:
            reach = words.say("cannot_reach")
            yield Prompt(words.say("to_zero", zero=guide.zero, cannot_reach=reach), urgent=True)
        case Phase.PAUSED:
            yield Prompt(words.say("paused"))


def _asked(text: str, words: PromptWords, answer: Answer | None, ask: str, *, urgent: bool = False) -> Prompt:
    return Prompt(text, answer=answer, urgent=urgent, ask=words.say(ask))


def _flowing(after: Session, guide: Guide) -> Iterator[Prompt]:
    words = guide.words
    match after.phase:
        case Phase.RAMPING_UP:
            yield Prompt(_up(after, guide))
        case Phase.HOLDING:
            yield Prompt(words.say("keep_still", minutes=_minutes(after.remaining_s, words)))
            if guide.shows_current:
                yield _shown(guide)
        case Phase.RAMPING_DOWN if after.remaining_s > 0:
            yield Prompt(words.say("half_over", down=_down(after, guide)), urgent=True)
        case _:
            yield Prompt(words.say("enough", down=_down(after, guide)), urgent=True)


def _over(after: Session, guide: Guide) -> Iterator[Prompt]:
    if after.phase is Phase.FAULTED:
        yield from _faulted(after, guide)
    else:
        words = guide.words
        yield Prompt(f"{words.say('done' if after.phase is Phase.COMPLETED else 'over')} {words.say('out')}")


def _meanwhile(before: Session, after: Session, guide: Guide) -> Iterator[Prompt]:
    words = guide.words
    for notice in after.notices[len(before.notices) :]:
        own = (words.notices or {}).get(notice)
        yield Prompt(own or f"{NOTICES[notice].says} {NOTICES[notice].tries}")
    if after.phase not in {Phase.RAMPING_UP, Phase.HOLDING}:
        return
    aim_ma = words.number(after.aim_ma)
    if after.aim_ma < before.aim_ma:
        yield Prompt(words.say("lower_to", dial_down=guide.dial_down, aim_ma=aim_ma), urgent=True)
    elif after.aim_ma > before.aim_ma:
        yield Prompt(words.say("raise_to", dial_up=guide.dial_up, aim_ma=aim_ma))
    if after.phase is Phase.RAMPING_UP:
        return
    flows_ma = after.reading.current_ma if after.reading else 0.0
    if after.shown_count > before.shown_count and flows_ma > after.aim_ma + 0.5:
        yield Prompt(words.say("too_much", dial_down=guide.dial_down, aim_ma=aim_ma), urgent=True)
    if guide.shows_current and _passes(before.held_s, after.held_s, SHOWN_EVERY_S):
        yield _shown(guide)
    half_s = after.plan.duration_min * 30
    comes_s = half_s if after.plan.reverses and after.half_count == 1 else 2 * half_s
    if before.held_s < comes_s - SOON_S <= after.held_s:
        yield Prompt(words.say("half_soon" if comes_s == half_s else "end_soon"))


def _turning(after: Session, guide: Guide) -> Iterator[Prompt]:
    if guide.turns_by_itself:
        yield Prompt(guide.turn_poles)
        return
    words = guide.words
    text = words.say("turn", turn_poles=guide.turn_poles, limb=_limb(after, after.anode, words, moved=True))
    yield _asked(text, words, "poles", "say_turned", urgent=True)


def _faulted(after: Session, guide: Guide) -> Iterator[Prompt]:
    words = guide.words
    yield Prompt(words.say("faulted", zero=guide.zero), urgent=True)
    if after.fault in FAULTS:
        yield Prompt((words.faults or {}).get(after.fault) or FAULTS[after.fault])
    if guide.fault_sign:
        yield Prompt(words.say("fault_sign", fault_sign=guide.fault_sign))


def _up(after: Session, guide: Guide) -> str:
    words = guide.words
    if guide.turns_by_itself and after.half_count == 2:
        return words.say("rises_itself")
    took = _seconds(after.aim_ma / after.plan.ramp_ma_per_s, words)
    if guide.shows_current:
        return words.say("up_to", dial_up=guide.dial_up, aim_ma=words.number(after.aim_ma), took=took)
    return words.say("up_tingle", dial_up=guide.dial_up, took=took)


def _down(after: Session, guide: Guide) -> str:
    words = guide.words
    if guide.turns_by_itself and after.remaining_s > 0:
        return words.say("falls_itself")
    took = _seconds(after.commanded_ma / after.plan.ramp_ma_per_s, words)
    return words.say("down", dial_down=guide.dial_down, zero=guide.zero, took=took)


def _shown(guide: Guide) -> Prompt:
    words = guide.words
    return _asked(words.say("shown", display=guide.display), words, "shown", "say_shown")


def _limb(session: Session, side: Side, words: PromptWords, *, moved: bool = False) -> str:
    forms = (words.moved if moved else None) or words.limbs
    return forms[_limb_name(session, side)]


def _limb_name(session: Session, side: Side) -> str:
    lead = session.plan.left_lead if side is Side.LEFT else session.plan.right_lead
    return lead.value if lead else f"{side.value}_{LIMBS[session.plan.site]}"


def _both(session: Session, words: PromptWords) -> str:
    plan = session.plan
    if plan.left_lead or plan.right_lead:
        put = words.put or words.limbs
        left, right = (put[_limb_name(session, side)] for side in Side)
        return words.say("two_leads", left=left, right=right)
    return words.both[plan.site]


def _passes(before_s: float, after_s: float, every_s: float) -> bool:
    return math.floor(before_s / every_s) < math.floor(after_s / every_s)


def _minutes(seconds: float, words: PromptWords) -> str:
    minutes = max(1, round(seconds / 60))
    return words.say("one_minute") if minutes == 1 else words.say("minutes", n=str(minutes))


def _seconds(seconds: float, words: PromptWords) -> str:
    return words.say("seconds", n=str(max(5, 5 * round(seconds / 5))))
