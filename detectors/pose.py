"""Body keypoints by a YOLO pose network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors import boxes
from detectors.letterbox import check_size, letterbox
from detectors.network import KEYPOINTS
from detectors.runtimes import Runner
from detectors.types import Floats, Image, Keypoints
from detectors.unpickling import CheckpointError
from detectors.yolo import fingerprint, open_weights, read, run_by_size

_LEAST = 0.25  # confidence that a person must have


def open_pose(
    name: str = "yolo11n-pose",
    *,
    imgsz: int = 256,
    runtime: str = "auto",
    device: str | None = None,
    batch: int = 8,
) -> YoloPose:
    """Open a YOLO pose network of Ultralytics.

    Args:
        name: weights that ship with reidpipe, or a path, as in shelf.find.
        imgsz: longer side of the network's input, pixels. Crops of one person need far less than whole frames.
        runtime: ``auto``, ``torch`` or ``openvino``.
        device: see runtimes.open_runner.
        batch: crops in work at a time.

    Raises:
        FileNotFoundError: if there are no such weights.
        CheckpointError: if the weights cannot be used, or are of no pose network.
        ValueError: for a setting out of range.
    """
    check_size(imgsz)
    runner, digest = open_weights(name, runtime=runtime, device=device, batch=batch)
    return YoloPose(runner, digest, imgsz=imgsz, batch=batch)


class YoloPose:
    """Finds the keypoints of the most prominent person in each crop; see PoseEstimator."""

    def __init__(self, runner: Runner, digest: str, *, imgsz: int, batch: int) -> None:
        if runner.layout.keypoints != KEYPOINTS:
            raise CheckpointError("the network does not tell the 17 keypoints of COCO; use one such as yolo11n-pose")
        self._runner = runner
        self._person = runner.layout.person()
        self._imgsz = imgsz
        self._batch = batch
        self._fingerprint = fingerprint(weights=digest, precision=runner.precision, imgsz=imgsz, least=_LEAST)

    @property
    def fingerprint(self) -> str:
        """Digest of weights, input size, runtime and precision."""
        return self._fingerprint

    def estimate(self, crops: Sequence[Image]) -> Keypoints:
        """The keypoints in pixels of each crop; all zero for a crop without a person.

        Args:
            crops: N (h, w, 3) uint8 RGB of any sizes.

        Raises:
            ValueError: if one of them is no such picture.
        """
        found = np.zeros((len(crops), *KEYPOINTS), np.float32)  # (N, 17, 3) of x, y, confidence
        for start in range(0, len(crops), self._batch):
            placed = [letterbox(crop, self._imgsz) for crop in crops[start : start + self._batch]]
            answers = run_by_size(self._runner, [canvas for canvas, _ in placed])
            for index, (answer, (_, placement)) in enumerate(zip(answers, placed, strict=True), start):
                points = self._most_prominent(answer)
                if points is not None:
                    found[index, :, :2] = placement.points_back(points[:, :2])
                    found[index, :, 2] = np.clip(points[:, 2], 0, 1)
        return Keypoints(found[..., :2].copy(), found[..., 2].copy())

    def _most_prominent(self, answer: Floats) -> Floats | None:
        """(17, 3) of the person who is large and certain, in pixels of the letterbox."""
        xyxy, confidence, extras = read(answer, self._runner.layout, self._person, _LEAST)
        if not len(xyxy):
            return None
        best = int(np.argmax(boxes.area(xyxy) * confidence))
        return extras[best].reshape(KEYPOINTS)
