from __future__ import annotations

import numpy as np
import pytest
import torch
from detector_samples import frames, people

from detectors import boxes, runtimes, shelf
from detectors.network import Layout
from detectors.types import Detector
from detectors.unpickling import CheckpointError
from detectors.yolo import YoloDetector, open_yolo, read


@pytest.fixture(scope="module")
def detector():
    return open_yolo(runtime="openvino")


@pytest.fixture(scope="module")
def pictures():
    return [picture for _, picture in frames(6, 75)]


def same(a, b):
    return np.array_equal(a.xyxy, b.xyxy) and np.array_equal(a.confidence, b.confidence)


def test_finds_the_people_of_the_sample_clip(detector):
    found = wanted = 0
    for index, picture in frames(6, 75):
        truth = people(0.5).get(index, np.zeros((0, 4), np.float32))
        overlap = boxes.iou(truth, detector.detect([picture])[0].xyxy)
        wanted += len(truth)
        found += int((overlap.max(axis=1, initial=0) >= 0.5).sum())
    assert wanted >= 10
    assert found / wanted >= 0.85


def test_answers_keep_the_rules(detector, pictures):
    for one, picture in zip(detector.detect(pictures), pictures, strict=True):
        height, width = picture.shape[:2]
        assert one.xyxy.dtype == one.confidence.dtype == np.float32
        assert (one.xyxy[:, :2] >= 0).all()
        assert (one.xyxy[:, 2:] <= [width, height]).all()
        assert (boxes.area(one.xyxy) > 0).all()
        assert (one.confidence >= 0.25).all()
        assert (np.diff(one.confidence) <= 0).all()
        overlap = boxes.iou(one.xyxy, one.xyxy)
        np.fill_diagonal(overlap, 0)
        assert overlap.max(initial=0) <= 0.7
        assert one.track_id is None


def test_neighbours_in_a_batch_change_nothing(detector, pictures):
    alone = [detector.detect([picture])[0] for picture in pictures]
    odd = [np.zeros((333, 77, 3), np.uint8), pictures[2][:400, :300]]
    together = detector.detect([odd[0], *pictures, odd[1]])
    by_threes = open_yolo(runtime="openvino", batch=3).detect(pictures)
    assert sum(len(one) for one in alone) > 10
    assert all(same(a, b) for a, b in zip(alone, together[1:-1], strict=True))
    assert all(same(a, b) for a, b in zip(alone, by_threes, strict=True))


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (33, 35), (4320, 7680)])
def test_pictures_of_any_size(detector, shape):
    (found,) = detector.detect([np.full((*shape, 3), 90, np.uint8)])
    assert len(found) == 0


def test_a_person_is_found_in_an_8k_picture(detector):
    index, picture = frames(6, 75)[1]
    large = np.repeat(np.repeat(picture, 6, axis=0), 6, axis=1)
    (small,), (big,) = detector.detect([picture]), detector.detect([large])
    assert large.shape == (4320, 7680, 3)
    assert len(big) == len(small) > 0
    assert boxes.iou(small.xyxy, big.xyxy / 6).max(axis=1).min() > 0.8
    assert index == 75


def test_no_pictures_no_answers(detector):
    assert detector.detect([]) == []


def test_a_wrong_picture_is_refused(detector):
    with pytest.raises(ValueError, match=r"expected \(H, W, 3\) uint8"):
        detector.detect([np.zeros((5, 5), np.uint8)])


def test_a_higher_threshold_keeps_the_certain_ones(detector, pictures):
    strict = open_yolo(runtime="openvino", confidence=0.7)
    for all_of_them, certain in zip(detector.detect(pictures), strict.detect(pictures), strict=True):
        assert same(all_of_them[all_of_them.confidence >= 0.7], certain)


def test_the_fingerprint_tells_settings_apart(detector):
    others = [open_yolo(runtime="openvino", confidence=0.3), open_yolo(runtime="openvino", imgsz=320)]
    prints = {one.fingerprint for one in (detector, *others)}
    assert len(prints) == 3
    assert open_yolo(runtime="openvino", batch=2).fingerprint == detector.fingerprint
    assert isinstance(detector, Detector)


def test_torch_and_openvino_agree(detector, pictures):
    torch.set_num_threads(1)  # its threads wait for each other by spinning, which is slow on a busy machine
    on_torch = open_yolo(runtime="torch", device="cpu")
    assert on_torch.runtime == "torch-cpu-fp32"
    assert detector.runtime.startswith("openvino-cpu-")
    assert on_torch.fingerprint != detector.fingerprint
    for a, b in zip(on_torch.detect(pictures[2:4]), detector.detect(pictures[2:4]), strict=True):
        certain = a.xyxy[a.confidence > 0.4]
        assert len(certain) > 0
        assert boxes.iou(certain, b.xyxy).max(axis=1).min() > 0.9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"confidence": 1.5}, "confidence: expected 0 or more and less than 1, got 1.5"),
        ({"imgsz": 333}, "imgsz"),
        ({"batch": 0}, "batch: expected at least 1"),
        ({"runtime": "tensorflow"}, "runtime 'tensorflow' is unknown; use one of auto, torch, openvino"),
        ({"runtime": "openvino", "device": "cuda"}, "cannot use device 'cuda'"),
        ({"runtime": "openvino", "device": "abacus"}, "device 'abacus' is unknown to OpenVINO"),
        ({"runtime": "torch", "device": "abacus"}, "device 'abacus' cannot be used"),
    ],
)
def test_settings_out_of_range_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        open_yolo(**settings)


def test_damaged_weights_are_refused_by_their_card(tmp_path):
    shipped = shelf.find("yolo26n")
    copy = tmp_path / "mine.pt"
    content = bytearray(shipped.read_bytes())
    content[len(content) // 2] ^= 0xFF
    copy.write_bytes(content)
    copy.with_suffix(".json").write_bytes(shipped.with_suffix(".json").read_bytes())
    with pytest.raises(CheckpointError, match="damaged, sha256 is") as caught:
        open_yolo(str(copy))
    assert "\n" not in str(caught.value)


class Scripted:
    """A runner that gives a prepared answer."""

    precision = "scripted"

    def __init__(self, layout, answer):
        self.layout, self.answer = layout, answer

    def run(self, pictures):
        return [self.answer for _ in pictures]


def test_columns_with_many_boxes_for_one_person_are_read():
    layout = Layout(("cat", "person"), suppressed=False, keypoints=None)
    answer = np.array(  # each column: cx, cy, w, h, cat, person
        [
            [100, 100, 40, 80, 0.1, 0.8],
            [102, 101, 40, 80, 0.1, 0.9],  # the same person, more certain
            [300, 100, 40, 80, 0.9, 0.6],  # rather a cat
            [500, 100, 40, 80, 0.0, 0.2],  # too doubtful
            [200, 100, 40, 80, 0.0, 0.5],
        ],
        np.float32,
    ).T
    xyxy, confidence, extras = read(answer, layout, layout.person(), 0.25)
    assert xyxy.tolist() == [[82, 61, 122, 141], [180, 60, 220, 140]]
    assert confidence.tolist() == pytest.approx([0.9, 0.5])
    assert extras.shape == (2, 0)


def test_rows_are_read_and_named_twice_only_once():
    layout = Layout(("person", "dog"), suppressed=True, keypoints=None)
    answer = np.array(
        [
            [10, 10, 50, 90, 0.5, 0],
            [11, 10, 50, 90, 0.7, 0],  # the same
            [10, 10, 50, 90, 0.9, 1],  # a dog
            [70, 10, 99, 90, 0.1, 0],  # too doubtful
        ],
        np.float32,
    )
    found = YoloDetector(Scripted(layout, answer), "0", confidence=0.25, imgsz=160, batch=4)
    (people_found,) = found.detect([np.zeros((160, 160, 3), np.uint8)])
    assert people_found.xyxy.tolist() == [[11, 10, 50, 90]]
    assert people_found.confidence.tolist() == pytest.approx([0.7])


def test_which_class_is_a_person():
    assert Layout(("car", " Person"), True, None).person() == 1
    assert Layout(("worker",), True, None).person() == 0
    with pytest.raises(CheckpointError, match="knows no person, but cat, dog"):
        Layout(("cat", "dog"), True, None).person()


def test_the_runtime_is_picked_by_the_machine(monkeypatch):
    path = shelf.find("yolo26n")
    digest = shelf.sha256(path)
    monkeypatch.setattr(runtimes, "_has_cuda", lambda: False)
    assert isinstance(runtimes.open_runner(path, digest), runtimes.OpenVinoRunner)
    monkeypatch.setattr(runtimes, "_has_cuda", lambda: True)
    picked = []
    monkeypatch.setattr(runtimes, "TorchRunner", lambda *_, device, batch: picked.append((device, batch)))
    runtimes.open_runner(path, digest, batch=16)
    assert picked == [(None, 16)]
    assert isinstance(runtimes.open_runner(path, digest, device="cpu"), runtimes.OpenVinoRunner)
