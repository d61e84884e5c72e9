"""The protocol of text-to-picture search: every caption searches all pictures, those of its person are right.

Source: Li et al., "Person Search with Natural Language Description", CVPR 2017 (CUHK-PEDES).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reid.evaluation.ranking import Labels, labels
from reid.types import PersonSample

# Where the pictures of CUHK-PEDES lie in the data sets that it was collected from, for whoever has those but not it.
_SOURCES: Mapping[str, Sequence[str]] = {
    "Market": ("market1501/gt_bbox",),
    "CUHK01": ("cuhk01/campus",),
    "cam_a": ("peta/VIPeR/archive",),
    "cam_b": ("peta/VIPeR/archive",),
}


@dataclass(frozen=True, slots=True)
class CaptionTrial:
    """A measurement that is ready to be made.

    Attributes:
        name: the data set.
        captions: (C) sentences.
        identities: (C) whom each sentence describes.
        gallery: the pictures, each once.
        notices: what to tell beside the figures, such as pictures that are not there.
    """

    name: str
    captions: tuple[str, ...]
    identities: tuple[int, ...]
    gallery: tuple[PersonSample, ...]
    notices: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[Labels, Labels]:
        """Labels of captions and gallery; a caption has no camera."""
        return (
            labels((identity, -1) for identity in self.identities),
            labels((sample.identity, sample.camera) for sample in self.gallery),
        )


def cuhk_pedes(path: Path, roots: Sequence[Path] = ()) -> CaptionTrial:
    """Captions in the JSON of CUHK-PEDES: a list of `{"id", "file_path", "captions": text or list of texts}`.

    Pictures are looked for at `ROOT/imgs/FILE_PATH`, `ROOT/FILE_PATH`, and in the data sets they were collected from:
    `ROOT/market1501/gt_bbox`, `ROOT/cuhk01/campus` and `ROOT/peta/VIPeR/archive`.

    Args:
        path: the JSON file. Rows with a "split" other than "test" are left out if there are any with it.
        roots: folders to look in; the file's own folder and the one above it come after them.

    Raises:
        FileNotFoundError: if the file, or every picture, is missing.
        ValueError: if the file is something else.
    """
    rows = _rows(path)
    if any(row.get("split") == "test" for row in rows):
        rows = [row for row in rows if row.get("split") == "test"]
    places = (*roots, path.parent, path.parent.parent)
    captions: list[str] = []
    identities: list[int] = []
    gallery: dict[Path, PersonSample] = {}
    lost: set[str] = set()
    for row in rows:
        picture = _find(str(row["file_path"]), places)
        if picture is None:
            lost.add(str(row["file_path"]))
            continue
        gallery[picture] = PersonSample(picture, int(row["id"]), -1, "cuhk_pedes")
        texts = [row["captions"]] if isinstance(row["captions"], str) else row["captions"]
        captions += texts
        identities += [int(row["id"])] * len(texts)
    if not gallery:
        wanted = ", ".join(f"{place}/imgs" for place in places)
        raise FileNotFoundError(f"{path}: none of its {len(lost):,} pictures found in {wanted}")
    notice = f"cuhk_pedes: {len(lost):,} of {len(lost) + len(gallery):,} pictures of {path} not found and left out"
    people = [gallery[picture] for picture in sorted(gallery)]
    return CaptionTrial("cuhk_pedes", tuple(captions), tuple(identities), tuple(people), (notice,) if lost else ())


CAPTION_PROTOCOLS = {"cuhk_pedes": cuhk_pedes}


def open_caption_trial(name: str, path: Path | str, roots: Sequence[Path] = ()) -> CaptionTrial:
    """The caption protocol of a data set.

    Raises:
        ValueError: if there is none by that name, or the file is not such a file.
        FileNotFoundError: if the file or every picture is missing.
    """
    if name not in CAPTION_PROTOCOLS:
        raise ValueError(f"no caption protocol for {name!r}; known are {', '.join(CAPTION_PROTOCOLS)}")
    return CAPTION_PROTOCOLS[name](Path(path).expanduser(), roots)


def _rows(path: Path) -> list[Mapping[str, Any]]:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON ({error})") from error
    fields = {"id", "file_path", "captions"}
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and fields <= set(row) for row in rows):
        raise ValueError(f"{path}: expected a JSON list of objects with id, file_path and captions")
    return rows


def _find(file_path: str, places: Sequence[Path]) -> Path | None:
    source, _, name = file_path.partition("/")
    if source in ("cam_a", "cam_b"):
        stem, _, suffix = name.rpartition(".")
        name = f"{stem}_{1 if source == 'cam_a' else 2}.{suffix}"
    for place in places:
        for candidate in (place / "imgs" / file_path, place / file_path):
            if candidate.is_file():
                return candidate
        for folder in _SOURCES.get(source, ()):
            if (place / folder / name).is_file():
                return place / folder / name
    return None
