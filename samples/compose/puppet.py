"""Moves a dressed body: its pieces are turned about the joints and laid over one another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .gait import STANDING, Stance, stance
from .garments import Dressed
from .pieces import Piece
from .source import Floats

FAR_SIDE = 0.72  # how much light reaches the limbs behind the body in a side view
TILT = 0.20  # a foot one unit nearer to the camera appears so much lower: the camera looks down


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A posed person: premultiplied (H, W, 4), the pixel that stands on the ground, and the body height in pixels."""

    rgba: Floats
    foot: tuple[float, float]
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of the picture: premultiplied pixels and the column and row of the canvas where they begin."""

    rgba: Floats
    left: int
    top: int

    def lay(self, canvas: Floats, shade: float = 1.0) -> None:
        """Lay it over `canvas` in place, its colours darkened by `shade`."""
        y0, x0 = max(self.top, 0), max(self.left, 0)
        y1 = min(self.top + self.rgba.shape[0], canvas.shape[0])
        x1 = min(self.left + self.rgba.shape[1], canvas.shape[1])
        if y1 <= y0 or x1 <= x0:
            return
        part = self.rgba[y0 - self.top : y1 - self.top, x0 - self.left : x1 - self.left]
        if shade != 1.0:
            part = part * np.array([shade, shade, shade, 1], np.float32)
        region = canvas[y0:y1, x0:x1]
        region *= 1 - part[..., 3:]
        region += part


def move(piece: Piece, start: Floats, end: Floats) -> Patch:
    """Carry a piece so that its bone runs from `start` to `end`: turned, and stretched along the bone only."""
    bone, posed = piece.end - piece.start, end - start
    length, posed_length = float(np.hypot(*bone)), max(float(np.hypot(*posed)), 1.0)
    rest_axes = np.stack([bone / length, np.array([-bone[1], bone[0]]) / length], axis=1)
    new_axes = np.stack([posed / length, np.array([-posed[1], posed[0]]) / posed_length], axis=1)
    turn = new_axes @ rest_axes.T
    h, w = piece.rgba.shape[:2]
    corners = piece.corner + np.array([(0, 0), (w, 0), (0, h), (w, h)], np.float32)
    moved = (corners - piece.start) @ turn.T + start
    left, top = (int(v) for v in np.floor(moved.min(axis=0)) - 1)
    size = tuple(int(v) for v in np.ceil(moved.max(axis=0)) + 2 - (left, top))
    shift = start + turn @ (piece.corner - piece.start) - (left, top)
    matrix = np.column_stack([turn, shift]).astype(np.float64)
    return Patch(np.asarray(cv2.warpAffine(piece.rgba, matrix, size, flags=cv2.INTER_LINEAR), np.float32), left, top)


def _swung(angle: float, length: float, facing: str) -> Floats:
    """A bone of `length` that hangs down, swung forward by `angle`, as seen from the side, the front or the back."""
    if facing == "side":
        return np.array([np.sin(angle), np.cos(angle)], np.float32) * length
    toward = TILT if facing == "front" else -TILT
    return np.array([0.0, np.cos(angle) + toward * np.sin(angle)], np.float32) * length


def _leg(dressed: Dressed, side: int, pose: Stance) -> tuple[list[Patch], float]:
    """The posed foot, shank and thigh, to be drawn in this order, and the lowest row that the foot reaches."""
    facing = dressed.body.facing
    thigh, shank, foot = dressed.legs[side]
    lean = [float(p.end[0] - p.start[0]) if facing != "side" else 0.0 for p in (thigh, shank)]
    lengths = [float(np.hypot(*(p.end - p.start))) for p in (thigh, shank)]
    knee = thigh.start + _swung(pose.thigh, lengths[0], facing) + np.array([lean[0] * 0.6, 0], np.float32)
    ankle = knee + _swung(pose.shank, lengths[1], facing) + np.array([lean[1] * 0.6, 0], np.float32)
    sole = foot.end - foot.start
    if facing == "side":
        turn = np.array([[np.cos(pose.foot), np.sin(pose.foot)], [-np.sin(pose.foot), np.cos(pose.foot)]], np.float32)
        heel_toe = np.array([[-0.04, 0.042], [0.10, 0.042]], np.float32) * dressed.body.height
        low = float((ankle + heel_toe @ turn.T)[:, 1].max())
        sole = turn @ sole
    else:
        sole = sole * np.array([1, np.cos(pose.foot) + 0.35 * abs(np.sin(pose.foot))], np.float32)
        low = float(ankle[1] + sole[1])
    posed = [move(foot, ankle, ankle + sole), move(shank, knee, ankle), move(thigh, thigh.start, knee)]
    return posed, low


def _arm(dressed: Dressed, side: int, pose: Stance, *, still: bool) -> list[Patch]:
    facing = dressed.body.facing
    upper, lower = dressed.arms[side]
    if still:
        return [Patch(piece.rgba, int(piece.corner[0]), int(piece.corner[1])) for piece in (upper, lower)]
    lengths = [float(np.hypot(*(p.end - p.start))) for p in (upper, lower)]
    if facing == "side":
        elbow = upper.start + _swung(pose.arm, lengths[0], facing)
        wrist = elbow + _swung(pose.forearm, lengths[1], facing)
    else:
        elbow = upper.start + (upper.end - upper.start) * _swung(0.7 * pose.arm, 1.0, facing)[1]
        wrist = elbow + (lower.end - lower.start) * _swung(0.6 * pose.forearm, 1.0, facing)[1]
    return [move(upper, upper.start, elbow), move(lower, elbow, wrist)]


def _swing_skirt(dressed: Dressed, poses: tuple[Stance, Stance]) -> Floats:
    """The skirt, drawn out by the legs that stride inside it."""
    body, skirt = dressed.body, dressed.skirt
    if body.facing != "side" or not skirt[..., 3].any():
        return skirt
    hip = body.joints["hip"].mean(axis=0)
    reach = max(abs(np.sin(pose.thigh)) for pose in poses)
    rows, columns = np.mgrid[0 : skirt.shape[0], 0 : skirt.shape[1]].astype(np.float32)
    down = np.clip((rows - hip[1]) / (0.25 * body.height), 0, 1.2)
    wide = 1 + 1.7 * reach * down
    from_x = hip[0] + (columns - hip[0]) / wide
    return np.asarray(cv2.remap(skirt, from_x.astype(np.float32), rows, cv2.INTER_LINEAR), np.float32)


def pose(dressed: Dressed, phase: float | None) -> Sprite:
    """The person at a phase (0..1) of its walk, or standing when `phase` is None."""
    body, facing = dressed.body, dressed.body.facing
    still = phase is None
    pair = (STANDING, STANDING) if phase is None else (stance(phase), stance(phase + 0.5))
    legs, lows = [], []
    for index, part in enumerate(pair):
        posed, low = _leg(dressed, index if facing != "side" else 0, part)
        legs.append(posed)
        lows.append(low)
    skirt = Patch(_swing_skirt(dressed, pair), 0, 0)
    behind, trunk, head, before = (
        Patch(layer, 0, 0) for layer in (dressed.behind, dressed.trunk, dressed.head, dressed.before)
    )
    canvas = np.zeros_like(dressed.trunk)
    if facing == "side":
        far = [*([] if still else _arm(dressed, 0, pair[1], still=False)), behind, *legs[1]]
        for patch in far:
            patch.lay(canvas, 1.0 if patch is behind else FAR_SIDE)
        clothes = [trunk, skirt] if dressed.one_piece else [skirt, trunk]
        near = [*legs[0], *clothes, head, before, *_arm(dressed, 0, pair[0], still=still)]
    else:
        rear = 0 if pair[0].thigh < pair[1].thigh else 1
        order = (rear, 1 - rear) if facing == "front" else (1 - rear, rear)
        arms = [patch for index in (0, 1) for patch in _arm(dressed, index, pair[index], still=still)]
        clothes = [trunk, skirt, *arms] if dressed.one_piece else [skirt, *arms, trunk]
        near = [*(patch for index in order for patch in legs[index]), *clothes, head, before]
    for patch in near:
        patch.lay(canvas)
    x = float(body.joints["hip"][:, 0].mean())
    return Sprite(canvas, (x, max(lows)), body.height)
