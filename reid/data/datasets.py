"""Person re-identification data sets in the folder layouts in which they are published.

Each loader (one file per set in `reid.data.layouts`) lists pictures, opens none of them, and says in its docstring
which layout it expects. Identities are the published numbers, -1 stands for "nobody known", and 0 (in a gallery) for a
distractor: a person who is nobody's match. A camera of -1 is unknown.

Pictures of PETA's CUHK subset very probably show people of CUHK01 again, without saying who; see `near_duplicates`
before the one is trained on and the other is measured.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reid.data.layouts import NEVER_TRAINED as NEVER_TRAINED
from reid.data.layouts import cuhk03_new
from reid.data.layouts.cuhk import cuhk01, cuhk03
from reid.data.layouts.market1501 import market1501
from reid.data.layouts.msmt17 import msmt17
from reid.data.layouts.others import clothing_coparsing, pku_reid
from reid.data.layouts.peta import PETA_STRIDE as PETA_STRIDE
from reid.data.layouts.peta import PETA_SUBSETS as PETA_SUBSETS
from reid.data.layouts.peta import peta
from reid.data.layouts.two_cameras import grid, prid, viper
from reid.types import PersonSample


@dataclass(frozen=True, slots=True)
class _Dataset:
    read: Callable[[Path, str], list[PersonSample]]
    published: Mapping[str, int]  # split -> how many pictures the complete set has


_DATASETS: Mapping[str, _Dataset] = {
    "market1501": _Dataset(market1501, {"train": 12936, "query": 3368, "gallery": 19732}),
    "cuhk03": _Dataset(cuhk03, {"train": 7239, "val": 938, "all": 8177}),
    "cuhk03_labeled": _Dataset(cuhk03_new.labeled, {"train": 7368, "query": 1400, "gallery": 5328}),
    "cuhk03_detected": _Dataset(cuhk03_new.detected, {"train": 7365, "query": 1400, "gallery": 5332}),
    "msmt17": _Dataset(msmt17, {"train": 30248, "val": 2373, "trainval": 32621, "query": 11659, "gallery": 82161}),
    "cuhk01": _Dataset(cuhk01, {"train": 3884}),
    "pku_reid": _Dataset(pku_reid, {"train": 992, "val": 192}),
    "peta": _Dataset(
        peta, {"train": 8360, "3DPeS": 1012, "CAVIAR4REID": 1220, "CUHK": 4563, "MIT": 888, "SARC3D": 200, "i-LID": 477}
    ),
    "viper": _Dataset(viper, {"query": 632, "gallery": 632}),
    "prid": _Dataset(prid, {"query": 200, "gallery": 749}),
    "grid": _Dataset(grid, {"query": 250, "gallery": 1025}),
    "clothing_coparsing": _Dataset(clothing_coparsing, {"train": 2098}),
}


def names() -> tuple[str, ...]:
    """The data sets that `load` knows."""
    return tuple(_DATASETS)


def splits(name: str) -> tuple[str, ...]:
    """The splits of a data set; see `load` for what is raised."""
    return tuple(_known(name).published)


def load(name: str, root: Path | str, split: str) -> list[PersonSample]:
    """List the pictures of one split of a data set, sorted by path.

    Args:
        name: one of `names()`.
        root: the folder that the loader of that name describes.
        split: one of `splits(name)`; `train` is what may be trained on.

    Raises:
        ValueError: if name or split are unknown, if a set that is for measuring only is asked for `train`, or if a
            picture's name is not what the layout says (the message names the picture).
        FileNotFoundError: if a folder is missing or holds no picture (the message names the folder).
    """
    if split == "train" and name.lower() in NEVER_TRAINED:
        raise ValueError(f"{name} is for measuring only and has no train split: training on it would void its figures")
    dataset = _known(name)
    if split not in dataset.published:
        raise ValueError(f"{name} has no split {split!r}; it has {', '.join(dataset.published)}")
    samples = dataset.read(Path(root).expanduser(), split)
    if not samples:
        raise FileNotFoundError(f"{root}: no picture of {name} {split}; the data set is half unpacked")
    return sorted(samples, key=lambda sample: sample.path)


def shortfall(name: str, split: str, samples: Iterable[PersonSample]) -> str | None:
    """What to say if a listing is not as long as the published set, naming the folders; None if it is complete."""
    expected = _known(name).published[split]
    found = Counter(sample.path.parent for sample in samples)
    total = sum(found.values())
    if total == expected:
        return None
    where = ", ".join(str(folder) for folder in sorted(found)[:3]) + (", ..." if len(found) > 3 else "")
    return f"{name} {split}: {total:,} of {expected:,} published pictures in {where}; figures cannot be compared"


def _known(name: str) -> _Dataset:
    if name not in _DATASETS:
        raise ValueError(f"unknown data set {name!r}; known are {', '.join(_DATASETS)}")
    return _DATASETS[name]


def read_kept_apart(path: Path | str) -> dict[str, frozenset[int]]:
    """Read which identities must stay out of a training.

    Args:
        path: a JSON object: data set name -> list of identity numbers (as numbers or digits); entries whose value is
            a text are remarks.

    Raises:
        ValueError: if the file is something else.
        FileNotFoundError: if there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        kept = {name: frozenset(map(int, ids)) for name, ids in content.items() if not isinstance(ids, str)}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: expected a JSON object of data set name -> list of identities ({error})") from error
    for name in kept:
        if name not in _DATASETS:
            raise ValueError(f"{path}: unknown data set {name!r}; known are {', '.join(_DATASETS)}")
    return kept


def without(samples: Iterable[PersonSample], kept: Mapping[str, frozenset[int]]) -> list[PersonSample]:
    """The samples whose identity is not kept apart in their own data set, in the same order."""
    return [sample for sample in samples if sample.identity not in kept.get(sample.dataset, frozenset())]
