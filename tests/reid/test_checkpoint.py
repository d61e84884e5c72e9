"""Checkpoint folders: written, read again, and damage noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from reid import checkpoint
from reid.checkpoint import CheckpointError

CARD = {"kind": "appearance", "network": {"name": "x", "args": {"dim": 2}}, "preprocess": {"height": 2}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tensors = {"image.weight": torch.tensor([0.5, -2.0]), "image.count": torch.tensor(7), "text.bias": torch.ones(1)}
    checkpoint.write(tmp_path / "c", tensors, CARD, {"words.txt": "rot\nblau\n"})
    return tmp_path / "c"


def test_tensors_come_back_by_prefix_as_float32(folder: Path) -> None:
    tensors = checkpoint.load_weights(folder, "image.")
    assert tensors["weight"].tolist() == [0.5, -2.0]
    assert tensors["weight"].dtype == torch.float32
    assert tensors["count"] == 7
    assert "bias" not in tensors


def test_a_sound_folder_is_sound(folder: Path) -> None:
    assert checkpoint.verify(folder) is None


@pytest.mark.parametrize("name", ["weights.safetensors", "words.txt"])
def test_a_changed_byte_is_noticed(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)
    assert name in str(checkpoint.verify(folder))


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "words.txt").unlink()
    assert "words.txt is missing" in str(checkpoint.verify(folder))


def test_no_folder_a_bad_card_and_a_foreign_card_have_one_line_each(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        checkpoint.read_card(tmp_path)
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.read_card(tmp_path)
    (tmp_path / "card.json").write_text('{"kind": "appearance"}')
    with pytest.raises(CheckpointError, match="lacks network, preprocess, files"):
        checkpoint.read_card(tmp_path)


def test_the_space_follows_weights_and_preprocessing_but_not_figures(folder: Path) -> None:
    card = checkpoint.read_card(folder)
    space = checkpoint.space_digest(card)
    assert checkpoint.space_digest({**card, "figures": {"rank1": 1}}) == space
    assert checkpoint.space_digest({**card, "preprocess": {"height": 3}}) != space
    assert checkpoint.space_digest({**card, "files": {"weights.safetensors": "0"}}) != space


def test_weights_that_are_no_safetensors_file(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(b"garbage")
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.load_weights(folder)
    assert json.loads((folder / "card.json").read_text())["kind"] == "appearance"
