from __future__ import annotations

import json

import numpy as np
import pytest
from detector_samples import CLIP, SAMPLES

from detectors import measure_tracking
from detectors.measure_tracking import People, compare, measure, read_truth, sampled
from detectors.types import Detections


def test_sampling_takes_the_first_frame_that_is_due():
    assert sampled([0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28], 10) == [0, 3, 5]
    assert sampled([0, 0.1, 0.2, 0.3, 0.4], 5) == [0, 2, 4]
    assert sampled([0, 0.1, 0.9, 1.0, 1.1], 5) == [0, 2, 3]
    assert sampled([0, 0.5, 1.0], 30) == [0, 1, 2]
    assert sampled([0, 0.1], None) == [0, 1]


def test_truth_is_read_by_clip_and_visit(tmp_path):
    path = tmp_path / "truth.json"
    rows = [
        [0, 0.0, 1, 2, 3, 4, 1.0],
        [1, 0.1, 1, 2, 3, 4, 0.1],
        [30, 3.0, 5, 6, 7, 8, 1.0],
        [99, 9.9, 0, 0, 1, 1, 1.0],
    ]
    document = {
        "cameras": [{"name": "north", "clip": "a.mp4"}, {"name": "south", "clip": "b.mp4"}],
        "identities": [{"id": "x", "tracks": {"north": rows}}, {"id": "y", "tracks": {"south": rows[:1]}}],
    }
    path.write_text(json.dumps(document))
    north = read_truth(path, "a.mp4", 31)
    assert len(north) == 31
    assert [len(frame.who) for frame in north] == [1, 1, *[0] * 28, 1]
    assert north[0].xyxy.tolist() == [[1, 2, 3, 4]]
    assert [bool(north[i].required[0]) for i in (0, 1, 30)] == [True, False, True]
    assert north[0].visit[0] == north[1].visit[0] != north[30].visit[0]
    assert north[0].who[0] == north[30].who[0]
    assert read_truth(path, "b.mp4", 1)[0].who.tolist() == [1]
    with pytest.raises(ValueError, match=r"says nothing of c\.mp4"):
        read_truth(path, "c.mp4", 1)


def test_a_track_that_goes_over_to_somebody_else_is_mixed():
    left, right = [0, 0, 10, 20], [50, 0, 60, 20]
    both = People(np.array([left, right], np.float32), np.array([0, 1]), np.array([0, 1]), np.ones(2, bool))

    def tracks(*numbers):
        return Detections(both.xyxy, np.ones(2, np.float32), np.array(numbers, np.int64))

    steady, mixed = compare([both] * 4, [tracks(1, 2)] * 4)
    assert (steady.switches, mixed, steady.idf1) == (0, 0, 1.0)
    swapped, mixed = compare([both] * 4, [tracks(1, 2)] * 2 + [tracks(2, 1)] * 2)
    assert (swapped.switches, mixed, swapped.idf1) == (2, 2, 0.5)
    renamed, mixed = compare([both] * 4, [tracks(1, 2)] * 2 + [tracks(3, 2)] * 2)
    assert (renamed.switches, mixed) == (1, 0)


class Recorded:
    """Footage whose people are known without a detector."""

    def __init__(self, found, fps):
        self.times = [i / fps for i in range(len(found))]
        self.found = found
        self.fps = fps

    follow = measure_tracking.Footage.follow
    path = None


def test_the_full_rate_stands_in_for_the_truth(monkeypatch):
    def walker(i):
        x = 20 + 8 * i
        return Detections(np.array([[x, 100, x + 40, 200]], np.float32), np.array([0.9], np.float32))

    footage = Recorded([walker(i) for i in range(60)], 10.0)
    view = np.zeros((4, 4, 3), np.uint8)
    monkeypatch.setattr(measure_tracking, "decode", lambda _: ((t, view) for t in footage.times))
    result = measure(footage, None, "bytetrack", 5)
    assert (result.fps, result.mixed) == (5, 0)
    assert result.score.detection.truth == 30
    assert (result.score.detection.recall, result.score.switches, result.score.idf1) == (1.0, 0, 1.0)
    assert measure(footage, None, "bytetrack", None).fps == 10


@pytest.mark.slow
def test_the_command_measures_the_sample_clip(monkeypatch, tmp_path, capsys):
    short = measure_tracking.decode

    def first_seconds(video):
        for time_s, image in short(video):
            if time_s > 8:
                return
            yield time_s, image

    monkeypatch.setattr(measure_tracking, "decode", lambda video: list(first_seconds(video))[::5])
    arguments = [str(SAMPLES / CLIP), "--truth", str(SAMPLES / "truth.json"), "--fps", "2.5", "--tracker", "bytetrack"]
    monkeypatch.setattr(measure_tracking, "read_truth", lambda *a: read_truth(a[0], a[1], 5 * a[2])[::5])
    assert measure_tracking.main(arguments) == 0
    header, slow, full = capsys.readouterr().out.splitlines()
    assert header.split() == list(measure_tracking._COLUMNS)
    for line, fps in ((slow, 2.5), (full, 5.0)):
        fields = dict(zip(header.split(), line.split(), strict=True))
        assert fields["tracker"] == "bytetrack"
        assert float(fields["fps"]) == pytest.approx(fps, abs=0.2)
        assert float(fields["recall"]) > 0.75
        assert float(fields["IDF1"]) > 0.6
