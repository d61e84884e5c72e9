"""CUHK03 as a whole, by the protocol of 767 people for training and 700 for measuring.

Sources: Li et al., "DeepReID", CVPR 2014 (the pictures); Zhong et al., "Re-ranking Person Re-identification with
k-reciprocal Encoding", CVPR 2017, section 5.1 (the protocol).
"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import numpy as np

from reid.data.listing import matches
from reid.types import PersonSample

_NAME = re.compile(r"(\d)_(\d{3})_([12])_(\d{2})\.(?:png|jpg)")
_PAIR_STRIDE = 1000  # the people of each pair of cameras are numbered from 1


def read(root: Path, split: str, *, boxes: str) -> list[PersonSample]:
    """CUHK03 converted to pictures: `ROOT/images_BOXES/P_NNN_C_MM.png`, pair P, person NNN, camera C of 1 and 2.

    BOXES is `labeled` (by hand) or `detected` (by a detector); the folder may also be called just BOXES. Who belongs to
    which split is said by one of the two published files, looked for in ROOT in this order:

    - `splits_new_BOXES.json`: a list with one object of `train`, `query`, `gallery`, each a list of [path, ...];
    - `cuhk03_new_protocol_config_BOXES.mat`: `filelist`, and `train_idx`, `query_idx`, `gallery_idx` from 1.

    The identity is pair * 1000 + person. As in the published protocol the camera is C alone, whatever the pair.
    The `cuhk-03.mat` of the original release holds the pictures themselves and has to be converted first.

    Raises:
        FileNotFoundError: if folder or split file are missing, or a picture that the split names.
        ValueError: if the split file is something else.
    """
    folder = _folder(root, boxes)
    there = {path.name: match for path, match in matches(folder, _NAME)}
    source, names = _names(root, split, boxes)
    lost = sorted(set(names) - set(there))
    if lost:
        raise FileNotFoundError(
            f"{folder / lost[0]}: no such file; {len(lost):,} of the {len(names):,} pictures of {split} in {source} "
            "are not there, the data set is half unpacked"
        )
    return [_sample(folder / name, there[name], f"cuhk03_{boxes}") for name in names]


labeled = partial(read, boxes="labeled")
detected = partial(read, boxes="detected")


def _sample(path: Path, match: re.Match[str], dataset: str) -> PersonSample:
    return PersonSample(path, int(match[1]) * _PAIR_STRIDE + int(match[2]), int(match[3]), dataset)


def _folder(root: Path, boxes: str) -> Path:
    for name in (f"images_{boxes}", boxes):
        if (root / name).is_dir():
            return root / name
    for place in (root, root / "cuhk03_release"):
        if (place / "cuhk-03.mat").is_file():
            raise FileNotFoundError(
                f"{root / f'images_{boxes}'}: no such folder; {place / 'cuhk-03.mat'} has to be converted to it first"
            )
    raise FileNotFoundError(f"{root / f'images_{boxes}'}: no such folder")


def _names(root: Path, split: str, boxes: str) -> tuple[Path, list[str]]:
    """The split file, and the file names of one split."""
    table = root / f"splits_new_{boxes}.json"
    config = root / f"cuhk03_new_protocol_config_{boxes}.mat"
    try:
        if table.is_file():
            return table, _from_json(table, split)
        if config.is_file():
            return config, _from_mat(config, split)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, NotImplementedError) as error:
        raise ValueError(f"{table if table.is_file() else config}: not a split file of CUHK03 ({error!r})") from error
    raise FileNotFoundError(f"{table}: no such file, nor {config.name}; without it nobody knows who is measured on")


def _from_json(path: Path, split: str) -> list[str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    first = content[0] if isinstance(content, list) else content
    return [re.split(r"[/\\]", str(row[0]))[-1] for row in first[split]]


def _from_mat(path: Path, split: str) -> list[str]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path, squeeze_me=True)
    except MatReadError as error:
        raise ValueError(str(error)) from error
    files = [str(name) for name in np.atleast_1d(content["filelist"])]
    wanted = np.atleast_1d(content[f"{split}_idx"]).astype(int)
    if len(wanted) and (wanted.min() < 1 or wanted.max() > len(files)):
        raise ValueError(f"{split}_idx: expected numbers of 1 to {len(files)}")
    return [files[number - 1] for number in wanted]
