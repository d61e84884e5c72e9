"""Criteria that classify: who it is, whether two are the same, and what somebody looks like."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from reid.losses.attributes import choice_loss
from reid.losses.identification import identification, strip_identification
from reid.losses.verification import draw_pairs, squared_difference, verification
from reid.networks.features import PictureFeatures
from reid.training.criterion import Batch, Criterion, Facts, chosen

Place = Literal["before", "after"]


def classifier(dim: int, classes: int, bias: bool = False) -> nn.Linear:
    """A linear layer that starts undecided (Luo et al. 2019: std 0.001, no bias behind batch normalisation)."""
    layer = nn.Linear(dim, classes, bias=bias)
    nn.init.normal_(layer.weight, std=0.001)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


class Identity(Criterion):
    """Classification over the people of the training, `reid.losses.identification`.

    Args:
        facts: see `Facts`.
        at: the vector after the neck, or before it; ``parts`` gives each strip a classifier of its own.
        smoothing: of the targets.

    Raises:
        ValueError: if ``at`` is ``parts`` and the network has no strips.
    """

    def __init__(self, facts: Facts, at: Literal["after", "before", "parts"] = "after", smoothing: float = 0.1) -> None:
        super().__init__()
        self.at, self.smoothing = at, smoothing
        if at == "parts":
            if facts.strips is None or facts.part_dim is None:
                raise ValueError("losses.identity.at: 'parts' needs a network with strips")
            self.strips = nn.ModuleList(classifier(facts.part_dim, facts.identities) for _ in range(facts.strips))
        else:
            self.classifier = classifier(facts.dim, facts.identities)

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        if self.at != "parts":
            logits = self.classifier(chosen(features, self.at)).float()
            return identification(logits, batch.labels, self.smoothing)
        assert features.parts is not None
        assert features.visible is not None
        pairs = zip(self.strips, features.parts.unbind(dim=1), strict=True)
        logits = torch.stack([strip(part) for strip, part in pairs], dim=1)  # (B, S, K)
        return strip_identification(logits.float(), batch.labels, features.visible, self.smoothing)


class Verification(Criterion):
    """Same or different, for pairs drawn from the batch, `reid.losses.verification`.

    Args:
        facts: see `Facts`.
        at: which vectors the pairs are made of.
    """

    def __init__(self, facts: Facts, at: Place = "after") -> None:
        super().__init__()
        self.at = at
        self.head = nn.Linear(facts.dim, 2)

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        vectors = chosen(features, self.at)
        rows, labels = draw_pairs(batch.labels)
        return verification(self.head(squared_difference(vectors[rows[:, 0]], vectors[rows[:, 1]])).float(), labels)


class Attributes(Criterion):
    """Questions about clothes and body, `reid.losses.attributes.choice_loss` (Lin et al. 2019, arXiv:1703.07220).

    Args:
        facts: see `Facts`.
        at: what they are answered from.
        identity: weight of an identity classification that reads, beside the vector, the answers re-weighted by how
            far each is to be believed given the others (their section 3.4, equations 5 to 7); 0 leaves it out.
        smoothing: of that classification.

    Raises:
        ValueError: if the data tell no attributes.
    """

    def __init__(self, facts: Facts, at: Place = "after", identity: float = 0.0, smoothing: float = 0.1) -> None:
        super().__init__()
        if not facts.questions:
            raise ValueError("losses.attributes needs the data set market1501, whose attributes are known")
        self.at, self.sizes, self.identity, self.smoothing = at, facts.questions, identity, smoothing
        answers = sum(facts.questions)
        self.head = classifier(facts.dim, answers, bias=True)
        if identity:
            self.belief = nn.Linear(answers, answers)
            self.classifier = classifier(facts.dim + answers, facts.identities)

    def forward(self, features: PictureFeatures, batch: Batch) -> Tensor:
        """See `Criterion`."""
        assert batch.answers is not None
        vectors = chosen(features, self.at)
        logits = self.head(vectors).float()
        loss = choice_loss(logits, batch.answers, self.sizes)
        if not self.identity:
            return loss
        answers = torch.cat([part.softmax(dim=1) for part in logits.split(list(self.sizes), dim=1)], dim=1)
        believed = answers * self.belief(answers).float().sigmoid()
        people = self.classifier(torch.cat([vectors, believed], dim=1)).float()
        return loss + self.identity * identification(people, batch.labels, self.smoothing)
