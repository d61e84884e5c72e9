"""Latent co-attention: words look at regions, regions look at words, and both say what of them matters.

Source: Lu et al. 2016, arXiv:1606.00061, section 3.3 (parallel co-attention, equations 3 to 5), with the affinity
normalised in both directions as in Xiong et al. 2016, arXiv:1611.01604, section 2.2; the attention over words that are
already joined to what they saw is the latent semantic attention of Li et al., ICCV 2017, arXiv:1708.01988.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reid.networks.pairwise import Decision, PairwiseNetwork, Sentences, cosine, word_softmax
from reid.networks.word_states import WordStates


class CoAttention(PairwiseNetwork):
    """The mean of two likenesses: of words with the regions they look at, and of regions with their words.

    From the affinity A_tn of word t and region n come a softmax over the regions for each word (its view x_t) and one
    over the words for each region (its name y_n). Which words and which regions count is told by the pair:
    w_t ~ exp(p . tanh(P h_t + Q x_t)), u_n ~ exp(r . tanh(R v_n + S y_n)). The score is
    (sum_t w_t cos(m_t, x_t) + sum_n u_n cos(v_n, y_n)) / 2.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        image: arguments of VisualMap; its width is that of the words' states too.
        hidden: length of what the two attentions over words and regions are made of.
        dropout: of word vectors, while training.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        image: Mapping[str, Any] | None = None,
        hidden: int = 64,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(image)
        self.width = width = self.image.width
        self.text = WordStates(words, word_dim, width, dropout)
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.question, self.meaning = nn.Linear(width, width), nn.Linear(width, width)
        self.word_itself, self.word_view = nn.Linear(width, hidden), nn.Linear(width, hidden, bias=False)
        self.region_itself, self.region_name = nn.Linear(width, hidden), nn.Linear(width, hidden, bias=False)
        self.word_counts, self.region_counts = nn.Linear(hidden, 1, bias=False), nn.Linear(hidden, 1, bias=False)
        self.log_heat = nn.Parameter(torch.tensor(math.log(9.0)))
        self.decision = Decision()

    def look(self, regions: Tensor) -> Sequence[Tensor]:
        """(M, N, C) -> keys (M, N, C), values with their part in words' attention (M, N, C + H), (M, N, H)."""
        keys = nn.functional.normalize(self.key(regions).float(), dim=2)
        values = self.value(regions)
        # Projecting a mean is averaging projections: done here it is done once per picture.
        return keys, torch.cat([values, self.word_view(values)], dim=2), self.region_itself(values)

    def read(self, tokens: Tensor) -> Sentences:
        """(M, L) -> states of the words."""
        return Sentences(tokens, *self.text(tokens))

    def match(self, seen: Sequence[Tensor], sentences: Sentences) -> Tensor:
        """(M,) logits, see PairwiseNetwork."""
        meanings = self.meaning(sentences.states)  # ([M,] L, C)
        affinity = self._affinity(seen[0], sentences)  # (M, N, L)
        weights, views = self._words(affinity, seen[1], sentences)
        by_word = (weights * cosine(meanings, views)).sum(dim=1)
        named = torch.cat([meanings, self.region_name(meanings)], dim=-1)
        shares = word_softmax(affinity, sentences.said.unsqueeze(-2))
        names, hints = (shares.to(named.dtype) @ named).tensor_split([self.width], dim=2)
        counts = self.region_counts(torch.tanh(seen[2] + hints)).squeeze(2)  # (M, N)
        likeness = cosine(seen[1][..., : self.width], names)
        by_region = (torch.softmax(counts.float(), dim=1) * likeness).sum(dim=1)
        return self.decision((by_word + by_region) / 2)

    def attend(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, Tensor]:
        """See PairwiseNetwork; the maps are where the words look."""
        affinity = self._affinity(seen[0], sentences)
        return self._words(affinity, seen[1], sentences)[0], torch.softmax(affinity, dim=1).transpose(1, 2)

    def _affinity(self, keys: Tensor, sentences: Sentences) -> Tensor:
        """(M, N, L)."""
        questions = nn.functional.normalize(self.question(sentences.states).float(), dim=-1)
        return keys.float() @ questions.transpose(-1, -2) * self.log_heat.clamp(max=4.6).exp()

    def _words(self, affinity: Tensor, values: Tensor, sentences: Sentences) -> tuple[Tensor, Tensor]:
        """Word weights (M, L) and what the words see (M, L, C)."""
        maps = torch.softmax(affinity, dim=1).transpose(1, 2)  # (M, L, N)
        views, hints = (maps.to(values.dtype) @ values).tensor_split([self.width], dim=2)
        counts = self.word_counts(torch.tanh(self.word_itself(sentences.states) + hints)).squeeze(2)
        return word_softmax(counts, sentences.said), views
