"""What a network of pictures and sentences can be trained by, by name.

A criterion takes the vectors of B pictures and of their B sentences, before they are brought to norm 1, and the batch
that they come from. What it has to learn besides (a classifier, a temperature) it holds itself: that is trained with
the network but not exported. A classifier is one layer for both paths.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from reid.losses.cmpc import cmpc
from reid.losses.cmpm import cmpm
from reid.losses.instance import identity_loss, instance_loss
from reid.losses.matching import matching_loss
from reid.losses.ranking import Reduction, bidirectional_ranking
from reid.losses.sdm import sdm

LARGEST_SCALE = math.log(100)  # of a learnt temperature, as in CLIP (Radford et al. 2021, arXiv:2103.00020, 2.5)


class Known(Protocol):
    """What criteria read of a batch of B pictures with a sentence each."""

    @property
    def people(self) -> Tensor:
        """(B,) int64 in 0..identities - 1."""
        ...

    @property
    def instances(self) -> Tensor:
        """(B,) int64 in 0..instances - 1, which picture."""
        ...

    @property
    def positive(self) -> Tensor:
        """(B, B) bool, sentence by picture: of one person."""
        ...

    @property
    def negative(self) -> Tensor:
        """(B, B) >= 0, weight of sentence and picture as a wrong pair."""
        ...


class TextCriterion(nn.Module):
    """Base of all of them.

    Args:
        dim: length of a vector.
        identities: how many people are trained on.
        instances: how many pictures.
    """

    def __init__(self, dim: int, identities: int, instances: int) -> None:
        super().__init__()
        self.dim, self.identities, self.instances = dim, identities, instances

    def forward(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """(B, dim) and (B, dim), not normalised -> scalar, computed in float32 even under mixed precision."""
        with torch.autocast(image.device.type, enabled=False):
            return self.loss(image.float(), text.float(), batch)

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        raise NotImplementedError


def _scores(image: Tensor, text: Tensor) -> Tensor:
    """(T, P) cosines, sentence by picture."""
    return functional.normalize(text, dim=1) @ functional.normalize(image, dim=1).T


def _classifier(classes: int, dim: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(classes, dim) / dim**0.5)


class Ranking(TextCriterion):
    """See `reid.losses.ranking`.

    Args:
        dim, identities, instances: see TextCriterion.
        margin: in units of the cosine.
        hardest: only the highest wrong score counts.
        reduction: ``mean`` or ``sum`` over the negatives.
        contradicting: a wrong pair counts only if the batch gives it a weight as a negative. "A man in black" is no
            wrong description of another man in black.
    """

    def __init__(
        self,
        dim: int,
        identities: int,
        instances: int,
        margin: float = 0.2,
        hardest: bool = False,
        reduction: Reduction = "mean",
        contradicting: bool = False,
    ) -> None:
        super().__init__(dim, identities, instances)
        self.margin, self.hardest, self.reduction, self.contradicting = margin, hardest, reduction, contradicting

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        people = batch.people.to(image.device)
        allowed = (batch.negative > 0).to(image.device) if self.contradicting else None
        return bidirectional_ranking(
            _scores(image, text), people, people, self.margin, self.hardest, reduction=self.reduction, allowed=allowed
        )


class Instance(TextCriterion):
    """Each picture with its sentences is a class, see `reid.losses.instance`.

    Args:
        dim, identities, instances: see TextCriterion.
        smoothing: share of a label that is spread over all classes.
    """

    def __init__(self, dim: int, identities: int, instances: int, smoothing: float = 0.0) -> None:
        super().__init__(dim, identities, instances)
        self.smoothing = smoothing
        self.classes = _classifier(instances, dim)

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        return instance_loss(image, text, self.classes, batch.instances.to(image.device), self.smoothing)


class Identity(TextCriterion):
    """Each person is a class, see `reid.losses.instance`.

    Args:
        dim, identities, instances: see TextCriterion.
        smoothing: share of a label that is spread over all classes.
    """

    def __init__(self, dim: int, identities: int, instances: int, smoothing: float = 0.0) -> None:
        super().__init__(dim, identities, instances)
        self.smoothing = smoothing
        self.classes = _classifier(identities, dim)

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        return identity_loss(image, text, self.classes, batch.people.to(image.device), self.smoothing)


class CMPM(TextCriterion):
    """See `reid.losses.cmpm`."""

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        return cmpm(image, text, batch.people.to(image.device))


class CMPC(TextCriterion):
    """See `reid.losses.cmpc`."""

    def __init__(self, dim: int, identities: int, instances: int) -> None:
        super().__init__(dim, identities, instances)
        self.classes = _classifier(identities, dim)

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        return cmpc(image, text, self.classes, batch.people.to(image.device))


class SDM(TextCriterion):
    """See `reid.losses.sdm`.

    Args:
        dim, identities, instances: see TextCriterion.
        temperature: above 0.
    """

    def __init__(self, dim: int, identities: int, instances: int, temperature: float = 0.02) -> None:
        super().__init__(dim, identities, instances)
        self.scale = 1 / temperature

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        return sdm(image, text, batch.people.to(image.device), self.scale)


class InfoNCE(TextCriterion):
    """See `reid.losses.matching`.

    Args:
        dim, identities, instances: see TextCriterion.
        temperature: above 0; where it starts if it is learnt.
        learn: the temperature is learnt too.
    """

    def __init__(
        self, dim: int, identities: int, instances: int, temperature: float = 0.07, learn: bool = True
    ) -> None:
        super().__init__(dim, identities, instances)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)), requires_grad=learn)

    def loss(self, image: Tensor, text: Tensor, batch: Known) -> Tensor:
        """As `forward`, of float32."""
        scores = _scores(image, text) * self.log_scale.clamp(max=LARGEST_SCALE).exp()
        return matching_loss(scores, batch.positive.to(scores.device), batch.negative.to(scores))


TEXT_CRITERIA: dict[str, type[TextCriterion]] = {
    "ranking": Ranking,
    "instance": Instance,
    "identity": Identity,
    "cmpm": CMPM,
    "cmpc": CMPC,
    "sdm": SDM,
    "infonce": InfoNCE,
}
