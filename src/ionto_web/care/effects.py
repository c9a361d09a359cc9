"""Side effects as pictures: what is normal and what is not. How serious each is, and what to do, the core's rules say.

Every drawing is of a hand, a foot or an underarm on a ground of 100 by 100, with the effect drawn around its middle.
The colours are classes of ionto.css, so that light and dark need no second drawing. Drawn for ionto.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ionto.follow.alerts import EffectRule, rule_for
from ionto.words.records import SideEffectFact
from ionto.words.terms import AlertLevel, Effect, EffectSeverity, Site


@dataclass(frozen=True)
class Picture:
    """One side effect as it is drawn: what a person calls it, what the drawing shows, and its strokes.

    `skin` names how the skin under water is painted; `strokes` are drawn around the middle, `around` on the whole.
    """

    effect: Effect
    words: Promise
    shows: Promise
    severity: EffectSeverity = EffectSeverity.MILD
    lasted_hours: float | None = 0.0
    skin: str = ""
    strokes: str = ""
    around: str = ""

    @property
    def rule(self) -> EffectRule:
        """The rule by which the record judges this side effect."""
        some_day = datetime(2026, 1, 1, tzinfo=UTC)
        return rule_for(
            SideEffectFact(
                site=Site.PALMS,
                at=some_day,
                effect=self.effect,
                severity=self.severity,
                lasted_hours=self.lasted_hours,
            )
        )


@dataclass(frozen=True)
class Limb:
    """What is drawn of a place of the body: its outline, the part under water, the water's edge, and its middle."""

    outline: str
    under: str
    water: str
    edge: str
    middle: str


_HAND = (
    "M33 46V25M45 44V15M57 44V17M69 47V27M31 62 17 50M34 48h35v18H34z"  # fingers, thumb, palm
    "M43 68v38M60 68v38M43 68h17v38H43z"  # the arm
)
_FOOT = "M34-6v72M46-6v70M34-6h12v72H34zM34 66h8q6 0 12 3l26 9v4H34z"
_ARM = "M22 22h56v56H22z"
LIMBS = {
    Site.PALMS: Limb(
        _HAND,
        under="M0 0h100v76H0z",
        water='<rect x="5" y="4" width="90" height="76" rx="9"/>',
        edge="M5 78q7.5-4 15 0t15 0 15 0 15 0 15 0 15 0",
        middle="translate(51 55)",
    ),
    Site.SOLES: Limb(
        _FOOT,
        under="M0 62h100v40H0z",
        water='<rect x="5" y="60" width="90" height="34" rx="6"/>',
        edge="M5 61q7.5-4 15 0t15 0 15 0 15 0 15 0 15 0",
        middle="translate(54 77) scale(.7)",
    ),
    Site.AXILLAE: Limb(
        _ARM,
        under="M30 30h40v40H30z",
        water="",
        edge="M32 28h36q4 0 4 4v36q0 4-4 4H32q-4 0-4-4V32q0-4 4-4z",
        middle="translate(50 50)",
    ),
}
LIMBS[Site.FACE] = LIMBS[Site.AXILLAE]

_CLOCK = '<g transform="translate(82 18)"><circle r="16" class="fx-clock"/><text y="4" class="fx-hours">{}</text></g>'
# A person from the front, with what the heart does drawn on the chest, and a telephone.
PERSON = (
    '<circle cx="38" cy="17" r="11" class="fx-skin fx-line"/>'
    '<path d="M14 96V58q0-24 24-24t24 24v38z" class="fx-skin fx-line"/>'
    '<path d="M38 68c-9-7-12-11-12-15a6 6 0 0 1 12-2 6 6 0 0 1 12 2c0 4-3 8-12 15z" class="fx-dark"/>'
    '<path d="M23 60h8l4-9 6 17 4-8h8" class="fx-beat"/>'
    '<path d="M72 42h18a3 3 0 0 1 3 3v36a3 3 0 0 1-3 3H72a3 3 0 0 1-3-3V45a3 3 0 0 1 3-3z" class="fx-phone"/>'
    '<path d="M81 52v14M74 59h14" class="fx-plus"/>'
)

PICTURES = (
    Picture(
        Effect.TINGLING,
        _("Tingling while the current flows."),
        _("Small zigzag lines on the treated skin."),
        strokes='<path d="M-16-6l4 4-4 4 4 4M-3-12l4 4-4 4 4 4M11-4l4 4-4 4 4 4" class="fx-zigzag"/>',
    ),
    Picture(
        Effect.ERYTHEMA,
        _("Slightly red skin that fades within two hours."),
        _("The treated skin is slightly red, right to its edge. A clock says: up to 2 hours."),
        lasted_hours=1.0,
        skin="fx-pink",
        around=_CLOCK.format("≤2 h"),
    ),
    Picture(
        Effect.ERYTHEMA,
        _("Red skin that stays for more than two hours."),
        _("The treated skin is clearly red. A clock says: more than 2 hours."),
        lasted_hours=None,
        skin="fx-red",
        around=_CLOCK.format("&gt;2 h"),
    ),
    Picture(
        Effect.ITCH,
        _("Itching, often along the edge of the water or the pad."),
        _("Red dots along the edge of the treated skin, with short lines as if somebody scratches."),
        around="itch",
    ),
    Picture(
        Effect.DRYNESS,
        _("Very dry, rough skin."),
        _("The skin is covered with small scales."),
        strokes='<path d="M-17-8l4 3 4-3M-5-8l4 3 4-3M7-8l4 3 4-3M-17 1l4 3 4-3M-5 1l4 3 4-3M7 1l4 3 4-3'
        'M-11 10l4 3 4-3M1 10l4 3 4-3" class="fx-scales"/>',
    ),
    Picture(
        Effect.BRUISE,
        _("Bruises as small as pinpricks."),
        _("A few small dark dots in the skin."),
        strokes='<path d="M-12-6h.01M-3-10h.01M8-5h.01M-8 5h.01M3 2h.01M12 7h.01M-1 11h.01" class="fx-dots"/>',
    ),
    Picture(
        Effect.BLISTER,
        _("A blister."),
        _("A round, raised bubble in the skin, with a red rim."),
        strokes='<circle r="13" class="fx-rim"/><circle r="9" class="fx-bubble"/>'
        '<path d="M-5-3q2-4 6-4" class="fx-shine"/>',
    ),
    Picture(
        Effect.CRACKING,
        _("A crack that is open."),
        _("A dark red, jagged gap in the skin."),
        severity=EffectSeverity.MODERATE,
        strokes='<path d="M-17 3l7-8 6 6 7-9 6 7 8-4-6 9-7-3-7 9-6-6z" class="fx-gap"/>',
    ),
    Picture(
        Effect.BURN,
        _("A burn, or a grey or white spot."),
        _("A grey and white spot in the skin, with a dark red edge."),
        strokes='<ellipse rx="15" ry="12" class="fx-gap"/><ellipse rx="11" ry="8" class="fx-ash"/>'
        '<ellipse cx="3" cy="1" rx="5" ry="3.5" class="fx-ash-dark"/>',
    ),
    Picture(
        Effect.PAIN,
        _("Sharp, strong pain in one place."),
        _("Rays that come from a single point in the skin."),
        severity=EffectSeverity.SEVERE,
        strokes='<path d="M0-17l4 11 11-6-6 11 11 4-12 3 5 11-10-6-5 11-3-12-12 2 8-9-9-9 12 1z" class="fx-flash"/>'
        '<circle r="3" class="fx-dark"/>',
    ),
    Picture(
        Effect.PALPITATIONS,
        _("The heart races or stumbles, pain in the chest, fainting, a seizure, or an implant that you feel."),
        _("A person with an uneven heartbeat, and a telephone with an emergency cross."),
    ),
)
# The edge of the water is where the itch is drawn, whatever the limb.
ITCH = {
    Site.PALMS: ("M42 74h.01M50 71h.01M58 74h.01M64 71h.01", "M78 62l6-8M84 66l7-6M74 56l3-9"),
    Site.SOLES: ("M32 62h.01M39 66h.01M46 62h.01M53 68h.01", "M62 52l6-8M68 56l7-6M57 48l2-9"),
    Site.AXILLAE: ("M30 36h.01M28 48h.01M30 60h.01M40 71h.01M54 72h.01", "M74 60l6-8M80 66l7-6M70 54l3-9"),
}
ITCH[Site.FACE] = ITCH[Site.AXILLAE]


def drawn(picture: Picture, site: Site) -> str:
    """The strokes of one picture for this place of the body, as the inside of an SVG of 100 by 100."""
    if picture.rule.level is AlertLevel.RED_SYSTEMIC:
        return PERSON
    limb, at = LIMBS[site], f'<use href="#fx-{site.value}" class="fx-limb '
    skin = f'{at}{picture.skin}" clip-path="url(#fx-under-{site.value})"/>' if picture.skin else ""
    dots, scratches = ITCH[site]
    itch = f'<path d="{dots}" class="fx-itch"/><path d="{scratches}" class="fx-scratch"/>'
    return (
        f'<g class="fx-water">{limb.water}</g>{at}fx-outline"/>{at}fx-skin"/>{skin}'
        f'<path d="{limb.edge}" class="fx-edge"/><g transform="{limb.middle}">{picture.strokes}</g>'
        f"{itch if picture.around == 'itch' else picture.around}"
    )


def shared(site: Site) -> str:
    """What all drawings of a place share: its outline, and the part under water, by their names."""
    limb = LIMBS[site]
    return (
        f'<path id="fx-{site.value}" d="{limb.outline}"/>'
        f'<clipPath id="fx-under-{site.value}"><path d="{limb.under}"/></clipPath>'
    )


def by_level() -> list[tuple[AlertLevel, list[Picture]]]:
    """The pictures by how serious the record takes them, the harmless first."""
    return [(level, [each for each in PICTURES if each.rule.level is level]) for level in AlertLevel]
