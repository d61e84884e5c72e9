"""Frames of the sample clips and who is in them, for the tests of detectors."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import av
import numpy as np

SAMPLES = Path(__file__).parents[2] / "samples"
CLIP = "plaza_north.mp4"


@functools.cache
def frames(count: int, step: int = 1) -> tuple[tuple[int, np.ndarray], ...]:
    """(index, RGB picture) of every `step`-th frame of the clip, `count` in all."""
    found = []
    with av.open(str(SAMPLES / CLIP)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % step == 0:
                found.append((index, frame.to_ndarray(format="rgb24")))
            if len(found) == count:
                break
    return tuple(found)


@functools.cache
def people(least_visible: float) -> dict[int, np.ndarray]:
    """For each frame of the clip (N, 4) boxes of those who are visible to this share."""
    truth = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    camera = next(camera["name"] for camera in truth["cameras"] if camera["clip"] == CLIP)
    found: dict[int, list[list[float]]] = {}
    for person in truth["identities"]:
        for frame, _, *box, visible in person["tracks"].get(camera, []):
            if visible >= least_visible:
                found.setdefault(frame, []).append(box)
    return {frame: np.array(rows, np.float32) for frame, rows in found.items()}
