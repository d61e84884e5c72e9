"""Spatial attention: each word looks for its place in the picture and is compared with what lies there.

Source: the spatial attention of Li et al., ICCV 2017, arXiv:1708.01988, stage 2; the cosine form with a temperature is
that of SCAN, Lee et al., ECCV 2018, arXiv:1803.08024, section 3.1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from reid.networks.pairwise import Decision, PairwiseNetwork, Sentences, cosine, word_softmax
from reid.networks.word_states import WordStates

Attention = Literal["cosine", "additive"]


class SpatialAttention(PairwiseNetwork):
    """score = sum_t w_t cos(m_t, sum_n a_tn v_n), with a_t a softmax over the regions for word t.

    a is made of the word's question and the regions' keys: ``additive``, a_tn ~ exp(p . tanh(k_n + q_t)) as in the
    paper, costs N * L * C tanh per pair; ``cosine``, a_tn ~ exp(heat cos(k_n, q_t)), is one matrix product. The
    word weights w are a softmax of what the words' states say, the same for all pictures. The paper reads the attended
    words by a second LSTM instead of comparing them; a sum says which word decided.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        image: arguments of VisualMap; its width is that of the words' states too.
        attention: ``cosine`` or ``additive``.
        dropout: of word vectors, while training.

    Raises:
        ValueError: for another attention.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        image: Mapping[str, Any] | None = None,
        attention: Attention = "cosine",
        dropout: float = 0.1,
    ) -> None:
        if attention not in get_args(Attention):
            raise ValueError(f"attention {attention!r} is unknown; use one of {', '.join(get_args(Attention))}")
        super().__init__(image)
        width = self.image.width
        self.attention = attention
        self.text = WordStates(words, word_dim, width, dropout)
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.question, self.meaning = nn.Linear(width, width), nn.Linear(width, width)
        self.importance = nn.Linear(width, 1)
        if attention == "additive":
            self.place = nn.Linear(width, 1, bias=False)
        else:
            self.log_heat = nn.Parameter(torch.tensor(math.log(9.0)))  # the best of SCAN's for text to image
        self.decision = Decision()

    def look(self, regions: Tensor) -> Sequence[Tensor]:
        """(M, N, C) -> keys and values (M, N, C)."""
        keys = self.key(regions)
        if self.attention == "cosine":
            keys = nn.functional.normalize(keys.float(), dim=2)
        return keys, self.value(regions)

    def read(self, tokens: Tensor) -> Sentences:
        """(M, L) -> states of the words."""
        return Sentences(tokens, *self.text(tokens))

    def match(self, seen: Sequence[Tensor], sentences: Sentences) -> Tensor:
        """(M,) logits, see PairwiseNetwork."""
        attended = self._maps(seen[0], sentences.states).to(seen[1].dtype) @ seen[1]  # (M, L, C)
        likeness = cosine(self.meaning(sentences.states), attended)  # (M, L)
        return self.decision((self._importance(sentences) * likeness).sum(dim=-1))

    def attend(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, Tensor]:
        """See PairwiseNetwork."""
        return self._importance(sentences), self._maps(seen[0], sentences.states)

    def _importance(self, sentences: Sentences) -> Tensor:
        return word_softmax(self.importance(sentences.states).squeeze(-1), sentences.said)

    def _maps(self, keys: Tensor, states: Tensor) -> Tensor:
        """Keys (M, N, C), states (M, L, C) or (L, C) -> (M, L, N)."""
        questions = self.question(states)
        if self.attention == "additive":
            sums = torch.tanh(keys.unsqueeze(1) + questions.unsqueeze(-2))  # (M, L, N, C)
            return torch.softmax(self.place(sums).squeeze(-1).float(), dim=-1)
        questions = nn.functional.normalize(questions.float(), dim=-1)
        # Keys first: one sentence alone is a plain matrix, and the product with all pictures a single one.
        likeness = (keys.float() @ questions.transpose(-1, -2)).transpose(-1, -2)
        return torch.softmax(likeness * self.log_heat.clamp(max=4.6).exp(), dim=-1)
