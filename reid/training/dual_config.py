"""What the configuration of a shared space, task `dual`, may say."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from reid.training.faults import Fault
from reid.training.language_config import CaptionConfig
from reid.training.schema import check_losses
from reid.training.stages import Stage, one_of_each
from reid.training.text_criteria import TEXT_CRITERIA

GIVEN = ("dim", "identities", "instances")


class StagedConfig(CaptionConfig):
    """A training on captions in one stage (``losses``) or several (``stages``).

    Attributes:
        losses: name -> weight and settings, if there is one stage.
        stages: else; ``loop.epochs`` is the sum of theirs unless it is set.
        new_lr: what is new learns this much faster than the backbone.
    """

    losses: dict[str, dict[str, Any]] | None = None
    stages: list[Stage] | None = None
    new_lr: float = Field(default=3.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _one_way(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        if ("losses" in content) == ("stages" in content):
            raise Fault("losses", "give either losses, or stages with losses each")
        stages, loop = content.get("stages"), content.get("loop", {})
        if isinstance(stages, list) and isinstance(loop, dict) and "epochs" not in loop:
            lengths = [stage.get("epochs", 1) for stage in stages if isinstance(stage, dict)]
            if lengths and all(isinstance(length, int) for length in lengths):
                content = {**content, "loop": {**loop, "epochs": sum(lengths)}}
        return content

    def sections(self) -> list[tuple[str, dict[str, dict[str, Any]]]]:
        """(place in the file, losses) of every stage."""
        if self.stages is None:
            return [("losses", self.losses or {})]
        return [(f"stages.{place}.losses", stage.losses) for place, stage in enumerate(self.stages)]


class DualConfig(StagedConfig):
    """Task `dual`, see configs/text."""

    @model_validator(mode="after")
    def _losses(self) -> Self:
        for where, losses in self.sections():
            check_losses(losses, TEXT_CRITERIA, where, given=GIVEN)
        one_of_each([{"losses": losses} for _, losses in self.sections()])
        return self
