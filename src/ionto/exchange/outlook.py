"""Until when one is probably dry enough, as a picture that a phone shows in full: days, an interval, no curve.

The same is said in words and in a table beside it; the picture needs no colour to be read. Classes let a page's own
colours take the place of those written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from ionto.follow.outlook import OUTLOOK_DAYS, dry_until_words
from ionto.follow.recommendation import DryUntil, Recommendation

WIDTH_PX, HEIGHT_PX = 360, 138
LEFT_PX, RIGHT_PX, STRIP_TOP_PX, STRIP_PX = 12, 348, 40, 34
SHORTEST_DAYS = 14
# A word needs this much room in its part of the strip.
WORD_PX = 62
WORD = 'class="outlook-word" paint-order="stroke" stroke="#ffffff" stroke-width="4" stroke-linejoin="round"'


@dataclass(frozen=True, slots=True)
class OutlookRow:
    """One line of the table beside the picture."""

    what: str
    on: date | None


def outlook_words(advice: Recommendation) -> str:
    """The outlook in sentences."""
    if advice.dry_until is None:
        return "On usual days the sweating is above what you tolerate now."
    said = dry_until_words(advice.dry_until)
    return f"Without a further session: {said} Single days may be wetter or drier."


def outlook_rows(advice: Recommendation) -> tuple[OutlookRow, ...]:
    """The outlook as a table; a date that cannot be told is None."""
    found = advice.dry_until
    rows: list[OutlookRow] = []
    if found is not None:
        rows += [
            OutlookRow("Nine in ten: at least until", found.earliest_on),
            OutlookRow("As likely longer as shorter", found.on),
            OutlookRow("One in ten: longer than", found.latest_on),
        ]
    if advice.next_session_on is not None:
        rows.append(OutlookRow("Next session", advice.next_session_on))
        if advice.may_wait_until is not None and advice.may_wait_until > advice.next_session_on:
            rows.append(OutlookRow("It may wait until", advice.may_wait_until))
    return tuple(rows)


def outlook_svg(advice: Recommendation, today: date, *, name: str = "outlook") -> str:
    """The picture; empty when sweating is above tolerance already. `name` makes its ids differ from others on a page.

    Light is dry enough, hatched is uncertain, dotted is probably too wet; a tip marks the middle, a drop the session.
    """
    found = advice.dry_until
    if found is None:
        return ""
    strip = _Strip(today, _last_day(found, advice, today))
    early, late = strip.x(found.earliest_on), strip.x(found.latest_on)
    parts = [
        _patterns(name),
        strip.part(LEFT_PX, early, "#cfe8d6", "outlook-dry", "dry enough"),
        strip.part(early, late, f"url(#{name}-hatched)", "outlook-open", "uncertain"),
        strip.part(late, RIGHT_PX, f"url(#{name}-dotted)", "outlook-wet", "too wet"),
        f'<rect x="{LEFT_PX}" y="{STRIP_TOP_PX}" width="{RIGHT_PX - LEFT_PX}" height="{STRIP_PX}" fill="none" '
        'stroke="#4a5b65" class="outlook-edge"/>',
        _middle(strip, found),
        *_ends(strip, found),
        _session(strip, advice),
    ]
    words = escape(outlook_words(advice))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="outlook" role="img" aria-labelledby="{name}-title" '
        f'viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}" width="{WIDTH_PX}" height="{HEIGHT_PX}" '
        f'font-family="system-ui, sans-serif" font-size="13"><title id="{name}-title">{words}</title>'
        f"{''.join(parts)}</svg>"
    )


class _Strip:
    """The strip of days from today to the last day shown."""

    def __init__(self, today: date, last: date) -> None:
        self.today, self.days = today, (last - today).days

    def x(self, day: date | None) -> float:
        """Where a day lies; a day that cannot be told lies at the end."""
        if day is None:
            return RIGHT_PX
        share = (day - self.today).days / self.days
        return LEFT_PX + (RIGHT_PX - LEFT_PX) * min(1.0, max(0.0, share))

    def part(self, from_px: float, to_px: float, fill: str, named: str, word: str) -> str:
        if to_px - from_px < 1:
            return ""
        width = to_px - from_px
        said = (
            _text(from_px + width / 2, STRIP_TOP_PX + STRIP_PX / 2 + 5, "middle", word, WORD)
            if width >= WORD_PX
            else ""
        )
        return (
            f'<rect x="{from_px:.1f}" y="{STRIP_TOP_PX}" width="{width:.1f}" height="{STRIP_PX}" fill="{fill}" '
            f'class="{named}"/>{said}'
        )


def _last_day(found: DryUntil, advice: Recommendation, today: date) -> date:
    told = [day for day in (found.earliest_on, found.on, found.latest_on, advice.next_session_on) if day is not None]
    open_end = found.latest_on is None
    last = max([today + timedelta(days=SHORTEST_DAYS), *told])
    shown_days = (last - today).days
    return today + timedelta(days=min(OUTLOOK_DAYS, shown_days + max(3, shown_days // (4 if open_end else 6))))


def _middle(strip: _Strip, found: DryUntil) -> str:
    """The line and the date in the middle of the interval."""
    if found.on is None:
        return _text(RIGHT_PX, 28, "end", f"more than {OUTLOOK_DAYS // 7} weeks", 'font-size="16" font-weight="700"')
    at = strip.x(found.on)
    label = _text(*_anchored(at, 28, 60), f"about {_short(found.on)}", 'font-size="16" font-weight="700"')
    tip = f'<path d="M{at:.1f} {STRIP_TOP_PX}l-5-8h10z" fill="#15242c" class="outlook-line"/>'
    return tip + label


def _ends(strip: _Strip, found: DryUntil) -> list[str]:
    """The dates at either end of the interval, and today where there is room."""
    below = STRIP_TOP_PX + STRIP_PX + 17
    early, late = strip.x(found.earliest_on), strip.x(found.latest_on)
    said = []
    if found.earliest_on is not None:
        said.append(_text(*_anchored(early, below, 26), _short(found.earliest_on)))
    if found.latest_on is not None and late - early >= 52:
        said.append(_text(*_anchored(late, below, 26), _short(found.latest_on)))
    if early - LEFT_PX >= 80 or found.earliest_on is None:
        said.append(_text(LEFT_PX, below, "start", "today"))
    return said


def _session(strip: _Strip, advice: Recommendation) -> str:
    """The next session under the strip: a drop and its date."""
    day = advice.next_session_on
    if day is None:
        return ""
    at, top = strip.x(day), STRIP_TOP_PX + STRIP_PX + 26
    drop = f'<path d="M{at:.1f} {top}l6 10a7 7 0 1 1-12 0z" fill="#0b5f6b" class="outlook-session"/>'
    return drop + _text(*_anchored(at, top + 34, 72), f"next session {_short(day)}", 'font-weight="600"')


def _anchored(at: float, y: float, half_px: float) -> tuple[float, float, str]:
    """Where a label stands so that it stays in the picture; its anchor goes to the nearer edge."""
    if at - half_px < LEFT_PX:
        return LEFT_PX, y, "start"
    if at + half_px > RIGHT_PX:
        return RIGHT_PX, y, "end"
    return at, y, "middle"


def _text(x: float, y: float, anchor: str, words: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#15242c" {attributes}>{escape(words)}</text>'


def _patterns(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-hatched" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="8" height="8" fill="#fff1d6" class="outlook-open-ground"/>'
        '<path d="M0 0V8" stroke="#d9a441" stroke-width="2.5" class="outlook-open-line"/></pattern>'
        f'<pattern id="{name}-dotted" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect width="8" height="8" fill="#e0e8f6" class="outlook-wet-ground"/>'
        '<circle cx="4" cy="4" r="1.6" fill="#3d4f9f" class="outlook-wet-dot"/></pattern></defs>'
    )


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"
