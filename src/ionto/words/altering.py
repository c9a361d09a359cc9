"""Altered copies of frozen values, for folds that make one many times a second."""

from __future__ import annotations

from typing import Any, TypeVar

Value = TypeVar("Value")


def altered(value: Value, **changes: Any) -> Value:
    """What `dataclasses.replace` gives, several times as fast, for a frozen dataclass without slots whose fields are
    not checked as they are set.

    Raises
    ------
    TypeError
        When a field is named that it does not have.
    """
    kind = type(value)
    if not changes.keys() <= kind.__dataclass_fields__.keys():  # type: ignore[attr-defined]
        unknown = ", ".join(changes.keys() - kind.__dataclass_fields__.keys())  # type: ignore[attr-defined]
        raise TypeError(f"{kind.__name__} has no {unknown}")
    other = object.__new__(kind)
    other.__dict__.update(value.__dict__)
    other.__dict__.update(changes)
    return other
