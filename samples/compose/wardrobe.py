"""Keeps the posed, dressed people ready: every view and every phase of the walk is drawn once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from .anatomy import Body, take_apart
from .cast import Identity
from .garments import Dressed, dress
from .puppet import Sprite, pose
from .source import Bytes, Floats, load_view

PHASES = 16
WORKING = 0.68  # of the size of the source: the largest person of the clips is not larger


def _shrink(body: Body) -> Body:
    """The body at the size that the clips need."""

    def small(picture: Floats) -> Floats:
        return np.asarray(cv2.resize(picture, None, fx=WORKING, fy=WORKING, interpolation=cv2.INTER_AREA), np.float32)

    pictures = ("rgb", "alpha", "head", "arms", "trunk", "sleeves", "legs", "light")
    return replace(
        body,
        joints={name: points * WORKING for name, points in body.joints.items()},
        height=body.height * WORKING,
        ground=body.ground * WORKING,
        **{name: small(getattr(body, name)) for name in pictures},
    )


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A sprite cut to its outline, as uint8 pictures of halving size; `foot` and `height` are those of the first."""

    levels: tuple[Bytes, ...]
    foot: tuple[float, float]
    height: float


def cut(sprite: Sprite) -> Cut:
    """Crop a sprite to what it shows, and reduce it step by step."""
    rows = np.flatnonzero(sprite.rgba[..., 3].max(axis=1) > 0.01)
    columns = np.flatnonzero(sprite.rgba[..., 3].max(axis=0) > 0.01)
    top, left = max(int(rows[0]) - 2, 0), max(int(columns[0]) - 2, 0)
    picture = sprite.rgba[top : rows[-1] + 3, left : columns[-1] + 3]
    picture = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    pad = ((0, -picture.shape[0] % 4), (0, -picture.shape[1] % 4), (0, 0))
    levels = [np.pad(picture, pad)]
    for _ in range(2):
        h, w = levels[-1].shape[:2]
        levels.append(np.asarray(cv2.resize(levels[-1], (w // 2, h // 2), interpolation=cv2.INTER_AREA), np.uint8))
    return Cut(tuple(levels), (sprite.foot[0] - left, sprite.foot[1] - top), sprite.height)


class Wardrobe:
    """Gives the picture of an identity from one side at one phase of its walk."""

    def __init__(self, people: Path, cast: tuple[Identity, ...]) -> None:
        self._people = people
        self._cast = {identity.id: (number, identity) for number, identity in enumerate(cast)}
        self._bodies: dict[tuple[str, str], Body] = {}
        self._dressed: dict[tuple[str, str], Dressed] = {}
        self._cuts: dict[tuple[str, str, int | None], Cut] = {}

    def height_m(self, who: str) -> float:
        """Body height of an identity in metres."""
        return self._cast[who][1].height_m

    def _wear(self, who: str, facing: str) -> Dressed:
        if (who, facing) not in self._dressed:
            number, identity = self._cast[who]
            panel = (identity.source, identity.side_panel if facing == "side" else facing)
            if panel not in self._bodies:
                self._bodies[panel] = _shrink(take_apart(load_view(self._people, *panel)))
            self._dressed[who, facing] = dress(self._bodies[panel], identity.outfit, 100 * number + 7)
        return self._dressed[who, facing]

    def get(self, who: str, facing: str, phase: float | None) -> Cut:
        """The cut sprite; `phase` 0..1 is rounded to one of PHASES, None is standing still."""
        step = None if phase is None else round(phase * PHASES) % PHASES
        if (who, facing, step) not in self._cuts:
            self._cuts[who, facing, step] = cut(pose(self._wear(who, facing), None if step is None else step / PHASES))
        return self._cuts[who, facing, step]
