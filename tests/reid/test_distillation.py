"""Distillation losses against slow versions."""

from __future__ import annotations

import math

import pytest
import torch

from reid.losses.distillation import cosine_distillation, similarity_distillation


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


@pytest.mark.parametrize(("batch", "dim", "taught"), [(1, 3, 3), (4, 5, 5), (3, 2, 7)])
def test_both_equal_the_slow_versions(batch: int, dim: int, taught: int) -> None:
    generator = torch.Generator().manual_seed(batch)
    student, teacher = torch.randn(batch, dim, generator=generator), torch.randn(batch, taught, generator=generator)
    own, other = student.tolist(), teacher.tolist()
    if dim == taught:
        expected = sum(1 - cosine(a, b) for a, b in zip(own, other, strict=True)) / batch
        assert float(cosine_distillation(student, teacher)) == pytest.approx(expected, abs=1e-5)
    squares = [(cosine(own[i], own[j]) - cosine(other[i], other[j])) ** 2 for i in range(batch) for j in range(batch)]
    assert float(similarity_distillation(student, teacher)) == pytest.approx(sum(squares) / batch**2, abs=1e-5)


def test_a_student_who_says_the_same_has_no_loss() -> None:
    vectors = torch.randn(5, 8)
    assert float(cosine_distillation(vectors * 3, vectors)) == pytest.approx(0, abs=1e-6)
    assert float(similarity_distillation(vectors * 3, vectors)) == pytest.approx(0, abs=1e-6)
