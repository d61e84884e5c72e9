"""Legs in trousers, shorts or nothing, and shoes."""

from __future__ import annotations

import numpy as np

from .anatomy import Body
from .cast import Outfit
from .paint import cloth, curve, folds, over, polygon
from .pieces import Piece, bare, limb
from .source import Floats


def _shoe(body: Body, ankle: Floats, side: int, colour: str) -> Floats:
    h = body.height
    if body.facing == "side":
        shape = [
            (-0.034, -0.014),
            (0.022, -0.016),
            (0.05, 0.010),
            (0.092, 0.018),
            (0.108, 0.031),
            (0.102, 0.042),
            (0.03, 0.042),
            (-0.036, 0.042),
            (-0.042, 0.018),
        ]
    else:
        out = -0.010 if side == 0 else 0.010
        long = 0.050 if body.facing == "front" else 0.042
        shape = [
            (-0.024, -0.016),
            (0.024, -0.016),
            (0.030 + out, 0.02),
            (0.024 + out, long),
            (-0.024 + out, long),
            (-0.030 + out, 0.02),
        ]
    outline = curve([(ankle[0] + x * h, ankle[1] + y * h) for x, y in shape])
    mask = polygon(body.alpha.shape, outline)
    rows = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]][0].astype(np.float32)
    depth = (rows - ankle[1]) / (0.045 * h)
    light = np.clip(0.95 - 0.25 * depth + 0.06 * folds(mask.shape, 3, stretch=(6, 3)), 0.3, 1.1)
    light = np.where(depth > 0.80, 0.55 if colour == "white" else 1.6, light)
    return cloth(colour, light.astype(np.float32), mask)


def under_hem(body: Body, rgba: Floats) -> Floats:
    """Darken the top of trousers or shorts, where the shirt hangs over them."""
    h, hem = body.height, float(body.joints["hip"][:, 1].max())
    rows = np.arange(rgba.shape[0], dtype=np.float32)[:, None]
    shade = 1 - 0.38 * np.exp(-np.clip(rows - hem - 0.012 * h, 0, None) / (0.018 * h))
    if body.facing != "side":  # and between the thighs
        columns = np.arange(rgba.shape[1], dtype=np.float32)[None]
        middle = float(body.joints["hip"][:, 0].mean())
        shade = shade * (1 - 0.22 * np.exp(-(((columns - middle) / (0.022 * h)) ** 2)))
    return np.dstack([rgba[..., :3] * shade[..., None], rgba[..., 3]]).astype(np.float32)


def leg(body: Body, outfit: Outfit, side: int, seed: int) -> tuple[Piece, Piece, Piece]:
    """Thigh, shank and foot of one side (0 left, 1 right of the picture), dressed; `seed` makes the folds."""
    h = body.height
    hip, knee, ankle = (body.joints[n][side].copy() for n in ("hip", "knee", "ankle"))
    if body.facing != "side":
        hip[0] += (0.004 if side == 0 else -0.004) * h
    wide = {"trousers": 1.0, "jeans": 0.92}.get(outfit.lower_garment, 1.05)
    at_hip = (0.070 if body.facing == "side" else 0.062) * h
    top = hip + np.array([0, 0.012 * h], np.float32)
    if outfit.lower_garment in ("trousers", "jeans"):
        cuff = ankle + np.array([0, 0.012 * h], np.float32)
        thigh = under_hem(body, limb(body, [top, knee], [at_hip, 0.047 * h * wide], outfit.lower_colour, seed))
        shank = limb(body, [knee, cuff], [0.047 * h * wide, 0.034 * h * wide], outfit.lower_colour, seed + 1)
    else:
        thigh = bare(body, [top, knee], [0.070 * h, 0.043 * h])
        middle = knee + 0.35 * (ankle - knee)
        shank = bare(body, [knee, middle, ankle], [0.040 * h, 0.042 * h, 0.026 * h])
        if outfit.lower_garment == "shorts":
            hem = hip + 0.80 * (knee - hip)
            cloth_part = limb(body, [top, hem], [at_hip, 0.063 * h], outfit.lower_colour, seed)
            rows = np.arange(thigh.shape[0], dtype=np.float32)[:, None, None]
            cloth_part = cloth_part * np.clip((hem[1] + 4 - rows) / 3, 0, 1)
            thigh = over(under_hem(body, cloth_part), thigh)
    foot = _shoe(body, ankle, side, outfit.shoes)
    sole = ankle + np.array([0, 0.042 * h], np.float32)
    return Piece.cut(thigh, hip, knee), Piece.cut(shank, knee, ankle), Piece.cut(foot, ankle, sole)


def seat(body: Body, colour: str, seed: int) -> Floats:
    """The part of trousers or shorts between the two thighs."""
    h = body.height
    left, right = (body.joints["hip"][side] + np.array([0, 0.018 * h], np.float32) for side in (0, 1))
    return under_hem(body, limb(body, [left, right], [0.052 * h, 0.052 * h], colour, seed))
