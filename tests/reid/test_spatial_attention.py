"""Spatial attention against the formulas, written by hand with loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pairwise_checks import WIDTH, check_all, check_gradients, coloured_maps, learn, network, on_coloured_maps, pairs

from reid.networks.spatial_attention import SpatialAttention
from reid.networks.word_states import WordStates

ATTENTIONS = ("cosine", "additive")


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_what_must_hold_for_every_network(attention: str) -> None:
    check_all(network("spatial_attention", attention=attention))
    check_gradients(network("spatial_attention", attention=attention))


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def softmax(scores: list[float]) -> np.ndarray:
    powers = np.exp(np.asarray(scores) - max(scores))
    return powers / powers.sum()


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_each_word_is_compared_with_the_place_it_looks_at(attention: str) -> None:
    made = network("spatial_attention", attention=attention)
    assert isinstance(made, SpatialAttention)
    regions, tokens = pairs()
    with torch.no_grad():
        logits = made.pair_logits(regions, tokens)
        weights, maps = made.weights(regions, tokens)
        assert maps is not None
        for row in range(5):
            said = int((tokens[row] > 0).sum())
            states = made.text(tokens[row : row + 1, :said])[0][0]
            keys, values = made.key(regions[row]).numpy(), made.value(regions[row]).numpy()
            importance = softmax([float(made.importance(state)) for state in states])
            score = 0.0
            for t in range(said):
                question = made.question(states[t]).numpy()
                if attention == "cosine":
                    looks = softmax([9 * float(unit(key) @ unit(question)) for key in keys])
                else:
                    place = made.place.weight[0].numpy()
                    looks = softmax([float(place @ np.tanh(key + question)) for key in keys])
                assert np.allclose(maps[row, t].numpy(), looks, atol=1e-5)
                seen = sum(look * value for look, value in zip(looks, values, strict=True))
                score += importance[t] * float(unit(made.meaning(states[t]).numpy()) @ unit(seen))
            assert np.allclose(weights[row, :said].numpy(), importance, atol=1e-5)
            assert float(logits[row]) == pytest.approx(10 * score, abs=1e-4)


def test_where_regions_lie_in_the_list_does_not_matter_and_maps_move_with_them() -> None:
    made = network("spatial_attention")
    regions, tokens = pairs()
    order = torch.randperm(12, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        before, after = made.weights(regions, tokens)[1], made.weights(regions[:, order], tokens)[1]
        assert before is not None
        assert after is not None
        torch.testing.assert_close(after, before[:, :, order])
        torch.testing.assert_close(made.pair_logits(regions[:, order], tokens), made.pair_logits(regions, tokens))


def test_a_words_state_knows_its_neighbours_on_both_sides() -> None:
    torch.manual_seed(0)
    reader = WordStates(9, 6, 8).eval()
    reader.set_words(torch.randn(9, 6))
    first = reader(torch.tensor([[1, 2, 3, 0]]))[0]
    for changed in ([4, 2, 3, 0], [1, 2, 4, 0], [1, 2, 3, 4]):
        assert not torch.allclose(reader(torch.tensor([changed]))[0][0, 1], first[0, 1], atol=1e-4), changed
    assert not first[0, 3].any()


def test_a_words_state_does_not_depend_on_longer_sentences_beside_it() -> None:
    torch.manual_seed(0)
    reader = WordStates(9, 6, 8).eval()
    reader.set_words(torch.randn(9, 6))
    both = reader(torch.tensor([[1, 2, 0, 0], [3, 4, 5, 6]]))[0]
    torch.testing.assert_close(reader(torch.tensor([[1, 2]]))[0][0], both[0, :2], atol=1e-6, rtol=1e-5)


def test_bad_settings_say_so() -> None:
    with pytest.raises(ValueError, match="attention 'none' is unknown; use one of cosine, additive"):
        network("spatial_attention", attention="none")
    with pytest.raises(ValueError, match="even width"):
        network("spatial_attention", image={"width": 15})
    assert WIDTH % 2 == 0


@pytest.mark.slow
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_the_colours_word_learns_to_look_where_it_is_decided(attention: str) -> None:
    made = network("spatial_attention", attention=attention)
    assert on_coloured_maps(made)[2] < 0.4  # a third of the map: before it learns, it looks everywhere
    assert learn(made, *coloured_maps(512, torch.Generator().manual_seed(4)), steps=150) < 0.1
    right, weight, left = on_coloured_maps(made)
    assert right > 0.95
    assert left > 0.5
    assert weight > 0.8  # of two words
