import sys

import cv2
import numpy as np
import pytest

from detectors.types import Detections
from pipeline.crop_quality import fit, sharpness
from pipeline.crops import CropKeeper, quality
from pipeline.types import Frame, Image, Tracklet

SIZE = (640, 480)
TEXTURE = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)


def rated(
    box: list[float], confidence: float = 0.9, sharp: float = 0.8, others: list[list[float]] | None = None
) -> float:
    return quality(
        np.array(box, np.float32),
        SIZE,
        confidence=confidence,
        sharpness=sharp,
        others=np.array(others or [], np.float32).reshape(-1, 4),
    )


GOOD = [200.0, 100.0, 300.0, 360.0]


def test_quality_by_hand() -> None:
    # taller than 256, off the edges, 2.6 times as tall as wide, alone
    assert rated(GOOD) == pytest.approx(0.9 * (0.5 + 0.5 * 0.8))
    # half of it covered by somebody nearer, who is 26 pixels lower
    assert rated(GOOD, others=[[250, 100, 400, 386]]) == pytest.approx(rated(GOOD) * 0.5)
    # a quarter of it in front of somebody farther away
    assert rated(GOOD, others=[[275, 90, 400, 360]]) == pytest.approx(rated(GOOD) * (1 - 0.6 * 0.25))
    # 64 pixels tall: half of it, and cut off at the left
    assert rated([0, 100, 25, 164]) == pytest.approx(rated(GOOD) * 0.5 * 0.5)


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        (rated([0, 100, 100, 360]), "cut off at the left"),
        (rated([540, 100, 640, 360]), "cut off at the right"),
        (rated([200, 220, 300, 480]), "cut off below"),
        (rated([200, 0, 300, 260]), "cut off above"),
        (rated([200, 100, 220, 140]), "tiny"),
        (rated([200, 100, 400, 360]), "as wide as two"),
        (rated([200, 100, 225, 360]), "a sliver"),
        (rated(GOOD, confidence=0.3), "a doubt"),
        (rated(GOOD, sharp=0.1), "blurred"),
        (rated(GOOD, others=[[220, 120, 320, 400]]), "covered by somebody nearer"),
        (rated(GOOD, others=[[220, 80, 320, 340]]), "before somebody farther away"),
    ],
)
def test_each_fault_makes_it_worse(worse: float, why: str) -> None:
    assert 0 < worse < rated(GOOD), why


def test_being_covered_is_worse_than_covering() -> None:
    assert rated(GOOD, others=[[220, 120, 320, 380]]) < rated(GOOD, others=[[220, 80, 320, 340]])


def test_worthless_boxes() -> None:
    assert rated([10, 10, 10, 50]) == 0
    assert rated(GOOD, others=[[150, 50, 350, 470]]) == 0


def test_blur_is_seen_at_any_size() -> None:
    for scale in (1.0, 4.0):
        sharp = cv2.resize(TEXTURE[:128, :64], None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
        blurred = cv2.GaussianBlur(sharp, (0, 0), 4 * scale)
        assert 0 <= sharpness(blurred) < 0.5 * sharpness(sharp) <= 0.5
    assert sharpness(np.full((1, 1, 3), 7, np.uint8)) == 0


def test_fit_only_ever_makes_smaller() -> None:
    assert fit(TEXTURE, width=960) is TEXTURE
    assert fit(TEXTURE, width=320).shape == (240, 320, 3)
    assert fit(TEXTURE, height=120).shape == (120, 160, 3)
    assert fit(TEXTURE[:, :1], height=10).shape == (10, 1, 3)


# keeper


def frame(time_s: float, image: Image = TEXTURE) -> Frame:
    return Frame(image, round(time_s * 30), time_s)


def seen(*people: tuple[int, list[float], float]) -> Detections:
    return Detections(
        np.array([box for _, box, _ in people], np.float32).reshape(-1, 4),
        np.array([confidence for *_, confidence in people], np.float32),
        np.array([key for key, *_ in people], np.int64),
    )


def box_at(x: float, height: float = 200.0) -> list[float]:
    return [x, 100, x + height / 2.5, 100 + height]


def follow(keeper: CropKeeper, times: list[float], key: int = 7, height: float = 200.0) -> list[Tracklet]:
    ended = []
    for time_s in times:
        ended += keeper.add(frame(time_s), seen((key, box_at(50 + 20 * time_s, height), 0.9)))
    return ended


def test_times_boxes_and_confidences_are_those_observed() -> None:
    keeper = CropKeeper()
    times = [1.0, 1.2, 1.4]
    assert follow(keeper, times) == []
    (tracklet,) = keeper.finish()
    assert tracklet.number == 1
    assert tracklet.times.dtype == np.float64
    assert tracklet.times.tolist() == times
    np.testing.assert_array_equal(tracklet.boxes, np.array([box_at(50 + 20 * t) for t in times], np.float32))
    np.testing.assert_array_equal(tracklet.confidence, np.float32([0.9] * 3))
    assert (tracklet.start_s, tracklet.end_s, dict(tracklet.vectors)) == (1.0, 1.4, {})


def test_a_crop_is_what_lies_in_its_box() -> None:
    keeper = CropKeeper()
    follow(keeper, [0.0, 0.2])
    (tracklet,) = keeper.finish()
    crop = tracklet.crops[0]
    x1, y1, x2, y2 = np.floor(crop.box + 0.5).astype(int)
    np.testing.assert_array_equal(crop.image, TEXTURE[y1:y2, x1:x2])
    assert crop.image.base is None  # a view would hold the whole frame in memory
    assert crop.frame_index == round(crop.time_s * 30)


def test_the_best_crops_come_first_and_stand_apart_in_time() -> None:
    keeper = CropKeeper(per_tracklet=4)
    for step in range(60):  # walks towards the camera and away again
        height = 60 + 180 * np.sin(step / 60 * np.pi)
        keeper.add(frame(step / 5), seen((1, box_at(100, height), 0.9)))
    (tracklet,) = keeper.finish()
    qualities = [crop.quality for crop in tracklet.crops]
    assert len(qualities) == 4
    assert qualities == sorted(qualities, reverse=True)
    moments = sorted(crop.time_s for crop in tracklet.crops)
    assert np.diff(moments).min() >= 0.4 - 1e-6
    assert abs(tracklet.crops[0].time_s - 6.0) < 0.3  # when it was tallest


@pytest.mark.parametrize("seconds", [3, 10, 37, 59])
def test_crops_of_one_who_turns_round_are_from_all_sides(seconds: int) -> None:
    keeper = CropKeeper(per_tracklet=5)
    follow(keeper, [step / 5 for step in range(5 * seconds)], height=150)
    (tracklet,) = keeper.finish()
    moments = sorted(crop.time_s for crop in tracklet.crops)
    assert len(moments) == 5
    assert moments[-1] - moments[0] >= seconds / 3


def test_poor_crops_do_not_come_along() -> None:
    keeper = CropKeeper()
    for step in range(50):
        x = 0 if 10 <= step < 40 else 100  # cut off at the edge most of the time
        width = 25 if x == 0 else 80
        keeper.add(frame(step / 5), seen((1, [x, 100, x + width, 300], 0.9)))
    (tracklet,) = keeper.finish()
    assert len(tracklet.crops) > 1
    assert all(crop.box[0] == 100 for crop in tracklet.crops)


def test_the_best_crop_of_all_is_never_let_go() -> None:
    heights = np.random.default_rng(4).uniform(60, 250, 80)
    keeper = CropKeeper(per_tracklet=5)
    worth = []
    for step, height in enumerate(heights):
        box = np.float32(box_at(100, height))
        keeper.add(frame(step / 5), seen((1, box.tolist(), 0.9)))
        x1, y1, x2, y2 = np.floor(box + 0.5).astype(int)
        sharp = sharpness(TEXTURE[y1:y2, x1:x2])
        worth.append(quality(box, SIZE, confidence=0.9, sharpness=sharp, others=np.zeros((0, 4), np.float32)))
    (tracklet,) = keeper.finish()
    assert tracklet.crops[0].time_s == np.argmax(worth) / 5
    assert len(tracklet.crops) > 1
    for crop in tracklet.crops:
        assert crop.quality == pytest.approx(worth[round(crop.time_s * 5)], abs=1e-6)


def test_the_scene_is_the_frame_of_the_best_crop_made_smaller() -> None:
    big = cv2.resize(TEXTURE, (1920, 1440))
    keeper = CropKeeper()
    keeper.add(frame(0.0, big // 2), seen((1, [600, 300, 700, 550], 0.9)))
    keeper.add(frame(1.0, big), seen((1, [600, 300, 800, 900], 0.9)))
    keeper.add(frame(2.0, big // 3), seen((1, [600, 300, 650, 420], 0.9)))
    (tracklet,) = keeper.finish()
    assert tracklet.crops[0].time_s == 1.0
    np.testing.assert_array_equal(tracklet.scene, fit(big, width=960))


def test_large_crops_are_made_smaller() -> None:
    huge = np.zeros((4320, 7680, 3), np.uint8)
    keeper = CropKeeper()
    keeper.add(frame(0.0, huge), seen((1, [1000, 500, 2500, 4000], 0.9)))
    (tracklet,) = keeper.finish()
    assert tracklet.crops[0].image.shape == (512, 219, 3)
    np.testing.assert_array_equal(tracklet.crops[0].box, np.float32([1000, 500, 2500, 4000]))


def test_out_of_sight_for_too_long_is_a_new_tracklet() -> None:
    keeper = CropKeeper(close_after_s=3.0)
    assert follow(keeper, [0.0, 0.2, 3.0]) == []
    (first,) = keeper.add(frame(6.1), seen((7, box_at(100), 0.9)))  # the same number of the tracker
    (second,) = keeper.finish()
    assert (first.number, first.end_s) == (1, 3.0)
    assert (second.number, second.start_s) == (2, 6.1)


def test_a_tracklet_ends_though_nobody_is_in_sight() -> None:
    keeper = CropKeeper(close_after_s=3.0)
    follow(keeper, [0.0, 0.2])
    assert keeper.add(frame(3.2), seen()) == []
    assert [tracklet.number for tracklet in keeper.add(frame(3.3), seen())] == [1]
    assert keeper.finish() == []


def test_who_stays_is_split_by_time() -> None:
    keeper = CropKeeper(longest_s=10.0)
    ended = follow(keeper, [step / 5 for step in range(126)], key=3, height=150)
    ended += keeper.finish()
    assert [tracklet.number for tracklet in ended] == [1, 2, 3]
    assert [tracklet.start_s for tracklet in ended] == [0.0, 10.0, 20.0]
    assert np.concatenate([tracklet.times for tracklet in ended]).tolist() == [step / 5 for step in range(126)]


def test_numbers_follow_the_order_of_first_frames() -> None:
    keeper = CropKeeper(close_after_s=1.0)
    ended = keeper.add(frame(0.0), seen((5, box_at(50), 0.9)))
    ended += keeper.add(frame(0.2), seen((2, box_at(200), 0.9), (5, box_at(50), 0.9)))
    ended += keeper.add(frame(0.4), seen((2, box_at(200), 0.9), (9, box_at(400), 0.9)))
    ended += keeper.add(frame(1.3), seen((9, box_at(400), 0.9)))
    ended += keeper.add(frame(2.0), seen())
    ended += keeper.finish()
    assert [(tracklet.number, tracklet.start_s) for tracklet in ended] == [(1, 0.0), (2, 0.2), (3, 0.4)]


@pytest.mark.parametrize(("confidence", "kept"), [(0.5, True), (0.49, False)])
def test_one_look_is_enough_only_if_it_is_sure(confidence: float, kept: bool) -> None:
    keeper = CropKeeper()
    keeper.add(frame(0.0), seen((1, box_at(100), confidence)))
    assert bool(keeper.finish()) is kept


def test_one_look_at_next_to_nothing_is_not_enough() -> None:
    keeper = CropKeeper()
    keeper.add(frame(0.0), seen((1, [0, 430, 120, 480], 0.9)))  # a foot in the corner
    assert keeper.finish() == []


def test_two_looks_are_enough() -> None:
    keeper = CropKeeper()
    keeper.add(frame(0.0), seen((1, box_at(100), 0.3)))
    keeper.add(frame(0.2), seen((1, box_at(100), 0.3)))
    assert len(keeper.finish()) == 1


def test_who_was_never_tall_enough_is_left_out() -> None:
    keeper = CropKeeper(min_height_px=40)
    follow(keeper, [0.0, 0.2, 0.4], height=39)
    assert keeper.finish() == []
    follow(keeper, [5.0, 5.2], height=39)
    follow(keeper, [5.4], height=41)
    (tracklet,) = keeper.finish()
    assert [crop.time_s for crop in tracklet.crops] == [5.4]
    assert len(tracklet.times) == 3


def test_boxes_over_the_border_are_cut_there() -> None:
    keeper = CropKeeper()
    for time_s in (0.0, 0.2):
        keeper.add(frame(time_s), seen((1, [-30, 400, 50, 520], 0.9)))
    (tracklet,) = keeper.finish()
    assert tracklet.crops[0].image.shape == (80, 50, 3)


def test_memory_does_not_grow_with_the_time_that_somebody_stays() -> None:
    keeper = CropKeeper()

    def held() -> int:
        (track,) = keeper._open.values()
        assert track.scene is not None
        pictures = sum(crop.image.nbytes for crop in track.crops._best_of.values()) + track.scene.nbytes
        return pictures + sum(sys.getsizeof(part) for part in (track.times, track.boxes))

    sizes = []
    for step in range(2000):
        keeper.add(frame(step / 5), seen((1, box_at(100, 150 + step % 50), 0.9)))
        sizes.append(held())
    assert max(sizes[300:]) <= 1.01 * max(sizes[:300])


def test_people_without_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="track_id"):
        CropKeeper().add(frame(0.0), Detections.empty())
