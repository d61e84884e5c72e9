import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from reid.networks.recurrent import MaskedRecurrent
from reid.networks.text_convrnn import ConvRecurrent
from reid.networks.text_rnn import Reader, RecurrentText

WORDS = 12


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_equals_packed_sequences(cell, bidirectional):
    """Torch's own way with lengths, which cannot be converted for other runtimes."""
    ours = MaskedRecurrent(3, 4, cell, bidirectional)
    theirs = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](3, 4, batch_first=True, bidirectional=bidirectional)
    state = {key.removeprefix("there."): v for key, v in ours.state_dict().items() if key.startswith("there.")}
    state |= {
        key.removeprefix("back.") + "_reverse": v for key, v in ours.state_dict().items() if key.startswith("back.")
    }
    theirs.load_state_dict(state)
    lengths = torch.tensor([6, 1, 4])
    inputs = torch.randn(3, 6, 3)
    said = (torch.arange(6) < lengths[:, None]).float()[:, :, None]
    packed, final = theirs(pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False))
    states, last = ours(inputs, said)
    torch.testing.assert_close(states, pad_packed_sequence(packed, batch_first=True)[0])
    hidden = final[0] if cell == "lstm" else final
    torch.testing.assert_close(last, hidden.transpose(0, 1).flatten(1))


def test_a_sentence_of_no_words_is_zero():
    states, last = MaskedRecurrent(3, 4)(torch.randn(1, 5, 3), torch.zeros(1, 5, 1))
    assert not states.any()
    assert not last.any()


def test_pools():
    inputs, said = torch.randn(2, 5, 3), torch.tensor([[1.0] * 5, [1.0] * 2 + [0.0] * 3])[:, :, None]
    reader = Reader(3, 4, "gru", True, "last")
    states, last = reader.recurrent(inputs, said)
    torch.testing.assert_close(reader(inputs, said), last)
    reader.pool = "max"
    torch.testing.assert_close(reader(inputs, said)[1], states[1, :2].amax(dim=0))
    reader.pool = "mean"
    torch.testing.assert_close(reader(inputs, said)[1], states[1, :2].mean(dim=0))


@pytest.mark.parametrize("kind", [ConvRecurrent, RecurrentText])
def test_order_matters_to_it(kind):
    net = kind(WORDS, 6, 4, hidden=5).eval()
    net.set_words(torch.randn(WORDS, 6))
    assert not torch.allclose(net(torch.tensor([[1, 2, 3, 4]])), net(torch.tensor([[3, 2, 1, 4]])), atol=1e-4)


def test_the_convolution_sees_neighbours_before_the_recurrent_layer_reads():
    net = ConvRecurrent(WORDS, 6, 4, width=7, kernel=3, hidden=5, bidirectional=False, pool="last").eval()
    net.set_words(torch.randn(WORDS, 6))
    seen = []
    net.reader.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    net(torch.tensor([[1, 2, 3, 4, 5]]))
    net(torch.tensor([[1, 2, 3, 4, 6]]))
    same = (seen[0] - seen[1]).abs().amax(dim=2)[0] < 1e-6
    assert same.tolist() == [True, True, True, False, False]


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="rnn"):
        MaskedRecurrent(3, 4, "rnn")
    with pytest.raises(ValueError, match="first"):
        RecurrentText(WORDS, pool="first")
