"""What the configuration of a network that judges pairs, task `pairwise`, may say."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from reid.training.dual_config import StagedConfig
from reid.training.pair_criteria import GIVEN, PAIR_CRITERIA
from reid.training.schema import check_losses
from reid.training.stages import one_of_each


class PairwiseConfig(StagedConfig):
    """Task `pairwise`, see configs/text."""

    @model_validator(mode="after")
    def _losses(self) -> Self:
        for where, losses in self.sections():
            check_losses(losses, PAIR_CRITERIA, where, given=GIVEN)
        one_of_each([{"losses": losses} for _, losses in self.sections()])
        return self
