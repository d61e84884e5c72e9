from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from detectors import registry
from detectors.types import Detections, Detector, PoseEstimator, Tracker

ELSEWHERE = """
from detectors.types import Detections

class Everywhere:
    fingerprint = "everywhere"

    def __init__(self, **settings):
        self.settings = settings

    def detect(self, images):
        return [Detections.empty() for _ in images]

def everywhere(name, **settings):
    return Everywhere(**settings)

def nothing(name, **settings):
    return object()
"""


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    (tmp_path / "somebody_elses.py").write_text(ELSEWHERE)
    monkeypatch.syspath_prepend(tmp_path)
    yield "somebody_elses"
    sys.modules.pop("somebody_elses", None)


def test_the_defaults_open():
    assert isinstance(registry.open_detector(), Detector)
    assert isinstance(registry.open_pose(), PoseEstimator)
    assert isinstance(registry.open_tracker(fps=5), Tracker)
    assert isinstance(registry.open_tracker("botsort", fps=5), Tracker)


def test_every_line_of_the_tables_can_be_imported():
    for table in (registry.DETECTORS, registry.POSES, registry.TRACKERS):
        for name in table:
            assert callable(registry._factory(table, name, "entry", None))


def test_a_detector_of_another_package_opens_by_its_address(elsewhere):
    detector = registry.open_detector(f"{elsewhere}:everywhere", confidence=0.4, imgsz=320, batch=3)
    assert len(detector.detect([np.zeros((2, 2, 3), np.uint8)])) == 1
    assert isinstance(detector.detect([])[:0], list)
    assert detector.settings == {"confidence": 0.4, "imgsz": 320, "runtime": "auto", "device": None, "batch": 3}
    assert isinstance(detector.detect([np.zeros((2, 2, 3), np.uint8)])[0], Detections)


def test_what_does_not_keep_the_protocol_is_refused(elsewhere):
    with pytest.raises(ValueError, match="made a object, which is no Detector"):
        registry.open_detector(f"{elsewhere}:nothing")
    with pytest.raises(ValueError, match="'somebody_elses:missing' cannot be imported"):
        registry.open_detector(f"{elsewhere}:missing")
    with pytest.raises(ValueError, match="cannot be imported: No module named 'no_such_package'"):
        registry.open_tracker("no_such_package:tracker", fps=5)


def test_unknown_names_are_explained():
    with pytest.raises(FileNotFoundError, match=r"yolo99z\.pt"):
        registry.open_detector("yolo99z")
    with pytest.raises(FileNotFoundError, match=r"yolo99z-pose\.pt"):
        registry.open_pose("yolo99z-pose")
    with pytest.raises(ValueError, match="tracker 'sort' is unknown; use one of botsort, bytetrack"):
        registry.open_tracker("sort", fps=5)


def test_nothing_heavy_is_imported_before_it_is_asked_for():
    heavy = "torch", "cv2", "ultralytics", "openvino", "scipy"
    code = f"import sys, detectors.registry; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
