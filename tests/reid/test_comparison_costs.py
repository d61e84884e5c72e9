"""The cost of small, untrained checkpoints of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from reid import checkpoint, registry
from reid.comparison.costs import LISTED, SAID, Cost, cost_of, one_thread
from reid.evaluation.cost import flops, parameters

OSNET = {"name": "osnet", "width": 0.25}
WORDS = ["red", "coat", "black", "trousers", "bag", "woman"]
PREPROCESS = {"height": 64, "width": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "flip": True}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made(folder: Path, kind: str, name: str, **args: object) -> tuple[Path, torch.nn.Module]:
    network = registry.build_network(name, args).eval()
    card = {"kind": kind, "network": {"name": name, "args": args}, "preprocess": PREPROCESS, "tokens": 12}
    texts = {} if kind == "appearance" else {"words.txt": "\n".join(WORDS) + "\n"}
    checkpoint.write(folder, network.state_dict(), card, texts)
    return folder, network


def test_a_network_for_pictures(tmp_path: Path) -> None:
    folder, network = made(tmp_path / "c", "appearance", "global_pool", dim=8, backbone=OSNET)
    cost = cost_of(folder)
    assert cost.parameters == parameters(network)
    assert cost.picture_flops == flops(network, torch.zeros(1, 3, 64, 32)) > 1e6
    assert cost.picture_ms > 0
    assert (cost.sentence_flops, cost.sentence_ms, cost.pair_flops, cost.pair_ms) == (None,) * 4
    assert Cost(**cost.as_dict()) == cost


def test_a_network_with_strips_is_given_their_bounds(tmp_path: Path) -> None:
    args = {"strips": 4, "hidden": 16, "dim": 8, "backbone": OSNET}
    folder, _ = made(tmp_path / "c", "appearance", "strip_lstm", **args)
    assert cost_of(folder, "torch").picture_flops > 1e6


def test_a_pair_of_encoders(tmp_path: Path) -> None:
    text = {"name": "rnn", "hidden": 4}
    folder, network = made(
        tmp_path / "c", "language", "dual", dim=8, words=len(WORDS), image={"backbone": OSNET}, text=text
    )
    cost = cost_of(folder)
    tokens = torch.ones(1, 12, dtype=torch.int64)
    assert cost.parameters == parameters(network)
    assert cost.picture_flops == flops(network.get_submodule("image"), torch.zeros(1, 3, 64, 32))
    assert cost.sentence_flops == flops(network.get_submodule("text"), tokens)
    assert cost.sentence_ms is not None
    assert cost.pair_flops is None


def test_a_matcher(tmp_path: Path) -> None:
    image = {"backbone": OSNET, "width": 8}
    folder, network = made(
        tmp_path / "c", "matcher", "gna_rnn", words=len(WORDS), image=image, hidden=8, units=8, slots=2
    )
    cost = cost_of(folder)
    assert cost.parameters == parameters(network)
    assert cost.pair_flops is not None
    assert cost.sentence_flops is not None
    assert cost.pair_ms is not None
    regions = network.image(torch.zeros(1, 3, 64, 32)).detach().repeat(LISTED, 1, 1)  # type: ignore[operator]
    whole = flops(network.table, regions, torch.ones(1, SAID, dtype=torch.int64))
    assert whole == cost.sentence_flops + LISTED * cost.pair_flops
    assert 0 < cost.pair_flops < cost.picture_flops


def test_a_captioner_whose_first_word_is_learnt(tmp_path: Path) -> None:
    """A layer that is given a parameter once stopped torch's counter."""
    image = {"backbone": OSNET, "width": 8}
    folder, _ = made(tmp_path / "c", "matcher", "captioner", words=len(WORDS), image=image, hidden=8, vocabulary=4)
    cost = cost_of(folder)
    assert cost.pair_flops is not None
    assert cost.pair_flops > 0


def test_one_thread_is_for_the_block_only() -> None:
    from reid.quiet import core

    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
        assert core().get_property("CPU", "INFERENCE_NUM_THREADS") == 1
    assert torch.get_num_threads() == before
    assert core().get_property("CPU", "INFERENCE_NUM_THREADS") != 1
