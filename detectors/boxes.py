"""Geometry of boxes: (N, 4) float32 xyxy in pixels, x2 and y2 exclusive. NumPy only; nothing is changed in place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.types import Floats, Ints, check_shape

Boxes = NDArray[Any]  # (N, 4), any real dtype


def area(xyxy: Boxes) -> Floats:
    """Area of each box.

    Args:
        xyxy: (N, 4); a box that is turned inside out has area 0.

    Returns:
        (N,) float32, square pixels.
    """
    check_shape("xyxy", xyxy, (None, 4))
    sides = np.maximum(np.asarray(xyxy, np.float64)[:, 2:] - xyxy[:, :2], 0.0)
    return np.asarray(sides[:, 0] * sides[:, 1], np.float32)


def intersection(a: Boxes, b: Boxes) -> Floats:
    """Area that each box of `a` shares with each box of `b`: (N, 4), (M, 4) -> (N, M) float32, square pixels."""
    check_shape("a", a, (None, 4))
    check_shape("b", b, (None, 4))
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    low = np.maximum(a[:, None, :2], b[None, :, :2])  # (N, M, 2)
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])  # (N, M, 2)
    sides = np.maximum(high - low, 0.0)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float32)


def iou(a: Boxes, b: Boxes) -> Floats:
    """Intersection over union of each box of `a` with each box of `b`.

    Args:
        a: (N, 4).
        b: (M, 4).

    Returns:
        (N, M) float32 in 0..1; 0 where both boxes are empty.
    """
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return _share(shared, union)


def intersection_over_area(a: Boxes, b: Boxes) -> Floats:
    """Share of each box of `a` that each box of `b` covers: (N, 4), (M, 4) -> (N, M) float32 in 0..1."""
    return _share(intersection(a, b), area(a)[:, None])


def clip(xyxy: Boxes, width: int, height: int) -> Floats:
    """The boxes cut at the borders of a picture: (N, 4) -> (N, 4) float32; a box outside becomes empty."""
    check_shape("xyxy", xyxy, (None, 4))
    return np.asarray(np.clip(xyxy, 0, np.array([width, height, width, height])), np.float32)


def expand(xyxy: Boxes, ratio: float) -> Floats:
    """The boxes grown about their centres.

    Args:
        xyxy: (N, 4).
        ratio: share of a box's own width and height added at each of its four sides; negative shrinks, at most
            down to the centre.

    Returns:
        (N, 4) float32.

    Source:
        With ratio b this is the buffer of the buffered IoU (Yang et al., "Hard to Track Objects with Irregular
        Motions and Similar Appearances? Make It Easier by Buffering the Matching Space", WACV 2023).
    """
    check_shape("xyxy", xyxy, (None, 4))
    grown = max(ratio, -0.5) * (xyxy[:, 2:] - xyxy[:, :2])
    return np.asarray(np.concatenate([xyxy[:, :2] - grown, xyxy[:, 2:] + grown], axis=1), np.float32)


def to_int(xyxy: Boxes, width: int, height: int) -> Ints:
    """Whole-pixel boxes to cut crops with: inside the picture and never empty.

    Args:
        xyxy: (N, 4) finite.
        width: of the picture, at least 1.
        height: of the picture, at least 1.

    Returns:
        (N, 4) int64 with 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height. Borders are rounded to the nearest pixel;
        a box thinner than a pixel, or outside, gets the nearest pixel.

    Raises:
        ValueError: if the picture is empty or a box is not finite.
    """
    check_shape("xyxy", xyxy, (None, 4))
    if width < 1 or height < 1:
        raise ValueError(f"a picture of {width} x {height} pixels has no room for a box")
    if not np.isfinite(xyxy).all():
        raise ValueError("boxes: expected finite numbers")
    size = np.array([width, height])
    # +0.5 and floor instead of rint, which rounds halves to even and so could close a gap of one pixel
    edges = np.floor(np.asarray(xyxy, np.float64) + 0.5)
    low = np.clip(edges[:, :2], 0, size - 1).astype(np.int64)
    high = np.clip(edges[:, 2:], low + 1, size).astype(np.int64)
    return np.concatenate([low, high], axis=1)


def suppress(xyxy: Boxes, confidence: NDArray[Any], threshold: float) -> Ints:
    """Greedy non-maximum suppression.

    Args:
        xyxy: (N, 4).
        confidence: (N,).
        threshold: a box whose IoU with a more confident, kept one is above this is dropped.

    Returns:
        (K,) int64, the kept ones, most confident first; of equals the first one counts as more confident.
    """
    check_shape("confidence", confidence, (len(xyxy),))
    order = np.argsort(-np.asarray(confidence, np.float64), kind="stable")
    overlap = iou(xyxy, xyxy) > threshold
    kept: list[int] = []
    for i in order:
        if not overlap[i, kept].any():
            kept.append(int(i))
    return np.asarray(kept, np.int64)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0), np.float32)
