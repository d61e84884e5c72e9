"""The batch-hard triplet loss against a slow version."""

from __future__ import annotations

import math

import pytest
import torch

from reid.losses.triplet import batch_hard_triplet


def slow(features: list[list[float]], identity: list[int], margin: float | None) -> float:
    terms = []
    for anchor, own in enumerate(identity):
        positives = [
            math.dist(features[anchor], features[j]) for j, i in enumerate(identity) if i == own and j != anchor
        ]
        negatives = [math.dist(features[anchor], features[j]) for j, i in enumerate(identity) if i != own]
        if positives and negatives:
            gap = max(positives) - min(negatives)
            terms.append(math.log1p(math.exp(gap)) if margin is None else max(0.0, margin + gap))
    return sum(terms) / len(terms) if terms else 0.0


@pytest.mark.parametrize("identity", [[0, 0, 1, 1], [0, 0, 0, 1, 2, 2], [0, 0, 0], [0, 1, 2], [3, 3, 1]])
@pytest.mark.parametrize("margin", [0.3, 0.0, None])
def test_equals_the_slow_version(identity: list[int], margin: float | None) -> None:
    features = torch.randn(len(identity), 5, generator=torch.Generator().manual_seed(len(identity)))
    loss = batch_hard_triplet(features, torch.tensor(identity), margin)
    assert float(loss) == pytest.approx(slow(features.tolist(), identity, margin), abs=1e-5)


def test_identical_features_have_a_finite_gradient() -> None:
    features = torch.ones(4, 3, requires_grad=True)
    batch_hard_triplet(features, torch.tensor([0, 0, 1, 1])).backward()
    assert features.grad is not None
    assert torch.isfinite(features.grad).all()
