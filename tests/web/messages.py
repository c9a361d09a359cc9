"""Every message that the site marks for translation; `./run messages` brings the catalogues up to it.

A new message comes in without German; one that is no longer used goes. Nothing is guessed.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SITE = Path(__file__).resolve().parents[2] / "src" / "ionto_web"
GERMAN = SITE / "locale" / "de" / "LC_MESSAGES" / "django.po"
# A message: its context, else None; what is looked up; its plural, else None.
Message = tuple[str | None, str, str | None]

_QUOTED = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\({_QUOTED}(?:, *{_QUOTED})?(?:, *{_QUOTED})?")
_IN_CODE = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def messages() -> dict[Message, set[str]]:
    """Each message with the files that use it."""
    found: dict[Message, set[str]] = {}
    for path in sorted([*SITE.rglob("*.html"), *SITE.rglob("*.py")]):
        if "migrations" not in path.parts:
            text = path.read_text("utf-8")
            for message in _in_template(text) if path.suffix == ".html" else _in_code(text):
                found.setdefault(message, set()).add(path.relative_to(SITE).as_posix())
    return found


def _in_template(text: str) -> Iterator[Message]:
    for name, *quoted in _IN_TEMPLATE.findall(templatize(text)):
        yield _message(name, [ast.literal_eval(each) for each in quoted if each])


def _in_code(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _IN_CODE:
            said = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if said:
                yield _message(node.func.id.removesuffix("_lazy").removesuffix("_noop"), said)


def _message(name: str, said: list[str]) -> Message:
    context = said.pop(0) if name in {"pgettext", "npgettext"} else None
    return context, said[0], said[1] if name.startswith("n") else None


def german() -> Catalog:
    """The German catalogue as it stands."""
    with GERMAN.open("rb") as file:
        return read_po(file, locale="de", abort_invalid=True)


def updated(known: Catalog) -> Catalog:
    """The catalogue with exactly the messages in use."""
    when = datetime(2026, 11, 25, tzinfo=UTC)
    made = Catalog(
        locale="de", domain="django", project="ionto", creation_date=when, revision_date=when, fuzzy=False,
        header_comment="# German for the site. ./run messages brings it up to the templates and the code.",
        last_translator="ionto", language_team="ionto",
    )  # fmt: skip
    for (context, said, plural), used in sorted(messages().items(), key=lambda item: (min(item[1]), item[0][1])):
        had: Any = known.get(said, context)
        empty: Any = ("", "") if plural else ""
        string = had.string if had is not None and isinstance(had.string, tuple) == bool(plural) else empty
        made.add((said, plural) if plural else said, string, context=context, locations=[(min(used), None)])
    return made


def main() -> None:
    made = updated(german() if GERMAN.exists() else Catalog(locale="de"))
    aside = GERMAN.with_suffix(".new")
    with aside.open("wb") as file:
        write_po(file, made, width=0)
    os.replace(aside, GERMAN)  # noqa: PTH105


if __name__ == "__main__":
    from django.conf import settings

    settings.configure()
    main()
