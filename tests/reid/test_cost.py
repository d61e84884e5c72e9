"""Parameters, operations and time against what is counted by hand."""

from __future__ import annotations

import time

import pytest
import torch
from torch import Tensor, nn

from reid.evaluation.cost import flops, milliseconds, parameters


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("bias", [True, False])
def test_parameters_by_hand(bias):
    assert parameters(nn.Linear(7, 5, bias=bias)) == 7 * 5 + 5 * bias
    assert parameters(nn.Conv2d(8, 12, 3, groups=4, bias=bias)) == 12 * 2 * 9 + 12 * bias
    assert parameters(nn.BatchNorm2d(6)) == 12  # the running means are not learnt
    assert parameters(nn.LSTM(10, 16, bias=bias)) == 4 * 16 * (10 + 16 + 2 * bias)


def test_parameters_that_are_shared_or_frozen_count_once():
    last = nn.Linear(4, 4)
    network = nn.ModuleDict({"image": nn.Sequential(nn.Linear(3, 4), last), "text": nn.Sequential(last)})
    assert parameters(network) == (3 * 4 + 4) + (4 * 4 + 4)
    network.requires_grad_(False)
    assert parameters(network) == 36
    assert parameters(nn.ReLU()) == 0


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("inputs", [1, 9])
@pytest.mark.parametrize("outputs", [1, 6])
def test_a_linear_layer(batch, inputs, outputs):
    assert flops(nn.Linear(inputs, outputs), torch.randn(batch, inputs)) == 2 * batch * inputs * outputs


@pytest.mark.parametrize("groups", [1, 2, 8])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_a_convolution(groups, stride, kernel, padding):
    layer = nn.Conv2d(8, 16, kernel, stride=stride, padding=padding, groups=groups)
    images = torch.randn(2, 8, 9, 7)
    places = layer(images).numel()
    assert flops(layer, images) == 2 * places * kernel * kernel * 8 // groups


@pytest.mark.parametrize("length", [1, 7])
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize(("layer", "gates"), [(nn.LSTM, 4), (nn.GRU, 3)])
def test_a_recurrent_layer(layer, gates, length, both_ways):
    """Each gate of each step reads the input (10) and its own state (16)."""
    network = layer(10, 16, batch_first=True, bidirectional=both_ways)
    by_hand = 2 * length * gates * 16 * (10 + 16) * (1 + both_ways)
    assert flops(network, torch.randn(1, length, 10)) == by_hand


def test_a_transformer_layer_is_counted_in_evaluation_mode():
    network = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).eval()
    words, width, hidden = 5, 16, 32
    projections = words * width * (3 * width + width) + 2 * words * width * hidden
    attention = 2 * words * words * width
    assert flops(network, torch.randn(1, words, width)) == 2 * (projections + attention)


def test_a_network_of_several_and_what_costs_nothing():
    pooled = (nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), *pooled, nn.Linear(8, 4)).eval()
    assert flops(network, torch.randn(1, 3, 6, 5)) == 2 * (6 * 5 * 8 * 27 + 8 * 4)
    assert flops(nn.ReLU(), torch.randn(3, 3)) == 0


def test_a_method_and_what_torch_was_set_to():
    class Pair(nn.Module):
        def judge(self, regions: Tensor, word: Tensor) -> Tensor:
            return regions @ word

    before = torch.backends.mha.get_fastpath_enabled(), torch.backends.mkldnn.enabled
    assert flops(Pair().judge, torch.randn(5, 4), torch.randn(4, 3)) == 2 * 5 * 4 * 3
    assert (torch.backends.mha.get_fastpath_enabled(), torch.backends.mkldnn.enabled) == before
    with pytest.raises(RuntimeError):
        flops(nn.Linear(2, 2), torch.randn(1, 3))
    assert (torch.backends.mha.get_fastpath_enabled(), torch.backends.mkldnn.enabled) == before


def test_time_is_the_median_of_warm_calls_on_one_thread():
    torch.set_num_threads(2)
    calls: list[int] = []

    def work():
        calls.append(torch.get_num_threads())
        # the first calls, and one now and then, are slow
        time.sleep(0.05 if len(calls) <= 2 or len(calls) == 5 else 0.005)

    took = milliseconds(work, warm=2, repeats=5, least_s=0)
    assert 5 <= took < 20
    assert calls == [1] * 7
    assert torch.get_num_threads() == 2


def test_short_work_is_called_more_often():
    calls: list[int] = []
    milliseconds(lambda: (calls.append(1), time.sleep(0.001)), warm=0, repeats=2, least_s=0.05)
    assert 10 < len(calls) <= 51
