from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detectors import boxes

COORDINATE = st.integers(-40, 140)
SIDE = st.integers(0, 60)


@st.composite
def some_boxes(draw, least=0, most=5):
    """(N, 4) of whole pixels, some of them empty."""
    count = draw(st.integers(least, most))
    rows = []
    for _ in range(count):
        x, y = draw(COORDINATE), draw(COORDINATE)
        rows.append((x, y, x + draw(SIDE), y + draw(SIDE)))
    return np.array(rows, np.float32).reshape(-1, 4)


def pixels(box):
    """Every pixel of a box of whole numbers."""
    x1, y1, x2, y2 = (int(v) for v in box)
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


@given(some_boxes())
def test_area_counts_pixels(xyxy):
    assert boxes.area(xyxy).tolist() == [len(pixels(box)) for box in xyxy]


def test_area_of_a_box_turned_inside_out_is_zero():
    assert boxes.area(np.array([[10, 10, 5, 20], [10, 10, 5, 5]], np.float32)).tolist() == [0, 0]


@given(some_boxes(), some_boxes())
def test_overlaps_count_pixels(a, b):
    union = boxes.iou(a, b)
    covered = boxes.intersection_over_area(a, b)
    assert union.shape == covered.shape == (len(a), len(b))
    assert union.dtype == covered.dtype == np.float32
    for i, one in enumerate(map(pixels, a)):
        for j, other in enumerate(map(pixels, b)):
            both = len(one & other)
            assert union[i, j] == pytest.approx(both / len(one | other) if one | other else 0, abs=1e-6)
            assert covered[i, j] == pytest.approx(both / len(one) if one else 0, abs=1e-6)


@given(some_boxes(), st.integers(1, 100), st.integers(1, 100))
def test_clip_keeps_the_pixels_inside(xyxy, width, height):
    picture = pixels((0, 0, width, height))
    before = xyxy.copy()
    for box, cut in zip(xyxy, boxes.clip(xyxy, width, height), strict=True):
        assert pixels(cut) == pixels(box) & picture
        assert 0 <= cut[0] <= cut[2] <= width
        assert 0 <= cut[1] <= cut[3] <= height
    assert np.array_equal(xyxy, before)


def test_expand_adds_a_share_of_the_size_at_each_side():
    grown = boxes.expand(np.array([[10, 20, 30, 60]], np.float32), 0.25)
    assert grown.tolist() == [[5, 10, 35, 70]]


def test_expand_shrinks_to_the_centre_and_not_beyond():
    box = np.array([[10, 20, 30, 60]], np.float32)
    assert boxes.expand(box, -0.25).tolist() == [[15, 30, 25, 50]]
    assert boxes.expand(box, -3).tolist() == [[20, 40, 20, 40]]


REAL = st.floats(-1e4, 1e4, width=32)


@given(arrays(np.float32, (3, 4), elements=REAL), st.integers(1, 50), st.integers(1, 50))
def test_to_int_always_gives_a_crop_inside(xyxy, width, height):
    crops = boxes.to_int(xyxy, width, height)
    assert crops.dtype == np.int64
    picture = np.zeros((height, width))
    for x1, y1, x2, y2 in crops:
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height
        assert picture[y1:y2, x1:x2].size == (x2 - x1) * (y2 - y1)


def test_to_int_rounds_to_the_nearest_pixel():
    crops = boxes.to_int(np.array([[1.4, 1.5, 7.5, 8.4], [2.2, 3.0, 2.4, 9.0]], np.float32), 20, 20)
    assert crops.tolist() == [[1, 2, 8, 8], [2, 3, 3, 9]]


def test_to_int_refuses_what_has_no_crop():
    with pytest.raises(ValueError, match="0 x 5"):
        boxes.to_int(np.zeros((1, 4), np.float32), 0, 5)
    with pytest.raises(ValueError, match="finite"):
        boxes.to_int(np.array([[0, 0, np.nan, 1]], np.float32), 5, 5)


@given(some_boxes(most=7), st.data())
def test_suppress_is_what_it_is_by_hand(xyxy, data):
    confidence = np.array(data.draw(st.lists(st.integers(0, 5), min_size=len(xyxy), max_size=len(xyxy)))) / 5
    threshold = data.draw(st.sampled_from([0.1, 0.5, 0.7]))
    left = sorted(range(len(xyxy)), key=lambda i: (-confidence[i], i))
    by_hand = []
    while left:
        best = left.pop(0)
        by_hand.append(best)
        left = [i for i in left if boxes.iou(xyxy[[best]], xyxy[[i]])[0, 0] <= threshold]
    assert boxes.suppress(xyxy, confidence, threshold).tolist() == by_hand


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"a: expected shape \(N, 4\), got \(3,\)"):
        boxes.iou(np.zeros(3, np.float32), np.zeros((0, 4), np.float32))
