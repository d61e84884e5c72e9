"""A colour histogram as an encoder: what a re-identification must beat, and a check of the evaluation itself.

HSV histograms of horizontal stripes were the usual appearance feature before learnt ones; e.g. Farenzena et al.,
"Person Re-Identification by Symmetry-Driven Accumulation of Local Features", CVPR 2010, section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from reid.types import Floats, Image

NAME = "histogram"
_RANGES = [0, 180, 0, 256, 0, 256]  # OpenCV's hue goes from 0 to 179


class HistogramEncoder:
    """Joint histogram of hue, saturation and value in each of some horizontal stripes, from head to feet.

    The vector is the square root of the counts, with norm 1, so that the dot product of two is the Bhattacharyya
    coefficient of their distributions, averaged over stripes. Nothing is learnt and nothing is resized.

    Args:
        bins: how many for hue, saturation and value.
        stripes: how many, of equal height.
    """

    def __init__(self, bins: tuple[int, int, int] = (8, 8, 8), stripes: int = 6) -> None:
        if min(*bins, stripes) < 1:
            raise ValueError(f"expected at least one bin and one stripe, got {bins}, {stripes}")
        self._bins, self._stripes = bins, stripes

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(np.prod(self._bins)) * self._stripes

    @property
    def space(self) -> str:
        """Says the settings."""
        return f"{NAME}-{'x'.join(map(str, self._bins))}-{self._stripes}"

    @property
    def wants_keypoints(self) -> bool:
        """It does not."""
        return False

    def encode(self, images: Sequence[Image], keypoints: Floats | None = None) -> Floats:  # noqa: ARG002
        """Vectors of N crops, see ImageEncoder.

        Raises:
            ValueError: if a crop is not (H, W, 3) uint8 with at least one pixel.
        """
        counts = np.zeros((len(images), self._stripes, self.dim // self._stripes), np.float64)
        for row, image in enumerate(images):
            if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
                raise ValueError(f"crop: expected (H, W, 3) uint8, got {image.shape} {image.dtype}")
            colours = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
            ends = [len(colours) * stripe // self._stripes for stripe in range(self._stripes + 1)]
            for stripe, (top, bottom) in enumerate(pairwise(ends)):
                # a stripe of a crop with fewer rows than stripes is one row that it shares
                part = colours[min(top, len(colours) - 1) : max(bottom, top + 1)]
                found = cv2.calcHist([part], [0, 1, 2], None, list(self._bins), _RANGES)
                counts[row, stripe] = found.ravel() / found.sum()
        return np.sqrt(counts / self._stripes).reshape(len(images), self.dim).astype(np.float32)
