"""The language of the site, changed on any page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from ionto_web.care import actions
from ionto_web.care.models import Person


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Kept in a cookie; for a person with a record, in the record."""
    said = request.POST.get("language", "").split("-")[0]
    person = Person.objects.filter(user=request.user).first() if request.user.is_authenticated else None
    if person is not None and said in Person.Speaks.values:
        actions.change_language(person, said, by=request.user)
    return set_language(request)
