"""Searches by degraded queries: only the queries change, and by the degradation that the row is named after."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from reid.data.degradation import DEGRADATIONS, degraded
from reid.evaluation.measure import encode_trial, figures_of
from reid.evaluation.protocols import Trial
from reid.evaluation.robustness import NOTICE, measure_robustness
from reid.types import PersonSample

PEOPLE = 6


class Lower:
    """Knows people by the colour of the lower half alone; remembers what it saw."""

    dim, space, wants_keypoints = 3, "lower", False

    def __init__(self):
        self.seen = []

    def encode(self, images, keypoints=None):
        self.seen += [image.copy() for image in images]
        rows = np.stack([image[image.shape[0] // 2 :].mean(axis=(0, 1)) - 127.5 for image in images])
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


@pytest.fixture
def trial(tmp_path):
    """People in clear colours, each once before either camera."""
    sides = ([], [])
    for person in range(PEOPLE):
        image = np.full((60, 30, 3), 128, np.uint8)
        image[30:] = [255 * ((person + 1) >> bit & 1) for bit in range(3)]
        for camera, samples in enumerate(sides):
            path = tmp_path / f"{person}-{camera}.png"
            cv2.imwrite(str(path), image[..., ::-1])
            samples.append(PersonSample(path, person + 1, camera, "drawn"))
    return Trial("drawn", *map(tuple, sides))


def test_only_the_queries_are_degraded_and_each_row_is_what_its_name_says(trial):
    encoder, steps = Lower(), []
    encoded = encode_trial(encoder, trial)
    originals, encoder.seen = encoder.seen[:PEOPLE], []
    found = measure_robustness(encoder, trial, encoded, batch=4, on_step=steps.append, seed=5)
    assert [figures.variant for figures in found] == list(DEGRADATIONS)
    assert len(encoder.seen) == sum(steps) == PEOPLE * len(DEGRADATIONS)  # the gallery was not encoded again
    wanted = [degraded(image, name, n, seed=5) for name in DEGRADATIONS for n, image in enumerate(originals)]
    assert all(np.array_equal(seen, want) for seen, want in zip(encoder.seen, wanted, strict=True))
    assert all(figures.queries == figures.gallery == PEOPLE for figures in found)
    assert all(figures.notices == (NOTICE,) and figures.curves is None for figures in found)


def test_what_hides_what_an_encoder_looks_at_costs_rank_one_and_what_does_not_is_free(trial):
    encoder = Lower()
    encoded = encode_trial(encoder, trial)
    clean = figures_of(trial, encoded).measures["rank-1"].value
    found = {f.variant: f.measures["rank-1"].value for f in measure_robustness(encoder, trial, encoded)}
    assert clean == found["feet cut"] == found["side cut"] == found["24 px wide"] == 1
    assert found["legs covered"] < 1


def test_it_is_the_same_every_time_and_in_any_batches(trial):
    encoded = encode_trial(Lower(), trial)
    first = measure_robustness(Lower(), trial, encoded, batch=64)
    assert measure_robustness(Lower(), trial, encoded, batch=1) == first
    several = [measure_robustness(Lower(), trial, encoded, seed=seed) for seed in range(1, 5)]
    assert any(one != first for one in several)
