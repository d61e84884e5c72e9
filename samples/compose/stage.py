"""Puts the people of one moment into the plaza: sizes, order, light, shadows, and what is seen of whom."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import HEIGHT, WIDTH, Camera
from .choreography import WALKS, Moment, Walk, at
from .gait import STRIDE_PER_HEIGHT
from .plaza import paint_plaza
from .props import Placed, place
from .source import Floats
from .wardrobe import Cut, Wardrobe

UNTOUCHED, FURNITURE = -1, -2  # whose pixel it is, if nobody's
SOLID = 0.5  # alpha from which a pixel belongs to a person


@dataclass(frozen=True, slots=True)
class Seen:
    """The truth on one person in one frame: its box (xyxy, within the frame) and the share of it that is visible."""

    who: str
    box: tuple[float, float, float, float]
    visible: float


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A person drawn for one frame: the picture at its place, in frame pixels."""

    who: str
    rgba: Floats
    left: int
    top: int
    z: float
    foot: tuple[float, float]
    scale: float


def _facing(moment: Moment) -> tuple[str, bool]:
    """From which side the camera sees the walker, and whether the side view is to be mirrored."""
    along, away = moment.heading
    # seen from the camera, someone beside the middle who walks straight ahead also moves across
    bearing = moment.x / moment.z
    across = along - bearing * away
    if abs(across) > 0.62 * abs(away):
        return "side", across < 0
    return ("back" if away > 0 else "front"), False


def _draw(cut: Cut, factor: float, x: float, y: float, *, mirrored: bool) -> tuple[Floats, int, int]:
    """Scale a cut sprite so that its foot stands exactly on (x, y); the picture and its upper left corner."""
    level = 0
    while level + 1 < len(cut.levels) and factor < 0.5:
        level, factor = level + 1, factor * 2
    picture = cut.levels[level]
    foot_x, foot_y = cut.foot[0] / 2**level, cut.foot[1] / 2**level
    if mirrored:
        picture, foot_x = picture[:, ::-1], picture.shape[1] - foot_x
    left, top = int(np.floor(x - foot_x * factor)) - 1, int(np.floor(y - foot_y * factor)) - 1
    matrix = np.array([[factor, 0, x - foot_x * factor - left], [0, factor, y - foot_y * factor - top]], np.float64)
    size = (int(np.ceil(picture.shape[1] * factor)) + 3, int(np.ceil(picture.shape[0] * factor)) + 3)
    moved = cv2.warpAffine(np.ascontiguousarray(picture), matrix, size, flags=cv2.INTER_LINEAR)
    return moved.astype(np.float32) / 255, left, top


def _window(shape: tuple[int, ...], left: int, top: int) -> tuple[slice, slice, slice, slice]:
    """Rows and columns of the frame that a picture at (left, top) covers, and of the picture that lie in the frame."""
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = max(min(top + shape[0], HEIGHT), y0), max(min(left + shape[1], WIDTH), x0)
    return slice(y0, y1), slice(x0, x1), slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)


class Stage:
    """The plaza before one camera, with the walks that lead through it."""

    def __init__(self, camera: Camera, wardrobe: Wardrobe) -> None:
        self.camera = camera
        self._wardrobe = wardrobe
        self._plaza = paint_plaza(camera)
        self._props = place(camera, self._plaza.shape[:2])
        self._furnish()

    def _furnish(self) -> None:
        ground = np.zeros(self._plaza.shape[:2], np.float32)
        for prop in self._props:
            h, w = prop.rgba.shape[:2]
            centre = (prop.left + w // 2, prop.top + h - 1)
            cv2.ellipse(ground, centre, (max(3, int(w * 0.45)), max(2, int(w * 0.11))), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
        ground = cv2.GaussianBlur(ground, (0, 0), 7)
        self._plaza *= (1 - 0.45 * np.clip(ground, 0, 1))[..., None]
        for prop in self._props:
            h, w = prop.rgba.shape[:2]
            region = self._plaza[prop.top : prop.top + h, prop.left : prop.left + w]
            region[:] = prop.rgba[..., :3] + region * (1 - prop.rgba[..., 3:])

    def _figure(self, walk: Walk, moment: Moment, corner: tuple[float, float]) -> Figure:
        facing, mirrored = _facing(moment)
        height = self._wardrobe.height_m(walk.who)
        phase = (moment.walked / (STRIDE_PER_HEIGHT * height)) % 1.0 if moment.moving else None
        cut = self._wardrobe.get(walk.who, facing, phase)
        scale = self.camera.scale(moment.z)
        x, y = self.camera.ground(moment.x, moment.z)
        foot = (x - corner[0], y - corner[1])
        rgba, left, top = _draw(cut, scale * height / cut.height, *foot, mirrored=mirrored)
        rgba[..., :3] *= np.linspace(1.0, 0.90, len(rgba), dtype=np.float32)[
            :, None, None
        ]  # less light near the ground
        return Figure(walk.who, rgba, left, top, moment.z, foot, scale)

    def figures(self, time_s: float) -> list[Figure]:
        """Everyone on the plaza at a moment, the farthest first."""
        corner = self.camera.offset(time_s)
        drawn = []
        for walk in WALKS[self.camera.name]:
            moment = at(walk, time_s)
            if moment is not None:
                drawn.append(self._figure(walk, moment, corner))
        return sorted(drawn, key=lambda figure: -figure.z)

    def _cast_shadows(self, frame: Floats, figures: list[Figure]) -> None:
        """Darken the ground: a soft spot under the feet, and the slanted outline that a hazy sun throws."""
        half = (WIDTH // 2, HEIGHT // 2)
        long, spot = np.zeros(half[::-1], np.float32), np.zeros(half[::-1], np.float32)
        for figure in figures:
            fx, fy = figure.foot
            sx, sy = self.camera.shadow
            dx, dy = figure.left - fx, figure.top - fy
            matrix = np.array([[1, -sx, fx + dx - sx * dy], [0, -sy, fy - sy * dy]], np.float64) / 2
            alpha = cv2.warpAffine(np.ascontiguousarray(figure.rgba[..., 3]), matrix, half, flags=cv2.INTER_LINEAR)
            long = np.maximum(long, alpha)
            axes = (max(1, int(0.15 * figure.scale)), max(1, int(0.05 * figure.scale)))
            cv2.ellipse(spot, (int(fx / 2), int(fy / 2)), axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
        dark = 0.26 * cv2.GaussianBlur(long, (0, 0), 2.0) + 0.40 * cv2.GaussianBlur(spot, (0, 0), 3.0)
        frame *= (1 - cv2.resize(np.minimum(dark, 0.6), (WIDTH, HEIGHT)))[..., None]

    @staticmethod
    def _overlay(prop: Placed, corner: tuple[float, float]) -> tuple[Floats, int, int]:
        left, top = prop.left - corner[0], prop.top - corner[1]
        whole = (int(np.floor(left)), int(np.floor(top)))
        shift = np.array([[1, 0, left - whole[0]], [0, 1, top - whole[1]]], np.float64)
        size = (prop.rgba.shape[1] + 1, prop.rgba.shape[0] + 1)
        return np.asarray(cv2.warpAffine(prop.rgba, shift, size), np.float32), *whole

    def render(self, time_s: float) -> tuple[Floats, list[Seen]]:
        """The scene at a moment, linear in light as painted (HEIGHT, WIDTH, 3), and the truth on who is in it."""
        corner = self.camera.offset(time_s)
        shift = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]], np.float64)
        frame = np.asarray(cv2.warpAffine(self._plaza, shift, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR), np.float32)
        figures = self.figures(time_s)
        if not figures:
            return frame, []
        self._cast_shadows(frame, figures)
        owner = np.full((HEIGHT, WIDTH), UNTOUCHED, np.int16)
        props = [p for p in self._props if p.z < figures[0].z]
        things = sorted([*figures, *props], key=lambda thing: -thing.z)
        for thing in things:
            if isinstance(thing, Figure):
                rgba, left, top, number = thing.rgba, thing.left, thing.top, figures.index(thing)
            else:
                (rgba, left, top), number = self._overlay(thing, corner), FURNITURE
            rows, columns, from_rows, from_columns = _window(rgba.shape, left, top)
            part = rgba[from_rows, from_columns]
            # furniture is on the painted picture already, and drawn again only over what was drawn since
            if not part.size or (number == FURNITURE and (owner[rows, columns] == UNTOUCHED).all()):
                continue
            region = frame[rows, columns]
            region[:] = part[..., :3] + region * (1 - part[..., 3:])
            owner[rows, columns][part[..., 3] > SOLID] = number
        return frame, self._truth(figures, owner)

    def _truth(self, figures: list[Figure], owner: np.ndarray) -> list[Seen]:
        seen = []
        for number, figure in enumerate(figures):
            solid = figure.rgba[..., 3] > SOLID
            rows, columns, from_rows, from_columns = _window(solid.shape, figure.left, figure.top)
            inside = solid[from_rows, from_columns]
            if not inside.any():
                continue
            ys, xs = np.flatnonzero(inside.any(axis=1)) + rows.start, np.flatnonzero(inside.any(axis=0)) + columns.start
            box = (float(xs[0]), float(ys[0]), float(xs[-1] + 1), float(ys[-1] + 1))
            share = float((owner[rows, columns] == number).sum()) / float(solid.sum())
            seen.append(Seen(figure.who, box, round(share, 3)))
        return seen
