"""Whom a reader is fitted to, calibrated on and measured on, as tracklets: means of several pictures of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid.data import attributes, datasets, described
from reid.data.attributes import Labels
from reid.data.described import Described
from reid.types import Floats, PersonSample

CROPS = 5  # of a tracklet at most, as an ingest keeps
SHARE = 0.1  # of the people to calibrate by, where a card does not tell whom its training held out
_ELSEWHERE = ("VIPeR", "PRID", "GRID")  # of PETA: for measuring only
_OF_A_CAMERA = 3  # pictures of a person before one camera that are looked at, where a set has dozens


@dataclass(frozen=True, slots=True)
class Tracklets:
    """N tracklets of known people.

    Attributes:
        vectors: (N, D) float32 of norm 1.
        people: (N,) int64 who.
        labels: (N, A) int8, see `reid.data.attributes`.
    """

    vectors: Floats
    people: NDArray[np.int64]
    labels: Labels

    def __len__(self) -> int:
        return len(self.people)

    def take(self, mask: NDArray[np.bool_]) -> Tracklets:
        """Those where ``mask`` (N,) holds."""
        return Tracklets(self.vectors[mask], self.people[mask], self.labels[mask])

    def and_(self, others: Tracklets | None) -> Tracklets:
        """These and then others."""
        if others is None:
            return self
        return Tracklets(
            np.concatenate([self.vectors, others.vectors]),
            np.concatenate([self.people, others.people]),
            np.concatenate([self.labels, others.labels]),
        )

    def shares(self) -> NDArray[np.float64]:
        """(N,) weights by which every person counts the same, however many tracklets there are."""
        _, person, sizes = np.unique(self.people, return_inverse=True, return_counts=True)
        return np.asarray(1 / sizes[person], np.float64)


def tracklets(people: Described, vectors: Floats, seed: int) -> Tracklets:
    """Pictures and their vectors (N, D) as tracklets: up to five of one person before one camera, drawn at random."""
    groups: dict[tuple[int, int], list[int]] = {}
    for row in np.random.default_rng((seed, 30)).permutation(len(people)).tolist():
        groups.setdefault((int(people.people[row]), people.samples[row].camera), []).append(row)
    cut = [rows[at : at + CROPS] for _, rows in sorted(groups.items()) for at in range(0, len(rows), CROPS)]
    means = np.stack([vectors[rows].mean(axis=0) for rows in cut])
    first = [rows[0] for rows in cut]
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return Tracklets(means.astype(np.float32), people.people[first], people.labels[first])


def never_seen(card: Mapping[str, Any], people: NDArray[np.int64], seed: int) -> tuple[NDArray[np.bool_], str]:
    """(N,) which pictures show people to calibrate by and to measure on, and who they are, in words.

    They are those that the encoder's own training held out, where its card tells and the same data are given: of
    people that it was trained on an encoder is surer than of strangers.
    """
    config, said = card.get("config") or {}, str((card.get("exclusions") or {}).get("held out", ""))
    if "held_out" in config:
        mask = described.held_out(people, float(config["held_out"]), int((config.get("loop") or {}).get("seed", 0)))
        count = len(np.unique(people[mask]))
        if count and said.startswith(f"{count} people"):
            return mask, f"{count} people whom the encoder's training had held out"
    mask = described.held_out(people, SHARE, seed)
    count = len(np.unique(people[mask]))
    return mask, f"{count} people; whether the encoder was trained on them its card does not tell"


def kept_apart(data: Mapping[str, Path], kept: Mapping[str, frozenset[int]]) -> Described | None:
    """Market-1501's people who are kept apart: to choose and measure by, never to fit or calibrate."""
    if "market1501" not in data or not kept.get("market1501"):
        return None
    table = attributes.market1501(data["market1501"])
    samples = datasets.load("market1501", data["market1501"], "train")
    apart = [s for s in samples if s.identity in kept["market1501"] and s.identity in table]
    return _described([(s, s.identity, table[s.identity]) for s in apart]) if apart else None


def elsewhere(data: Mapping[str, Path]) -> dict[str, Described]:
    """People for measuring only, of places where nobody was fitted to: Market-1501's test half, VIPeR, PRID and GRID.

    Args:
        data: as for `reid.data.described.load`; what is not there is left out.
    """
    found: dict[str, Described] = {}
    if "market1501" in data and _has_test(data["market1501"]):
        root = data["market1501"]
        table = attributes.market1501(root, "test")
        samples = [*datasets.load("market1501", root, "query"), *datasets.load("market1501", root, "gallery")]
        rows = [(s, s.identity, table[s.identity]) for s in samples if s.identity in table]
        if rows:
            found["Market-1501, test half"] = _described(_few(rows))
    rows = []
    for subset in _ELSEWHERE if "peta" in data else ():
        if (data["peta"] / subset).is_dir():
            told, base = attributes.peta(data["peta"], subset), attributes.peta_base(subset)
            for split in ("query", "gallery"):
                for sample in datasets.load(subset.lower(), data["peta"], split):
                    number = int(sample.path.name.split("_")[0])
                    if number in told:
                        rows.append((sample, base + number, told[number]))
    if rows:
        found["PETA's VIPeR, PRID and GRID"] = _described(rows)
    return found


def _has_test(root: Path) -> bool:
    return (root / "bounding_box_test").is_dir() and (root / "query").is_dir()


Rows = list[tuple[PersonSample, int, Labels]]


def _few(rows: Rows) -> Rows:
    counts: dict[tuple[int, int], int] = {}
    kept = []
    for row in rows:
        key = (row[0].identity, row[0].camera)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= _OF_A_CAMERA:
            kept.append(row)
    return kept


def _described(rows: Rows) -> Described:
    samples, people, labels = zip(*rows, strict=True)
    return Described(samples, np.array(people, np.int64), np.stack(labels))
