"""A crop as an image network wants it: one size, one scale, channels first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from reid.types import Floats, Image


class Preparation:
    """Resizes and normalises crops as the card of a checkpoint says.

    Args:
        preprocess: ``height``, ``width`` in pixels, ``mean``, ``std`` of RGB in 0..1, ``flip`` (bool).

    Attributes:
        flip: whether a network is to see the mirror image too.
    """

    def __init__(self, preprocess: Mapping[str, Any]) -> None:
        self._size = (int(preprocess["width"]), int(preprocess["height"]))
        self._mean = np.asarray(preprocess["mean"], np.float32) * 255
        self._scale = 1 / (np.asarray(preprocess["std"], np.float32) * 255)
        self.flip = bool(preprocess.get("flip", True))

    def __call__(self, image: Image) -> Floats:
        """(H, W, 3) uint8 -> (3, height, width) float32.

        Raises:
            ValueError: if the crop is not (H, W, 3) uint8 with at least one pixel.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise ValueError(f"crop: expected (H, W, 3) uint8, got {image.shape} {image.dtype}")
        shrinks = image.shape[0] > self._size[1]
        resized = cv2.resize(image, self._size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        normalised = (resized.astype(np.float32) - self._mean) * self._scale
        return np.ascontiguousarray(normalised.transpose(2, 0, 1))
