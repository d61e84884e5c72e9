"""Arms, bare or in sleeves."""

from __future__ import annotations

import numpy as np

from .anatomy import Body, capsule
from .cast import Outfit
from .paint import cloth, over, premultiplied, round_light
from .pieces import Piece, limb
from .source import Floats

SLEEVE = 0.041  # half the width of a long sleeve at the shoulder, as a share of the body height


def thickness(outfit: Outfit) -> float:
    """How much thicker the sleeves of an outfit are than those of a shirt."""
    return 1.12 if outfit.upper_garment in ("coat", "jacket") else 1.0


def arm(body: Body, outfit: Outfit, side: int, seed: int) -> tuple[Piece, Piece]:
    """Upper arm and forearm of one side (0 left, 1 right of the picture), sleeves on; `seed` makes the folds."""
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
        thick = thickness(outfit)
        start = shoulder + 0.06 * bone
        cuff = wrist - (wrist - elbow) * 0.02
        upper = over(
            limb(body, [start, elbow], [SLEEVE * h * thick, 0.034 * h * thick], outfit.upper_colour, seed), upper
        )
        lower = over(
            limb(body, [elbow, cuff], [0.034 * h * thick, 0.026 * h * thick], outfit.upper_colour, seed + 1), lower
        )
    elif body.facing == "side":
        end = shoulder + 0.62 * bone
        sleeve = capsule(own.shape, [shoulder, end], [0.042 * h, 0.049 * h]) * np.clip((0.68 - along) * 30, 0, 1)
        rim = 1 - 0.18 * np.clip((along - 0.58) / 0.1, 0, 1)
        light = round_light((columns - shoulder[0]) / (0.05 * h), 0.22) * rim * (0.35 + 0.65 * body.light)
        upper = over(cloth(outfit.upper_colour, light.astype(np.float32), sleeve.astype(np.float32)), upper)
    return Piece.cut(upper, shoulder, elbow), Piece.cut(lower, elbow, wrist)


def beyond_sleeves(body: Body, outfit: Outfit) -> Floats:
    """What of the wide sleeves of the T-shirt sticks out beyond the slimmer long ones."""
    h = body.height
    rows, columns = np.mgrid[0 : body.alpha.shape[0], 0 : body.alpha.shape[1]].astype(np.float32)
    beyond = np.zeros(body.alpha.shape, np.float32)
    for side in (0, 1):
        shoulder, elbow = body.joints["shoulder"][side], body.joints["elbow"][side]
        bone = (elbow - shoulder) / max(float(np.hypot(*(elbow - shoulder))), 1e-6)
        outward = (columns - shoulder[0]) * bone[1] - (rows - shoulder[1]) * bone[0]
        outward = outward if side == 1 else -outward
        beyond = np.maximum(beyond, np.clip((outward - SLEEVE * thickness(outfit) * h) / 2 + 0.5, 0, 1))
    return beyond.astype(np.float32)
