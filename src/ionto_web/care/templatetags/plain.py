"""The page's small vocabulary: plain words for terms, icons, and sources with their full titles."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ionto.treat.plain import PRESS_WORDS
from ionto.words.evidence import references
from ionto.words.german import fault_in_german, in_german
from ionto.words.reading import Fault
from ionto.words.terms import (
    AlertLevel,
    Answer,
    CoursePhase,
    Decision,
    Effect,
    EffectSeverity,
    Outcome,
    Side,
    Site,
    Wetness,
)
from ionto_web.care import plain
from ionto_web.care.languages import in_plain_english, spoken_language, words_of

register = template.Library()

# Shapes, so that nothing is said by colour alone. Drawn for ionto.
ICONS = {
    "check": '<circle cx="12" cy="12" r="11"/><path d="M6.5 12.5l3.7 3.7 7.3-8" class="stroke"/>',
    "pause": '<circle cx="12" cy="12" r="11"/><path d="M9.3 7.5v9M14.7 7.5v9" class="stroke"/>',
    "question": '<rect x="1" y="1" width="22" height="22" rx="4"/>'
    '<path d="M8.7 9.2c0-4.6 6.9-4.3 6.7-.2-.1 2.5-3.4 2.6-3.4 5.3M12 18.2v.2" class="stroke"/>',
    "cross": '<path d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z"/><path d="M8 8l8 8M16 8l-8 8" class="stroke"/>',
    "ring": '<circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="3.4" '
    'stroke-dasharray="5 2.6"/>',
    "drop": '<path d="M12 1.5C8 7.5 5 11 5 15.2a7 7 0 0 0 14 0C19 11 16 7.5 12 1.5z"/>',
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture that goes with a word; readers of the page's text skip it."""
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        name,
        mark_safe(ICONS[name]),  # noqa: S308 - our own shapes
    )


@register.filter
def said(sentence: Any) -> Any:
    """What the core says, in the language of the page; what has no German yet is marked as English.

    What the site itself has translated comes as a promise, and stays as it is.
    """
    if isinstance(sentence, Promise) or not sentence:
        return sentence
    if spoken_language() != "de":
        return in_plain_english(str(sentence))
    german = in_german(str(sentence))
    return german if german is not None else format_html('<span lang="en">{}</span>', in_plain_english(str(sentence)))


@register.filter
def fault_words(fault: Fault) -> Fault:
    """What is wrong with a table, in the language of the page."""
    return fault_in_german(fault) if spoken_language() == "de" else fault


@register.filter
def svg_said(svg: SafeString) -> SafeString:
    """A picture of the core with its words in the language of the page."""
    if spoken_language() != "de":
        return svg

    def german(found: re.Match[str]) -> str:
        return f">{escape(in_german(unescape(found[1])) or found[1])}<"

    return mark_safe(re.sub(r">([^<>]*[A-Za-z][^<>]*)<", german, svg))  # noqa: S308 - the core's picture, words escaped


@register.filter
def in_sentence(words: str) -> str:
    """Words that stand alone elsewhere, inside a sentence: German keeps its capitals."""
    return str(words) if spoken_language() == "de" else str(words).lower()


@register.filter
def felt_words(felt: str) -> str:
    return plain.FELT[Wetness(felt)]


@register.filter
def answer_words(answer: str) -> str:
    return plain.ANSWERS[Answer(answer)]


@register.filter
def check_words(check: str) -> str:
    return plain.CHECKS[check]


@register.filter
def site_words(site: str) -> str:
    return plain.SITES[Site(site)]


@register.filter
def press_words(name: str) -> str:
    return words_of(PRESS_WORDS[name])


@register.filter
def limbs(site: str) -> str:
    return plain.LIMBS[Site(site)]


@register.simple_tag
def decision_of(decision: str, site: str) -> dict[str, str]:
    """The decision's word, icon and sentence."""
    word, shape, sentence = plain.DECISIONS[Decision(decision)]
    return {"word": word, "icon": shape, "sentence": sentence.format(site=plain.SITES[Site(site)])}


@register.simple_tag
def alert_of(level: str) -> dict[str, str]:
    word, shape = plain.ALERTS[AlertLevel(level)]
    return {"word": word, "icon": shape}


@register.simple_tag
def phase_of(phase: str) -> dict[str, str]:
    word, sentence = plain.COURSE_PHASES[CoursePhase(phase)]
    return {"word": word, "sentence": sentence}


@register.filter
def effect_words(effect: str) -> str:
    return plain.EFFECTS[Effect(effect)]


@register.filter
def severity_words(severity: str) -> str:
    return plain.SEVERITIES[EffectSeverity(severity)]


@register.filter
def hdss_words(score: int) -> str:
    return plain.HDSS[score]


@register.filter
def fact_words(kind: str) -> str:
    return plain.FACTS[kind]


@register.filter
def limit_words(limit: str) -> str:
    return plain.LIMITS.get(limit, limit)


@register.filter
def outcome_words(outcome: str) -> str:
    return plain.SESSION_OUTCOMES[Outcome(outcome)]


@register.filter
def criterion_words(criterion: str) -> str:
    return plain.CRITERIA[criterion]


@register.filter
def keys_cited(sentence: str) -> tuple[str, ...]:
    """The sources that a sentence names in brackets.

    >>> keys_cited("A German source stops at 15 mA [WIKI-DE]; a trial used 18 mA [KAR04, KAR02].")
    ('WIKI-DE', 'KAR04', 'KAR02')
    """
    return tuple(key.strip() for cited in re.findall(r"\[([^\]]+)\]", sentence) for key in cited.split(","))


@register.filter
def side_words(side: str) -> str:
    return plain.SIDES[Side(side)]


@register.filter
def percent(fraction: float) -> str:
    """A probability in whole per cent; never 0 or 100, which nobody knows."""
    return f"{min(99, max(1, round(fraction * 100)))} %"


@register.filter
def field_named(form: Any, name: str) -> Any:
    return form[name]


@register.filter
def days_until(day: date, today: date) -> str:
    """How far away a day is, in words."""
    days = (day - today).days
    if abs(days) <= 1:
        return {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[days]
    if days < 0:
        return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


@register.inclusion_tag("care/_sources.html")
def sources(keys: tuple[str, ...], said: str = "") -> dict[str, object]:
    """The sources behind a statement, with their full titles, after what is `said` of them together."""
    return {"found": [key for key in keys if key in references()], "said": said}


@register.inclusion_tag("care/_reference.html")
def reference(key: str) -> dict[str, object]:
    """One source, with its full title."""
    return {"key": key, "reference": references().get(key)}


@register.filter
def expected_words(about: str) -> str:
    return plain.EXPECTED[about] if about else _("What else to know")


@register.filter
def spaced(word: str) -> str:
    """A word of the data as it is written for people.

    >>> spaced("very_large")
    'very large'
    """
    return word.replace("_", " ")


@register.filter
def one(key: str) -> tuple[str]:
    """A single source, as `sources` takes them."""
    return (key,)


@register.filter
def add_small(value_ma: float) -> float:
    """A cap with the room that flooring to the device's step may have taken off [mA]."""
    return value_ma + 0.1


@register.filter
def get_unit(attrs: dict[str, str]) -> str:
    return attrs.get("data-unit", "")


@register.filter
def clock(seconds: int) -> str:
    """Seconds as minutes and seconds.

    >>> clock(754)
    '12:34'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
