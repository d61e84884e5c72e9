"""Quadruplet loss: a triplet loss, and a second term against pairs of strangers without the anchor."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reid.losses.distances import pairs


def quadruplet(
    features: Tensor, identity: Tensor, margin: float = 1.0, second: float = 0.5, *, hard: bool = False
) -> Tensor:
    """Distances within a person against distances between two, with and without a shared picture.

    Chen, Chen, Zhang and Huang, CVPR 2017 (arXiv:1704.01719), equation 5: for pictures i, j of one person and k, l of
    two others, ``[d(i,j)^2 - d(i,k)^2 + margin]_+`` and ``[d(i,j)^2 - d(l,k)^2 + second]_+``. Here with the squared
    Euclidean distance (their distance is learnt, and lies in 0..1), and each term is averaged.

    Args:
        features: (B, D); the margins are squared distances, so they want vectors of norm 1.
        identity: (B,) int.
        margin: of the first term.
        second: of the second term; smaller, because the second constraint is the weaker one.
        hard: for each i only the farthest j and the nearest k, and with that j the nearest pair (l, k) of two persons
            who are not i's; else all of the batch.

    Returns:
        Scalar; a term for which the batch holds no pictures counts 0.
    """
    distance = _squared(features)
    same, other = pairs(identity)
    strangers = other[None] & other[:, :, None] & other[:, None, :]  # (B, B, B): i, l, k of three persons
    if hard:
        return _hard(distance, same, other, strangers, margin, second)
    i, j = same.nonzero(as_tuple=True)  # (p,)
    own = distance[i, j][:, None]
    first_terms = functional.relu(own - distance[i] + margin)[other[i]]  # (p, B) masked
    # (p, l, k) is too large for big batches; what is compared with depends on i's person only.
    total, count = distance.sum() * 0, 0
    for person in identity[i].unique():
        far = distance[strangers[identity == person][0]]  # distances of strangers to this person
        mine = own[identity[i] == person]  # (q, 1)
        total = total + functional.relu(mine - far[None] + second).sum()
        count += mine.numel() * far.numel()
    return _mean(first_terms) + total / max(1, count)


def _hard(distance: Tensor, same: Tensor, other: Tensor, strangers: Tensor, margin: float, second: float) -> Tensor:
    farthest = distance.masked_fill(~same, -torch.inf).amax(dim=1)
    nearest = distance.masked_fill(~other, torch.inf).amin(dim=1)
    apart = distance[None].masked_fill(~strangers, torch.inf).amin(dim=(1, 2))
    first_gap, second_gap = farthest - nearest, farthest - apart
    return _mean(functional.relu(first_gap[torch.isfinite(first_gap)] + margin)) + _mean(
        functional.relu(second_gap[torch.isfinite(second_gap)] + second)
    )


def _squared(features: Tensor) -> Tensor:
    """(B, B) squared Euclidean distances; unlike those of a root their gradient is smooth at 0."""
    return (features[:, None] - features[None]).square().sum(dim=2)


def _mean(terms: Tensor) -> Tensor:
    return terms.sum() / max(1, terms.numel())
