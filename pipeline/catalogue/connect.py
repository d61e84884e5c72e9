"""Opening the SQLite file of a gallery, with the settings that make it safe and leave no traces."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

Mode = Literal["rw", "ro", "immutable"]

BUSY_S = 10.0  # how long one transaction waits for another
WRITING = "writing"  # execution option of an engine whose transactions will write


def sqlite_engine(path: Path, mode: Mode, *, foreign_keys: bool = True) -> Engine:
    """An engine for one SQLite file that is there.

    Args:
        path: the file, absolute.
        mode: "ro" reads, also while others write; "immutable" reads where not even the shared-memory file can be made,
            and then sees nothing that others write meanwhile.
        foreign_keys: off only while tables are rebuilt by a migration, or their rows would be deleted in cascade.

    Returns:
        An engine whose transactions are snapshots. One with the execution option WRITING takes the write lock at its
        beginning, so that a transaction which has begun cannot fail for being overtaken.
    """
    uri = f"{path.as_uri()}?mode=ro&immutable=1" if mode == "immutable" else f"{path.as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # isolation_level=None: the driver begins no transactions by itself; `_begin` does
        raw = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        raw.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if mode == "rw":
            raw.execute("PRAGMA secure_delete = ON").close()  # what is removed is overwritten with zeros
            raw.execute("PRAGMA temp_store = MEMORY").close()  # nothing of a gallery in /tmp
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITING) else "BEGIN")


def use_write_ahead_log(path: Path) -> None:
    """Lets others read while one writes. The file remembers it; where the file system cannot, nothing changes."""
    raw = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_S)
    try:
        raw.execute("PRAGMA journal_mode = WAL").close()
    finally:
        raw.close()
