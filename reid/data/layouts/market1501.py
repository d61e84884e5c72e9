"""Market-1501 (Zheng et al., "Scalable Person Re-identification: A Benchmark", ICCV 2015)."""

from __future__ import annotations

import re
from pathlib import Path

from reid.data.listing import matches
from reid.types import PersonSample

_FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
_NAME = re.compile(r"(-1|\d{4})_c(\d)s\d_\d{6}_\d{2}(?:\.jpg){1,2}")


def market1501(root: Path, split: str) -> list[PersonSample]:
    """Market-1501 (Zheng et al., ICCV 2015): `ROOT/FOLDER/0002_c1s1_000451_03.jpg`, identity 2, camera 1.

    FOLDER: `bounding_box_train` (train), `query`, `bounding_box_test` (gallery).
    The gallery holds junk (-1: bad boxes, neither right nor wrong) and distractors (0: wrong for everyone). Six queries
    end in `.jpg.jpg`. The 27 attributes (`ROOT/market_attribute.mat`) are read by `reid.data.attributes`.
    """
    return [
        PersonSample(path, int(match[1]), int(match[2]), "market1501")
        for path, match in matches(root / _FOLDERS[split], _NAME)
    ]
