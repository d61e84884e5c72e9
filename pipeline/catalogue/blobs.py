"""Arrays as bytes in a column: little-endian, one array after the other, without any padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Floats, FrameDetections


class BadBlob(ValueError):
    """Bytes in the catalogue that are not what they should be."""


_OBSERVATION = 8 + 4 * 4 + 4  # bytes: time, box, confidence


def pack_vector(vector: Floats) -> bytes:
    """A (D,) vector as 4 * D bytes."""
    return np.asarray(vector, "<f4").tobytes()


def unpack_vectors(data: Sequence[bytes], dim: int) -> Floats:
    """Rows of bytes as an (N, D) float32 array.

    Raises:
        BadBlob: a row is not 4 * D bytes long.
    """
    if wrong := {len(row) for row in data} - {4 * dim}:
        raise BadBlob(f"a vector of {sorted(wrong)[0]} bytes, expected {4 * dim}")
    return np.frombuffer(b"".join(data), "<f4").astype(np.float32).reshape(len(data), dim)


def pack_track(times: NDArray[np.float64], boxes: Floats, confidence: Floats) -> bytes:
    """Times (T,), boxes (T, 4) and confidences (T,) of a tracklet as 28 * T bytes."""
    return b"".join((
        np.asarray(times, "<f8").tobytes(),
        np.asarray(boxes, "<f4").tobytes(),
        np.asarray(confidence, "<f4").tobytes(),
    ))  # fmt: skip


def unpack_track(data: bytes) -> tuple[NDArray[np.float64], Floats, Floats]:
    """The inverse of `pack_track`.

    Raises:
        BadBlob: the bytes are no whole number of observations, or none.
    """
    count, rest = divmod(len(data), _OBSERVATION)
    if rest or not count:
        raise BadBlob(f"a track of {len(data)} bytes, expected a positive multiple of {_OBSERVATION}")
    times = np.frombuffer(data, "<f8", count).astype(np.float64)
    boxes = np.frombuffer(data, "<f4", 4 * count, offset=8 * count).astype(np.float32).reshape(count, 4)
    confidence = np.frombuffer(data, "<f4", count, offset=24 * count).astype(np.float32)
    return times, boxes, confidence


def pack_frames(frames: Sequence[FrameDetections]) -> bytes:
    """A run of frames: how many, their indices, times and numbers of boxes, then all boxes and all confidences."""
    return b"".join((
        np.array([len(frames), *(f.index for f in frames)], "<i8").tobytes(),
        np.array([f.time_s for f in frames], "<f8").tobytes(),
        np.array([len(f.xyxy) for f in frames], "<i8").tobytes(),
        *(np.asarray(f.xyxy, "<f4").tobytes() for f in frames),
        *(np.asarray(f.confidence, "<f4").tobytes() for f in frames),
    ))  # fmt: skip


def unpack_frames(data: bytes) -> list[FrameDetections]:
    """The inverse of `pack_frames`.

    Raises:
        BadBlob: the bytes are not as many as they claim to be.
    """
    try:
        return _frames(data)
    except ValueError as error:
        raise BadBlob(f"a run of detections that cannot be read ({error})") from error


def _frames(data: bytes) -> list[FrameDetections]:
    count = int(np.frombuffer(data, "<i8", 1)[0])
    indices = np.frombuffer(data, "<i8", count, offset=8)
    times = np.frombuffer(data, "<f8", count, offset=8 + 8 * count)
    sizes = np.frombuffer(data, "<i8", count, offset=8 + 16 * count)
    ends, start = np.cumsum(sizes), 8 + 24 * count
    total = int(sizes.sum())
    xyxy = np.frombuffer(data, "<f4", 4 * total, offset=start).astype(np.float32).reshape(total, 4)
    confidence = np.frombuffer(data, "<f4", total, offset=start + 16 * total).astype(np.float32)
    return [
        FrameDetections(int(index), float(time), xyxy[end - size : end], confidence[end - size : end])
        for index, time, size, end in zip(indices, times, sizes, ends, strict=True)
    ]
