"""The plain baseline of a reader: an LSTM or GRU over word vectors, both ways."""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor, nn

from reid.networks.recurrent import Cell, MaskedRecurrent
from reid.networks.tuned_words import Tune, TunedWords, pooled

SentencePool = Literal["last", "max", "mean"]


class RecurrentText(TunedWords):
    """Word vectors, a recurrent layer, one vector.

    Source: the text path of Zhang and Lu (ECCV 2018, section 3.1), a bidirectional LSTM with the largest value over the
    words (``pool="max"``); with ``pool="last"`` the sentence encoder of Sutskever et al. 2014 (arXiv:1409.3215).

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        dim: length of the result.
        hidden: size of the recurrent state, of one direction.
        cell: ``lstm`` or ``gru``.
        bidirectional: read from the end as well.
        pool: ``last`` state of each direction, or ``max`` or ``mean`` over the words.
        dropout: before and after the recurrent layer, while training.
        tune: of the word vectors, see TunedWords.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        dim: int = 256,
        hidden: int = 128,
        cell: Cell = "lstm",
        bidirectional: bool = True,
        pool: SentencePool = "last",
        dropout: float = 0.1,
        tune: Tune = "none",
    ) -> None:
        super().__init__(words, word_dim, tune)
        self.dropout = nn.Dropout(dropout)
        self.reader = Reader(word_dim, hidden, cell, bidirectional, pool)
        self.leave = nn.Linear(self.reader.channels, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 word numbers, 0 after the end -> (B, dim), not normalised."""
        states, said = self.word_states(tokens)
        return self.leave(self.dropout(self.reader(self.dropout(states), said)))


class Reader(nn.Module):
    """A recurrent layer and what is kept of its states.

    Args:
        inputs, hidden, cell, bidirectional: see MaskedRecurrent.
        pool: ``last``, ``max`` or ``mean``.

    Raises:
        ValueError: if there is no such cell or pool.
    """

    def __init__(self, inputs: int, hidden: int, cell: Cell, bidirectional: bool, pool: SentencePool) -> None:
        super().__init__()
        if pool not in get_args(SentencePool):
            raise ValueError(f"pool {pool!r} is unknown; use last, max or mean")
        self.recurrent = MaskedRecurrent(inputs, hidden, cell, bidirectional)
        self.channels, self.pool = self.recurrent.channels, pool

    def forward(self, inputs: Tensor, said: Tensor) -> Tensor:
        """(B, L, inputs), (B, L, 1) -> (B, channels)."""
        states, last = self.recurrent(inputs, said)
        return last if self.pool == "last" else pooled(states, said, self.pool)
