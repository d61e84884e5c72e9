"""Which pixels of a cut-out view are hair and head, shirt, arm or leg, and where its joints lie on a roomier canvas."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .source import Floats, View

Mask = NDArray[np.bool_]
PAD_X, PAD_BOTTOM = 83, 25  # room for swinging legs, bags and shoes


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A view taken apart; all pictures are (H, W) or (H, W, 3) float32 on the same canvas.

    Attributes:
        facing: "front", "back" or "side" (looking right).
        rgb, alpha: the whole person.
        joints: as in View, on this canvas.
        head: head, hair and neck. arms: bare arms with hands. trunk: all that the shirt covers, closed behind the arm
            in a side view. sleeves: the part of the shirt that belongs to the arms. legs: bare legs.
        light: brightness of the white shirt, 1 where fully lit, smoothly continued everywhere else.
        height: body height in pixels, from the crown to the ground.
        ground: the row on which the person stands.
    """

    facing: str
    rgb: Floats
    alpha: Floats
    joints: dict[str, Floats]
    head: Floats
    arms: Floats
    trunk: Floats
    sleeves: Floats
    legs: Floats
    light: Floats
    height: float
    ground: float


def capsule(shape: tuple[int, ...], points: list[Floats], radii: list[float]) -> Floats:
    """A soft-edged limb: the region around the line through `points`, its radius running through `radii`."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    outside = np.full(shape[:2], np.inf, np.float32)
    for start, end, r0, r1 in zip(points, points[1:], radii, radii[1:], strict=False):
        along = end - start
        length = max(float(along @ along), 1e-6)
        t = np.clip(((columns - start[0]) * along[0] + (rows - start[1]) * along[1]) / length, 0, 1)
        gap = np.hypot(columns - start[0] - t * along[0], rows - start[1] - t * along[1]) - (r0 + (r1 - r0) * t)
        outside = np.minimum(outside, gap)
    return np.clip(0.5 - outside / 2.0, 0, 1).astype(np.float32)


def soften(mask: Mask | Floats, sigma: float = 1.1) -> Floats:
    """A mask as float32 with a soft edge."""
    return np.asarray(cv2.GaussianBlur(np.asarray(mask, np.float32), (0, 0), sigma), np.float32)


def _fill_rows(mask: Mask) -> Mask:
    """Between the first and the last set pixel of each row everything is set; both outlines are smoothed."""
    filled = np.zeros_like(mask)
    rows = np.flatnonzero(mask.sum(axis=1) > 6)
    if not len(rows):
        return filled
    first = np.array([np.flatnonzero(mask[r])[0] for r in rows], np.float32)
    last = np.array([np.flatnonzero(mask[r])[-1] for r in rows], np.float32)
    for edge, kernel in ((first, 61), (last, 15)):
        padded = np.pad(edge, kernel // 2, mode="edge")
        edge[:] = np.median(np.lib.stride_tricks.sliding_window_view(padded, kernel), axis=1)
        edge[:] = cv2.GaussianBlur(edge[:, None], (1, 9), 0)[:, 0]
    for row, start, end in zip(rows, first, last, strict=True):
        filled[row, int(start) : int(end) + 1] = True
    return filled


def _largest(mask: Mask) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _without_specks(mask: Mask, pixels: int) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    large = stats[:, cv2.CC_STAT_AREA] >= pixels
    large[0] = False
    return np.asarray(large[labels])


def _continue_light(rgb: Floats, cloth: Mask) -> Floats:
    """Shirt brightness divided by its own bright level, continued smoothly to where there is no shirt."""
    bright = rgb.mean(axis=2)
    level = float(np.percentile(bright[cloth], 88))
    weight = cloth.astype(np.float32)
    light = np.where(cloth, bright / level, 0).astype(np.float32)
    smooth, norm = light.copy(), weight.copy()
    for sigma in (4, 12, 40):
        wide = cv2.GaussianBlur(light, (0, 0), sigma), cv2.GaussianBlur(weight, (0, 0), sigma)
        smooth = np.where(norm > 0.3, smooth, wide[0])
        norm = np.where(norm > 0.3, norm, wide[1])
    continued = np.where(norm > 1e-3, smooth / np.maximum(norm, 1e-3), 0.85)
    return np.where(cloth, light, continued).astype(np.float32)


def take_apart(view: View) -> Body:
    """Find the parts of a cut-out person by colour (white cloth, brown skin, dark hair) and by the joints."""
    pad = ((0, PAD_BOTTOM), (PAD_X, PAD_X))
    rgb = np.pad(view.rgb, (*pad, (0, 0)), mode="edge")
    alpha = np.pad(view.alpha, pad)
    joints = {name: points + np.array([PAD_X, 0], np.float32) for name, points in view.joints.items()}
    rows = np.arange(alpha.shape[0], dtype=np.float32)[:, None]
    top = float(np.flatnonzero(alpha.max(axis=1) > 0.5)[0])
    ground = float(joints["ankle"][:, 1].max() + 0.042 * (joints["ankle"][:, 1].max() - top))
    height = ground - top
    hem = float(joints["hip"][:, 1].max() + 0.012 * height)
    neck = float(joints["shoulder"][:, 1].mean() - 0.06 * height)

    solid, bright, tint = alpha > 0.5, rgb.mean(axis=2), rgb[..., 0] - rgb[..., 2]
    white = solid & (bright > 0.45) & (tint < 0.10) & (rows > neck) & (rows < hem)
    white = cv2.morphologyEx(white.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    reach = [0.052 * height, 0.042 * height, 0.036 * height, 0.036 * height]
    arm, hands = np.zeros(alpha.shape, np.float32), np.zeros(alpha.shape, np.float32)
    for side in (0, 1):
        points = [joints[name][side] for name in ("shoulder", "elbow", "wrist")]
        hand = points[2] + (points[2] - points[1]) * 0.62
        arm = np.maximum(arm, capsule(alpha.shape, [*points, hand], reach))
        hands = np.maximum(hands, capsule(alpha.shape, [points[2], hand], [0.026 * height, 0.028 * height]))
    skin = solid & (tint > 0.085) & (arm > 0.5) & (rows > joints["shoulder"][:, 1].max() + 0.05 * height)
    skin &= (hands > 0.5) | (rows < hem)  # the thighs beside the hands are brown too
    if view.facing == "back":  # where they nearly touch
        middle = float(joints["hip"][:, 0].mean())
        skin &= (rows < hem) | (np.abs(np.arange(alpha.shape[1])[None] - middle) > 0.098 * height)
    skin &= rows < joints["wrist"][:, 1].max() + 0.125 * height
    skin = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    skin = _without_specks(skin, 400)

    if view.facing == "side":
        shirt = _fill_rows(white | (skin & solid & (rows < hem))) & (rows < hem) & (rows > neck)
        hair_over = solid & (bright < 0.33) & (rows < joints["elbow"][:, 1].mean()) & ~skin
        trunk = shirt | (white & (rows < joints["elbow"][:, 1].mean()))
    else:
        closed = cv2.morphologyEx(
            _largest(white & ~skin).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)
        )
        trunk = (closed > 0) & solid & ~skin
        hair_over = solid & (bright < 0.55) & (rows < joints["elbow"][:, 1].mean()) & ~skin & ~white
    upper_arm = rows < joints["elbow"][:, 1].max()
    sleeves = white & (arm > 0.5) & upper_arm
    # rims of the white shirt that took on some colour of the skin beside them belong to neither
    rim = (bright > 0.55) & (tint < 0.17) & (rows > neck - 0.01 * height)
    skin &= ~rim
    head = (
        solid & ~skin & ~white & ~rim & (rows < neck + 0.09 * height) & ~((rows > neck + 0.075 * height) & (tint > 0.3))
    )
    hair_over = _largest(hair_over | head)
    hair_over &= rows < joints["elbow"][:, 1].mean()
    legs = alpha * (rows > hem)
    lit = cv2.erode(white.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if view.facing == "side":  # the light on the trunk behind the arm is guessed from what is beside it
        lit &= (cv2.dilate(skin.astype(np.uint8), np.ones((17, 17), np.uint8)) == 0) & (arm < 0.5)
    else:
        trunk |= (cv2.dilate(trunk.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & solid
    return Body(
        view.facing,
        rgb,
        alpha,
        joints,
        soften(hair_over) * alpha,
        soften(skin),
        soften(trunk),
        soften(sleeves),
        legs,
        _continue_light(rgb, lit),
        height,
        ground,
    )
