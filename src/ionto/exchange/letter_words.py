"""The words of the letters, in each language that they are written in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from ionto.words.german import in_german
from ionto.words.reading import DocumentError, Fault, document, read_toml


@document
class _Words:
    """One language of letter_words.toml: its sentences, the words of its terms, and the heads of its tables."""

    months: tuple[str, ...]
    decimal_point: str
    day: str
    short_day: str
    says: dict[str, str]
    words: dict[str, str]
    heads: dict[str, tuple[str, ...]]


@document
class _Languages:
    en: _Words
    de: _Words


LANGUAGES = ("en", "de")


@cache
def _languages() -> _Languages:
    return read_toml(_Languages, files("ionto.exchange").joinpath("letter_words.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class LetterWords:
    """How a letter says things in one language."""

    language: str

    @property
    def own(self) -> _Words:
        words: _Words = getattr(_languages(), self.language)
        return words

    def says(self, name: str, **filled: object) -> str:
        return self.own.says[name].format(**filled)

    def word(self, term: str) -> str:
        return self.own.words[term]

    def number(self, value: float, form: str = "g") -> str:
        """A number as the language writes it.

        >>> LetterWords("de").number(12.25, ".1f")
        '12,2'
        """
        return f"{value:{form}}".replace(".", self.own.decimal_point)

    def day(self, on: date) -> str:
        """
        >>> LetterWords("en").day(date(2026, 12, 24)), LetterWords("de").day(date(2026, 12, 24))
        ('24 December 2026', '24. Dezember 2026')
        """
        return self.own.day.format(day=on.day, month=self.own.months[on.month - 1], year=on.year)

    def short_day(self, on: date) -> str:
        """
        >>> LetterWords("en").short_day(date(2026, 12, 4)), LetterWords("de").short_day(date(2026, 12, 4))
        ('2026-12-04', '04.12.2026')
        """
        return self.own.short_day.format(day=on.day, month=on.month, year=on.year)

    def month(self, year: int, month: int) -> str:
        return f"{self.own.months[month - 1]} {year}"

    def core(self, said: str) -> str:
        """What the core says, in this language; in English where there is no German."""
        return in_german(said) or said if self.language == "de" else said


def letter_words(language: str) -> LetterWords:
    """The words of a language.

    Raises
    ------
    DocumentError
        If there is no letter in this language.
    """
    if language not in LANGUAGES:
        raise DocumentError([Fault("language", f"there is no letter in {language!r}, only in {', '.join(LANGUAGES)}")])
    return LetterWords(language)
