"""Pictures decoded and resized once, in one file on disk that is mapped into memory.

Decoding 30,000 small pictures takes longer than an epoch needs them; mapped, they cost nothing a second time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid.types import Image, PersonSample


def read_rgb(path: Path) -> Image:
    """A picture file as (H, W, 3) RGB.

    Raises:
        ValueError: if it is no picture.
    """
    data = np.fromfile(path, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        raise ValueError(f"{path} is not a picture that can be read")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def cache_key(samples: Sequence[PersonSample], *settings: object) -> str:
    """A digest of which pictures, and of what is made of them; paths count by their last three parts."""
    names = ["/".join(sample.path.parts[-3:]) for sample in samples]
    return hashlib.sha256(json.dumps([names, *settings], default=str).encode()).hexdigest()[:16]


def decoded(samples: Sequence[PersonSample], height: int, width: int, cache: Path) -> NDArray[np.uint8]:
    """(N, height, width, 3) uint8 RGB of the samples, read from ``cache`` where a former run wrote it."""
    target = cache / f"pictures-{cache_key(samples, height, width)}.npy"
    if not target.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        store = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=(len(samples), height, width, 3))
        for row, sample in enumerate(samples):
            image = read_rgb(sample.path)
            method = cv2.INTER_AREA if image.shape[0] > height else cv2.INTER_LINEAR
            store[row] = cv2.resize(image, (width, height), interpolation=method)
        store.flush()
        part.replace(target)
    return np.asarray(np.load(target, mmap_mode="r"))
