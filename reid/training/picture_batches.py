"""Batches of pictures of known people, prepared in a thread ahead of the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid.data.keypoints import moved_bounds
from reid.data.sampling import pk_batches
from reid.data.transforms import Augmentation
from reid.networks.alignment import equal_bounds
from reid.training.criterion import NOBODY, Batch
from reid.types import Floats

AHEAD = 3  # batches that are prepared while the network is busy


@dataclass(frozen=True, slots=True)
class PictureData:
    """What is trained on: N pictures, of which the first L are labelled.

    Attributes:
        pictures: (N, H, W, 3) uint8 RGB.
        labels: (L,) int64 classes of people.
        answers: (L, M) int64, see `reid.data.market_attributes`, -1 unknown; None if no attributes are asked for.
        taught: (N, D) a teacher's vectors, or None.
        placed: how many strips -> (N, S, 2) where they lie, by keypoints; None for equal ones.
        judged: people (J,) and pictures (J, H, W, 3) that are not trained on, or None.
    """

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    answers: NDArray[np.int64] | None = None
    taught: NDArray[np.float16] | None = None
    placed: Callable[[int], Floats] | None = None
    judged: tuple[NDArray[np.int64], NDArray[np.uint8]] | None = None


class PictureBatches:
    """P people with K pictures each, and unlabelled pictures beside them.

    Args:
        data: the pictures.
        config: the whole configuration; of it ``input``, ``augmentation``, ``batch`` and ``loop.seed``.
        strips: of the network; None without strips.
        prepare: (B, H, W, 3) uint8 -> what the network takes, see `PictureInput`.
    """

    def __init__(
        self,
        data: PictureData,
        config: Mapping[str, Any],
        strips: int | None,
        prepare: Callable[[NDArray[np.uint8]], Tensor],
    ) -> None:
        self.data, self.strips, self.prepare = data, strips, prepare
        self.height, self.width = int(config["input"]["height"]), int(config["input"]["width"])
        self.augmentation = Augmentation(**config.get("augmentation", {}))
        batch = config.get("batch", {})
        self.people, self.pictures = int(batch.get("people", 16)), int(batch.get("pictures", 4))
        unlabelled = len(data.pictures) - len(data.labels)
        self.extra = int(batch.get("unlabelled", 0)) if unlabelled else 0
        self.placed = None if data.placed is None or strips is None else data.placed(strips)
        self.seed = int(config.get("loop", {}).get("seed", 0))

    def steps(self) -> int:
        """As many batches as fit into the labelled pictures, at least one."""
        return max(1, len(self.data.labels) // (self.people * self.pictures))

    def __call__(self, epoch: int, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """The batches of an epoch, by seed and epoch; of ``world`` processes each takes every ``world``-th."""
        steps = self.steps()
        rows = islice(self._rows(np.random.default_rng((self.seed, epoch))), rank, steps - steps % world, world)
        with ThreadPoolExecutor(1) as pool:
            waiting = [pool.submit(self._load, *item) for item in islice(rows, AHEAD)]
            while waiting:
                ready = waiting.pop(0)
                waiting.extend(pool.submit(self._load, *item) for item in islice(rows, 1))
                yield ready.result()

    def _rows(self, generator: np.random.Generator) -> Iterator[tuple[NDArray[np.int64], int]]:
        unlabelled = np.arange(len(self.data.labels), len(self.data.pictures))
        while True:
            for rows in pk_batches(self.data.labels.tolist(), self.people, self.pictures, generator):
                more = generator.choice(unlabelled, self.extra) if self.extra else np.zeros(0, np.int64)
                yield np.concatenate([rows, more]), int(generator.integers(1 << 62))

    def _load(self, rows: NDArray[np.int64], seed: int) -> Batch:
        generator, data = np.random.default_rng(seed), self.data
        views = [self.augmentation.placed(data.pictures[row], self.width, self.height, generator) for row in rows]
        named = rows[rows < len(data.labels)]
        unnamed = len(rows) - len(named)  # they come last
        answers = taught = None
        if data.answers is not None:
            answers = torch.from_numpy(np.pad(data.answers[named], ((0, unnamed), (0, 0)), constant_values=-1))
        if data.taught is not None:
            taught = torch.from_numpy(data.taught[rows].astype(np.float32))
        return Batch(
            inputs=self.prepare(np.stack([picture for picture, _ in views])),
            labels=torch.from_numpy(np.pad(data.labels[named], (0, unnamed), constant_values=NOBODY)),
            answers=answers,
            taught=taught,
            bounds=self._bounds(rows, [place for _, place in views]),
        )

    def _bounds(self, rows: NDArray[np.int64], places: list[tuple[float, float]]) -> Tensor | None:
        if self.strips is None:
            return None
        if self.placed is None:
            return torch.from_numpy(equal_bounds(self.strips)).expand(len(rows), -1, -1)
        moved = [moved_bounds(self.placed[row], *place) for row, place in zip(rows, places, strict=True)]
        return torch.from_numpy(np.stack(moved))


cv2.setNumThreads(1)  # one picture at a time in a thread of our own; OpenCV's threads would only fight torch's
