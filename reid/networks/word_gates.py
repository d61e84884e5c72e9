"""Word gates: which words of a sentence matter for this picture; what they say together is compared with it.

Source: the word-level gates of Li et al., CVPR 2017, arXiv:1702.05729, section 4.3, made of the word's state and the
picture; the comparison strip by strip is that of part-based re-ID (Sun et al. 2018, arXiv:1711.09349, section 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reid.networks.pairwise import Decision, PairwiseNetwork, Sentences, cosine, share
from reid.networks.region_pool import RegionPool
from reid.networks.word_states import WordStates


class WordGates(PairwiseNetwork):
    """g_t = sigmoid(a . tanh(W h_t + V i)); the sentence is sum_t g_t h_t / sum_t g_t.

    It is turned into one vector per soft band and one for the whole, and the score is the mean of their cosines with
    the picture's.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        image: arguments of VisualMap; its width is that of the words' states too.
        hidden: length of what a gate is made of.
        slots: number of soft bands, see RegionPool.
        part: length of a band's vector.
        dropout: of word vectors, while training.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        image: Mapping[str, Any] | None = None,
        hidden: int = 64,
        slots: int = 6,
        part: int = 64,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(image)
        width = self.image.width
        self.parts = (slots + 1, part)
        self.text = WordStates(words, word_dim, width, dropout)
        self.pool = RegionPool(self.image.heights(slots))
        self.band = nn.Linear(width, part)
        self.sentence = nn.Linear(width, (slots + 1) * part)
        self.of_word = nn.Linear(width, hidden)
        self.of_picture = nn.Linear((slots + 1) * part, hidden, bias=False)
        self.gate = nn.Linear(hidden, 1)
        self.decision = Decision()

    def look(self, regions: Tensor) -> Sequence[Tensor]:
        """(M, N, C) -> band vectors (M, S + 1, part) and the picture's part in the gates (M, hidden)."""
        bands = self.band(self.pool(regions))
        return bands, self.of_picture(bands.flatten(1))

    def read(self, tokens: Tensor) -> Sentences:
        """(M, L) -> states of the words."""
        return Sentences(tokens, *self.text(tokens))

    def match(self, seen: Sequence[Tensor], sentences: Sentences) -> Tensor:
        """(M,) logits, see PairwiseNetwork."""
        weights = share(self._gates(seen[1], sentences), sentences.said).to(sentences.states.dtype)
        said = (weights.unsqueeze(-2) @ sentences.states).squeeze(-2)  # (M, C)
        return self.decision(cosine(self.sentence(said).unflatten(1, self.parts), seen[0]).mean(dim=1))

    def attend(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, None]:
        """See PairwiseNetwork; there are no maps."""
        return share(self._gates(seen[1], sentences), sentences.said), None

    def _gates(self, picture: Tensor, sentences: Sentences) -> Tensor:
        """(M, L) in 0..1."""
        mixed = torch.tanh(self.of_word(sentences.states) + picture.unsqueeze(1))
        return torch.sigmoid(self.gate(mixed)).squeeze(2)
