"""Street furniture that people pass behind: drawn flat, standing upright at its place in the plaza."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .paint import folds, over, polygon, premultiplied, round_light
from .source import Floats

PPM = 220  # pixels per metre of the drawings


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing of a kind that stands at (x, z) metres; `size` scales it."""

    kind: str
    x: float
    z: float
    size: float = 1.0


PROPS: dict[str, tuple[Prop, ...]] = {
    "plaza_north": (
        Prop("pillar", -2.35, 6.6),
        Prop("bench", 2.3, 9.2),
        Prop("tree", -7.6, 17.5),
        Prop("tree", 7.4, 19.0, 1.1),
        Prop("planter", 8.4, 20.6),
        Prop("bollard", -3.4, 20.5),
        Prop("bollard", -1.2, 20.5),
        Prop("bollard", 1.0, 20.5),
        Prop("bollard", 3.2, 20.5),
        Prop("bin", -5.6, 12.2),
    ),
    "plaza_south": (
        Prop("pillar", 2.9, 7.4),
        Prop("planter", -3.7, 9.8, 0.75),
        Prop("tree", -8.0, 16.0),
        Prop("tree", 6.6, 20.5),
        Prop("bench", 2.6, 18.6),
        Prop("bench", -7.4, 19.2),
        Prop("bin", 5.2, 12.0),
        Prop("bollard", -4.2, 20.0),
        Prop("bollard", -2.0, 20.0),
        Prop("bollard", 0.2, 20.0),
        Prop("bollard", 2.4, 20.0),
    ),
}


def _box(
    canvas: Floats,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    rgb: tuple[float, float, float],
    seed: int,
    *,
    rounded: bool = False,
) -> Floats:
    """Lay a lit rectangle (metres from the left, metres above the ground) over the canvas."""
    h = canvas.shape[0]
    points = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32) * PPM
    points[:, 1] = h - points[:, 1]
    mask = polygon(canvas.shape, points, 0.8)
    columns = np.arange(canvas.shape[1], dtype=np.float32)[None]
    light = 1 + 0.05 * folds(mask.shape, seed, stretch=(14, 30))
    if rounded:
        light = light * round_light((columns - (x0 + x1) / 2 * PPM) / ((x1 - x0) / 2 * PPM), 0.5)
    return over(premultiplied(np.array(rgb, np.float32) * light[..., None], mask), canvas)


def _blank(width: float, height: float) -> Floats:
    return np.zeros((round(height * PPM), round(width * PPM), 4), np.float32)


def _pillar() -> Floats:
    canvas = _box(_blank(0.7, 7.0), 0.08, 0.0, 0.62, 7.0, (0.62, 0.60, 0.57), 1, rounded=True)
    return _box(canvas, 0.02, 0.0, 0.68, 0.28, (0.52, 0.51, 0.49), 2, rounded=True)


def _bench() -> Floats:
    canvas = _blank(2.0, 0.95)
    for x in (0.15, 1.75):
        canvas = _box(canvas, x, 0.0, x + 0.08, 0.88, (0.16, 0.17, 0.18), 3)
    for number, y in enumerate((0.40, 0.56, 0.68, 0.80)):
        canvas = _box(canvas, 0.02, y, 1.98, y + 0.085, (0.46, 0.31, 0.19), 4 + number)
    return canvas


def _bin() -> Floats:
    canvas = _box(_blank(0.6, 1.0), 0.08, 0.02, 0.52, 0.86, (0.20, 0.27, 0.23), 8, rounded=True)
    return _box(canvas, 0.05, 0.84, 0.55, 0.94, (0.12, 0.14, 0.13), 9, rounded=True)


def _bollard() -> Floats:
    canvas = _box(_blank(0.50, 0.62), 0.10, 0.0, 0.40, 0.52, (0.50, 0.49, 0.47), 10, rounded=True)
    return _box(canvas, 0.06, 0.48, 0.44, 0.60, (0.56, 0.55, 0.53), 11, rounded=True)


def _leaves(canvas: Floats, centre: tuple[float, float], radius: tuple[float, float], count: int, seed: int) -> Floats:
    """A crown of many small tufts, light on top and dark below; positions in metres above the ground."""
    rng = np.random.default_rng(seed)
    h = canvas.shape[0]
    rgb, alpha = canvas[..., :3].copy(), canvas[..., 3].copy()
    angle, reach = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0, 1, count))
    x = (centre[0] + radius[0] * reach * np.cos(angle)) * PPM
    y = h - (centre[1] + radius[1] * reach * np.sin(angle)) * PPM
    order = np.argsort(rng.uniform(0, 1, count) + 0.6 * (reach < 0.6))[::-1]
    for i in order:
        lift = reach[i] * np.sin(angle[i])
        tone = np.array([0.22, 0.33, 0.14]) * (0.80 + 0.30 * lift + 0.28 * rng.uniform(-1, 1))
        size = tuple(int(v) for v in rng.integers(4, 11, 2))
        spot = (int(x[i]), int(y[i]))
        turn = float(rng.uniform(0, 180))
        cv2.ellipse(rgb, spot, size, turn, 0, 360, tuple(float(v) for v in tone), -1, cv2.LINE_AA)
        cv2.ellipse(alpha, spot, size, turn, 0, 360, 1.0, -1, cv2.LINE_AA)
    return np.dstack([rgb * np.minimum(alpha, 1)[..., None], alpha]).astype(np.float32)


def _planter() -> Floats:
    canvas = _leaves(_blank(1.7, 1.5), (0.85, 0.85), (0.72, 0.48), 1400, 21)
    canvas = _box(canvas, 0.10, 0.0, 1.60, 0.52, (0.56, 0.54, 0.50), 12)
    return _box(canvas, 0.06, 0.48, 1.64, 0.58, (0.62, 0.60, 0.56), 13)


def _tree() -> Floats:
    canvas = _blank(4.6, 5.8)
    for x0, y0, x1, y1, wide in ((2.3, 0.0, 2.3, 2.4, 0.15), (2.3, 2.2, 1.5, 3.6, 0.07), (2.3, 2.2, 3.0, 3.7, 0.07)):
        h = canvas.shape[0]
        points = (
            np.array([(x0 - wide, y0), (x0 + wide, y0), (x1 + wide * 0.7, y1), (x1 - wide * 0.7, y1)], np.float32) * PPM
        )
        points[:, 1] = h - points[:, 1]
        mask = polygon(canvas.shape, points, 0.8)
        columns = np.arange(canvas.shape[1], dtype=np.float32)[None]
        light = round_light((columns - x0 * PPM) / (wide * PPM), 0.5) * (
            1 + 0.10 * folds(mask.shape, 14, stretch=(3, 25))
        )
        canvas = over(premultiplied(np.array([0.31, 0.26, 0.21], np.float32) * light[..., None], mask), canvas)
    rng = np.random.default_rng(22)
    for _ in range(20):
        angle, reach = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0.05, 1))
        centre = (2.3 + 1.45 * reach * np.cos(angle), 4.2 + 0.95 * reach * np.sin(angle))
        radius = (rng.uniform(0.5, 0.85), rng.uniform(0.4, 0.65))
        canvas = _leaves(canvas, centre, radius, 700, int(rng.integers(1 << 16)))
    return canvas


DRAWN: dict[str, Callable[[], Floats]] = {
    "pillar": _pillar,
    "bench": _bench,
    "bin": _bin,
    "bollard": _bollard,
    "planter": _planter,
    "tree": _tree,
}


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A prop on the painted picture: premultiplied pixels, its upper left corner, and how far away it stands."""

    rgba: Floats
    left: int
    top: int
    z: float


def place(camera: Camera, shape: tuple[int, int]) -> list[Placed]:
    """All furniture of a camera's side of the plaza, cut to the painted picture, the farthest first."""
    placed, drawings = [], {kind: draw() for kind, draw in DRAWN.items()}
    for prop in sorted(PROPS[camera.name], key=lambda p: -p.z):
        drawing = drawings[prop.kind]
        factor = camera.scale(prop.z) * prop.size / PPM
        size = (max(1, round(drawing.shape[1] * factor)), max(1, round(drawing.shape[0] * factor)))
        small = cv2.resize(drawing, size, interpolation=cv2.INTER_AREA)
        x, y = camera.ground(prop.x, prop.z)
        left, top = round(x - size[0] / 2), round(y - size[1])
        cut_left, cut_top = max(0, -left), max(0, -top)
        small = small[cut_top : shape[0] - top, cut_left : shape[1] - left]
        if small.size:
            placed.append(Placed(small, left + cut_left, top + cut_top, prop.z))
    return placed
