"""Strip pooling and the six-strip LSTM, against slow versions written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from reid import checkpoint, registry
from reid.networks.alignment import equal_bounds
from reid.networks.backbones import build_backbone
from reid.networks.backbones.pretrained import load_pretrained
from reid.networks.strips import StripLSTM, strip_pool

SMALL = {"name": "osnet", "width": 0.25}
SHIPPED = [0.01817, -0.03114, -0.08878, 0.03535, 0.02522, -0.00105]


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


def lstm(direction: str) -> StripLSTM:
    torch.manual_seed(1)
    return StripLSTM(strips=4, hidden=8, dim=12, direction=direction, backbone=SMALL).eval()  # type: ignore[arg-type]


def slow_lstm(network: StripLSTM, strips: np.ndarray, upwards: bool) -> np.ndarray:
    """(S, hidden) -> states (S, hidden) of one direction, step by step; i, f, g, o is torch's order of gates."""
    suffix = "_reverse" if upwards and network.lstm.bidirectional else ""
    w, u, b, c = (
        network.lstm.get_parameter(f"{kind}_l0{suffix}").detach().numpy()
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    hidden, cell = np.zeros(8), np.zeros(8)
    states = np.zeros((len(strips), 8))
    for s in reversed(range(len(strips))) if upwards else range(len(strips)):
        i, f, g, o = np.split(w @ strips[s] + b + u @ hidden + c, 4)
        cell = cell / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        hidden = np.tanh(cell) / (1 + np.exp(-o))
        states[s] = hidden
    return states


@pytest.mark.parametrize("direction", ["head_to_feet", "feet_to_head", "both"])
def test_states_equal_a_slow_lstm_in_each_direction(direction: str) -> None:
    network, strips = lstm(direction), torch.randn(2, 4, 8)
    ways = {"head_to_feet": [False], "feet_to_head": [True], "both": [False, True]}[direction]
    with torch.no_grad():
        states = network.read(strips)
    for b in range(2):
        slow = np.concatenate([slow_lstm(network, strips[b].numpy(), way) for way in ways], axis=1)
        assert np.allclose(states[b], slow, atol=1e-5)


@pytest.mark.parametrize("direction", ["head_to_feet", "feet_to_head", "both"])
def test_features_tell_parts_and_what_is_visible(direction: str) -> None:
    network, images = lstm(direction), torch.randn(2, 3, 64, 32)
    where = torch.from_numpy(equal_bounds(4)).expand(2, -1, -1).clone()
    where[1, 2] = 0
    with torch.no_grad():
        features = network.features(images, where)
        assert torch.allclose(network(images, where), features.after, atol=1e-6)
    assert network.part_dim == (16 if direction == "both" else 8)
    assert features.parts is not None
    assert features.visible is not None
    assert features.parts.shape == (2, 4, network.part_dim)
    assert features.visible.tolist() == [[1, 1, 1, 1], [1, 1, 0, 1]]
    assert not features.parts[1, 2].any()
    assert features.parts[0].abs().sum(dim=1).min() > 0
    expected = torch.nn.functional.linear(features.parts[1].sum(dim=0) / 3, network.fuse.weight)
    pooled = strip_pool(network.backbone(images), where)
    expected = expected + network.residual(pooled[1, [0, 1, 3]].mean(dim=0))
    assert torch.allclose(features.before[1], expected, atol=1e-5)


def test_without_bounds_strips_are_equal() -> None:
    network, images = small(), torch.randn(2, 3, 96, 48)
    with torch.no_grad():
        assert torch.allclose(network(images), network(images, bounds(2)), atol=1e-6)


@pytest.mark.parametrize("backbone", [None, SMALL, {"name": "mobilenet_v2", "last_stride": 2}], ids=str)
def test_other_backbones_train(backbone: dict[str, Any] | None) -> None:
    network = StripLSTM(strips=6, hidden=16, dim=24, backbone=backbone).train()
    network(torch.randn(8, 3, 64, 32), bounds(8)).square().mean().backward()
    assert not [name for name, p in network.named_parameters() if p.grad is None]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"direction": "sideways"}, "direction 'sideways' is unknown; use one of head_to_feet"),
        ({"direction": "feet_to_head", "bidirectional": True}, "leave one of them out"),
        ({"backbone": SMALL, "last_stride": 2}, "last_stride is a setting of the backbone"),
    ],
)
def test_settings_that_contradict_say_so(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StripLSTM(**args)


def test_the_weights_that_ship_open_and_give_their_backbone() -> None:
    folder = registry.default_weights("appearance")
    card = checkpoint.read_card(folder)
    network = registry.build_network(card["network"]["name"], card["network"]["args"])
    tensors = checkpoint.load_weights(folder)
    assert set(tensors) == set(network.state_dict())
    network.load_state_dict(tensors)
    backbone = build_backbone("mobilenet_v2")
    load_pretrained(backbone, folder)
    for name, tensor in backbone.state_dict().items():
        assert torch.equal(tensor, tensors[f"backbone.{name}"]), name


def test_the_weights_that_ship_give_the_vectors_they_gave() -> None:
    """Figures of the commit that shipped them; a picture made of a formula, on torch."""
    height, width = np.mgrid[0:128, 0:64]
    picture = np.stack([height * 2 % 256, width * 4 % 256, (height + width) % 256], axis=2).astype(np.uint8)
    vector = registry.open_encoder(registry.default_weights("appearance"), runtime="torch").encode([picture])[0]
    assert np.allclose(vector[:6], SHIPPED, atol=5e-4)
