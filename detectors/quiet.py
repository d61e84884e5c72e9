"""The one door to Ultralytics and OpenVINO: neither may call out, talk on the screen or write outside our cache.

What they would do by themselves (Ultralytics 8.4, OpenVINO 2026): look up two DNS names, send usage events and error
reports, install missing packages with pip, write ``~/.config/Ultralytics`` and ``~/intel``, print a greeting to stdout,
and change the printing options of NumPy and torch, the threads of OpenCV and OpenMP and ``torch.save`` of the whole
process. Import them through here and none of that happens.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import logging
import os
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs

_TELEMETRY = "openvino_telemetry"
_ONCE = threading.RLock()


@functools.cache
def cache_folder() -> Path:
    """The private folder for what can be made again: the user's cache, or a temporary one where that is read-only."""
    folder = platformdirs.user_cache_path("reidpipe") / "detectors"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="reidpipe-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def ultralytics(module: str = "ultralytics") -> Any:
    """Import a module of Ultralytics without its side effects.

    Settings that the user made in the environment (such as ``YOLO_CONFIG_DIR``) are respected.

    Args:
        module: full name, such as ``ultralytics.nn.tasks``.

    Returns:
        The module.
    """
    with _ONCE:
        if "ultralytics.utils" not in sys.modules:
            os.environ.setdefault("YOLO_OFFLINE", "true")  # no look-ups, no usage events, no error reports
            os.environ.setdefault("YOLO_AUTOINSTALL", "false")
            os.environ.setdefault("YOLO_VERBOSE", "false")
            os.environ.setdefault("YOLO_CONFIG_DIR", str(cache_folder()))
            with _unchanged_process():
                settings: Any = importlib.import_module("ultralytics.utils").SETTINGS
            dict.__setitem__(settings, "sync", False)  # in memory only: its own setter would write to the disk
            _silence_logger()
        with _unchanged_process():
            return importlib.import_module(module)


def openvino() -> Any:
    """Import OpenVINO with its telemetry off.

    Importing OpenVINO sends an event, and so does converting a model; with its telemetry package out of sight it uses
    a stub of its own instead.

    Returns:
        The module.
    """
    with _ONCE:
        if "openvino" not in sys.modules:
            with _hidden(_TELEMETRY):
                importlib.import_module("openvino")
        else:
            _replace_telemetry()  # somebody imported it before us, with all that comes with it
        return sys.modules["openvino"]


@functools.cache
def openvino_core() -> Any:
    """The one ``openvino.Core`` of this package; it is never given back.

    Compiling sets a signal stack for the calling thread, and the end of a Core frees it. Where two of them end in the
    order in which they were made, the freed one is put back, and the next signal (a Ctrl-C) kills the process.
    """
    return openvino().Core()


@contextlib.contextmanager
def _hidden(module: str) -> Iterator[None]:
    missing = object()
    before: object = sys.modules.get(module, missing)
    sys.modules[module] = None  # type: ignore[assignment]  # what the import system takes for "not installed"
    try:
        yield
    finally:
        if before is missing:
            del sys.modules[module]
        else:
            sys.modules[module] = before  # type: ignore[assignment]


def _replace_telemetry() -> None:
    stub = importlib.import_module("openvino.tools.ovc.telemetry_stub")
    for name, module in list(sys.modules.items()):
        if name.startswith("openvino.tools.ovc.") and isinstance(getattr(module, "tm", None), ModuleType):
            module.tm = stub  # type: ignore[attr-defined]


@contextlib.contextmanager
def _unchanged_process() -> Iterator[None]:
    """Put back what importing Ultralytics changes for everybody."""
    # imported first, so that they see the environment as the user left it (OMP_NUM_THREADS above all)
    import cv2
    import numpy as np
    import torch

    tensor_options: Any = importlib.import_module("torch._tensor_str")
    environment = {name: os.environ.get(name) for name in _TOUCHED}
    threads, save = cv2.getNumThreads(), torch.save
    printing = vars(tensor_options.PRINT_OPTS).copy()
    try:
        with np.printoptions(), warnings.catch_warnings():
            yield
    finally:
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        cv2.setNumThreads(threads)
        torch.save = save
        vars(tensor_options.PRINT_OPTS).update(printing)


_TOUCHED = (
    "OMP_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "TF_CPP_MIN_LOG_LEVEL",
    "TORCH_CPP_LOG_LEVEL",
    "KINETO_LOG_LEVEL",
)


def _silence_logger() -> None:
    logger = logging.getLogger("ultralytics")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(logging.NullHandler())
    logger.propagate = True  # an application that logs on purpose still gets warnings
