"""Strips placed by keypoints."""

from __future__ import annotations

import numpy as np
import pytest

from reid.networks.alignment import equal_bounds, keypoint_bounds


def person(top: float, feet: float, confidence: float = 0.9) -> np.ndarray:
    """Keypoints of somebody upright whose head and soles are at these heights, with an adult's proportions."""
    rows = [0.08] * 5 + [0.18] * 2 + [0.33] * 2 + [0.47] * 2 + [0.47] * 2 + [0.72] * 2 + [0.962] * 2
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[:, 1] = top + np.array(rows) * (feet - top)
    keypoints[:, 2] = confidence
    return keypoints


def test_equal_bounds_touch_and_cover_everything() -> None:
    bounds = equal_bounds(6)
    assert bounds[0, 0] == 0
    assert bounds[-1, 1] == 1
    assert np.allclose(bounds[1:, 0], bounds[:-1, 1])


def test_a_person_who_fills_the_crop_gets_nearly_equal_strips() -> None:
    assert np.abs(keypoint_bounds(person(0, 300), 300, 6) - equal_bounds(6)).max() < 0.03


def test_strips_follow_a_person_who_stands_lower_in_the_crop() -> None:
    bounds = keypoint_bounds(person(100, 300), 300, 6)
    expected = 1 / 3 + equal_bounds(6) * 2 / 3
    assert np.abs(bounds - expected).max() < 0.03


def test_strips_of_legs_that_are_cut_off_are_marked_invisible() -> None:
    keypoints = person(0, 600)
    keypoints[13:, 2] = 0.1
    bounds = keypoint_bounds(keypoints, 300, 6)
    assert (bounds[:2, 1] > bounds[:2, 0]).all()
    assert not bounds[4:].any()


@pytest.mark.parametrize("which", [slice(None), [5, 6], [11, 12]])
def test_unsure_keypoints_fall_back_to_equal_strips(which: object) -> None:
    keypoints = person(50, 280)
    keypoints[which, 2] = 0.3  # type: ignore[index]
    assert np.array_equal(keypoint_bounds(keypoints, 300, 6), equal_bounds(6))


def test_somebody_upside_down_falls_back_to_equal_strips() -> None:
    assert np.array_equal(keypoint_bounds(person(300, 20), 300, 6), equal_bounds(6))
