"""Word numbers to word vectors: the first layer of every network that reads."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WordTable(nn.Module):
    """Fixed word vectors, kept as int8 with a scale per word.

    A quarter of the size, and the error (< 0.4 % of a word's largest value) is far below the distance between
    synonyms. Networks that read inherit from this class, so that their words lie at ``codes`` and ``scales``.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
    """

    codes: Tensor
    scales: Tensor

    def __init__(self, words: int, word_dim: int = 100) -> None:
        super().__init__()
        self.word_dim = word_dim
        self.register_buffer("codes", torch.zeros(words + 1, word_dim, dtype=torch.int8))
        self.register_buffer("scales", torch.zeros(words + 1))

    def set_words(self, vectors: Tensor) -> None:
        """Store word vectors (V, word_dim); each is brought to norm 1 first."""
        vectors = nn.functional.normalize(vectors.float(), dim=1)
        scales = vectors.abs().amax(dim=1).clamp(min=1e-8) / 127
        # As it will be read from a file of half precision, so that training and use see the same numbers.
        scales = scales.half().float()
        self.scales[1:] = scales
        self.codes[1:] = (vectors / scales[:, None]).round().clamp(-127, 127).to(torch.int8)

    def look_up(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L) int64 -> vectors (B, L, word_dim) of norm 1, 0 where padding, and what is said (B, L, 1), 1 or 0."""
        said = (tokens > 0).to(self.scales.dtype).unsqueeze(2)
        return self.codes[tokens].to(self.scales.dtype) * self.scales[tokens].unsqueeze(2), said
