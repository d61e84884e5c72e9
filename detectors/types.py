"""What flows out of this package, and the three seams through which it is used.

Conventions: images are ``(H, W, 3) uint8 RGB``; boxes are ``xyxy float32`` in pixels of the original frame with
x2 and y2 exclusive; confidences lie in 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, 3) RGB
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def check_shape(name: str, array: NDArray[np.generic], expected: tuple[int | None, ...]) -> None:
    """Raise ValueError unless ``array`` has the expected shape; None stands for any length."""
    fits = array.ndim == len(expected) and all(e is None or e == a for e, a in zip(expected, array.shape, strict=True))
    if not fits:
        wanted = "(" + ", ".join("N" if e is None else str(e) for e in expected) + ")"
        raise ValueError(f"{name}: expected shape {wanted}, got {array.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The people found in one frame.

    Attributes:
        xyxy: (N, 4) float32, pixels of the original frame.
        confidence: (N,) float32 in 0..1.
        track_id: (N,) int64 once a tracker has seen them, else None.
    """

    xyxy: Floats
    confidence: Floats
    track_id: Ints | None = None

    def __post_init__(self) -> None:
        check_shape("Detections.xyxy", self.xyxy, (None, 4))
        check_shape("Detections.confidence", self.confidence, (len(self.xyxy),))
        if self.track_id is not None:
            check_shape("Detections.track_id", self.track_id, (len(self.xyxy),))

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, which: Mask | Ints | slice) -> Detections:
        """The subset that a boolean mask, an index array or a slice picks."""
        ids = None if self.track_id is None else self.track_id[which]
        return Detections(self.xyxy[which], self.confidence[which], ids)

    @staticmethod
    def empty() -> Detections:
        """No people at all."""
        return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """Body keypoints of N people in the order of COCO (nose, eyes, ears, shoulders, ..., ankles).

    Attributes:
        xy: (N, 17, 2) float32, pixels of the picture that was given.
        confidence: (N, 17) float32 in 0..1.
    """

    xy: Floats
    confidence: Floats

    def __post_init__(self) -> None:
        check_shape("Keypoints.xy", self.xy, (None, 17, 2))
        check_shape("Keypoints.confidence", self.confidence, (len(self.xy), 17))

    def __len__(self) -> int:
        return len(self.xy)


@dataclass(slots=True, eq=False)
class Track:
    """One followed person: a box for each time it was seen.

    Attributes:
        id: the tracker's number, unique within one footage.
        times: seconds from the start of the footage, ascending.
        boxes: one (4,) float32 xyxy for each time.
    """

    id: int
    times: list[float] = field(default_factory=list)
    boxes: list[Floats] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.times)


@runtime_checkable
class Detector(Protocol):
    """Finds people in pictures."""

    @property
    def fingerprint(self) -> str:
        """A digest of everything that changes its answers: weights, threshold, input size, precision."""
        ...

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """One Detections for each picture, in order; pictures may differ in size."""
        ...


@runtime_checkable
class PoseEstimator(Protocol):
    """Finds the 17 COCO keypoints of the one person in each crop."""

    def estimate(self, crops: Sequence[Image]) -> Keypoints:
        """Keypoints (N, 17, 2) in pixels of each crop; a crop without a person gets confidence 0 throughout."""
        ...


@runtime_checkable
class Tracker(Protocol):
    """Gives people who are the same from frame to frame the same number."""

    @property
    def fingerprint(self) -> str:
        """A digest of its kind and settings."""
        ...

    def update(self, detections: Detections, image: Image) -> Detections:
        """The detections that belong to a confirmed track, with `track_id` set; call once for every sampled frame."""
        ...

    def reset(self) -> None:
        """Forget everything, for the next footage; numbers start at 1 again."""
        ...
