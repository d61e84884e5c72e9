"""MSMT17 (Wei et al., "Person Transfer GAN to Bridge Domain Gap for Person Re-identification", CVPR 2018)."""

from __future__ import annotations

import re
from pathlib import Path

from reid.types import PersonSample

_LISTS = {
    "train": ("list_train.txt",),
    "val": ("list_val.txt",),
    "trainval": ("list_train.txt", "list_val.txt"),
    "query": ("list_query.txt",),
    "gallery": ("list_gallery.txt",),
}
_TRAINED = frozenset({"train", "val", "trainval"})
# folder of training and of test pictures; version 2 differs in masked faces and in names only
_VERSIONS = (("train", "test"), ("mask_train_v2", "mask_test_v2"))
_RELEASES = ("MSMT17_V1", "MSMT17_V2", "MSMT17")
_TRAINING_PEOPLE = 1041
_NAME = re.compile(r"(?:.*/)?\d{4}_\d{3}_(\d{2})_[^/]+\.jpg")


def msmt17(root: Path, split: str) -> list[PersonSample]:
    """MSMT17: `ROOT/list_{train,val,query,gallery}.txt` and `ROOT/{train,test}/NNNN/NNNN_000_CC_*.jpg`, camera CC.

    Version 2 has `mask_train_v2` and `mask_test_v2` for `train` and `test`. ROOT may also be the folder that holds
    `MSMT17_V1` or `MSMT17_V2`. A line of a list is `NNNN/NAME.jpg LABEL`, relative to the folder of its pictures.
    `val` shows the same people as `train`; papers train on both: `trainval`.

    The identity is label + 1 in training pictures and label + 1042 in test pictures, whose labels start at 0 again but
    are other people.

    Raises:
        FileNotFoundError: if a list or folder is missing, or a picture that a list names.
        ValueError: if a line or a name is of another form, or a picture is empty.
    """
    root = _release(root)
    trained = split in _TRAINED
    folder = _pictures(root, trained)
    base = 1 if trained else 1 + _TRAINING_PEOPLE
    rows = [row for name in _LISTS[split] for row in _rows(root / name)]
    lost = []
    samples = []
    for name, label, camera in rows:
        path = folder / name
        try:
            if not path.stat().st_size:
                raise ValueError(f"{path}: empty file; the folder is half unpacked")
        except FileNotFoundError:
            lost.append(path)
            continue
        samples.append(PersonSample(path, base + label, camera, "msmt17"))
    if lost:
        raise FileNotFoundError(
            f"{min(lost)}: no such file; {len(lost):,} of the {len(rows):,} pictures in {', '.join(_LISTS[split])} are "
            "not there, the data set is half unpacked"
        )
    return samples


def _release(root: Path) -> Path:
    """The folder with the lists."""
    inner = [root / name for name in _RELEASES if (root / name).is_dir()]
    return inner[0] if inner and not any(root.glob("list_*.txt")) else root


def _pictures(root: Path, trained: bool) -> Path:
    place = 0 if trained else 1
    for version in _VERSIONS:
        if (root / version[place]).is_dir():
            return root / version[place]
    raise FileNotFoundError(f"{root / _VERSIONS[0][place]}: no such folder, nor {_VERSIONS[1][place]}")


def _rows(path: Path) -> list[tuple[str, int, int]]:
    """Picture, label and camera of each line."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        name, _, label = line.strip().rpartition(" ")
        match = _NAME.fullmatch(name)
        if match is None or not label.isdigit():
            raise ValueError(f"{path}: line {number}: expected NNNN/NNNN_000_CC_NAME.jpg LABEL, got {line.strip()!r}")
        rows.append((name, int(label), int(match[1])))
    if not rows:
        raise ValueError(f"{path}: empty file; the data set is half unpacked")
    return rows
