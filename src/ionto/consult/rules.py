"""The suitability rules: data in rules/*.toml, read strictly, each with its reason, its sources and who disagrees."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen

from ionto.consult.consultation import Said
from ionto.consult.path import Place
from ionto.words.evidence import references
from ionto.words.reading import document, read_toml
from ionto.words.terms import Circumstance, Condition, Decision, Site

When = Literal[
    "condition",
    "circumstance",
    "additive_caution",
    "age",
    "site",
    "red_flag",
    "not_primary_focal",
    "sweat_causing_medicine",
    "unanswered",
]
Sentence = Annotated[str, MinLen(10)]


@document
class Rule:
    """One reason to wait, to ask or not to treat.

    `when` says what it reads. A condition rule holds if the person has one of `conditions` at `place`, seen from the
    site; a circumstance rule if one of `circumstances` holds today; an age rule from `from_age_years` to below
    `below_age_years`; a site rule always, at its sites. `{named}` in a sentence is replaced by what was found: body
    parts, red flags, missing answers. `said` holds what each source says. `universal` marks what no source allows, at
    any site.
    """

    id: Annotated[str, MinLen(3)]
    when: When = "condition"
    conditions: tuple[Condition, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()
    place: Place = Place.ANYWHERE
    from_age_years: Annotated[int, Ge(0), Le(120)] | None = None
    below_age_years: Annotated[int, Ge(1), Le(120)] | None = None
    sites: Annotated[tuple[Site, ...], MinLen(1)] = tuple(Site)
    decision: Decision
    universal: bool = False
    why: Sentence
    do: Sentence
    for_clinician: Sentence
    disagreement: Sentence | None = None
    said: Annotated[tuple[Said, ...], MinLen(1)]

    def __post_init__(self) -> None:
        if (self.when == "condition") is not bool(self.conditions):
            raise ValueError(f"{self.id}: `conditions` belong to a rule about conditions, which needs at least one")
        if (self.when in ("circumstance", "additive_caution")) is not bool(self.circumstances):
            raise ValueError(
                f"{self.id}: `circumstances` belong to a rule about circumstances, which needs at least one"
            )
        if (self.when == "age") is (self.from_age_years is None and self.below_age_years is None):
            raise ValueError(f"{self.id}: ages belong to a rule about age, which needs at least one")
        if self.when != "condition" and self.place is not Place.ANYWHERE:
            raise ValueError(f"{self.id}: only a condition lies at a place")
        if self.universal and (self.decision, self.place, self.sites) != (
            Decision.NOT_SUITABLE,
            Place.ANYWHERE,
            tuple(Site),
        ):
            raise ValueError(f"{self.id}: a universal rule says not_suitable, anywhere, for every site")
        unknown = [key for key in self.sources if key not in references()]
        if unknown:
            raise ValueError(f"{self.id}: said names {', '.join(unknown)}, not in references.toml")
        if len(set(self.sources)) < len(self.sources):
            raise ValueError(f"{self.id}: one source says two things")

    @property
    def sources(self) -> tuple[str, ...]:
        """The keys of the sources, in the order in which they are quoted."""
        return tuple(said.source for said in self.said)

    def holds_at_age(self, age_years: int) -> bool:
        """Whether a person of this age [years] falls under an age rule."""
        from_years = 0 if self.from_age_years is None else self.from_age_years
        return from_years <= age_years and (self.below_age_years is None or age_years < self.below_age_years)


@document
class RuleBook:
    """One file of rules, with the day on which its sources were last compared."""

    compared_on: date
    rule: Annotated[tuple[Rule, ...], MinLen(1)]


@cache
def suitability_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of its files and of the lines in them.

    Raises
    ------
    DocumentError
        If a file does not read.
    ValueError
        If two rules share an id, or a condition or circumstance is read by no rule.
    """
    shelves = sorted(files("ionto.consult").joinpath("rules").iterdir(), key=lambda entry: entry.name)
    books = [read_toml(RuleBook, shelf.read_text("utf-8")) for shelf in shelves if shelf.name.endswith(".toml")]
    rules = tuple(rule for book in books for rule in book.rule)
    names = [rule.id for rule in rules]
    if len(set(names)) < len(names):
        raise ValueError(f"two rules are called {next(name for name in names if names.count(name) > 1)}")
    unread: set[str] = {*Condition, *Circumstance} - {
        read for rule in rules for read in (*rule.conditions, *rule.circumstances)
    }
    if unread:
        raise ValueError(f"no rule reads {', '.join(sorted(unread))}")
    return rules
