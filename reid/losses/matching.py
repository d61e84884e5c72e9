"""Bidirectional InfoNCE between sentences and pictures that knows what contradicts what.

Source: van den Oord et al. 2018 (arXiv:1807.03748, eq. 4), with several positives as in Khosla et al. 2020 (supervised
contrastive learning, arXiv:2004.11362, eq. 2, each positive against the negatives only). What is new here is that
a picture of somebody else is a negative only as far as it contradicts a fact that the sentence states: "a man in black"
is no wrong description of another man in black.
"""

from __future__ import annotations

import torch
from torch import Tensor


def matching_loss(scores: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """Mean over rows and over columns that have both a positive and a negative.

    For each positive (i, j) of a row: -log(exp(s_ij) / (exp(s_ij) + sum_k w_ik exp(s_ik))), averaged over the row's
    positives; likewise for columns; the two directions count the same.

    Args:
        scores: (T, P) similarity of T sentences and P pictures, already divided by the temperature.
        positive: (T, P) bool: the sentence was made for the person in the picture.
        negative: (T, P) float >= 0: weight of a pair as a negative; ignored where ``positive``.

    Returns:
        Scalar; 0 if no row and no column has both.

    Raises:
        ValueError: if the shapes differ.
    """
    if scores.shape != positive.shape or scores.shape != negative.shape:
        raise ValueError(
            f"expected one shape (T, P), got {tuple(scores.shape)}, {tuple(positive.shape)}, {tuple(negative.shape)}"
        )
    weights = negative.masked_fill(positive, 0)
    return (_direction(scores, positive, weights) + _direction(scores.T, positive.T, weights.T)) / 2


def _direction(scores: Tensor, positive: Tensor, weights: Tensor) -> Tensor:
    counts = (weights > 0).any(dim=1) & positive.any(dim=1)
    if not counts.any():
        return scores.sum() * 0
    scores, positive, weights = scores[counts], positive[counts], weights[counts]
    against = torch.logsumexp(scores + weights.log(), dim=1, keepdim=True)  # (t, 1)
    terms = torch.nn.functional.softplus(against - scores)  # -log(e^s / (e^s + e^against))
    return ((terms * positive).sum(dim=1) / positive.sum(dim=1)).mean()
