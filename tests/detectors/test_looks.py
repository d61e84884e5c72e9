"""Colours of clothes, and a tracker that does not hand one person's number to another."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.looks import BINS, colours, similarity
from detectors.tracking import TrackerSettings, open_bytetrack
from detectors.types import Detections

RED, BLUE, BLACK, WHITE = (200, 30, 30), (30, 60, 190), (25, 25, 25), (235, 235, 235)


def scene(*people: tuple[tuple[float, float, float, float], tuple[int, int, int], tuple[int, int, int]]) -> np.ndarray:
    """A grey street with people in an upper and a lower colour."""
    image = np.full((240, 320, 3), 120, np.uint8)
    for (x1, y1, x2, y2), upper, lower in people:
        middle = (y1 + y2) / 2
        image[int(y1) : int(middle), int(x1) : int(x2)] = upper
        image[int(middle) : int(y2), int(x1) : int(x2)] = lower
    noise = np.random.default_rng(0).integers(-6, 7, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def test_the_same_clothes_are_alike_and_others_are_not() -> None:
    a, b, c = (20, 40, 60, 160), (200, 100, 230, 200), (100, 30, 140, 150)
    looks = colours(scene((a, RED, BLACK), (b, RED, BLACK), (c, BLUE, WHITE)), boxes(a, b, c))
    alike = similarity(looks, looks)
    assert np.allclose(np.diag(alike), 1, atol=1e-5)
    assert alike[0, 1] > 0.8
    assert alike[0, 2] < 0.1


def test_half_of_the_clothes_count_half() -> None:
    a, b = (20, 40, 60, 160), (200, 40, 240, 160)
    looks = colours(scene((a, RED, BLACK), (b, RED, WHITE)), boxes(a, b))
    assert similarity(looks[:1], looks[1:])[0, 0] == pytest.approx(0.5, abs=0.1)


def test_a_histogram_has_norm_1_and_a_box_outside_none() -> None:
    looks = colours(scene(), boxes((10, 10, 50, 120), (-90, -90, -10, -10), (319, 239, 320, 240)))
    assert looks.shape == (3, 2, BINS)
    assert np.allclose((looks[0] ** 2).sum(axis=1), 1, atol=1e-5)
    assert not looks[1].any()
    assert np.isfinite(looks).all()


@pytest.mark.parametrize(("alike", "numbers"), [(0.4, 2), (0.0, 1)])
def test_somebody_in_other_colours_who_takes_the_place_is_somebody_else(alike: float, numbers: int) -> None:
    tracker = open_bytetrack(fps=5, settings=TrackerSettings(alike=alike))
    first, second = (100, 60, 140, 180), (108, 62, 148, 182)
    seen: set[int] = set()
    for place, upper, lower in [(first, RED, BLACK)] * 4 + [(second, BLUE, WHITE)] * 4:
        found = Detections(boxes(place), np.array([0.9], np.float32))
        seen.update(tracker.update(found, scene((place, upper, lower))).track_id.tolist())
    assert len(seen) == numbers
