"""The first layer of a network that reads: word vectors, as they are or tuned."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from reid.networks.words import WordTable

# Vectors of norm 1 have small entries; with this they are about as long as word2vec's of frequent words.
_SCALE = 3.0
Tune = Literal["none", "map", "table"]
TUNES = get_args(Tune)


class TunedWords(WordTable):
    """Word vectors that may be tuned by training, and start as what they were loaded as.

    Kim 2014 (arXiv:1408.5882, section 2.1) calls the first kind static, the last non-static. The first convolution of
    Zheng et al. 2017 (arXiv:1711.05535, section 3.2), 1 x 1 over one-hot words and set to word2vec, is ``table``.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        tune: ``none``; ``map``, a 1 x 1 convolution over all words that starts as the identity, so that words that
            training never saw move with their neighbours; or ``table``, a correction of each word that starts at 0,
            which costs word_dim numbers per word.

    Raises:
        ValueError: if ``tune`` has another name.
    """

    def __init__(self, words: int, word_dim: int = 100, tune: Tune = "none") -> None:
        if tune not in TUNES:
            raise ValueError(f"tune {tune!r} is unknown; use one of {', '.join(TUNES)}")
        super().__init__(words, word_dim)
        self.tune = tune
        if tune == "map":
            self.map = nn.Conv1d(word_dim, word_dim, 1)
            nn.init.eye_(self.map.weight.data[..., 0])
            nn.init.zeros_(self.map.bias)  # type: ignore[arg-type]
        elif tune == "table":
            self.correction = nn.Embedding(words + 1, word_dim, padding_idx=0)
            nn.init.zeros_(self.correction.weight)

    def word_states(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L) int64 -> states (B, L, word_dim), 0 where padding, and what is said (B, L, 1), 1 or 0."""
        vectors, said = self.look_up(tokens)
        states = vectors * _SCALE
        if self.tune == "map":
            states = self.map(states.transpose(1, 2)).transpose(1, 2)
        elif self.tune == "table":
            states = states + self.correction(tokens)
        return states * said, said


def window(states: Tensor, convolution: nn.Conv1d) -> Tensor:
    """A convolution whose window is centred on each word in turn, with zeros beyond the ends.

    Args:
        states: (B, L, C), 0 where padding, so that padding and the end of the tensor are the same to it.
        convolution: of C channels, without padding of its own.

    Returns:
        (B, L, C'); of an even window the longer side lies after the word.
    """
    size = convolution.kernel_size[0]
    padded = nn.functional.pad(states.transpose(1, 2), ((size - 1) // 2, size // 2))
    return convolution(padded).transpose(1, 2)


def pooled(states: Tensor, said: Tensor, how: str) -> Tensor:
    """One vector of a sentence's states.

    Args:
        states: (B, L, C).
        said: (B, L, 1) 1 or 0; what is 0 does not count.
        how: ``max`` or ``mean``.

    Returns:
        (B, C); 0 for a sentence of no words.

    Raises:
        ValueError: if ``how`` has another name.
    """
    if how == "mean":
        return (states * said).sum(dim=1) / said.sum(dim=1).clamp(min=1)
    if how == "max":
        highest = (states - (1 - said) * 1e4).amax(dim=1)
        return torch.where(said.amax(dim=1) > 0, highest, torch.zeros_like(highest))
    raise ValueError(f"pool {how!r} is unknown; use max or mean")
