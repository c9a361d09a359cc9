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


# What a language from right to left would spoil: what sticks out, words that leave their picture, headings that stay on
# the left, and numbers that change places with their unit.
MIRRORED = r"""() => {
  const seen = (each) => each.checkVisibility({ visibilityProperty: true });
  const all = [...document.querySelectorAll("body *")].filter(seen);
  const out = all.filter((each) => !each.closest(".visually-hidden, .skip-link, .table-wrap, .tabs, svg")
    && (each.getBoundingClientRect().left < -1 || each.getBoundingClientRect().right > innerWidth + 1))
    .map((each) => "sticks out: " + each.tagName + "." + each.className);
  // A picture is drawn from left to right in every language, and its words stay inside it.
  const lost = all.filter((each) => each.matches("main svg text")).filter((each) => {
    const [word, whole] = [each, each.ownerSVGElement].map((part) => part.getBoundingClientRect());
    return word.width && (word.left < whole.left - 2 || word.right > whole.right + 2);
  }).map((each) => "outside its picture: " + each.textContent);
  const heads = all.filter((each) => each.matches("main h1")
    && !/start|right|center/.test(getComputedStyle(each).textAlign));
  // Where only a number and its unit stand: each sign right of the one before it.
  const signs = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, around = text.parentElement;
    if (around.closest("script, style, noscript, svg") || !seen(around) || !text.data.trim()) continue;
    for (const found of text.data.matchAll(/[^\s]+/g)) {
      const range = document.createRange();
      range.setStart(text, found.index);
      range.setEnd(text, found.index + found[0].length);
      const block = around.closest("dd, td, th, li, p, label, button, dt, div");
      const isAlone = found[0] === text.data.trim();
      signs.push({ word: found[0], box: range.getBoundingClientRect(), block, isAlone });
    }
  }
  const number = /^[→–+−]?\d+(?:[.,:]\d+)*[*]?$/, unit = /^(?:mA(?:·min)?|V|min|s|kΩ|mg\/min|%|kB|MB)[.,;]?$/;
  const turned = signs.filter(({ word, box, block, isAlone }, place) => {
    const before = signs[place - 1];
    return place && unit.test(word) && number.test(before.word) && block === before.block
      && Math.abs(box.bottom - before.box.bottom) < box.height && box.left < before.box.left
      && ((isAlone && before.isAlone) || !/[a-zäöüß]{3}/i.test(block.textContent.replace(/mA·min|mg\/min|min/g, "")));
  }).map(({ word, block }) => "turned round: " + block.textContent.trim().slice(0, 40));
  const adrift = all.filter((each) => each.matches("dl.facts dd")).filter((each) => {
    const range = document.createRange();
    range.selectNodeContents(each);
    const [words, whole] = [range, each].map((part) => part.getBoundingClientRect());
    return whole.right - words.right > words.left - whole.left + 1;
  });
  return [...out, ...lost, ...[...heads, ...adrift].map((each) => "stays on the left: " + each.textContent), ...turned];
}"""


def mirrored(page: Page, picture: Path | None = None) -> list[str]:
    """What is wrong with the page's mirror image, as a language from right to left has it."""
    was = page.locator("html").get_attribute("dir") or "ltr"
    page.evaluate("document.documentElement.dir = 'rtl'")
    if picture is not None:
        page.screenshot(path=picture, full_page=True, animations="disabled")
    found: list[str] = page.evaluate(MIRRORED) + [f"wider than the screen: {each}" for each in sticks_out(page)]
    page.evaluate(f"document.documentElement.dir = '{was}'")
    return found


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
