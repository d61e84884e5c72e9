"""The vectors of many pictures, made once and kept in a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from reid.data.pictures import cache_key, read_rgb
from reid.types import Floats, ImageEncoder, PersonSample

_AT_A_TIME = 64


def picture_vectors(
    encoder: ImageEncoder,
    samples: Sequence[PersonSample],
    cache: Path | None = None,
    advance: Callable[[int], None] | None = None,
) -> Floats:
    """(N, D) float32 of the pictures, in their order.

    Args:
        encoder: makes them.
        samples: the pictures.
        cache: folder in which they are kept for the next time; None to keep nothing.
        advance: told of every batch how many pictures it had.

    Raises:
        ValueError: if a picture cannot be read.
    """
    target = None if cache is None else cache / f"vectors-{cache_key(samples, encoder.space)}.npy"
    if target is not None and target.is_file():
        kept: Floats = np.load(target)
        (advance or _unseen)(len(kept))
        return kept
    vectors = np.empty((len(samples), encoder.dim), np.float32)
    for start in range(0, len(samples), _AT_A_TIME):
        images = [read_rgb(sample.path) for sample in samples[start : start + _AT_A_TIME]]
        vectors[start : start + len(images)] = encoder.encode(images)
        (advance or _unseen)(len(images))
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, vectors)
        part.replace(target)
    return vectors


def _unseen(_count: int) -> None:
    """Tells nobody."""
