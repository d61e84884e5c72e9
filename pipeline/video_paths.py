"""Which video files a user means by the files, folders and patterns of a command line."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import FootageError, FootageNotFound

# What a folder is searched for; a file that is named outright is tried whatever its name.
SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".avi", ".divx", ".mkv", ".webm", ".ts", ".mts", ".m2ts"),
        *(".m2t", ".mpg", ".mpeg", ".mpe", ".m2v", ".vob", ".wmv", ".asf", ".flv", ".f4v", ".ogv", ".ogm", ".mxf"),
        *(".dav", ".h264", ".264", ".h265", ".265", ".hevc", ".mjpg", ".mjpeg", ".ivf", ".nut", ".rm", ".rmvb", ".wtv"),
    }
)


def find_footage(paths: Iterable[Path | str]) -> tuple[list[Path], list[FootageError]]:
    """The video files that are meant, and what is wrong with the rest: one bad path never stops the others.

    A folder stands for the files with a video suffix anywhere below it, except hidden ones; a pattern (``*``, ``?``,
    ``[...]``, ``**``) that no shell has expanded for what it matches. Links to folders are not followed.

    Args:
        paths: files, folders and patterns.

    Returns:
        Absolute paths in the order given, folders and patterns sorted, each file once; and one error for each path
        that is missing or holds no video.
    """
    found: dict[str, Path] = {}  # real path -> the first name it was met under
    errors: list[FootageError] = []
    for path in paths:
        for file in _expand(str(path), errors):
            found.setdefault(os.path.realpath(file), file)
    return list(found.values()), errors


def _expand(path: str, errors: list[FootageError]) -> list[Path]:
    if os.path.lexists(path):
        return _file_or_folder(Path(path), errors)
    if not glob.has_magic(path):
        errors.append(FootageNotFound(f"{path}: no such file or folder"))
        return []
    met: list[FootageError] = []
    matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = [file for match in matches for file in _file_or_folder(Path(match), met)]
    if not files:
        errors.append(FootageNotFound(f"{path}: no video file matches this pattern"))
    # a folder without video is no fault where a pattern met it by chance
    errors += [error for error in met if not isinstance(error, FootageNotFound)]
    return files


def _file_or_folder(path: Path, errors: list[FootageError]) -> list[Path]:
    path = path.absolute()
    if not path.is_dir():
        return [path]
    known = len(errors)
    files = sorted(_walk(path, errors))
    if not files and len(errors) == known:
        errors.append(FootageNotFound(f"{path}: no video file in this folder"))
    return files


def _walk(folder: Path, errors: list[FootageError]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        errors.append(FootageError(f"{error.filename}: cannot look into this folder ({error.strerror})"))

    for parent, subfolders, names in os.walk(folder, onerror=note):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(parent, name)
