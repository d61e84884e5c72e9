"""Training of a space that pictures and sentences share: a network of two paths, and any of the text criteria.

In one stage or several, as in Zheng et al. 2017 (dual path, arXiv:1711.05535, section 4.3): first with the instance
loss and a fixed image network, then with the ranking loss too and all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reid.networks.dual import DualNetwork
from reid.training.caption_batches import CaptionBatch
from reid.training.caption_data import CaptionData, caption_data
from reid.training.language_report import export_searcher, searcher_figures
from reid.training.staged_captions import StagedCaptionTask
from reid.training.stages import one_of_each
from reid.training.text_criteria import TEXT_CRITERIA

_FITTED_ON = 4000  # sentences that a text network is fitted on, if it has to be before it is trained


class DualTask(StagedCaptionTask):
    """Two paths and their criteria; only the paths are exported.

    Args:
        config: as in configs/text.
        data: see `caption_data`.
    """

    model: DualNetwork

    def __init__(self, config: Mapping[str, Any], data: CaptionData) -> None:
        args = config["network"]["args"]
        # Whoever opens the checkpoint learns the length of a vector from its card.
        dim, reader = int(args.get("dim", 256)), {"word_dim": data.words.vectors.shape[1]}
        super().__init__(config, data, {"dim": dim, "text": {**args.get("text", {}), **reader}})
        self.model.text.fit(torch.from_numpy(self.caption_batches.sentences(_FITTED_ON)), seed=self.seed)
        known = (dim, self.caption_batches.identities, self.caption_batches.instances)
        self.criteria = nn.ModuleDict(
            {name: TEXT_CRITERIA[name](*known, **settings) for name, settings in one_of_each(self.stages).items()}
        )
        self.network = nn.ModuleDict({"model": self.model, "criteria": self.criteria})

    def losses(self, batch: CaptionBatch) -> dict[str, Tensor]:
        """The weighted terms of the stage."""
        batch = batch.to(self.device)
        image = self.model.image_features(batch.inputs).float()
        text = self.model.text_features(batch.tokens[: len(batch.inputs)]).float()
        return {
            name: float(settings.get("weight", 1.0)) * self.criteria[name](image, text, batch)
            for name, settings in self.stage["losses"].items()
        }

    def evaluate(self) -> dict[str, float]:
        """Figures on held-out people, and on real captions if there are any to choose by."""
        return searcher_figures(self)[0]

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        """Write both paths, their words, and the card."""
        export_searcher(self, folder, figures)


def build(config: Mapping[str, Any], data: Mapping[str, Path]) -> DualTask:
    """Make the task of a configuration.

    Args:
        config: the file as a mapping.
        data: see `caption_data`.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    return DualTask(config, caption_data(config, data))
