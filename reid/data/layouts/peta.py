"""PETA (Deng et al., "Pedestrian Attribute Recognition At Far Distance", ACM MM 2014)."""

from __future__ import annotations

import re
from pathlib import Path

from reid.data.layouts import NEVER_TRAINED
from reid.data.listing import pictures
from reid.types import PersonSample

# PETA's subsets, in an order that fixes the identity numbers: subset number * 100,000 + number in the subset.
PETA_SUBSETS = ("3DPeS", "CAVIAR4REID", "CUHK", "GRID", "MIT", "PRID", "SARC3D", "TownCentre", "VIPeR", "i-LID")
PETA_STRIDE = 100_000
_TRAINED = tuple(name for name in PETA_SUBSETS if name.lower() not in NEVER_TRAINED)
# Every picture of these has a label row of its own, so the file name does not tell who it is.
_NAMELESS = frozenset({"CUHK", "MIT"})
_NAME = re.compile(r"(\d+)_.+")


def peta(root: Path, split: str) -> list[PersonSample]:
    """PETA (Deng et al., ACM MM 2014): `ROOT/SUBSET/archive/*` for its ten subsets, with `Label.txt` in each.

    The identity is subset number * 100,000 + the number that a file name starts with (`PETA_SUBSETS`), or -1 in CUHK
    and MIT, whose names do not tell who is shown. Cameras are not told: -1. The split `train` leaves out the subsets
    that are for measuring only; `CUHK`, `MIT` and so on load one subset alone.
    """
    subsets = _TRAINED if split == "train" else (split,)
    samples = []
    for subset in subsets:
        base = PETA_SUBSETS.index(subset) * PETA_STRIDE
        nameless = subset in _NAMELESS
        for path in pictures(root / subset / "archive"):
            match = None if nameless else _NAME.fullmatch(path.name)
            if match is None and not nameless:
                raise ValueError(f"{path}: expected a name that starts with the number of a person")
            samples.append(PersonSample(path, -1 if match is None else base + int(match[1]), -1, "peta"))
    return samples


def archive(root: Path, subset: str) -> Path:
    """The folder with a subset's pictures, below a root that may be PETA, the subset or that folder itself."""
    if root.name == "archive":
        return root
    return root / "archive" if root.name == subset else root / subset / "archive"
