"""Cloth colours, and light on cloth: how a flat colour becomes a lit piece of garment with folds."""

from __future__ import annotations

import cv2
import numpy as np

from .source import Floats

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.68, 0.09, 0.11),
    "blue": (0.13, 0.26, 0.60),
    "green": (0.14, 0.43, 0.21),
    "yellow": (0.88, 0.71, 0.15),
    "black": (0.095, 0.095, 0.105),
    "white": (0.93, 0.93, 0.92),
    "grey": (0.50, 0.51, 0.53),
    "pink": (0.88, 0.50, 0.62),
    "purple": (0.39, 0.18, 0.50),
    "orange": (0.87, 0.42, 0.10),
    "brown": (0.36, 0.23, 0.14),
    "denim": (0.23, 0.32, 0.47),
    "beige": (0.72, 0.63, 0.48),
}


def premultiplied(rgb: Floats, alpha: Floats) -> Floats:
    """(H, W, 4) float32 with the colours multiplied by alpha, so that it can be warped and scaled without halos."""
    rgb = np.clip(rgb, 0, 1)
    return np.dstack([rgb * alpha[..., None], alpha]).astype(np.float32)


def over(upper: Floats, lower: Floats) -> Floats:
    """`upper` laid over `lower`, both premultiplied."""
    return np.asarray(upper + lower * (1 - upper[..., 3:]), np.float32)


def cloth(colour: str, light: Floats, alpha: Floats) -> Floats:
    """A premultiplied piece of cloth of a named colour under `light` (1 is fully lit)."""
    base = np.array(COLOURS[colour], np.float32)
    lit = base * np.clip(light, 0, 1.15)[..., None] ** 1.15
    # a little light glances off every cloth; without it the folds of black cloth could not be seen
    sheen = 0.05 * np.clip(light - 0.55, 0, None)[..., None]
    return premultiplied(lit + sheen, alpha)


def folds(shape: tuple[int, ...], seed: int, *, stretch: tuple[float, float], slant: float = 0.0) -> Floats:
    """Seeded noise about 0 with unit spread, drawn out by `stretch` (across, down) pixels and slanted: soft folds."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(shape[:2]).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=stretch[0], sigmaY=stretch[1])
    shear = np.array([[1, 0, 0], [slant, 1, -slant * shape[1] / 2]], np.float32)
    noise = cv2.warpAffine(noise, shear, (shape[1], shape[0]), borderMode=cv2.BORDER_REFLECT)
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-6), np.float32)


def round_light(across: Floats, amount: float = 0.34) -> Floats:
    """Light on a round limb or trunk: `across` runs from -1 to 1 over its width; the light comes from the left."""
    u = np.clip(across, -1, 1)
    return np.asarray(1.0 - amount * (1 - np.sqrt(1 - u**2 * 0.95)) - 0.10 * u, np.float32)


def polygon(shape: tuple[int, ...], points: Floats, blur: float = 1.0) -> Floats:
    """A filled polygon as a soft mask; points (N, 2) in pixels."""
    canvas = np.zeros(shape[:2], np.uint8)
    fixed = np.round(np.asarray(points, np.float64) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [fixed], 255, lineType=cv2.LINE_AA, shift=4)
    return np.asarray(cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), blur), np.float32)


def curve(points: list[tuple[float, float]], samples: int = 10) -> Floats:
    """A closed smooth (Catmull-Rom) outline through `points`."""
    ring = np.array(points, np.float32)
    t = np.linspace(0, 1, samples, endpoint=False, dtype=np.float32)[:, None]
    parts = []
    for i in range(len(ring)):
        a, b, c, d = (ring[(i + k) % len(ring)] for k in (-1, 0, 1, 2))
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate(parts).astype(np.float32)
