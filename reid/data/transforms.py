"""Augmentation of crops, on the CPU with OpenCV (much cheaper there than torch's grid_sample)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a crop may be changed; 0 switches a change off.

    Attributes:
        shift: largest shift, as a share of the size; detectors' boxes are off by about that much.
        scale: largest change of size, likewise.
        brightness: largest change of gain, as a factor of 1 +- it.
        erase: probability of covering a random rectangle with its mean (Zhong et al. 2020, arXiv:1708.04896).
        blur: probability of losing detail by shrinking to 25-60 % and back, as small persons do.
        cut: probability of losing up to a third at the lower end, as behind a car or at the frame's edge.
    """

    shift: float = 0.06
    scale: float = 0.08
    brightness: float = 0.2
    erase: float = 0.4
    blur: float = 0.15
    cut: float = 0.1

    def __call__(
        self, image: NDArray[np.uint8], width: int, height: int, generator: np.random.Generator
    ) -> NDArray[np.uint8]:
        """A changed copy of (H, W, 3), resized to (height, width, 3); mirrored half of the time."""
        return self.placed(image, width, height, generator)[0]

    def placed(
        self, image: NDArray[np.uint8], width: int, height: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.uint8], tuple[float, float]]:
        """The changed copy, and where its rows come from.

        Returns:
            (height, width, 3), and (a, b): what lies at the share y of the height of ``image`` (0 its upper edge, 1
            its lower) lies at ``a * y + b`` of the copy's height; outside 0..1 it is cut off.
        """
        rows, columns = image.shape[:2]
        whole = rows
        if self.cut and generator.random() < self.cut:
            image = image[: max(2, int(rows * generator.uniform(0.67, 0.95)))]
            rows = image.shape[0]
        zoom = 1 + generator.uniform(-self.scale, self.scale, 2)
        move = generator.uniform(-self.shift, self.shift, 2) * (width, height)
        x, y = width / columns * zoom[0], height / rows * zoom[1]
        centre = ((1 - zoom[0]) * width / 2 + move[0], (1 - zoom[1]) * height / 2 + move[1])
        matrix = np.array([[x, 0, centre[0]], [0, y, centre[1]]])
        if generator.random() < 0.5:
            matrix[0] = [-x, 0, width - 1 - centre[0]]
        changed = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        if self.blur and generator.random() < self.blur:
            share = generator.uniform(0.25, 0.6)
            small = cv2.resize(changed, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
            changed = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        if self.brightness:
            gain = 1 + generator.uniform(-self.brightness, self.brightness)
            changed = cv2.convertScaleAbs(changed, alpha=gain, beta=generator.uniform(-12, 12))
        if self.erase and generator.random() < self.erase:
            self._erase(changed, generator)
        # OpenCV counts from the middle of the first pixel, shares count from its edge.
        return np.asarray(changed, np.uint8), (y * whole / height, (centre[1] + 0.5 - 0.5 * y) / height)

    @staticmethod
    def _erase(image: NDArray[np.uint8], generator: np.random.Generator) -> None:
        rows, columns = image.shape[:2]
        area, ratio = generator.uniform(0.02, 0.3) * rows * columns, np.exp(generator.uniform(-1.1, 1.1))
        h, w = min(rows - 1, int(np.sqrt(area * ratio)) + 1), min(columns - 1, int(np.sqrt(area / ratio)) + 1)
        top, left = generator.integers(0, rows - h), generator.integers(0, columns - w)
        image[top : top + h, left : left + w] = image.mean(axis=(0, 1)).astype(np.uint8)
