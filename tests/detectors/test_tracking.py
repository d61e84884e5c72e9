from __future__ import annotations

import numpy as np
import pytest

from detectors import boxes
from detectors.tracking import TrackerSettings, open_botsort, open_bytetrack
from detectors.types import Detections, Tracker

VIEW = np.zeros((480, 640, 3), np.uint8)
OPENERS = [open_bytetrack, open_botsort]


def people(*rows, confidence=0.9):
    """Detections of people 40 wide and 100 high at the given left top corners; (x, y, confidence) also goes."""
    xyxy = [(x, y, x + 40, y + 100) for x, y, *_ in rows]
    confidences = [row[2] if len(row) > 2 else confidence for row in rows]
    return Detections(np.array(xyxy, np.float32).reshape(-1, 4), np.array(confidences, np.float32))


def ids(detections):
    return detections.track_id.tolist()


def speckled(seed=0, shape=(480, 640, 3)):
    """A picture with corners to hold on to."""
    small = np.random.default_rng(seed).integers(0, 255, (shape[0] // 16, shape[1] // 16, 3), np.uint8)
    return np.repeat(np.repeat(small, 16, axis=0), 16, axis=1)


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("fps", [2, 5, 10, 30])
def test_two_walkers_keep_their_numbers_at_any_rate(opener, fps):
    # 1.4 m/s is about 0.8 of a person's height in a second
    tracker = opener(fps=fps)
    seen = []
    for i in range(4 * fps):
        step = 80 * i / fps
        seen.append(ids(tracker.update(people((20 + step, 100), (600 - step, 300)), VIEW)))
    assert seen == [[1, 2]] * (4 * fps)


@pytest.mark.parametrize("opener", OPENERS)
def test_what_comes_back_are_the_detections_themselves(opener):
    tracker = opener(fps=5)
    for i in range(10):
        given = people((300 - 9 * i, 40), (20 + 13 * i, 100), (500, 200 + 7 * i, 0.62))
        got = tracker.update(given, VIEW)
        assert got.xyxy.dtype == np.float32
        assert got.track_id.dtype == np.int64
        assert ids(got) == [1, 2, 3]
        order = [int(np.flatnonzero((given.xyxy == box).all(axis=1))[0]) for box in got.xyxy]
        assert sorted(order) == [0, 1, 2]
        assert np.array_equal(got.confidence, given.confidence[order])


@pytest.mark.parametrize("opener", OPENERS)
def test_frames_without_people(opener):
    tracker = opener(fps=5)
    for _ in range(3):
        got = tracker.update(Detections.empty(), VIEW)
        assert (len(got), ids(got)) == (0, [])
    assert ids(tracker.update(people((10, 10)), VIEW)) == [1]
    assert ids(tracker.update(Detections.empty(), VIEW)) == []
    assert ids(tracker.update(people((12, 10)), VIEW)) == [1]


def test_somebody_certain_is_reported_at_once_and_somebody_doubtful_when_seen_again():
    tracker = open_bytetrack(fps=5)
    tracker.update(people((10, 10)), VIEW)
    second = tracker.update(people((12, 10), (300, 10, 0.9), (500, 10, 0.45)), VIEW)
    assert ids(second) == [1, 2]
    third = tracker.update(people((14, 10), (302, 10, 0.9), (502, 10, 0.45)), VIEW)
    assert ids(third) == [1, 2, 3]


def test_a_flicker_that_is_not_certain_is_never_reported():
    tracker = open_bytetrack(fps=5)
    for i in range(6):
        doubtful = [(500, 10, 0.45)] if i % 2 else []
        assert ids(tracker.update(people((10 + i, 10), *doubtful), VIEW)) == [1]


def test_numbers_have_no_gaps_though_candidates_vanish():
    tracker = open_bytetrack(fps=5)
    tracker.update(people((10, 10)), VIEW)
    for i in range(5):
        tracker.update(people((10, 10), (100 + 90 * i, 300, 0.45)), VIEW)
    assert ids(tracker.update(people((10, 10), (560, 50)), VIEW)) == [1, 2]


@pytest.mark.parametrize("fps", [5, 25])
def test_waiting_is_reckoned_in_seconds(fps):
    def after(hidden_s):
        tracker = open_bytetrack(fps=fps, settings=TrackerSettings(lost_s=1.5))
        for _ in range(2 * fps):
            tracker.update(people((200, 100)), VIEW)
        for _ in range(round(hidden_s * fps)):
            tracker.update(Detections.empty(), VIEW)
        return ids(tracker.update(people((202, 100)), VIEW))

    assert after(1.2) == [1]
    assert after(2.0) == [2]


def test_someone_who_walks_on_behind_a_pillar_is_known_again():
    tracker = open_bytetrack(fps=5)
    for i in range(8):
        tracker.update(people((20 + 16 * i, 100)), VIEW)
    for _ in range(4):
        tracker.update(Detections.empty(), VIEW)
    assert ids(tracker.update(people((20 + 16 * 12, 100)), VIEW)) == [1]


def test_two_who_cross_keep_their_numbers():
    tracker = open_bytetrack(fps=5)
    numbers = {}
    for i in range(24):
        # they pass 40 pixels in front of each other, at a speed of about half a body width between two frames
        got = tracker.update(people((20 + 22 * i, 100), (530 - 22 * i, 140)), VIEW)
        for number, box in zip(ids(got), got.xyxy, strict=True):
            numbers.setdefault(number, set()).add(float(box[1]))
    assert numbers == {1: {100.0}, 2: {140.0}}


@pytest.mark.parametrize("opener", OPENERS)
def test_trackers_do_not_disturb_each_other_and_repeat_themselves(opener):
    def walk(i):
        return people((20 + 15 * i, 100), *([(500 - 15 * i, 300)] if i > 2 else []), *([(300, 20)] if i > 5 else []))

    alone, first, second = opener(fps=5), opener(fps=5), opener(fps=5)
    expected = [ids(alone.update(walk(i), VIEW)) for i in range(10)]
    for i in range(10):
        assert ids(first.update(walk(i), VIEW)) == expected[i]
        if i >= 2:
            assert ids(second.update(walk(i - 2), VIEW)) == expected[i - 2]
    assert expected[0] == [1]
    assert expected[-1] == [1, 2, 3]
    alone.reset()
    assert [ids(alone.update(walk(i), VIEW)) for i in range(10)] == expected


def test_botsort_follows_the_camera():
    def pan(opener):
        tracker, scene, numbers = opener(fps=5), speckled(shape=(480, 1600, 3)), set()
        for i in range(12):
            shift = 75 * (i % 2)  # a camera that is shaken by nearly two body widths
            view = np.ascontiguousarray(scene[:, shift : shift + 640])
            numbers |= set(ids(tracker.update(people((300 - shift, 200)), view)))
        return numbers

    assert pan(open_botsort) == {1}
    assert len(pan(open_bytetrack)) > 1


@pytest.mark.parametrize("opener", OPENERS)
def test_pictures_of_several_sizes_and_of_nothing(opener):
    tracker = opener(fps=5, settings=TrackerSettings(alike=0))  # the colours change with the pictures
    views = [VIEW, speckled(), speckled(1, (240, 320, 3)), np.zeros((1, 1, 3), np.uint8), speckled(2), speckled(3)]
    for view in views:
        assert ids(tracker.update(people((100, 100)), view)) == [1]


def test_the_view_is_not_changed():
    view = speckled()
    before = view.copy()
    tracker = open_botsort(fps=5)
    for _ in range(3):
        tracker.update(people((100, 100)), view)
    assert np.array_equal(view, before)


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(fps):
    with pytest.raises(ValueError, match="fps: expected more than 0"):
        open_bytetrack(fps=fps)


def test_fingerprints_tell_kind_rate_and_settings_apart():
    made = [
        open_bytetrack(fps=5),
        open_bytetrack(fps=10),
        open_botsort(fps=5),
        open_bytetrack(fps=5, settings=TrackerSettings(lost_s=3)),
    ]
    assert len({tracker.fingerprint for tracker in made}) == 4
    assert made[0].fingerprint == open_bytetrack(fps=5).fingerprint
    assert all(isinstance(tracker, Tracker) for tracker in made)


def test_boxes_are_widened_in_proportion_to_the_time_between_frames():
    # the walker moves by more than its width from one frame to the next before its speed is known
    far, near = people((100, 100)), people((150, 100))
    assert boxes.iou(far.xyxy, near.xyxy)[0, 0] == 0
    slow, fast = open_bytetrack(fps=2), open_bytetrack(fps=25)
    assert [ids(slow.update(one, VIEW)) for one in (far, near)] == [[1], [1]]
    assert [ids(fast.update(one, VIEW)) for one in (far, near)] == [[1], [2]]
