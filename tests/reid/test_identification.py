"""One vector for the whole person: pool, linear layer, neck, and the way from a checkpoint to vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from reid import checkpoint, registry
from reid.networks.identification import GlobalPool
from reid.networks.neck import BatchNormNeck

SMALL = {"name": "osnet", "width": 0.25}
SIZE = {"height": 64, "width": 32, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "flip": True}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.mark.parametrize("pool", ["average", "max"])
def test_the_vector_is_the_pooled_map_through_one_layer(pool: str) -> None:
    network = GlobalPool(dim=12, backbone=SMALL, pool=pool).eval()
    images = torch.randn(3, 3, 64, 32)
    with torch.no_grad():
        maps = network.backbone(images).numpy()
        weight = network.embed.weight.numpy()
        features = network.features(images)
        for b in range(3):
            pooled = [maps[b, c].max() if pool == "max" else maps[b, c].mean() for c in range(maps.shape[1])]
            assert np.allclose(features.before[b], weight @ np.array(pooled), atol=1e-5)
        assert torch.allclose(network(images), features.after, atol=1e-6)
    assert features.parts is None
    assert features.visible is None
    assert (network.strips, network.part_dim, network.dim) == (None, None, 12)


def test_the_neck_normalises_over_the_batch_in_training_and_by_the_running_values_later() -> None:
    network = GlobalPool(dim=12, backbone=SMALL).train()
    assert isinstance(network.neck, BatchNormNeck)
    features = network.features(torch.randn(8, 3, 64, 32))
    before, after = features.before.detach(), features.after.detach()
    expected = (before - before.mean(dim=0)) / (before.var(dim=0, unbiased=False) + 1e-5).sqrt()
    assert torch.allclose(after, expected, atol=1e-4)
    network.eval()
    with torch.no_grad():
        batch = network(torch.randn(1, 3, 64, 32).repeat(2, 1, 1, 1))
    assert torch.allclose(batch[0], batch[1], atol=1e-6)  # in training each would see the other


def test_the_bias_of_the_neck_does_not_learn_but_its_scale_does() -> None:
    neck = BatchNormNeck(4)
    (neck(torch.randn(6, 4)) * torch.randn(6, 4)).sum().backward()
    assert neck.weight.grad is not None
    assert neck.bias.grad is None
    assert not neck.bias.any()


def test_a_batch_of_one_cannot_be_normalised() -> None:
    with pytest.raises(ValueError, match="more than 1 value"):
        BatchNormNeck(4).train()(torch.randn(1, 4))
    assert BatchNormNeck(4).eval()(torch.randn(1, 4)).shape == (1, 4)


def test_without_a_neck_both_vectors_are_one() -> None:
    network = GlobalPool(dim=12, backbone=SMALL, neck=False)
    features = network.features(torch.randn(2, 3, 64, 32))
    assert features.after is features.before
    assert not [name for name in network.state_dict() if name.startswith("neck")]


@pytest.mark.parametrize(
    "args",
    [
        {"backbone": {"name": "mobilenet_v2", "last_stride": 1}},
        {"backbone": None, "neck": False},
        {"backbone": {"name": "resnet50"}, "pool": "max"},
        {"backbone": {"name": "vgg16", "batch_norm": True}},
        {"backbone": SMALL, "dim": 5},
    ],
    ids=str,
)
def test_training_reaches_every_part(args: dict[str, Any]) -> None:
    network = GlobalPool(**args).train()
    features = network.features(torch.randn(8, 3, 64, 32))
    (features.before.square().mean() + (features.after * torch.randn_like(features.after)).mean()).backward()
    assert not [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert features.after.shape == (8, args.get("dim", 256))


@pytest.mark.parametrize("activation", ["swish", {"name": "clipped_relu", "n": 3}], ids=str)
def test_a_checkpoint_gives_the_same_vectors_on_both_runtimes(
    activation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    args = {"dim": 12, "backbone": {**SMALL, "activation": activation}}
    network = registry.build_network("global_pool", args)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = None  # take the statistics of the one batch below
    with torch.no_grad():
        network(torch.randn(16, 3, 64, 32))
    card = {"kind": "appearance", "network": {"name": "global_pool", "args": args}, "preprocess": SIZE}
    checkpoint.write(tmp_path / "run", network.state_dict(), card, {})
    crops = [np.random.default_rng(i).integers(0, 255, (50, 30, 3), dtype=np.uint8) for i in range(3)]
    vectors = [registry.open_encoder(tmp_path / "run", runtime=r).encode(crops) for r in ("torch", "openvino")]
    assert vectors[0].shape == (3, 12)
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > 0.999


def test_wrong_settings_are_named() -> None:
    with pytest.raises(ValueError, match="pool 'sum' is unknown"):
        GlobalPool(backbone=SMALL, pool="sum")
    with pytest.raises(ValueError, match="backbone 'resnet' is unknown"):
        GlobalPool(backbone={"name": "resnet"})


@pytest.mark.slow
def test_it_learns_to_tell_a_few_people_apart() -> None:
    network = GlobalPool(dim=16, backbone=SMALL).train()
    classifier = nn.Linear(16, 4, bias=False)
    people = torch.arange(16) % 4
    colours = torch.randn(4, 3, 1, 1)
    images = colours[people] + 0.3 * torch.randn(16, 3, 64, 32)
    optimizer = torch.optim.AdamW([*network.parameters(), *classifier.parameters()], lr=3e-3)
    for _ in range(40):
        loss = nn.functional.cross_entropy(classifier(network(images)), people)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
