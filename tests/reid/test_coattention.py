"""Co-attention against the formulas, written by hand with loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pairwise_checks import check_all, check_gradients, coloured_maps, learn, network, on_coloured_maps, pairs

from reid.networks.coattention import CoAttention


def test_what_must_hold_for_every_network() -> None:
    check_all(network("coattention", hidden=6))
    check_gradients(network("coattention", hidden=6))


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def test_words_look_at_regions_and_regions_at_words() -> None:
    made = network("coattention", hidden=6)
    assert isinstance(made, CoAttention)
    regions, tokens = pairs()
    for parameter in made.parameters():
        parameter.requires_grad_(False)
    layers = {name: [p.numpy() for p in layer.parameters()] for name, layer in made.named_children() if name != "image"}

    def linear(name: str, vector: np.ndarray) -> np.ndarray:
        weight, *bias = layers[name]
        return weight @ vector + (bias[0] if bias else 0)

    logits = made.pair_logits(regions, tokens)
    weights, maps = made.weights(regions, tokens)
    assert maps is not None
    for row in range(5):
        said = int((tokens[row] > 0).sum())
        states = made.text(tokens[row : row + 1, :said])[0][0].numpy()
        looked = regions[row].numpy()
        keys, values = [linear("key", r) for r in looked], [linear("value", r) for r in looked]
        meanings = [linear("meaning", state) for state in states]
        affinity = np.array([[9 * unit(linear("question", s)) @ unit(key) for key in keys] for s in states])
        views = [sum(a * v for a, v in zip(softmax(affinity[t]), values, strict=True)) for t in range(said)]
        names = [sum(a * m for a, m in zip(softmax(affinity[:, n]), meanings, strict=True)) for n in range(12)]
        of_words = softmax(
            np.array(
                [
                    linear("word_counts", np.tanh(linear("word_itself", s) + linear("word_view", x)))[0]
                    for s, x in zip(states, views, strict=True)
                ]
            )
        )
        of_regions = softmax(
            np.array(
                [
                    linear("region_counts", np.tanh(linear("region_itself", v) + linear("region_name", y)))[0]
                    for v, y in zip(values, names, strict=True)
                ]
            )
        )
        by_word = sum(w * (unit(m) @ unit(x)) for w, m, x in zip(of_words, meanings, views, strict=True))
        by_region = sum(u * (unit(v) @ unit(y)) for u, v, y in zip(of_regions, values, names, strict=True))
        assert float(logits[row]) == pytest.approx(10 * (by_word + by_region) / 2, abs=1e-4)
        assert np.allclose(weights[row, :said].numpy(), of_words, atol=1e-5)
        assert np.allclose(maps[row, :said].numpy(), [softmax(affinity[t]) for t in range(said)], atol=1e-5)


def test_which_words_count_depends_on_the_picture() -> None:
    made = network("coattention", hidden=6)
    regions, tokens = pairs()
    with torch.no_grad():
        one, other = (made.weights(regions[i : i + 1], tokens[:1])[0] for i in (0, 1))
    assert not torch.allclose(one, other, atol=1e-5)


@pytest.mark.slow
def test_the_colours_word_learns_to_look_where_it_is_decided() -> None:
    made = network("coattention", hidden=16)
    assert on_coloured_maps(made)[2] < 0.4  # a third of the map: before it learns, it looks everywhere
    assert learn(made, *coloured_maps(512, torch.Generator().manual_seed(4)), steps=150) < 0.1
    right, weight, left = on_coloured_maps(made)
    assert right > 0.95
    assert left > 0.6
    assert weight > 0.8  # of two words
