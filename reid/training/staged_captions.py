"""What the tasks `dual` and `pairwise` have in common: stages with losses of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reid.training.caption_batches import BatchSettings, CaptionBatch
from reid.training.caption_data import CaptionData
from reid.training.caption_task import CaptionTask
from reid.training.stages import parts_of, stage_of


class StagedCaptionTask(CaptionTask):
    """A training on captions in one stage or several.

    Args:
        config: as in configs/text: ``losses``, or ``stages`` with losses each.
        data: see `caption_data`.
        args: see CaptionTask.

    Attributes:
        stages: each with ``epochs``, ``losses`` and ``still``.
        stage: the one that is on.
    """

    def __init__(self, config: Mapping[str, Any], data: CaptionData, args: Mapping[str, Any]) -> None:
        super().__init__(config, data, args, BatchSettings(**config["batch"]))
        self.stages = config.get("stages") or [{"epochs": 1, "losses": config["losses"], "still": []}]
        self.stage = self.stages[0]
        self._learning = {id(p) for p in self.model.parameters() if p.requires_grad}

    def begin_epoch(self, epoch: int) -> None:
        """Enter the stage that an epoch belongs to."""
        self.stage = self.stages[stage_of(epoch, int(self.config["loop"]["epochs"]), self.stages)]
        for parameter in self.model.parameters():
            parameter.requires_grad_(id(parameter) in self._learning)
        for part in parts_of(self.model, self.stage["still"]):
            part.requires_grad_(False)

    def batches(self, epoch: int, rank: int = 0, world: int = 1) -> Iterator[CaptionBatch]:
        """Batches of pictures and sentences, prepared in a thread ahead of the network."""
        # Whoever asks for batches has just put the whole network into training mode.
        for part in parts_of(self.model, self.stage["still"]):
            part.eval()
        return super().batches(epoch, rank, world)
