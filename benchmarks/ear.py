"""How a loud sound stops a hands-free session: claps, stamps and shouts that are heard, and talk taken for one.

The sounds are made by number (tests/browser/sounds.py), not recorded; loudness is the peak against full scale, and of
talk the mean of ten minutes with its pauses. A browser's own detector hears them, frame by frame, without a microphone.
"""

from __future__ import annotations

import base64
import math
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.sounds import RATE_HZ, Sound, at, clap, quiet, shout, speech, splashes, stamp  # noqa: E402

EAR = ROOT / "src" / "ionto_web" / "static" / "ionto" / "led-ear.js"
HEARS = """([text, rate]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return ledEar.stopsIn(Float32Array.from(new Int16Array(bytes.buffer), (each) => each / 32768), rate).length;
}"""
TRIES, PIECES, PIECE_S = 50, 30, 20.0


def stops(page: Page, sound: Sound) -> int:
    text = base64.b64encode((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()).decode()
    found: int = page.evaluate(HEARS, [text, RATE_HZ])
    return found


def heard_of(page: Page, loud: float) -> str:
    cells = []
    for make in (clap, stamp, shout):
        hits = 0
        for seed in range(TRIES):
            rng = np.random.default_rng(seed)
            moments = (1.0, 1.1 + float(rng.uniform(0.1, 0.8))) if make is not shout else (1.0,)
            hits += bool(stops(page, at(quiet(3, rng), *((moment, make(rng, loud=loud)) for moment in moments))))
        cells.append(f"{100 * hits / TRIES:4.0f} %")
    return "  ".join(cells)


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(path=EAR)
        print(f"heard of {TRIES} each: two claps, two stamps, one shout, in a quiet room")
        for loud in (0.9, 0.5, 0.3, 0.2, 0.1, 0.05):
            print(f"  peak {20 * math.log10(loud):4.0f} dB   {heard_of(page, loud)}")
        print("stops in ten minutes that nobody meant")
        for loud in (0.05, 0.08, 0.12, 0.2, 0.3):
            pieces = [speech(PIECE_S, np.random.default_rng(seed), loud=loud) for seed in range(PIECES)]
            mean_db = 10 * math.log10(float(np.mean([np.mean(piece**2) for piece in pieces])))
            print(f"  talk at {mean_db:4.0f} dB   {sum(stops(page, piece) for piece in pieces)}")
        wet = sum(stops(page, splashes(PIECE_S, np.random.default_rng(seed), loud=0.1)) for seed in range(PIECES))
        print(f"  splashes   {wet}")
        browser.close()


if __name__ == "__main__":
    main()
