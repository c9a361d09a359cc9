"""Sounds made by number: claps, stamps, a shout, and what must not be taken for them. None was recorded."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
Sound = NDArray[np.float64]


def quiet(lasts_s: float, rng: np.random.Generator, *, level: float = 0.002) -> Sound:
    """A room in which nothing happens."""
    return level * rng.standard_normal(round(lasts_s * RATE_HZ))


def clap(rng: np.random.Generator, *, loud: float = 0.5) -> Sound:
    """Broadband, there within a millisecond, gone after about fifty."""
    t_s = np.arange(round(0.2 * RATE_HZ)) / RATE_HZ
    bursts = np.minimum(1.0, t_s / 0.0008) * np.exp(-t_s / 0.012)
    return loud * np.clip(0.6 * bursts * rng.standard_normal(len(t_s)), -1, 1)


def stamp(rng: np.random.Generator, *, loud: float = 0.5) -> Sound:
    """A foot on the floor: a low thump, with some noise at its beginning."""
    t_s = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
    thump = np.sin(2 * np.pi * 90 * t_s) * np.exp(-t_s / 0.05) * np.minimum(1.0, t_s / 0.002)
    return loud * (0.8 * thump + 0.2 * rng.standard_normal(len(t_s)) * np.exp(-t_s / 0.01))


def shout(rng: np.random.Generator, *, loud: float = 0.5, lasts_s: float = 0.6) -> Sound:
    """A vowel, called out."""
    t_s = np.arange(round(lasts_s * RATE_HZ)) / RATE_HZ
    envelope = np.minimum(1.0, t_s / 0.06) * np.minimum(1.0, (lasts_s - t_s) / 0.1)
    return loud * envelope * _voice(t_s, 230 + 10 * rng.standard_normal())


def swell(rng: np.random.Generator, *, loud: float = 0.075) -> Sound:
    """A tap that is opened, a car that passes: as loud as a clap far away, but it comes slowly."""
    t_s = np.arange(round(0.4 * RATE_HZ)) / RATE_HZ
    envelope = np.minimum(1.0, t_s / 0.2) * np.minimum(1.0, (0.4 - t_s) / 0.1)
    return loud * envelope * rng.standard_normal(len(t_s))


def speech(lasts_s: float, rng: np.random.Generator, *, loud: float = 0.08) -> Sound:
    """Somebody who talks in the room: syllables of uneven length and strength, some with a burst before them, and
    pauses. No words, but its rise and fall are those of speech."""
    out = quiet(lasts_s, rng)
    at_s = 0.3
    while at_s < lasts_s - 0.6:
        syllable_s = float(rng.uniform(0.1, 0.28))
        t_s = np.arange(round(syllable_s * RATE_HZ)) / RATE_HZ
        rise_s = float(rng.uniform(0.015, 0.05))
        envelope = np.minimum(1.0, t_s / rise_s) * np.minimum(1.0, (syllable_s - t_s) / 0.05)
        piece = envelope * _voice(t_s, float(rng.uniform(110, 220)))
        if rng.random() < 0.3:
            # A plosive.
            piece += 0.4 * rng.standard_normal(len(t_s)) * np.exp(-t_s / 0.008)
        begins = round(at_s * RATE_HZ)
        out[begins : begins + len(piece)] += loud * float(rng.uniform(0.4, 1.0)) * piece
        at_s += syllable_s + float(rng.choice([0.03, 0.05, 0.08, 0.5], p=[0.4, 0.3, 0.2, 0.1]))
    return out


def splashes(lasts_s: float, rng: np.random.Generator, *, loud: float = 0.05) -> Sound:
    """Fingers that move in the water: soft noise that swells and goes."""
    out = quiet(lasts_s, rng)
    for at_s in np.arange(0.5, lasts_s - 1.0, 0.7):
        t_s = np.arange(round(0.4 * RATE_HZ)) / RATE_HZ
        swell = np.minimum(1.0, t_s / 0.08) * np.exp(-t_s / 0.12)
        begins = round((at_s + float(rng.uniform(0, 0.3))) * RATE_HZ)
        out[begins : begins + len(t_s)] += loud * swell * rng.standard_normal(len(t_s))
    return out


def at(room: Sound, *sounds: tuple[float, Sound]) -> Sound:
    """A room with sounds in it, each from its moment on."""
    out = room.copy()
    for at_s, sound in sounds:
        begins = round(at_s * RATE_HZ)
        out[begins : begins + len(sound)] += sound
    return np.clip(out, -1, 1)


def saved(sound: Sound, path: Path) -> Path:
    """As a file that Chromium plays for a microphone."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _voice(t_s: Sound, pitch_hz: float) -> Sound:
    """A buzz with the weight of a vowel's first partials, at most 1 in size."""
    partials = np.arange(1, 21)
    weights = np.exp(-(((partials * pitch_hz - 600) / 500) ** 2)) + 0.4 * np.exp(
        -(((partials * pitch_hz - 1600) / 600) ** 2)
    )
    weights /= weights.sum()
    voice: Sound = (weights[:, None] * np.sin(2 * np.pi * partials[:, None] * pitch_hz * t_s)).sum(axis=0)
    return voice
