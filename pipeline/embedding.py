"""From a tracklet's crops to its vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detectors.types import PoseEstimator
from pipeline.errors import ModelError
from pipeline.types import Floats, Image, Tracklet
from reid.types import ImageEncoder


class Embedder:
    """Gives tracklets their vectors: for each encoder the mean of its crops' vectors, of norm 1.

    Encoders are asked once for each tracklet, so that a vector does not depend on what else is under way.

    Args:
        encoders: one for each kind of space, see `pipeline.types.Space`.
        pose: finds the body keypoints for encoders that make use of them; None to go without.
    """

    def __init__(self, encoders: Mapping[str, ImageEncoder], pose: PoseEstimator | None = None) -> None:
        self._encoders = dict(encoders)
        self._pose = pose

    def embed(self, tracklet: Tracklet) -> Tracklet:
        """The tracklet with its vectors.

        Raises:
            ModelError: if an encoder gives what is no vector.
        """
        images = [crop.image for crop in tracklet.crops]
        keypoints = self._keypoints(images)
        vectors = {
            kind: _mean(kind, encoder.encode(images, keypoints if encoder.wants_keypoints else None))
            for kind, encoder in self._encoders.items()
        }
        return replace(tracklet, vectors=vectors)

    def _keypoints(self, images: list[Image]) -> Floats | None:
        """(N, 17, 3) float32 of x, y and confidence, where they are of use."""
        if self._pose is None or not any(encoder.wants_keypoints for encoder in self._encoders.values()):
            return None
        found = self._pose.estimate(images)
        return np.concatenate([found.xy, found.confidence[..., None]], axis=2).astype(np.float32)


def _mean(kind: str, vectors: Floats) -> Floats:
    """(N, D) -> (D,) of norm 1."""
    if not np.isfinite(vectors).all():
        raise ModelError(f"the {kind} encoder gave numbers that are not finite; `reidpipe doctor` checks its weights")
    mean = vectors.astype(np.float64).mean(axis=0)
    norm = np.linalg.norm(mean)
    if norm < 1e-6:  # the crops cancel each other out: the best one speaks for all
        mean, norm = vectors[0].astype(np.float64), np.linalg.norm(vectors[0])
    return np.asarray(mean / norm, np.float32)
