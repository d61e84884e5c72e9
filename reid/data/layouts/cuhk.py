"""CUHK01 and the pictures of CUHK03's first camera pair, in the folders in which they are passed on."""

from __future__ import annotations

import re
from pathlib import Path

from reid.data.listing import matches
from reid.types import PersonSample

_CUHK03_NAME = re.compile(r"(\d{4})_(\d{2})\.(?:jpg|png)")
_CUHK03_OFFSETS = {"train": 1, "val": 744}
_CUHK01_NAME = re.compile(r"(\d{4})(\d{3})\.(?:png|jpg|bmp)")


def cuhk03(root: Path, split: str) -> list[PersonSample]:
    """CUHK03 labelled crops of camera pair 1 (Li et al., CVPR 2014): `ROOT/labeled/{train,val}/NNNN_MM.jpg`.

    `train/NNNN` is identity NNNN + 1 and `val/NNNN` is NNNN + 744; pictures 00-04 come from camera 1, 05-09 from
    camera 2. The split `all` is both folders, which share no identity. For training only: the folders follow none of
    the published splits; see `reid.data.layouts.cuhk03_new` for the whole set.
    """
    samples = []
    for part in ("train", "val") if split == "all" else (split,):
        for path, match in matches(root / "labeled" / part, _CUHK03_NAME):
            camera = 1 if int(match[2]) < 5 else 2
            samples.append(PersonSample(path, int(match[1]) + _CUHK03_OFFSETS[part], camera, "cuhk03"))
    return samples


def cuhk01(root: Path, split: str) -> list[PersonSample]:  # noqa: ARG001 - the set is published without a split
    """CUHK01 (Li et al., ACCV 2012): `ROOT/campus/0001001.png`, four digits of identity, three of picture.

    Pictures 1 and 2 come from camera 1, pictures 3 and 4 from camera 2.
    """
    return [
        PersonSample(path, int(match[1]), 1 if int(match[2]) <= 2 else 2, "cuhk01")
        for path, match in matches(root / "campus", _CUHK01_NAME)
    ]
