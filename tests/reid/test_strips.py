"""Strip pooling and the six-strip LSTM, against slow versions written by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reid.networks.alignment import equal_bounds
from reid.networks.strips import StripLSTM, strip_pool


def slow_strip_pool(features: torch.Tensor, bounds: torch.Tensor) -> torch.Tensor:
    """Every row of the map is cut into 1,000 slices; a slice counts if its middle lies in the band."""
    batch, channels, height, _ = features.shape
    rows = features.mean(dim=3)
    out = torch.zeros(batch, bounds.shape[1], channels)
    for b in range(batch):
        for s in range(bounds.shape[1]):
            top, bottom = (float(v) * height for v in bounds[b, s])
            total, weight = torch.zeros(channels), 0
            for i in range(height * 1000):
                if top <= (i + 0.5) / 1000 < bottom:
                    total, weight = total + rows[b, :, i // 1000], weight + 1
            if weight:
                out[b, s] = total / weight
    return out


@pytest.mark.parametrize("height", [1, 4, 6])
def test_strip_pool_equals_the_slow_version(height: int) -> None:
    torch.manual_seed(height)
    features = torch.randn(2, 3, height, 2)
    bounds = torch.tensor([[[0.0, 0.3], [0.3, 0.31], [0.5, 1.0]], [[0.0, 0.0], [0.9, 1.0], [0.0, 1.0]]])
    assert torch.allclose(strip_pool(features, bounds), slow_strip_pool(features, bounds), atol=2e-2)


def test_an_invisible_strip_pools_to_zeros() -> None:
    assert not strip_pool(torch.ones(1, 2, 6, 3), torch.zeros(1, 6, 2)).any()


def small() -> StripLSTM:
    torch.manual_seed(0)
    return StripLSTM(strips=6, hidden=16, dim=24).eval()


def bounds(batch: int) -> torch.Tensor:
    return torch.from_numpy(equal_bounds(6)).expand(batch, -1, -1).clone()


def test_the_vector_has_the_length_asked_for() -> None:
    assert small()(torch.randn(3, 3, 96, 48), bounds(3)).shape == (3, 24)


def test_the_lstm_reads_the_strips_in_order() -> None:
    network = small()
    pooled = torch.randn(1, 6, network.backbone.channels)
    states = network.lstm(network.reduce(pooled))[0]
    swapped = network.lstm(network.reduce(pooled.flip(1)))[0]
    assert not torch.allclose(states.mean(dim=1), swapped.mean(dim=1), atol=1e-4)


def test_what_lies_in_an_invisible_strip_does_not_matter() -> None:
    network, images, hidden = small(), torch.randn(1, 3, 96, 48), bounds(1)
    hidden[0, 5] = 0
    changed = images.clone()
    with torch.no_grad():
        # The map of the last stage sees far, so it is the pooled strips that are compared, not the picture.
        features = network.backbone(images)
        other = features.clone()
        other[:, :, 5:] = 7.0
        rows = bounds(1) * 0 + hidden
        a, b = strip_pool(features, rows), strip_pool(other, rows)
    assert features.shape[2] == 6
    assert torch.equal(a, b)
    assert network(changed, hidden).shape == (1, 24)


def test_gradients_reach_backbone_lstm_and_residual() -> None:
    network = small().train()
    network(torch.randn(4, 3, 64, 32), bounds(4)).square().mean().backward()
    for name in ("backbone.stages.18.0.weight", "lstm.weight_ih_l0", "fuse.weight", "residual.weight"):
        gradient = network.get_parameter(name).grad
        assert gradient is not None, name
        assert np.isfinite(gradient.numpy()).all(), name


def test_bidirectional_and_other_counts_build() -> None:
    network = StripLSTM(strips=4, hidden=8, dim=12, bidirectional=True).eval()
    four = torch.from_numpy(equal_bounds(4)).expand(2, -1, -1)
    assert network(torch.randn(2, 3, 64, 32), four).shape == (2, 12)
