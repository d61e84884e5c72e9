"""A batch of detections and tracklets, looked at before any of it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from pipeline.catalogue.checks import NORM_TOLERANCE
from pipeline.types import FrameDetections, Space, Tracklet


def check_batch(
    frames: Sequence[FrameDetections],
    tracklets: Sequence[Tracklet],
    *,
    last_index: int,
    taken: frozenset[int],
    spaces: Mapping[str, Space],
) -> None:
    """Refuses what would make a gallery contradict itself.

    Args:
        frames: to be stored.
        tracklets: to be stored.
        last_index: of the last frame stored before.
        taken: numbers of the tracklets stored before.
        spaces: in which every tracklet must have a vector.

    Raises:
        ValueError: what is wrong.
    """
    indices = [last_index, *(frame.index for frame in frames)]
    if any(later <= earlier for earlier, later in pairwise(indices)):
        raise ValueError(f"frames must follow one another and frame {last_index}, got {indices[1:6]}")
    for frame in frames:
        if frame.xyxy.shape != (len(frame.confidence), 4):
            raise ValueError(f"frame {frame.index}: boxes {frame.xyxy.shape}, confidences {frame.confidence.shape}")
    numbers = [tracklet.number for tracklet in tracklets]
    if len(set(numbers)) < len(numbers) or taken.intersection(numbers):
        raise ValueError(f"tracklet numbers must be new, got {numbers}, stored are {len(taken)}")
    for tracklet in tracklets:
        _check_tracklet(tracklet, spaces)


def _check_tracklet(tracklet: Tracklet, spaces: Mapping[str, Space]) -> None:
    count = len(tracklet.times)
    if not count or tracklet.boxes.shape != (count, 4) or tracklet.confidence.shape != (count,):
        shapes = tracklet.times.shape, tracklet.boxes.shape, tracklet.confidence.shape
        raise ValueError(f"tracklet {tracklet.number}: times, boxes and confidences of shapes {shapes}")
    if (np.diff(tracklet.times) < 0).any():
        raise ValueError(f"tracklet {tracklet.number}: its times go backwards")
    if not tracklet.crops:
        raise ValueError(f"tracklet {tracklet.number} has no crops")
    if set(tracklet.vectors) != set(spaces):
        raise ValueError(f"tracklet {tracklet.number}: vectors {sorted(tracklet.vectors)}, expected {sorted(spaces)}")
    for kind, vector in tracklet.vectors.items():
        if vector.shape != (spaces[kind].dim,):
            raise ValueError(f"tracklet {tracklet.number}: {kind} vector {vector.shape}, expected {spaces[kind].dim}")
        if not abs(float(np.linalg.norm(vector)) - 1.0) <= NORM_TOLERANCE:  # NaN is refused too
            raise ValueError(f"tracklet {tracklet.number}: {kind} vector of length {np.linalg.norm(vector)}, not 1")
