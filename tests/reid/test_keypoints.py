"""Keypoints in a file, and strips that follow a picture through its augmentation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid.data.keypoints import KeypointStore, moved_bounds
from reid.data.transforms import Augmentation
from reid.networks.alignment import equal_bounds, keypoint_bounds
from reid.types import PersonSample


def sample(name: str, dataset: str = "market1501", root: str = "/somewhere") -> PersonSample:
    return PersonSample(Path(root) / "train" / name, 1, 1, dataset)


def body(height: float) -> np.ndarray:
    """(17, 3) of somebody who stands in the lower two thirds of a picture."""
    points = np.zeros((17, 3), np.float32)
    points[:, 2] = 0.9
    rows = {0: 0.42, 5: 0.5, 6: 0.5, 11: 0.68, 12: 0.68, 13: 0.8, 14: 0.8, 15: 0.95, 16: 0.95}
    for index, share in rows.items():
        points[index, 1] = share * height
    points[1:5, 1] = 0.42 * height
    return points


def test_what_is_written_is_read_wherever_the_data_lie(tmp_path: Path) -> None:
    first, second = body(100), body(50)
    store = KeypointStore.empty().with_these(
        [sample("a.jpg"), sample("b.jpg")], np.stack([first, second]), np.array([100, 50], np.float32)
    )
    store.write(tmp_path / "k.npz")
    read = KeypointStore.load(tmp_path / "k.npz")
    asked = [sample("b.jpg", root="/elsewhere"), sample("c.jpg"), sample("a.jpg"), sample("a.jpg", "cuhk01")]
    assert np.array_equal(read.of(asked), np.stack([second, np.zeros((17, 3)), first, np.zeros((17, 3))]))
    assert read.heights_of(asked).tolist() == [50, 0, 100, 0]
    assert len(list(tmp_path.iterdir())) == 1


def test_further_pictures_are_added_and_win_where_both_know_one() -> None:
    store = KeypointStore.empty().with_these(
        [sample("a.jpg"), sample("b.jpg")], np.ones((2, 17, 3), np.float32), np.array([10, 20], np.float32)
    )
    store = store.with_these(
        [sample("b.jpg"), sample("c.jpg")], np.full((2, 17, 3), 2, np.float32), np.array([30, 40], np.float32)
    )
    asked = [sample(name) for name in ("a.jpg", "b.jpg", "c.jpg")]
    assert store.heights_of(asked).tolist() == [10, 30, 40]
    assert store.of(asked)[:, 0, 0].tolist() == [1, 2, 2]
    assert len(store) == 3
    with pytest.raises(ValueError, match="expected"):
        store.with_these([sample("d.jpg")], np.ones((2, 17, 3), np.float32), np.ones(2, np.float32))


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="reidpipe keypoints"):
        KeypointStore.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(ValueError, match="holds no keypoints"):
        KeypointStore.load(tmp_path / "text.npz")
    np.savez(tmp_path / "odd.npz", names=["a"], keypoints=np.zeros((2, 17, 3)), heights=np.zeros(1))
    with pytest.raises(ValueError, match="expected 1 pictures"):
        KeypointStore.load(tmp_path / "odd.npz")


def test_bounds_are_by_keypoints_and_equal_where_nobody_was_found() -> None:
    store = KeypointStore.empty().with_these([sample("a.jpg")], body(200)[None], np.array([200], np.float32))
    bounds = store.bounds([sample("a.jpg"), sample("unknown.jpg")], 6)
    assert np.array_equal(bounds[0], keypoint_bounds(body(200), 200, 6))
    assert not np.allclose(bounds[0], equal_bounds(6))
    assert np.array_equal(bounds[1], equal_bounds(6))


def marked(rows: int, at: float) -> np.ndarray:
    """A dark picture with one bright row."""
    image = np.zeros((rows, 40, 3), np.uint8)
    image[int(at * rows)] = 255
    return image


@pytest.mark.parametrize("seed", range(30))
def test_the_vertical_map_says_where_a_row_went(seed: int) -> None:
    augmentation = Augmentation(shift=0.1, scale=0.1, brightness=0, erase=0, blur=0, cut=0.5)
    rows, row = 400, 150
    image = marked(rows, (row + 0.25) / rows)
    changed, (scale, offset) = augmentation.placed(image, 64, 128, np.random.default_rng(seed))
    weight = changed.astype(float).sum(axis=(1, 2))
    found = ((np.arange(128) + 0.5) * weight).sum() / weight.sum() if weight.any() else None
    if found is not None:  # a row may fall between two samples
        assert found / 128 == pytest.approx(scale * (row + 0.5) / rows + offset, abs=1 / 128)


def test_the_map_of_a_picture_that_is_not_changed_is_the_identity() -> None:
    still = Augmentation(shift=0, scale=0, brightness=0, erase=0, blur=0, cut=0)
    _, (scale, offset) = still.placed(marked(100, 0.5), 64, 128, np.random.default_rng(0))
    assert scale == pytest.approx(1)
    assert offset == pytest.approx(0, abs=0.01)  # OpenCV's half a pixel


def test_asking_for_the_map_changes_no_pixel() -> None:
    image = np.random.default_rng(1).integers(0, 255, (150, 70, 3)).astype(np.uint8)
    for seed in range(10):
        with_map, _ = Augmentation().placed(image, 64, 128, np.random.default_rng(seed))
        assert np.array_equal(with_map, Augmentation()(image, 64, 128, np.random.default_rng(seed)))


def test_strips_move_with_the_picture_and_vanish_with_it() -> None:
    bounds = np.array([[0.0, 0.2], [0.2, 0.5], [0.5, 0.9]], np.float32)
    assert moved_bounds(bounds, 1.0, 0.0) == pytest.approx(bounds)
    # cut to the upper half: what lay at 0.5 lies at 1
    cut = moved_bounds(bounds, 2.0, 0.0)
    assert cut == pytest.approx(np.array([[0, 0.4], [0.4, 1.0], [0, 0]]))
    # a quarter of the last strip is left: less than a third
    assert moved_bounds(bounds, 1 / 0.6, 0.0)[2].tolist() == [0, 0]
    half = moved_bounds(bounds, 1 / 0.7, 0.0)[2]
    assert half == pytest.approx([0.5 / 0.7, 1.0])
    assert moved_bounds(bounds, 1.0, -0.1)[0] == pytest.approx([0.0, 0.1])


def test_hidden_strips_stay_hidden_and_equal_ones_equal() -> None:
    hidden = np.array([[0.0, 0.0], [0.3, 0.6]], np.float32)
    assert moved_bounds(hidden, 1.0, 0.2)[0].tolist() == [0, 0]
    equal = equal_bounds(6)
    assert np.array_equal(moved_bounds(equal, 1.3, 0.1), equal)
    gone = np.array([[0.0, 0.1], [0.1, 0.2]], np.float32)
    assert np.array_equal(moved_bounds(gone, 1.0, 5.0), equal_bounds(2))
