"""Crops and scenes as JPEG files, on any file system that fsspec knows; a local folder by default."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import DiskFull, GalleryDamaged, GalleryError
from pipeline.types import Image

QUALITY = 92  # of the JPEGs, 0..100
_PART = ".part"


def scene_name(footage: str, number: int) -> str:
    """Where the scene of a tracklet is kept: by the digest of its footage and its number, so always the same."""
    return f"{footage}/{number:06d}-scene.jpg"


def crop_name(footage: str, number: int, rank: int) -> str:
    """Where a crop of a tracklet is kept; rank 0 is the best."""
    return f"{footage}/{number:06d}-{rank:02d}.jpg"


class Media:
    """A store of pictures under names of the form folder/file.

    Args:
        place: a local folder, or a URL that fsspec understands (such as s3://bucket/gallery or memory://gallery).
    """

    def __init__(self, place: Path | str) -> None:
        import fsspec

        self._fs: Any
        if isinstance(place, Path):  # not as a URL: a folder's name may hold any character
            self._fs, root = fsspec.filesystem("file"), str(place.absolute())
        else:
            self._fs, root = fsspec.core.url_to_fs(place)
        self._root = root.rstrip("/")
        self._folder = Path(self._root) if "file" in _protocols(self._fs) else None

    def write(self, pictures: Iterable[tuple[str, Image]]) -> list[str]:
        """Stores pictures (H, W, 3) uint8 RGB, all or none; each file is whole at any moment.

        Returns:
            Their names.

        Raises:
            DiskFull: there is no room for all.
            GalleryError: they cannot be written for another reason.
            ValueError: a picture without pixels.
        """
        names: list[str] = []
        try:
            for name, picture in pictures:
                names.append(name)
                self._put(name, encode(picture))
            self._settle(names)
        except Exception as error:
            with suppress(OSError):
                self.delete(names)
            if isinstance(error, OSError):
                raise self._explained(error) from error
            raise
        return names

    def read(self, name: str) -> Image:
        """A picture, RGB.

        Raises:
            GalleryDamaged: it is missing or no picture.
        """
        import cv2

        try:
            data = self._fs.cat_file(self._raw(name))
        except OSError as error:
            raise GalleryDamaged(f"{self.locate(name)} cannot be read: {error.strerror or error}") from error
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        if image is None:
            raise GalleryDamaged(f"{self.locate(name)} is no picture")
        return np.ascontiguousarray(image[:, :, ::-1])

    def locate(self, name: str) -> str:
        """The absolute path of a picture, or its URL where the store is remote."""
        raw = self._raw(name)
        return raw if self._folder is not None else str(self._fs.unstrip_protocol(raw))

    def has(self, name: str) -> bool:
        """Whether a picture is there."""
        return bool(self._fs.exists(self._raw(name)))

    def folders(self) -> list[str]:
        """The folders there are, sorted."""
        return sorted(_last(entry["name"]) for entry in self._list(self._root) if entry["type"] == "directory")

    def names(self, folder: str) -> dict[str, int]:
        """The files of a folder and their sizes in bytes, half-written ones of an interrupted ingest included."""
        entries = self._list(self._raw(folder))
        return {f"{folder}/{_last(entry['name'])}": entry["size"] for entry in entries if entry["type"] == "file"}

    def delete(self, names: Iterable[str]) -> None:
        """Deletes pictures, whether they are there or not."""
        for name in names:
            for raw in (self._raw(name), self._raw(name + _PART)):
                with suppress(FileNotFoundError):
                    self._fs.rm_file(raw)

    def delete_folder(self, folder: str) -> None:
        """Deletes a folder and all that is in it, whether it is there or not.

        Raises:
            GalleryError: something of it cannot be deleted.
        """
        try:
            with suppress(FileNotFoundError):
                self._fs.rm(self._raw(folder), recursive=True)
        except OSError as error:
            raise self._explained(error) from error

    def _raw(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _put(self, name: str, data: bytes) -> None:
        if self._folder is None:  # an object appears whole or not at all
            self._fs.pipe_file(self._raw(name), data)
            return
        path = self._folder / name
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(path.name + _PART)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def _settle(self, names: Iterable[str]) -> None:
        """Makes new names last through a power cut, before the catalogue speaks of them."""
        if self._folder is None or os.name != "posix":
            return
        for folder in {(self._folder / name).parent for name in names}:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _list(self, folder: str) -> list[dict[str, Any]]:
        self._fs.invalidate_cache()  # others may have written
        try:
            return list(self._fs.ls(folder, detail=True))
        except FileNotFoundError:
            return []

    def _explained(self, error: OSError) -> GalleryError:
        if error.errno in {ENOSPC, EDQUOT, EFBIG}:
            return DiskFull(f"no room left on the disk of {self._root}: free some space and run the same command again")
        return GalleryError(f"{error.filename or self._root} cannot be written: {error.strerror or error}")


def encode(picture: Image) -> bytes:
    """A picture (H, W, 3) uint8 RGB as JPEG.

    Raises:
        ValueError: it is no such array, or has no pixels.
    """
    import cv2

    if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size or picture.dtype != np.uint8:
        raise ValueError(f"a picture of shape (H, W, 3) uint8 expected, got {picture.shape} {picture.dtype}")
    done, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {picture.shape} cannot be written as JPEG")
    return bytes(data)


def read_located(path: str) -> Image | None:
    """A picture by what `Media.locate` told of it, RGB; None if it is missing, erased or damaged."""
    import cv2
    import fsspec

    try:
        with fsspec.open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError, ImportError):
        return None
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.ascontiguousarray(image[:, :, ::-1], np.uint8)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]
