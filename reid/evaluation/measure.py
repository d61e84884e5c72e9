"""Makes the measurements of an encoder: encode, rank, average, and say how sure the averages are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reid.data.pictures import read_rgb
from reid.evaluation.bootstrap import interval_of_mean
from reid.evaluation.captions import CaptionTrial
from reid.evaluation.protocols import Trial
from reid.evaluation.ranking import Ints, Ranking, rank_vectors
from reid.types import Floats, ImageEncoder, PersonSample, TextEncoder

Step = Callable[[int], None]  # told how many pictures or sentences were just encoded
RANKS = (1, 5, 10)
CURVE = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A share in 0..1 with the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The outcome of one measurement.

    Attributes:
        name: the data set.
        queries: how many queries count.
        ignored: how many have no right picture in the gallery, and do not count.
        people: how many identities the queries show.
        gallery: pictures that are searched, junk included.
        measures: name -> figure: rank-1, rank-5, rank-10, mAP, mINP.
        cmc: share found within the first 1, 2, ... places.
        notices: what to tell beside the figures.
    """

    name: str
    queries: int
    ignored: int
    people: int
    gallery: int
    measures: Mapping[str, Figure]
    cmc: tuple[float, ...]
    notices: tuple[str, ...] = ()


def measure(encoder: ImageEncoder, trial: Trial, *, batch: int = 64, on_step: Step | None = None) -> Figures:
    """Picture-to-picture search by a protocol.

    Raises:
        ValueError: if a picture cannot be read, or no query has a right picture.
    """
    queries = encode_pictures(encoder, trial.query, batch=batch, on_step=on_step)
    vectors = encode_pictures(encoder, trial.gallery, batch=batch, on_step=on_step)
    query, gallery = trial.labels
    ranking = rank_vectors(queries, vectors, query, gallery, drop_same_camera=trial.drop_same_camera)
    return summarise(trial.name, ranking, query.identities, len(gallery), trial.notices)


def measure_captions(
    texts: TextEncoder, pictures: ImageEncoder, trial: CaptionTrial, *, batch: int = 64, on_step: Step | None = None
) -> Figures:
    """Sentence-to-picture search by a protocol; a sentence without a known word finds nobody, and counts.

    Raises:
        ValueError: if the encoders are of different spaces, a picture cannot be read, or nobody is described.
    """
    if texts.space != pictures.space:
        raise ValueError(f"expected encoders of one space, got {texts.space} and {pictures.space}")
    vectors = encode_pictures(pictures, trial.gallery, batch=batch, on_step=on_step)
    queries = np.zeros((len(trial.captions), texts.dim), np.float32)
    unread = 0
    for row, caption in enumerate(trial.captions):
        try:
            queries[row] = texts.encode([caption])[0]
        except ValueError:
            unread += 1  # stays all zero: every picture ties, which is decided against the query
        if on_step is not None:
            on_step(1)
    query, gallery = trial.labels
    ranking = rank_vectors(queries, vectors, query, gallery, drop_same_camera=False)
    notices = trial.notices
    if unread:
        notices = (*notices, f"{trial.name}: {unread:,} captions without a known word count as not found")
    return summarise(trial.name, ranking, query.identities, len(gallery), notices)


def encode_pictures(
    encoder: ImageEncoder, samples: Sequence[PersonSample], *, batch: int = 64, on_step: Step | None = None
) -> Floats:
    """(N, dim) float32 vectors of pictures, of which only one batch is in memory at a time.

    Raises:
        ValueError: if a picture cannot be read.
    """
    vectors = np.empty((len(samples), encoder.dim), np.float32)
    for start in range(0, len(samples), batch):
        part = samples[start : start + batch]
        vectors[start : start + len(part)] = encoder.encode([read_rgb(sample.path) for sample in part])
        if on_step is not None:
            on_step(len(part))
    return vectors


def summarise(
    name: str, ranking: Ranking, query_identities: Ints, gallery: int, notices: Sequence[str] = ()
) -> Figures:
    """Averages over queries, with intervals over the people that the queries show.

    Args:
        name: the data set.
        ranking: what each query found.
        query_identities: (Q,) whom each of all the queries shows.
        gallery: how many pictures were searched.
        notices: what to tell beside the figures.

    Raises:
        ValueError: if no query counts.
    """
    cmc = ranking.cmc(min(CURVE, gallery))
    columns = {f"rank-{rank}": ranking.found_within(rank) for rank in RANKS}
    columns |= {"mAP": ranking.average_precision, "mINP": ranking.inverse_penalty}
    values = np.stack(list(columns.values()), axis=1)  # (V, 5)
    people = query_identities[ranking.queries]
    low, high = interval_of_mean(values, people)
    ends = zip(values.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    return Figures(
        name=name,
        queries=len(ranking),
        ignored=ranking.ignored,
        people=len(np.unique(people)),
        gallery=gallery,
        measures={measure: Figure(*row) for measure, row in zip(columns, ends, strict=True)},
        cmc=tuple(cmc.tolist()),
        notices=tuple(notices),
    )
