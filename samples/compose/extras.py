"""Bags and hats, drawn onto a body."""

from __future__ import annotations

import numpy as np

from .anatomy import Body
from .cast import Outfit
from .paint import cloth, curve, folds, over, polygon, round_light
from .source import Floats


def _sack(body: Body, points: list[tuple[float, float]], colour: str, seam: float) -> Floats:
    """A filled bag with a rounded light and a dark seam at the row `seam`."""
    outline = curve(points)
    mask = polygon(body.alpha.shape, outline)
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    middle, half = outline[:, 0].mean(), np.ptp(outline[:, 0]) / 2
    light = round_light((columns - middle) / half, 0.30) * (1 + 0.05 * folds(mask.shape, 5, stretch=(8, 8)))
    light = light * (1 - 0.35 * np.exp(-(((rows - seam) / (0.004 * body.height)) ** 2)))
    return cloth(colour, light.astype(np.float32), mask)


def _strap(body: Body, points: list[tuple[float, float]], width: float, colour: str) -> Floats:
    line = np.array(points, np.float32)
    normal = np.array([[0, 1], [-1, 0]], np.float32) @ (line[-1] - line[0])
    normal = normal / max(float(np.hypot(*normal)), 1e-6) * width / 2
    mask = polygon(body.alpha.shape, np.concatenate([line + normal, (line - normal)[::-1]]))
    return cloth(colour, np.full(mask.shape, 0.85, np.float32), mask)


def bag_layers(body: Body, outfit: Outfit) -> tuple[Floats, Floats]:
    """What hangs behind the body and what before it, for the outfit's bag (nothing without one)."""
    behind = np.zeros((*body.alpha.shape, 4), np.float32)
    before = behind.copy()
    if outfit.bag is None or outfit.bag_colour is None:
        return behind, before
    h, colour = body.height, outfit.bag_colour
    shoulders, hips = body.joints["shoulder"], body.joints["hip"]
    x, top, low = float(shoulders[:, 0].mean()), float(shoulders[:, 1].mean()), float(hips[:, 1].mean())
    if outfit.bag == "backpack":
        if body.facing == "back":
            w = 0.088 * h
            sack = [
                (x - w * 0.7, top - 0.01 * h),
                (x, top - 0.03 * h),
                (x + w * 0.7, top - 0.01 * h),
                (x + w, top + 0.10 * h),
                (x + w, low - 0.06 * h),
                (x, low - 0.035 * h),
                (x - w, low - 0.06 * h),
                (x - w, top + 0.10 * h),
            ]
            before = _sack(body, sack, colour, top + 0.115 * h)
        elif body.facing == "front":
            for side in (0, 1):
                sx = float(shoulders[side, 0]) + (0.024 if side == 0 else -0.024) * h
                inward = 0.012 * h if side == 0 else -0.012 * h
                strap = [(sx + inward, top - 0.035 * h), (sx - inward * 0.5, top + 0.17 * h)]
                before = over(_strap(body, strap, 0.026 * h, colour), before)
        else:
            back = float(np.flatnonzero(body.trunk[int(top + 0.1 * h)] > 0.5)[0])
            sack = [
                (back + 0.03 * h, top - 0.012 * h),
                (back - 0.035 * h, top + 0.0 * h),
                (back - 0.085 * h, top + 0.09 * h),
                (back - 0.09 * h, low - 0.09 * h),
                (back - 0.03 * h, low - 0.055 * h),
                (back + 0.03 * h, low - 0.07 * h),
            ]
            behind = _sack(body, sack, colour, top + 0.08 * h)
            strap = [(back + 0.035 * h, top - 0.025 * h), (back + 0.065 * h, top + 0.15 * h)]
            before = _strap(body, strap, 0.024 * h, colour)
    else:
        side = 1 if body.facing != "back" else 0
        bx = (
            x + 0.01 * h
            if body.facing == "side"
            else float(body.joints["wrist"][side, 0]) + (0.035 if side else -0.035) * h
        )
        w, y = 0.060 * h, low + 0.01 * h
        sack = [
            (bx - w, y - 0.04 * h),
            (bx, y - 0.055 * h),
            (bx + w, y - 0.04 * h),
            (bx + w * 1.05, y + 0.045 * h),
            (bx, y + 0.06 * h),
            (bx - w * 1.05, y + 0.045 * h),
        ]
        sx = x if body.facing == "side" else float(shoulders[side, 0])
        before = _strap(body, [(sx, top - 0.03 * h), (bx, y - 0.03 * h)], 0.014 * h, colour)
        before = over(_sack(body, sack, colour, y - 0.015 * h), before)
    return behind, before


def hat_layer(body: Body, outfit: Outfit) -> Floats:
    """A round hat with a brim on the crown of the head (nothing without one)."""
    empty = np.zeros((*body.alpha.shape, 4), np.float32)
    if outfit.hat is None:
        return empty
    h = body.height
    rows = np.flatnonzero(body.head.max(axis=1) > 0.5)
    top = float(rows[0])
    columns = np.flatnonzero(body.head[int(top) : int(top + 0.06 * h)].max(axis=0) > 0.5)
    x, half = (columns[0] + columns[-1]) / 2, (columns[-1] - columns[0]) / 2 * 1.08
    y = top + 0.045 * h
    crown = [
        (x - half, y),
        (x - half * 0.92, top - 0.005 * h),
        (x, top - 0.022 * h),
        (x + half * 0.92, top - 0.005 * h),
        (x + half, y),
        (x, y + 0.008 * h),
    ]
    brim = [(x - half * 1.5, y + 0.004 * h), (x, y - 0.010 * h), (x + half * 1.5, y + 0.004 * h), (x, y + 0.016 * h)]
    layer = _sack(body, crown, outfit.hat, y - 0.006 * h)
    return over(_sack(body, brim, outfit.hat, y + 0.012 * h), layer)
