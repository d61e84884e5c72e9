"""Paints the empty plaza that a camera looks at: paving, two house fronts, trees and street furniture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from .anatomy import Mask
from .camera import HEIGHT, MARGIN, WIDTH, Camera
from .source import Floats

Colour = tuple[float, float, float]
FINE = 2  # painted so many times larger, then reduced: keeps far joints from flickering
BACK_WALL, SIDE_WALL = 25.0, 11.5  # metres


@dataclass(frozen=True, slots=True)
class Style:
    """The materials of one side of the plaza; colours are RGB in 0..1."""

    paving: Colour
    slab: tuple[float, float]
    wall: Colour
    brick: bool
    side: Colour
    shop: Colour


STYLES = {
    "plaza_north": Style(
        (0.60, 0.58, 0.545), (0.9, 0.6), (0.52, 0.36, 0.29), True, (0.66, 0.61, 0.53), (0.20, 0.25, 0.24)
    ),
    "plaza_south": Style(
        (0.57, 0.57, 0.56), (0.6, 0.6), (0.63, 0.60, 0.54), False, (0.50, 0.44, 0.40), (0.22, 0.20, 0.26)
    ),
}


def noise_sampler(seed: int) -> Callable[[Floats, Floats], Floats]:
    """Smooth noise in -1..1 over the plane, from a seeded tile; coordinates in cells."""
    rng = np.random.default_rng(seed)
    tile = np.zeros((512, 512), np.float32)
    for octave, weight in ((8, 0.5), (32, 0.3), (128, 0.2)):
        grid = rng.standard_normal((octave, octave)).astype(np.float32)
        wrapped = np.tile(grid, (3, 3))
        large = cv2.resize(wrapped, (1536, 1536), interpolation=cv2.INTER_CUBIC)
        tile += weight * large[512:1024, 512:1024]
    tile /= float(np.abs(tile).max())

    def sample(a: Floats, b: Floats) -> Floats:
        maps = (np.mod(a * 64, 512).astype(np.float32), np.mod(b * 64, 512).astype(np.float32))
        return np.asarray(cv2.remap(tile, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)

    return sample


def _cells(a: Floats, b: Floats, size: tuple[float, float], joint: float, seed: int) -> tuple[Floats, Floats]:
    """A running bond: for each point a random value of its stone (-1..1) and whether it lies in a joint (0..1)."""
    row = np.floor(b / size[1])
    shifted = a / size[0] + 0.5 * np.mod(row, 2)
    column = np.floor(shifted)
    value = np.sin(row * 127.1 + column * 311.7 + seed * 17.3) * 43758.5453
    value = 2 * (value - np.floor(value)) - 1
    near_a = np.minimum(shifted - column, 1 - shifted + column) * size[0]
    near_b = np.minimum(b / size[1] - row, 1 - b / size[1] + row) * size[1]
    return value.astype(np.float32), (np.minimum(near_a, near_b) < joint).astype(np.float32)


def _paving(a: Floats, b: Floats, style: Style, seed: int) -> Floats:
    noise = noise_sampler(seed)
    value, joint = _cells(a, b, style.slab, 0.012, seed)
    shade = 1 + 0.05 * value + 0.07 * noise(a / 9, b / 9) + 0.05 * noise(a / 1.3, b / 1.3)
    band = (np.mod(b + 1.0, 6.0) < 0.5) | (np.mod(a + 2.5, 8.0) < 0.5)
    shade = np.where(band, shade * 0.80, shade)
    shade = shade * (1 - 0.28 * joint)
    spots = noise(a / 0.7 + 31, b / 0.7) > 0.62
    shade = np.where(spots, shade * 0.94, shade)
    # less light reaches the ground at the foot of the walls
    shade = shade * (1 - 0.35 * np.exp(-(BACK_WALL - b) / 1.2)) * (1 - 0.3 * np.exp(-(SIDE_WALL - np.abs(a)) / 1.0))
    return np.asarray(np.array(style.paving, np.float32) * shade[..., None], np.float32)


def _facade(a: Floats, up: Floats, style: Style, colour: Colour, brick: bool, seed: int) -> Floats:
    """A house front: wall, cornice, plinth, windows above and shops below; `a` along the street, `up` in metres."""
    noise = noise_sampler(seed + 1)
    fine, coarse = noise(a, up / 2), noise(a / 6, up / 6)
    shade = 1 + 0.06 * coarse + 0.05 * fine
    if brick:
        value, joint = _cells(a, up, (0.25, 0.085), 0.008, seed)
        shade *= (1 + 0.10 * value) * (1 + 0.16 * joint)
    shade *= 1 - 0.22 * np.exp(-up / 0.7)
    rgb = np.array(colour, np.float32) * shade[..., None]

    def put(where: Mask, paint: Colour, light: Floats) -> None:
        rgb[where] = np.array(paint, np.float32) * light[where][:, None]

    plain = 1 + 0.05 * fine
    put((up > 3.55) & (up < 3.85), (0.62, 0.60, 0.56), plain)
    put(up < 0.35, (0.40, 0.39, 0.38), plain)
    from_middle, sill = np.abs(np.mod(a + 1.5, 3.0) - 1.5), up - 4.5
    put((from_middle < 0.72) & (sill > -0.10) & (sill < 2.0), (0.70, 0.70, 0.70), plain)
    glass = (from_middle < 0.60) & (from_middle > 0.03) & (sill > 0.02) & (sill < 1.88)
    put(glass, (0.30, 0.36, 0.42), 0.75 + 0.18 * sill + 0.30 * coarse)
    shop = np.mod(a + 2.6, 5.2) - 2.6
    frame = (np.abs(shop) < 2.0) & (up > 0.35) & (up < 3.1)
    put(frame, style.shop, plain)
    pane = (np.abs(shop) < 1.9) & (up > 0.55) & (up < 2.55) & (np.mod(shop + 1.9, 1.27) > 0.06)
    streak = np.clip(1 - np.abs(np.mod(shop + 0.8 * up, 2.4) - 1.2) / 0.35, 0, 1)
    put(pane, (0.26, 0.28, 0.29), 0.55 + 0.12 * up + 0.25 * coarse + 0.20 * fine + 0.25 * streak)
    sign = (1.5 * style.shop[0], 1.5 * style.shop[1], 1.5 * style.shop[2])
    put(frame & (up > 2.6) & (up < 3.0), sign, plain)
    return np.asarray(rgb, np.float32)


def _paint_part(
    picture: Floats, where: Mask, a: Floats, b: Floats, painter: Callable[[Floats, Floats], Floats]
) -> None:
    """Paint one surface where it is seen; `painter` gets its coordinates within the bounding box only."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not len(rows):
        return
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    np.copyto(picture[box], painter(a[box], b[box]), where=where[box][..., None])


def paint_plaza(camera: Camera) -> Floats:
    """The empty plaza without furniture as `camera` sees it: (HEIGHT, WIDTH) + 2 MARGIN, RGB in 0..1."""
    style = STYLES[camera.name]
    height, width = (HEIGHT + 2 * MARGIN) * FINE, (WIDTH + 2 * MARGIN) * FINE
    right = ((np.arange(width, dtype=np.float32) / FINE - (WIDTH / 2 + MARGIN)) / camera.focal)[None]
    down = ((np.arange(height, dtype=np.float32) / FINE - (HEIGHT / 2 + MARGIN)) / camera.focal)[:, None]
    sin, cos = np.float32(np.sin(camera.tilt)), np.float32(np.cos(camera.tilt))
    dir_up, dir_z = -sin - down * cos, cos - down * sin
    to_ground = np.where(dir_up < -1e-4, camera.height / np.maximum(-dir_up, 1e-4), np.float32(1e6))
    to_back, to_side = BACK_WALL / dir_z, SIDE_WALL / np.maximum(np.abs(right), 1e-4)
    distance = np.minimum(np.minimum(to_ground, to_back), to_side).astype(np.float32)
    a, b, up = right * distance, dir_z * distance, camera.height + dir_up * distance
    ground, back = to_ground <= distance, to_back <= distance
    side = ~(ground | back)
    picture = np.empty((height, width, 3), np.float32)

    def wing(along: Floats, high: Floats) -> Floats:
        return _facade(along + 0.7, high, style, style.side, not style.brick, camera.seed + 5) * np.float32(0.86)

    for half in (right < 0, right >= 0):
        _paint_part(picture, side & half, b, up, wing)
    _paint_part(picture, back, a, up, lambda x, y: _facade(x, y, style, style.wall, style.brick, camera.seed))
    _paint_part(picture, ground, a, b, lambda x, y: _paving(x, y, style, camera.seed + 9))
    haze = np.minimum(distance / 160, 0.25)[..., None]
    picture += (0.72 - picture) * haze
    small = cv2.resize(picture, (width // FINE, height // FINE), interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(small, 0, 1), np.float32)
