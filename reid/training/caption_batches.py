"""Batches of pictures and sentences, with what is known of both: the same for every training of a text search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid.data.captions import Caption, CaptionWriter, contradictions, stated
from reid.data.described import CROWDS
from reid.data.disturbance import CameraNoise
from reid.data.recolour import rarity, recoloured
from reid.data.sampling import pk_batches
from reid.data.transforms import Augmentation
from reid.data.words import Vocabulary
from reid.data.written import Told

_PICTURES = 4  # of each of the people who are several times in a batch


@dataclass(frozen=True, slots=True)
class CaptionBatch:
    """B pictures, each with a sentence about it, and E sentences about nobody.

    Attributes:
        inputs: (B, C, h, w) pictures after the stages that do not learn.
        labels: (B, A) attributes, negative is unknown.
        tokens: (B + E, L) int64; sentence i was written for picture i, the last E for nobody.
        said: (B + E, 2, A) what the sentences state and deny.
        positive: (B, B) bool, sentence by picture: the sentence is about the person in the picture.
        negative: (B, B) how far a picture contradicts a sentence, 0..1.
        people: (B,) int64 in 0..identities-1: whom each picture shows.
        instances: (B,) int64 in 0..instances-1: which picture it is; it and its sentences are one class.
    """

    inputs: Tensor
    labels: Tensor
    tokens: Tensor
    said: Tensor
    positive: Tensor
    negative: Tensor
    people: Tensor
    instances: Tensor

    def to(self, device: torch.device) -> CaptionBatch:
        """The same on another device."""
        return CaptionBatch(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What a batch is made of.

    Attributes:
        size: pictures in a batch.
        several: people with four pictures each among them, so that one sentence has several right answers; the rest
            are single pictures. 0 draws all singly.
        unseen: sentences about people in colours that nobody wears, to be read only.
        sentences: how many different sentences a picture has, if they are made from labels; 0: a new one each time.
        near: how far a picture contradicts a sentence that names a near colour.
        tokens: words of a sentence that are read.
    """

    size: int = 64
    several: int = 8
    unseen: int = 0
    sentences: int = 0
    near: float = 0.5
    tokens: int = 48

    def __post_init__(self) -> None:
        if self.size < 2 or not 0 <= self.several * _PICTURES <= self.size:
            raise ValueError(
                f"{self.several} people with {_PICTURES} pictures each do not fit in a batch of {self.size}"
            )
        if min(self.unseen, self.sentences) < 0 or self.tokens < 1 or not 0 <= self.near <= 1:
            raise ValueError("unseen and sentences are counted from 0, tokens from 1, and near is a share")


class CaptionBatches:
    """Draws, loads and prepares batches; everything depends on the seed and the epoch only.

    Args:
        told: the people, and what was written about them.
        pictures: (N, h, w, 3) uint8 theirs, a little larger than the network sees them.
        size: (height, width) of the network's input.
        vocabulary: the words that are known.
        settings: what a batch is made of.
        prepare: (B, H, W, 3) uint8 -> (B, C, h, w), see `PictureInput`.
        augmentation, noise: what happens to pictures; no noise if None.
        seed: of all choices.

    Attributes:
        identities: number of people.
        instances: number of pictures.
    """

    def __init__(
        self,
        told: Told,
        pictures: NDArray[np.uint8],
        size: tuple[int, int],
        vocabulary: Vocabulary,
        settings: BatchSettings,
        prepare: Callable[[NDArray[np.uint8]], Tensor],
        augmentation: Augmentation,
        noise: CameraNoise | None,
        seed: int,
    ) -> None:
        self.told, self.pictures, self.vocabulary, self.settings = told, pictures, vocabulary, settings
        self._height, self._width = size
        self._prepare, self._augmentation, self._noise, self._seed = prepare, augmentation, noise, seed
        names, self._person = np.unique(told.people.people, return_inverse=True)
        self.identities, self.instances = len(names), len(told)
        self._weight = rarity(told.people.labels)
        # PETA tells of few pictures who they show, the other sets of all; crowds are drawn singly beside it, by what is
        # rare, so that those of whom something is really told keep their place in every batch.
        named = np.array([sample.dataset not in ("peta", *CROWDS) for sample in told.people.samples])
        self._named = np.flatnonzero(named) if settings.several else np.zeros(0, np.int64)
        self._others = np.setdiff1d(np.arange(len(told)), self._named)

    def steps(self) -> int:
        """Batches of an epoch: each picture once, about."""
        return max(1, len(self.told) // self.settings.size)

    def epoch(self, epoch: int, rank: int = 0, world: int = 1) -> Iterator[CaptionBatch]:
        """The batches of an epoch, or the share of one of ``world`` processes, loaded in a thread ahead of use."""
        rows = self._rows(np.random.default_rng((self._seed, epoch)))
        rows = islice(rows, rank, (self.steps() // world or 1) * world, world)
        with ThreadPoolExecutor(1) as pool:
            waiting = [pool.submit(self._load, *item) for item in islice(rows, 2)]
            while waiting:
                ready = waiting.pop(0)
                waiting.extend(pool.submit(self._load, *item) for item in islice(rows, 1))
                yield ready.result()

    def _rows(self, generator: np.random.Generator) -> Iterator[tuple[NDArray[np.int64], int]]:
        """Some people in several pictures, so that one sentence has several right answers, and many in one."""
        size, several = self.settings.size, self.settings.several
        named, others = self._named, self._others
        if not len(others):
            several = size // _PICTURES
        elif not len(named):
            several = 0
        names = self._person[named].tolist()
        sets: Iterator[NDArray[np.int64]] = iter(())
        for _ in range(self.steps()):
            rows = np.zeros(0, np.int64)
            if several:
                chosen = next(sets, None)
                if chosen is None:
                    sets = pk_batches(names, several, _PICTURES, generator)
                    chosen = next(sets, np.arange(len(named))[: several * _PICTURES])
                rows = named[chosen]
            if len(others):
                more = min(size - len(rows), len(others))
                weight = self._weight[others] / self._weight[others].sum()
                rows = np.concatenate([rows, generator.choice(others, more, replace=False, p=weight)])
            yield rows, int(generator.integers(1 << 62))

    def _load(self, rows: NDArray[np.int64], seed: int) -> CaptionBatch:
        generator = np.random.default_rng(seed)
        views = [self._view(self.pictures[row], generator) for row in rows]
        writer = CaptionWriter(generator)
        captions = [draw_caption(self.told, int(row), self.settings, self._seed, writer, generator) for row in rows]
        labels, people = self.told.people.labels[rows], self._person[rows]
        against = contradictions([caption.facts for caption in captions], labels, self.settings.near)
        # Of what a written sentence states nothing is known: whoever is somebody else contradicts it.
        against[[bool(self.told.texts[row]) for row in rows]] = 1
        same = people[:, None] == people[None]
        # Behind the sentences of the pictures come some about people who do not exist, to be read only.
        captions += [meaningful(writer, row) for row in recoloured(labels[: self.settings.unseen], generator)]
        texts, claims = [caption.text for caption in captions], [caption.facts for caption in captions]
        return CaptionBatch(
            inputs=self._prepare(np.stack(views)),
            labels=torch.from_numpy(labels.astype(np.float32)),
            tokens=torch.from_numpy(_trimmed(self.vocabulary.encode(texts, self.settings.tokens))),
            said=torch.from_numpy(np.stack([stated(claim, labels.shape[1]) for claim in claims])),
            positive=torch.from_numpy(same),
            negative=torch.from_numpy(np.where(same, 0, against).astype(np.float32)),
            people=torch.from_numpy(people.astype(np.int64)),
            instances=torch.from_numpy(rows.astype(np.int64)),
        )

    def _view(self, picture: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        view = self._augmentation(picture, self._width, self._height, generator)
        return view if self._noise is None else self._noise(view, generator)

    def sentences(self, count: int) -> NDArray[np.int64]:
        """(M, L) word numbers of sentences about M <= ``count`` of the pictures, for what is fitted before training."""
        generator = np.random.default_rng((self._seed, 23))
        rows = generator.permutation(len(self.told))[:count]
        writer = CaptionWriter(generator)
        texts = [draw_caption(self.told, int(row), self.settings, self._seed, writer, generator).text for row in rows]
        return self.vocabulary.encode(texts, self.settings.tokens)


def draw_caption(
    told: Told, row: int, settings: BatchSettings, seed: int, writer: CaptionWriter, generator: np.random.Generator
) -> Caption:
    """One of the written sentences of a picture (its facts are not known), or one that its labels allow."""
    written = told.texts[row]
    if written:
        return Caption(written[int(generator.integers(len(written)))], ())
    if settings.sentences:
        which = int(generator.integers(settings.sentences))
        writer = CaptionWriter(np.random.default_rng((seed, 22, row, which)))
    return meaningful(writer, told.people.labels[row])


def meaningful(writer: CaptionWriter, labels: NDArray[np.int8]) -> Caption:
    """A caption that says something: of people of whom little is known it may take another try."""
    caption = writer.write(labels)
    for _ in range(4):
        if caption.facts:
            break
        caption = writer.write(labels)
    return caption


def _trimmed(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without the columns that are padding in every row."""
    return tokens[:, : max(1, int((tokens > 0).sum(axis=1).max()))]
