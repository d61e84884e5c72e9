"""Conversion of a network for OpenVINO, done once and kept in the user's cache."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import logging
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from detectors import network, quiet
from detectors.network import Layout

_FORMAT = 1  # of what is cached; raised when this file or network.py changes what is converted
_log = logging.getLogger(__name__)


def openvino_model(path: Path, digest: str) -> tuple[Any, Layout]:
    """The network of a checkpoint as an OpenVINO model, from the cache where it was converted before.

    Args:
        path: an Ultralytics ``.pt`` file.
        digest: its sha256.

    Returns:
        The model, whose input is (?, 3, ?, ?) float32 RGB in 0..1; and how to read its answers.

    Raises:
        CheckpointError: if the weights cannot be used.
    """
    openvino = quiet.openvino()
    folder = quiet.cache_folder() / _key(digest, openvino.__version__)
    with contextlib.suppress(OSError, RuntimeError, ValueError, KeyError, TypeError):
        return _read(folder)  # whatever is wrong with it, it can be made again
    module, layout = network.load(path)
    model = _convert(openvino, module)
    try:
        _write(openvino, model, layout, folder)
    except (OSError, RuntimeError) as error:
        _log.info("the converted network could not be kept in %s: %s", folder, error)
    return model, layout


def _key(digest: str, openvino_version: str) -> str:
    ultralytics_version = importlib.metadata.version("ultralytics")
    runtime_version = openvino_version.partition("-")[0]
    return f"{digest[:32]}-ultralytics-{ultralytics_version}-openvino-{runtime_version}-{_FORMAT}"


def _read(folder: Path) -> tuple[Any, Layout]:
    fields = json.loads((folder / "layout.json").read_text(encoding="utf-8"))
    keypoints = fields["keypoints"] and tuple(fields["keypoints"])
    layout = Layout(tuple(fields["labels"]), bool(fields["suppressed"]), keypoints)
    model = quiet.openvino_core().read_model(folder / "model.xml", config={"ENABLE_MMAP": "NO"})
    return model, layout


def _convert(openvino: Any, module: Any) -> Any:
    import torch

    example = torch.zeros(1, 3, 160, 160)  # any size will do; the least one in use bounds the number of boxes
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing is announced as deprecated; the constants of a graph are reported
        traced = torch.jit.trace(module, example, check_trace=False, strict=False)
        return openvino.convert_model(traced, example_input=example)


def _write(openvino: Any, model: Any, layout: Layout, folder: Path) -> None:
    """Write into a new folder and move it into place as a whole: readers never see half of one."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-", ignore_cleanup_errors=True) as temporary:
        part = Path(temporary) / "model"
        part.mkdir(mode=0o700)
        openvino.save_model(model, part / "model.xml", compress_to_fp16=False)
        (part / "layout.json").write_text(json.dumps(asdict(layout)), encoding="utf-8")
        with contextlib.suppress(OSError):
            folder.replace(Path(temporary) / "unreadable")  # whatever lay there could not be read
        with contextlib.suppress(OSError):
            part.replace(folder)  # fails if another process was first; its model is as good as ours
