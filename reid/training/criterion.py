"""What a loss of the task `appearance` is given, and what it has to be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from reid.networks.features import PictureFeatures

NOBODY = -1  # label of a picture of whom nothing is known


@dataclass(frozen=True, slots=True)
class Batch:
    """B pictures and what is known of them.

    Attributes:
        inputs: (B, C, h, w) what the backbone still has to see.
        labels: (B,) int64, the class of the person; -1 where nobody is known.
        answers: (B, M) int64, answers to the questions of `reid.data.market_attributes`, -1 unknown; or None.
        taught: (B, D) a teacher's vectors, or None.
        bounds: (B, S, 2) where the strips lie, or None for a network without strips.
    """

    inputs: Tensor
    labels: Tensor
    answers: Tensor | None = None
    taught: Tensor | None = None
    bounds: Tensor | None = None

    def to(self, device: torch.device | str) -> Batch:
        """The same on another device."""
        return replace(self, **{name: tensor.to(device) for name, tensor in self._tensors().items()})

    def of(self, rows: Tensor) -> Batch:
        """The pictures that a mask (B,) picks."""
        return replace(self, **{name: tensor[rows] for name, tensor in self._tensors().items()})

    def _tensors(self) -> dict[str, Tensor]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a criterion must know of network and data to be built.

    Attributes:
        dim: length of a person's vector.
        strips: how many strips the network has; None without strips.
        part_dim: length of a strip's vector; None without strips.
        identities: how many people are classes.
        questions: how many answers each question about attributes has; empty if attributes are not known.
        taught: length of the teacher's vectors; None without a teacher.
    """

    dim: int
    strips: int | None
    part_dim: int | None
    identities: int
    questions: tuple[int, ...] = ()
    taught: int | None = None


class Criterion(nn.Module):
    """A loss with the parameters that only training needs: classifiers, heads.

    A subclass is built with ``(facts, **settings)``; the settings are the keys of its section in the YAML beside
    ``weight``, so their annotations and defaults are what the YAML is checked against.

    Attributes:
        labelled: whether it is shown labelled pictures only.
    """

    labelled = True

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """The loss, a scalar, from features of B pictures in float32; 0 if the batch holds nothing to learn from."""
        raise NotImplementedError


def chosen(features: PictureFeatures, at: str) -> Tensor:
    """(B, D) the vectors ``before`` or ``after`` the neck."""
    return features.before if at == "before" else features.after


def rows_of(features: PictureFeatures, rows: Tensor) -> PictureFeatures:
    """The features of the pictures that a mask (B,) picks."""
    parts, visible = features.parts, features.visible
    return PictureFeatures(
        features.before[rows],
        features.after[rows],
        None if parts is None else parts[rows],
        None if visible is None else visible[rows],
    )


def in_full_precision(features: PictureFeatures) -> PictureFeatures:
    """The features in float32: differences of near vectors drown in bfloat16."""
    parts, visible = features.parts, features.visible
    return PictureFeatures(
        features.before.float(),
        features.after.float(),
        None if parts is None else parts.float(),
        None if visible is None else visible.float(),
    )
