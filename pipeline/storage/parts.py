"""What a gallery is put together from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.catalogue import reads
from pipeline.catalogue.store import Catalogue
from pipeline.index.shelf import Shelf
from pipeline.media import Media
from pipeline.storage.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Parts:
    """The stores of one gallery.

    Attributes:
        path: its folder, for messages.
        catalogue: the truth.
        media: crops and scenes.
        shelf: the indexes.
        indexing: held by the thread that uses the shelf.
    """

    path: Path
    catalogue: Catalogue
    media: Media
    shelf: Shelf
    indexing: threading.RLock = field(default_factory=threading.RLock)

    def removals(self) -> int:
        """The catalogue's stamp of the last removal."""
        with self.catalogue.reading() as session:
            return reads.state(session)[1]

    def save_indexes(self) -> None:
        """Brings all indexes up to date, and to disk."""
        with self.indexing:
            with self.catalogue.reading() as session:
                for space in reads.spaces(session).values():
                    self.shelf.current(space, Snapshot(session))
            self.shelf.save(self.removals)
