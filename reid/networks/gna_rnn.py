"""Joint representation: the picture's vector beside every word, read by one LSTM to a score.

Source: GNA-RNN, Li et al., CVPR 2017, arXiv:1702.05729, section 4: visual units (4.1), unit-level attention (4.2), word
gates (4.3); with its setting "without attention and gates" as mode ``joint``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from reid.networks.joint_lstm import JointLSTM
from reid.networks.pairwise import PairwiseNetwork, Sentences, share
from reid.networks.region_pool import RegionPool
from reid.networks.words import WordTable

Mode = Literal["gated", "joint"]


class GNARNN(PairwiseNetwork):
    """Recurrent network with gated neural attention.

    ``gated``: after word t the state h_t says by a softmax A_t which visual units v it asks for, and by a sigmoid gate
    g_t how much the word matters; the affinity is sum_t g_t sum_n A_t(n) v_n. ``joint``: the last state is read to a
    score, nothing else.

    Differences to the paper: the picture's vector is made of soft bands instead of VGG's first full layer, the units
    may be negative (evidence against), and a learnt offset is added, since a sigmoid follows.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        image: arguments of VisualMap.
        mode: ``gated`` or ``joint``.
        hidden: length of the LSTM's state (512 in the paper).
        units: number of visual units (512 in the paper).
        slots: number of soft bands, see RegionPool.
        dropout: of word vectors and states, while training.

    Raises:
        ValueError: for another mode.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        image: Mapping[str, Any] | None = None,
        mode: Mode = "gated",
        hidden: int = 128,
        units: int = 128,
        slots: int = 6,
        dropout: float = 0.1,
    ) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f"mode {mode!r} is unknown; use one of {', '.join(get_args(Mode))}")
        super().__init__(image)
        self.mode = mode
        self.text = WordTable(words, word_dim)
        self.pool = RegionPool(self.image.heights(slots))
        visual = self.image.width * (slots + 1)
        self.visual = nn.Sequential(nn.Linear(visual, hidden), nn.ReLU(), nn.Dropout(dropout))
        self.lstm = JointLSTM(word_dim, hidden, hidden)
        self.dropout = nn.Dropout(dropout)
        self.offset = nn.Parameter(torch.zeros(()))
        if mode == "joint":
            self.score = nn.Linear(hidden, 1, bias=False)
            return
        self.units = nn.Sequential(nn.Linear(visual, units), nn.ReLU(), nn.Linear(units, units))
        self.ask = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, units))
        self.gate = nn.Linear(hidden, 1)

    def look(self, regions: Tensor) -> Sequence[Tensor]:
        """(M, N, C) -> the LSTM's share of the picture (M, 4 * hidden), and (M, units) if gated."""
        pooled = self.pool(regions).flatten(1)
        share = self.lstm.of_picture(self.visual(pooled))
        return (share,) if self.mode == "joint" else (share, self.units(pooled))

    def read(self, tokens: Tensor) -> Sentences:
        """(M, L) -> the LSTM's share of the words (M, L, 4 * hidden)."""
        vectors, said = self.text.look_up(tokens)
        shares = self.lstm.of_word(self.dropout(vectors * self.text.word_dim**0.5))
        return Sentences(tokens, shares, said[..., 0])

    def match(self, seen: Sequence[Tensor], sentences: Sentences) -> Tensor:
        """(M,) affinities, see PairwiseNetwork."""
        states = self.lstm(sentences.states, seen[0])  # (M, L, hidden)
        if self.mode == "joint":
            last = (sentences.said.sum(dim=-1) - 1).clamp(min=0).long().expand(len(states))
            final = states[torch.arange(len(states), device=states.device), last]
            return self.score(self.dropout(final)).squeeze(1) + self.offset
        gates, affinities = self._gated(states, seen[1])
        return (gates * affinities * sentences.said).sum(dim=1) + self.offset

    def attend(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, None]:
        """The gates as parts of their sum; in mode ``joint`` how far each word moved the score, likewise."""
        states = self.lstm(sentences.states, seen[0])
        if self.mode == "joint":
            scores = self.score(states).squeeze(2)  # what the score would be if the sentence ended here
            moved = torch.diff(scores, dim=1, prepend=torch.zeros_like(scores[:, :1]))
            return share(moved.abs(), sentences.said), None
        return share(self._gated(states, seen[1])[0], sentences.said), None

    def _gated(self, states: Tensor, units: Tensor) -> tuple[Tensor, Tensor]:
        """(M, L) gates in 0..1 and (M, L) affinities of the words."""
        states = self.dropout(states)
        asked = torch.softmax(self.ask(states).float(), dim=2)  # (M, L, units)
        affinities = torch.bmm(asked, units.float().unsqueeze(2)).squeeze(2)
        return torch.sigmoid(self.gate(states)).squeeze(2), affinities
