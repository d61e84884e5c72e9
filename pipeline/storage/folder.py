"""The folder of a gallery: is it there, may it be read, may it be written, and making it private."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pipeline.catalogue.store import FILE
from pipeline.errors import GalleryError, GalleryNotFound

INDEX, MEDIA = "index", "media"
_OURS = (FILE, INDEX, MEDIA, "writer.lock", "writer.json")
_HARMLESS = (".", "lost+found")  # names that a fresh disk or a desktop puts into an empty folder


def prepare(path: Path, *, create: bool, read_only: bool) -> bool:
    """Finds the folder of a gallery, or makes it.

    Args:
        path: the folder, absolute.
        create: make what is missing, readable by the owner only.
        read_only: nothing will be written, even where it may be.

    Returns:
        Whether the gallery may be written to.

    Raises:
        GalleryNotFound: there is none, and none was to be made.
        GalleryError: it may not be read, cannot be made, or the folder belongs to something else.
    """
    try:
        if create and not read_only and not _is_file(path / FILE):
            _make(path)
        if not _is_file(path / FILE):
            if path.exists() and not path.is_dir():
                raise GalleryError(f"{path} is a file, not the folder of a gallery")
            raise GalleryNotFound(
                f"there is no gallery at {path}: `reidpipe ingest` makes one, --gallery names another"
            )
        if not (os.access(path, os.R_OK | os.X_OK) and os.access(path / FILE, os.R_OK)):
            raise GalleryError(f"the gallery {path} may not be read: ask its owner for permission")
    except PermissionError as error:
        raise GalleryError(f"the gallery {path} cannot be reached: no permission for {error.filename}") from error
    except OSError as error:
        raise GalleryError(f"the gallery {path} cannot be opened: {error.strerror or error}") from error
    # a gallery that is partly writable would be changed half; it is read-only then
    needed = [path, path / FILE, *(p for p in (path / INDEX, path / MEDIA) if p.exists())]
    writable = not read_only and all(os.access(place, os.W_OK) for place in needed)
    if writable:
        for inside in (path / INDEX, path / MEDIA):  # somebody may have deleted an index to have it built again
            inside.mkdir(mode=0o700, exist_ok=True)
    return writable


def _make(path: Path) -> None:
    if path.is_dir():
        foreign = [p.name for p in path.iterdir() if p.name not in _OURS and not p.name.startswith(_HARMLESS)]
        if foreign:
            raise GalleryError(
                f"{path} holds other things ({sorted(foreign)[0]}) and no gallery: name a new or an empty folder"
            )
    elif path.exists():
        raise GalleryError(f"{path} is a file, not the folder of a gallery")
    for missing in reversed([p for p in (path, *path.parents) if not p.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path / FILE, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its other files the same mode


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
