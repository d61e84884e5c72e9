"""The protocol of text-to-picture search: every caption searches all pictures, those of its person are right.

Source: Li et al., "Person Search with Natural Language Description", CVPR 2017 (CUHK-PEDES); the makers of ICFG-PEDES
and RSTPReid measure the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reid.data import caption_files
from reid.evaluation.ranking import Labels, labels
from reid.types import PersonSample

CAPTION_PROTOCOLS = caption_files.FORMATS


@dataclass(frozen=True, slots=True)
class CaptionTrial:
    """A measurement that is ready to be made.

    Attributes:
        name: the data set.
        captions: (C) sentences.
        identities: (C) whom each sentence describes.
        gallery: the pictures, each once.
        notices: what to tell beside the figures, such as pictures that are not there.
        places: (C) which picture of the gallery each sentence was written about.
    """

    name: str
    captions: tuple[str, ...]
    identities: tuple[int, ...]
    gallery: tuple[PersonSample, ...]
    notices: tuple[str, ...] = ()
    places: tuple[int, ...] = ()

    @property
    def labels(self) -> tuple[Labels, Labels]:
        """Labels of captions and gallery; a caption has no camera."""
        return (
            labels((identity, -1) for identity in self.identities),
            labels((sample.identity, sample.camera) for sample in self.gallery),
        )


def open_caption_trial(name: str, path: Path | str, roots: Sequence[Path] = ()) -> CaptionTrial:
    """The caption protocol of a data set: its split `test`, or the whole file if that does not tell splits.

    Args:
        name: one of `CAPTION_PROTOCOLS`.
        path: the JSON file, see `reid.data.caption_files`.
        roots: folders to look for pictures in; the file's own folder and the one above it come after them.

    Raises:
        ValueError: if there is no protocol by that name, or the file is not such a file.
        FileNotFoundError: if the file or every picture is missing.
    """
    if name not in CAPTION_PROTOCOLS:
        raise ValueError(f"no caption protocol for {name!r}; known are {', '.join(CAPTION_PROTOCOLS)}")
    path = Path(path).expanduser()
    every = caption_files.read_rows(path, name)
    rows = caption_files.of_split(every, "test")
    if not rows:
        raise ValueError(f"{path}: none of its {len(every):,} entries is of the split test")
    located = caption_files.locate(rows, path, roots)
    captions = [caption for row in located.rows for caption in row.captions]
    identities = [row.identity for row in located.rows for _ in row.captions]
    gallery = {
        picture: PersonSample(picture, row.identity, -1, name)
        for row, picture in zip(located.rows, located.pictures, strict=True)
    }
    order = {picture: place for place, picture in enumerate(sorted(gallery))}
    people = tuple(gallery[picture] for picture in order)
    places = tuple(
        order[picture] for row, picture in zip(located.rows, located.pictures, strict=True) for _ in row.captions
    )
    notices = _notices(name, path, rows, located, len(people))
    return CaptionTrial(name, tuple(captions), tuple(identities), people, notices, places)


def cuhk_pedes(path: Path, roots: Sequence[Path] = ()) -> CaptionTrial:
    """The captions of CUHK-PEDES, see `open_caption_trial`."""
    return open_caption_trial("cuhk_pedes", path, roots)


def _notices(
    name: str, path: Path, rows: Sequence[caption_files.Row], located: caption_files.Located, pictures: int
) -> tuple[str, ...]:
    notices = []
    if located.lost:
        total = len(located.lost) + pictures
        notices.append(f"{name}: {len(located.lost):,} of {total:,} pictures of {path} not found and left out")
    published = caption_files.PUBLISHED[name]["test"]
    named = {row.path for row in rows}
    if rows[0].split is not None and len(named) != published:
        notices.append(
            f"{name}: {len(named):,} of {published:,} published test pictures in {path}; figures cannot be compared"
        )
    return tuple(notices)
