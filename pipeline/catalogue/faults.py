"""What a database says when something is wrong, as an error a user can mend."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from pipeline.catalogue.blobs import BadBlob
from pipeline.errors import DiskFull, GalleryBusy, GalleryDamaged, GalleryError, GalleryReadOnly

# IOERR_WRITE stands for every failed write that is not a plainly full disk: a quota or a limit on the file's size.
_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")


def explain(error: BaseException | None, gallery: Path) -> GalleryError:
    """The error of this project for an error of the database.

    Args:
        error: what the driver raised.
        gallery: the folder of the gallery, for the message.
    """
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(_ROOM):
        return DiskFull(f"no room left on the disk of {gallery}: free some space and run the same command again")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return GalleryBusy(f"another process keeps the catalogue of {gallery} locked: try again in a moment")
    if name.startswith("SQLITE_READONLY"):
        return GalleryReadOnly(f"the gallery {gallery} cannot be written to: check the permissions of its files")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return GalleryDamaged(f"{gallery / 'gallery.sqlite3'} is no sound SQLite database ({error}): restore a backup")
    said = "".join(c if c.isprintable() else "?" for c in str(error)[:200])  # it may quote what it could not read
    return GalleryError(f"the catalogue of {gallery} cannot be used: {said}")


@contextmanager
def explained(gallery: Path) -> Iterator[None]:
    """Turns what the database raises within the block into a GalleryError.

    Raises:
        GalleryError: or one of its kinds.
    """
    try:
        yield
    except DBAPIError as error:
        raise explain(error.orig, gallery) from error
    except sqlite3.Error as error:
        raise explain(error, gallery) from error
    except BadBlob as error:
        raise GalleryDamaged(f"the catalogue of {gallery} holds {error}: `reidpipe doctor` says where") from error
