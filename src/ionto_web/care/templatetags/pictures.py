"""Side effects as pictures, on the pages that ask for them or tell what to expect."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from ionto.words.terms import AlertLevel, Site
from ionto_web.care import effects
from ionto_web.care.models import Person

register = template.Library()


@register.inclusion_tag("care/_pictures.html")
def effect_pictures(site: str, person: Person) -> dict[str, object]:
    """What is normal and what is not at one place of the body, drawn."""
    return {
        "person": person,
        "shared": mark_safe(effects.shared(Site(site))),  # noqa: S308 - our own drawings
        "levels": [
            {
                "level": level,
                "is_red": level in {AlertLevel.RED_LOCAL, AlertLevel.RED_SYSTEMIC},
                "pictures": [(picture, _drawn(picture, Site(site))) for picture in pictures],
                "sources": tuple(dict.fromkeys(key for picture in pictures for key in picture.rule.sources)),
            }
            for level, pictures in effects.by_level()
        ],
    }


def _drawn(picture: effects.Picture, site: Site) -> SafeString:
    return mark_safe(effects.drawn(picture, site))  # noqa: S308 - our own drawings
