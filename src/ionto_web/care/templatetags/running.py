"""What runs now: a session, which every page of the person's record shows, and whether the site sends e-mail."""

from __future__ import annotations

from django import template
from django.conf import settings

from ionto_web.care import course
from ionto_web.care.models import Person, SessionRecord

register = template.Library()


@register.simple_tag
def running_session(person: Person) -> SessionRecord | None:
    return course.running_session(person)


@register.simple_tag
def sends_email() -> bool:
    return bool(settings.SENDS_EMAIL)
