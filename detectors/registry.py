"""From a name to a detector, a pose estimator or a tracker. To add one: one file, one line here.

The file holds a function with the same arguments as the `open_...` function below; it is imported only when its name
is asked for. An application that embeds reidpipe need not even add the line: it gives ``package.module:function``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from detectors.types import Detector, PoseEstimator, Tracker

DETECTORS = {"yolo26n": "detectors.yolo:open_yolo"}
POSES = {"yolo11n-pose": "detectors.pose:open_pose"}
TRACKERS = {"bytetrack": "detectors.tracking:open_bytetrack", "botsort": "detectors.tracking:open_botsort"}
# Any other name is one of weights of Ultralytics, or a path to them.
_OTHER_DETECTOR = "detectors.yolo:open_yolo"
_OTHER_POSE = "detectors.pose:open_pose"

_T = TypeVar("_T")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def open_detector(
    name: str = "yolo26n",
    *,
    confidence: float = 0.25,
    imgsz: int = 640,
    runtime: str = "auto",
    device: str | None = None,
    batch: int = 8,
) -> Detector:
    """Open a detector of people.

    Args:
        name: of the table, of weights, a path to weights, or ``package.module:function``.
        confidence: least confidence of a person, 0..1.
        imgsz: longer side of the network's input, pixels.
        runtime: ``auto`` (torch where there is CUDA, else OpenVINO), ``torch`` or ``openvino``.
        device: such as ``cpu`` or ``cuda:1``; None lets the runtime choose.
        batch: pictures in work at a time.

    Raises:
        FileNotFoundError: if there are no such weights.
        ValueError: if a setting is out of range, a name cannot be imported, or weights cannot be used.
    """
    factory = _factory(DETECTORS, name, "detector", _OTHER_DETECTOR)
    made: Detector = factory(name, confidence=confidence, imgsz=imgsz, runtime=runtime, device=device, batch=batch)
    return _checked(made, Detector, name)


def open_pose(
    name: str = "yolo11n-pose", *, runtime: str = "auto", device: str | None = None, batch: int = 8
) -> PoseEstimator:
    """Open an estimator of body keypoints; arguments and errors as for open_detector."""
    factory = _factory(POSES, name, "pose estimator", _OTHER_POSE)
    made: PoseEstimator = factory(name, runtime=runtime, device=device, batch=batch)
    return _checked(made, PoseEstimator, name)


def open_tracker(name: str = "bytetrack", *, fps: float) -> Tracker:
    """Open a tracker for one footage.

    Args:
        name: of the table, or ``package.module:function``.
        fps: frames a second that it will be given.

    Raises:
        ValueError: if there is no such tracker, or `fps` is not above 0.
    """
    made: Tracker = _factory(TRACKERS, name, "tracker", None)(fps=fps)
    return _checked(made, Tracker, name)


def _factory(table: Mapping[str, str], name: str, what: str, other: str | None) -> Any:
    is_target = _TARGET.fullmatch(name) is not None and not Path(name).exists()
    target = table.get(name, name if is_target else other)
    if target is None:
        names = ", ".join(sorted(table))
        raise ValueError(f"{what} {name!r} is unknown; use one of {names}, or package.module:function")
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{what} {name!r} cannot be imported: {error}") from None


def _checked(made: _T, protocol: type[Any], name: str) -> _T:
    if not isinstance(made, protocol):
        raise ValueError(f"{name!r} made a {type(made).__name__}, which is no {protocol.__name__}")
    return made
