"""An LSTM that reads a sentence with a picture's vector beside every word."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class JointLSTM(nn.Module):
    """The same as an `nn.LSTM` over the concatenation of word vector and visual vector, at a lower price.

    The matrix that meets the concatenation is kept as two. So the words' part is multiplied once per sentence and the
    picture's part once per picture; per pair only the recurrence remains (8 * hidden ** 2 operations a word).

    Args:
        word: length of a word's vector.
        visual: length of a picture's vector.
        hidden: length of the state.
    """

    def __init__(self, word: int, visual: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.of_word = nn.Linear(word, 4 * hidden)
        self.of_picture = nn.Linear(visual, 4 * hidden, bias=False)
        self.of_state = nn.Linear(hidden, 4 * hidden, bias=False)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)  # as nn.LSTM does
        with torch.no_grad():
            self.of_word.bias[hidden : 2 * hidden] += 1  # what was read is kept until told otherwise

    def forward(self, words: Tensor, picture: Tensor) -> Tensor:
        """States after every word.

        Args:
            words: (M, L, 4 * hidden) what `of_word` makes of M sentences, or (L, 4 * hidden) of one.
            picture: (M, 4 * hidden) what `of_picture` makes of M pictures.

        Returns:
            (M, L, hidden).
        """
        state = cell = picture.new_zeros(len(picture), self.hidden)
        states = []
        for step in range(words.shape[-2]):
            gates = words[..., step, :] + picture + self.of_state(state)
            cell, state = lstm_step(gates, cell)
            states.append(state)
        return torch.stack(states, dim=1)


def lstm_step(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """The next cell and state of an LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    Args:
        gates: (M, 4 * H) before their activation: input, forget, candidate, output.
        cell: (M, H).
    """
    enter, keep, candidate, show = gates.chunk(4, dim=-1)
    cell = torch.sigmoid(keep) * cell + torch.sigmoid(enter) * torch.tanh(candidate)
    return cell, torch.sigmoid(show) * torch.tanh(cell)
