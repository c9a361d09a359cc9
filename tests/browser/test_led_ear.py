"""A loud sound as a stop: at a microphone that plays a file, through the whole page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ionto.words.terms import Site
from ionto_web.care.course import sessions_at

from . import sounds
from .conftest import opened
from .phone import Network, Phone, eventually, person_with, phone_in
from .sounds import at, clap, quiet, saved

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


@pytest.fixture
def phone_that_hears(network: Network, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """A phone whose microphone plays a file, over and over. Chromium does this for the whole browser."""
    phones: list[Phone] = []
    with opened() as launch:

        def make(sound: sounds.Sound, language: str = "en", device: str = "saalio") -> Phone:
            heard = saved(sound, tmp_path / "heard.wav")
            browser = launch(
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={heard}",
            )
            phones.append(phone_in(browser, network, person_with(language, device), permissions=["microphone"]))
            return phones[-1]

        yield make
        for phone in phones:
            phone.context.close()
            assert phone.complaints == []


def wants_to_be_heard(page: Page) -> None:
    page.locator("#ear").check()
    expect(page.locator("#ear-told")).to_contain_text("Now clap or stamp twice, or shout.")
    expect(page.locator("#ear-told")).to_contain_text("Heard.", timeout=20_000)


def claps_every(lasts_s: float) -> sounds.Sound:
    rng = np.random.default_rng(1)
    return at(quiet(lasts_s, rng), (lasts_s - 1.2, clap(rng)), (lasts_s - 0.7, clap(rng)))


def test_claps_at_the_microphone_stop_a_closed_device_and_the_page_says_how(
    phone_that_hears: Callable[..., Phone],
) -> None:
    phone = phone_that_hears(claps_every(6))
    page = phone.page
    phone.opens()
    wants_to_be_heard(page)
    phone.starts()
    expect(page.locator("#ear-on")).to_contain_text("Listening")
    expect(page.locator("#said")).to_contain_text("lift one limb out slowly", timeout=20_000)
    # Over: the microphone is let go, and the next session asks anew.
    expect(page.locator("#zero")).to_be_visible()
    page.locator("#zero").click()
    assert page.evaluate("sessionStorage.getItem('ionto-led-ear')") is None


def test_claps_at_the_microphone_stop_a_connected_device(phone_that_hears: Callable[..., Phone]) -> None:
    phone = phone_that_hears(claps_every(12), device="simulated")
    page = phone.page
    page.clock.install()
    phone.opens()
    wants_to_be_heard(page)
    for box in page.locator(".check input").all():
        box.check()
    page.locator('input[name=speed][value="20"]').check()
    page.locator("#start").click()
    phone.winds(21)
    expect(page.locator("#current")).to_be_visible()
    expect(phone.view("ask")).to_be_visible(timeout=60_000)
    eventually(lambda: sessions_at(phone.person, Site.PALMS), phone)
    assert sessions_at(phone.person, Site.PALMS)[0].outcome == "stopped"


def test_nobody_is_listened_to_who_has_not_asked(phone_that_hears: Callable[..., Phone]) -> None:
    phone = phone_that_hears(claps_every(4))
    phone.context.add_init_script(
        "const ask = MediaDevices.prototype.getUserMedia; window.asked = 0;"
        "MediaDevices.prototype.getUserMedia = function (...a) { window.asked++; return ask.apply(this, a); };"
    )
    phone.opens()
    phone.starts()
    phone.page.wait_for_timeout(6000)
    assert phone.page.evaluate("window.asked") == 0
    expect(phone.page.locator("#h-run")).to_have_text("Into the water")
    assert phone.page.locator("#ear-on").is_hidden()
