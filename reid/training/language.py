"""Training of the text search: pictures and generated sentences into one space."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reid import checkpoint
from reid.data.attributes import ATTRIBUTES, UNKNOWN
from reid.losses.attributes import masked_attribute_loss
from reid.losses.matching import matching_loss
from reid.networks.crossmodal import CrossModalNetwork
from reid.training.caption_batches import BatchSettings, CaptionBatch
from reid.training.caption_data import CaptionData, caption_data
from reid.training.caption_task import CaptionTask
from reid.training.language_inputs import continue_from
from reid.training.language_report import export_searcher, searcher_figures


class LanguageTask(CaptionTask):
    """Matching of sentences and pictures, attributes seen in pictures, and facts read in sentences.

    Args:
        config: as in configs/language.yaml; ``start`` is a checkpoint to go on from.
        data: see `caption_data`.
    """

    model: CrossModalNetwork

    def __init__(self, config: Mapping[str, Any], data: CaptionData) -> None:
        batch = BatchSettings(**{**config["batch"], "near": float(config["loss"]["near"])})
        text = {**config["network"]["args"].get("text", {}), "word_dim": data.words.vectors.shape[1]}
        super().__init__(config, data, {"attributes": len(ATTRIBUTES), "text": text}, batch)
        labels = data.told.people.labels
        rate = ((labels == 1).sum(axis=0) + 1) / ((labels != UNKNOWN).sum(axis=0) + 20)
        self.rarity = torch.from_numpy(np.clip(np.sqrt((1 - rate) / rate), 0.5, 5).astype(np.float32))
        if "start" in config:
            continue_from(self.model, config["start"])

    @property
    def _new_lr(self) -> float:
        return float(self.config["loss"]["new_lr"])

    @staticmethod
    def _is_free(name: str) -> bool:
        return name in ("log_scale", "text.weight")

    def losses(self, batch: CaptionBatch) -> dict[str, Tensor]:
        """The weighted terms."""
        weights, network, batch = self.config["loss"], self.model, batch.to(self.device)
        seen, logits = network.image.heads(batch.inputs)
        read, claims = network.text.heads(batch.tokens)
        scores = read[: len(seen)].float() @ seen.float().T * network.log_scale.clamp(max=4.6).exp()
        rarity = self.rarity.to(self.device)
        return {
            "matching": matching_loss(scores, batch.positive, batch.negative),
            "seen": float(weights["seen"]) * masked_attribute_loss(logits.float(), batch.labels, rarity),
            "read": float(weights["read"]) * masked_attribute_loss(claims.float(), batch.said),
        }

    def evaluate(self) -> dict[str, float]:
        """Figures on held-out people, and on real captions if there are any to choose by."""
        return searcher_figures(self)[0]

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        """Write both networks, their words, and the card."""
        export_searcher(self, folder, figures)


def build(config: Mapping[str, Any], data: Mapping[str, Path]) -> LanguageTask:
    """Make the task of a configuration.

    Args:
        config: the file as a mapping.
        data: see `caption_data`; ``start`` is a checkpoint of this task to go on from.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    loaded = caption_data(config, data)
    if "start" in data:
        config = {**config, "start": data["start"]}
        loaded.origin["started from"] = checkpoint.read_card(data["start"])["files"][checkpoint.WEIGHTS][:16]
    return LanguageTask(config, loaded)
