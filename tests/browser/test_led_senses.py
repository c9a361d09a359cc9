"""What the hands-free page does for eyes and ears: a screen that stays on, cues in the person's language, and the same
in writing for whoever hears none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .phone import Phone, eventually, person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
# The browser's own lock, with what was asked of it written down.
LOCKS = """
window.locks = [];
const ask = WakeLock.prototype.request;
WakeLock.prototype.request = async function (kind) {
  const lock = await ask.call(this, kind);
  window.locks.push(lock);
  return lock;
};
"""


def held(page: Page) -> list[bool]:
    locked: list[bool] = page.evaluate("window.locks.map((lock) => !lock.released)")
    return locked


@pytest.mark.parametrize("device", ["saalio", "simulated"])
def test_the_screen_is_kept_on_and_again_after_the_browser_let_it_go(
    phone_of: Callable[..., Phone], device: str
) -> None:
    phone = phone_of(person_with(device=device))
    phone.context.add_init_script(LOCKS)
    page = phone.page
    page.clock.install()
    phone.opens()
    assert held(page) == []
    for box in page.locator(".check input").all():
        box.check()
    page.locator("#start").click()
    eventually(lambda: held(page) == [True], phone)
    # A browser releases it when the page is hidden; when it is back, it is asked for anew.
    page.evaluate("window.locks[0].release()")
    eventually(lambda: held(page) == [False], phone)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    eventually(lambda: held(page) == [False, True], phone)
    page.keyboard.press("b")
    if device == "saalio":
        phone.winds(60)
        page.locator("#zero").click()
    eventually(lambda: held(page) == [False, False], phone)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Put both hands into the water"), ("de", "beide Hände ins Wasser")]
)
def test_what_is_spoken_is_the_sentence_on_the_page_in_the_persons_language(
    phone_of: Callable[..., Phone], language: str, words: str
) -> None:
    phone = phone_of(person_with(language))
    phone.page.clock.install()
    phone.opens()
    phone.starts()
    expect(phone.page.locator("#said")).to_contain_text(words)
    (lang, spoken) = phone.page.evaluate("window.heard")[-1]
    assert lang == language
    assert words in spoken
    phone.winds(31)
    said = phone.page.locator("#said").inner_text()
    assert said.split(".")[0] in phone.heard()
    assert "mA" in said
    assert "mA" not in phone.heard()  # a voice would spell it


def test_whoever_wants_no_voice_or_hears_none_reads_every_cue(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    page = phone.page
    page.clock.install()
    phone.opens()
    page.locator("#voice").uncheck()
    phone.starts()
    phone.winds(31)
    expect(page.locator("#said")).to_contain_text("Set the current higher.")
    assert phone.heard() == ""
    # Sounds were wished for, and the browser plays none: then the page says so.
    expect(page.locator("#silent")).to_be_hidden()
    page.evaluate("Object.defineProperty(AudioContext.prototype, 'state', { get: () => 'suspended' }); 0")
    phone.winds(1)
    expect(page.locator("#silent")).to_be_visible()


def test_a_picture_over_the_page_does_not_stop_the_time(phone_of: Callable[..., Phone]) -> None:
    """A call or a notification that covers the page for a while: timers run on, and nobody is asked."""
    phone = phone_of()
    page = phone.page
    phone.runs_for(100)
    ends_at_s = phone.ends_at_s()
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    phone.winds(10)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    assert abs(phone.ends_at_s() - ends_at_s) <= 1.3
    expect(phone.view("run")).to_be_visible()
