"""A real, tiny training from a data set folder to an encoder, through the functions that the command uses."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from reid import checkpoint, registry
from reid.data import datasets
from reid.data.pictures import read_rgb
from reid.training.run import parse_data, read_config, train

CONFIG = {
    "task": "appearance",
    "network": {"name": "strip_lstm", "args": {"strips": 6, "hidden": 16, "dim": 16}},
    "input": {"height": 64, "width": 32},
    "data": {"labelled": ["market1501"]},
    "batch": {"people": 4, "pictures": 4},
    "augmentation": {"erase": 0.0, "blur": 0.0, "cut": 0.0},
    "loss": {"smoothing": 0.1, "margin": 0.3, "cosine": 1.0, "similarity": 1.0, "new_lr": 3.0},
    "loop": {"epochs": 30, "lr": 1e-3, "warmup_steps": 2, "bf16": False, "seed": 1, "threads": 1},
}


def market(root: Path) -> Path:
    """Market-1501's layout with four people, each in clothes of two colours of their own, in two cameras."""
    folder = root / "market1501" / "bounding_box_train"
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for identity in range(1, 5):
        upper, lower = generator.integers(0, 255, (2, 3))
        for number in range(8):
            image = generator.integers(90, 110, (128, 64, 3))
            image[20:64, 12:52] = upper + generator.integers(-8, 8, 3)
            image[64:120, 16:48] = lower + generator.integers(-8, 8, 3)
            name = f"{identity:04d}_c{1 + number % 2}s1_{number:06d}_01.jpg"
            cv2.imwrite(str(folder / name), np.clip(image, 0, 255).astype(np.uint8))
    return folder.parent


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[dict[str, float]]]:
    root = tmp_path_factory.mktemp("training")
    data = parse_data([f"market1501:{market(root)}", f"cache:{root / 'cache'}"])
    (root / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    rows: list[dict[str, float]] = []
    folder = train(
        root / "tiny.yaml", data, root / "run", resume=False, overrides={}, report=lambda r: rows.append(dict(r))
    )
    return data["market1501"], folder, rows


def test_the_loss_falls(run: tuple[Path, Path, list[dict[str, float]]]) -> None:
    _, _, rows = run
    assert rows[-1]["identity"] < 0.7 * rows[0]["identity"]
    assert rows[-1]["triplet"] < 0.7 * rows[0]["triplet"]


def test_the_checkpoint_tells_people_apart(
    run: tuple[Path, Path, list[dict[str, float]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data, folder, _ = run
    samples = datasets.load("market1501", data, "train")
    vectors = registry.open_encoder(folder).encode([read_rgb(sample.path) for sample in samples])
    identity = np.array([sample.identity for sample in samples])
    scores = vectors @ vectors.T - 2 * np.eye(len(samples), dtype=np.float32)
    assert (identity[scores.argmax(axis=1)] == identity).mean() > 0.9


def test_the_card_says_how_it_was_made(run: tuple[Path, Path, list[dict[str, float]]]) -> None:
    _, folder, _ = run
    card = checkpoint.read_card(folder)
    assert checkpoint.verify(folder) is None
    assert card["data"] == {"market1501": "32 pictures"}
    assert card["command"] == "reidpipe train configs/tiny.yaml --data market1501:market1501"
    assert card["seed"] == 1
    assert card["use"] == "research use"
    assert "classifier.weight" not in checkpoint.load_weights(folder)


def test_a_second_run_into_the_same_folder_must_say_resume(run: tuple[Path, Path, list[dict[str, float]]]) -> None:
    data, folder, _ = run
    config = folder.parent.parent / "tiny.yaml"
    with pytest.raises(ValueError, match="--resume"):
        train(config, {"market1501": data}, folder.parent, resume=False, overrides={}, report=print)


def test_mistakes_in_a_configuration_are_named(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({**CONFIG, "loop": {"epoch": 3}}))
    with pytest.raises(ValueError, match="loop has no key 'epoch'; did you mean 'epochs'"):
        read_config(path)
    path.write_text(yaml.safe_dump({**CONFIG, "task": "apearance"}))
    with pytest.raises(ValueError, match="task 'apearance' is unknown"):
        read_config(path)
    path.write_text("a: [")
    with pytest.raises(ValueError, match="is not YAML"):
        read_config(path)
    path.write_text(json.dumps(CONFIG))
    with pytest.raises(ValueError, match="needs data that were not given: market1501"):
        train(path, {}, tmp_path / "run", resume=False, overrides={}, report=print)


def test_people_who_are_kept_apart_do_not_take_part(tmp_path: Path) -> None:
    folder = tmp_path / "cuhk01" / "campus"
    folder.mkdir(parents=True)
    for identity in range(1, 6):
        for number in range(1, 5):
            colour = np.full((60, 30, 3), 40 * identity, np.uint8)
            cv2.imwrite(str(folder / f"{identity:04d}{number:03d}.png"), colour)
    (tmp_path / "apart.json").write_text(json.dumps({"about": "a remark", "cuhk01": [2, 5]}))
    pairs = [f"cuhk01:{folder.parent}", f"kept_apart:{tmp_path / 'apart.json'}", f"cache:{tmp_path / 'cache'}"]
    config = {**CONFIG, "data": {"labelled": ["cuhk01"]}, "batch": {"people": 3, "pictures": 2}}
    task = registry.resolve(registry.TASKS, "appearance", "task")(config, parse_data(pairs))
    assert len(task.labels) == 12
    assert sorted({int(picture.mean()) for picture in task.pictures}) == [40, 120, 160]
    assert task.origin["exclusions"] == {"cuhk01": "2 identities kept apart"}
