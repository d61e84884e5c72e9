"""Sets that are for measuring only: VIPeR, PRID 2011 and GRID, one camera against the other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from reid.data.layouts.peta import archive
from reid.data.listing import matches
from reid.types import PersonSample

_VIPER_ORIGINAL = re.compile(r"(\d{3})_\d{1,3}\.(?:bmp|png|jpg)")
_VIPER_NAME = re.compile(r"(\d{3})_\d{1,3}_([12])\.(?:bmp|png|jpg)")
_PRID_NAME = re.compile(r"(\d{4})_([ab])\.(?:png|jpg|bmp)")
_GRID_NAME = re.compile(r"(\d{4})_(\d)_\d+_\d+_\d+_\d+_\d+\.(?:jpeg|jpg|png)")
_PRID_SHARED = 200  # persons 1 to 200 are seen by both cameras, later numbers by one


def viper(root: Path, split: str) -> list[PersonSample]:
    """VIPeR (Gray et al., PETS 2007), as published or as in PETA.

    - As published: `ROOT/cam_a/000_45.bmp` and `ROOT/cam_b/000_90.bmp`: identity, angle.
    - As in PETA: `ROOT/VIPeR/archive/000_45_1.bmp`: identity, angle, camera; ROOT may also be that `VIPeR` or `archive`
      folder.

    In both cases ROOT may also be the folder that holds `VIPeR`. Query: camera 1 (a). Gallery: camera 2 (b). The
    identity is the published number + 1, because 0 stands for a distractor.
    """
    original = next((at for at in (root, root / "VIPeR") if (at / "cam_a").is_dir() or (at / "cam_b").is_dir()), None)
    folder = archive(root, "VIPeR") if original is None else original
    if original is not None:
        found = [
            (path, int(match[1]) + 1, camera)
            for camera, name in ((1, "cam_a"), (2, "cam_b"))
            for path, match in matches(original / name, _VIPER_ORIGINAL)
        ]
    elif folder.is_dir():
        found = [(path, int(match[1]) + 1, int(match[2])) for path, match in matches(folder, _VIPER_NAME)]
    else:
        raise FileNotFoundError(f"{folder}: no such folder, nor cam_a and cam_b in {root}")
    _check_pairs(folder, found)
    camera = 1 if split == "query" else 2
    return [PersonSample(path, identity, seen, "viper") for path, identity, seen in found if seen == camera]


def prid(root: Path, split: str) -> list[PersonSample]:
    """PRID 2011 single shot (Hirzer et al., SCIA 2011) as in PETA: `ROOT/PRID/archive/NNNN_{a,b}.png`.

    ROOT may also be that `PRID` or `archive` folder. Persons 1 to 200 are seen by both cameras. Query: those 200 in
    camera 1 (a). Gallery: all of camera 2 (b).
    """
    folder = archive(root, "PRID")
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
    for path, match in matches(archive(root, "GRID"), _GRID_NAME):
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
