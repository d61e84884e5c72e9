"""Working ahead in the background: the next items are made while the present one is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")

_POLL_S = 0.05


class _End:
    """Follows the last item, with what went wrong if it ended early."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Prefetch(Generic[T]):
    """Iterates over a generator that runs in a thread of its own, at most `depth` items ahead.

    An error in the generator is raised where the items are taken. Use it as a context manager: on leaving, however
    that happens, the generator is closed and its thread has ended.

    Args:
        source: what makes the items; it runs in the other thread from its first item to its `close`.
        depth: items that may wait to be taken, at least 1.
    """

    def __init__(self, source: Iterator[T], depth: int) -> None:
        self._source = source
        self._waiting: queue.Queue[T | _End] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="prefetch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while not isinstance(item := self._waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def _work(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._source:
                if not self._put(item):
                    break
        except BaseException as caught:  # it belongs to the one who takes the items
            error = caught
        finally:
            close = getattr(self._source, "close", None)
            if close is not None:
                close()
        self._put(_End(error))

    def _put(self, item: T | _End) -> bool:
        while not self._stop.is_set():
            try:
                self._waiting.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False
