"""Training from pictures to vectors of persons: any picture network, with any of the criteria together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from reid import checkpoint, registry
from reid.data import datasets
from reid.data.market_attributes import SIZES
from reid.evaluation.calibration import fit_calibration
from reid.networks.alignment import equal_bounds
from reid.networks.backbones.pretrained import load_pretrained
from reid.networks.features import PictureNetwork
from reid.training.criteria import Trained, build_criteria
from reid.training.criterion import NOBODY, Batch, Criterion, Facts, in_full_precision, rows_of
from reid.training.inputs import MEAN, STD
from reid.training.picture_batches import PictureBatches, PictureData
from reid.training.picture_input import PictureInput
from reid.types import Floats


class AppearanceTask:
    """A picture network, the criteria that its configuration names, and the pictures they learn from.

    Args:
        config: a file such as `configs/appearance.yaml` or those in `configs/image`, as a mapping.
        data: the pictures and what is known of them.
        backbone: weights to start from; None starts from random ones, with nothing frozen.
        origin: what the card says of the data.

    Raises:
        ValueError: if network, criteria and data do not go together.
    """

    def __init__(
        self, config: Mapping[str, Any], data: PictureData, backbone: Path | None, origin: Mapping[str, Any]
    ) -> None:
        self.config, self.data, self.origin = config, data, dict(origin)
        self.calibration: tuple[float, float] | None = None
        torch.manual_seed(int(config.get("loop", {}).get("seed", 0)))
        network = registry.build_network(config["network"]["name"], config["network"].get("args", {}))
        self.embed = cast(PictureNetwork, network)
        if config.get("keypoints") and self.embed.strips is None:
            raise ValueError(f"keypoints: {config['network']['name']} has no strips that could be placed by them")
        if backbone is not None:
            load_pretrained(self.embed.backbone, backbone)
            self.embed.backbone.freeze(int(config.get("frozen_stages", 0)))
        facts = Facts(
            dim=self.embed.dim,
            strips=self.embed.strips,
            part_dim=self.embed.part_dim,
            identities=int(data.labels.max()) + 1,
            questions=() if data.answers is None else SIZES,
            taught=None if data.taught is None else data.taught.shape[1],
        )
        criteria, self.weights = build_criteria(config["losses"], facts)
        self.network = Trained(network, criteria)
        self.prepare = PictureInput(self.embed.backbone, config["input"]["height"], config["input"]["width"])
        self.prepared = PictureBatches(data, config, self.embed.strips, self.prepare)

    def groups(self) -> list[dict[str, Any]]:
        """The backbone learns slower than what is new."""
        backbone = [p for p in self.embed.backbone.parameters() if p.requires_grad]
        known = {id(p) for p in backbone}
        new = [p for p in self.network.parameters() if p.requires_grad and id(p) not in known]
        scale = float(self.config.get("new_lr", 3.0))
        return [{"params": backbone, "lr_scale": 1.0}, {"params": new, "lr_scale": scale}]

    def steps(self) -> int:
        """Steps of an epoch: as many as batches fit into the labelled pictures."""
        return self.prepared.steps()

    def batches(self, epoch: int, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """PK batches with unlabelled crops beside them; see `Task`."""
        return self.prepared(epoch, rank, world)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted terms. Pictures of whom nobody is known take part only where no label is needed."""
        batch = batch.to(self._device())
        features = in_full_precision(self.embed.features(batch.inputs, batch.bounds))
        labelled = features, batch
        known = batch.labels != NOBODY
        if not known.all():
            labelled = rows_of(features, known), batch.of(known)
        terms = {}
        for name, module in self.network.criteria.items():
            criterion = cast(Criterion, module)
            terms[name] = self.weights[name] * criterion(*(labelled if criterion.labelled else (features, batch)))
        return terms

    def evaluate(self) -> dict[str, float]:
        """Fit how a score becomes a probability, and say how well people are told apart there.

        The pairs come from people whose labels were not trained on. The data sets that are for measuring must not be
        at hand while training; see `reidpipe evaluate`.
        """
        if self.data.judged is None:
            return {}
        people, pictures = self.data.judged
        vectors = self._vectors(pictures)
        scores = (vectors @ vectors.T).astype(np.float64)
        upper = np.triu(np.ones_like(scores, bool), 1)
        # Only pairs within one data set: telling two cameras' colours apart is no proof of telling people apart.
        comparable = (people[:, None] // datasets.PETA_STRIDE == people[None] // datasets.PETA_STRIDE) & upper
        same = people[:, None] == people[None]
        right, wrong = scores[comparable & same], scores[comparable & ~same]
        self.calibration = fit_calibration(right, wrong)
        # Chance that a right pair scores above a wrong one, the area under the curve of Hanley and McNeil (1982).
        return {"judged_AUC": 100 * float((np.searchsorted(np.sort(wrong), right) / len(wrong)).mean())}

    def _vectors(self, pictures: NDArray[np.uint8]) -> Floats:
        network, size = self.network.embed.eval(), (self.prepare.width, self.prepare.height)
        rows = []
        for start in range(0, len(pictures), 64):
            part = pictures[start : start + 64]
            inputs = self.prepare(np.stack([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in part]))
            given = [inputs.to(self._device())]
            if self.embed.strips is not None:
                bounds = torch.from_numpy(equal_bounds(self.embed.strips)).to(self._device())
                given.append(bounds.expand(len(part), -1, -1))
            with torch.inference_mode():
                output = network(*given)
            rows.append(functional.normalize(output.float(), dim=1).cpu().numpy())
        return np.concatenate(rows)

    def _device(self) -> torch.device:
        return next(self.network.parameters()).device

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        """Write network and card, without the classifiers."""
        network = dict(self.config["network"])
        # What is left to its default is told all the same: whoever opens the checkpoint must know it.
        told = {"dim": self.embed.dim} | ({} if self.embed.strips is None else {"strips": self.embed.strips})
        network["args"] = told | dict(network.get("args", {}))
        card = {
            "kind": "appearance",
            "network": network,
            "preprocess": {
                "height": self.prepare.height,
                "width": self.prepare.width,
                "mean": MEAN,
                "std": STD,
                "flip": True,
            },
            "config": dict(self.config),
            "figures": dict(figures),
            "calibration": self.calibration,
            **self.origin,
        }
        checkpoint.write(folder, self.network.embed.state_dict(), card, {})
