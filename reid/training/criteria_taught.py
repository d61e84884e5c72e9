"""Criteria by which a teacher's vectors are learnt, `reid.losses.distillation`; unlabelled pictures take part."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from reid.losses.distillation import cosine_distillation, similarity_distillation
from reid.networks.features import PictureFeatures
from reid.training.criterion import Batch, Criterion, Facts, chosen

Place = Literal["before", "after"]


class Similarity(Criterion):
    """The teacher's cosines within the batch; see `similarity_distillation`.

    Raises:
        ValueError: if there is no teacher.
    """

    labelled = False

    def __init__(self, facts: Facts, at: Place = "after") -> None:
        super().__init__()
        self.at = at
        if facts.taught is None:
            raise ValueError("losses.cosine and losses.similarity need a teacher: add --data teacher:MODEL.xml")

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        assert batch.taught is not None
        return similarity_distillation(chosen(features, self.at), batch.taught)


class Cosine(Similarity):
    """The teacher's own vectors; see `cosine_distillation`.

    Raises:
        ValueError: if there is no teacher, or its vectors have another length.
    """

    def __init__(self, facts: Facts, at: Place = "after") -> None:
        super().__init__(facts, at)
        if facts.taught != facts.dim:
            raise ValueError(
                f"losses.cosine: the teacher's vectors have length {facts.taught}, the network's {facts.dim}; "
                "they must agree, or only losses.similarity can be used"
            )

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        assert batch.taught is not None
        return cosine_distillation(chosen(features, self.at), batch.taught)
