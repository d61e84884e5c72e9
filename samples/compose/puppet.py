"""Moves a dressed body: its pieces are turned about the joints and laid over one another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .gait import STANDING, Stance, stance
from .garments import Dressed, Piece
from .paint import over
from .source import Floats

FAR_SIDE = 0.72  # how much light reaches the limbs behind the body in a side view
TILT = 0.20  # a foot one unit nearer to the camera appears so much lower: the camera looks down


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A posed person: premultiplied (H, W, 4), the pixel that stands on the ground, and the body height in pixels."""

    rgba: Floats
    foot: tuple[float, float]
    height: float


def move(piece: Piece, start: Floats, end: Floats) -> Floats:
    """Carry a piece so that its bone runs from `start` to `end`: turned, and stretched along the bone only."""
    bone, posed = piece.end - piece.start, end - start
    length, posed_length = float(np.hypot(*bone)), max(float(np.hypot(*posed)), 1.0)
    rest_axes = np.stack([bone / length, np.array([-bone[1], bone[0]]) / length], axis=1)
    new_axes = np.stack([posed / length, np.array([-posed[1], posed[0]]) / posed_length], axis=1)
    turn = new_axes @ rest_axes.T
    matrix = np.column_stack([turn, start - turn @ piece.start]).astype(np.float64)
    size = (piece.rgba.shape[1], piece.rgba.shape[0])
    return np.asarray(cv2.warpAffine(piece.rgba, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def _swung(angle: float, length: float, facing: str) -> Floats:
    """A bone of `length` that hangs down, swung forward by `angle`, as seen from the side, the front or the back."""
    if facing == "side":
        return np.array([np.sin(angle), np.cos(angle)], np.float32) * length
    toward = TILT if facing == "front" else -TILT
    return np.array([0.0, np.cos(angle) + toward * np.sin(angle)], np.float32) * length


def _leg(dressed: Dressed, side: int, pose: Stance) -> tuple[list[Floats], float]:
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


def _arm(dressed: Dressed, side: int, pose: Stance, *, still: bool) -> list[Floats]:
    facing = dressed.body.facing
    upper, lower = dressed.arms[side]
    if still:
        return [upper.rgba, lower.rgba]
    lengths = [float(np.hypot(*(p.end - p.start))) for p in (upper, lower)]
    if facing == "side":
        elbow = upper.start + _swung(pose.arm, lengths[0], facing)
        wrist = elbow + _swung(pose.forearm, lengths[1], facing)
    else:
        elbow = upper.start + (upper.end - upper.start) * _swung(pose.arm, 1.0, facing)[1]
        wrist = elbow + (lower.end - lower.start) * _swung(pose.forearm, 1.0, facing)[1]
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
    wide = 1 + 0.85 * reach * down
    from_x = hip[0] + (columns - hip[0]) / wide
    return np.asarray(cv2.remap(skirt, from_x.astype(np.float32), rows, cv2.INTER_LINEAR), np.float32)


def pose(dressed: Dressed, phase: float | None) -> Sprite:
    """The person at a phase (0..1) of its walk, or standing when `phase` is None."""
    body, facing = dressed.body, dressed.body.facing
    still = phase is None
    pair = (STANDING, STANDING) if phase is None else (stance(phase), stance(phase + 0.5))
    shade = np.array([FAR_SIDE] * 3 + [1], np.float32)
    legs, lows = [], []
    for index, part in enumerate(pair):
        posed, low = _leg(dressed, index if facing != "side" else 0, part)
        legs.append(posed)
        lows.append(low)
    canvas = np.zeros_like(dressed.trunk)
    layers: list[Floats] = []
    if facing == "side":
        if not still:
            layers += [piece * shade for piece in _arm(dressed, 0, pair[1], still=False)]
        layers += [dressed.behind, *(piece * shade for piece in legs[1]), *legs[0]]
        layers += [_swing_skirt(dressed, pair), dressed.trunk, dressed.head, dressed.before]
        layers += _arm(dressed, 0, pair[0], still=still)
    else:
        rear = 0 if pair[0].thigh < pair[1].thigh else 1
        order = (rear, 1 - rear) if facing == "front" else (1 - rear, rear)
        layers += [piece for index in order for piece in legs[index]]
        arms = [piece for index in (0, 1) for piece in _arm(dressed, index, pair[index], still=still)]
        layers += [dressed.skirt, *arms, dressed.trunk, dressed.head, dressed.before]
    for layer in layers:
        canvas = over(layer, canvas)
    x = float(body.joints["hip"][:, 0].mean())
    return Sprite(canvas, (x, max(lows)), body.height)
