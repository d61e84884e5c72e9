"""Small encoders that really look: the colours of the upper and the lower half of a person, and words for them.

They stand in for trained networks where a test is about everything else. Pictures and sentences share their space.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.types import Floats, Image

PALETTE = {
    "red": (200, 30, 40),
    "orange": (230, 120, 20),
    "yellow": (230, 210, 40),
    "green": (30, 140, 60),
    "blue": (30, 70, 200),
    "purple": (130, 40, 160),
    "pink": (240, 130, 190),
    "brown": (100, 60, 30),
    "white": (235, 235, 235),
    "grey": (128, 128, 128),
    "black": (25, 25, 25),
}
UPPER = {"coat", "jacket", "shirt", "top", "pullover"}
LOWER = {"trousers", "skirt", "jeans", "shorts"}
NEUTRAL = {"a", "in", "and", "with", "man", "woman", "person", "wearing"}


def unit(rows: np.ndarray) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


class ColourEncoder:
    """Shares of the palette's colours in the chest and in the legs."""

    dim = 2 * len(PALETTE)
    wants_keypoints = False

    def __init__(self, space: str = "colours", calibration: tuple[float, float] | None = None) -> None:
        self.space = space
        self.calibration = calibration
        self._palette = _lab(np.array(list(PALETTE.values()), np.uint8)[None])[0]

    def encode(self, images: Sequence[Image], keypoints: Floats | None = None) -> Floats:
        return unit(np.stack([self._one(image) for image in images]))

    def _one(self, image: Image) -> np.ndarray:
        small = cv2.resize(image, (24, 64), interpolation=cv2.INTER_AREA)[:, 7:17]
        near = np.linalg.norm(_lab(small)[:, :, None] - self._palette, axis=3).argmin(2)
        halves = near[14:32], near[36:56]
        return np.concatenate([np.bincount(half.ravel(), minlength=len(PALETTE)) for half in halves]).astype(float)


class ColourWords:
    """What a sentence says of colours, as `ColourEncoder` sees them."""

    dim = ColourEncoder.dim

    def __init__(self, space: str = "colours", calibration: tuple[float, float] | None = None) -> None:
        self.space = space
        self.calibration = calibration

    def unknown_words(self, text: str) -> tuple[str, ...]:
        known = PALETTE.keys() | UPPER | LOWER | NEUTRAL
        return tuple(dict.fromkeys(word for word in _words(text) if word not in known))

    def encode(self, texts: Sequence[str]) -> Floats:
        return unit(np.stack([self._one(text) for text in texts]))

    def _one(self, text: str) -> np.ndarray:
        vector = np.full(self.dim, 1e-3)
        known, colour = False, None
        for word in _words(text):
            known |= word in PALETTE or word in UPPER | LOWER | NEUTRAL
            if word in PALETTE:
                colour = list(PALETTE).index(word)
                vector[[colour, colour + len(PALETTE)]] += 0.3
            elif colour is not None and word in UPPER | LOWER:
                vector[colour + len(PALETTE) * (word in LOWER)] += 1
        if not known:
            raise ValueError("no known word")
        return vector


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _lab(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
