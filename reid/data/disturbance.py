"""What cameras do to a picture, so that a network does not rely on how one of them renders it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CameraNoise:
    """How far colours may drift and detail be lost. Small on purpose: colours must keep their names.

    Attributes:
        gamma: largest change of the exponent, as a factor: 0.3 is 1 / 1.3 to 1.3.
        cast: largest gain of one channel against the others.
        noise: largest standard deviation of sensor noise, in grey levels.
        jpeg: probability of strong compression.
    """

    gamma: float = 0.3
    cast: float = 0.06
    noise: float = 8.0
    jpeg: float = 0.25

    def __call__(self, image: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        """A changed copy of (H, W, 3)."""
        exponent = np.exp(generator.uniform(-1, 1) * np.log1p(self.gamma))
        gains = 1 + generator.uniform(-self.cast, self.cast, 3)
        ramp = (np.arange(256) / 255.0) ** exponent * 255
        table = np.clip(ramp[:, None] * gains, 0, 255).astype(np.uint8)[None]  # (1, 256, 3)
        changed = cv2.LUT(np.ascontiguousarray(image), table)
        sigma = max(0.0, generator.uniform(-self.noise, self.noise))
        if sigma > 0.5:
            grain = generator.standard_normal(changed.shape, np.float32) * np.float32(sigma)
            changed = np.clip(changed + grain, 0, 255).astype(np.uint8)
        if generator.random() < self.jpeg:
            quality = int(generator.integers(25, 75))
            _, data = cv2.imencode(".jpg", changed, [cv2.IMWRITE_JPEG_QUALITY, quality])
            changed = cv2.imdecode(data, cv2.IMREAD_COLOR)
        return np.asarray(changed, np.uint8)
