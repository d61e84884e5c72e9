"""A deep residual convolutional reader, the text path of the dual-path network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid.networks.text import ResidualConvolution
from reid.networks.tuned_words import Tune, TunedWords, pooled


class ResidualCNN(TunedWords):
    """Word vectors, residual convolutions, the largest value and the mean over the words.

    Source: Zheng et al. 2017 (arXiv:1711.05535, section 3.2), whose text path is a ResNet over words. Here the words
    are not thinned out between the blocks and the normalisation is over channels: descriptions of people are short.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        dim: length of the result.
        width: of the hidden states.
        layers: number of residual convolutions of three words each.
        dropout: in each of them, while training.
        tune: of the word vectors, see TunedWords.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        dim: int = 256,
        width: int = 256,
        layers: int = 3,
        dropout: float = 0.1,
        tune: Tune = "none",
    ) -> None:
        super().__init__(words, word_dim, tune)
        self.enter = nn.Linear(word_dim, width)
        self.blocks = nn.ModuleList(ResidualConvolution(width, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(2 * width)
        self.leave = nn.Linear(2 * width, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 word numbers, 0 after the end -> (B, dim), not normalised."""
        vectors, said = self.word_states(tokens)
        states = self.enter(vectors) * said
        for block in self.blocks:
            states = block(states, said)
        both = torch.cat([pooled(states, said, "max"), pooled(states, said, "mean")], dim=1)
        return self.leave(self.norm(both))
