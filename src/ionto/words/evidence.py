"""Where every claim comes from: one table of references, by key, that rules, protocols and pages cite."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from annotated_types import MinLen

from ionto.words.reading import document, read_toml


@document
class Reference:
    """One source. `seen` says how it was read: itself, through another text, or not at all (common knowledge)."""

    title: Annotated[str, MinLen(3)]
    where: Annotated[str, MinLen(3)]
    seen: Literal["itself", "secondary", "knowledge", "ours"]
    year: int | None = None


@document
class References:
    """The table of references, by key."""

    reference: dict[str, Reference]


@cache
def references() -> dict[str, Reference]:
    """Every reference by its key, as in words/references.toml."""
    return read_toml(References, files("ionto.words").joinpath("references.toml").read_text("utf-8")).reference


def cited(key: str) -> Reference:
    """The reference with this key.

    >>> cited("KAR04").year
    2004
    """
    return references()[key]
