"""What footage does to a picture: each change does what it says, to a copy, the same way each time."""

from __future__ import annotations

import numpy as np
import pytest

from reid.data import degradation
from reid.data.degradation import DEGRADATIONS, degraded


def picture(height=96, width=48, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def ramps(height=120, width=60):
    """Red tells the column and green the row, two grey levels each."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = 2 * np.arange(width)
    image[..., 1] = 2 * np.arange(height)[:, None]
    return image


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_it_changes_a_copy_and_depends_on_seed_and_number_only(name):
    image = picture()
    before = image.copy()
    first = degraded(image, name, 3)
    assert np.array_equal(image, before)
    assert (first.dtype, first.ndim, first.shape[2]) == (np.uint8, 3, 3)
    assert not np.shares_memory(first, image)
    assert first.shape != image.shape or (first != image).any()
    for other in (1, 2):
        degraded(picture(seed=other), name, other)
    assert np.array_equal(degraded(image, name, 3), first)
    assert degraded(picture(height=2, width=2), name, 0).size


@pytest.mark.parametrize("name", ["30 % covered", "legs covered", "side cut", "box off 10 %"])
def test_chance_differs_between_pictures_and_between_seeds(name):
    image = picture()
    assert len({degraded(image, name, number).tobytes() for number in range(12)}) > 1
    assert any(
        (degraded(image, name, n, seed=0).tobytes() != degraded(image, name, n, seed=1).tobytes()) for n in range(9)
    )


def generator(seed=0):
    return np.random.default_rng(seed)


def test_low_resolution_keeps_what_is_coarse_and_loses_what_is_fine():
    fine = np.zeros((96, 48, 3), np.uint8)
    fine[:, ::2] = 200
    assert np.abs(degradation.low_resolution(fine, generator()).astype(int) - 100).max() <= 1
    coarse = ramps()
    assert np.abs(degradation.low_resolution(coarse, generator()).astype(int) - coarse).max() <= 4
    small = picture(height=40, width=24)
    assert np.array_equal(degradation.low_resolution(small, generator()), small)


def test_blur_grows_with_the_picture():
    for width in (40, 80):
        edge = np.zeros((64, width, 3), np.uint8)
        edge[:, width // 2 :] = 255
        row = degradation.blurred(edge, generator())[32, :, 0].astype(int)
        # a step that was blurred with sigma rises from 16 % to 84 % within two sigma
        assert np.sum((row > 0.16 * 255) & (row < 0.84 * 255)) == pytest.approx(2 * 0.05 * width, abs=1)


def test_jpeg_keeps_colours_in_their_channels_and_makes_blocks():
    red = np.zeros((32, 16, 3), np.uint8)
    red[:] = (200, 30, 40)
    assert np.abs(degradation.compressed(red, generator()).astype(int) - red).max() < 12
    spoilt = degradation.compressed(picture(), generator()).astype(int)
    assert np.abs(spoilt - picture()).mean() > 20


def test_the_box_covers_its_share_in_one_colour():
    places = set()
    for seed in range(40):
        image = picture(160, 80)
        changed = degradation.box_covered(image, generator(seed))
        differs = (changed != image).any(axis=2)
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        box = changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert (box == box[0, 0]).all()
        assert box[..., 0].size / differs.size == pytest.approx(0.3, abs=0.01)
        assert 0.48 <= box.shape[0] / 160 / (box.shape[1] / 80) <= 2.05
        places.add((rows[0] > 50, columns[0] > 25))
    assert len(places) == 4  # upper and lower, left and right


def test_the_lower_third_is_covered_and_nothing_else():
    image = picture(90, 40)
    changed = degradation.legs_covered(image, generator())
    assert np.array_equal(changed[:60], image[:60])
    assert (changed[60:] == changed[60, 0]).all()


def test_a_side_is_cut_off():
    image = ramps(90, 60)
    first_columns = {degradation.side_cut(image, generator(seed))[0, 0, 0] // 2 for seed in range(20)}
    assert first_columns == {0, 20}
    assert all(degradation.side_cut(image, generator(seed)).shape == (90, 40, 3) for seed in range(20))


def test_the_feet_are_cut_off():
    image = picture(100, 40)
    assert np.array_equal(degradation.feet_cut(image, generator()), image[:80])


def test_the_box_is_off_by_a_tenth_in_size_and_place():
    image = ramps(120, 60)
    found = set()
    for seed in range(60):
        changed = degradation.box_off(image, generator(seed)).astype(float)
        assert changed.shape == image.shape
        inner = changed[20:100, 15:45] / 2  # away from the repeated border
        size = (inner[:, -1, 0] - inner[:, 0, 0]).mean() / 29
        middle = (changed[59:61, 29:31].mean(axis=(0, 1)) / 2 - (29.5, 59.5, 0))[:2] / (60, 120)
        found.add((round(size, 1), *np.round(middle, 2)))
    assert found == {(size, x, y) for size in (0.9, 1.1) for x in (-0.1, 0.1) for y in (-0.1, 0.1)}


def test_dark_keeps_black_and_white_and_their_order():
    grey = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    dark = degradation.darkened(grey, generator())[0, :, 0].astype(int)
    assert (dark[0], dark[255]) == (0, 255)
    assert dark[128] == round(255 * (128 / 255) ** 2.5) == 46
    assert (np.diff(dark) >= 0).all()
