"""How hard the patient's sentences are to read, in English and in German, as school years; and the hardest ones.

German: first Wiener Sachtextformel, 0.1935 MS + 0.1672 SL + 0.1297 IW - 0.0327 ES - 0.875, with MS, IW and ES the per
cent of words of three syllables or more, of more than six letters, and of one syllable, and SL words a sentence
(Bamberger, Vanecek, Lesen - Verstehen - Lernen - Schreiben, 1984); Flesch's ease for German, 180 - SL - 58.5 syllables
a word (Amstad, Wie verständlich sind unsere Zeitungen?, 1978). English: Flesch-Kincaid grade, 0.39 SL + 11.8 syllables
a word - 15.59 (Kincaid et al, 1975). Syllables are counted by groups of vowels. Twelve years old is the sixth to the
seventh school year.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "src" / "ionto" / "words" / "german"
SITE = ROOT / "src" / "ionto_web" / "locale" / "de" / "LC_MESSAGES" / "django.po"
# What only a clinic reads, or nobody: sources and refusals of files.
NOT_FOR_PATIENTS = {"clinic.toml", "faults.toml"}
CLINIC_PAGES = ("house.html", "persons.html", "new_person.html", "forms/house.py", "views/house.py")
SHORTEST_WORDS, HARDEST_COUNT = 8, 10
GERMAN_SYLLABLE = re.compile(r"au|ei|eu|äu|ie|aa|ee|oo|[aeiouyäöü]")
ENGLISH_SYLLABLE = re.compile(r"[aeiouy]+")


@dataclass(frozen=True)
class Read:
    """A text as its words and the number of its sentences."""

    text: str
    is_german: bool

    @cached_property
    def words(self) -> list[str]:
        return re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)?", self.text)

    @cached_property
    def sentence_words(self) -> float:
        return len(self.words) / max(1, len(re.findall(r"[.?!:;](?:\s|$)", self.text)))

    @cached_property
    def syllables(self) -> list[int]:
        return [syllables_in(word.lower(), is_german=self.is_german) for word in self.words]

    def percent(self, kept: Iterable[bool]) -> float:
        return 100 * sum(kept) / len(self.words)

    @property
    def syllables_a_word(self) -> float:
        return sum(self.syllables) / len(self.words)

    @property
    def grade(self) -> float:
        """School years that it takes."""
        if not self.is_german:
            return 0.39 * self.sentence_words + 11.8 * self.syllables_a_word - 15.59
        long, letters = (
            self.percent(count >= 3 for count in self.syllables),
            self.percent(len(word) > 6 for word in self.words),
        )
        short = self.percent(count == 1 for count in self.syllables)
        return 0.1935 * long + 0.1672 * self.sentence_words + 0.1297 * letters - 0.0327 * short - 0.875

    @property
    def ease(self) -> float:
        """Flesch's reading ease, 0 hard to 100 easy; Amstad's for German."""
        if self.is_german:
            return 180 - self.sentence_words - 58.5 * self.syllables_a_word
        return 206.835 - 1.015 * self.sentence_words - 84.6 * self.syllables_a_word


def syllables_in(word: str, *, is_german: bool) -> int:
    """
    >>> syllables_in("wassers", is_german=True), syllables_in("schweiß", is_german=True)
    (2, 1)
    >>> syllables_in("water", is_german=False), syllables_in("come", is_german=False)
    (2, 1)
    """
    if is_german:
        return max(1, len(GERMAN_SYLLABLE.findall(word)))
    silent = word.endswith("e") and not word.endswith("le") and len(word) > 2
    return max(1, len(ENGLISH_SYLLABLE.findall(word)) - silent)


def pairs() -> list[tuple[str, str]]:
    """Every sentence that a patient reads, in English and in German."""
    found = []
    for path in sorted(CATALOGUES.glob("*.toml")):
        if path.name not in NOT_FOR_PATIENTS:
            found += tomllib.loads(path.read_text("utf-8"))["says"].items()
    with SITE.open("rb") as file:
        for each in read_po(file, locale="de"):
            used = [place for place, _ in each.locations]
            if each.id and isinstance(each.string, str) and not any(place.endswith(CLINIC_PAGES) for place in used):
                found.append((str(each.id), each.string))
    plain = [(_plain(english), _plain(german)) for english, german in found]
    return [(english, german) for english, german in plain if english.endswith((".", "?", "!"))]


def _plain(said: str) -> str:
    """Without tags, sources, and with a number where something is filled in."""
    return re.sub(r"<[^>]+>|\s\[[A-Z0-9, -]+\]", "", re.sub(r"%\(\w+\)s|\{\w+\}", "3", said)).replace("%%", "%").strip()


def main() -> None:
    said = pairs()
    for place, name in ((0, "English"), (1, "German")):
        sentences = [Read(pair[place], is_german=bool(place)) for pair in said]
        whole = Read(" ".join(sentence.text for sentence in sentences), is_german=bool(place))
        hard = sorted((each for each in sentences if len(each.words) >= SHORTEST_WORDS), key=lambda each: -each.grade)
        print(
            f"{name}: {len(sentences)} texts, {whole.sentence_words:.1f} words a sentence, "
            f"school year {whole.grade:.1f}, ease {whole.ease:.0f}"
        )
        for each in hard[:HARDEST_COUNT]:
            print(f"  {each.grade:4.1f}  {each.text[:150]}")


if __name__ == "__main__":
    main()
