"""The documentation that is drawn from the code is up to date, and every command is documented."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from ionto.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]


def rendered() -> dict[Path, str]:
    spec = importlib.util.spec_from_file_location("render", ROOT / "docs" / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["render"] = module
    spec.loader.exec_module(module)
    return dict(module.pages())


@pytest.mark.parametrize("path", sorted(rendered()), ids=lambda path: path.name)
def test_a_page_drawn_from_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == rendered()[path], "run ./run docs"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_reference(command: str) -> None:
    assert f"## ionto {command}" in (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
