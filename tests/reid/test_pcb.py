"""Independent strips, against a slow version written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reid import checkpoint, registry
from reid.networks.alignment import equal_bounds
from reid.networks.pcb import IndependentStrips

SMALL = {"name": "osnet", "width": 0.25}
SIZE = {"height": 96, "width": 48, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "flip": True}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)


def bounds(batch: int, strips: int) -> torch.Tensor:
    return torch.from_numpy(equal_bounds(strips)).expand(batch, -1, -1).clone()


def build(join: str, strips: int = 6, **args: Any) -> IndependentStrips:
    dim = strips * 8 if join == "concatenation" else 20
    return IndependentStrips(strips=strips, hidden=8, dim=dim, join=join, backbone=SMALL, **args).eval()


def slow_parts(network: IndependentStrips, maps: np.ndarray, hidden: set[tuple[int, int]]) -> np.ndarray:
    """(B, S, E): rows of the map are averaged strip by strip (the map has a multiple of S rows)."""
    batch, strips, rows = maps.shape[0], len(network.reduce), maps.shape[2] // len(network.reduce)
    parts = np.zeros((batch, strips, 8))
    for b in range(batch):
        for s in range(strips):
            if (b, s) in hidden:
                continue
            pooled = maps[b, :, s * rows : (s + 1) * rows].mean(axis=(1, 2))
            linear, norm = network.reduce[s][0], network.reduce[s][1]
            x = linear.weight.detach().numpy() @ pooled + linear.bias.detach().numpy()
            x = (x - x.mean()) / np.sqrt(x.var() + 1e-5) * norm.weight.detach().numpy() + norm.bias.detach().numpy()
            parts[b, s] = np.maximum(x, 0)
    return parts


@pytest.mark.parametrize("join", ["concatenation", "projection"])
@pytest.mark.parametrize(("strips", "height"), [(1, 32), (2, 64), (6, 96), (3, 96)])
@pytest.mark.parametrize("occluded", [False, True])
def test_vectors_and_parts_equal_the_slow_version(join: str, strips: int, height: int, occluded: bool) -> None:
    network, images, where = build(join, strips), torch.randn(3, 3, height, 32), bounds(3, strips)
    hidden = {(1, strips - 1), (2, 0)} if occluded else set()
    for b, s in hidden:
        where[b, s] = 0
    with torch.no_grad():
        features = network.features(images, where)
        maps = network.backbone(images).numpy()
    parts = slow_parts(network, maps, hidden)
    assert features.parts is not None
    assert features.visible is not None
    assert np.allclose(features.parts, parts, atol=1e-4)
    for b in range(3):
        assert features.visible[b].tolist() == [float((b, s) not in hidden) for s in range(strips)]
        vector = parts[b].reshape(-1)
        if network.project is not None:
            seen = strips - sum((b, s) in hidden for s in range(strips))
            vector = network.project.weight.detach().numpy() @ vector * strips / max(seen, 1)
        assert np.allclose(features.before[b], vector, atol=1e-4)
    assert torch.equal(features.before, features.after)


def test_strips_are_reduced_each_by_its_own_layer() -> None:
    network = build("concatenation")
    one = torch.randn(1, network.backbone.channels)
    vectors = [reduce(one) for reduce in network.reduce]
    assert all(not torch.allclose(vectors[0], other) for other in vectors[1:])


def test_a_strip_knows_nothing_of_the_others() -> None:
    network, features = build("concatenation"), torch.randn(1, 128, 6, 3)
    network.backbone.stages = torch.nn.Sequential(torch.nn.Identity())
    changed = features.clone()
    changed[:, :, 3] += torch.randn(1, 128, 3)
    with torch.no_grad():
        a, b = network(features).unflatten(1, (6, 8)), network(changed).unflatten(1, (6, 8))
    same = [torch.equal(a[0, s], b[0, s]) for s in range(6)]
    assert same == [True, True, True, False, True, True]


def test_bounds_move_the_strips_and_none_means_equal_ones() -> None:
    network, images = build("projection"), torch.randn(2, 3, 96, 48)
    with torch.no_grad():
        assert torch.allclose(network(images), network(images, bounds(2, 6)), atol=1e-6)
        assert not torch.allclose(network(images), network(images, bounds(2, 6) * 0.8), atol=1e-3)


def test_nothing_visible_is_a_vector_of_zeros_and_no_nan() -> None:
    for join in ("concatenation", "projection"):
        assert not build(join)(torch.randn(2, 3, 64, 32), torch.zeros(2, 6, 2)).any()


@pytest.mark.parametrize(("join", "neck"), [("concatenation", False), ("projection", False), ("projection", True)])
def test_training_reaches_every_part(join: str, neck: bool) -> None:
    network = build(join, neck=neck).train()
    where = bounds(8, 6)
    where[0, 5] = 0
    features = network.features(torch.randn(8, 3, 64, 32), where)
    assert features.parts is not None
    target = torch.randn_like(features.after)
    (features.before.square().mean() + (features.after * target).mean() + features.parts.mean()).backward()
    assert not [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert (features.after is features.before) is not neck


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"join": "sum"}, "join 'sum' is unknown; use one of concatenation, projection"),
        ({"join": "concatenation", "dim": 256, "hidden": 64}, "6 strips of 64 make 384; set dim to that"),
        ({"join": "concatenation", "dim": 384, "hidden": 64, "neck": True}, "a concatenation has no neck"),
    ],
)
def test_settings_that_do_not_fit_say_so(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IndependentStrips(backbone=SMALL, **args)


def test_what_a_task_asks_of_it() -> None:
    network = IndependentStrips(strips=4, hidden=16, dim=10, backbone=SMALL)
    assert (network.strips, network.part_dim, network.dim) == (4, 16, 10)
    assert "equal" not in network.state_dict()


@pytest.mark.parametrize("named", [True, False])
def test_a_checkpoint_opens_and_both_runtimes_agree(
    named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not the card names the number of strips, by which the encoder knows that it may place them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    args = {"hidden": 8, "dim": 48, "join": "concatenation", "backbone": SMALL} | ({"strips": 6} if named else {})
    network = registry.build_network("independent_strips", args)
    card = {"kind": "appearance", "network": {"name": "independent_strips", "args": args}, "preprocess": SIZE}
    checkpoint.write(tmp_path / "run", network.state_dict(), card, {})
    crops = [np.random.default_rng(i).integers(0, 255, (90, 30, 3), dtype=np.uint8) for i in range(3)]
    vectors = [registry.open_encoder(tmp_path / "run", runtime=r).encode(crops) for r in ("torch", "openvino")]
    assert vectors[0].shape == (3, 48)
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > 0.999
