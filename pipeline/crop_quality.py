"""How well a crop shows a person."""

from __future__ import annotations

import cv2
import numpy as np

from detectors import boxes
from pipeline.types import Floats, Image

_FULL_HEIGHT_PX = 256.0  # the height at which image encoders look; more shows them no more
_EDGE_SHARE = 0.01  # nearer to the border of the frame than this share of its size: the person is likely cut off
_CUT_OFF = 0.5
_UPRIGHT = (1.7, 4.0)  # height by width of a whole person who stands or walks
_BEHIND = 0.6  # people behind hide nothing, but their clothes show too
_SHARP = 500.0  # variance of the Laplacian at which a crop counts as half sharp; usual footage has 1500 to 2500
_SHARP_HEIGHT_PX = 128


def quality(box: Floats, frame_size: tuple[int, int], *, confidence: float, sharpness: float, others: Floats) -> float:
    """How well a box shows the person in it, 0..1: the product of the shares that are told below.

    - size: the square root of its height by 256 pixels, at most 1;
    - edge: 0.5 for each side of the frame that it touches, where the person is likely cut off;
    - cover: the share of it that no person nearer to the camera covers, less 0.6 of what people farther away share
      with it, whose clothes show too. Cameras look down: who stands lower in the frame (greater y2) is nearer;
    - aspect: 1 for boxes 1.7 to 4 times as tall as wide, less in proportion outside: half hidden, or two people;
    - blur: half of it counts fully, the other half in proportion to the sharpness;
    - the detector's confidence.

    Args:
        box: (4,) xyxy in pixels.
        frame_size: width and height of the frame.
        confidence: of the detector, 0..1.
        sharpness: 0..1, see `sharpness`.
        others: (N, 4) the other people of the frame.
    """
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    if width <= 0 or height <= 0:
        return 0.0
    size = min(height / _FULL_HEIGHT_PX, 1.0) ** 0.5
    edge = _CUT_OFF ** _sides_touched(box, frame_size)
    aspect = height / width
    shape = min(aspect / _UPRIGHT[0], _UPRIGHT[1] / aspect, 1.0)
    blur = 0.5 + 0.5 * sharpness
    return float(np.clip(size * edge * _visible(box, others) * shape * blur * confidence, 0.0, 1.0))


def _sides_touched(box: Floats, frame_size: tuple[int, int]) -> int:
    width, height = frame_size
    x, y = max(_EDGE_SHARE * width, 1.0), max(_EDGE_SHARE * height, 1.0)
    return int(box[0] < x) + int(box[1] < y) + int(box[2] > width - x) + int(box[3] > height - y)


def _visible(box: Floats, others: Floats) -> float:
    if not len(others):
        return 1.0
    share = boxes.intersection_over_area(box[None], others)[0]
    nearer = others[:, 3] > box[3]
    covered = min(float(share[nearer].sum()), 1.0)
    crowded = min(float(share[~nearer].sum()), 1.0)
    return (1.0 - covered) * (1.0 - _BEHIND * crowded)


def sharpness(image: Image) -> float:
    """How sharp a crop is, 0..1: v / (v + 500) of the variance v of its Laplacian at a height of at most 128 pixels.

    Args:
        image: (h, w, 3) uint8 RGB, not empty.

    Source:
        Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000 (variance of the Laplacian).
    """
    small = fit(image, height=_SHARP_HEIGHT_PX)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    variance = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    return variance / (variance + _SHARP)


def fit(image: Image, *, width: int | None = None, height: int | None = None) -> Image:
    """The picture, made smaller in proportion if it is wider or taller than this; the same array if it is not."""
    h, w = image.shape[:2]
    scale = min(1.0, (width or w) / w, (height or h) / h)
    if scale == 1.0:
        return image
    size = (max(round(w * scale), 1), max(round(h * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
