from __future__ import annotations

import cv2
import numpy as np
import pytest

from reid.evaluation.histogram import HistogramEncoder
from reid.types import ImageEncoder


def slow(image, bins, stripes):
    """Pixel by pixel."""
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    height = len(colours)
    vector = []
    for stripe in range(stripes):
        top, bottom = height * stripe // stripes, height * (stripe + 1) // stripes
        top = min(top, height - 1)
        counts = np.zeros(bins)
        for row in colours[top : max(bottom, top + 1)]:
            for h, s, v in row:
                counts[int(h) * bins[0] // 180, int(s) * bins[1] // 256, int(v) * bins[2] // 256] += 1
        vector.append((counts / counts.sum()).ravel())
    return np.sqrt(np.concatenate(vector) / stripes)


@pytest.mark.parametrize("size", [(128, 64), (13, 7), (6, 1), (3, 4), (1, 1)])
@pytest.mark.parametrize(("bins", "stripes"), [((8, 8, 8), 6), ((16, 4, 4), 1), ((1, 1, 1), 2), ((4, 2, 8), 8)])
def test_agrees_with_counting_pixel_by_pixel(size, bins, stripes):
    rng = np.random.default_rng(size[0])
    images = [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for _ in range(2)]
    encoder = HistogramEncoder(bins, stripes)
    found = encoder.encode(images)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [slow(image, bins, stripes) for image in images], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert encoder.dim == found.shape[1]


def test_it_is_an_image_encoder_that_says_its_settings():
    encoder = HistogramEncoder()
    assert isinstance(encoder, ImageEncoder)
    assert encoder.space != HistogramEncoder((16, 4, 4)).space != HistogramEncoder((16, 4, 4), 4).space
    assert not encoder.wants_keypoints
    assert encoder.encode([]).shape == (0, encoder.dim)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3))])
def test_what_is_no_crop_is_refused(image):
    with pytest.raises(ValueError, match="expected"):
        HistogramEncoder().encode([image])


@pytest.mark.parametrize(("bins", "stripes"), [((0, 8, 8), 6), ((8, 8, 8), 0)])
def test_impossible_settings_are_refused(bins, stripes):
    with pytest.raises(ValueError, match="at least one"):
        HistogramEncoder(bins, stripes)
