"""Galleries of many sizes sampled from labelled pictures, each asked for people who are in it and people who are not.

A gallery is made as an ingest makes it: a tracklet is one person before one camera, its vector the mean of a few crops.
Some appearances are cut into two tracklets, as happens when a tracker loses somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid.evaluation.background_fit import Asked
from reid.types import Floats, PersonSample

STRANGER = -1
CROPS = 5  # of a tracklet at most, as an ingest keeps them
PROBES = (1, 2, 3)  # pictures of a question
_BROKEN = 0.6  # of appearances are two tracklets

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """People to make galleries of.

    Attributes:
        vectors: (M, D) of all pictures.
        people: person -> its appearances, the rows of `vectors` of each.
        strangers: appearances of people nobody asks for.
    """

    vectors: Floats
    people: Mapping[int, Sequence[Rows]]
    strangers: Sequence[Rows] = ()

    def half(self, first: bool) -> Pool:
        """One half of the people and of the strangers; the halves have nobody in common."""
        order = np.random.default_rng(7).permutation(sorted(self.people))
        middle = len(order) // 2
        chosen = order[:middle] if first else order[middle:]
        strangers = list(self.strangers)[0 if first else 1 :: 2]
        return Pool(self.vectors, {int(who): self.people[int(who)] for who in chosen}, strangers)

    def only(self, people: Sequence[int]) -> Pool:
        """Some of the people, without strangers."""
        return Pool(self.vectors, {who: self.people[who] for who in people if who in self.people})


@dataclass(frozen=True, slots=True)
class Sizes:
    """How galleries are sampled: so many, of `least` to `most` people (evenly in the logarithm).

    Attributes:
        count: galleries.
        least, most: people of a gallery.
        asked: questions for present, and as many for absent people, of a gallery.
        shown: the most appearances of a present person in a gallery.
    """

    count: int
    least: int = 10
    most: int = 2000
    asked: int = 20
    shown: int = 1


def appearances(samples: Sequence[PersonSample]) -> dict[int, list[Rows]]:
    """Person -> rows of each of its appearances: by camera, or where that is unknown the two halves of its pictures.

    People with a single appearance are left out: they could not be asked for.
    """
    rows: dict[int, dict[int, list[int]]] = {}
    for row in sorted(range(len(samples)), key=lambda place: _natural(samples[place].path)):
        sample = samples[row]
        if sample.identity > 0:
            rows.setdefault(sample.identity, {}).setdefault(sample.camera, []).append(row)
    found = {}
    for who, cameras in rows.items():
        parts = [np.array(part, np.int64) for part in cameras.values()]
        if set(cameras) == {-1}:
            parts = [part for part in np.array_split(parts[0], 2) if len(part)]
        if len(parts) > 1:
            found[who] = parts
    return found


def ask_pictures(
    pool: Pool, sizes: Sizes, generator: np.random.Generator, probes: Sequence[int] = PROBES
) -> Iterator[Asked]:
    """Questions by pictures of one appearance, to galleries that hold other appearances of the person or none.

    Args:
        pool: whom to sample.
        sizes: how.
        generator: of all choices.
        probes: how many pictures a question may have; one of these numbers is drawn for each.

    Raises:
        ValueError: if there are not enough people for present and absent ones.
    """
    if len(pool.people) < 6:
        raise ValueError(f"{len(pool.people)} people with two appearances: too few to sample galleries from")
    for _ in range(sizes.count):
        inside, outside = _parted(pool, sizes, generator)
        rows: list[Rows] = []
        owners: list[int] = []
        left: dict[int, Rows] = {}
        for who in inside:
            order = generator.permutation(len(pool.people[who]))
            left[who] = pool.people[who][order[0]]
            most = 1 + int(generator.integers(min(sizes.shown, len(order) - 1)))
            for place in order[1 : 1 + most]:
                parts = _broken(pool.people[who][place], generator)
                rows += parts
                owners += [who] * len(parts)
        wanted = drawn_size(sizes, generator) - len(inside) if pool.strangers else 0
        for place in generator.permutation(len(pool.strangers))[: max(0, wanted)]:
            rows.append(pool.strangers[place])
            owners.append(STRANGER)
        tracklets = np.stack([mean_vector(pool.vectors, part, generator, CROPS) for part in rows])
        people = np.array(owners, np.int64)
        for who in (*_some(inside, sizes.asked, generator), *_some(outside, sizes.asked, generator)):
            seen = left[who] if who in left else pool.people[who][int(generator.integers(len(pool.people[who])))]
            probe = mean_vector(pool.vectors, seen, generator, int(generator.choice(list(probes))))
            yield Asked(tracklets @ probe, people == who, tracklets, people)


def mean_vector(vectors: Floats, rows: Rows, generator: np.random.Generator, most: int) -> Floats:
    """(D,) mean direction of at most so many pictures of an appearance."""
    chosen = rows if len(rows) <= most else generator.choice(rows, most, replace=False)
    mean = vectors[chosen].astype(np.float64).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def _parted(pool: Pool, sizes: Sizes, generator: np.random.Generator) -> tuple[list[int], list[int]]:
    """Who is in a gallery, and who is asked for in vain."""
    order = [int(who) for who in generator.permutation(sorted(pool.people))]
    away = max(3, len(order) // 5)
    inside = min(drawn_size(sizes, generator), len(order) - away)
    return order[:inside], order[inside:]


def drawn_size(sizes: Sizes, generator: np.random.Generator) -> int:
    """How many people the next gallery is to have."""
    return int(np.exp(generator.uniform(np.log(sizes.least), np.log(sizes.most + 1))))


def _broken(rows: Rows, generator: np.random.Generator) -> list[Rows]:
    if len(rows) > 1 and generator.random() < _BROKEN:
        return list(np.array_split(rows, 2))
    return [rows]


def _some(people: Sequence[int], most: int, generator: np.random.Generator) -> list[int]:
    return [people[place] for place in generator.permutation(len(people))[:most]]


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sorts 9 before 10, so that neighbours in time stay together."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]
