"""What the trunk wears, and what hangs down from the waist: shirts, jackets, skirts, dresses, coats."""

from __future__ import annotations

import cv2
import numpy as np

from .anatomy import Body
from .arms import beyond_sleeves
from .cast import Outfit
from .paint import cloth, folds, over, polygon, round_light
from .source import Floats


def _width_at(mask: Floats, row: int) -> tuple[float, float]:
    columns = np.flatnonzero(mask[max(row - 4, 0) : row + 1].max(axis=0) > 0.5)
    return (float(columns[0]), float(columns[-1])) if len(columns) else (0.0, 0.0)


def skirt_of(
    body: Body, colour: str, length: float, flare: float, *, opening: bool, seamless: bool, seed: int
) -> Floats:
    """The part of a skirt, dress or coat below the waist.

    Args:
        body: who wears it.
        colour: of the cloth.
        length: where it ends, as a share of the leg.
        flare: width at the lower edge, as a multiple of the width of the hips.
        opening: whether it opens down the front.
        seamless: whether it goes on from the trunk without an edge.
        seed: of the folds.
    """
    h = body.height
    hip, ankle = body.joints["hip"].mean(axis=0), body.joints["ankle"].mean(axis=0)
    top = hip[1] - (0.055 if seamless else 0.035) * h
    bottom = hip[1] + length * (ankle[1] - hip[1])
    left, right = _width_at(body.trunk, int(top))
    waist, waist_half = (left + right) / 2, (right - left) / 2 + 1
    apart = float(np.abs(body.joints["hip"][:, 0] - hip[0]).max())
    hip_half = max(waist_half, apart + (0.075 if body.facing == "side" else 0.064) * h)
    rows, columns = np.mgrid[0 : body.alpha.shape[0], 0 : body.alpha.shape[1]].astype(np.float32)
    down = np.clip((rows - top) / (bottom - top), 0, 1.05)
    to_hip = np.clip((rows - top) / (hip[1] + 0.05 * h - top), 0, 1)
    to_hip = to_hip * to_hip * (3 - 2 * to_hip)
    half = waist_half + (hip_half - waist_half) * to_hip + hip_half * (flare - 1) * down**1.4
    middle = waist + (hip[0] - waist) * to_hip
    across = (columns - middle) / half
    edge = bottom + 0.012 * h * (np.sqrt(np.clip(1 - across**2, 0, 1)) - 0.5)  # the round lower edge, seen from above
    mask = np.clip((1 - np.abs(across)) * half / 1.6 + 0.5, 0, 1)
    mask = mask * np.clip((edge - rows) / 1.6 + 0.5, 0, 1) * np.clip((rows - top) / 1.6 + 0.5, 0, 1)
    wander = folds((1, mask.shape[1]), seed, stretch=(30, 0.1))[0][None]
    pleats = np.sin(across * 8 + 2.0 * wander) * down
    light = round_light(across, 0.34) * (1 + 0.055 * pleats + 0.03 * folds(mask.shape, seed, stretch=(8, 22)))
    light = light * (1 - 0.12 * np.clip((rows - edge + 3) / 3, 0, 1))
    if seamless:
        meet = np.clip((rows - top) / (0.05 * h), 0, 1)
        light = body.light * (1 - meet) + light * meet
        mask = mask * np.clip((rows - top) / (0.02 * h), 0, 1)
    else:
        light = light * (1 - 0.3 * np.exp(-np.clip(rows - hip[1], 0, None) / (0.015 * h)))
    if opening and body.facing == "front":
        light = light * (1 - 0.5 * np.exp(-(((columns - middle) / (0.004 * h)) ** 2)))
    return cloth(colour, light.astype(np.float32), mask.astype(np.float32))


def trunk_of(body: Body, outfit: Outfit) -> Floats:
    """The shirt, jacket or coat on the trunk, by the light on the white shirt of the source."""
    h = body.height
    mask, light = body.trunk, body.light
    if outfit.long_sleeves and body.facing != "side":
        mask = mask * (1 - beyond_sleeves(body, outfit))
    if outfit.upper_garment in ("jacket", "coat", "sweater"):
        grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
        mask = cv2.GaussianBlur(grown, (0, 0), 1.2)
        light = light * (1 + 0.035 * folds(mask.shape, 11, stretch=(10, 7), slant=-0.5))
    trunk = cloth(outfit.upper_colour, light.astype(np.float32), mask)
    if outfit.upper_garment in ("jacket", "coat") and body.facing == "front":
        rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
        middle = float(body.joints["shoulder"][:, 0].mean())
        neck = float(body.joints["shoulder"][:, 1].mean()) - 0.045 * h
        zip_line = np.exp(-(((columns - middle) / (0.004 * h)) ** 2)) * (rows > neck)
        trunk[..., :3] *= 1 - 0.5 * zip_line[..., None]
        v = polygon(
            mask.shape,
            np.array(
                [
                    (middle - 0.045 * h, neck - 0.03 * h),
                    (middle + 0.045 * h, neck - 0.03 * h),
                    (middle, neck + 0.11 * h),
                ],
                np.float32,
            ),
        )
        for way in (-1, 1):
            flap = np.array(
                [
                    (middle + way * 0.050 * h, neck - 0.03 * h),
                    (middle + way * 0.078 * h, neck + 0.005 * h),
                    (middle + way * 0.045 * h, neck + 0.07 * h),
                    (middle, neck + 0.12 * h),
                ],
                np.float32,
            )
            lapel = polygon(mask.shape, flap) * np.minimum(trunk[..., 3], 1)
            trunk = over(cloth(outfit.upper_colour, light.astype(np.float32) * 0.74, lapel), trunk)
        inner = "white" if outfit.upper_colour in ("black", "blue", "brown") else "black"
        trunk = over(cloth(inner, body.light * 0.9, v * (trunk[..., 3] > 0.5)), trunk)
    return trunk
