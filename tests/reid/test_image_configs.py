"""Every file of configs/image, and the default: it loads, it trains a step, and it can learn 32 pictures by heart."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from picture_trainings import CONFIGS, FILES, STILL, small_data, small_task, teach

from reid.training.appearance import AppearanceTask
from reid.training.criterion import Batch
from reid.training.run import read_config

METHODS = {
    *("identity", "verification", "identity_verification", "attributes", "contrastive"),
    *("triplet_random", "triplet_all", "trihard", "trihard_soft", "quadruplet", "margin_sample_mining"),
    *("identity_triplet", "bnneck", "distilled"),
    *("strip_lstm", "strip_bilstm", "strips_independent", "strip_lstm_aligned", "pcb", "pcb_triplet"),
    *("backbone_vgg16", "backbone_resnet50", "backbone_osnet_x0_25", "backbone_osnet_x1_0"),
    *("activation_sigmoid", "activation_tanh", "activation_clipped_relu", "activation_swish", "activation_mish"),
}


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return small_data(tmp_path_factory.mktemp("configs"), people=8, pictures=4)


def test_there_is_a_file_for_every_method() -> None:
    assert {path.stem for path in FILES if path.parent.name == "image"} >= METHODS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_first_line_leads_to_the_method(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    for word in first.split():
        if word.startswith("reid/"):
            assert (CONFIGS.parent / word.rstrip(".,")).is_file(), word


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_loads_builds_and_runs_forward_and_backward(
    path: Path, data: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    teach(monkeypatch)
    changes: dict[str, Any] = {"input": {"height": 64, "width": 32}}
    task = small_task(path, data, changes, people=3, pictures=2)
    terms = task.losses(next(task.batches(0)))
    assert set(terms) == set(task.config["losses"])
    torch.stack(list(terms.values())).sum().backward()
    moved = [name for name, p in task.network.embed.named_parameters() if p.grad is not None and p.grad.any()]
    assert any(name.startswith("backbone.") for name in moved)
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in task.network.parameters())


# Near zero, for each loss: what is left when every one of 32 pictures is as it should be. Hinge losses reach 0,
# cross-entropies come near it. Of re-weighted attributes it is nine cross-entropies, of strips one for each.
NEAR_ZERO = {
    "identity": 0.05,
    "verification": 0.1,
    "attributes": 0.5,
    "contrastive": 0.01,
    "triplet": 0.02,
    "quadruplet": 0.05,
    "margin_sample_mining": 0.02,
    "cosine": 0.25,  # five times 1 - cosine
    "similarity": 0.1,
}


def learnt(task: AppearanceTask, batch: Batch, bounds: dict[str, float], steps: int, lr: float) -> dict[str, float]:
    """The terms after training on one batch until all are below their bounds, or ``steps`` are over."""
    groups = task.groups()
    for group in groups:
        group["lr"] = lr * group.pop("lr_scale")
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], weight_decay=0.0)
    task.network.train()
    terms: dict[str, float] = {}
    for _ in range(steps):
        found = task.losses(batch)
        terms = {name: term.item() for name, term in found.items()}
        if all(terms[name] < bounds[name] for name in terms):
            break
        optimizer.zero_grad()
        torch.stack(list(found.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(task.network.parameters(), 5.0)
        optimizer.step()
    return terms


# Networks that are too large for a test are shrunk: stages of MobileNetV2, as the methods lie behind them.
SMALL = {"mobilenet_v2": {"blocks": 8}}


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_learns_32_pictures_by_heart(path: Path, data: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    teach(monkeypatch)
    config = read_config(path)
    args = dict(config["network"]["args"])
    backbone = dict(args.pop("backbone", {"name": "mobilenet_v2"}))
    args.pop("last_stride", None)
    args["backbone"] = backbone | SMALL.get(backbone["name"], {})
    losses = {name: dict(settings) for name, settings in config["losses"].items()}
    for settings in losses.values():
        if "smoothing" in settings:
            settings["smoothing"] = 0.0
    changes: dict[str, Any] = {
        "input": {"height": 48, "width": 24},
        "network": {"args": args},
        "augmentation": STILL,
        "losses": losses,
    }
    task = small_task(path, data, changes, people=8, pictures=4)
    batch = next(task.batches(0))
    assert len(batch.inputs) == 32
    bounds = {}
    for name, settings in losses.items():
        parts = task.embed.strips if settings.get("at") == "parts" else 1
        soft = 0.1 if settings.get("margin") == "soft" else 0.0
        bounds[name] = max(NEAR_ZERO[name] * (parts or 1), soft)
    terms = learnt(task, batch, bounds, steps=300, lr=1e-3)
    assert all(math.isfinite(term) for term in terms.values())
    assert all(terms[name] < bounds[name] for name in terms), (terms, bounds)
