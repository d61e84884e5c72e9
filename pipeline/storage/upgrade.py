"""Bringing an older gallery to the tables of this software when it is opened."""

from __future__ import annotations

from pathlib import Path

from pipeline.catalogue import schema
from pipeline.catalogue.faults import explained
from pipeline.catalogue.store import FILE, Catalogue
from pipeline.errors import GalleryNotFound, GalleryReadOnly
from pipeline.storage.lock import WriterLock

_WAIT_S = 30.0  # an older software may be ingesting


def bring_up_to_date(catalogue: Catalogue, path: Path, *, writable: bool) -> None:
    """Makes the tables of a new gallery, or upgrades those of an older one; usually there is nothing to do.

    Raises:
        GalleryError: it was made by a newer version of this software.
        GalleryReadOnly: it is older and may not be written to.
        GalleryBusy: it is older and another process writes to it.
    """
    found = catalogue.version()
    schema.check_known(found, path)
    if found == schema.HEAD:
        return
    if not writable and found is None:
        raise GalleryNotFound(f"there is no gallery at {path}, only the beginning of one")
    if not writable:
        raise GalleryReadOnly(
            f"the gallery {path} has tables of an older version ({found}, now {schema.HEAD}) and is opened for "
            f"reading: let somebody who may write there run `reidpipe ingest` once"
        )
    with WriterLock(path).held(_WAIT_S), explained(path):
        if catalogue.version() != schema.HEAD:
            schema.upgrade(path / FILE)
