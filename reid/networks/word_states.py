"""Words in their context: one vector per word, read once per sentence whatever it will be compared with."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from reid.networks.words import WordTable


class WordStates(WordTable):
    """A bidirectional LSTM over word vectors, beside a direct way for the word itself.

    "red" must know whether a coat or a bag follows, and must not forget that it says red.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        width: length of a state; even.
        dropout: of word vectors' numbers, while training.

    Raises:
        ValueError: if ``width`` is odd.
    """

    def __init__(self, words: int, word_dim: int = 100, width: int = 128, dropout: float = 0.1) -> None:
        if width % 2:
            raise ValueError(f"expected an even width for two directions, got {width}")
        super().__init__(words, word_dim)
        self.dropout = nn.Dropout(dropout)
        self.enter = nn.Linear(word_dim, width)
        self.lstm = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
        self.leave = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """States (B, L, width), 0 where padding, and what is said (B, L), 1 or 0.

        Args:
            tokens: (B, L) int64 word numbers, 0 after the end.
        """
        vectors, said = self.look_up(tokens)
        # Numbers of a vector of norm 1 are small; the layers are initialised for a variance of 1.
        entered = self.enter(self.dropout(vectors * self.word_dim**0.5))
        # Packed, so that the backward direction starts at the last word and not in the padding.
        ends = (said[..., 0] * torch.arange(1, tokens.shape[1] + 1, device=tokens.device)).amax(dim=1)
        packed = pack_padded_sequence(entered, ends.clamp(min=1).long().cpu(), batch_first=True, enforce_sorted=False)
        read = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=tokens.shape[1])[0]
        return (self.leave(read) + entered) * said, said[..., 0]
