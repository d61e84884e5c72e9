"""A small world for the tests of ingest: people are blocks of colour, and what finds and tells them apart is quick.

The parts are real, in that they look at the pixels and nothing else; they are deterministic; and they come up in no
time, so that a test can kill the process that uses them twenty times.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from footage_factory import plain, write_video

from detectors import boxes
from detectors.types import Detections
from pipeline.config import Settings, load_settings
from pipeline.gallery import Gallery
from pipeline.ingest import Ingestor
from pipeline.types import APPEARANCE, LANGUAGE, Floats, Image

WIDTH, HEIGHT = 200, 144
SPACE_OF_HUES = 30
SATURATED = 90


class BlobDetector:
    """Finds every patch of a strong colour: a person for each."""

    fingerprint = "blobs"

    def __init__(self) -> None:
        self.frames = 0

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        self.frames += len(images)
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> Detections:
        red, green, blue = cv2.split(image)
        saturation = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
        mask = cv2.morphologyEx((saturation > SATURATED).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        found = [(x, y, x + w, y + h) for x, y, w, h, size in stats[1:].tolist() if size > 60]
        xyxy = np.array(sorted(found), np.float32).reshape(-1, 4)
        return Detections(xyxy, np.full(len(xyxy), 0.9, np.float32))


class OverlapTracker:
    """Gives a box the number of the box of the last frames that it overlaps most."""

    def __init__(self, fps: float) -> None:
        self.fingerprint = f"overlap {fps}"
        self._patience = round(fps)
        self.reset()

    def reset(self) -> None:
        self._last: dict[int, tuple[Floats, int]] = {}
        self._frame = 0
        self._numbers = 0

    def update(self, detections: Detections, image: Image) -> Detections:
        self._frame += 1
        self._last = {k: v for k, v in self._last.items() if self._frame - v[1] <= self._patience}
        ids = []
        for box in detections.xyxy:
            free = [key for key in self._last if key not in ids]
            overlaps = [float(boxes.iou(box[None], self._last[key][0][None])[0, 0]) for key in free]
            if overlaps and max(overlaps) > 0.05:
                ids.append(free[int(np.argmax(overlaps))])
            else:
                self._numbers += 1
                ids.append(self._numbers)
        for key, box in zip(ids, detections.xyxy, strict=True):
            self._last[key] = (box, self._frame)
        return Detections(detections.xyxy, detections.confidence, np.array(ids, np.int64))


class HueEncoder:
    """The histogram of a crop's hues."""

    dim = SPACE_OF_HUES
    wants_keypoints = False

    def __init__(self, space: str = "hues") -> None:
        self.space = space
        self.crops = 0

    def encode(self, images: Sequence[Image], keypoints: Floats | None = None) -> Floats:
        self.crops += len(images)
        rows = []
        for image in images:
            hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
            counts, _ = np.histogram(hsv[..., 0], SPACE_OF_HUES, (0, 180), weights=hsv[..., 1].astype(float))
            rows.append((counts + 1) / np.linalg.norm(counts + 1))
        return np.array(rows, np.float32)


def settings(**sections: dict[str, object]) -> Settings:
    """Small batches, so that there is much to be interrupted."""
    return load_settings(None, {"detector": {"batch": 2}} | sections)


def ingestor(gallery: Gallery, chosen: Settings | None = None, space: str = "hues") -> Ingestor:
    encoders = {APPEARANCE: HueEncoder(space), LANGUAGE: HueEncoder(space + " of words")}
    return Ingestor(gallery, BlobDetector(), OverlapTracker, encoders, chosen or settings())


# what is to be seen: (colour, seconds from, seconds to, left edge at the beginning, pixels a second, top)
PEOPLE = (
    ((220, 30, 30), 0.0, 5.0, 8.0, 25.0, 2),
    ((30, 200, 40), 1.0, 20.0, 170.0, -2.0, 98),
    ((30, 60, 220), 6.0, 12.0, 170.0, -22.0, 2),
    ((220, 200, 20), 7.0, 12.4, 5.0, 30.0, 50),
    ((200, 30, 200), 12.5, 17.0, 70.0, 22.0, 2),
    ((220, 110, 20), 15.0, 20.0, 10.0, 28.0, 50),
    ((20, 200, 200), 17.5, 20.0, 120.0, -30.0, 2),
)
SECONDS = 20.0
SPAN = (20, 44)  # width and height of everybody


def box_at(person: tuple, time: float) -> tuple[float, float, float, float]:
    _, since, _, left, speed, top = person
    x = left + speed * (time - since)
    return x, top, x + SPAN[0], top + SPAN[1]


def street(time: float) -> Image:
    """The picture of a moment: grey noise, and whoever is there."""
    image = plain(WIDTH, HEIGHT)
    image += np.random.default_rng(round(time * 1000)).integers(0, 12, (HEIGHT, WIDTH, 1), np.uint8)
    for person in PEOPLE:
        colour, since, until, *_ = person
        if since <= time < until:
            x1, y1, x2, y2 = (round(v) for v in box_at(person, time))
            image[max(y1, 0) : y2, max(x1, 0) : max(x2, 0)] = colour
    return image


def film_street(path: Path, fps: float = 10.0) -> Path:
    return write_video(path, [k / fps for k in range(round(SECONDS * fps))], street)
