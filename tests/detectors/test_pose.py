from __future__ import annotations

import numpy as np
import pytest
from detector_samples import frames, people

from detectors import boxes
from detectors.pose import YoloPose, open_pose
from detectors.types import PoseEstimator
from detectors.unpickling import CheckpointError

NOSE, SHOULDERS, HIPS, ANKLES = [0], [5, 6], [11, 12], [15, 16]


@pytest.fixture(scope="module")
def pose():
    return open_pose()


@pytest.fixture(scope="module")
def crops():
    cut = []
    for index, picture in frames(6, 75):
        truth = people(0.95).get(index, np.zeros((0, 4), np.float32))
        height, width = picture.shape[:2]
        for x1, y1, x2, y2 in boxes.to_int(boxes.expand(truth, 0.05), width, height):
            cut.append(picture[y1:y2, x1:x2])
    return cut


def test_bodies_stand_on_their_feet(pose, crops):
    found = pose.estimate(crops)
    assert len(found) == len(crops) >= 6
    good = 0
    for crop, xy, confidence in zip(crops, found.xy, found.confidence, strict=True):
        height, width = crop.shape[:2]
        shoulders, hips, ankles = (xy[part, 1].mean() for part in (SHOULDERS, HIPS, ANKLES))
        upright = shoulders < hips < ankles and shoulders < 0.4 * height and ankles > 0.7 * height
        inside = (xy >= -2).all() and (xy <= [width + 2, height + 2]).all()
        good += bool(upright and inside and confidence[SHOULDERS + HIPS].min() > 0.5)
    assert good >= 0.8 * len(crops)


def test_a_crop_without_a_person_gets_no_confidence(pose, crops):
    grass = np.full((120, 50, 3), (60, 120, 50), np.uint8)
    found = pose.estimate([crops[0], grass, np.zeros((1, 1, 3), np.uint8)])
    assert found.confidence[0].max() > 0.5
    assert not found.confidence[1:].any()
    assert not found.xy[1:].any()


def test_neighbours_change_nothing(pose, crops):
    together = pose.estimate(crops)
    by_twos = open_pose(batch=2).estimate(crops)
    for i, crop in enumerate(crops):
        alone = pose.estimate([crop])
        assert np.array_equal(alone.xy[0], together.xy[i])
        assert np.array_equal(by_twos.confidence[i], together.confidence[i])


def test_of_two_people_the_larger_is_meant(pose, crops):
    large = max(crops, key=lambda crop: crop.shape[0])
    small = large[::3, ::3]
    pair = np.full((large.shape[0], large.shape[1] + small.shape[1], 3), 120, np.uint8)
    pair[: small.shape[0], : small.shape[1]] = small
    pair[:, small.shape[1] :] = large
    xy = pose.estimate([pair]).xy[0]
    assert (xy[SHOULDERS + HIPS, 0] > small.shape[1]).all()


def test_no_crops(pose):
    found = pose.estimate([])
    assert found.xy.shape == (0, 17, 2)
    assert isinstance(pose, PoseEstimator)


def test_a_network_without_keypoints_is_refused():
    with pytest.raises(CheckpointError, match="does not tell the 17 keypoints"):
        open_pose("yolo26n")


def test_the_fingerprint_tells_sizes_apart(pose):
    assert open_pose(imgsz=320).fingerprint != pose.fingerprint == open_pose().fingerprint
    assert isinstance(pose, YoloPose)
