"""TextCNN: convolutions of several windows over word vectors, and the largest value over the sentence."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reid.networks.tuned_words import Tune, TunedWords, pooled, window


class TextCNN(TunedWords):
    """Kim, "Convolutional neural networks for sentence classification", EMNLP 2014 (arXiv:1408.5882, equations 2-4).

    Other than there a window may hang over the ends of the sentence, so that sentences shorter than a window are
    read too, and what comes out does not depend on the padding.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        dim: length of the result.
        windows: how many words each kind of feature sees.
        maps: features of each kind.
        dropout: before the last layer, while training.
        tune: of the word vectors, see TunedWords.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        dim: int = 256,
        windows: Sequence[int] = (3, 4, 5),
        maps: int = 100,
        dropout: float = 0.5,
        tune: Tune = "none",
    ) -> None:
        super().__init__(words, word_dim, tune)
        self.convolutions = nn.ModuleList(nn.Conv1d(word_dim, maps, size) for size in windows)
        self.dropout = nn.Dropout(dropout)
        self.leave = nn.Linear(maps * len(windows), dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 word numbers, 0 after the end -> (B, dim), not normalised."""
        states, said = self.word_states(tokens)
        found = [
            pooled(torch.relu(window(states, convolution)), said, "max")  # type: ignore[arg-type]
            for convolution in self.convolutions
        ]
        return self.leave(self.dropout(torch.cat(found, dim=1)))
