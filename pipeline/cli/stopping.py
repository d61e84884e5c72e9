"""Ctrl-C during long work: the first one asks it to end at a good place, the second one ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self


class Stop:
    """Within its block SIGINT and SIGTERM set `asked` instead of breaking into the work.

    Args:
        on_asked: is called at the first signal, from within the signal handler.
    """

    def __init__(self, on_asked: Callable[[], None]) -> None:
        self.asked = False
        self._on_asked = on_asked
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # only there may handlers be set
            for kind in (signal.SIGINT, signal.SIGTERM):
                self._before[kind] = signal.signal(kind, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._on_asked()
