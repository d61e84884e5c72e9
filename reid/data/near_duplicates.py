"""Pictures that show up again in another data set, under another name, size or compression."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from reid.data.pictures import read_rgb
from reid.types import PersonSample

WIDTH, HEIGHT = 16, 32
SAME_PICTURE = 0.95


def signatures(samples: Sequence[PersonSample]) -> NDArray[np.float32]:
    """(N, 3 * 32 * 16): each picture shrunk, its mean taken away, scaled to norm 1; a dot product is a correlation."""
    rows = np.zeros((len(samples), HEIGHT * WIDTH * 3), np.float32)
    for row, sample in enumerate(samples):
        small = cv2.resize(read_rgb(sample.path), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
        rows[row] = (small - small.mean()).ravel()
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def resembling(
    samples: Sequence[PersonSample], others: Sequence[PersonSample], threshold: float = SAME_PICTURE
) -> NDArray[np.bool_]:
    """(N,) bool: which samples are (nearly) the same picture as one of ``others``.

    Args:
        samples: pictures to judge.
        others: pictures to compare with.
        threshold: correlation of the shrunken pictures from which they count as the same.
    """
    if not samples or not others:
        return np.zeros(len(samples), bool)
    return np.asarray((signatures(samples) @ signatures(others).T).max(axis=1) >= threshold)
