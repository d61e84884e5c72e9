"""Whether the parts of a gallery agree: the catalogue with itself, with the media and with the saved indexes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy.orm import Session

from pipeline.catalogue import checks, reads
from pipeline.catalogue.blobs import BadBlob
from pipeline.catalogue.store import Catalogue
from pipeline.errors import GalleryError
from pipeline.index.shelf import Shelf
from pipeline.media import Media
from pipeline.storage.snapshot import Snapshot
from pipeline.types import FootageRecord

_Files = dict[str, dict[str, int]]  # by folder: names and sizes


def verify(catalogue: Catalogue, media: Media, shelf: Shelf) -> list[str]:
    """What is wrong, one line each; nothing when all is sound. Others may write meanwhile.

    Footage whose ingest is under way or was interrupted is held to what was committed: media that no tracklet speaks
    of yet are no fault there.
    """
    if found := catalogue.integrity():
        return found
    files = {folder: media.names(folder) for folder in media.folders()}  # before the rows: these may only grow
    try:
        with catalogue.reading() as session:
            records = reads.footage(session)
            removed = reads.removed(session)
            found = [line for record in records for line in checks.problems(session, record)]
            names = {record.id: reads.media_names(session, record.id) for record in records}
            found += _indexes(session, shelf)
    except GalleryError as error:
        return [str(error)]
    found += [f"removed footage {sha256[:12]}: not all is swept yet; the next ingest does it" for sha256 in removed]
    for record in records:
        found += _missing(record, names[record.id], files, media, catalogue)
    found += _orphans(records, names, removed, files, media)
    return found


def _missing(
    record: FootageRecord, names: dict[str, int], files: _Files, media: Media, catalogue: Catalogue
) -> list[str]:
    """Media that a tracklet speaks of and that are not there, or empty."""
    there = files.get(record.info.sha256, {})
    lacking = [name for name in names if not there.get(name) and not (name not in there and media.has(name))]
    if lacking:
        with catalogue.reading() as session:  # another process may have removed the footage since
            still = reads.media_names(session, record.id)
        lacking = [name for name in lacking if name in still]
    state = {name: "empty" if name in there else "missing" for name in lacking}
    return [f"{checks.label(record)}, tracklet {names[n]}: {media.locate(n)} is {state[n]}" for n in lacking]


def _orphans(
    records: list[FootageRecord], names: dict[int, dict[str, int]], removed: list[str], files: _Files, media: Media
) -> Iterator[str]:
    """Media that no tracklet speaks of, of footage that is complete or unknown."""
    known = {record.info.sha256: record for record in records}
    for folder, there in files.items():
        record = known.get(folder)
        if folder in removed or (record is not None and not record.complete):
            continue
        spoken_of = names[record.id] if record is not None else {}
        left = [name for name in there if name not in spoken_of and media.has(name)]
        if left:
            whose = "footage" if record is None else f"tracklet of {checks.label(record)}"
            yield f"{len(left)} media files belong to no {whose}, such as {media.locate(sorted(left)[0])}"


def _indexes(session: Session, shelf: Shelf) -> Iterator[str]:
    """Saved indexes that claim to be current and are not what the catalogue holds."""
    for kind, space in reads.spaces(session).items():
        try:
            saved = shelf.read(kind)
            if saved is None or saved[0] != Snapshot(session).stamp(space):
                continue  # it will be built or completed by the next search
            ids, vectors = reads.vectors(session, kind)
        except (OSError, BadBlob):
            continue  # told of elsewhere
        except ValueError as error:
            yield f"{error}: it will be built again by the next search"
            continue
        index = saved[1]
        if set(index.ids().tolist()) != set(ids.tolist()) or not np.array_equal(index.vectors(ids), vectors):
            yield f"{shelf.file(kind)} is not what the catalogue holds: delete it, it will be built again"
