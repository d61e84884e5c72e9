"""What the trainings of networks that read have in common: words, pictures, batches, and the start of a backbone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reid import checkpoint, registry
from reid.data.attributes import ATTRIBUTES
from reid.data.disturbance import CameraNoise
from reid.data.transforms import Augmentation
from reid.data.words import Vocabulary
from reid.networks.backbones import StagedBackbone
from reid.networks.backbones.pretrained import load_pretrained
from reid.training.caption_batches import BatchSettings, CaptionBatch, CaptionBatches
from reid.training.caption_data import CaptionData
from reid.training.inputs import MEAN, STD
from reid.training.language_report import TOKENS
from reid.training.picture_input import PictureInput


class CaptionTask:
    """Base of the tasks `language`, `dual` and `pairwise`.

    The network that it builds has a picture part ``image`` with a ``backbone``, and reads words.

    Args:
        config: the file as a mapping.
        data: see `caption_data`.
        args: arguments of the network beside those of the file; they go into the card too.
        batch: what a batch is made of.

    Attributes:
        network: all that is trained.
        model: what a checkpoint holds.
        prepare: (B, H, W, 3) uint8 -> what the model's picture part takes while it is trained.
    """

    kind = "language"

    def __init__(
        self, config: Mapping[str, Any], data: CaptionData, args: Mapping[str, Any], batch: BatchSettings
    ) -> None:
        self.config, self.data, self.origin = config, data, data.origin
        self.height, self.width = int(config["input"]["height"]), int(config["input"]["width"])
        self.seed = int(config["loop"].get("seed", 0))
        self.vocabulary = Vocabulary(data.words.words)
        self.args = {**config["network"].get("args", {}), **args, "words": len(self.vocabulary)}
        torch.manual_seed(self.seed)
        self.model = registry.build_network(config["network"]["name"], self.args)
        self.network: nn.Module = self.model
        reader: Any = self.model if hasattr(self.model, "set_words") else self.model.get_submodule("text")
        reader.set_words(torch.from_numpy(data.words.vectors))
        backbone = self.model.get_submodule("image.backbone")
        assert isinstance(backbone, StagedBackbone)
        if data.backbone is not None:
            load_pretrained(backbone, data.backbone)
            backbone.freeze(int(config.get("frozen_stages", 0)))
        self.prepare = PictureInput(backbone, self.height, self.width)
        self.caption_batches = CaptionBatches(
            data.told,
            data.pictures,
            (self.height, self.width),
            self.vocabulary,
            batch,
            self.prepare,
            Augmentation(**config.get("augmentation", {})),
            CameraNoise(**config["camera_noise"]) if config.get("camera_noise") is not None else None,
            self.seed,
        )

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.model.parameters()).device

    def groups(self) -> list[dict[str, Any]]:
        """The backbone learns slower than what is new; temperatures and the weights of facts do not decay."""
        backbone = [p for p in self.model.get_submodule("image.backbone").parameters() if p.requires_grad]
        free = [p for name, p in self.network.named_parameters() if p.requires_grad and self._is_free(name)]
        known = {id(p) for p in backbone + free}
        new = [p for p in self.network.parameters() if p.requires_grad and id(p) not in known]
        faster = float(self._new_lr)
        groups = [
            {"params": backbone, "lr_scale": 1.0},
            {"params": new, "lr_scale": faster},
            {"params": free, "lr_scale": faster, "weight_decay": 0.0},
        ]
        return [group for group in groups if group["params"]]

    @property
    def _new_lr(self) -> float:
        return float(self.config["new_lr"])

    @staticmethod
    def _is_free(name: str) -> bool:
        return name.endswith("log_scale")

    def steps(self) -> int:
        """Steps of an epoch: each picture once, about."""
        return self.caption_batches.steps()

    def batches(self, epoch: int, rank: int = 0, world: int = 1) -> Iterator[CaptionBatch]:
        """Batches of pictures and sentences, prepared in a thread ahead of the network."""
        return self.caption_batches.epoch(epoch, rank, world)

    def losses(self, batch: CaptionBatch) -> dict[str, Tensor]:
        """The weighted terms."""
        raise NotImplementedError

    def write(self, folder: Path, tensors: Mapping[str, Tensor], figures: Mapping[str, Any], **further: Any) -> None:
        """Write the model, its words, and the card."""
        size = {"height": self.height, "width": self.width, "mean": MEAN, "std": STD, "flip": True}
        config = {key: value for key, value in self.config.items() if key != "start"}
        if config.get("weights"):
            config["weights"] = Path(config["weights"]).name  # no card names a folder of the machine it was made on
        card = {
            "kind": self.kind,
            "network": {"name": self.config["network"]["name"], "args": self.args},
            "preprocess": size,
            "tokens": TOKENS,
            "attributes": list(ATTRIBUTES),
            "config": config,
            "figures": dict(figures),
            **further,
            **self.origin,
        }
        checkpoint.write(folder, tensors, card, {"words.txt": "\n".join(self.vocabulary.words) + "\n"})
