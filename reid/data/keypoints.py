"""Body keypoints of data sets' pictures, found once and kept in a file.

Whoever finds them (`reidpipe keypoints`) is no part of this package; here they are plain arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid.networks.alignment import equal_bounds, keypoint_bounds
from reid.types import Floats, PersonSample

_SHAPE = (17, 3)  # COCO's keypoints: x, y in pixels of the picture, confidence in 0..1


@dataclass(frozen=True, slots=True)
class KeypointStore:
    """Keypoints by picture.

    The file is an .npz of ``names`` (N,) text, ``keypoints`` (N, 17, 3) float32 and ``heights`` (N,) float32, the
    pictures' heights in pixels. A picture is named by its data set and the last two parts of its path, as
    ``market1501/bounding_box_train/0002_c1s1_000451_03.jpg``, so that a file serves wherever the data lie.

    Attributes:
        rows: name -> position in the arrays.
        keypoints: (N, 17, 3) float32.
        heights: (N,) float32.
    """

    rows: Mapping[str, int]
    keypoints: Floats
    heights: Floats

    @staticmethod
    def load(path: Path | str) -> KeypointStore:
        """Read a file.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it is no file of keypoints.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file; `reidpipe keypoints` makes one")
        try:
            with np.load(path, allow_pickle=False) as file:
                names, keypoints, heights = file["names"], file["keypoints"], file["heights"]
        except (OSError, ValueError, KeyError, EOFError, TypeError) as error:
            raise ValueError(f"{path} holds no keypoints ({error})") from None
        if keypoints.shape != (len(names), *_SHAPE) or heights.shape != (len(names),):
            raise ValueError(
                f"{path}: expected {len(names)} pictures with 17 keypoints and a height each, "
                f"got {keypoints.shape} and {heights.shape}"
            )
        rows = {str(name): row for row, name in enumerate(names)}
        return KeypointStore(rows, keypoints.astype(np.float32), heights.astype(np.float32))

    @staticmethod
    def empty() -> KeypointStore:
        """No pictures."""
        return KeypointStore({}, np.zeros((0, *_SHAPE), np.float32), np.zeros(0, np.float32))

    def with_these(self, samples: Sequence[PersonSample], keypoints: Floats, heights: Floats) -> KeypointStore:
        """This store and further pictures, which win where both know one.

        Args:
            samples: N pictures.
            keypoints: (N, 17, 3).
            heights: (N,) of the pictures in pixels.

        Raises:
            ValueError: if the numbers differ.
        """
        if keypoints.shape != (len(samples), *_SHAPE) or len(heights) != len(samples):
            raise ValueError(f"expected {(len(samples), *_SHAPE)}, got {keypoints.shape} and {len(heights)} heights")
        fresh = {picture_name(sample): row for row, sample in enumerate(samples)}
        kept = [(name, row) for name, row in self.rows.items() if name not in fresh]
        names = [name for name, _ in kept] + list(fresh)
        old, new = [row for _, row in kept], list(fresh.values())
        return KeypointStore(
            {name: row for row, name in enumerate(names)},
            np.concatenate([self.keypoints[old], keypoints[new]]).astype(np.float32),
            np.concatenate([self.heights[old], heights[new]]).astype(np.float32),
        )

    def write(self, path: Path) -> None:
        """Write the file; whoever reads it meanwhile sees the old one."""
        part = path.with_suffix(".part.npz")
        np.savez_compressed(
            part, names=np.array(list(self.rows), np.str_), keypoints=self.keypoints, heights=self.heights
        )
        part.replace(path)

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, samples: Sequence[PersonSample]) -> Floats:
        """(N, 17, 3) in pixels of the pictures as they are on disk; all 0 for a picture that is not in the store."""
        return self._rows_of(samples, self.keypoints)

    def heights_of(self, samples: Sequence[PersonSample]) -> Floats:
        """(N,) heights of the pictures in pixels; 0 for a picture that is not in the store."""
        return self._rows_of(samples, self.heights)

    def bounds(self, samples: Sequence[PersonSample], strips: int) -> Floats:
        """(N, strips, 2) where the strips of each picture lie; equal ones where the body is not sure.

        See `reid.networks.alignment.keypoint_bounds`.
        """
        pairs = zip(self.of(samples), self.heights_of(samples), strict=True)
        found = [keypoint_bounds(points, float(height), strips) for points, height in pairs]
        return np.stack(found) if found else np.zeros((0, strips, 2), np.float32)

    def _rows_of(self, samples: Sequence[PersonSample], values: Floats) -> Floats:
        found = np.zeros((len(samples), *values.shape[1:]), np.float32)
        for place, sample in enumerate(samples):
            row = self.rows.get(picture_name(sample))
            if row is not None:
                found[place] = values[row]
        return found


def picture_name(sample: PersonSample) -> str:
    """By what a picture is known, wherever its data set lies."""
    return "/".join([sample.dataset, *sample.path.parts[-2:]])


def moved_bounds(bounds: Floats, scale: float, offset: float) -> Floats:
    """Strips of a picture that was zoomed, shifted and cut.

    Args:
        bounds: (S, 2) fractions of the height before; (0, 0) is not visible.
        scale, offset: what lay at y lies at ``scale * y + offset`` now, see `Augmentation.placed`.

    Returns:
        (S, 2) float32; a strip of which less than a third stayed inside is not visible. Equal strips stay as they
        are: they are bands of whatever the picture shows. They also stand in if no strip is visible.
    """
    equal = equal_bounds(len(bounds))
    if np.array_equal(bounds, equal):
        return equal
    moved: NDArray[np.float32] = bounds * np.float32(scale) + np.float32(offset)
    inside = moved.clip(0, 1)
    length = inside[:, 1] - inside[:, 0]
    visible = (bounds[:, 1] > bounds[:, 0]) & (length > (moved[:, 1] - moved[:, 0]) / 3)
    return np.asarray(inside * visible[:, None], np.float32) if visible.any() else equal
