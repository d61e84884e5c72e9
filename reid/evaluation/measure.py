"""Makes the measurements of encoders: encode, rank, average, and say how sure the averages are.

Encoding takes minutes and ranking seconds, so the vectors (`Encoded`) can be ranked in more than one way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from reid.data.keypoints import KeypointStore
from reid.data.pictures import read_rgb
from reid.evaluation.captions import CaptionTrial
from reid.evaluation.figures import Figure as Figure
from reid.evaluation.figures import Figures as Figures
from reid.evaluation.figures import summarise as summarise
from reid.evaluation.matchers import measure_matcher as measure_matcher
from reid.evaluation.precision_recall import CurveCounter
from reid.evaluation.protocols import Trial
from reid.evaluation.ranking import JUNK, Blocks, Labels, labels, rank_blocks, score_blocks
from reid.evaluation.reranking import Reranking, reranked
from reid.types import Floats, Image, ImageEncoder, PersonSample, TextEncoder

Step = Callable[[int], None]  # told how many pictures or sentences were just encoded


class Change(Protocol):
    """Makes another picture of the one of that number."""

    def __call__(self, image: Image, *, number: int) -> Image:
        """(H, W, 3) uint8 in and out."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """The vectors of a trial, ready to be ranked.

    Attributes:
        queries: (Q, D) float32.
        vectors: (G, D) float32 of the gallery.
        notices: what to tell beside the figures.
    """

    queries: Floats
    vectors: Floats
    notices: tuple[str, ...] = ()


def measure(
    encoder: ImageEncoder,
    trial: Trial,
    *,
    batch: int = 64,
    on_step: Step | None = None,
    keypoints: KeypointStore | None = None,
    rerank: Reranking | None = None,
) -> Figures:
    """Picture-to-picture search by a protocol.

    Args:
        encoder: turns pictures into vectors.
        trial: which pictures.
        batch: pictures at a time.
        on_step: told how many pictures were just encoded.
        keypoints: for an encoder that places its strips by them.
        rerank: re-rank the gallery by k-reciprocal neighbours, by these settings.

    Raises:
        ValueError: if a picture cannot be read, or no query has a right picture.
    """
    encoded = encode_trial(encoder, trial, batch=batch, on_step=on_step, keypoints=keypoints)
    return figures_of(trial, encoded, rerank=rerank)


def encode_trial(
    encoder: ImageEncoder,
    trial: Trial,
    *,
    batch: int = 64,
    on_step: Step | None = None,
    keypoints: KeypointStore | None = None,
) -> Encoded:
    """The vectors of a trial's queries and gallery; see `measure`."""
    queries = encode_pictures(encoder, trial.query, batch=batch, on_step=on_step, keypoints=keypoints)
    vectors = encode_pictures(encoder, trial.gallery, batch=batch, on_step=on_step, keypoints=keypoints)
    return Encoded(queries, vectors, _unposed(trial.name, (*trial.query, *trial.gallery), keypoints))


def figures_of(trial: Trial, encoded: Encoded, *, rerank: Reranking | None = None) -> Figures:
    """Rank the vectors of a trial; with `rerank` junk is left out before re-ranking, as it is from the ranking."""
    query, gallery = trial.labels
    vectors, variant = encoded.vectors, ""
    blocks: Blocks
    if rerank is None:
        blocks = score_blocks(encoded.queries, vectors)
    else:
        kept = gallery.identities != JUNK
        gallery, vectors = Labels(gallery.identities[kept], gallery.cameras[kept]), vectors[kept]
        blocks = reranked(encoded.queries, vectors, rerank)
        variant = "re-ranked"
    counter = CurveCounter()
    ranking = rank_blocks(blocks, query, gallery, drop_same_camera=trial.drop_same_camera, observe=counter.add)
    curves = counter.curves() if len(ranking) else None
    notices = (*trial.notices, *encoded.notices)
    return summarise(trial.name, ranking, query.identities, len(trial.gallery), notices, curves, variant)


def measure_captions(
    texts: TextEncoder, pictures: ImageEncoder, trial: CaptionTrial, *, batch: int = 64, on_step: Step | None = None
) -> Figures:
    """Sentence-to-picture search by a protocol; a sentence without a known word finds nobody, and counts.

    Raises:
        ValueError: if the encoders are of different spaces, a picture cannot be read, or nobody is described.
    """
    return caption_figures(trial, encode_captions(texts, pictures, trial, batch=batch, on_step=on_step))


def encode_captions(
    texts: TextEncoder,
    pictures: ImageEncoder,
    trial: CaptionTrial,
    *,
    batch: int = 64,
    on_step: Step | None = None,
    keypoints: KeypointStore | None = None,
) -> Encoded:
    """The vectors of a trial's sentences and pictures; that of a sentence without a known word is all zero.

    Raises:
        ValueError: if the encoders are of different spaces or a picture cannot be read.
    """
    if texts.space != pictures.space.removesuffix("+pose"):
        raise ValueError(f"expected encoders of one space, got {texts.space} and {pictures.space}")
    vectors = encode_pictures(pictures, trial.gallery, batch=batch, on_step=on_step, keypoints=keypoints)
    queries = np.zeros((len(trial.captions), texts.dim), np.float32)
    unread = 0
    for row, caption in enumerate(trial.captions):
        try:
            queries[row] = texts.encode([caption])[0]
        except ValueError:
            unread += 1  # stays all zero: every picture ties, which is decided against the query
        if on_step is not None:
            on_step(1)
    notices = _unposed(trial.name, trial.gallery, keypoints)
    if unread:
        notices = (*notices, f"{trial.name}: {unread:,} captions without a known word count as not found")
    return Encoded(queries, vectors, notices)


def caption_figures(trial: CaptionTrial, encoded: Encoded) -> Figures:
    """Every caption searches all pictures."""
    query, gallery = trial.labels
    return _caption_figures(trial.name, query, gallery, encoded.queries, encoded.vectors, encoded, trial.notices)


def person_figures(trial: CaptionTrial, encoded: Encoded) -> Figures:
    """Every caption searches all people: each is the mean vector of their pictures, as a tracklet of a video is.

    Not a published protocol, and easier than one: there are fewer to choose from, and one bad picture of a person does
    little harm. It is what a user of video search meets.
    """
    query, gallery = trial.labels
    people, person = np.unique(gallery.identities, return_inverse=True)
    means = np.zeros((len(people), encoded.vectors.shape[1]))
    np.add.at(means, person, encoded.vectors)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    them = labels((int(identity), -1) for identity in people)
    vectors = means.astype(np.float32)
    return _caption_figures(f"{trial.name} by person", query, them, encoded.queries, vectors, encoded, trial.notices)


def _caption_figures(
    name: str,
    query: Labels,
    gallery: Labels,
    queries: Floats,
    vectors: Floats,
    encoded: Encoded,
    notices: tuple[str, ...],
) -> Figures:
    counter = CurveCounter()
    blocks = score_blocks(queries, vectors)
    ranking = rank_blocks(blocks, query, gallery, drop_same_camera=False, observe=counter.add)
    curves = counter.curves() if len(ranking) else None
    return summarise(name, ranking, query.identities, len(gallery), (*notices, *encoded.notices), curves)


def encode_pictures(
    encoder: ImageEncoder,
    samples: Sequence[PersonSample],
    *,
    batch: int = 64,
    on_step: Step | None = None,
    keypoints: KeypointStore | None = None,
    change: Change | None = None,
) -> Floats:
    """(N, dim) float32 vectors of pictures, or of what `change` makes of them; only one batch is in memory at a time.

    Raises:
        ValueError: if a picture cannot be read.
    """
    vectors = np.empty((len(samples), encoder.dim), np.float32)
    for start in range(0, len(samples), batch):
        part = samples[start : start + batch]
        images = [read_rgb(sample.path) for sample in part]
        if change is not None:
            images = [change(image, number=number) for number, image in enumerate(images, start)]
        found = encoder.encode(images) if keypoints is None else encoder.encode(images, keypoints.of(part))
        vectors[start : start + len(part)] = found
        if on_step is not None:
            on_step(len(part))
    return vectors


def _unposed(name: str, samples: Sequence[PersonSample], keypoints: KeypointStore | None) -> tuple[str, ...]:
    """A notice if some pictures have no keypoints."""
    if keypoints is None:
        return ()
    without = int((keypoints.heights_of(samples) == 0).sum())
    return (f"{name}: {without:,} of {len(samples):,} pictures have no keypoints: equal strips",) if without else ()
