"""Learning the vectors of a teacher, which needs no labels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def cosine_distillation(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean of 1 - cosine between a picture's two vectors, each (B, D).

    FitNets' idea of matching a teacher's features (Romero et al., ICLR 2015, equation 2), with the cosine because the
    features are only ever compared by it.
    """
    return (1 - functional.cosine_similarity(student, teacher, dim=1)).mean()


def similarity_distillation(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference between the two matrices of cosines within the batch.

    Tung and Mori, "Similarity-preserving knowledge distillation", ICCV 2019, equation 4, with vectors normalised
    before instead of rows after. Student (B, D) and teacher (B, E) may differ in length.
    """
    own, taught = functional.normalize(student, dim=1), functional.normalize(teacher, dim=1)
    return functional.mse_loss(own @ own.T, taught @ taught.T)
