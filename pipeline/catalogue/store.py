"""The catalogue as something to open, to read from and to write to. What is asked and said is in `reads`, `writes`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pipeline.catalogue import schema
from pipeline.catalogue.connect import WRITING, Mode, sqlite_engine
from pipeline.catalogue.faults import explain, explained
from pipeline.errors import GalleryDamaged, GalleryError

FILE = "gallery.sqlite3"
_IN_MEMORY = 256 * 2**20  # bytes: a larger file is rewritten by way of the disk


class Catalogue:
    """The SQL database of one gallery.

    Args:
        engine: to reach it by; its transactions must be snapshots.
        gallery: the folder of the gallery, for messages.
    """

    def __init__(self, engine: Engine, gallery: Path) -> None:
        self._engine = engine
        self._gallery = gallery

    @classmethod
    def open(cls, gallery: Path, *, writable: bool) -> Catalogue:
        """Opens the SQLite file of a gallery, whatever the version of its tables.

        Raises:
            GalleryDamaged: it is no SQLite database.
            GalleryError: it cannot be opened.
        """
        file = gallery / FILE
        with explained(gallery):
            return cls(_reachable(file, "rw" if writable else _reading_mode(file)), gallery)

    def close(self) -> None:
        """Lets go of the file. The last process to do so clears the write-ahead log away."""
        self._engine.dispose()

    def version(self) -> str | None:
        """The version of its tables; None where there are none.

        Raises:
            GalleryDamaged: they are not those of a gallery.
        """
        try:
            with explained(self._gallery):
                return schema.version(self._engine)
        except GalleryDamaged as error:
            raise GalleryDamaged(f"{self._gallery / FILE} is not the catalogue of a gallery: {error}") from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot: what is read within the block belongs together."""
        with explained(self._gallery), Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of the block is stored, or nothing.

        Raises:
            DiskFull, GalleryBusy, GalleryReadOnly, GalleryDamaged: nothing was stored.
        """
        writer = self._engine.execution_options(**{WRITING: True})
        with explained(self._gallery), Session(writer) as session, session.begin():
            yield session

    def scrub(self) -> None:
        """Rewrites the file without the pages that removed rows left behind, and empties the write-ahead log.

        With too little room for that, or with others reading, it leaves things as they are: what was removed is
        overwritten with zeros already, and the log goes when the last process closes the gallery.
        """
        large = (self._gallery / FILE).stat().st_size > _IN_MEMORY
        self._try("PRAGMA temp_store = FILE" if large else "PRAGMA temp_store = MEMORY", "VACUUM")
        self.empty_log()

    def empty_log(self) -> None:
        """Moves the write-ahead log into the main file and cuts it to nothing, unless others read just now."""
        self._try("PRAGMA wal_checkpoint(TRUNCATE)")

    def _try(self, *commands: str) -> None:
        if self._engine.dialect.name != "sqlite":
            return
        raw = self._engine.raw_connection()
        try:
            with suppress(sqlite3.OperationalError):
                for command in commands:
                    cursor = raw.cursor()
                    cursor.execute(command)
                    cursor.fetchall()
                    cursor.close()
        finally:
            raw.close()

    def integrity(self) -> list[str]:
        """What the database itself finds wrong, one line each."""
        if self._engine.dialect.name != "sqlite":
            return []
        try:
            with self._engine.connect() as connection:
                lines = connection.scalars(text("PRAGMA integrity_check(20)")).all()
                orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        except DBAPIError as error:
            return [str(explain(error.orig, self._gallery))]
        found = [f"catalogue: {line}" for line in lines if line != "ok"]
        return found + [f"catalogue: a row of {table} points to no row of {parent}" for table, _, parent, _ in orphans]


def _reachable(file: Path, mode: Mode) -> Engine:
    """An engine that was tried: SQLite opens a file only when it is first asked something."""
    engine = sqlite_engine(file, mode)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM sqlite_master")).all()
    except DBAPIError:
        engine.dispose()
        raise
    return engine


def _reading_mode(file: Path) -> Mode:
    """How a file that may only be read is opened.

    In write-ahead mode even a reader needs the shared-memory file beside the database, which cannot be made in a
    folder that is read-only. After a clean close everything is in the main file, and reading that alone is right.
    """
    try:
        _reachable(file, "ro").dispose()
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorname", "") not in {"SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY"}:
            raise
        log = file.with_name(f"{file.name}-wal")
        if log.exists() and log.stat().st_size:
            raise GalleryError(
                f"the gallery {file.parent} was not closed by its last writer and cannot be read without writing to "
                f"it: let somebody who may write there open it once (reidpipe footage list)"
            ) from error
        return "immutable"
    return "ro"
