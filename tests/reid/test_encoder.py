"""An encoder opened from a checkpoint folder, on both runtimes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from reid import checkpoint, registry
from reid.checkpoint import CheckpointError
from reid.networks.alignment import equal_bounds
from reid.types import ImageEncoder

ARGS = {"strips": 6, "hidden": 16, "dim": 24}
SIZE = {"height": 64, "width": 32, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "flip": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    network = registry.build_network("strip_lstm", ARGS)
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None  # take the statistics of the one batch below: fresh ones let every picture fade to 0
    with torch.no_grad():
        network(torch.randn(16, 3, 64, 32), torch.from_numpy(equal_bounds(6)).expand(16, -1, -1))
    target = tmp_path_factory.mktemp("checkpoint")
    card = {"kind": "appearance", "network": {"name": "strip_lstm", "args": ARGS}, "preprocess": SIZE}
    checkpoint.write(target, network.state_dict(), card, {})
    return target


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def crops() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.integers(0, 255, (h, w, 3), dtype=np.uint8) for h, w in ((64, 32), (201, 77), (1, 1), (30, 90))]


def test_vectors_have_norm_1_and_both_runtimes_agree(folder: Path, crops: list[np.ndarray]) -> None:
    vectors = [registry.open_encoder(folder, runtime=runtime).encode(crops) for runtime in ("torch", "openvino")]
    assert vectors[0].shape == (4, 24)
    assert vectors[0].dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors[0], axis=1), 1, atol=1e-5)
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > 0.999


def test_a_mirror_image_has_the_same_vector(folder: Path, crops: list[np.ndarray]) -> None:
    encoder = registry.open_encoder(folder, runtime="torch")
    crop = crops[0]
    assert np.allclose(encoder.encode([crop]), encoder.encode([crop[:, ::-1]]), atol=1e-4)


def test_a_vector_does_not_depend_on_its_neighbours(folder: Path, crops: list[np.ndarray]) -> None:
    encoder = registry.open_encoder(folder, runtime="openvino")
    alone = np.concatenate([encoder.encode([crop]) for crop in crops])
    assert np.allclose(encoder.encode(crops), alone, atol=1e-5)


def test_pose_alignment_is_a_space_of_its_own_and_uses_keypoints(folder: Path, crops: list[np.ndarray]) -> None:
    plain, aligned = registry.open_encoder(folder), registry.open_encoder(folder, align="pose")
    assert isinstance(aligned, ImageEncoder)
    assert aligned.wants_keypoints
    assert not plain.wants_keypoints
    assert plain.space != aligned.space
    keypoints = np.zeros((1, 17, 3), np.float32)
    keypoints[0, :, 1] = np.linspace(20, 60, 17)
    keypoints[0, :, 2] = 1
    unsure = keypoints * (1, 1, 0)
    moved, fallen_back = (aligned.encode(crops[:1], k.astype(np.float32)) for k in (keypoints, unsure))
    assert np.allclose(fallen_back, plain.encode(crops[:1]), atol=1e-5)
    assert not np.allclose(moved, fallen_back, atol=1e-3)


def test_bad_crops_and_bad_options_say_so(folder: Path, tmp_path: Path) -> None:
    encoder = registry.open_encoder(folder, runtime="torch")
    with pytest.raises(ValueError, match=r"expected \(H, W, 3\) uint8"):
        encoder.encode([np.zeros((4, 4), np.uint8)])
    with pytest.raises(CheckpointError, match="no checkpoint"):
        registry.open_encoder(tmp_path)
    with pytest.raises(CheckpointError, match="alignment 'sideways'"):
        registry.open_encoder(folder, align="sideways")
    with pytest.raises(ValueError, match="runtime 'abacus'"):
        registry.open_encoder(folder, runtime="abacus")
    with pytest.raises(CheckpointError, match="no sentences"):
        registry.open_text_encoder(folder)


def test_no_crops_give_no_vectors(folder: Path) -> None:
    assert registry.open_encoder(folder, runtime="torch").encode([]).shape == (0, 24)
