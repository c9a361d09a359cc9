"""Who did what, when: one line for every write, and for everything that leaves the site."""

from __future__ import annotations

from django.contrib.auth.models import User

from ionto_web.care.models import AuditRecord, Person


def audit(by: User, person: Person | None, action: str, what: str = "") -> None:
    """A line that is never changed. `what` names records by their number and carries nothing of what they say."""
    AuditRecord.objects.create(by=by, person=person, action=action, what=what)
