"""What every network is that judges pairs of sentence and picture.

Its work has three parts, so that each is done no more often than it must: `look` once per picture, `read` once per
sentence, `match` once per pair. Comparing S sentences with P pictures costs S reads, P looks and S * P matches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from reid.networks.visual_map import VisualMap
from reid.networks.words import WordTable

TEXTS = 128  # sentences read at once


@dataclass(frozen=True, slots=True)
class Sentences:
    """M sentences after reading, or one (without the first axis) that is compared with many pictures.

    Attributes:
        tokens: ([M,] L) int64 word numbers, 0 after the end.
        states: ([M,] L, D) what a network makes of the words without any picture.
        said: ([M,] L) 1 for a word, 0 for padding.
    """

    tokens: Tensor
    states: Tensor
    said: Tensor

    def alone(self, row: int) -> Sentences:
        """One of them, without its padding (but never without any place at all)."""
        length = max(1, int(self.said[row].sum()))
        return Sentences(self.tokens[row, :length], self.states[row, :length], self.said[row, :length])


class PairwiseNetwork(nn.Module):
    """Base of the pairwise networks.

    Args:
        image: arguments of VisualMap.

    Attributes:
        image: pictures to regions.
        text: the word table; sub-classes set it.
    """

    PARTS: ClassVar = {"image": VisualMap}
    text: WordTable

    def __init__(self, image: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.image = VisualMap(**(image or {}))

    def set_words(self, vectors: Tensor) -> None:
        """Store word vectors (V, word_dim), see WordTable."""
        self.text.set_words(vectors)

    def look(self, regions: Tensor) -> Sequence[Tensor]:
        """(M, N, C) -> what `match` needs of the pictures, each with M as its first axis."""
        return (regions,)

    def read(self, tokens: Tensor) -> Sentences:
        """(M, L) int64 -> what `match` needs of the sentences."""
        raise NotImplementedError

    def match(self, seen: Sequence[Tensor], sentences: Sentences) -> Tensor:
        """Scores of M pictures, each with its sentence or all with the same one.

        Args:
            seen: what `look` made of M pictures.
            sentences: M of them, or one alone.

        Returns:
            (M,) logits.
        """
        raise NotImplementedError

    def attend(self, seen: Sequence[Tensor], sentences: Sentences) -> tuple[Tensor, Tensor | None]:
        """What was decisive: see `weights`; arguments as for `match`, with M sentences."""
        raise NotImplementedError

    def pair_logits(self, regions: Tensor, tokens: Tensor) -> Tensor:
        """Scores of M pairs.

        Args:
            regions: (M, N, C) from `image`.
            tokens: (M, L) int64 word numbers, 0 after the end.

        Returns:
            (M,) float32, higher is better.
        """
        return self.match(self.look(regions), self.read(tokens)).float()

    def weights(self, regions: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor | None]:
        """Which words counted, and where each looked.

        Args:
            regions: (M, N, C) from `image`.
            tokens: (M, L) int64 word numbers, 0 after the end.

        Returns:
            Word weights (M, L) >= 0 that sum to 1 over the words and are 0 in the padding, and maps (M, L, N) >= 0 of
            which each sums to 1 over the regions, or None for a network that looks at the picture as a whole.
        """
        return self.attend(self.look(regions), self.read(tokens))

    def table(self, regions: Tensor, tokens: Tensor, chunk: int = 128) -> Tensor:
        """Scores of all pairs, far cheaper than one by one.

        Args:
            regions: (P, N, C) from `image`.
            tokens: (S, L) int64 word numbers, 0 after the end.
            chunk: how many pictures are compared with a sentence at once; bounds the memory.

        Returns:
            (S, P) float32.
        """
        if not len(regions) or not len(tokens):
            return regions.new_zeros(len(tokens), len(regions), dtype=torch.float32)
        seen = [self.look(part) for part in regions.split(chunk)]
        rows: list[Tensor] = []
        for part in tokens.split(TEXTS):
            sentences = self.read(part)
            alone = (sentences.alone(row) for row in range(len(part)))
            rows.extend(torch.cat([self.match(pictures, sentence) for pictures in seen]) for sentence in alone)
        return torch.stack(rows).float()

    def forward(self, images: Tensor, tokens: Tensor) -> Tensor:
        """Scores (M,) of M pairs of normalised pictures (M, 3, H, W) and sentences (M, L)."""
        return self.pair_logits(self.image(images), tokens)


def word_softmax(scores: Tensor, said: Tensor) -> Tensor:
    """Softmax over the said words only.

    Args:
        scores: (..., L).
        said: (..., L) 1 or 0, broadcast against the scores.

    Returns:
        (..., L) float32 that sums to 1, 0 where nothing is said; 0 everywhere if nothing is said at all.
    """
    return torch.softmax(scores.float() - (1 - said) * 1e4, dim=-1) * said


def share(amounts: Tensor, said: Tensor) -> Tensor:
    """Non-negative amounts (..., L) as parts of their sum over the said words; equal parts if all of them are 0."""
    amounts = amounts.float() * said
    total = amounts.sum(dim=-1, keepdim=True)
    equal = said / said.sum(dim=-1, keepdim=True).clamp(min=1)
    return torch.where(total > 1e-12, amounts / total.clamp(min=1e-12), equal)


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine over the last axis, which goes; in float32 whatever the inputs are."""
    return nn.functional.cosine_similarity(a.float(), b.float(), dim=-1, eps=1e-6)


class Decision(nn.Module):
    """A similarity in -1..1 to a logit: learnt scale and offset.

    Args:
        scale: to start with.
    """

    def __init__(self, scale: float = 10.0) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(scale).log())
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, similarity: Tensor) -> Tensor:
        """(...) -> (...)."""
        return similarity * self.log_scale.clamp(max=4.6).exp() + self.offset
