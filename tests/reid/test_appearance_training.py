"""A real, tiny training from a data set folder to an encoder, through the functions that the command uses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml
from market_files import attributes, market, write_attributes

from reid import checkpoint, registry
from reid.data import datasets
from reid.data.keypoints import KeypointStore
from reid.data.market_attributes import SIZES
from reid.data.pictures import read_rgb
from reid.networks.alignment import equal_bounds
from reid.training.appearance_data import build
from reid.training.run import parse_data, read_config, train

CONFIG: Mapping[str, Any] = {
    "task": "appearance",
    "network": {
        "name": "strip_lstm",
        # the first stages alone: it is the training that is tested
        "args": {"strips": 6, "hidden": 16, "dim": 16, "backbone": {"name": "mobilenet_v2", "blocks": 10}},
    },
    "input": {"height": 64, "width": 32},
    "data": {"labelled": ["market1501"]},
    "batch": {"people": 4, "pictures": 2},
    "augmentation": {"erase": 0.0, "blur": 0.0, "cut": 0.0},
    "losses": {"identity": {"smoothing": 0.1}, "triplet": {"margin": 0.3}},
    "loop": {"epochs": 12, "lr": 2e-3, "warmup_steps": 2, "bf16": False, "seed": 1, "threads": 1},
}
Run = tuple[Path, Path, list[Mapping[str, float]]]


def cuhk01(root: Path, people: int = 5) -> Path:
    """CUHK01's layout: one grey for each person, four pictures."""
    folder = root / "cuhk01" / "campus"
    folder.mkdir(parents=True)
    for identity in range(1, people + 1):
        for number in range(1, 5):
            colour = np.full((60, 30, 3), 40 * identity, np.uint8)
            cv2.imwrite(str(folder / f"{identity:04d}{number:03d}.png"), colour)
    return folder.parent


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Path]:
    return parse_data([f"market1501:{market(tmp_path, people=4, pictures=8)}", f"cache:{tmp_path / 'cache'}"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = tmp_path_factory.mktemp("training")
    data = parse_data([f"market1501:{market(root, people=4, pictures=8)}", f"cache:{root / 'cache'}"])
    (root / "tiny.yaml").write_text(yaml.safe_dump(dict(CONFIG)))
    rows: list[Mapping[str, float]] = []
    folder = train(
        root / "tiny.yaml", data, root / "run", resume=False, overrides={}, report=lambda r: rows.append(dict(r))
    )
    return data["market1501"], folder, rows


def test_the_loss_falls(run: Run) -> None:
    rows = [row for row in run[2] if "identity" in row]
    assert rows[-1]["identity"] < 0.7 * rows[0]["identity"]
    assert rows[-1]["triplet"] < 0.7 * rows[0]["triplet"]


def test_the_checkpoint_tells_people_apart(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data, folder, _ = run
    samples = datasets.load("market1501", data, "train")
    vectors = registry.open_encoder(folder).encode([read_rgb(sample.path) for sample in samples])
    identity = np.array([sample.identity for sample in samples])
    scores = vectors @ vectors.T - 2 * np.eye(len(samples), dtype=np.float32)
    assert (identity[scores.argmax(axis=1)] == identity).mean() > 0.9


def test_the_card_says_how_it_was_made(run: Run) -> None:
    _, folder, _ = run
    card = checkpoint.read_card(folder)
    assert checkpoint.verify(folder) is None
    assert card["data"] == {"market1501": "32 pictures"}
    assert card["command"].startswith("reidpipe train configs/tiny.yaml --data market1501:market1501")
    assert card["seed"] == 1
    assert card["use"] == "research use"
    assert not any("criteria" in name or "classifier" in name for name in checkpoint.load_weights(folder))


def test_a_second_run_into_the_same_folder_must_say_resume(run: Run) -> None:
    data, folder, _ = run
    config = folder.parent.parent / "tiny.yaml"
    with pytest.raises(ValueError, match="--resume"):
        train(config, {"market1501": data}, folder.parent, resume=False, overrides={}, report=print)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"loop": {"epoch": 3}}, r"'loop.epoch'; did you mean 'epochs'"),
        ({"task": "apearance"}, "task 'apearance' is unknown"),
        ({"losses": {"tripplet": {}}}, "did you mean 'triplet'"),
        ({"losses": {"triplet": {"margni": 1}}}, r"unknown key 'losses.triplet.margni'; did you mean 'margin'"),
        ({"losses": {"triplet": {"mining": "easy"}}}, "losses.triplet.mining"),
        ({"losses": {"triplet": {"weight": -1}}}, "losses.triplet.weight"),
        ({"losses": {}}, "names no loss"),
        ({"loss": {"margin": 0.3}}, "did you mean 'losses'"),
        ({"network": {"name": "strip_lstm", "args": {"strip": 6}}}, "did you mean 'strips'"),
        ({"data": {"labelled": ["market1502"]}}, "did you mean 'market1501'"),
        ({"data": {"labelled": ["cuhk01"]}, "losses": {"attributes": {}}}, "needs market1501"),
        ({"batch": {"persons": 4}}, "batch.persons"),
    ],
)
def test_mistakes_in_a_configuration_are_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({**CONFIG, **change}))
    with pytest.raises(ValueError, match=said):
        read_config(path)


def test_what_was_not_given_is_named(tmp_path: Path, data: dict[str, Path]) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(json.dumps(dict(CONFIG)))
    with pytest.raises(ValueError, match="needs data that were not given: market1501"):
        train(path, {}, tmp_path / "run", resume=False, overrides={}, report=print)
    with pytest.raises(ValueError, match="given: market1501, peta"):
        build({**CONFIG, "data": {"labelled": ["market1501"], "judged": ["MIT"]}}, {})
    with pytest.raises(ValueError, match="--data keypoints:FILE"):
        build({**CONFIG, "keypoints": True}, data)
    with pytest.raises(ValueError, match="--data teacher:MODEL"):
        build({**CONFIG, "losses": {"cosine": {}}}, data)
    with pytest.raises(FileNotFoundError, match=r"weights: .*none\.pth does not exist"):
        build({**CONFIG, "weights": str(tmp_path / "none.pth")}, data)


def test_people_who_are_kept_apart_do_not_take_part(tmp_path: Path) -> None:
    (tmp_path / "apart.json").write_text(json.dumps({"about": "a remark", "cuhk01": [2, 5]}))
    pairs = [f"cuhk01:{cuhk01(tmp_path)}", f"kept_apart:{tmp_path / 'apart.json'}", f"cache:{tmp_path / 'cache'}"]
    config = {**CONFIG, "data": {"labelled": ["cuhk01"]}, "batch": {"people": 3, "pictures": 2}}
    task = build(config, parse_data(pairs))
    assert len(task.data.labels) == 12
    assert sorted({int(picture.mean()) for picture in task.data.pictures}) == [40, 120, 160]
    assert task.origin["exclusions"] == {"cuhk01": "2 identities kept apart"}


def test_attributes_of_people_who_are_kept_apart_and_of_other_sets_are_unknown(
    tmp_path: Path, data: dict[str, Path]
) -> None:
    write_attributes(data["market1501"], {identity: attributes(identity) for identity in (1, 2, 3)})
    (tmp_path / "apart.json").write_text(json.dumps({"market1501": [2]}))
    config = {**CONFIG, "data": {"labelled": ["market1501", "cuhk01"]}, "losses": {"identity": {}, "attributes": {}}}
    task = build(config, {**data, "cuhk01": cuhk01(tmp_path), "kept_apart": tmp_path / "apart.json"})
    answers = task.data.answers
    assert answers is not None
    assert answers.shape == (32 + 20, len(SIZES))
    assert task.data.labels.max() == 4 + 5 - 1  # who is kept apart takes part as an identity
    told = (answers >= 0).any(axis=1)
    assert told[:32].reshape(4, 8).all(axis=1).tolist() == [True, False, True, False]
    assert not told[32:].any()
    assert "attributes" in " ".join(task.origin["exclusions"])
    assert set(task.losses(next(task.batches(0)))) == {"identity", "attributes"}


def test_pictures_without_labels_are_for_the_teacher_alone(
    tmp_path: Path, data: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def vectors(model: Path, samples: list[Any], cache: Path) -> np.ndarray:
        return np.random.default_rng(0).standard_normal((len(samples), 16)).astype(np.float16)

    monkeypatch.setattr("reid.training.appearance_data.teacher_vectors", vectors)
    (tmp_path / "teacher.xml").write_text("a network")
    config = {
        **CONFIG,
        "data": {"labelled": ["market1501"], "unlabelled": ["cuhk01"]},
        "batch": {"people": 4, "pictures": 2, "unlabelled": 5},
        "losses": {"identity": {}, "triplet": {}, "attributes": {}, "cosine": {"weight": 2}, "similarity": {}},
    }
    task = build(config, {**data, "cuhk01": cuhk01(tmp_path), "teacher": tmp_path / "teacher.xml"})
    batch = next(task.batches(0))
    assert batch.labels.tolist().count(-1) == 5
    assert batch.answers is not None
    assert batch.answers[8:].tolist() == [[-1] * len(SIZES)] * 5
    assert batch.taught is not None
    assert batch.taught.shape == (13, 16)
    task.network.eval()
    whole, named = task.losses(batch), task.losses(batch.of(batch.labels >= 0))
    for name in ("identity", "triplet", "attributes"):
        assert whole[name].item() == pytest.approx(named[name].item(), abs=1e-5), name
    for name in ("cosine", "similarity"):
        assert whole[name].item() != pytest.approx(named[name].item(), abs=1e-4), name


@pytest.mark.parametrize("world", [2, 3])
def test_several_processes_share_the_batches_of_one(data: dict[str, Path], world: int) -> None:
    task = build({**CONFIG, "batch": {"people": 2, "pictures": 2}}, data)
    alone = list(task.batches(3))
    assert len(alone) == task.steps() == 8
    shares = [list(task.batches(3, rank, world)) for rank in range(world)]
    assert [len(share) for share in shares] == [8 // world] * world
    for position in range(8 // world * world):
        theirs = shares[position % world][position // world]
        assert torch.equal(theirs.inputs, alone[position].inputs)
        assert torch.equal(theirs.labels, alone[position].labels)


def test_batches_depend_on_seed_and_epoch_only(data: dict[str, Path]) -> None:
    first, second = build(CONFIG, data), build(CONFIG, data)
    assert torch.equal(next(first.batches(5)).inputs, next(second.batches(5)).inputs)
    assert not torch.equal(next(first.batches(5)).inputs, next(first.batches(6)).inputs)
    other = build({**CONFIG, "loop": {**CONFIG["loop"], "seed": 2}}, data)
    assert not torch.equal(next(first.batches(5)).inputs, next(other.batches(5)).inputs)


def test_a_network_without_strips_becomes_an_encoder(data: dict[str, Path], tmp_path: Path) -> None:
    args = {"dim": 8, "backbone": {"name": "mobilenet_v2", "blocks": 4}}
    config = {**CONFIG, "network": {"name": "global_pool", "args": args}}
    task = build(config, data)
    batch = next(task.batches(0))
    assert batch.bounds is None
    torch.stack(list(task.losses(batch).values())).sum().backward()
    task.export(tmp_path / "checkpoint", {})
    encoder = registry.open_encoder(tmp_path / "checkpoint", runtime="torch")
    pictures = [read_rgb(sample.path) for sample in datasets.load("market1501", data["market1501"], "train")[:2]]
    assert encoder.encode(pictures).shape == (2, 8)


def test_what_the_configuration_leaves_to_its_default_is_on_the_card(data: dict[str, Path], tmp_path: Path) -> None:
    args = {"hidden": 8, "backbone": {"name": "mobilenet_v2", "blocks": 4}}
    task = build({**CONFIG, "network": {"name": "strip_lstm", "args": args}}, data)
    task.export(tmp_path / "checkpoint", {})
    told = checkpoint.read_card(tmp_path / "checkpoint")["network"]["args"]
    assert told == {**args, "dim": 256, "strips": 6}
    assert registry.open_encoder(tmp_path / "checkpoint", runtime="torch").dim == 256


def test_weights_of_a_checkpoint_are_a_start_and_frozen_stages_stay(
    data: dict[str, Path], run: Run, tmp_path: Path
) -> None:
    given = checkpoint.load_weights(run[1])
    task = build({**CONFIG, "weights": str(run[1]), "frozen_stages": 3}, data)
    backbone = task.embed.backbone
    for name, tensor in backbone.state_dict().items():
        assert torch.allclose(tensor.float(), given[f"backbone.{name}"].float(), atol=1e-2), name
    trained = {id(p) for group in task.groups() for p in group["params"]}
    frozen = list(backbone.stages[:3].parameters())
    assert frozen
    assert not trained & {id(p) for p in frozen}
    assert task.origin["backbone"].startswith("from a checkpoint for appearance")
    scales = [group["lr_scale"] for group in task.groups()]
    assert scales == [1.0, 3.0]


def test_strips_follow_keypoints_through_the_augmentation(data: dict[str, Path], tmp_path: Path) -> None:
    samples = datasets.load("market1501", data["market1501"], "train")
    points = np.zeros((len(samples), 17, 3), np.float32)
    points[:8, :, 2] = 0.9  # the first of four people is found
    for which, row in ((slice(0, 5), 20), (slice(5, 11), 26), (slice(11, 13), 40), (slice(13, 17), 58)):
        points[:8, which, 1] = row
    KeypointStore.empty().with_these(samples, points, np.full(len(samples), 64, np.float32)).write(tmp_path / "k.npz")
    config = {**CONFIG, "keypoints": True, "augmentation": {"shift": 0.1, "scale": 0.1, "cut": 0.5}}
    task = build(config, {**data, "keypoints": tmp_path / "k.npz"})
    batch = next(task.batches(0))
    assert batch.bounds is not None
    equal = torch.from_numpy(equal_bounds(6))
    first = batch.labels == 0
    assert (batch.bounds[~first] == equal).all()
    assert not (batch.bounds[first] == equal).flatten(1).all(dim=1).any()
    assert len({tuple(bounds.flatten().tolist()) for bounds in batch.bounds[first]}) > 1
    torch.stack(list(task.losses(batch).values())).sum().backward()
    plain = {"name": "global_pool", "args": {"dim": 8}}
    with pytest.raises(ValueError, match="has no strips"):
        build({**config, "network": plain}, {**data, "keypoints": tmp_path / "k.npz"})
    KeypointStore.empty().write(tmp_path / "none.npz")
    with pytest.raises(ValueError, match="tells nothing of these pictures"):
        build(config, {**data, "keypoints": tmp_path / "none.npz"})
