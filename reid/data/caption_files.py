"""Files of written captions in the formats in which they are published, and where their pictures lie.

All three are a JSON list with one object per picture (in some releases one per caption):

- `cuhk_pedes` (Li et al., CVPR 2017, arXiv:1702.05729): `reid_raw.json`, `caption_all.json`; pictures below `imgs/`;
- `icfg_pedes` (Ding et al., 2021, arXiv:2107.12666): `ICFG-PEDES.json`; pictures below `imgs/`;
- `rstp_reid` (Zhu et al., ACM MM 2021, arXiv:2109.05534): `data_captions.json`; pictures below `imgs/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPLITS = ("train", "val", "test")

# The name of the field with the picture's path; releases differ, so the other one is taken where this is not there.
_PICTURE_FIELDS: Mapping[str, tuple[str, str]] = {
    "cuhk_pedes": ("file_path", "img_path"),
    "icfg_pedes": ("file_path", "img_path"),
    "rstp_reid": ("img_path", "file_path"),
}
FORMATS = tuple(_PICTURE_FIELDS)

# Pictures of each split as published.
PUBLISHED: Mapping[str, Mapping[str, int]] = {
    "cuhk_pedes": {"train": 34054, "val": 3078, "test": 3074},
    "icfg_pedes": {"train": 34674, "test": 19848},
    "rstp_reid": {"train": 18505, "val": 1000, "test": 1000},
}

# Where the pictures of CUHK-PEDES lie in the data sets that it was collected from, for whoever has those but not it.
_SOURCES: Mapping[str, Sequence[str]] = {
    "Market": ("market1501/gt_bbox",),
    "CUHK01": ("cuhk01/campus",),
    "cam_a": ("peta/VIPeR/archive", "viper/cam_a", "VIPeR/cam_a"),
    "cam_b": ("peta/VIPeR/archive", "viper/cam_b", "VIPeR/cam_b"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a caption file.

    Attributes:
        identity: the person; numbers are only comparable within one file, and may start at 0.
        path: the picture as the file names it, relative to the data set's folder of pictures.
        captions: its sentences, at least one, as they were written.
        split: `train`, `val` or `test`; None where the file does not tell.
    """

    identity: int
    path: str
    captions: tuple[str, ...]
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """The entries of a caption file whose pictures are there.

    Attributes:
        rows: those entries, in the file's order; one picture may have several.
        pictures: the picture of each.
        lost: the pictures that are not there, each once, sorted.
    """

    rows: tuple[Row, ...]
    pictures: tuple[Path, ...]
    lost: tuple[str, ...]


def read_rows(path: Path, format: str) -> list[Row]:
    """The entries of a caption file, in its order.

    Args:
        path: the JSON file.
        format: one of `FORMATS`.

    Raises:
        FileNotFoundError: if there is no such file, or a folder in its place.
        ValueError: if the format is unknown or the file is something else; the message names the entry, from 1.
    """
    if format not in _PICTURE_FIELDS:
        raise ValueError(f"unknown caption format {format!r}; known are {', '.join(FORMATS)}")
    if path.is_dir():
        raise FileNotFoundError(f"{path}: a folder; give the JSON file of {format} in it")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON ({error})") from error
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path}: expected a JSON list of objects with id, {_PICTURE_FIELDS[format][0]} and captions")
    return [_row(path, number, entry, format) for number, entry in enumerate(entries, 1)]


def of_split(rows: Sequence[Row], split: str) -> list[Row]:
    """The rows of one split; all of them where no row tells its split."""
    if all(row.split is None for row in rows):
        return list(rows)
    return [row for row in rows if row.split == split]


def locate(rows: Sequence[Row], path: Path, roots: Sequence[Path] = ()) -> Located:
    """Find the pictures of entries, see `picture_of`.

    Args:
        rows: of `read_rows`.
        path: the file that they come from.
        roots: folders to look in; the file's own folder and the one above it come after them.

    Raises:
        FileNotFoundError: if none of the pictures is there.
    """
    places = (*roots, path.parent, path.parent.parent)
    found = [(row, picture_of(row.path, places)) for row in rows]
    there = [(row, picture) for row, picture in found if picture is not None]
    lost = sorted({row.path for row, picture in found if picture is None})
    if not there:
        wanted = ", ".join(f"{place}/imgs" for place in places)
        first = f" ({lost[0]}, ...)" if lost else ""
        raise FileNotFoundError(f"{path}: none of its {len(lost):,} pictures found in {wanted}{first}")
    return Located(tuple(row for row, _ in there), tuple(picture for _, picture in there), tuple(lost))


def picture_of(path: str, places: Sequence[Path]) -> Path | None:
    """The picture file that an entry names, or None.

    Looked for at `PLACE/imgs/PATH`, `PLACE/PATH`, and for CUHK-PEDES in the data sets that it was collected from:
    `PLACE/market1501/gt_bbox`, `PLACE/cuhk01/campus`, `PLACE/peta/VIPeR/archive` and `PLACE/viper/cam_{a,b}`.
    """
    source, _, name = path.partition("/")
    names = [name]
    if source in ("cam_a", "cam_b"):  # 190_0.bmp of cam_a is 190_0_1.bmp in PETA
        stem, _, suffix = name.rpartition(".")
        names.append(f"{stem}_{1 if source == 'cam_a' else 2}.{suffix}")
    for place in places:
        candidates = [place / "imgs" / path, place / path]
        candidates += [place / folder / each for folder in _SOURCES.get(source, ()) for each in names]
        for candidate in candidates:
            if candidate.is_file():
                return candidate
    return None


def _row(path: Path, number: int, entry: Any, format: str) -> Row:
    where = f"{path}: entry {number}"
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: expected an object, got {type(entry).__name__}")
    wanted, other = _PICTURE_FIELDS[format]
    picture = entry.get(wanted, entry.get(other))
    missing = [name for name in ("id", "captions") if name not in entry] + [wanted] * (picture is None)
    if missing:
        raise ValueError(f"{where}: lacks {', '.join(missing)}; expected the fields id, {wanted} and captions")
    captions = [entry["captions"]] if isinstance(entry["captions"], str) else entry["captions"]
    if not isinstance(captions, list) or not captions or not all(isinstance(text, str) for text in captions):
        raise ValueError(f"{where}: expected captions to be a text or a list of texts")
    if not isinstance(picture, str):
        raise ValueError(f"{where}: expected {wanted} to be a text")
    try:
        identity = int(entry["id"])
    except (TypeError, ValueError):
        raise ValueError(f"{where}: expected id to be a whole number, got {entry['id']!r}") from None
    split = entry.get("split")
    if split is not None and split not in SPLITS:
        raise ValueError(f"{where}: unknown split {split!r}; expected {', '.join(SPLITS)}")
    return Row(identity, picture, tuple(captions), split)
