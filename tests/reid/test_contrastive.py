"""The contrastive loss against a slow version."""

from __future__ import annotations

import math

import pytest
import torch
from slow_losses import IDENTITIES, vectors

from reid.losses.contrastive import contrastive


def slow(features: list[list[float]], identity: list[int], margin: float) -> float:
    together, apart = [], []
    for i in range(len(identity)):
        for j in range(len(identity)):
            distance = math.dist(features[i], features[j])
            if i != j and identity[i] == identity[j]:
                together.append(distance**2 / 2)
            elif i != j:
                apart.append(max(0.0, margin - distance) ** 2 / 2)
    return sum(sum(terms) / len(terms) for terms in (together, apart) if terms)


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("margin", [1.0, 0.2, 5.0])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_slow_version(identity: list[int], margin: float, ties: bool) -> None:
    features = vectors(len(identity), 3, ties=ties).requires_grad_()
    loss = contrastive(features, torch.tensor(identity), margin)
    assert loss.item() == pytest.approx(slow(features.tolist(), identity, margin), abs=1e-4)
    loss.backward()
    assert features.grad is not None
    assert torch.isfinite(features.grad).all()


def test_it_is_zero_once_everybody_is_where_they_belong() -> None:
    features = torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 0.0]])
    assert float(contrastive(features, torch.tensor([0, 0, 1]), 1.0)) == 0
