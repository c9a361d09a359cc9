"""Whether a page can be used by everybody, and fits its screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def barriers(page: Page) -> list[str]:
    """What keeps somebody from using this page, by axe, in light and in dark."""
    return seen_by_axe(page, "light", RULES) + seen_by_axe(page, "dark", RULES)


def seen_by_axe(page: Page, scheme: str, rules: object) -> list[str]:
    """The faults that axe finds by these rules or, if they are single ones, `{"type": "rule", "values": [...]}`."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(f"window.axe || (() => {{{AXE}}})()")
    seen: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules
    )
    page.emulate_media(color_scheme="light")
    return [
        f"{scheme} {fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in seen["violations"]
        for node in fault["nodes"]
    ]


def fits(page: Page) -> bool:
    """Whether nothing sticks out of the screen to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def sticks_out(page: Page) -> list[str]:
    """What makes the page wider than the screen."""
    if fits(page):
        return []
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll('body *')]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
      .map((each) => each.tagName + '.' + each.className + ': ' + each.textContent.trim().slice(0, 30)).slice(-3)""")
    return found or ["something"]


# Every element that a person may want to reach, once; of a group of radio buttons, one is reached by Tab.
REACHABLE = """() => {
  const all = [...document.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex]')];
  const seen = all.filter((each) => each.checkVisibility({ visibilityProperty: true })
    && !each.disabled && each.tabIndex >= 0 && each.type !== 'hidden' && !each.closest('[inert]'));
  const name = (each) => each.type === 'radio' ? each.form?.action + 'radio ' + each.name
    : [each.tagName, each.id || each.name || each.getAttribute('href'), each.textContent.trim().slice(0, 40)].join(' ');
  window.reached = new Map();
  document.addEventListener('focusin', ({ target }) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const { left, right, top, bottom } = target.getBoundingClientRect();
    const marked = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    const there = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    window.reached.set(name(target), marked && there);
  });
  // A date or a time has a stop for each of its parts.
  const stops = (each) => /^(date|time)/.test(each.type) ? 9 : each.type === 'file' ? 2 : 1;
  return { names: [...new Set(seen.map(name))], stops: seen.reduce((sum, each) => sum + stops(each), 3) };
}"""


def not_by_keyboard(page: Page) -> list[str]:
    """What the keyboard alone does not reach, or reaches without showing where it is."""
    wanted = page.evaluate(REACHABLE)
    reached: dict[str, bool] = {}
    for _ in range(0, wanted["stops"], 8):
        for _ in range(8):
            page.keyboard.press("Tab")
        reached = page.evaluate("Object.fromEntries(window.reached)")
        if set(wanted["names"]) <= set(reached):
            break
    return [f"not reached: {each}" for each in wanted["names"] if each not in reached] + [
        f"not shown: {each}" for each, shown in reached.items() if not shown
    ]


def moves(page: Page) -> list[str]:
    """What still moves for somebody who asked for less motion."""
    page.emulate_media(reduced_motion="reduce")
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll('*')].filter((each) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(each);
        const slides = transitionDuration.split(',').some((s) => parseFloat(s) > 0);
        return slides || animationName !== 'none' || scrollBehavior === 'smooth';
      }).map((each) => each.tagName + '.' + each.className)""")
    page.emulate_media(reduced_motion="no-preference")
    return found
