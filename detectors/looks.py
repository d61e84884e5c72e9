"""The colours that somebody wears: enough to say that two detections cannot be the same person.

Source: Comaniciu, Ramesh and Meer, "Kernel-based object tracking", PAMI 2003 (colour histograms compared by the
Bhattacharyya coefficient, section 3); here one histogram for the upper and one for the lower half of the body.
"""

from __future__ import annotations

import cv2
import numpy as np

from detectors.types import Floats, Image

# Parts of the height where clothes are, and of the width where the background is not.
_BANDS = ((0.15, 0.5), (0.5, 0.85))
_SIDES = (0.25, 0.75)
_LIGHT, _HUE = 4, 12  # bins of CIELAB's L, and of a and b each; light is coarse, since shadows change it
_HUE_FROM, _HUE_STEP = 56, 12  # clothes lie within 56..200 of the 0..255 of a and b
BINS = _LIGHT * _HUE * _HUE


def colours(image: Image, xyxy: Floats) -> Floats:
    """Colour histograms of people.

    Args:
        image: (H, W, 3) uint8 RGB.
        xyxy: (N, 4) pixels.

    Returns:
        (N, 2, BINS) float32, square roots, so that the sum of squares of each histogram is 1; zeros for a box outside.
    """
    height, width = image.shape[:2]
    looks = np.zeros((len(xyxy), len(_BANDS), BINS), np.float32)
    for row, (x1, y1, x2, y2) in enumerate(xyxy.astype(np.float64)):
        if min(x2, width) <= max(x1, 0) or min(y2, height) <= max(y1, 0):
            continue
        left, right = (int(np.clip(x1 + s * (x2 - x1), 0, width)) for s in _SIDES)
        for band, (upper, lower) in enumerate(_BANDS):
            top, bottom = (int(np.clip(y1 + s * (y2 - y1), 0, height)) for s in (upper, lower))
            patch = image[top : max(bottom, top + 1), left : max(right, left + 1)]
            if patch.size:
                looks[row, band] = _histogram(patch)
    return looks


def similarity(a: Floats, b: Floats) -> Floats:
    """(N, M) Bhattacharyya coefficient in 0..1 of the looks (N, 2, BINS) and (M, 2, BINS), mean of both halves."""
    return np.einsum("nhb,mhb->nm", a, b) / len(_BANDS)


def _histogram(patch: Image) -> Floats:
    lab = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.int64)
    light = lab[:, 0] * _LIGHT // 256
    hue = np.clip((lab[:, 1:] - _HUE_FROM) // _HUE_STEP, 0, _HUE - 1)
    counts = np.bincount((light * _HUE + hue[:, 0]) * _HUE + hue[:, 1], minlength=BINS)
    return np.sqrt(counts / counts.sum()).astype(np.float32)
