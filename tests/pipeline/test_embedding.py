from collections.abc import Sequence

import numpy as np
import pytest

from detectors.types import Keypoints
from pipeline.embedding import Embedder
from pipeline.errors import ModelError
from pipeline.types import Floats, Image, PersonCrop, Tracklet


class Means:
    """An encoder whose vectors are told by hand: the mean colour, and where the nose is."""

    dim, space = 4, "means"

    def __init__(self, wants_keypoints: bool = False) -> None:
        self.wants_keypoints = wants_keypoints
        self.calls: list[int] = []

    def encode(self, images: Sequence[Image], keypoints: Floats | None = None) -> Floats:
        self.calls.append(len(images))
        nose = np.zeros(len(images)) if keypoints is None else keypoints[:, 0, 0]
        raw = np.array([[*image.reshape(-1, 3).mean(0), x] for image, x in zip(images, nose, strict=True)])
        return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


class Noses:
    def estimate(self, crops: Sequence[Image]) -> Keypoints:
        xy = np.zeros((len(crops), 17, 2), np.float32)
        xy[:, 0, 0] = [crop.shape[1] for crop in crops]
        return Keypoints(xy, np.full((len(crops), 17), 0.5, np.float32))


def tracklet(*colours: tuple[int, int, int]) -> Tracklet:
    box = np.float32([0, 0, 8, 16])
    crops = tuple(PersonCrop(np.full((16, 8, 3), colour, np.uint8), 0, 0.0, box, 0.9, 0.5) for colour in colours)
    return Tracklet(3, np.zeros(1), box[None], np.float32([0.9]), crops, crops[0].image)


def test_the_vector_is_the_normalised_mean() -> None:
    encoder = Means()
    done = Embedder({"appearance": encoder}).embed(tracklet((100, 0, 0), (0, 50, 0)))
    np.testing.assert_allclose(done.vectors["appearance"], [np.sqrt(0.5), np.sqrt(0.5), 0, 0], rtol=1e-6)
    assert done.vectors["appearance"].dtype == np.float32
    assert encoder.calls == [2]
    assert done.number == 3


def test_each_kind_has_its_own_and_keypoints_go_to_who_wants_them() -> None:
    plain, posed = Means(), Means(wants_keypoints=True)
    done = Embedder({"language": plain, "appearance": posed}, Noses()).embed(tracklet((6, 0, 0)))
    np.testing.assert_allclose(done.vectors["language"], [1, 0, 0, 0])
    np.testing.assert_allclose(done.vectors["appearance"], [0.6, 0, 0, 0.8], rtol=1e-6)


def test_without_a_pose_estimator_there_are_no_keypoints() -> None:
    done = Embedder({"appearance": Means(wants_keypoints=True)}).embed(tracklet((6, 0, 0)))
    np.testing.assert_allclose(done.vectors["appearance"], [1, 0, 0, 0])


class Fixed(Means):
    def __init__(self, vectors: list[list[float]]) -> None:
        super().__init__()
        self.vectors = np.float32(vectors)

    def encode(self, images: Sequence[Image], keypoints: Floats | None = None) -> Floats:
        return self.vectors


def test_crops_that_cancel_out_leave_the_best_one() -> None:
    done = Embedder({"a": Fixed([[0, 1], [0, -1]])}).embed(tracklet((1, 1, 1), (2, 2, 2)))
    np.testing.assert_array_equal(done.vectors["a"], [0, 1])


def test_what_is_no_number_never_reaches_the_gallery() -> None:
    with pytest.raises(ModelError, match=r"appearance encoder .* not finite"):
        Embedder({"appearance": Fixed([[float("nan"), 0]])}).embed(tracklet((1, 1, 1)))
