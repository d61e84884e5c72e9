"""Who may write to a gallery: one process at a time, however many read."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import GalleryBusy, GalleryError

FILE, HOLDER = "writer.lock", "writer.json"


class WriterLock:
    """The lock of a gallery folder. The operating system lets go of it when its holder dies, however it dies.

    Args:
        gallery: the folder.
    """

    def __init__(self, gallery: Path) -> None:
        self._gallery = gallery
        self._holder = gallery / HOLDER
        self._lock = FileLock(gallery / FILE, mode=0o600)

    @contextmanager
    def held(self, wait_s: float = 0.0) -> Iterator[bool]:
        """Holds the lock within the block; the same thread may take it again inside.

        Args:
            wait_s: how long to wait for another holder to end.

        Yields:
            Whether this is the outermost hold.

        Raises:
            GalleryBusy: another process or thread holds it.
            GalleryError: the lock file cannot be made.
        """
        outermost = not self._lock.is_locked
        try:
            self._lock.acquire(timeout=max(wait_s, 0.0))
        except Timeout as error:
            raise GalleryBusy(self._busy()) from error
        except OSError as error:
            raise GalleryError(f"{self._gallery / FILE} cannot be locked: {error.strerror or error}") from error
        try:
            if outermost:
                self._sign()
            yield outermost
        finally:
            if outermost:
                with suppress(OSError):
                    self._holder.unlink()
            self._lock.release()

    def _sign(self) -> None:
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
        with (
            suppress(OSError),  # for the message of others only
            open(os.open(self._holder, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file,  # noqa: PTH123 - a descriptor
        ):
            file.write(text)

    def _busy(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            who = f" (process {holder['pid']} on {holder['host']}, since {holder['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            who = ""
        return f"the gallery {self._gallery} is being written to by another process{who}: wait until it ends"
