"""The indexes of a gallery, one for each space: brought up to date from the catalogue, kept as files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from pipeline.errors import GalleryBusy
from pipeline.index import files
from pipeline.index.types import Bytes, Ids, Stamp, VectorIndex
from pipeline.types import Floats, Space

_LOG = logging.getLogger(__name__)
_WORTH_SAVING = 1000  # rows that a search had to add to the index it found on disk, before it saves the result
_SAVE_WAIT_S = 30.0


class Source(Protocol):
    """A snapshot of the catalogue, as far as an index needs one."""

    def stamp(self, space: Space) -> Stamp:
        """What an index of this space must agree with."""

    def knows(self, generation: int) -> bool:
        """Whether a commit of that stamp is part of the catalogue's past."""

    def vectors(self, kind: str, after: int = -1) -> tuple[Ids, Floats]:
        """Ids and vectors committed after a stamp."""


@dataclass
class _Entry:
    index: VectorIndex
    stamp: Stamp
    unsaved: int  # rows that the file does not have


class Shelf:
    """The index files of one gallery, and what was loaded of them. Not safe for threads: the caller sees to that.

    Args:
        folder: where the files are.
        make: makes an empty index of a dimension.
        load: makes an index from its saved bytes.
        writable: whether indexes may be saved.
    """

    def __init__(
        self,
        folder: Path,
        make: Callable[[int], VectorIndex],
        load: Callable[[Bytes], VectorIndex],
        *,
        writable: bool,
    ) -> None:
        self._folder = folder
        self._make, self._load = make, load
        self._writable = writable
        self._entries: dict[str, _Entry] = {}

    def current(self, space: Space, source: Source) -> VectorIndex:
        """The index of a space as the catalogue has it now: loaded, completed, or built anew."""
        wanted = source.stamp(space)
        entry = self._entries.get(space.kind) or self._loaded(space.kind)
        if entry is not None and _extends(wanted, entry.stamp, source):
            if entry.stamp.generation < wanted.generation:
                ids, vectors = source.vectors(space.kind, entry.stamp.generation)
                entry.index.add(ids, vectors)
                entry.unsaved += len(ids)
                entry.stamp = wanted
        else:
            ids, vectors = source.vectors(space.kind)
            entry = _Entry(self._make(space.dim), wanted, max(len(ids), 1))
            entry.index.add(ids, vectors)
        self._entries[space.kind] = entry
        return entry.index

    def forget(self, ids: Ids, removals: tuple[int, int]) -> None:
        """Takes removed tracklets out of what is loaded; call `discard` for what is on disk.

        Args:
            ids: of the tracklets.
            removals: the catalogue's stamp of the last removal, before this one and after it.
        """
        for kind, entry in list(self._entries.items()):
            if entry.stamp.removals == removals[0]:
                entry.index.remove(ids)
                entry.stamp = replace(entry.stamp, removals=removals[1])
                entry.unsaved = max(len(entry.index), 1)
            else:
                del self._entries[kind]

    def discard(self) -> None:
        """Deletes all files, those that a kill left half written too.

        Raises:
            GalleryBusy: another process is saving an index and does not end.
        """
        try:
            with self._lock(_SAVE_WAIT_S):
                for file in [*self._folder.glob("*.index"), *self._folder.glob("*.index.part")]:
                    file.unlink(missing_ok=True)
        except Timeout as error:
            raise GalleryBusy(f"another process keeps {self._folder} locked: try again in a moment") from error
        for entry in self._entries.values():
            entry.unsaved = max(len(entry.index), 1)

    def save(self, removals: Callable[[], int], *, at_leisure: bool = False) -> None:
        """Saves what is loaded and differs from its file. A failure only costs time later, and is logged.

        Args:
            removals: gives the catalogue's stamp of the last removal. Removed tracklets must not come back in a file,
                so an index that has not heard of it is not saved; the lock orders this with `discard`.
            at_leisure: only what is worth the time, and only if nobody else is saving.
        """
        for kind, entry in self._entries.items():
            worth_it = _worth_saving(entry) if at_leisure else entry.unsaved > 0
            if not self._writable or not worth_it or not len(entry.index):
                continue
            try:
                with self._lock(0 if at_leisure else _SAVE_WAIT_S):
                    if removals() == entry.stamp.removals:
                        files.write(self.file(kind), entry.stamp, entry.index.save())
                        entry.unsaved = 0
            except (OSError, Timeout) as error:
                _LOG.warning("the %s index was not saved (%s); it will be built again", kind, error)

    def file(self, kind: str) -> Path:
        """Where the index of a space is kept."""
        return self._folder / f"{kind}.index"

    def read(self, kind: str) -> tuple[Stamp, VectorIndex] | None:
        """What is kept in the file of a space; None where there is none.

        Raises:
            ValueError: the file is damaged.
        """
        try:
            stamp, payload = files.read(self.file(kind))
        except FileNotFoundError:
            return None
        return stamp, self._load(payload)

    def _loaded(self, kind: str) -> _Entry | None:
        try:
            found = self.read(kind)
        except (OSError, ValueError) as error:
            _LOG.warning("the %s index is built again: %s", kind, error)
            return None
        return None if found is None else _Entry(found[1], found[0], 0)

    def _lock(self, wait_s: float) -> FileLock:
        return FileLock(self._folder / "save.lock", timeout=wait_s, mode=0o600)


def _extends(wanted: Stamp, held: Stamp, source: Source) -> bool:
    """Whether an index lacks nothing but additions."""
    return (
        held.space == wanted.space
        and held.removals == wanted.removals
        and held.generation <= wanted.generation
        and (held.generation == wanted.generation or source.knows(held.generation))
    )


def _worth_saving(entry: _Entry) -> bool:
    return entry.unsaved >= _WORTH_SAVING or entry.unsaved >= len(entry.index)
