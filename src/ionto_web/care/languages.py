"""The language of the page: the signed-in person's own; else the one chosen here before, else the browser's."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from ionto.words.german import in_german
from ionto.words.reading import DocumentError
from ionto_web.care.models import Person
from ionto_web.care.plain import CORE_SITES

_CORE_SITE = re.compile(rf"\b({'|'.join(CORE_SITES)})\b", re.IGNORECASE)


def page_language(spoken: str) -> str:
    """The site's language for what a person speaks.

    >>> page_language("de"), page_language("en"), page_language("xx")
    ('de', 'en-gb', 'en-gb')
    """
    return next((code for code, _ in settings.LANGUAGES if code.split("-")[0] == spoken), settings.LANGUAGE_CODE)


def spoken_language() -> str:
    """What a person speaks who reads this page: `en` or `de`."""
    spoken = (translation.get_language() or settings.LANGUAGE_CODE).split("-")[0]
    return spoken if spoken in Person.Speaks.values else Person.Speaks.EN.value


def words_of(said: str) -> str:
    """What the core says, in the language of the page; in English where there is no German."""
    return (spoken_language() == "de" and in_german(said)) or in_plain_english(said)


def in_plain_english(said: str) -> str:
    """What the core says, with the places of the body named as the pages name them.

    >>> in_plain_english("Palms, direct current. No session of the soles: one sole is sore.")
    'Hands, direct current. No session of the feet: one sole is sore.'
    """

    def plain(found: re.Match[str]) -> str:
        words = CORE_SITES[found[0].lower()]
        return words.capitalize() if found[0][0].isupper() else words

    return _CORE_SITE.sub(plain, said)


def unread(error: DocumentError) -> str:
    """Why what a page sent is not taken, in English: the fields that are wrong, as the page named them."""
    return f"What it sent cannot be read: {', '.join(fault.path or 'JSON' for fault in error.faults)}."


class InTheReadersLanguage(LocaleMiddleware):
    """Stands after the one that knows who is signed in."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        spoken = (
            Person.objects.filter(user=request.user).values_list("language", flat=True).first()
            if request.user.is_authenticated
            else None
        )
        if spoken:
            translation.activate(page_language(spoken))
            request.LANGUAGE_CODE = translation.get_language()
