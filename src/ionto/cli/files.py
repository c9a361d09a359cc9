"""SHELL. Documents from a path or standard input, and one document to standard output."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from rich.console import Console

from ionto.words.reading import FIRST_DAY, LAST_DAY, DocumentError, Fault, read_json, to_json

Kind = TypeVar("Kind")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)


def text_of(path: str, *, damaged: Literal["strict", "replace"] = "strict") -> str:
    """The text of a file; `-` is standard input. Bytes that are no UTF-8 are refused, or replaced.

    Raises
    ------
    DocumentError
        When it cannot be read, in one sentence.
    """
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return raw.decode("utf-8-sig", damaged)
    except OSError as error:
        raise DocumentError([Fault(path, f"cannot be read: {(error.strerror or 'unknown').lower()}")]) from None
    except UnicodeDecodeError:
        raise DocumentError([Fault(path, "is not UTF-8 text")]) from None


def document_of(kind: type[Kind], path: str) -> Kind:
    """A document read strictly from a file or standard input."""
    return read_json(kind, text_of(path))


def say_json(value: Any) -> None:
    """One JSON document on standard output, nothing else."""
    sys.stdout.write(to_json(value) + "\n")


def weekdays_of(text: str) -> tuple[int, ...]:
    """Days of the week given as an argument, as mon,wed,fri; Monday is 0."""
    names = [name.strip().lower() for name in text.split(",")]
    for name in names:
        if name not in WEEKDAYS:
            raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(WEEKDAYS)}")
    return tuple(WEEKDAYS.index(name) for name in names)


def day_of(text: str) -> date:
    """A day given as an argument."""
    try:
        day = date.fromisoformat(text)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError
        return day
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-24") from None
