"""Whether a page can be used by everybody, and fits its screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def barriers(page: Page) -> list[str]:
    """What keeps somebody from using this page, by axe, in light and in dark."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(AXE + ";0")
        seen: dict[str, Any] = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        found += [
            f"{scheme} {fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in seen["violations"]
            for node in fault["nodes"]
        ]
    page.emulate_media(color_scheme="light")
    return found


def fits(page: Page) -> bool:
    """Whether nothing sticks out of the screen to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
