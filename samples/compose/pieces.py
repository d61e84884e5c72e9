"""The movable pieces that a dressed body is made of, and the two ways to paint one: as cloth or as bare skin."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .anatomy import Body, capsule, soften
from .paint import cloth, folds, over, premultiplied, round_light
from .source import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A premultiplied picture, cut to what it shows, and the bone that moves it.

    Attributes:
        rgba: (h, w, 4) float32.
        corner: (2,) where its upper left pixel lies on the canvas of the body.
        start, end: (2,) both ends of the bone on that canvas.
    """

    rgba: Floats
    corner: Floats
    start: Floats
    end: Floats

    @staticmethod
    def cut(rgba: Floats, start: Floats, end: Floats) -> Piece:
        """A piece from a picture as large as the canvas."""
        rows = np.flatnonzero(rgba[..., 3].max(axis=1) > 0.002)
        columns = np.flatnonzero(rgba[..., 3].max(axis=0) > 0.002)
        if not len(rows):
            return Piece(rgba[:1, :1], np.zeros(2, np.float32), start, end)
        top, left = max(int(rows[0]) - 1, 0), max(int(columns[0]) - 1, 0)
        patch = np.ascontiguousarray(rgba[top : rows[-1] + 2, left : columns[-1] + 2])
        return Piece(patch, np.array([left, top], np.float32), start, end)


def limb(body: Body, points: list[Floats], radii: list[float], colour: str, seed: int) -> Floats:
    """A sleeve or trouser leg: a tapering tube of cloth with folds."""
    mask = capsule(body.alpha.shape, points, radii)
    start, end = points[0], points[-1]
    direction = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    across = ((columns - start[0]) * direction[1] - (rows - start[1]) * direction[0]) / max(radii)
    h = body.height
    crumple = folds(mask.shape, seed, stretch=(0.022 * h, 0.010 * h), slant=0.4)
    fine = folds(mask.shape, seed + 7, stretch=(0.006 * h, 0.010 * h))
    pale = 0.6 if colour in ("white", "beige", "grey") else 1.0
    bend = np.exp(-(((rows - end[1]) / (0.05 * h)) ** 2)) + np.exp(-(((rows - start[1]) / (0.04 * h)) ** 2))
    light = round_light(across) * (1 + pale * ((0.028 + 0.014 * bend) * crumple + 0.018 * fine))
    return cloth(colour, light.astype(np.float32), mask)


def bare(body: Body, points: list[Floats], radii: list[float]) -> Floats:
    """A bare part of the body from its own picture, on a ground of its mean skin colour so that no hole stays."""
    region = capsule(body.alpha.shape, points, [r * 1.25 for r in radii])
    own = body.alpha * region
    tint = body.rgb[..., 0] - body.rgb[..., 2]
    skin = (own > 0.9) & (tint > 0.08)
    patched = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    tone = np.median(body.rgb[skin], axis=0) if skin.sum() > 50 else np.array([0.5, 0.36, 0.28], np.float32)
    mask = capsule(body.alpha.shape, points, [r * 0.85 for r in radii])
    columns = np.arange(mask.shape[1], dtype=np.float32)[None]
    across = (columns - points[0][0]) / max(radii)
    ground = premultiplied(tone * round_light(across)[..., None], mask)
    return over(premultiplied(body.rgb, own * soften(patched, 2.0)), ground)
