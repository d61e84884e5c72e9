"""Bidirectional ranking of sentences and pictures by a margin."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

Reduction = Literal["mean", "sum"]


def bidirectional_ranking(
    scores: Tensor,
    identity_t: Tensor,
    identity_p: Tensor,
    margin: float = 0.2,
    hardest: bool = False,
    *,
    reduction: Reduction = "mean",
    allowed: Tensor | None = None,
) -> Tensor:
    """A right pair shall beat every wrong pair of its row and of its column by a margin.

    For a right pair (t, p): ``[margin - s(t, p) + s(t, p')]_+`` over wrong pictures p', and
    ``[margin - s(t, p) + s(t', p)]_+`` over wrong sentences t'. Zheng et al. 2017 (dual path, arXiv:1711.05535,
    section 5, the ranking loss); all negatives or the hardest: Faghri et al. 2018 (VSE++, arXiv:1707.05612, equations
    5 and 6). With several right pairs in a row each is an anchor of its own.

    Args:
        scores: (T, P) similarity, cosines.
        identity_t: (T,) int, whom a sentence was made for.
        identity_p: (P,) int, who is in a picture.
        margin: in units of the score.
        hardest: only the highest wrong score counts, instead of all of them.
        reduction: over a pair's negatives, where all count: ``mean`` or ``sum`` (as published).
        allowed: (T, P) bool, wrong pairs that may serve as negatives; None for all of them.

    Returns:
        Scalar: the two directions added, each the mean over the right pairs that have a negative; 0 if none has.

    Raises:
        ValueError: if shapes do not agree, or ``reduction`` has another name.
    """
    if scores.shape != (len(identity_t), len(identity_p)):
        raise ValueError(
            f"expected scores ({len(identity_t)}, {len(identity_p)}) as the identities say, got {tuple(scores.shape)}"
        )
    if reduction not in get_args(Reduction):
        raise ValueError(f"reduction {reduction!r} is unknown; use mean or sum")
    positive = identity_t[:, None] == identity_p[None]
    negative = ~positive if allowed is None else ~positive & allowed
    weigh = "max" if hardest else reduction
    return _direction(scores, positive, negative, margin, weigh) + _direction(
        scores.T, positive.T, negative.T, margin, weigh
    )


def _direction(scores: Tensor, positive: Tensor, negative: Tensor, margin: float, weigh: str) -> Tensor:
    anchors = positive & negative.any(dim=1, keepdim=True)
    row, column = anchors.nonzero(as_tuple=True)  # (N,) right pairs
    if not len(row):
        return scores.sum() * 0
    others = negative[row]  # (N, P)
    gaps = torch.relu(margin - scores[row, column][:, None] + scores[row]) * others
    if weigh == "max":  # of what is not below zero, so that what is masked out never wins
        return gaps.amax(dim=1).mean()
    total = gaps.sum(dim=1)
    return (total if weigh == "sum" else total / others.sum(dim=1)).mean()
