"""Training of networks that judge pairs, on people who are drawn here."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from drawn_people import draw, peta

from reid import checkpoint
from reid.registry import open_matcher
from reid.training.pairwise import build
from reid.training.run import read_config, train
from reid.types import Captioner

ROOT = Path(__file__).parents[2] / "configs" / "text"
SMALL = {
    "input": {"height": 48, "width": 24},
    "frozen_stages": 0,
    "words": {"frequent": 0},
    "held_out": 0.2,
    "batch": {"size": 16, "several": 0, "tokens": 20},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    torch.set_num_threads(1)
    return peta(tmp_path_factory.mktemp("people"), 40)


def shrunk(folder, name):
    """A configuration of configs/text, made small, as a file."""
    config = yaml.safe_load((ROOT / f"{name}.yaml").read_text()) | SMALL
    args = config["network"]["args"]
    args |= {"hidden": 16, "image": {"backbone": {"name": "mobilenet_v2", "blocks": 5}, "width": 16}}
    if "vocabulary" in args:
        args["vocabulary"] = 120
    config["loop"] |= {"bf16": False, "warmup_steps": 2, "epochs": 1}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(config))
    return folder / f"{name}.yaml"


@pytest.mark.parametrize("name", ["word_gates", "captioner_ratio"])
def test_a_run_writes_a_matcher(name, data, tmp_path):
    rows = []
    folder = train(shrunk(tmp_path, name), data, tmp_path / "out", resume=False, overrides={}, report=rows.append)
    card = checkpoint.read_card(folder)
    assert checkpoint.verify(folder) is None
    assert card["kind"] == "matcher"
    assert card["network"]["args"]["word_dim"] == 100
    assert {"held_out_AUC", "held_out_mAP"} <= set(card["figures"])
    assert set(card["config"]["losses"]) <= set(rows[0])
    matcher = open_matcher(folder, runtime="torch", typed=True)
    crops = [draw(*colours, np.random.default_rng(1)) for colours in (("red", "blue"), ("white", "black"))]
    scores = matcher.scores(["a man in a red shirt", "black trousers", "a hat"], crops)
    assert scores.shape == (3, 2)
    task = build(read_config(tmp_path / f"{name}.yaml"), data)
    task.model.load_state_dict(checkpoint.load_weights(folder))
    task.network.eval()
    ours = task._scores(["a man in a red shirt", "black trousers", "a hat"], crops)
    np.testing.assert_allclose(scores, ours, atol=1e-3)
    if name == "captioner_ratio":
        assert isinstance(matcher, Captioner)
        assert all(text for text in matcher.describe(crops))


def test_the_words_that_captions_use_come_first_where_words_are_said(data, tmp_path):
    task = build(read_config(shrunk(tmp_path, "captioner")), data)
    plain = build(read_config(shrunk(tmp_path, "word_gates")), data)
    assert sorted(task.vocabulary.words) == sorted(plain.vocabulary.words)
    said = {int(token) for epoch in range(5) for batch in task.batches(epoch) for token in batch.tokens.unique()}
    first = sum(token <= 120 for token in said) / len(said)
    assert first > 0.8
    word = task.vocabulary.words[0]
    place = plain.vocabulary.words.index(word) + 1
    tables = [t.model.text for t in (task, plain)]
    assert torch.equal(tables[0].codes[1], tables[1].codes[place])


def test_wrong_pictures_contradict_their_sentence(data, tmp_path, monkeypatch):
    task = build(read_config(shrunk(tmp_path, "gna_rnn")), data)
    task.network.train()
    batch = next(task.batches(0))
    seen = {}

    def pair_logits(regions, tokens):
        seen["tokens"] = tokens
        seen["regions"] = regions
        return torch.zeros(len(tokens), requires_grad=True)

    monkeypatch.setattr(task.model, "pair_logits", pair_logits)
    monkeypatch.setattr(task.model.image, "forward", lambda _: torch.arange(16.0)[:, None, None])
    loss = task.losses(batch)["pair_classification"]
    assert loss.item() == pytest.approx(np.log(2))
    pictures = seen["regions"][:, 0, 0].long()
    assert torch.equal(pictures[:16], torch.arange(16))
    assert torch.equal(seen["tokens"][:16], batch.tokens)
    rows = {tuple(tokens): row for row, tokens in enumerate(batch.tokens.tolist())}
    assert len(pictures) > 32
    for tokens, picture in zip(seen["tokens"][16:].tolist(), pictures[16:].tolist(), strict=True):
        assert batch.negative[rows[tuple(tokens)], picture] > 0
