"""Where the strips of a person lie: equal bands, or bands placed by body keypoints.

A strip is given by its upper and lower bound as fractions of the crop's height; a bound pair of (0, 0) means that the
strip is not visible and must not be guessed. Keypoints come as plain arrays, in COCO's order.

Source of the idea: Zhao et al., "Spindle Net", CVPR 2017, and Zheng et al., "Pose invariant embedding", 2017
(arXiv:1701.07732), who cut body regions by keypoints; here only the bands move, so that the strip network stays as is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHOULDERS, HIPS, KNEES, ANKLES = (5, 6), (11, 12), (13, 14), (15, 16)
HEAD = (0, 1, 2, 3, 4)
MIN_CONFIDENCE = 0.5


def equal_bounds(strips: int) -> Floats:
    """(strips, 2) bounds of bands of equal height from head to feet."""
    edges = np.linspace(0, 1, strips + 1, dtype=np.float32)
    return np.stack([edges[:-1], edges[1:]], axis=1)


def keypoint_bounds(keypoints: Floats, height: float, strips: int) -> Floats:
    """Bounds of bands that follow the body of one person.

    The body is measured by four landmarks (top of the head, shoulders, hips, ankles), placed where they lie in a
    person who fills a crop with equal strips; the bands are carried over by the piecewise linear map between the two.
    A band of which less than a third lies inside the crop is marked invisible.

    Args:
        keypoints: (17, 3) float32: x, y in pixels of the crop, confidence in 0..1.
        height: of the crop in pixels.
        strips: number of bands.

    Returns:
        (strips, 2) float32 fractions of the height. Equal bands when shoulders or hips are not sure (confidence below
        0.5) or when the landmarks do not lie in order, which happens when somebody lies or bends.
    """
    shoulders, hips = _row(keypoints, SHOULDERS), _row(keypoints, HIPS)
    if shoulders is None or hips is None or hips <= shoulders:
        return equal_bounds(strips)
    torso = hips - shoulders
    ankles = _row(keypoints, ANKLES)
    knees = _row(keypoints, KNEES)
    # Proportions of a standing adult (Drillis and Contini 1966), with the torso (0.288 of the height) as the measure.
    feet = ankles if ankles is not None else (knees + 0.85 * torso if knees is not None else hips + 1.70 * torso)
    head = _row(keypoints, HEAD)
    top = shoulders - 0.62 * torso if head is None else min(head - 0.28 * torso, shoulders - 0.4 * torso)
    if not top < shoulders < hips < feet:
        return equal_bounds(strips)
    body = np.array([top, shoulders, hips, feet + 0.13 * torso]) / height
    # Where these landmarks lie when a person fills the crop: the strips of a network trained on such crops mean these.
    canonical = np.array([0.0, 0.18, 0.47, 1.0])
    edges = np.interp(np.linspace(0, 1, strips + 1), canonical, body)
    upper, lower = edges[:-1], edges[1:]
    inside = np.clip(lower, 0, 1) - np.clip(upper, 0, 1)
    visible = inside > (lower - upper) / 3
    bounds = np.stack([np.clip(upper, 0, 1), np.clip(lower, 0, 1)], axis=1) * visible[:, None]
    return bounds.astype(np.float32) if visible.any() else equal_bounds(strips)


def _row(keypoints: Floats, which: tuple[int, ...]) -> float | None:
    """Mean y of the sure ones among some keypoints, None if none is sure."""
    sure = [float(keypoints[i, 1]) for i in which if keypoints[i, 2] >= MIN_CONFIDENCE]
    return sum(sure) / len(sure) if sure else None
