"""From the section ``losses`` of a YAML to the criteria. To add one: a function in `reid/losses`, a class, a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from reid import registry
from reid.training.criterion import Criterion, Facts

CRITERIA = {
    "identity": "reid.training.criteria_classes:Identity",
    "verification": "reid.training.criteria_classes:Verification",
    "attributes": "reid.training.criteria_classes:Attributes",
    "contrastive": "reid.training.criteria_metric:Contrastive",
    "triplet": "reid.training.criteria_metric:Triplet",
    "quadruplet": "reid.training.criteria_metric:Quadruplet",
    "margin_sample_mining": "reid.training.criteria_metric:MarginSampleMining",
    "cosine": "reid.training.criteria_taught:Cosine",
    "similarity": "reid.training.criteria_taught:Similarity",
}
TAUGHT = frozenset({"cosine", "similarity"})


def build_criteria(
    losses: Mapping[str, Mapping[str, Any]], facts: Facts
) -> tuple[dict[str, Criterion], dict[str, float]]:
    """The criteria of a configuration and their weights; a weight of 0 leaves a criterion out.

    Args:
        losses: name -> ``weight`` (1 by default) and settings of the class.
        facts: of network and data.

    Raises:
        ValueError: if a criterion cannot be used with this network or these data, or if none is left.
    """
    criteria, weights = {}, {}
    for name, settings in losses.items():
        weight = float(settings.get("weight", 1.0))
        if weight:
            own = {key: value for key, value in settings.items() if key != "weight"}
            criteria[name] = registry.resolve(CRITERIA, name, "loss")(facts, **own)
            weights[name] = weight
    if not criteria:
        raise ValueError("losses: every weight is 0, so there is nothing to learn")
    return criteria, weights


class Trained(nn.Module):
    """The network with what only training needs.

    Args:
        network: what is exported in the end.
        criteria: their parameters are trained beside it.
    """

    def __init__(self, network: nn.Module, criteria: Mapping[str, Criterion]) -> None:
        super().__init__()
        self.embed = network
        self.criteria = nn.ModuleDict(criteria)
