"""What every reader of sentences promises, whatever is inside it."""

import numpy as np
import pytest
import torch

from reid.networks.dual import TEXT_ENCODERS
from reid.runtimes import open_runner

WORDS, WORD_DIM, DIM = 30, 8, 6
VARIANTS = {
    "fisher": {"components": 3, "reduced": 4},
    "fisher-laplacian": {"components": 3, "reduced": 0, "mixture": "laplacian"},
    "fisher-hybrid-mlp": {"components": 3, "reduced": 4, "mixture": "hybrid", "hidden": 7},
    "textcnn": {"maps": 5},
    "textcnn-map": {"maps": 5, "tune": "map"},
    "textcnn-table": {"maps": 5, "tune": "table"},
    "convrnn": {"width": 7, "hidden": 5},
    "convrnn-gru": {"width": 7, "hidden": 5, "cell": "gru", "pool": "last", "kernel": 4},
    "convrnn-forward": {"width": 7, "hidden": 5, "bidirectional": False, "pool": "mean"},
    "rnn": {"hidden": 5},
    "rnn-gru-max": {"hidden": 5, "cell": "gru", "pool": "max", "tune": "map"},
    "residual_cnn": {"width": 7, "layers": 2},
}


def build(variant, **further):
    torch.manual_seed(0)
    network = TEXT_ENCODERS[variant.partition("-")[0]](WORDS, WORD_DIM, DIM, **{**VARIANTS[variant], **further})
    network.set_words(torch.randn(WORDS, WORD_DIM))
    if hasattr(network, "fit"):
        network.fit(torch.randint(0, WORDS + 1, (40, 7)))
    for parameter in network.parameters():  # nothing may rest on a layer that starts at 0 or at the identity
        parameter.data += torch.randn_like(parameter) * 0.05
    return network.eval()


def sentences(length):
    tokens = torch.zeros(5, length, dtype=torch.int64)
    for row, count in enumerate((1, 2, 3, 5, 4)):
        tokens[row, :count] = torch.randint(1, WORDS + 1, (count,), generator=torch.Generator().manual_seed(row))
    return tokens


@pytest.mark.parametrize("variant", VARIANTS)
@torch.no_grad()
def test_padding_says_nothing(variant):
    network = build(variant)
    short = network(sentences(5))
    assert short.shape == (5, DIM)
    for length in (10, 45):
        torch.testing.assert_close(network(sentences(length)), short, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
@torch.no_grad()
def test_a_sentence_does_not_depend_on_the_others_and_nothing_is_finite_too(variant):
    network, tokens = build(variant), sentences(12)
    torch.testing.assert_close(network(tokens)[3:4], network(tokens[3:4]), atol=1e-5, rtol=1e-5)
    assert torch.isfinite(network(torch.zeros(1, 12, dtype=torch.int64))).all()
    different = network(tokens)
    assert torch.cdist(different, different).fill_diagonal_(9).min() > 1e-3


@pytest.mark.parametrize("variant", VARIANTS)
def test_openvino_says_the_same(variant, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    network = build(variant)
    example = np.ones((2, 12), np.int64)
    runner = open_runner(lambda: network, [example], key=variant, runtime="openvino")
    tokens = sentences(12)
    for rows in (tokens, tokens[:1], tokens.repeat(7, 1)):
        with torch.no_grad():
            expected = network(rows).numpy()
        np.testing.assert_allclose(runner(rows.numpy()), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_learns_sixteen_sentences_by_heart(variant):
    torch.set_num_threads(1)
    roomy = {name: 24 for name in ("width", "hidden", "maps") if VARIANTS[variant].get(name)}
    network = build(variant, dropout=0.0, **roomy).train()
    tokens = torch.randint(1, WORDS + 1, (16, 6), generator=torch.Generator().manual_seed(5))
    wanted = torch.randn(16, DIM, generator=torch.Generator().manual_seed(6))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(1000):
        loss = (network(tokens) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 1e-3:
            break
    assert loss.item() < 1e-2
