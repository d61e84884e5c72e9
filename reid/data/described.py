"""Pictures of people of whom attributes are known: what the text search is trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid.data import attributes, datasets
from reid.data.attributes import Labels
from reid.data.near_duplicates import resembling
from reid.types import PersonSample

PETA_SUBSETS = ("3DPeS", "CAVIAR4REID", "CUHK", "MIT", "SARC3D", "i-LID")
# Sets that tell who is shown and nothing else -> what their identity numbers are counted from here.
CROWDS: Mapping[str, int] = {"cuhk03": 1_000_000, "cuhk01": 2_000_000, "pku_reid": 3_000_000}
_CROWD_SPLITS = {"cuhk03": "all"}


@dataclass(frozen=True, slots=True)
class Described:
    """N pictures with what is known of them.

    Attributes:
        samples: the pictures.
        people: (N,) int64; the same number means certainly the same person.
        labels: (N, A) int8, see `reid.data.attributes`.
    """

    samples: tuple[PersonSample, ...]
    people: NDArray[np.int64]
    labels: Labels

    def __len__(self) -> int:
        return len(self.samples)

    def take(self, mask: NDArray[np.bool_]) -> Described:
        """The pictures where ``mask`` (N,) holds."""
        kept = tuple(sample for sample, ok in zip(self.samples, mask, strict=True) if ok)
        return Described(kept, self.people[mask], self.labels[mask])


def load(data: Mapping[str, Path], kept: Mapping[str, frozenset[int]]) -> tuple[Described, dict[str, str]]:
    """All described pictures of the data sets that are given, without anybody who is kept apart.

    Args:
        data: folders of ``market1501`` and ``peta``, and of ``cuhk01`` if ``kept`` names people of it: PETA's CUHK
            pictures show people of CUHK01 without saying who, so those that resemble a picture of such a person are
            left out too.
        kept: data set -> identities that must not take part.

    Returns:
        The pictures, and per data set what was left out, in words.

    Raises:
        ValueError: if nothing is given, or ``kept`` names people of CUHK01 and its pictures are not given.
    """
    rows: list[tuple[PersonSample, int, Labels]] = []
    left_out: dict[str, str] = {}
    if "market1501" in data:
        found = datasets.load("market1501", data["market1501"], "train")
        stays = datasets.without(found, kept)
        table = attributes.market1501(data["market1501"])
        rows += [(sample, sample.identity, table[sample.identity]) for sample in stays if sample.identity in table]
        gone = {sample.identity for sample in found} - {sample.identity for sample in stays}
        left_out["market1501"] = f"{len(gone)} identities kept apart"
    if "peta" in data:
        apart = _pictures_apart(data, kept)
        for subset in PETA_SUBSETS:
            if (data["peta"] / subset).is_dir():
                rows += _peta(data["peta"], subset, apart, left_out)
    if not rows:
        raise ValueError("no described pictures: give --data market1501:PATH, --data peta:PATH or both")
    samples, people, labels = zip(*rows, strict=True)
    return Described(samples, np.array(people, np.int64), np.stack(labels)), left_out


def crowd(
    names: Iterable[str], data: Mapping[str, Path], kept: Mapping[str, frozenset[int]]
) -> tuple[Described, dict[str, str]]:
    """Pictures of people of whom nothing is told but who they are, without anybody who is kept apart.

    Args:
        names: of ``CROWDS``.
        data: folders by name.
        kept: data set -> identities that must not take part.

    Returns:
        The pictures, all labels unknown, and per data set what was left out, in words.

    Raises:
        ValueError: if a set is not given.
    """
    samples: list[PersonSample] = []
    left_out: dict[str, str] = {}
    for name in names:
        if name not in data:
            raise ValueError(f"crowds: {name} is asked for; give --data {name}:PATH")
        found = datasets.load(name, data[name], _CROWD_SPLITS.get(name, "train"))
        stays = datasets.without(found, kept)
        samples += stays
        gone = {sample.identity for sample in found} - {sample.identity for sample in stays}
        left_out[name] = f"{len(gone)} identities kept apart"
    people = np.array([CROWDS[sample.dataset] + sample.identity for sample in samples], np.int64)
    labels = np.repeat(attributes.unknown()[None], len(samples), axis=0)
    return Described(tuple(samples), people, labels), left_out


def joined(parts: Sequence[Described]) -> Described:
    """Several sets of pictures as one."""
    return Described(
        tuple(sample for part in parts for sample in part.samples),
        np.concatenate([part.people for part in parts]),
        np.concatenate([part.labels for part in parts]),
    )


def _pictures_apart(data: Mapping[str, Path], kept: Mapping[str, frozenset[int]]) -> list[PersonSample]:
    wanted = kept.get("cuhk01", frozenset())
    if not wanted:
        return []
    if "cuhk01" not in data:
        raise ValueError("people of cuhk01 are kept apart and PETA may show them: give --data cuhk01:PATH to find them")
    return [sample for sample in datasets.load("cuhk01", data["cuhk01"], "train") if sample.identity in wanted]


def _peta(
    root: Path, subset: str, apart: list[PersonSample], left_out: dict[str, str]
) -> list[tuple[PersonSample, int, Labels]]:
    table, base = attributes.peta(root, subset), attributes.peta_base(subset)
    samples = datasets.load("peta", root, subset)
    if subset == "CUHK" and apart:
        twins = resembling(samples, apart)
        left_out["peta CUHK"] = f"{int(twins.sum())} pictures like one of {len(apart)} kept apart in cuhk01"
        samples = [sample for sample, twin in zip(samples, twins, strict=True) if not twin]
    rows = []
    for sample in samples:
        number = int("".join(character for character in sample.path.name.split("_")[0] if character.isdigit()))
        if number in table:
            rows.append((sample, base + number, table[number]))
    return rows


def held_out(people: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """(N,) which pictures belong to a random share of the people, for choosing and calibrating."""
    names = np.unique(people)
    chosen = np.random.default_rng((seed, 20)).permutation(names)[: round(share * len(names))]
    return np.isin(people, chosen)
