"""Fits pictures of any size into the few input sizes of a network, and boxes back into the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from detectors.types import Floats, Image

STRIDE = 32
GREY = 114  # what YOLO networks see around a picture when they are trained
# Few shapes, so that few networks are compiled; footage comes in 16:9, 4:3 or upright, and gets the least area.
_SHAPES = (Fraction(1), Fraction(3, 4), Fraction(9, 16))


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in its letterbox.

    Attributes:
        left, top: of the picture in the letterbox, pixels.
        scale_x, scale_y: letterbox pixels per picture pixel.
        width, height: of the picture, pixels.
    """

    left: int
    top: int
    scale_x: float
    scale_y: float
    width: int
    height: int

    def points_back(self, xy: Floats) -> Floats:
        """Points (..., 2) of the letterbox in pixels of the picture, not clipped."""
        origin = np.array([self.left, self.top], np.float32)
        scale = np.array([self.scale_x, self.scale_y], np.float32)
        return np.asarray((xy - origin) / scale, np.float32)

    def boxes_back(self, xyxy: Floats) -> Floats:
        """Boxes (N, 4) of the letterbox in pixels of the picture, cut at its borders."""
        boxes = self.points_back(xyxy.reshape(-1, 2, 2)).reshape(-1, 4)
        low, high = np.zeros(4, np.float32), np.array([self.width, self.height] * 2, np.float32)
        return np.asarray(np.clip(boxes, low, high), np.float32)


def check_size(imgsz: int) -> None:
    """Raise ValueError unless a network can be run at this size."""
    if not 160 <= imgsz <= 4096 or imgsz % STRIDE:
        nearest = min(max(round(imgsz / STRIDE) * STRIDE, 160), 4096)
        raise ValueError(f"imgsz: expected a multiple of {STRIDE} from 160 to 4096, got {imgsz}; try {nearest}")


def canvases(imgsz: int) -> tuple[tuple[int, int], ...]:
    """The input sizes (height, width) in use for a longer side of `imgsz`, smallest first."""
    check_size(imgsz)
    shorter = [int(-(-imgsz * shape // STRIDE)) * STRIDE for shape in _SHAPES]
    sizes = {(side, imgsz) for side in shorter} | {(imgsz, side) for side in shorter}
    return tuple(sorted(sizes, key=lambda size: (size[0] * size[1], size)))


def check_picture(image: Image) -> None:
    """Raise ValueError unless this is a picture: (H, W, 3) uint8 with at least one pixel."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(f"picture: expected (H, W, 3) uint8 of at least one pixel, got {image.shape} {image.dtype}")


def letterbox(image: Image, imgsz: int) -> tuple[Image, Placement]:
    """Scale a picture so that its longer side is `imgsz`, and centre it on grey.

    Args:
        image: (H, W, 3) uint8 of any size.
        imgsz: longer side of the network's input, pixels.

    Returns:
        (h, w, 3) uint8 of the smallest canvas that it fits, and how to get back.

    Raises:
        ValueError: if this is no picture, or for a size that no network runs at.
    """
    check_picture(image)
    height, width = image.shape[:2]
    ratio = imgsz / max(height, width)
    new_height, new_width = max(round(height * ratio), 1), max(round(width * ratio), 1)
    tall, wide = next((h, w) for h, w in canvases(imgsz) if h >= new_height and w >= new_width)
    top, left = (tall - new_height) // 2, (wide - new_width) // 2
    canvas = np.full((tall, wide, 3), GREY, np.uint8)
    resized = cv2.resize(np.ascontiguousarray(image), (new_width, new_height), interpolation=cv2.INTER_LINEAR)
    canvas[top : top + new_height, left : left + new_width] = resized
    return canvas, Placement(left, top, new_width / width, new_height / height, width, height)
