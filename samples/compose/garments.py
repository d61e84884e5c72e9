"""Dresses a body: from its parts and an outfit to lit, movable pieces."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .anatomy import Body, capsule, soften
from .cast import Outfit
from .paint import cloth, curve, folds, over, polygon, premultiplied, round_light
from .source import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A premultiplied picture on the canvas of the body and the bone that moves it (both ends (2,) pixels)."""

    rgba: Floats
    start: Floats
    end: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Dressed:
    """A dressed body, in pieces.

    Attributes:
        body: whom the clothes were put on.
        legs: for each side (left, right of the picture; a side view has one) thigh, shank and foot.
        arms: for each side upper arm and forearm.
        behind, skirt, trunk, head, before: still layers, from the back to the front; `skirt` swings with the legs.
    """

    body: Body
    legs: list[tuple[Piece, Piece, Piece]]
    arms: list[tuple[Piece, Piece]]
    behind: Floats
    skirt: Floats
    trunk: Floats
    head: Floats
    before: Floats


def limb(body: Body, points: list[Floats], radii: list[float], colour: str, seed: int) -> Floats:
    """A sleeve or trouser leg: a tapering tube of cloth with folds."""
    mask = capsule(body.alpha.shape, points, radii)
    start, end = points[0], points[-1]
    direction = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    across = ((columns - start[0]) * direction[1] - (rows - start[1]) * direction[0]) / max(radii)
    h = body.height
    crumple = folds(mask.shape, seed, stretch=(0.016 * h, 0.007 * h), slant=0.45)
    light = round_light(across) * (1 + 0.07 * crumple)
    return cloth(colour, light.astype(np.float32), mask)


def _bare(body: Body, points: list[Floats], radii: list[float]) -> Floats:
    """A bare part of the body from its own picture, on a ground of its mean skin colour so that no hole stays."""
    region = capsule(body.alpha.shape, points, [r * 1.25 for r in radii])
    own = body.alpha * region
    tint = body.rgb[..., 0] - body.rgb[..., 2]
    skin = (own > 0.9) & (tint > 0.08)
    tone = np.median(body.rgb[skin], axis=0) if skin.sum() > 50 else np.array([0.5, 0.36, 0.28], np.float32)
    mask = capsule(body.alpha.shape, points, [r * 0.85 for r in radii])
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    across = (columns - points[0][0]) / max(radii)
    ground = premultiplied(tone * round_light(across)[..., None], mask)
    return over(premultiplied(body.rgb, own * soften(skin, 2.0) ), ground)


def _shoe(body: Body, ankle: Floats, side: int, colour: str) -> Floats:
    h = body.height
    if body.facing == "side":
        shape = [(-0.034, -0.014), (0.022, -0.016), (0.05, 0.010), (0.092, 0.018), (0.108, 0.031), (0.102, 0.042),
                 (0.03, 0.042), (-0.036, 0.042), (-0.042, 0.018)]
    else:
        out = -0.010 if side == 0 else 0.010
        long = 0.050 if body.facing == "front" else 0.042
        shape = [(-0.024, -0.016), (0.024, -0.016), (0.030 + out, 0.02), (0.024 + out, long), (-0.024 + out, long),
                 (-0.030 + out, 0.02)]
    outline = curve([(ankle[0] + x * h, ankle[1] + y * h) for x, y in shape])
    mask = polygon(body.alpha.shape, outline)
    rows = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]][0].astype(np.float32)
    depth = (rows - ankle[1]) / (0.045 * h)
    light = np.clip(0.95 - 0.25 * depth + 0.06 * folds(mask.shape, 3, stretch=(6, 3)), 0.3, 1.1)
    light = np.where(depth > 0.80, 0.55 if colour == "white" else 1.6, light)
    return cloth(colour, light.astype(np.float32), mask)


def _leg(body: Body, outfit: Outfit, side: int, seed: int) -> tuple[Piece, Piece, Piece]:
    h = body.height
    hip, knee, ankle = (body.joints[n][side].copy() for n in ("hip", "knee", "ankle"))
    if body.facing != "side":
        hip[0] += (0.004 if side == 0 else -0.004) * h
    wide = {"trousers": 1.0, "jeans": 0.92}.get(outfit.lower_garment, 1.05)
    at_hip = (0.082 if body.facing == "side" else 0.070) * h
    top = hip + np.array([0, 0.012 * h], np.float32)
    if outfit.lower_garment in ("trousers", "jeans"):
        cuff = ankle + np.array([0, 0.012 * h], np.float32)
        thigh = limb(body, [top, knee], [at_hip, 0.052 * h * wide], outfit.lower_colour, seed)
        shank = limb(body, [knee, cuff], [0.052 * h * wide, 0.037 * h * wide], outfit.lower_colour, seed + 1)
    else:
        thigh = _bare(body, [top, knee], [0.070 * h, 0.043 * h])
        middle = knee + 0.35 * (ankle - knee)
        shank = _bare(body, [knee, middle, ankle], [0.040 * h, 0.042 * h, 0.026 * h])
        if outfit.lower_garment == "shorts":
            hem = hip + 0.80 * (knee - hip)
            cloth_part = limb(body, [top, hem], [at_hip, 0.070 * h], outfit.lower_colour, seed)
            rows = np.arange(thigh.shape[0], dtype=np.float32)[:, None, None]
            cloth_part = cloth_part * np.clip((hem[1] + 4 - rows) / 3, 0, 1)
            thigh = over(cloth_part, thigh)
    foot = _shoe(body, ankle, side, outfit.shoes)
    sole = ankle + np.array([0, 0.042 * h], np.float32)
    return Piece(thigh, hip, knee), Piece(shank, knee, ankle), Piece(foot, ankle, sole)


def _arm(body: Body, outfit: Outfit, side: int, seed: int) -> tuple[Piece, Piece]:
    h = body.height
    shoulder, elbow, wrist = (body.joints[n][side] for n in ("shoulder", "elbow", "wrist"))
    hand = wrist + (wrist - elbow) * 0.62
    own = body.arms * body.alpha
    near = capsule(own.shape, [shoulder, elbow, wrist, hand], [0.06 * h, 0.05 * h, 0.042 * h, 0.042 * h])
    bare = premultiplied(body.rgb, own * near)
    rows, columns = np.mgrid[0 : own.shape[0], 0 : own.shape[1]].astype(np.float32)
    bone = elbow - shoulder
    along = ((columns - shoulder[0]) * bone[0] + (rows - shoulder[1]) * bone[1]) / float(bone @ bone)
    joint = capsule(own.shape, [elbow, elbow], [0.031 * h] * 2)
    upper_mask, lower_mask = np.maximum((along < 1).astype(np.float32), joint), (along >= 1).astype(np.float32)
    lower_mask = np.maximum(lower_mask, joint)
    upper, lower = bare * upper_mask[..., None], bare * lower_mask[..., None]
    if outfit.long_sleeves:
        thick = 1.15 if outfit.upper_garment in ("coat", "jacket") else 1.0
        cuff = wrist - (wrist - elbow) * 0.02
        upper = over(limb(body, [shoulder, elbow], [0.046 * h * thick, 0.040 * h * thick], outfit.upper_colour, seed),
                     upper)
        lower = over(limb(body, [elbow, cuff], [0.040 * h * thick, 0.029 * h * thick], outfit.upper_colour, seed + 1),
                     lower)
    elif body.facing == "side":
        end = shoulder + 0.62 * bone
        sleeve = capsule(own.shape, [shoulder, end], [0.042 * h, 0.049 * h]) * np.clip((0.68 - along) * 30, 0, 1)
        rim = 1 - 0.18 * np.clip((along - 0.58) / 0.1, 0, 1)
        light = round_light((columns - shoulder[0]) / (0.05 * h), 0.22) * rim * (0.35 + 0.65 * body.light)
        upper = over(cloth(outfit.upper_colour, light.astype(np.float32), sleeve.astype(np.float32)), upper)
    return Piece(upper, shoulder, elbow), Piece(lower, elbow, wrist)


def _width_at(mask: Floats, row: int) -> tuple[float, float]:
    columns = np.flatnonzero(mask[max(row - 4, 0) : row + 1].max(axis=0) > 0.5)
    return (float(columns[0]), float(columns[-1])) if len(columns) else (0.0, 0.0)


def _skirt(body: Body, colour: str, length: float, flare: float, *, opening: bool, seed: int) -> Floats:
    """The part of a skirt, dress or coat below the hips; `length` as a share of the leg, `flare` of the hip width."""
    h = body.height
    hip, ankle = body.joints["hip"].mean(axis=0), body.joints["ankle"].mean(axis=0)
    top = hip[1] - 0.035 * h
    bottom = hip[1] + length * (ankle[1] - hip[1])
    left, right = _width_at(body.trunk, int(hip[1] - 0.03 * h))
    middle, half = (left + right) / 2, (right - left) / 2
    half = max(half, 0.085 * h)
    outline = curve([
        (middle - half * 0.98, top), (middle + half * 0.98, top), (middle + half * 1.10, hip[1] + 0.06 * h),
        (middle + half * flare, bottom), (middle, bottom + 0.010 * h), (middle - half * flare, bottom),
        (middle - half * 1.10, hip[1] + 0.06 * h),
    ])
    mask = polygon(body.alpha.shape, outline)
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    down = np.clip((rows - top) / (bottom - top), 0, 1)
    width = half * (1 + (flare - 1) * down)
    across = (columns - middle) / width
    pleats = np.sin(across * 9 + 2.2 * folds((1, mask.shape[1]), seed, stretch=(30, 0.1))[0][None]) * down
    light = round_light(across, 0.38) * (1 + 0.07 * pleats + 0.04 * folds(mask.shape, seed, stretch=(8, 22)))
    light = light * (1 - 0.25 * np.clip((rows - bottom + 5) / 5, 0, 1))
    if opening and body.facing == "front":
        light = light * (1 - 0.55 * np.exp(-(((columns - middle) / (0.004 * h)) ** 2)))
    return cloth(colour, light.astype(np.float32), mask)


def _trunk(body: Body, outfit: Outfit) -> Floats:
    h = body.height
    mask, light = body.trunk, body.light
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
        v = polygon(mask.shape, np.array([(middle - 0.045 * h, neck - 0.03 * h), (middle + 0.045 * h, neck - 0.03 * h),
                                          (middle, neck + 0.11 * h)], np.float32))
        inner = "white" if outfit.upper_colour in ("black", "blue", "brown") else "black"
        trunk = over(cloth(inner, body.light * 0.9, v * (trunk[..., 3] > 0.5)), trunk)
    return trunk


def dress(body: Body, outfit: Outfit, seed: int) -> Dressed:
    """Put an outfit on a body; `seed` makes the folds."""
    from .extras import bag_layers, hat_layer

    shape = (*body.alpha.shape, 4)
    sides = (0,) if body.facing == "side" else (0, 1)
    skirt = np.zeros(shape, np.float32)
    if outfit.lower_garment == "skirt":
        skirt = _skirt(body, outfit.lower_colour, 0.46, 1.22, opening=False, seed=seed)
    elif outfit.upper_garment == "dress":
        skirt = _skirt(body, outfit.upper_colour, 0.48, 1.38, opening=False, seed=seed)
    elif outfit.upper_garment == "coat":
        skirt = _skirt(body, outfit.upper_colour, 0.44, 1.12, opening=True, seed=seed)
    head = premultiplied(body.rgb, body.head * body.alpha)
    head = over(hat_layer(body, outfit), head)
    behind, before = bag_layers(body, outfit)
    return Dressed(
        body,
        [_leg(body, outfit, side, seed + 10 * side) for side in sides],
        [_arm(body, outfit, side, seed + 20 + 10 * side) for side in sides],
        behind, skirt, _trunk(body, outfit), head, before,
    )
