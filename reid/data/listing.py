"""Lists the pictures of a folder, naming exactly the folder or picture that is not as it should be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")


def pictures(folder: Path) -> list[Path]:
    """The pictures right inside a folder, sorted by name; other files, such as Thumbs.db, are passed over.

    Raises:
        FileNotFoundError: if the folder is missing or holds no picture.
        ValueError: if a picture has no bytes: what an interrupted copy leaves.
    """
    _need(folder)
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.lower().endswith(SUFFIXES) or entry.name.startswith("."):
                continue
            if entry.stat().st_size == 0:
                raise ValueError(f"{entry.path}: empty file; the folder is half unpacked")
            found.append(entry.name)
    if not found:
        raise FileNotFoundError(f"{folder}: no picture in it; the data set is missing or half unpacked")
    return [folder / name for name in sorted(found)]


def matches(folder: Path, pattern: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
    """The pictures of a folder with what their whole name says.

    Raises:
        FileNotFoundError: as in `pictures`.
        ValueError: as in `pictures`, and if a picture has a name of another form.
    """
    for path in pictures(folder):
        match = pattern.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path}: unexpected name, is this the right data set? (expected {pattern.pattern})")
        yield path, match


def folders(folder: Path) -> list[Path]:
    """The folders right inside a folder, sorted by name.

    Raises:
        FileNotFoundError: if the folder is missing or holds no folder.
    """
    _need(folder)
    found = sorted(path for path in folder.iterdir() if path.is_dir())
    if not found:
        raise FileNotFoundError(f"{folder}: no folder in it; the data set is missing or half unpacked")
    return found


def _need(folder: Path) -> None:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder")
