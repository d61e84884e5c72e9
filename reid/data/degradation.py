"""What footage does to a picture of a person, one thing at a time and always as strongly: for measuring, not training.

Training disturbs pictures too (`transforms.Augmentation`, `disturbance.CameraNoise`), but by random amounts, many at
once, and so mildly that a person keeps the name of a colour. Here each change is as hard as footage really is, so that
figures with and without it can be compared.

Images are (H, W, 3) uint8 RGB and stay as they are; the size may change where something is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zlib import crc32

import cv2
import numpy as np

from reid.types import Image

Degradation = Callable[[Image, np.random.Generator], Image]

WIDTH_PX, SIGMA, QUALITY, GAMMA = 24, 0.05, 10, 2.5
AREA, OFF, FEET = 0.3, 0.1, 0.2


def low_resolution(image: Image, _: np.random.Generator) -> Image:
    """Shrunk to 24 pixels of width and brought back, as a person far away; one who is smaller stays as it is."""
    height, width = image.shape[:2]
    if width <= WIDTH_PX:
        return image.copy()
    small = cv2.resize(image, (WIDTH_PX, max(1, round(height * WIDTH_PX / width))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def blurred(image: Image, _: np.random.Generator) -> Image:
    """Out of focus: Gaussian blur with a standard deviation of 5 % of the width."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), SIGMA * image.shape[1]), np.uint8)


def compressed(image: Image, _: np.random.Generator) -> Image:
    """Through JPEG at quality 10."""
    done, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    back = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert back is not None
    return np.ascontiguousarray(back[:, :, ::-1], np.uint8)


def box_covered(image: Image, random: np.random.Generator) -> Image:
    """A box of 30 % of the area, of any place, shape (1:2 to 2:1 of the picture's) and colour, before the person."""
    height, width = image.shape[:2]
    ratio = 2.0 ** random.uniform(-1, 1)
    h, w = round(height * np.sqrt(AREA * ratio)), round(width * np.sqrt(AREA / ratio))
    top, left = (int(random.integers(0, space + 1)) for space in (height - h, width - w))
    changed = image.copy()
    changed[top : top + h, left : left + w] = random.integers(0, 256, 3)
    return changed


def legs_covered(image: Image, random: np.random.Generator) -> Image:
    """Something of one colour before the lower third, as a car or a counter."""
    changed = image.copy()
    changed[round(image.shape[0] * 2 / 3) :] = random.integers(0, 256, 3)
    return changed


def side_cut(image: Image, random: np.random.Generator) -> Image:
    """The left or the right third is missing, as at the edge of the frame."""
    third = image.shape[1] // 3
    return (image[:, third:] if random.random() < 0.5 else image[:, : image.shape[1] - third]).copy()


def feet_cut(image: Image, _: np.random.Generator) -> Image:
    """The lowest fifth is missing, as at the lower edge of the frame."""
    return image[: max(1, round(image.shape[0] * (1 - FEET)))].copy()


def box_off(image: Image, random: np.random.Generator) -> Image:
    """Another cut by a worse detector: 10 % too large or too small, moved by 10 % to one side and up or down.

    What lies outside of the picture is not known; its border is repeated.
    """
    height, width = image.shape[:2]
    larger, right, down = OFF * random.choice((-1, 1), 3)
    size, left, top = 1 + larger, width * (right - larger / 2), height * (down - larger / 2)
    # OpenCV counts from the middle of the first pixel
    matrix = np.array([[size, 0, left + (size - 1) / 2], [0, size, top + (size - 1) / 2]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def darkened(image: Image, _: np.random.Generator) -> Image:
    """Dusk: gamma 2.5, so that middle grey keeps a third of its light."""
    ramp = np.rint(255 * (np.arange(256) / 255) ** GAMMA).astype(np.uint8)
    return np.asarray(cv2.LUT(np.ascontiguousarray(image), ramp), np.uint8)


DEGRADATIONS: Mapping[str, Degradation] = {
    f"{WIDTH_PX} px wide": low_resolution,
    "blurred": blurred,
    f"JPEG {QUALITY}": compressed,
    "30 % covered": box_covered,
    "legs covered": legs_covered,
    "side cut": side_cut,
    "feet cut": feet_cut,
    "box off 10 %": box_off,
    "dark": darkened,
}


def degraded(image: Image, name: str, number: int, seed: int = 0) -> Image:
    """One picture of a series, changed the same way whenever and in whatever batches it is asked for.

    Args:
        image: (H, W, 3) uint8.
        name: of the change, from DEGRADATIONS.
        number: of the picture within the series.
        seed: another one draws other boxes, sides and colours.
    """
    return DEGRADATIONS[name](image, np.random.default_rng((seed, crc32(name.encode()), number)))
