"""Says what it sees, and judges a sentence by how probable it is that it would have said just that.

Source: show and tell, Vinyals et al. 2015, arXiv:1411.4555, section 3 (equations 10 to 13), with the soft attention of
show, attend and tell, Xu et al. 2015, arXiv:1502.03044, section 3.1.2 and 4.2, on request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reid.networks.beam import beam_search
from reid.networks.joint_lstm import lstm_step
from reid.networks.pairwise import PairwiseNetwork, Sentences, share
from reid.networks.region_pool import RegionPool
from reid.networks.words import WordTable

State = tuple[Tensor, Tensor]  # cell and state of the LSTM, (M, H) each


class CaptionNetwork(PairwiseNetwork):
    """P(S | I) = prod_t P(S_t | S_0 .. S_t-1, I): the picture first, then word by word.

    A score is the mean log-probability of a sentence's words and of its end; with ``ratio`` the same without any
    picture is taken off, so that a sentence scores no better for being common. What it can say are the first
    ``vocabulary`` words and the end (class 0). A word beyond is read, but saying it is neither asked nor counted.
    The output layer starts as the word vectors themselves and learns what is to be added to them.

    Cost per pair of a word: recurrence, and 2 * word_dim * vocabulary operations for the output; the second dominates.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        image: arguments of VisualMap.
        vocabulary: how many of the first words can be said.
        hidden: length of the LSTM's state.
        attention: True to look at the regions again before every word.
        ratio: True to subtract the prior.
        slots: number of soft bands of the first look, see RegionPool.
        dropout: of word vectors and states, while training.

    Raises:
        ValueError: if there are fewer words than can be said.
    """

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        image: Mapping[str, Any] | None = None,
        vocabulary: int = 1000,
        hidden: int = 128,
        attention: bool = True,
        ratio: bool = False,
        slots: int = 6,
        dropout: float = 0.1,
    ) -> None:
        if not 0 < vocabulary <= words:
            raise ValueError(f"vocabulary: expected 1 to {words} of the words, got {vocabulary}")
        super().__init__(image)
        width = self.image.width
        self.vocabulary, self.attention, self.ratio = vocabulary, attention, ratio
        self.text = WordTable(words, word_dim)
        self.nothing = nn.Parameter(torch.randn(1, width) * 0.5)  # what is seen where there is no picture
        self.begin = nn.Parameter(torch.randn(word_dim))
        self.pool = RegionPool(self.image.heights(slots))
        self.dropout = nn.Dropout(dropout)
        self.of_picture = nn.Linear(width * (slots + 1), 4 * hidden)
        self.of_word = nn.Linear(word_dim, 4 * hidden)
        self.of_state = nn.Linear(hidden, 4 * hidden, bias=False)
        self.leave = nn.Linear(hidden, word_dim)
        if attention:
            self.key, self.question = nn.Linear(width, hidden), nn.Linear(hidden, hidden, bias=False)
            self.of_view = nn.Linear(width, 4 * hidden, bias=False)
            self.leave_view = nn.Linear(width, word_dim, bias=False)
        self.added = nn.Parameter(torch.zeros(vocabulary + 1, word_dim))  # row 0 is the end's own
        self.common = nn.Parameter(torch.zeros(vocabulary + 1))

    def look(self, regions: Tensor) -> Sequence[Tensor]:
        """(M, N, C) -> the first gates (M, 4 * H), and with attention keys (M, N, H) and regions."""
        first = self.of_picture(self.pool(regions).flatten(1))
        return (first, self.key(regions), regions) if self.attention else (first,)

    def read(self, tokens: Tensor) -> Sentences:
        """(M, L) -> the words' part in the gates (M, L, 4 * H)."""
        vectors, said = self.text.look_up(tokens)
        gates = self.of_word(self.dropout(vectors * self.text.word_dim**0.5))
        return Sentences(tokens, gates, said[..., 0])

    def match(self, seen: Sequence[Tensor], sentences: Sentences) -> Tensor:
        """(M,) see PairwiseNetwork."""
        likelihood = _mean(*self._chances(seen, sentences))
        if not self.ratio:
            return likelihood
        return likelihood - _mean(*self._chances(self._unseen(sentences), sentences))

    def attend(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, Tensor | None]:
        """Words count by how much more probable the picture makes them; maps are of the step that says the word."""
        chances, counted = self._chances(seen, sentences)
        prior = self._chances(self._unseen(sentences), sentences)[0]
        gain = ((chances - prior) * counted)[:, :-1].clamp(min=0)
        maps = self._run(seen, sentences)[1]
        return share(gain, sentences.said), None if maps is None else maps[:, :-1]

    def token_logits(self, regions: Tensor, tokens: Tensor) -> Tensor:
        """Scores of every word that could be said at every place.

        Args:
            regions: (M, N, C).
            tokens: (M, L) int64, 0 after the end.

        Returns:
            (M, L + 1, vocabulary + 1): [:, t] of word t, with the words before it given; class 0 is the end.
        """
        return self._output(self._run(self.look(regions), self.read(tokens))[0])

    def log_likelihood(self, regions: Tensor, tokens: Tensor, normalised: bool = True) -> Tensor:
        """(M,) log P(S | I) in nats, per counted word (the end is one) if ``normalised``, else in sum."""
        chances, counted = self._chances(self.look(regions), self.read(tokens))
        return _mean(chances, counted) if normalised else (chances * counted).sum(dim=1)

    def prior(self, tokens: Tensor, normalised: bool = True) -> Tensor:
        """(M,) log P(S): the same where the regions are masked, so that nothing but the language is known."""
        return self.log_likelihood(self.nothing.expand(len(tokens), 1, -1), tokens, normalised)

    def generate(self, regions: Tensor, length: int, beam: int = 1) -> Tensor:
        """What it would say.

        Args:
            regions: (M, N, C).
            length: the most words of a sentence.
            beam: how many beginnings are followed at once; 1 takes the best word each time.

        Returns:
            (M, length) int64, 0 after the end; at least one word each, and the same for the same pictures.
        """
        seen = [part.repeat_interleave(beam, dim=0) for part in self.look(regions)]
        first = self.of_word(self.begin).expand(len(seen[0]), -1)

        def step(tokens: Tensor | None, state: State) -> tuple[Tensor, State]:
            gates = first if tokens is None else self.read(tokens[:, None]).states[:, 0]
            leaving, _, state = self._step(gates, state, seen)
            return self._output(leaving), state

        return beam_search(step, self._start(seen), len(regions), length, beam)

    def _unseen(self, sentences: Sentences) -> Sequence[Tensor]:
        rows = len(sentences.tokens) if sentences.tokens.dim() == 2 else 1
        return self.look(self.nothing.expand(rows, 1, -1))

    def _start(self, seen: Sequence[Tensor]) -> State:
        return lstm_step(seen[0], torch.zeros_like(seen[0][:, : seen[0].shape[1] // 4]))

    def _step(self, gates: Tensor, state: State, seen: Sequence[Tensor]) -> tuple[Tensor, Tensor | None, State]:
        """One word on: what leaves for the output layer (M, word_dim), where was looked (M, N), the next state."""
        cell, hidden = state
        gates, attended, view = gates + self.of_state(hidden), None, None
        if self.attention:
            asked = torch.bmm(self.question(hidden).unsqueeze(1), seen[1].transpose(1, 2)).squeeze(1)
            asked = asked / hidden.shape[1] ** 0.5
            attended = torch.softmax(asked.float(), dim=1)  # (M, N)
            view = torch.bmm(attended.to(seen[2].dtype).unsqueeze(1), seen[2]).squeeze(1)
            gates = gates + self.of_view(view)
        cell, hidden = lstm_step(gates, cell)
        leaving = self.leave(self.dropout(hidden))
        if view is not None:
            leaving = leaving + self.leave_view(view)
        return leaving, attended, (cell, hidden)

    def _run(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, Tensor | None]:
        """What leaves at every place (M, L + 1, word_dim), and where was looked (M, L + 1, N)."""
        state, words = self._start(seen), sentences.states
        leaving: list[Tensor] = []
        maps: list[Tensor] = []
        for place in range(words.shape[-2] + 1):
            gates = words[..., place - 1, :] if place else self.of_word(self.begin)
            left, attended, state = self._step(gates, state, seen)
            leaving.append(left)
            if attended is not None:
                maps.append(attended)
        return torch.stack(leaving, dim=1), torch.stack(maps, dim=1) if maps else None

    def _output(self, leaving: Tensor) -> Tensor:
        """(..., word_dim) -> (..., vocabulary + 1)."""
        rows = torch.arange(self.vocabulary + 1, device=leaving.device)
        return leaving @ (self.text.look_up(rows[None])[0][0] + self.added).T + self.common

    def _chances(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, Tensor]:
        """Log-probability of what was said at each place (M, L + 1), and whether it counts (1 or 0)."""
        tokens, said = sentences.tokens, sentences.said
        targets = torch.cat([tokens, torch.zeros_like(tokens[..., :1])], dim=-1)
        targets = torch.where(targets <= self.vocabulary, targets, 0)
        known = (tokens > 0) & (tokens <= self.vocabulary)
        one, none = torch.ones_like(said[..., :1]), torch.zeros_like(said[..., :1])
        # The end is said where the words before it are all said and it is not.
        ends = torch.cat([one, said], dim=-1) - torch.cat([said, none], dim=-1)
        counted = ends + torch.cat([known.to(said.dtype), none], dim=-1)
        logits = self._output(self._run(seen, sentences)[0]).float()
        chosen = logits.gather(2, targets.expand(len(logits), -1).unsqueeze(2)).squeeze(2)
        return chosen - torch.logsumexp(logits, dim=2), counted.expand(len(logits), -1)


def _mean(chances: Tensor, counted: Tensor) -> Tensor:
    return (chances * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1)
