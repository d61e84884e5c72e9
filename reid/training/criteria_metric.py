"""Criteria on distances between vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from torch import Tensor
from torch.nn import functional

from reid.losses.contrastive import contrastive
from reid.losses.margin_sample_mining import margin_sample_mining
from reid.losses.quadruplet import quadruplet
from reid.losses.triplet import batch_all_triplet, batch_hard_triplet, random_triplet
from reid.networks.features import PictureFeatures
from reid.training.criterion import Batch, Criterion, Facts, chosen

Place = Literal["before", "after"]


class Metric(Criterion):
    """What the criteria on distances share.

    Args:
        facts: not needed: they have no parameters.
        at: before the neck, where distances belong (Luo et al. 2019, arXiv:1903.07071, section 3.5), or after it.
        normalise: bring vectors to norm 1 first, so that a distance lies in 0..2; search compares directions only.
    """

    def __init__(self, facts: Facts, at: Place = "before", normalise: bool = True) -> None:  # noqa: ARG002
        super().__init__()
        self.at, self.normalise = at, normalise

    def vectors(self, features: PictureFeatures) -> Tensor:
        """(B, D) what distances are taken of."""
        found = chosen(features, self.at)
        return functional.normalize(found, dim=1) if self.normalise else found


class Contrastive(Metric):
    """`reid.losses.contrastive`."""

    def __init__(self, facts: Facts, at: Place = "before", normalise: bool = True, margin: float = 1.0) -> None:
        super().__init__(facts, at, normalise)
        self.margin = margin

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        return contrastive(self.vectors(features), batch.labels, self.margin)


_TRIPLETS: Mapping[str, Callable[[Tensor, Tensor, float | None], Tensor]] = {
    "hard": batch_hard_triplet,
    "all": batch_all_triplet,
    "random": random_triplet,
}


class Triplet(Metric):
    """`reid.losses.triplet`: ``mining`` takes the hardest of a batch, all of it, or draws at random."""

    def __init__(
        self,
        facts: Facts,
        at: Place = "before",
        normalise: bool = False,
        margin: float | Literal["soft"] = 0.3,
        mining: Literal["hard", "all", "random"] = "hard",
    ) -> None:
        super().__init__(facts, at, normalise)
        self.loss = _TRIPLETS[mining]
        self.margin = None if margin == "soft" else float(margin)

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        return self.loss(self.vectors(features), batch.labels, self.margin)


class Quadruplet(Metric):
    """`reid.losses.quadruplet`: ``mining`` takes the hardest of a batch, or all of it."""

    def __init__(
        self,
        facts: Facts,
        at: Place = "before",
        normalise: bool = True,
        margin: float = 1.0,
        second: float = 0.5,
        mining: Literal["hard", "all"] = "all",
    ) -> None:
        super().__init__(facts, at, normalise)
        self.margin, self.second, self.hard = margin, second, mining == "hard"

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        return quadruplet(self.vectors(features), batch.labels, self.margin, self.second, hard=self.hard)


class MarginSampleMining(Metric):
    """`reid.losses.margin_sample_mining`."""

    def __init__(self, facts: Facts, at: Place = "before", normalise: bool = True, margin: float = 0.3) -> None:
        super().__init__(facts, at, normalise)
        self.margin = margin

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        return margin_sample_mining(self.vectors(features), batch.labels, self.margin)
