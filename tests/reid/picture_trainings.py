"""Builds the trainings of configs/ on a small Market-1501 that tests make."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from market_files import market

from reid.data import datasets
from reid.data.keypoints import KeypointStore
from reid.training.appearance import AppearanceTask
from reid.training.appearance_data import build
from reid.training.run import parse_data, read_config

CONFIGS = Path(__file__).parents[2] / "configs"
FILES = [CONFIGS / "appearance.yaml", *sorted((CONFIGS / "image").glob("*.yaml"))]
STILL = {"shift": 0.0, "scale": 0.0, "brightness": 0.0, "erase": 0.0, "blur": 0.0, "cut": 0.0}


def small_data(root: Path, people: int, pictures: int) -> dict[str, Path]:
    """Market-1501 with attributes and keypoints, and a teacher that `teach` stands in for."""
    folder = market(root, people, pictures)
    samples = datasets.load("market1501", folder, "train")
    body = np.zeros((len(samples), 17, 3), np.float32)
    # Shoulders, hips and ankles of somebody who stands in the middle of a picture of 64 rows.
    body[:, :, 2] = 0.9
    for points, row in ((slice(0, 5), 9), (slice(5, 11), 14), (slice(11, 13), 32), (slice(13, 15), 44)):
        body[:, points, 1] = row
    body[:, 15:, 1] = 58
    keypoints = root / "keypoints.npz"
    KeypointStore.empty().with_these(samples, body, np.full(len(samples), 64, np.float32)).write(keypoints)
    teacher = root / "teacher.xml"
    teacher.write_text("stands for a network")
    pairs = {"market1501": folder, "keypoints": keypoints, "teacher": teacher, "cache": root / "cache"}
    return parse_data(f"{name}:{path}" for name, path in pairs.items())


def teach(monkeypatch: pytest.MonkeyPatch) -> None:
    """A teacher whose vectors depend on who is shown."""

    def vectors(model: Path, samples: list[Any], cache: Path) -> np.ndarray:
        rows = [np.random.default_rng(sample.identity).standard_normal(256) for sample in samples]
        made = np.stack(rows) + 0.2 * np.random.default_rng(0).standard_normal((len(rows), 256))
        # Behind a neck whose bias is held at 0, vectors that are not centred could not be learnt by heart.
        made -= made.mean(axis=0)
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16)

    monkeypatch.setattr("reid.training.appearance_data.teacher_vectors", vectors)


def small_task(
    path: Path, data: Mapping[str, Path], changes: Mapping[str, Any], people: int, pictures: int
) -> AppearanceTask:
    """The task of a file on small pictures; ``changes`` are merged into it, section by section."""
    config = read_config(path)
    config["data"] = {"labelled": ["market1501"], "unlabelled": [], "splits": {}, "judged": []}
    config["batch"] = {"people": people, "pictures": pictures, "unlabelled": 0}
    for section, values in changes.items():
        config[section] = {**config[section], **values} if isinstance(values, Mapping) else values
    return build(config, data)
