"""OpenVINO without its telemetry.

Importing OpenVINO, and converting a model, would send an event and write ``~/intel``. With its telemetry package out of
sight during the import it uses a stub of its own. (`detectors.quiet` does the same; the two packages share no code.)
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any

_TELEMETRY = "openvino_telemetry"


def openvino() -> Any:
    """The module ``openvino``."""
    if "openvino" not in sys.modules:
        before = sys.modules.get(_TELEMETRY)
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # what the import system takes for "not installed"
        try:
            importlib.import_module("openvino")
        finally:
            del sys.modules[_TELEMETRY]
            if before is not None:
                sys.modules[_TELEMETRY] = before
    return sys.modules["openvino"]


@functools.cache
def core() -> Any:
    """The one ``openvino.Core`` of this package; it is never given back.

    Compiling sets a signal stack for the calling thread, and the end of a Core frees it. Where two of them end in the
    order in which they were made, the freed one is put back, and the next signal (a Ctrl-C) kills the process.
    """
    return openvino().Core()
