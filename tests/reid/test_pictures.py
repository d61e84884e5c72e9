"""Pictures: read, kept decoded, augmented, and recognised under another name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from reid.data.near_duplicates import resembling
from reid.data.pictures import decoded, read_rgb
from reid.data.transforms import Augmentation
from reid.types import PersonSample


def picture(path: Path, seed: int, size: tuple[int, int] = (80, 40)) -> PersonSample:
    """A smooth random picture, as photographs are."""
    noise = np.random.default_rng(seed).integers(0, 255, (8, 4, 3), dtype=np.uint8)
    cv2.imwrite(str(path), cv2.resize(noise, size[::-1], interpolation=cv2.INTER_CUBIC))
    return PersonSample(path, seed, 1, "own")


def test_pictures_are_read_as_rgb(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "red.png"), np.full((3, 2, 3), (0, 0, 255), np.uint8))
    assert (read_rgb(tmp_path / "red.png") == (255, 0, 0)).all()
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    for name in ("text.jpg", "empty.jpg"):
        with pytest.raises(ValueError, match=name):
            read_rgb(tmp_path / name)


def test_decoded_pictures_are_written_once_and_follow_the_list(tmp_path: Path) -> None:
    samples = [picture(tmp_path / f"{i}.png", i) for i in range(3)]
    first = decoded(samples, 20, 10, tmp_path / "cache")
    assert first.shape == (3, 20, 10, 3)
    expected = cv2.resize(read_rgb(samples[2].path), (10, 20), interpolation=cv2.INTER_AREA)
    assert np.array_equal(first[2], expected)
    samples[0].path.unlink()
    assert np.array_equal(decoded(samples, 20, 10, tmp_path / "cache"), first)
    assert np.array_equal(decoded(samples[1:], 20, 10, tmp_path / "cache"), first[1:])


def test_an_augmentation_without_changes_only_resizes_or_mirrors() -> None:
    nothing = Augmentation(shift=0, scale=0, brightness=0, erase=0, blur=0, cut=0)
    image = np.random.default_rng(0).integers(0, 255, (8, 6, 3), dtype=np.uint8)
    seen = {nothing(image, 6, 8, np.random.default_rng(seed)).tobytes() for seed in range(20)}
    assert seen == {image.tobytes(), np.ascontiguousarray(image[:, ::-1]).tobytes()}


def test_augmentation_keeps_the_size_and_depends_on_the_generator_alone() -> None:
    strong = Augmentation(erase=1, blur=1, cut=1)
    image = np.random.default_rng(0).integers(0, 255, (90, 40, 3), dtype=np.uint8)
    views = [strong(image, 48, 96, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert views[0].shape == (96, 48, 3)
    assert np.array_equal(views[0], views[1])
    assert not np.array_equal(views[0], views[2])


def test_the_same_picture_in_another_size_and_format_is_recognised(tmp_path: Path) -> None:
    originals = [picture(tmp_path / f"{i}.png", i) for i in range(4)]
    copies = []
    for i in (2, 0):
        small = cv2.resize(cv2.imread(str(originals[i].path)), (30, 61))
        cv2.imwrite(str(tmp_path / f"copy{i}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 70])
        copies.append(PersonSample(tmp_path / f"copy{i}.jpg", -1, -1, "other"))
    stranger = picture(tmp_path / "stranger.png", 99)
    assert resembling([*copies, stranger], originals).tolist() == [True, True, False]
    assert resembling([], originals).tolist() == []
    assert resembling(copies, []).tolist() == [False, False]
