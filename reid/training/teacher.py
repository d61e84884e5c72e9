"""Vectors of a teacher network in OpenVINO's format, computed once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid.checkpoint import sha256
from reid.data.pictures import cache_key, read_rgb
from reid.quiet import core
from reid.types import PersonSample


def teacher_vectors(model: Path, samples: Sequence[PersonSample], cache: Path, threads: int = 0) -> NDArray[np.float16]:
    """What a teacher says of every sample.

    Args:
        model: an OpenVINO model (.xml) with one input (1, 3, H, W) of BGR in 0..255 and one output (1, D), as the
            re-identification networks of Open Model Zoo have.
        samples: the pictures.
        cache: folder in which the vectors are kept.
        threads: of OpenVINO; 0 leaves it to OpenVINO.

    Returns:
        (N, D) float16 of norm 1. A mirror image shall have the same vector, so it is not asked for.

    Raises:
        FileNotFoundError: if there is no such model.
    """
    if not model.is_file():
        raise FileNotFoundError(f"no teacher at {model}; give the .xml file of an OpenVINO model")
    target = cache / f"teacher-{cache_key(samples, sha256(model.with_suffix('.bin')))}.npy"
    if not target.is_file():
        network = core().read_model(model)
        _, _, height, width = network.input().shape
        settings = {"INFERENCE_NUM_THREADS": threads} if threads else {}
        compiled = core().compile_model(network, "CPU", settings)
        rows = np.zeros((len(samples), compiled.output().shape[1]), np.float16)
        for row, sample in enumerate(samples):
            bgr = cv2.resize(read_rgb(sample.path)[..., ::-1], (width, height), interpolation=cv2.INTER_LINEAR)
            vector = compiled(bgr.transpose(2, 0, 1)[None].astype(np.float32))[0][0]
            rows[row] = vector / np.linalg.norm(vector)
        cache.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part.npy")
        np.save(part, rows)
        part.replace(target)
    return np.asarray(np.load(target))
