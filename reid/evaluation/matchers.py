"""Measures a matcher, which judges pairs: on all of them, or on a short list that an encoder pair made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid.data.pictures import read_rgb
from reid.evaluation.captions import CaptionTrial
from reid.evaluation.figures import Figures, summarise
from reid.evaluation.precision_recall import CurveCounter
from reid.evaluation.ranking import rank_blocks
from reid.types import Floats, Image, Matcher, PersonSample

_TEXTS = 512  # sentences that a matcher is given at a time


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What a first search found, of which the matcher judges the best.

    Attributes:
        scores: (C, G) of all captions and pictures, higher is better.
        best: how many pictures of each caption are judged once more.
    """

    scores: Floats
    best: int

    def __post_init__(self) -> None:
        if self.scores.ndim != 2 or self.best < 1:
            raise ValueError(f"expected scores (C, G) and at least 1 to judge, got {self.scores.shape}, {self.best}")


def measure_matcher(
    matcher: Matcher,
    trial: CaptionTrial,
    shortlist: Shortlist | None = None,
    *,
    batch: int = 64,
    on_step: Callable[[int], None] | None = None,
) -> Figures:
    """Sentence-to-picture search by a matcher; a sentence without a known word finds nobody, and counts.

    With a short list the pictures that are on it come first, as the matcher orders them, then all others as the first
    search did. Scores of the two are not comparable, so there are no curves then.

    Args:
        matcher: judges the pairs.
        trial: the captions and pictures.
        shortlist: judge only the best of these; all pairs if not given.
        batch: pictures at a time; one batch, and a table of all scores, are in memory.
        on_step: told how many pictures were just judged.

    Raises:
        ValueError: if a picture cannot be read, or nobody is described.
    """
    query, gallery = trial.labels
    readable = _readable(matcher, trial)
    unread = len(trial.captions) - len(readable)
    notices = trial.notices
    if unread:
        notices = (*notices, f"{trial.name}: {unread:,} captions without a known word count as not found")
    if shortlist is None:
        scores = _all_pairs(matcher, trial, readable, batch, on_step)
        variant = ""
    else:
        if shortlist.scores.shape != (len(query), len(gallery)):
            raise ValueError(f"expected scores {(len(query), len(gallery))}, got {shortlist.scores.shape}")
        scores = _of_shortlist(matcher, trial, readable, shortlist, on_step)
        variant = f"best {shortlist.best} judged"
    counter = None if shortlist is not None else CurveCounter()
    ranking = rank_blocks(
        [(0, scores)], query, gallery, drop_same_camera=False, observe=None if counter is None else counter.add
    )
    # A caption that could not be read has no score that means anything.
    curves = counter.curves() if counter is not None and len(ranking) and not unread else None
    return summarise(trial.name, ranking, query.identities, len(gallery), notices, curves, variant)


def _all_pairs(
    matcher: Matcher,
    trial: CaptionTrial,
    readable: NDArray[np.int64],
    batch: int,
    on_step: Callable[[int], None] | None,
) -> Floats:
    """(C, G) scores; the rows of captions that cannot be read are all 0, so that every picture ties."""
    scores = np.zeros((len(trial.captions), len(trial.gallery)), np.float32)
    for start in range(0, len(trial.gallery), batch):
        part = trial.gallery[start : start + batch]
        images = [read_rgb(sample.path) for sample in part]
        scores[readable, start : start + len(part)] = _judged(matcher, trial, readable, images)
        if on_step is not None:
            on_step(len(part))
    return scores


def _of_shortlist(
    matcher: Matcher,
    trial: CaptionTrial,
    readable: NDArray[np.int64],
    shortlist: Shortlist,
    on_step: Callable[[int], None] | None,
) -> Floats:
    """(C, G) places as scores: the first search's, with those of the short list above, in the matcher's order."""
    count = min(shortlist.best, len(trial.gallery))
    listed = np.zeros(shortlist.scores.shape, bool)
    np.put_along_axis(listed, np.argsort(-shortlist.scores, axis=1, kind="stable")[:, :count], True, axis=1)
    judged = np.zeros(shortlist.scores.shape, np.float32)
    can_be_read = np.zeros(len(trial.captions), bool)
    can_be_read[readable] = True
    # picture by picture: each is decoded and looked at once, for the captions on whose lists it is
    for column, image in enumerate(_decoded(trial.gallery)):
        rows = np.flatnonzero(listed[:, column] & can_be_read)
        if len(rows):
            judged[rows, column] = _judged(matcher, trial, rows, [image])[:, 0]
        if on_step is not None:
            on_step(1)
    scores = np.zeros(shortlist.scores.shape, np.float32)
    for row in readable:
        on, off = listed[row], ~listed[row]
        scores[row, off] = _places(shortlist.scores[row, off])
        scores[row, on] = len(trial.gallery) + _places(judged[row, on])
    return scores


def _judged(matcher: Matcher, trial: CaptionTrial, rows: NDArray[np.int64], images: Sequence[Image]) -> Floats:
    """(R, N) scores of some captions."""
    found = [
        matcher.scores([trial.captions[row] for row in rows[start : start + _TEXTS]], images)
        for start in range(0, len(rows), _TEXTS)
    ]
    return np.concatenate(found) if found else np.zeros((0, len(images)), np.float32)


def _places(scores: Floats) -> NDArray[np.int64]:
    """(N,) 0 for the lowest score, 1 for the next higher one, ...; equal scores share a place."""
    return np.asarray(np.unique(scores, return_inverse=True)[1], np.int64).reshape(-1)


def _decoded(samples: Sequence[PersonSample]) -> Iterator[Image]:
    for sample in samples:
        yield read_rgb(sample.path)


def _readable(matcher: Matcher, trial: CaptionTrial) -> NDArray[np.int64]:
    """Which captions hold a word that the matcher knows."""
    image = read_rgb(trial.gallery[0].path)

    def reads(rows: range) -> bool:
        try:
            matcher.scores([trial.captions[row] for row in rows], [image])
        except ValueError:
            return False
        return True

    known: list[int] = []
    for start in range(0, len(trial.captions), 64):
        rows = range(start, min(start + 64, len(trial.captions)))
        # one by one only where something is amiss
        known += rows if reads(rows) else [row for row in rows if reads(range(row, row + 1))]
    return np.asarray(known, np.int64)
