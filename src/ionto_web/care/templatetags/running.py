"""The session that runs, which every page of the person's record shows: the way to stop it is never far."""

from __future__ import annotations

from django import template

from ionto_web.care import course
from ionto_web.care.models import Person, SessionRecord

register = template.Library()


@register.simple_tag
def running_session(person: Person) -> SessionRecord | None:
    return course.running_session(person)
