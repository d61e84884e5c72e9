import cv2
import numpy as np
import pytest

from reid.data.near_duplicates import resembling, signatures
from reid.types import PersonSample


@pytest.fixture
def shots(tmp_path):
    """Three pictures, and other versions of the first: smaller, compressed, brighter."""
    random = np.random.default_rng(0)
    images = [cv2.resize(random.integers(0, 255, (16, 8, 3), np.uint8), (60, 160)) for _ in range(3)]
    first = images[0]
    versions = {"small.png": cv2.resize(first, (40, 100)), "packed.jpg": first, "bright.png": cv2.add(first, 20)}

    def save(name, image):
        assert cv2.imwrite(str(tmp_path / name), image, [cv2.IMWRITE_JPEG_QUALITY, 40] if name.endswith("jpg") else [])
        return PersonSample(tmp_path / name, 1, 1)

    originals = [save(f"{number}.png", image) for number, image in enumerate(images)]
    return originals, [save(name, image) for name, image in versions.items()]


def test_other_versions_of_a_picture_are_found_and_other_pictures_are_not(shots):
    originals, versions = shots
    assert resembling(versions, originals[:1]).tolist() == [True, True, True]
    assert resembling(originals, versions).tolist() == [True, False, False]
    assert resembling(originals, originals[1:]).tolist() == [False, True, True]


def test_nothing_resembles_nothing(shots):
    originals, _ = shots
    assert resembling(originals, []).tolist() == [False, False, False]
    assert resembling([], originals).shape == (0,)


def test_a_signature_is_a_correlation(shots):
    originals, versions = shots
    rows = signatures(originals + versions)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[5] > 0.99
    assert abs(rows[0] @ rows[1]) < 0.5
