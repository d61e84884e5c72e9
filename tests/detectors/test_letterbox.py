from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.letterbox import GREY, canvases, letterbox


def test_footage_gets_the_least_area():
    assert [letterbox(np.zeros((h, w, 3), np.uint8), 640)[0].shape[:2] for h, w in ((720, 1280), (576, 768))] == [
        (384, 640),
        (480, 640),
    ]
    assert letterbox(np.zeros((1280, 720, 3), np.uint8), 640)[0].shape[:2] == (640, 384)
    assert letterbox(np.zeros((100, 100, 3), np.uint8), 640)[0].shape[:2] == (640, 640)


@given(st.integers(1, 900), st.integers(1, 900), st.sampled_from([160, 256, 640]))
def test_any_picture_fits_and_boxes_find_back(width, height, imgsz):
    canvas, placement = letterbox(np.zeros((height, width, 3), np.uint8), imgsz)
    assert canvas.shape[:2] in canvases(imgsz)
    assert canvas.shape[0] % 32 == canvas.shape[1] % 32 == 0
    inside = canvas[:, :, 0] == 0
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    whole = np.array([[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]], np.float32)
    assert placement.boxes_back(whole)[0] == pytest.approx([0, 0, width, height], rel=1e-4, abs=1e-3)
    assert inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert (canvas[~inside] == GREY).all()


def test_a_mark_is_found_back_where_it_was():
    picture = np.zeros((300, 500, 3), np.uint8)
    picture[120:180, 200:240] = 255
    canvas, placement = letterbox(picture, 640)
    bright = (canvas > 200).all(axis=2)
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    found = np.array([[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]], np.float32)
    assert placement.boxes_back(found)[0] == pytest.approx([200, 120, 240, 180], abs=1)


def test_boxes_are_cut_at_the_borders_of_the_picture():
    _, placement = letterbox(np.zeros((90, 160, 3), np.uint8), 640)
    assert placement.boxes_back(np.array([[-50, -50, 900, 900]], np.float32)).tolist() == [[0, 0, 160, 90]]


def test_a_view_of_a_picture_will_do():
    picture = np.arange(40 * 60 * 3, dtype=np.uint8).reshape(40, 60, 3)
    mirrored, copied = letterbox(picture[:, ::-1], 160)[0], letterbox(picture[:, ::-1].copy(), 160)[0]
    assert np.array_equal(mirrored, copied)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(ValueError, match=r"expected \(H, W, 3\) uint8"):
        letterbox(picture, 640)


@pytest.mark.parametrize(("imgsz", "near"), [(650, 640), (100, 160), (5000, 4096), (0, 160)])
def test_a_size_that_no_network_runs_at_is_refused(imgsz, near):
    with pytest.raises(ValueError, match=f"got {imgsz}; try {near}"):
        canvases(imgsz)
