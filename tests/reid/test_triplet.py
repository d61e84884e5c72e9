"""The triplet losses against slow versions."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from slow_losses import IDENTITIES, vectors
from torch import Tensor

from reid.losses.triplet import batch_all_triplet, batch_hard_triplet, draw_triplets, random_triplet

MARGINS = [0.3, 0.0, None]
LOSSES = [batch_hard_triplet, batch_all_triplet, random_triplet]
Loss = Callable[[Tensor, Tensor, float | None], Tensor]


def hinge(gap: float, margin: float | None) -> float:
    return math.log1p(math.exp(gap)) if margin is None else max(0.0, margin + gap)


def others(identity: list[int], anchor: int) -> tuple[list[int], list[int]]:
    positives = [j for j, i in enumerate(identity) if i == identity[anchor] and j != anchor]
    return positives, [j for j, i in enumerate(identity) if i != identity[anchor]]


def slow_hard(features: list[list[float]], identity: list[int], margin: float | None) -> float:
    terms = []
    for anchor in range(len(identity)):
        positives, negatives = others(identity, anchor)
        if positives and negatives:
            far = max(math.dist(features[anchor], features[j]) for j in positives)
            near = min(math.dist(features[anchor], features[j]) for j in negatives)
            terms.append(hinge(far - near, margin))
    return sum(terms) / len(terms) if terms else 0.0


def slow_all(features: list[list[float]], identity: list[int], margin: float | None) -> float:
    terms = []
    for anchor in range(len(identity)):
        positives, negatives = others(identity, anchor)
        for p in positives:
            for n in negatives:
                gap = math.dist(features[anchor], features[p]) - math.dist(features[anchor], features[n])
                terms.append(hinge(gap, margin))
    left = [term for term in terms if term > 0]
    return sum(left) / len(left) if left else 0.0


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("margin", MARGINS)
@pytest.mark.parametrize("dim", [1, 5])
def test_hard_and_all_equal_the_slow_versions(identity: list[int], margin: float | None, dim: int) -> None:
    features = vectors(len(identity), dim)
    for fast, slow in ((batch_hard_triplet, slow_hard), (batch_all_triplet, slow_all)):
        loss = fast(features, torch.tensor(identity), margin)
        assert loss.item() == pytest.approx(slow(features.tolist(), identity, margin), abs=1e-5), fast.__name__


@pytest.mark.parametrize("identity", IDENTITIES)
def test_random_equals_the_slow_version_of_what_was_drawn(identity: list[int]) -> None:
    features = vectors(len(identity), 4)
    drawn = draw_triplets(torch.tensor(identity), torch.Generator().manual_seed(3)).tolist()
    terms = [
        max(0.0, 0.3 + math.dist(features[a], features[p]) - math.dist(features[a], features[n])) for a, p, n in drawn
    ]
    loss = random_triplet(features, torch.tensor(identity), 0.3, torch.Generator().manual_seed(3))
    assert loss.item() == pytest.approx(sum(terms) / len(terms) if terms else 0.0, abs=1e-5)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_each_anchor_that_has_both_is_drawn_once(identity: list[int]) -> None:
    drawn = draw_triplets(torch.tensor(identity)).tolist()
    assert [a for a, _, _ in drawn] == [i for i in range(len(identity)) if all(others(identity, i))]
    for anchor, positive, negative in drawn:
        positives, negatives = others(identity, anchor)
        assert positive in positives
        assert negative in negatives


def test_every_positive_and_negative_is_drawn_now_and_then() -> None:
    identity = torch.tensor([0, 0, 0, 1, 2])
    generator = torch.Generator().manual_seed(0)
    drawn = torch.cat([draw_triplets(identity, generator) for _ in range(100)]).tolist()
    assert {(a, p) for a, p, _ in drawn} == {(a, p) for a in range(3) for p in range(3) if a != p}
    assert {(a, n) for a, _, n in drawn} == {(a, n) for a in range(3) for n in (3, 4)}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("margin", MARGINS)
def test_equal_features_have_a_finite_gradient(loss: Loss, identity: list[int], margin: float | None) -> None:
    for features in (torch.ones(len(identity), 3), vectors(len(identity), 3, ties=True)):
        features.requires_grad_()
        loss(features, torch.tensor(identity), margin).backward()
        assert features.grad is not None
        assert torch.isfinite(features.grad).all()
