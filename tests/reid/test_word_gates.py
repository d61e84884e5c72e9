"""Word gates against the formulas, written by hand with loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pairwise_checks import WIDTH, check_all, check_gradients, learn, network, pairs

from reid.networks.word_gates import WordGates

SIZES = {"hidden": 6, "slots": 3, "part": 5}


def test_what_must_hold_for_every_network() -> None:
    check_all(network("word_gates", **SIZES))
    check_gradients(network("word_gates", **SIZES))


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def test_the_gated_sentence_is_compared_band_by_band() -> None:
    made = network("word_gates", **SIZES)
    assert isinstance(made, WordGates)
    regions, tokens = pairs()
    with torch.no_grad():
        logits = made.pair_logits(regions, tokens)
        weights, maps = made.weights(regions, tokens)
        assert maps is None
        for row in range(5):
            said = int((tokens[row] > 0).sum())
            states = made.text(tokens[row : row + 1, :said])[0][0]
            bands = made.band(made.pool(regions[row : row + 1]))[0]
            gates = []
            for state in states:
                mixed = torch.tanh(made.of_word(state) + made.of_picture(bands.flatten()))
                gates.append(1 / (1 + np.exp(-float(made.gate(mixed)))))
            sentence = sum(gate * state for gate, state in zip(gates, states, strict=True)) / sum(gates)
            parts = made.sentence(sentence).reshape(4, 5).numpy()
            score = np.mean([unit(p) @ unit(b) for p, b in zip(parts, bands.numpy(), strict=True)])
            assert float(logits[row]) == pytest.approx(10 * score, abs=1e-4)
            assert np.allclose(weights[row, :said].numpy(), np.array(gates) / sum(gates), atol=1e-5)


def test_gates_depend_on_the_picture() -> None:
    made = network("word_gates", **SIZES)
    regions, tokens = pairs()
    with torch.no_grad():
        one, other = (made.weights(regions[i : i + 1], tokens[:1])[0] for i in (0, 1))
    assert not torch.allclose(one, other, atol=1e-5)


@pytest.mark.slow
def test_gates_learn_to_pass_over_words_that_say_nothing() -> None:
    """Of five words one names the picture's colour; the other four are drawn at random from fillers."""
    made = network("word_gates", hidden=16, slots=2, part=16)
    generator = torch.Generator().manual_seed(6)

    def draw(count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        colour = torch.randint(0, 4, (count,), generator=generator)
        wanted = torch.arange(count) % 2 == 0
        said = torch.where(wanted, colour, (colour + torch.randint(1, 4, (count,), generator=generator)) % 4)
        tokens = torch.randint(10, 30, (count, 5), generator=generator)
        place = torch.randint(0, 5, (count,), generator=generator)
        tokens[torch.arange(count), place] = said + 1
        regions = torch.randn(count, 8, WIDTH, generator=generator) * 0.1
        regions[torch.arange(count), :, colour] += 1
        return regions, tokens, wanted.float(), place

    regions, tokens, wanted, _ = draw(512)
    assert learn(made, regions, tokens, wanted, steps=150, lr=5e-3) < 0.1
    regions, tokens, wanted, place = draw(200)
    with torch.no_grad():
        right = ((made.pair_logits(regions, tokens) > 0) == wanted.bool()).float().mean()
        weights = made.weights(regions, tokens)[0]
    assert right > 0.95
    assert weights[torch.arange(200), place].mean() > 0.4  # twice the share of an equal part
