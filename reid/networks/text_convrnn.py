"""A convolutional-recurrent reader: phrases by a convolution, their order by an LSTM or GRU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid.networks.recurrent import Cell
from reid.networks.text_rnn import Reader, SentencePool
from reid.networks.tuned_words import Tune, TunedWords, window


class ConvRecurrent(TunedWords):
    """Word vectors, a convolution over neighbours, a recurrent layer, one vector.

    Source: C-LSTM, Zhou et al. 2015 (arXiv:1511.08630, sections 3.1 and 3.2: convolution, no pooling over words, LSTM);
    Reed et al. 2016 (CNN-RNN, arXiv:1605.05395, section 4) for retrieval of pictures by descriptions.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        dim: length of the result.
        width: channels of the convolution.
        kernel: words in a window.
        hidden: size of the recurrent state, of one direction.
        cell: ``lstm`` or ``gru``.
        bidirectional: read from the end as well.
        pool: ``last`` state of each direction, or ``max`` or ``mean`` over the words.
        dropout: after each layer, while training.
        tune: of the word vectors, see TunedWords.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        dim: int = 256,
        width: int = 128,
        kernel: int = 3,
        hidden: int = 128,
        cell: Cell = "lstm",
        bidirectional: bool = True,
        pool: SentencePool = "max",
        dropout: float = 0.1,
        tune: Tune = "none",
    ) -> None:
        super().__init__(words, word_dim, tune)
        self.convolution = nn.Conv1d(word_dim, width, kernel)
        self.dropout = nn.Dropout(dropout)
        self.reader = Reader(width, hidden, cell, bidirectional, pool)
        self.leave = nn.Linear(self.reader.channels, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 word numbers, 0 after the end -> (B, dim), not normalised."""
        states, said = self.word_states(tokens)
        phrases = self.dropout(torch.relu(window(states, self.convolution))) * said
        return self.leave(self.dropout(self.reader(phrases, said)))
