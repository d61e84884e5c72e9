"""Galleries sampled from pictures, asked in words: by sentences that people wrote, and by descriptions of attributes.

What is right differs. A written sentence is about one person: nobody else is right. The picture that it was written
about is never in the gallery: whoever describes somebody saw them at another moment. A description such as "a woman in
a red coat" asks for everyone who fits it: all are right of whom every fact is known to hold. Of whom it is neither
known to hold nor to be wrong nothing can be said; they stay out of the gallery of that question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reid.data.attributes import NO, YES, Labels
from reid.data.captions import Caption, CaptionWriter, contradictions
from reid.evaluation.background_fit import Asked
from reid.evaluation.sampled_galleries import CROPS, STRANGER, Rows, Sizes, drawn_size, mean_vector
from reid.types import Floats

_TWICE = 0.4  # of people are in a gallery with two tracklets


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Pictures by person: `vectors` (M, D), and the rows of each person; strangers are people nobody described."""

    vectors: Floats
    people: Mapping[int, Rows]
    strangers: Sequence[Rows] = ()

    def half(self, first: bool) -> Shown:
        """One half of the people, and all strangers; the halves have nobody described in common."""
        order = np.random.default_rng(7).permutation(sorted(self.people))
        middle = len(order) // 2
        chosen = order[:middle] if first else order[middle:]
        return replace(self, people={int(who): self.people[int(who)] for who in chosen})


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """S sentences: `vectors` (S, D), `people` (S,) whom each is about, `pictures` (S,) the row it was written about."""

    vectors: Floats
    people: NDArray[np.int64]
    pictures: NDArray[np.int64]


def shown(vectors: Floats, people: NDArray[np.int64], strangers: Sequence[Rows] = ()) -> Shown:
    """Pictures of which it is known who they show: `vectors` (M, D), `people` (M,)."""
    return Shown(vectors, {int(who): np.flatnonzero(people == who) for who in np.unique(people)}, strangers)


def ask_sentences(pool: Shown, sentences: Sentences, sizes: Sizes, generator: np.random.Generator) -> Iterator[Asked]:
    """Questions by written sentences; only the person whom one is about is right.

    Raises:
        ValueError: if there are fewer than 20 people.
    """
    _enough(pool)
    for _ in range(sizes.count):
        left = {who: int(generator.choice(rows)) for who, rows in pool.people.items() if len(rows) > 1}
        seen = {who: rows[rows != left[who]] if who in left else rows for who, rows in pool.people.items()}
        tracklets, owners, inside = _gallery(replace(pool, people=seen), sizes, generator)
        here = np.isin(sentences.people, inside) & np.isin(sentences.pictures, list(left.values()))
        away = np.isin(sentences.people, [who for who in pool.people if who not in set(inside)])
        for mask in (here, away):
            for row in generator.permutation(np.flatnonzero(mask))[: sizes.asked]:
                right = owners == sentences.people[row]
                yield Asked(tracklets @ sentences.vectors[row], right, tracklets, owners)


@dataclass(frozen=True, slots=True, eq=False)
class Descriptions:
    """Descriptions in attributes of people of a pool.

    Attributes:
        texts: (S,) the sentences.
        fits: (S, P) bool, of whom every stated fact is known to hold.
        excluded: (S, P) bool, whom some stated fact is known to be wrong of.
        order: (P,) the people, in the order of the columns.
    """

    texts: tuple[str, ...]
    fits: NDArray[np.bool_]
    excluded: NDArray[np.bool_]
    order: NDArray[np.int64]


def describe(labels: Mapping[int, Labels], each: int, seed: int) -> Descriptions:
    """Describe everyone a few times by `CaptionWriter`.

    Args:
        labels: person -> (A,) what is known.
        each: sentences of a person.
        seed: of their words.
    """
    writer = CaptionWriter(np.random.default_rng((seed, 31)))
    order = np.array(sorted(labels), np.int64)
    rows = np.stack([labels[int(who)] for who in order])
    captions = [caption for row in rows for caption in (writer.write(row) for _ in range(each)) if caption.facts]
    excluded = contradictions([caption.facts for caption in captions], rows, soft=1.0) > 0
    fits = np.stack([_known_to_fit(caption, rows) for caption in captions]) & ~excluded
    return Descriptions(tuple(caption.text for caption in captions), fits, excluded, order)


def ask_descriptions(
    pool: Shown, descriptions: Descriptions, vectors: Floats, sizes: Sizes, generator: np.random.Generator
) -> Iterator[Asked]:
    """Questions by descriptions, each twice: to a gallery with those who fit, and to the same without them.

    Args:
        pool: the pictures of the people who are described.
        descriptions: of them.
        vectors: (S, D) of the sentences.
        sizes: of the galleries.
        generator: of all choices.

    Raises:
        ValueError: if there are fewer than 20 people.
    """
    _enough(pool)
    column = {int(who): place for place, who in enumerate(descriptions.order)}
    for _ in range(sizes.count):
        tracklets, owners, _inside = _gallery(replace(pool, strangers=()), sizes, generator)
        at = np.array([column[int(who)] for who in owners])
        fits, excluded = descriptions.fits[:, at], descriptions.excluded[:, at]
        answerable = fits.any(axis=1) & excluded.any(axis=1)
        for row in generator.permutation(np.flatnonzero(answerable))[: sizes.asked]:
            cosines = tracklets @ vectors[row]
            for stay in (fits[row] | excluded[row], excluded[row]):
                yield Asked(cosines[stay], fits[row][stay], tracklets[stay], owners[stay])


def _known_to_fit(caption: Caption, rows: Labels) -> NDArray[np.bool_]:
    """(P,) of whom every fact is known to hold."""
    fits = np.ones(len(rows), bool)
    for fact in caption.facts:
        values = rows[:, list(fact.any_of)]
        fits &= (values == YES).any(axis=1) if fact.value else (values == NO).all(axis=1)
    return fits


def _gallery(pool: Shown, sizes: Sizes, generator: np.random.Generator) -> tuple[Floats, NDArray[np.int64], list[int]]:
    order = [int(who) for who in generator.permutation(sorted(pool.people))]
    wanted = drawn_size(sizes, generator)
    inside = order[: min(wanted, len(order) - max(3, len(order) // 10))]
    rows: list[Rows] = []
    owners: list[int] = []
    for who in inside:
        pictures = generator.permutation(pool.people[who])
        parts = np.array_split(pictures, 2) if len(pictures) > 1 and generator.random() < _TWICE else [pictures]
        rows += parts
        owners += [who] * len(parts)
    more = max(0, wanted - len(inside)) if pool.strangers else 0
    for place in generator.permutation(len(pool.strangers))[:more]:
        rows.append(pool.strangers[place])
        owners.append(STRANGER)
    tracklets = np.stack([mean_vector(pool.vectors, part, generator, CROPS) for part in rows])
    return tracklets, np.array(owners, np.int64), inside


def _enough(pool: Shown) -> None:
    if len(pool.people) < 20:
        raise ValueError(f"{len(pool.people)} people: too few to sample galleries from, 20 are needed")
