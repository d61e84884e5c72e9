"""Captions that people wrote, for training: the split `train` of CUHK-PEDES, ICFG-PEDES or RSTPReid.

The layouts are those of `reid.data.caption_files`: a JSON list with one object per picture, and the pictures in `imgs/`
beside it:

- `cuhk_pedes`: `ROOT/reid_raw.json`, `{"id", "file_path", "captions": [...], "split"}`, `ROOT/imgs/FILE_PATH`;
- `icfg_pedes`: `ROOT/ICFG-PEDES.json`, the same fields, `ROOT/imgs/FILE_PATH`;
- `rstp_reid`: `ROOT/data_captions.json`, `{"id", "img_path", "captions": [...], "split"}`, `ROOT/imgs/IMG_PATH`.

Entries of another split are never trained on, and neither is a file that does not tell its splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid.data import caption_files, described
from reid.data.attributes import unknown
from reid.data.described import Described
from reid.types import PersonSample

# Identity numbers of a set start here, so that they are nobody's of the sets with attribute labels.
_BASE = {name: (1 + place) * 10_000_000 for place, name in enumerate(caption_files.FORMATS)}


@dataclass(frozen=True, slots=True)
class Told:
    """N pictures with what is known of them and what was written about them.

    Attributes:
        people: the pictures, who they show, and their attribute labels.
        texts: (N) the sentences that somebody wrote about each; none where they are to be made from the labels.
    """

    people: Described
    texts: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, mask: NDArray[np.bool_]) -> Told:
        """The pictures where ``mask`` (N,) holds."""
        return Told(self.people.take(mask), tuple(t for t, ok in zip(self.texts, mask, strict=True) if ok))


def untold(people: Described) -> Told:
    """Pictures about which nobody wrote anything: their sentences are made from the labels."""
    return Told(people, ((),) * len(people))


def load(name: str, path: Path) -> tuple[Told, str]:
    """The training pictures of a set of written captions, each with its sentences.

    Args:
        name: one of `caption_files.FORMATS`.
        path: the JSON file, with its pictures in `imgs/` beside it.

    Returns:
        The pictures, each once, and for the card of a checkpoint what they are.

    Raises:
        FileNotFoundError: if the file, or any picture of the split is missing; the message names the first of them.
        ValueError: if the file is something else, or no entry of it belongs to the split `train`.
    """
    rows = [row for row in caption_files.read_rows(path, name) if row.split == "train"]
    if not rows:
        raise ValueError(f"{path}: no entry has the split 'train'; nothing else is ever trained on")
    located = caption_files.locate(rows, path)
    if located.lost:
        raise FileNotFoundError(
            f"{path.parent / 'imgs' / located.lost[0]}: no such picture; {len(located.lost):,} of {len(rows):,} that "
            f"{path.name} names are missing: the data set is half unpacked"
        )
    texts: dict[Path, list[str]] = {}
    people: dict[Path, int] = {}
    for row, picture in zip(located.rows, located.pictures, strict=True):
        texts.setdefault(picture, []).extend(row.captions)
        people[picture] = _BASE[name] + row.identity
    order = sorted(texts)
    samples = tuple(PersonSample(picture, people[picture], -1, name) for picture in order)
    labels = np.repeat(unknown()[None], len(order), axis=0)
    who = np.array([people[picture] for picture in order], np.int64)
    sentences = sum(len(text) for text in texts.values())
    said = f"{len(order)} pictures with {sentences} written captions, split train"
    return Told(Described(samples, who, labels), tuple(tuple(texts[picture]) for picture in order)), said


def joined(parts: Iterable[Told]) -> Told:
    """Several sets of pictures as one."""
    parts = [part for part in parts if len(part)]
    people = described.joined([part.people for part in parts])
    return Told(people, tuple(text for part in parts for text in part.texts))


def given(data: Mapping[str, Path]) -> dict[str, Path]:
    """Which of the data that were given are files of written captions."""
    return {name: data[name] for name in caption_files.FORMATS if name in data}
