"""The sample clips and what is said to be true of them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.evaluation import TruthFrame, score_detections
from detectors.registry import open_detector

SAMPLES = Path(__file__).parents[1] / "samples"
LARGEST_CLIP = 3_000_000  # bytes
Rows = list[list[float]]
Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def frames(truth: dict[str, Any]) -> dict[str, dict[int, Image]]:
    """Every tenth frame of each camera, by its number."""
    decoded: dict[str, dict[int, Image]] = {}
    for camera in truth["cameras"]:
        with av.open(str(SAMPLES / camera["clip"])) as container:
            everything = enumerate(container.decode(video=0))
            decoded[camera["name"]] = {n: f.to_ndarray(format="rgb24") for n, f in everything if n % 10 == 0}
    return decoded


def tracks(truth: dict[str, Any]) -> list[tuple[dict[str, Any], str, Rows]]:
    return [(who, camera, rows) for who in truth["identities"] for camera, rows in who["tracks"].items()]


def test_clips_are_what_the_truth_says(truth: dict[str, Any]) -> None:
    assert len(truth["cameras"]) == 2
    for camera in truth["cameras"]:
        path = SAMPLES / camera["clip"]
        assert path.stat().st_size <= LARGEST_CLIP
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert stream.codec_context.name == "h264"
            assert stream.codec_context.pix_fmt == "yuv420p"
            assert [stream.codec_context.width, stream.codec_context.height] == truth["size"]
            assert stream.average_rate == truth["fps"]
            times = [frame.time for frame in container.decode(video=0)]
        assert len(times) == camera["frames"]
        assert times == pytest.approx(np.arange(len(times)) / truth["fps"], abs=1e-3)
        assert 20 <= camera["duration_s"] <= 40


def test_every_box_lies_in_its_frame(truth: dict[str, Any]) -> None:
    width, height = truth["size"]
    assert truth["columns"] == ["frame", "time_s", "x1", "y1", "x2", "y2", "visible"]
    for _, _, rows in tracks(truth):
        table = np.array(rows)
        assert (np.diff(table[:, 0]) > 0).all()
        np.testing.assert_allclose(table[:, 1], table[:, 0] / truth["fps"], atol=1e-3)
        assert (table[:, 2:4] >= 0).all()
        assert (table[:, 4] <= width).all()
        assert (table[:, 5] <= height).all()
        assert (table[:, 4:6] > table[:, 2:4]).all()
        assert ((table[:, 6] >= 0) & (table[:, 6] <= 1)).all()


def test_people_differ_in_their_clothes(truth: dict[str, Any]) -> None:
    people = truth["identities"]
    assert len(people) >= 8
    for key in ("id", "sentence"):
        assert len({who[key] for who in people}) == len(people)
    parts = ("upper_colour", "upper_garment", "lower_colour", "lower_garment")
    assert len({tuple(who["clothes"][part] for part in parts) for who in people}) == len(people)


def test_sentences_tell_the_clothes(truth: dict[str, Any]) -> None:
    for who in truth["identities"]:
        clothes, sentence = who["clothes"], who["sentence"]
        assert ("woman" in sentence) == (clothes["gender"] == "female")
        for part in ("upper", "lower"):
            colour, garment = clothes[f"{part}_colour"], clothes[f"{part}_garment"]
            assert f"{'blue' if colour == 'denim' else colour} {garment}" in sentence
        if clothes["bag"]:
            assert f"{clothes['bag_colour']} {clothes['bag']}" in sentence
        if clothes["hat"]:
            assert f"{clothes['hat']} hat" in sentence


def test_cameras_share_some_people_but_not_all(truth: dict[str, Any]) -> None:
    seen_by = [set(who["tracks"]) for who in truth["identities"]]
    assert sum(len(cameras) == 2 for cameras in seen_by) >= 5
    for camera in truth["cameras"]:
        assert {camera["name"]} in seen_by


def test_the_clips_are_no_toy(truth: dict[str, Any]) -> None:
    heights, hidden, returned, stopped = [], 0, 0, 0
    for _, _, rows in tracks(truth):
        table = np.array(rows)
        heights += list(table[:, 5] - table[:, 3])
        hidden += bool(((table[:, 6] > 0.1) & (table[:, 6] < 0.6)).any())
        returned += bool((np.diff(table[:, 1]) > 2).any())
        middle = (table[:, 2] + table[:, 4]) / 2
        still = [np.ptp(middle[i : i + 50]) < 12 and np.ptp(table[i : i + 50, 1]) < 2.1 for i in range(len(table) - 50)]
        stopped += any(still)
    assert min(heights) < 120
    assert max(heights) > 300
    assert hidden >= 5
    assert returned >= 1
    assert stopped >= 1


def test_for_a_while_nobody_is_there(truth: dict[str, Any]) -> None:
    for camera in truth["cameras"]:
        busy = {int(row[0]) for _, name, rows in tracks(truth) if name == camera["name"] for row in rows}
        assert set(range(truth["fps"])).isdisjoint(busy)


def shirt(image: Image, box: list[float]) -> NDArray[np.float64]:
    """Hue and saturation of the middle of the trunk, as a point in the plane of CIE a*b*."""
    x1, y1, x2, y2 = box
    wide, high = x2 - x1, y2 - y1
    patch = image[int(y1 + 0.24 * high) : int(y1 + 0.40 * high), int(x1 + 0.40 * wide) : int(x1 + 0.60 * wide)]
    lab = cv2.cvtColor(patch.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    return np.median(lab[..., 1:].reshape(-1, 2), axis=0)


def test_boxes_hold_the_same_clothes_in_both_cameras(
    truth: dict[str, Any], frames: dict[str, dict[int, Image]]
) -> None:
    colours: dict[str, dict[str, NDArray[np.float64]]] = {}
    for who, camera, rows in tracks(truth):
        clear = [row for row in rows if row[6] > 0.97 and row[0] in frames[camera] and row[5] - row[3] > 100]
        seen = [shirt(frames[camera][int(row[0])], row[2:6]) for row in clear]
        colours.setdefault(camera, {})[who["id"]] = np.median(seen, axis=0)
    here, there = colours.values()
    vivid = [who for who in here if who in there and np.hypot(*here[who]) > 20]
    assert len(vivid) >= 5
    for who in vivid:
        nearest = min(there, key=lambda other: float(np.hypot(*(there[other] - here[who]))))
        assert nearest == who


def test_probes_show_whom_the_truth_says(truth: dict[str, Any]) -> None:
    assert len(truth["probes"]) == 2
    people = {who["id"]: who for who in truth["identities"]}
    for probe in truth["probes"]:
        who = people[probe["id"]]
        assert len(who["tracks"]) == 2
        row = next(row for row in who["tracks"][probe["camera"]] if row[1] == pytest.approx(probe["time_s"], abs=1e-3))
        assert row[6] > 0.95
        picture = cv2.imread(str(SAMPLES / probe["file"]))
        clip = next(c["clip"] for c in truth["cameras"] if c["name"] == probe["camera"])
        with av.open(str(SAMPLES / clip)) as container:
            frame = next(f for n, f in enumerate(container.decode(video=0)) if n == row[0]).to_ndarray(format="bgr24")
        found = cv2.matchTemplate(frame, picture, cv2.TM_CCOEFF_NORMED)
        x, y = cv2.minMaxLoc(found)[3]
        assert found.max() > 0.9
        assert x <= row[2]
        assert y <= row[3]
        assert x + picture.shape[1] >= row[4]
        assert y + picture.shape[0] >= row[5]


def test_the_default_detector_finds_them(truth: dict[str, Any], frames: dict[str, dict[int, Image]]) -> None:
    detector = open_detector()
    compared = []
    for name, pictures in frames.items():
        numbers = sorted(pictures)[::3]
        found = detector.detect([pictures[n] for n in numbers])
        for number, one in zip(numbers, found, strict=True):
            rows = [row for _, camera, rows in tracks(truth) if camera == name for row in rows if row[0] == number]
            boxes = np.array([row[2:6] for row in rows], np.float32).reshape(-1, 4)
            required = np.array([row[6] > 0.2 for row in rows], bool)
            compared.append(TruthFrame(boxes, one.xyxy, required=required))
    score = score_detections(compared)
    assert score.truth > 80
    assert score.recall >= 0.9
    assert score.precision >= 0.9


@pytest.mark.slow
def test_whole_pipeline_finds_the_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("measure_samples", SAMPLES / "measure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    figures = module.measure(tmp_path / "gallery")
    assert figures["detection_recall"] >= 0.9
    assert figures["text_rank_1"] >= 0.8
    assert all(rank is not None and rank <= 2 for rank in figures["probe_rank_in_other_camera"].values())
