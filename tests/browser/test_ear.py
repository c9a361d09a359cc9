"""What counts as a loud sound that stops a session, and what does not: the detector alone, on sounds made by number."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

import ionto_web

from . import sounds
from .sounds import at, clap, quiet, shout, speech, splashes, stamp, swell

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
EAR = Path(ionto_web.__file__).parent / "static" / "ionto" / "led-ear.js"
HEARS = """([text, rate]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return ledEar.stopsIn(Float32Array.from(new Int16Array(bytes.buffer), (each) => each / 32768), rate);
}"""


@pytest.fixture(scope="module")
def hears(browser: Browser) -> Iterator[Callable[[sounds.Sound], list[tuple[float, str]]]]:
    page = browser.new_page()
    page.add_script_tag(path=EAR)

    def stops(sound: sounds.Sound) -> list[tuple[float, str]]:
        text = base64.b64encode((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()).decode()
        return [(at_s, what) for at_s, what in page.evaluate(HEARS, [text, sounds.RATE_HZ])]

    yield stops
    page.close()


Hears = Callable[[sounds.Sound], list[tuple[float, str]]]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("loud", [0.9, 0.3])
@pytest.mark.parametrize("knock", [clap, stamp])
def test_two_claps_or_stamps_within_a_second_stop(
    hears: Hears, knock: Callable[..., sounds.Sound], loud: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    for apart_s in (0.25, 0.6, 0.95):
        two = at(quiet(3, rng), (1.0, knock(rng, loud=loud)), (1.0 + apart_s, knock(rng, loud=loud)))
        (heard,) = hears(two)
        assert heard == (pytest.approx(1.0 + apart_s, abs=0.03), "knocks")


@pytest.mark.parametrize("seed", range(5))
def test_one_clap_or_two_that_are_far_apart_do_not(hears: Hears, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert hears(at(quiet(3, rng), (1.0, clap(rng)))) == []
    assert hears(at(quiet(4, rng), (1.0, clap(rng)), (2.3, clap(rng)))) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_shout_stops(hears: Hears, seed: int) -> None:
    rng = np.random.default_rng(seed)
    (heard, *_) = hears(at(quiet(3, rng), (1.0, shout(rng))))
    assert heard == (pytest.approx(1.5, abs=0.15), "shout")


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_slowly_is_no_knock(hears: Hears, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert hears(at(quiet(3, rng), (1.0, swell(rng)), (1.6, swell(rng)))) == []


@pytest.mark.parametrize("seed", range(5))
def test_claps_are_heard_over_talk(hears: Hears, seed: int) -> None:
    rng = np.random.default_rng(seed)
    room = speech(6, rng)
    assert hears(at(room, (4.0, clap(rng, loud=0.6)), (4.5, clap(rng, loud=0.6))))
    assert hears(room) == []


def test_talk_and_splashes_in_the_room_stop_nothing(hears: Hears) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        assert hears(speech(20, rng)) == []
        assert hears(splashes(10, rng)) == []


def test_no_recogniser_and_no_recorder_is_used() -> None:
    for script in EAR.parent.glob("led*.js"):
        text = script.read_text("utf-8")
        for word in ("SpeechRecognition", "MediaRecorder", "RTCPeerConnection"):
            assert word not in text, script.name
