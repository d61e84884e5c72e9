"""A trained image network as an ImageEncoder: crops in, vectors of norm 1 out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reid.evaluation.background import BackgroundCalibration
from reid.networks.alignment import equal_bounds, keypoint_bounds
from reid.preparation import Preparation
from reid.runtimes import Runner
from reid.types import Floats, Image

BATCH = 32


class NetworkImageEncoder:
    """Resizes, normalises, runs the network on crop and mirror image, and averages the two.

    Args:
        runner: the network; takes (B, 3, H, W) float32, and (B, S, 2) strip bounds if ``strips`` is not None.
        dim: length of a vector.
        space: its digest.
        preprocess: ``height``, ``width`` in pixels, ``mean``, ``std`` of RGB in 0..1, ``flip`` (bool).
        strips: number of strips, None for a network without them.
        align: True to place the strips by keypoints.
        calibration: (a, b) with probability = sigmoid(a * score + b), or None.
        background_calibration: how sure a score is before a gallery's background, or None.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        dim: int,
        space: str,
        preprocess: Mapping[str, Any],
        strips: int | None = None,
        align: bool = False,
        calibration: tuple[float, float] | None = None,
        background_calibration: BackgroundCalibration | None = None,
    ) -> None:
        self._runner = runner
        self._dim = dim
        self._space = space
        self._prepare = Preparation(preprocess)
        self._strips = strips
        self._align = align
        self.calibration = calibration
        self.background_calibration = background_calibration

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    def space(self) -> str:
        """Digest of weights, architecture, preprocessing and alignment."""
        return self._space

    @property
    def wants_keypoints(self) -> bool:
        """True if the strips are placed by keypoints."""
        return self._align

    def encode(self, images: Sequence[Image], keypoints: Floats | None = None) -> Floats:
        """Vectors of N crops, see ImageEncoder.

        Raises:
            ValueError: if a crop is not (H, W, 3) uint8 with at least one pixel.
        """
        vectors = np.zeros((len(images), self._dim), np.float32)
        for start in range(0, len(images), BATCH):
            stop = min(start + BATCH, len(images))
            pixels = np.stack([self._prepare(image) for image in images[start:stop]])
            inputs = [pixels]
            if self._strips is not None:
                inputs.append(self._bounds(images, keypoints, start, stop))
            features = self._runner(*inputs)
            if self._prepare.flip:
                # Mirroring moves nothing up or down, so the bounds stay.
                features = features + self._runner(np.ascontiguousarray(pixels[..., ::-1]), *inputs[1:])
            vectors[start:stop] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        return vectors

    def _bounds(self, images: Sequence[Image], keypoints: Floats | None, start: int, stop: int) -> Floats:
        assert self._strips is not None
        if not self._align or keypoints is None:
            return np.repeat(equal_bounds(self._strips)[None], stop - start, axis=0)
        heights = [image.shape[0] for image in images[start:stop]]
        rows = [keypoint_bounds(k, h, self._strips) for k, h in zip(keypoints[start:stop], heights, strict=True)]
        return np.stack(rows)
