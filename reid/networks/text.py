"""A small convolutional reader of sentences over fixed word vectors.

Source: convolutions over word vectors and the largest value over the sentence, Kim 2014 (arXiv:1408.5882, section 2);
residual connections as in the text path of Zheng et al. 2017 (dual path, arXiv:1711.05535, section 3.2).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid.networks.halves import Halves
from reid.networks.words import WordTable


class ResidualConvolution(nn.Module):
    """Normalise, mix each word with its two neighbours, add."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Conv1d(width, width, kernel_size=3, padding=1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, said: Tensor) -> Tensor:
        """(B, L, W), (B, L, 1) -> (B, L, W); padding stays silent."""
        mixed = self.mix((self.norm(states) * said).transpose(1, 2)).transpose(1, 2)
        return states + self.dropout(torch.relu(mixed)) * said


class TextNetwork(WordTable):
    """Word numbers to a vector and to what the sentence states.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        width: of the hidden states.
        layers: number of convolutions.
        dim: length of the result.
        attributes: how many attributes of it say what the sentence states.
        dropout: while training.
        noise: standard deviation of what is added to word vectors while training, so that a neighbour in
            meaning reads nearly the same.
        centred: take the mean off both halves, see Centre.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        width: int = 256,
        layers: int = 3,
        dim: int = 256,
        attributes: int = 71,
        dropout: float = 0.1,
        noise: float = 0.0,
        centred: bool = False,
    ) -> None:
        super().__init__(words, word_dim)
        self.attributes, self.noise = attributes, noise
        self.enter = nn.Linear(word_dim, width)
        self.blocks = nn.ModuleList(ResidualConvolution(width, dropout) for _ in range(layers))
        self.leave = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.ReLU())
        self.embed = nn.Linear(width, dim - attributes)
        self.stated = nn.Linear(width, 2 * attributes)
        self.weight = nn.Parameter(torch.zeros(attributes))
        self.halves = Halves(dim - attributes, attributes, centred)

    def read(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 -> (B, W): the sentence as a whole."""
        vectors, said = self.look_up(tokens)
        if self.training and self.noise:
            vectors = vectors + torch.randn_like(vectors) * self.noise
        states = self.enter(vectors * 3) * said
        for block in self.blocks:
            states = block(states, said)
        highest = (states - (1 - said) * 1e4).amax(dim=1)
        mean = (states * said).sum(dim=1) / said.sum(dim=1).clamp(min=1)
        return self.leave(torch.cat([highest, mean], dim=1))

    def heads(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The vector (B, dim) and the logits (B, 2, A) of "the sentence says so" and "it says the opposite"."""
        state = self.read(tokens)
        stated = self.stated(state).unflatten(1, (2, self.attributes))
        likely = torch.sigmoid(stated)
        # Attributes that pictures show reliably earn a larger weight.
        facts = (likely[:, 0] - likely[:, 1]) * nn.functional.softplus(self.weight + 1)
        return self.halves(self.embed(state), facts), stated

    def forward(self, tokens: Tensor) -> Tensor:
        """Vectors of sentences.

        Args:
            tokens: (B, L) int64 word numbers, 0 after the end.

        Returns:
            (B, dim) of norm 1.
        """
        return self.heads(tokens)[0]
