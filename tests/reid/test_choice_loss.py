"""Questions with one answer each against a slow version."""

from __future__ import annotations

import math

import pytest
import torch

from reid.losses.attributes import choice_loss


def slow(logits: list[list[float]], answers: list[list[int]], sizes: tuple[int, ...]) -> float:
    total, start = 0.0, 0
    for question, size in enumerate(sizes):
        terms = []
        for row, answer in zip(logits, answers, strict=True):
            part = row[start : start + size]
            if answer[question] >= 0:
                terms.append(math.log(sum(math.exp(x) for x in part)) - part[answer[question]])
        total += sum(terms) / len(terms) if terms else 0.0
        start += size
    return total / len(sizes)


@pytest.mark.parametrize(("batch", "sizes"), [(1, (2,)), (5, (2, 4, 9)), (3, (2, 2, 1))])
@pytest.mark.parametrize("known", [0.0, 0.5, 1.0])
def test_equals_the_slow_version(batch: int, sizes: tuple[int, ...], known: float) -> None:
    generator = torch.Generator().manual_seed(batch)
    logits = torch.randn(batch, sum(sizes), generator=generator, requires_grad=True)
    answers = torch.stack([torch.randint(size, (batch,), generator=generator) for size in sizes], dim=1)
    answers[torch.rand(answers.shape, generator=generator) >= known] = -1
    loss = choice_loss(logits, answers, sizes)
    assert loss.item() == pytest.approx(slow(logits.tolist(), answers.tolist(), sizes), abs=1e-5)
    loss.backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"expected \(B, 6\)"):
        choice_loss(torch.zeros(2, 5), torch.zeros(2, 2, dtype=torch.int64), (2, 4))
