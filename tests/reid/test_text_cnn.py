import pytest
import torch

from reid.networks.text_cnn import TextCNN
from reid.networks.tuned_words import TunedWords, pooled, window

WORDS = 12


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def network(**settings):
    built = TextCNN(WORDS, word_dim=6, dim=4, **{"maps": 5, **settings})
    built.set_words(torch.randn(WORDS, 6))
    return built.eval()


@pytest.mark.parametrize("windows", [(1,), (3, 4, 5)])
@pytest.mark.parametrize("length", [1, 2, 7])
def test_equals_the_definition_in_loops(windows, length):
    net, tokens = network(windows=windows), torch.randint(1, WORDS + 1, (2, length))
    states = net.word_states(tokens)[0]
    for row in range(2):
        features = []
        for size, convolution in zip(windows, net.convolutions, strict=True):
            found = []
            for centre in range(length):
                value = convolution.bias.clone()
                for offset in range(size):
                    place = centre - (size - 1) // 2 + offset
                    if 0 <= place < length:
                        value = value + convolution.weight[:, :, offset] @ states[row, place]
                found.append(value.clamp(min=0))
            features.append(torch.stack(found).amax(dim=0))
        expected = net.leave.weight @ torch.cat(features) + net.leave.bias
        torch.testing.assert_close(net(tokens)[row], expected)


def test_three_windows_of_a_hundred_maps_are_the_default():
    net = TextCNN(WORDS)
    assert [c.kernel_size[0] for c in net.convolutions] == [3, 4, 5]
    assert [c.out_channels for c in net.convolutions] == [100] * 3
    assert net.dropout.p == 0.5


@pytest.mark.parametrize("tune", ["none", "map", "table"])
def test_the_first_layer_starts_as_the_word_vectors(tune):
    net, plain = network(tune=tune), network()
    tokens = torch.randint(1, WORDS + 1, (2, 5))
    net.codes.copy_(plain.codes)
    net.scales.copy_(plain.scales)
    torch.testing.assert_close(net.word_states(tokens)[0], plain.word_states(tokens)[0])


@pytest.mark.parametrize(("tune", "moved"), [("none", 0), ("map", WORDS), ("table", 2)])
def test_which_words_move_when_two_are_trained_on(tune, moved):
    net = network(tune=tune, dropout=0.0)
    every = torch.arange(1, WORDS + 1)[:, None]
    before = net.word_states(every)[0].detach()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    net.train()(torch.tensor([[1, 2, 0]])).square().sum().backward()
    optimizer.step()
    change = (net.word_states(every)[0] - before).abs().amax(dim=(1, 2))
    assert int((change > 1e-6).sum()) == moved
    padding = net.word_states(torch.zeros(1, 3, dtype=torch.int64))[0]
    assert not padding.any()


def test_order_matters_to_it():
    net = network()
    assert not torch.allclose(net(torch.tensor([[1, 2, 3, 4]])), net(torch.tensor([[3, 2, 1, 4]])), atol=1e-4)


def test_pooling_passes_over_padding():
    states, said = torch.tensor([[[-1.0], [-3.0], [9.0]]]), torch.tensor([[[1.0], [1.0], [0.0]]])
    assert pooled(states, said, "max").item() == -1
    assert pooled(states, said, "mean").item() == -2
    for how in ("max", "mean"):
        assert pooled(states, said * 0, how).item() == 0
    with pytest.raises(ValueError, match="median"):
        pooled(states, said, "median")


def test_an_even_window_looks_further_ahead():
    convolution = torch.nn.Conv1d(1, 1, 2, bias=False)
    convolution.weight.data.copy_(torch.tensor([[[1.0, 10.0]]]))
    assert window(torch.tensor([[[1.0], [2.0], [3.0]]]), convolution).flatten().tolist() == [21, 32, 3]


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="tabel"):
        TunedWords(WORDS, tune="tabel")
