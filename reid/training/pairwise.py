"""Training of a network that judges pairs of sentence and picture: a matcher that re-ranks a short list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reid.networks.pairwise import PairwiseNetwork
from reid.training.caption_batches import BatchSettings, CaptionBatch
from reid.training.caption_data import CaptionData, caption_data
from reid.training.language_report import TOKENS, Pictures, both_views, on_held_out
from reid.training.pair_criteria import PAIR_CRITERIA
from reid.training.sayable import sayable_first
from reid.training.staged_captions import StagedCaptionTask
from reid.types import Floats

_PEOPLE, _EACH = 48, 2  # every pair costs, so these many held-out people with these many sentences must do


class PairwiseTask(StagedCaptionTask):
    """A pairwise network, trained by any of the pair criteria.

    Args:
        config: as in configs/text.
        data: see `caption_data`.
    """

    kind = "matcher"
    model: PairwiseNetwork

    def __init__(self, config: Mapping[str, Any], data: CaptionData) -> None:
        if "vocabulary" in config["network"]["args"]:
            # A network that speaks says the first words of its list.
            data = replace(
                data, words=sayable_first(data, BatchSettings(**config["batch"]), int(config["loop"].get("seed", 0)))
            )
        super().__init__(config, data, {"word_dim": data.words.vectors.shape[1]})

    def losses(self, batch: CaptionBatch) -> dict[str, Tensor]:
        """The weighted terms of the stage."""
        batch = batch.to(self.device)
        regions, tokens = self.model.image(batch.inputs), batch.tokens[: len(batch.inputs)]
        terms = {}
        for name, given in self.stage["losses"].items():
            settings = {key: value for key, value in given.items() if key != "weight"}
            term = PAIR_CRITERIA[name](self.model, regions, tokens, batch, **settings)
            terms[name] = float(given.get("weight", 1.0)) * term
        return terms

    def evaluate(self) -> dict[str, float]:
        """Figures on some held-out people, see `on_held_out`."""
        return self._figures()[0]

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        """Write the network, its words, and the card."""
        fresh, calibration = self._figures()
        self.write(
            folder,
            self.model.state_dict(),
            {**figures, **fresh},
            calibration=list(calibration),
            calibration_of="score of a picture and a sentence that is true of it, against one that is not, evens",
        )

    def _figures(self) -> tuple[dict[str, float], tuple[float, float]]:
        training = self.network.training
        self.network.eval()
        result = on_held_out(self._scores, self.data.held, self.data.held_pictures, self.seed, each=_EACH, most=_PEOPLE)
        self.network.train(training)
        return result

    def _scores(self, texts: Sequence[str], images: Pictures) -> Floats:
        """(T, N) mean of what is thought of a picture and its mirror image."""
        tokens = torch.from_numpy(self.vocabulary.encode(texts, TOKENS)).to(self.device)
        with torch.inference_mode():
            views = [self.model.table(self.model.image(view), tokens) for view in both_views(self, images)]
        return np.asarray(torch.stack(views).mean(dim=0).cpu().numpy(), np.float32)


def build(config: Mapping[str, Any], data: Mapping[str, Path]) -> PairwiseTask:
    """Make the task of a configuration.

    Args:
        config: the file as a mapping.
        data: see `caption_data`.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    return PairwiseTask(config, caption_data(config, data))
