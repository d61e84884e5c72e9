"""Backbones: published sizes, published weights, stages, and OSNet against a version written by hand."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.vgg import cfgs, make_layers

from reid import checkpoint
from reid.checkpoint import CheckpointError
from reid.networks.backbones import BACKBONES, OSNet, backbone_of, build_backbone
from reid.networks.backbones.pretrained import load_pretrained
from reid.networks.backbones.staged import StagedBackbone
from reid.registry import build_network
from reid.training.stem import FrozenStem

SETTINGS: list[dict[str, Any]] = [
    {"name": "mobilenet_v2"},
    {"name": "mobilenet_v2", "width": 0.5, "activation": "swish"},
    {"name": "osnet", "width": 0.25},
    {"name": "osnet", "width": 1.0, "activation": "tanh"},
    {"name": "resnet50"},
    {"name": "vgg16"},
    {"name": "vgg16", "batch_norm": True, "pool": "average", "activation": {"name": "clipped_relu", "n": 4}},
]
CONFIGS = sorted((Path(__file__).parents[2] / "configs" / "image").glob("backbone_*.yaml")) + sorted(
    (Path(__file__).parents[2] / "configs" / "image").glob("activation_*.yaml")
)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def differ(module: nn.Module) -> dict[str, Tensor]:
    """A state of the same names in which even normalisation is told apart from its start."""
    generator = torch.Generator().manual_seed(1)
    return {
        name: torch.rand(t.shape, generator=generator) * 0.1 + 0.5 if t.dim() == 1 else t
        for name, t in module.state_dict().items()
    }


@pytest.mark.parametrize(
    ("setting", "millions"),
    [
        # torchvision's tables of weights, less the classifier
        ({"name": "resnet50"}, 25.557032 - 2.049),
        ({"name": "vgg16"}, 138.357544 - 123.642856),
        ({"name": "vgg16", "batch_norm": True}, 138.365992 - 123.642856),
        ({"name": "mobilenet_v2"}, 3.504872 - 1.281),
    ],
)
def test_torchvision_backbones_have_the_published_size(setting: dict[str, Any], millions: float) -> None:
    assert parameters(backbone_of(setting)) == round(millions * 1e6)


def _with_the_authors_layer(backbone: StagedBackbone) -> int:
    """Parameters with the layer of 512 after the pool, and its normalisation."""
    return parameters(backbone) + backbone.channels * 512 + 512 + 2 * 512


@pytest.mark.parametrize(("width", "millions"), [(0.25, 0.2), (0.5, 0.6), (0.75, 1.3), (1.0, 2.2)])
def test_osnet_has_the_published_size(width: float, millions: float) -> None:
    assert round(_with_the_authors_layer(OSNet(width)) / 1e6, 1) == millions


def test_osnet_has_the_size_that_its_authors_program_prints() -> None:
    backbone = OSNet(1.0)
    gates = sum(parameters(m) for name, m in backbone.named_modules() if name.endswith(".gate"))
    # Their counter adds up a layer as often as it runs: the shared gate runs once for each of four streams.
    assert _with_the_authors_layer(backbone) + 3 * gates == 2_193_616


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_map_has_a_sixteenth_of_the_picture_and_learns(setting: dict[str, Any]) -> None:
    backbone = backbone_of(setting).train()
    features = backbone(torch.randn(2, 3, 96, 48))
    assert features.shape == (2, backbone.channels, 6, 3)
    features.square().mean().backward()
    for name, parameter in backbone.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50", "vgg16"])
def test_the_last_stride_halves_the_map(name: str) -> None:
    backbone = build_backbone(name, last_stride=2).eval()
    with torch.no_grad():
        assert backbone(torch.randn(1, 3, 64, 32)).shape[2:] == (2, 1)


def _torchvision(name: str) -> nn.Module:
    if name.startswith("vgg"):  # without its classifier of 124 million numbers
        layers = make_layers(cfgs["D"], batch_norm=name == "vgg16_bn")
        network: nn.Module = nn.ModuleDict({"features": layers, "classifier": nn.Linear(2, 2)})
    else:
        network = getattr(torchvision.models, name)(weights=None)
    network.load_state_dict(differ(network))
    return network.eval()


def _features(network: nn.Module, images: Tensor) -> Tensor:
    if not hasattr(network, "layer1"):
        return network.get_submodule("features")(images)
    x = network.maxpool(network.relu(network.bn1(network.conv1(images))))
    return network.layer4(network.layer3(network.layer2(network.layer1(x))))


@pytest.mark.parametrize(
    ("name", "published", "args"),
    [
        ("mobilenet_v2", "mobilenet_v2", {}),
        ("resnet50", "resnet50", {}),
        ("vgg16", "vgg16", {}),
        ("vgg16", "vgg16_bn", {"batch_norm": True}),
    ],
)
def test_torchvisions_weights_load_and_give_its_features(
    name: str, published: str, args: dict[str, Any], tmp_path: Path
) -> None:
    network = _torchvision(published)
    state = network.state_dict()
    # as parallel training leaves them, and as files from before 2018 are
    old = {f"module.{k}": v for k, v in state.items() if "num_batches" not in k}
    torch.save({"state_dict": old, "epoch": 3}, tmp_path / "weights.pth")
    backbone = build_backbone(name, last_stride=2, **args).eval()
    load_pretrained(backbone, tmp_path / "weights.pth")
    images = torch.randn(2, 3, 64, 32)
    with torch.no_grad():
        assert torch.allclose(backbone(images), _features(network, images), rtol=1e-4, atol=1e-5)


def names_of_the_authors() -> set[str]:
    """The layers of OSNet's published weights, without the batch counters and what comes after the map."""
    norm = ("weight", "bias", "running_mean", "running_var")

    def convolution(prefix: str) -> set[str]:
        return {f"{prefix}.conv.weight", *(f"{prefix}.bn.{n}" for n in norm)}

    names = convolution("conv1") | convolution("conv5")
    for row in ("conv2", "conv3", "conv4"):
        for number in (0, 1):
            block = f"{row}.{number}"
            names |= convolution(f"{block}.conv1") | convolution(f"{block}.conv3")
            for depth, stream in enumerate("abcd", 1):
                for layer in [""] if depth == 1 else [f".{i}" for i in range(depth)]:
                    prefix = f"{block}.conv2{stream}{layer}"
                    names |= {f"{prefix}.conv1.weight", f"{prefix}.conv2.weight"}
                    names |= {f"{prefix}.bn.{n}" for n in norm}
            names |= {f"{block}.gate.{layer}.{n}" for layer in ("fc1", "fc2") for n in ("weight", "bias")}
        names |= convolution(f"{row}.0.downsample")
        if row != "conv4":
            names |= convolution(f"{row}.2.0")
    return names


def slow_osnet(state: dict[str, Tensor], images: Tensor) -> Tensor:
    """OSNet as its paper draws it, from a state with the authors' names and nothing but functions."""

    def norm(x: Tensor, at: str) -> Tensor:
        mean, var, weight, bias = (
            state[f"{at}.bn.{n}"][:, None, None] for n in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias

    def convolution(x: Tensor, at: str, **args: int) -> Tensor:
        return norm(functional.conv2d(x, state[f"{at}.conv.weight"], **args), at)

    def lite(x: Tensor, at: str) -> Tensor:
        x = functional.conv2d(x, state[f"{at}.conv1.weight"])
        return norm(functional.conv2d(x, state[f"{at}.conv2.weight"], padding=1, groups=x.shape[1]), at).relu()

    def gate(x: Tensor, at: str) -> Tensor:
        w1, b1, w2, b2 = (state[f"{at}.{n}"] for n in ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"))
        hidden = (x.mean(dim=(2, 3)) @ w1[:, :, 0, 0].T + b1).relu()
        return x * torch.sigmoid(hidden @ w2[:, :, 0, 0].T + b2)[:, :, None, None]

    def block(x: Tensor, at: str) -> Tensor:
        entered, total = convolution(x, f"{at}.conv1").relu(), torch.zeros(())
        for depth, stream in enumerate("abcd", 1):
            seen = entered
            for layer in [""] if depth == 1 else [f".{i}" for i in range(depth)]:
                seen = lite(seen, f"{at}.conv2{stream}{layer}")
            total = total + gate(seen, f"{at}.gate")
        kept = convolution(x, f"{at}.downsample") if f"{at}.downsample.conv.weight" in state else x
        return (convolution(total, f"{at}.conv3") + kept).relu()

    x = functional.max_pool2d(convolution(images, "conv1", stride=2, padding=3).relu(), 3, 2, 1)
    for row in ("conv2", "conv3", "conv4"):
        x = block(block(x, f"{row}.0"), f"{row}.1")
        if row != "conv4":
            x = functional.avg_pool2d(convolution(x, f"{row}.2.0").relu(), 2)
    return convolution(x, "conv5").relu()


@pytest.mark.parametrize("width", [0.25, 0.5, 0.75, 1.0])
def test_the_authors_weights_of_osnet_load_and_give_the_slow_versions_features(width: float, tmp_path: Path) -> None:
    state = {k: v for k, v in differ(OSNet(width).stages).items() if "num_batches" not in k}
    assert set(state) == names_of_the_authors()
    beyond = {"fc.0.weight": torch.zeros(512, 8), "classifier.weight": torch.zeros(3, 512)}
    torch.save({f"module.{k}": v for k, v in (state | beyond).items()}, tmp_path / "osnet.pth.tar")
    backbone = OSNet(width).eval()
    load_pretrained(backbone, tmp_path / "osnet.pth.tar")
    images = torch.randn(2, 3, 64, 32)
    with torch.no_grad():
        features = backbone(images)
        assert features.std() > 0.01
        assert torch.allclose(features, slow_osnet(state, images), rtol=1e-3, atol=1e-5)


def test_swish_takes_published_weights_and_keeps_its_betas(tmp_path: Path) -> None:
    save_file(OSNet(0.25).stages.state_dict(), tmp_path / "osnet.safetensors")
    backbone = OSNet(0.25, activation={"name": "swish", "beta": 1.5})
    load_pretrained(backbone, tmp_path / "osnet.safetensors")
    assert backbone.get_parameter("stages.conv1.relu.beta").item() == 1.5
    expected = load_file(tmp_path / "osnet.safetensors")["conv1.conv.weight"]
    assert torch.equal(backbone.get_parameter("stages.conv1.conv.weight"), expected)


def _write(folder: Path, name: str, args: dict[str, Any], prefix: str = "") -> dict[str, Tensor]:
    state = {prefix + k: v for k, v in build_network(name, args).state_dict().items()}
    card = {"kind": "appearance", "network": {"name": name, "args": args}, "preprocess": {}}
    checkpoint.write(folder, state, card, {})
    return state


@pytest.mark.parametrize("prefix", ["", "image."])
def test_a_checkpoint_of_ours_gives_its_backbone(prefix: str, tmp_path: Path) -> None:
    small = {"name": "osnet", "width": 0.25}
    state = _write(tmp_path / "run", "global_pool", {"dim": 8, "backbone": small}, prefix)
    backbone = backbone_of(small)
    load_pretrained(backbone, tmp_path / "run")
    for name, tensor in backbone.state_dict().items():
        expected = state[f"{prefix}backbone.{name}"]
        assert torch.equal(tensor, expected.half().float() if expected.is_floating_point() else expected), name


def test_fewer_stages_take_what_they_need(tmp_path: Path) -> None:
    whole, most = build_backbone("mobilenet_v2"), build_backbone("mobilenet_v2", blocks=18)
    torch.save({f"features.{k}": v for k, v in whole.stages.state_dict().items()}, tmp_path / "w.pth")
    load_pretrained(most, tmp_path / "w.pth")
    assert torch.equal(most.stages[17].conv[2].weight, whole.stages[17].conv[2].weight)


def test_what_cannot_be_loaded_says_what_where_and_what_to_do(tmp_path: Path) -> None:
    backbone = OSNet(0.25)

    def told(path: Path) -> str:
        with pytest.raises(ValueError) as caught:
            load_pretrained(backbone, path)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)
        return str(caught.value)

    before = copy.deepcopy(backbone.state_dict())
    assert "does not exist; give a weights file" in told(tmp_path / "nothing.pth")
    (tmp_path / "junk.pth").write_bytes(b"no weights at all")
    assert "cannot be read as weights" in told(tmp_path / "junk.pth")
    (tmp_path / "empty.pth").write_bytes(b"")
    assert "cannot be read as weights" in told(tmp_path / "empty.pth")
    (tmp_path / "junk.safetensors").write_bytes(b"no weights at all")
    assert "cannot be read as weights" in told(tmp_path / "junk.safetensors")
    torch.save(torch.zeros(3), tmp_path / "tensor.pth")
    assert "holds a Tensor instead of weights" in told(tmp_path / "tensor.pth")
    torch.save(nn.Linear(2, 2), tmp_path / "network.pth")
    assert "cannot be read as weights" in told(tmp_path / "network.pth")
    torch.save({"epoch": 3}, tmp_path / "bare.pth")
    assert "holds no weights by name" in told(tmp_path / "bare.pth")
    torch.save(build_backbone("mobilenet_v2").stages.state_dict(), tmp_path / "other.pth")
    assert "does not hold the backbone that is asked for, OSNet: no 'conv1.conv.weight'" in told(tmp_path / "other.pth")
    torch.save(OSNet(0.5).stages.state_dict(), tmp_path / "wide.pth")
    assert "is (32, 3, 7, 7) there, (16, 3, 7, 7) here" in told(tmp_path / "wide.pth")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is missing"):
        load_pretrained(backbone, tmp_path / "folder")
    save_file({"text.enter.weight": torch.zeros(2)}, tmp_path / "folder" / checkpoint.WEIGHTS)
    assert "does not hold the backbone" in told(tmp_path / "folder")
    assert all(torch.equal(tensor, before[name]) for name, tensor in backbone.state_dict().items())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"name": "osnett"}, "backbone 'osnett' is unknown; use one of mobilenet_v2, osnet, resnet50, vgg16"),
        ({"width": 0.5}, "has no name"),
        ({"name": "osnet", "widht": 0.5}, "no setting 'widht'; did you mean 'width'"),
        ({"name": "osnet", "width": 0.3}, "width is 0.3; use one of 0.25, 0.5, 0.75, 1.0"),
        ({"name": "resnet50", "last_stride": 3}, "last_stride is 3; use 1 or 2"),
        ({"name": "vgg16", "last_stride": 0}, "last_stride is 0; use 1 or 2"),
        ({"name": "vgg16", "pool": "mean"}, "pool 'mean' is unknown; use one of max, average"),
        ({"name": "vgg16", "activation": "selu"}, "activation 'selu' is unknown"),
    ],
)
def test_a_wrong_setting_is_named(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        backbone_of(setting)


def test_pools_of_vgg_are_a_setting() -> None:
    kinds = (nn.MaxPool2d, nn.AvgPool2d)
    for pool, expected in (("max", [4, 0]), ("average", [0, 4])):
        layers = list(build_backbone("vgg16", pool=pool).modules())
        assert [sum(isinstance(layer, kind) for layer in layers) for kind in kinds] == expected


@pytest.mark.parametrize("name", BACKBONES)
def test_frozen_stages_neither_learn_nor_count(name: str) -> None:
    backbone: StagedBackbone = build_backbone(name)
    backbone.freeze(2)
    before = copy.deepcopy(backbone.stages[:2].state_dict())
    backbone.train()
    backbone(torch.randn(2, 3, 64, 32)).mean().backward()
    assert all(p.grad is None for p in backbone.stages[:2].parameters())
    assert all(p.grad is not None for p in backbone.stages[2:].parameters())
    assert all(torch.equal(tensor, before[key]) for key, tensor in backbone.stages[:2].state_dict().items())
    with pytest.raises(ValueError, match="99 frozen stages were asked for"):
        backbone.freeze(99)


@pytest.mark.parametrize("name", BACKBONES)
def test_the_frozen_stem_gives_what_the_stages_would(name: str) -> None:
    backbone = build_backbone(name).eval()
    backbone.freeze(3)
    pictures = np.random.default_rng(0).integers(0, 255, (3, 64, 32, 3), dtype=np.uint8)
    pixels = (pictures / 255 - MEAN) / STD
    images = torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2)
    with torch.no_grad():
        expected, whole = backbone.stages[:3](images), backbone(images)
        stem = FrozenStem(backbone, 64, 32, MEAN, STD)
        given = torch.from_numpy(stem(pictures))
        assert backbone.skip == 3
        # the stem may run in bf16
        assert (given - expected).abs().mean() < 0.02 * expected.abs().mean()
        assert (backbone(expected) - whole).abs().max() < 1e-5


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_network_of_a_configuration_runs_forward_and_backward(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    network = build_network(content["network"]["name"], content["network"]["args"]).train()
    features = network.features(torch.randn(8, 3, 64, 32))
    assert features.before.shape == features.after.shape == (8, 256)
    (features.before.square().mean() + (features.after * torch.randn(8, 256)).mean()).backward()
    silent = [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert not silent


def test_there_is_a_configuration_for_each_backbone_and_activation() -> None:
    names = {path.stem for path in CONFIGS}
    assert {"backbone_resnet50", "backbone_vgg16", "backbone_osnet_x0_25", "backbone_osnet_x1_0"} <= names
    assert {f"activation_{a}" for a in ("sigmoid", "tanh", "clipped_relu", "swish", "mish")} <= names
