"""People found by a YOLO network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from detectors import boxes, runtimes, shelf
from detectors.letterbox import check_size, letterbox
from detectors.network import Layout
from detectors.runtimes import Runner
from detectors.types import Detections, Floats, Image
from detectors.unpickling import CheckpointError

# IoU above which two boxes are one person. The heads that should name each object once need it, too: without it
# YOLO26n names 8 of 177 people of a street scene twice, at an IoU of 0.8 to 0.98.
_MAX_OVERLAP = 0.7


def open_yolo(
    name: str = "yolo26n",
    *,
    confidence: float = 0.25,
    imgsz: int = 640,
    runtime: str = "auto",
    device: str | None = None,
    batch: int = 8,
) -> YoloDetector:
    """Open any YOLO detection network of Ultralytics as a detector of people.

    Args:
        name: weights that ship with reidpipe, or a path, as in shelf.find.
        confidence: people that the network is less sure of are left out, 0..1.
        imgsz: longer side of the network's input, pixels; more finds smaller people and takes longer.
        runtime: ``auto``, ``torch`` or ``openvino``.
        device: see runtimes.open_runner.
        batch: pictures in work at a time.

    Raises:
        FileNotFoundError: if there are no such weights.
        CheckpointError: if the weights cannot be used.
        ValueError: for a setting out of range.
    """
    if not 0.0 <= confidence < 1.0:
        raise ValueError(f"confidence: expected 0 or more and less than 1, got {confidence}")
    check_size(imgsz)
    runner, digest = open_weights(name, runtime=runtime, device=device, batch=batch)
    return YoloDetector(runner, digest, confidence=confidence, imgsz=imgsz, batch=batch)


def open_weights(name: str, *, runtime: str, device: str | None, batch: int) -> tuple[Runner, str]:
    """A network by name, checked against its card if it has one; and the sha256 of its weights."""
    path = shelf.find(name)
    digest = shelf.sha256(path)
    expected = shelf.read_card(path).get("sha256", digest)
    if digest != expected:
        raise CheckpointError(f"{path}: damaged, sha256 is {digest[:12]}... and not {str(expected)[:12]}...")
    return runtimes.open_runner(path, digest, runtime=runtime, device=device, batch=batch), digest


class YoloDetector:
    """Finds people with a YOLO network; see Detector."""

    def __init__(self, runner: Runner, digest: str, *, confidence: float, imgsz: int, batch: int) -> None:
        self._runner = runner
        self._person = runner.layout.person()
        self._confidence = confidence
        self._imgsz = imgsz
        self._batch = batch
        self._fingerprint = fingerprint(
            weights=digest, precision=runner.precision, confidence=confidence, imgsz=imgsz, overlap=_MAX_OVERLAP
        )

    @property
    def fingerprint(self) -> str:
        """Digest of weights, threshold, input size, runtime and precision."""
        return self._fingerprint

    @property
    def runtime(self) -> str:
        """Runtime, device and number format in use, such as ``openvino-cpu-bf16``."""
        return self._runner.precision

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """The people in each picture, most confident first, boxes cut at the picture's borders.

        Args:
            images: any number of (H, W, 3) uint8 RGB, of any sizes.

        Raises:
            ValueError: if one of them is no such picture.
        """
        found: list[Detections] = []
        for start in range(0, len(images), self._batch):
            found += self._detect(images[start : start + self._batch])
        return found

    def _detect(self, images: Sequence[Image]) -> list[Detections]:
        placed = [letterbox(image, self._imgsz) for image in images]
        answers = run_by_size(self._runner, [canvas for canvas, _ in placed])
        found = []
        for answer, (_, placement) in zip(answers, placed, strict=True):
            xyxy, confidence, _ = read(answer, self._runner.layout, self._person, self._confidence)
            xyxy = placement.boxes_back(xyxy)
            inside = boxes.area(xyxy) > 0
            found.append(Detections(xyxy[inside], confidence[inside]))
        return found


def fingerprint(**settings: object) -> str:
    """A short digest of settings."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def run_by_size(runner: Runner, canvases: Sequence[Image]) -> list[Floats]:
    """Answers for letterboxed pictures of several sizes, in their order."""
    answers: list[Floats] = [np.empty(0, np.float32)] * len(canvases)
    by_size: dict[tuple[int, ...], list[int]] = {}
    for index, canvas in enumerate(canvases):
        by_size.setdefault(canvas.shape, []).append(index)
    for indices in by_size.values():
        for index, answer in zip(indices, runner.run([canvases[i] for i in indices]), strict=True):
            answers[index] = answer
    return answers


def read(answer: Floats, layout: Layout, wanted: int, least: float) -> tuple[Floats, Floats, Floats]:
    """The objects of one class in a network's answer to one picture.

    Args:
        answer: (N, 6 + E) or (4 + classes + E, N), as the layout says.
        layout: of the network.
        wanted: number of the class.
        least: confidence that an object must have.

    Returns:
        xyxy (K, 4) in pixels of the letterbox, confidence (K,) in 0..1, and extras (K, E); most confident first.
    """
    if layout.suppressed:
        rows = answer[(answer[:, 5] == wanted) & (answer[:, 4] >= least)]
        xyxy, confidence, extras = rows[:, :4], rows[:, 4], rows[:, 6:]
    else:
        first_extra = 4 + len(layout.labels)
        columns = answer[:, answer[4 + wanted] >= least]
        columns = columns[:, columns[4:first_extra].argmax(axis=0) == wanted]
        centre, half = columns[:2].T, columns[2:4].T / 2
        xyxy, confidence = np.concatenate([centre - half, centre + half], axis=1), columns[4 + wanted]
        extras = columns[first_extra:].T
    kept = boxes.suppress(xyxy, confidence, _MAX_OVERLAP)
    xyxy, confidence, extras = xyxy[kept], confidence[kept], extras[kept]
    return xyxy.astype(np.float32), np.clip(confidence, 0, 1).astype(np.float32), extras.astype(np.float32)
