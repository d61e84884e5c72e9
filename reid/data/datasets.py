"""Person re-identification data sets in the folder layouts in which they are published.

Each loader lists pictures, opens none of them, and says in its docstring which layout it expects. Identities are
the published numbers, -1 stands for "nobody known", and 0 (in a gallery) for a distractor: a person who is nobody's
match. A camera of -1 is unknown.

Pictures of PETA's CUHK subset very probably show people of CUHK01 again, without saying who; see `near_duplicates`
before the one is trained on and the other is measured.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reid.data.listing import folders, matches, pictures
from reid.types import PersonSample

# Sets on which figures are published that only mean something if nobody ever trains on them.
NEVER_TRAINED = frozenset({"viper", "prid", "grid", "towncentre"})

# PETA's subsets, in an order that fixes the identity numbers: subset number * 100,000 + number in the subset.
PETA_SUBSETS = ("3DPeS", "CAVIAR4REID", "CUHK", "GRID", "MIT", "PRID", "SARC3D", "TownCentre", "VIPeR", "i-LID")
PETA_STRIDE = 100_000
_PETA_TRAINED = tuple(name for name in PETA_SUBSETS if name.lower() not in NEVER_TRAINED)
# Every picture of these has a label row of its own, so the file name does not tell who it is.
_PETA_NAMELESS = frozenset({"CUHK", "MIT"})

_MARKET_FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
_MARKET_NAME = re.compile(r"(-1|\d{4})_c(\d)s\d_\d{6}_\d{2}(?:\.jpg){1,2}")
_CUHK03_NAME = re.compile(r"(\d{4})_(\d{2})\.(?:jpg|png)")
_CUHK03_OFFSETS = {"train": 1, "val": 744}
_CUHK01_NAME = re.compile(r"(\d{4})(\d{3})\.(?:png|jpg|bmp)")
_PKU_NAME = re.compile(r"(\d{2})_\d+\.(?:png|jpg)")
_PETA_NAME = re.compile(r"(\d+)_.+")
_VIPER_NAME = re.compile(r"(\d{3})_\d{1,3}_([12])\.(?:bmp|png|jpg)")
_PRID_NAME = re.compile(r"(\d{4})_([ab])\.(?:png|jpg|bmp)")
_GRID_NAME = re.compile(r"(\d{4})_(\d)_\d+_\d+_\d+_\d+_\d+\.(?:jpeg|jpg|png)")
_PRID_SHARED = 200  # persons 1 to 200 are seen by both cameras, later numbers by one


def market1501(root: Path, split: str) -> list[PersonSample]:
    """Market-1501 (Zheng et al., ICCV 2015): `ROOT/FOLDER/0002_c1s1_000451_03.jpg`, identity 2, camera 1.

    FOLDER: `bounding_box_train` (train), `query`, `bounding_box_test` (gallery).
    The gallery holds junk (-1: bad boxes, neither right nor wrong) and distractors (0: wrong for everyone). Six queries
    end in `.jpg.jpg`.
    """
    folder = _MARKET_FOLDERS[split]
    return [
        PersonSample(path, int(match[1]), int(match[2]), "market1501")
        for path, match in matches(root / folder, _MARKET_NAME)
    ]


def cuhk03(root: Path, split: str) -> list[PersonSample]:
    """CUHK03 labelled crops of camera pair 1 (Li et al., CVPR 2014): `ROOT/labeled/{train,val}/NNNN_MM.jpg`.

    `train/NNNN` is identity NNNN + 1 and `val/NNNN` is NNNN + 744; pictures 00-04 come from camera 1, 05-09 from
    camera 2. The split `all` is both folders, which share no identity.
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


def pku_reid(root: Path, split: str) -> list[PersonSample]:
    """PKU-Reid (Ma et al., 2016): `ROOT/train/NNN/CC_D.png`, identity NNN, camera CC, direction D of eight.

    `ROOT/val/all_imgs/NNN/CC_D.png` holds further identities (split `val`). `ROOT/val/{query,gallery}` repeat its
    pictures, some of them in both, and are left out.
    """
    folder = root / {"train": "train", "val": "val/all_imgs"}[split]
    samples = []
    for person in folders(folder):
        if not person.name.isdigit():
            raise ValueError(f"{person}: expected a folder named by an identity number")
        for path, match in matches(person, _PKU_NAME):
            samples.append(PersonSample(path, int(person.name), int(match[1]), "pku_reid"))
    return samples


def peta(root: Path, split: str) -> list[PersonSample]:
    """PETA (Deng et al., ACM MM 2014): `ROOT/SUBSET/archive/*` for its ten subsets, with `Label.txt` in each.

    The identity is subset number * 100,000 + the number that a file name starts with (`PETA_SUBSETS`), or -1 in CUHK
    and MIT, whose names do not tell who is shown. Cameras are not told: -1. The split `train` leaves out the subsets
    that are for measuring only; `CUHK`, `MIT` and so on load one subset alone.
    """
    subsets = _PETA_TRAINED if split == "train" else (split,)
    samples = []
    for subset in subsets:
        base = PETA_SUBSETS.index(subset) * PETA_STRIDE
        nameless = subset in _PETA_NAMELESS
        for path in pictures(root / subset / "archive"):
            match = None if nameless else _PETA_NAME.fullmatch(path.name)
            if match is None and not nameless:
                raise ValueError(f"{path}: expected a name that starts with the number of a person")
            samples.append(PersonSample(path, -1 if match is None else base + int(match[1]), -1, "peta"))
    return samples


def viper(root: Path, split: str) -> list[PersonSample]:
    """VIPeR (Gray et al., PETS 2007) as in PETA: `ROOT/VIPeR/archive/000_45_1.bmp`: identity, angle, camera.

    ROOT may also be that `VIPeR` or `archive` folder. Query: camera 1 (a). Gallery: camera 2 (b). The identity is the
    published number + 1, because 0 stands for a distractor.
    """
    folder = _peta_archive(root, "VIPeR")
    found = [(path, int(match[1]) + 1, int(match[2])) for path, match in matches(folder, _VIPER_NAME)]
    _check_pairs(folder, found)
    camera = 1 if split == "query" else 2
    return [PersonSample(path, identity, seen, "viper") for path, identity, seen in found if seen == camera]


def prid(root: Path, split: str) -> list[PersonSample]:
    """PRID 2011 single shot (Hirzer et al., SCIA 2011) as in PETA: `ROOT/PRID/archive/NNNN_{a,b}.png`.

    ROOT may also be that `PRID` or `archive` folder. Persons 1 to 200 are seen by both cameras. Query: those 200 in
    camera 1 (a). Gallery: all of camera 2 (b).
    """
    folder = _peta_archive(root, "PRID")
    found = [(path, int(match[1]), 1 + "ab".index(match[2])) for path, match in matches(folder, _PRID_NAME)]
    _check_pairs(folder, [row for row in found if row[1] <= _PRID_SHARED])
    if split == "query":
        found = [row for row in found if row[2] == 1 and row[1] <= _PRID_SHARED]
    else:
        found = [row for row in found if row[2] == 2]
    return [PersonSample(path, identity, camera, "prid") for path, identity, camera in found]


def grid(root: Path, split: str) -> list[PersonSample]:
    """QMUL GRID (Loy et al., CVPR 2009) as in PETA: `ROOT/GRID/archive/NNNN_C_*.jpeg`: identity, camera 1 to 6.

    ROOT may also be that `GRID` or `archive` folder. 250 persons have two pictures: the lower camera is the query, the
    other one goes to the gallery together with 775 people who are seen once, distractors of identity 0.
    """
    by_person: dict[int, list[PersonSample]] = defaultdict(list)
    for path, match in matches(_peta_archive(root, "GRID"), _GRID_NAME):
        by_person[int(match[1])].append(PersonSample(path, int(match[1]), int(match[2]), "grid"))
    samples = []
    for shots in by_person.values():
        shots.sort(key=lambda sample: sample.camera)
        if len(shots) > 2:
            raise ValueError(f"{shots[2].path}: expected at most two pictures of a person")
        if len(shots) == 2:
            samples.append(shots[0 if split == "query" else 1])
        elif split == "gallery":
            samples.append(PersonSample(shots[0].path, 0, shots[0].camera, "grid"))
    return samples


def clothing_coparsing(root: Path, split: str) -> list[PersonSample]:  # noqa: ARG001 - published without a split
    """Clothing Co-Parsing (Yang et al., CVPR 2014): `ROOT/photos/NNNN.jpg`, people unknown: identity -1."""
    return [PersonSample(path, -1, -1, "clothing_coparsing") for path in pictures(root / "photos")]


def _peta_archive(root: Path, subset: str) -> Path:
    """The folder with a PETA subset's pictures, below a root that may be PETA, the subset or that folder itself."""
    if root.name == "archive":
        return root
    return root / "archive" if root.name == subset else root / subset / "archive"


def _check_pairs(folder: Path, found: Iterable[tuple[Path, int, int]]) -> None:
    """Raise ValueError if a person is not seen exactly once by each of the two cameras."""
    shots: dict[int, list[int]] = defaultdict(list)
    for _, identity, camera in found:
        shots[identity].append(camera)
    for identity, cameras in shots.items():
        if sorted(cameras) != [1, 2]:
            raise ValueError(
                f"{folder}: half unpacked? identity {identity} is seen by cameras {sorted(cameras)}, not by 1 and 2"
            )


@dataclass(frozen=True, slots=True)
class _Dataset:
    read: Callable[[Path, str], list[PersonSample]]
    published: Mapping[str, int]  # split -> how many pictures the complete set has


_DATASETS: Mapping[str, _Dataset] = {
    "market1501": _Dataset(market1501, {"train": 12936, "query": 3368, "gallery": 19732}),
    "cuhk03": _Dataset(cuhk03, {"train": 7239, "val": 938, "all": 8177}),
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
