"""The joint network against the paper's formulas, written by hand with loops."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from pairwise_checks import WORD_DIM, check_all, check_gradients, coloured_maps, learn, network, on_coloured_maps, pairs
from torch import nn

from reid.networks.gna_rnn import GNARNN
from reid.networks.joint_lstm import JointLSTM
from reid.networks.region_pool import RegionPool

MODES = ("gated", "joint")
SIZES = {"hidden": 12, "units": 8, "slots": 3}


@pytest.mark.parametrize("mode", MODES)
def test_what_must_hold_for_every_network(mode: str) -> None:
    check_all(network("gna_rnn", mode=mode, **SIZES))
    check_gradients(network("gna_rnn", mode=mode, **SIZES))


@pytest.mark.parametrize(("batch", "length"), [(1, 1), (3, 5)])
def test_the_split_lstm_is_an_lstm_over_the_concatenation(batch: int, length: int) -> None:
    torch.manual_seed(2)
    split, whole = JointLSTM(4, 3, 6), nn.LSTM(7, 6, batch_first=True)
    with torch.no_grad():
        whole.weight_ih_l0.copy_(torch.cat([split.of_word.weight, split.of_picture.weight], dim=1))
        whole.weight_hh_l0.copy_(split.of_state.weight)
        whole.bias_ih_l0.copy_(split.of_word.bias)
        whole.bias_hh_l0.zero_()
    words, picture = torch.randn(batch, length, 4), torch.randn(batch, 3)
    expected = whole(torch.cat([words, picture[:, None].expand(-1, length, -1)], dim=2))[0]
    got = split(split.of_word(words), split.of_picture(picture))
    torch.testing.assert_close(got, expected, atol=1e-6, rtol=1e-5)
    one = split(split.of_word(words[0]), split.of_picture(picture))  # the same sentence for all pictures
    torch.testing.assert_close(one[0], expected[0], atol=1e-6, rtol=1e-5)


def test_the_affinity_is_gate_times_attention_times_units() -> None:
    made = network("gna_rnn", **SIZES)
    assert isinstance(made, GNARNN)
    nn.init.constant_(made.offset, 0.3)
    regions, tokens = pairs()
    with torch.no_grad():
        logits, weights = made.pair_logits(regions, tokens), made.weights(regions, tokens)[0]
        for row in range(5):
            share, units = made.look(regions[row : row + 1])
            words = [int(t) for t in tokens[row] if t]
            states = made.lstm(made.read(tokens[row : row + 1, : len(words)]).states, share)[0]
            affinity, gates = 0.3, []
            for state in states:
                asked = made.ask(state)
                gates.append(1 / (1 + math.exp(-float(made.gate(state)))))
                total = sum(math.exp(float(a)) for a in asked)
                affinity += gates[-1] * sum(
                    math.exp(float(a)) / total * float(v) for a, v in zip(asked, units[0], strict=True)
                )
            assert float(logits[row]) == pytest.approx(affinity, abs=1e-5)
            expected = [gate / sum(gates) for gate in gates]
            assert weights[row, : len(words)].tolist() == pytest.approx(expected, abs=1e-5)


def test_the_joint_score_is_read_from_the_last_words_state_and_words_count_by_how_far_they_moved_it() -> None:
    made = network("gna_rnn", mode="joint", **SIZES)
    regions, tokens = pairs()
    with torch.no_grad():
        logits, weights = made.pair_logits(regions, tokens), made.weights(regions, tokens)[0]
        for row in range(5):
            length = int((tokens[row] > 0).sum())
            scores = [0.0] + [
                float(made.pair_logits(regions[row : row + 1], tokens[row : row + 1, : n + 1])) for n in range(length)
            ]
            assert float(logits[row]) == pytest.approx(scores[-1], abs=1e-5)
            moved = [abs(b - a) for a, b in pairwise(scores)]
            assert weights[row, :length].tolist() == pytest.approx([m / sum(moved) for m in moved], abs=1e-4)


def test_soft_bands_start_as_bands() -> None:
    """Regions that carry nothing but the mark of their height are pooled by height, from the head on."""
    made = network("gna_rnn", slots=4)
    marks = made.image.heights(4)
    pool = RegionPool(marks)
    torch.testing.assert_close(marks, made.image.position.T)
    strong = RegionPool(marks * 20)  # sharp, so that a band holds one region
    bands = strong(marks[None])
    torch.testing.assert_close(bands[0, :4], marks, atol=1e-2, rtol=1e-2)
    torch.testing.assert_close(bands[0, 4], marks.mean(dim=0))
    scores = marks @ (2 * marks).T / 4
    torch.testing.assert_close(pool(marks[None])[0, :4], torch.softmax(scores, dim=0).T @ marks)


def test_words_and_pictures_matter() -> None:
    for mode in MODES:
        made = network("gna_rnn", mode=mode, **SIZES)
        regions, tokens = pairs()
        with torch.no_grad():
            table = made.table(regions, tokens)
        assert table.std(dim=0).min() > 1e-4
        assert table.std(dim=1).min() > 1e-5


def test_another_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode 'mixed' is unknown; use one of gated, joint"):
        network("gna_rnn", mode="mixed")
    assert WORD_DIM == 10


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_it_learns_which_colour_lies_where(mode: str) -> None:
    made = network("gna_rnn", mode=mode, hidden=32, units=32, slots=3)
    assert learn(made, *coloured_maps(1024, torch.Generator().manual_seed(4)), steps=200) < 0.1
    right, weight, _ = on_coloured_maps(made)
    assert right > 0.95
    assert weight > 0.6  # of two words
