"""Training of the picture-to-picture network: identity, triplet, and the vectors of a teacher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from reid import checkpoint, registry
from reid.data import datasets
from reid.data.sampling import pk_batches
from reid.data.transforms import Augmentation
from reid.evaluation.calibration import fit_calibration
from reid.losses.distillation import cosine_distillation, similarity_distillation
from reid.losses.triplet import batch_hard_triplet
from reid.networks.alignment import equal_bounds
from reid.networks.backbones import MobileNetV2
from reid.training.inputs import MEAN, STD
from reid.training.stem import FrozenStem
from reid.types import PersonSample


@dataclass(frozen=True, slots=True)
class Batch:
    """What the backbone still has to see, (B, C, h, w); labels (B,), -1 for nobody known; teacher's (B, D) or None."""

    inputs: Tensor
    labels: Tensor
    taught: Tensor | None


class _Trained(nn.Module):
    """The network with the classifier that only training needs."""

    def __init__(self, network: nn.Module, dim: int, identities: int) -> None:
        super().__init__()
        self.embed = network
        self.classifier = nn.Linear(dim, identities, bias=False)
        nn.init.normal_(self.classifier.weight, std=0.001)


class AppearanceTask:
    """Identity softmax with label smoothing after the neck, batch-hard triplet before it, distillation on its output.

    The layout of losses is Luo et al. 2019 (arXiv:1903.07071, section 3.5); the distillation needs no labels, so
    that further crops without identities take part in it.

    Args:
        config: the file `configs/appearance.yaml`, as a mapping.
        samples: labelled samples; pairs of (data set, identity) become classes.
        unlabelled: further crops for the teacher alone.
        pictures: (N, H, W, 3) uint8 of both lists, in that order.
        taught: (N, D) teacher's vectors, or None.
        backbone: ImageNet weights to start from; None starts from random ones, with nothing frozen.
        judged: identities (M,) and pictures (M, H, W, 3) that are not trained on, to turn scores into probabilities.
        origin: what the card says of the data.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        samples: list[PersonSample],
        unlabelled: list[PersonSample],
        pictures: NDArray[np.uint8],
        taught: NDArray[np.float16] | None,
        backbone: Path | None,
        judged: tuple[NDArray[np.int64], NDArray[np.uint8]] | None,
        origin: Mapping[str, Any],
    ) -> None:
        self.config, self.origin = config, dict(origin)
        self.pictures, self.taught, self.judged = pictures, taught, judged
        self.calibration: tuple[float, float] | None = None
        people = sorted({(s.dataset, s.identity) for s in samples})
        number = {person: label for label, person in enumerate(people)}
        self.labels = np.array([number[s.dataset, s.identity] for s in samples], np.int64)
        self.unlabelled = np.arange(len(samples), len(samples) + len(unlabelled))
        size, self.weights = config["input"], config["loss"]
        self.height, self.width = int(size["height"]), int(size["width"])
        self.augmentation = Augmentation(**config.get("augmentation", {}))
        self.batch, self.seed = config["batch"], int(config["loop"].get("seed", 0))
        torch.manual_seed(self.seed)
        network = registry.build_network(config["network"]["name"], config["network"]["args"])
        self.stem = None
        if backbone is not None:
            first = network.get_submodule("backbone")
            assert isinstance(first, MobileNetV2)
            first.load_imagenet(backbone)
            first.freeze(int(config.get("frozen_stages", 0)))
            if first.frozen and not torch.cuda.is_available():
                self.stem = FrozenStem(first, self.height, self.width, MEAN, STD)
        self.network = _Trained(network, int(config["network"]["args"]["dim"]), len(people))
        self.strips = int(config["network"]["args"]["strips"])

    def groups(self) -> list[dict[str, Any]]:
        """The backbone learns slower than what is new."""
        backbone = [p for p in self.network.embed.get_submodule("backbone").parameters() if p.requires_grad]
        known = {id(p) for p in backbone}
        new = [p for p in self.network.parameters() if p.requires_grad and id(p) not in known]
        return [{"params": backbone, "lr_scale": 1.0}, {"params": new, "lr_scale": float(self.weights["new_lr"])}]

    def steps(self) -> int:
        """Steps of an epoch: as many as batches fit into the labelled pictures."""
        return len(self.labels) // (int(self.batch["people"]) * int(self.batch["pictures"]))

    def batches(self, epoch: int) -> Iterator[Batch]:
        """PK batches with unlabelled crops beside them, prepared in a thread ahead of the network."""
        generator = np.random.default_rng((self.seed, epoch))
        rows = islice(self._rows(generator), self.steps())
        with ThreadPoolExecutor(1) as pool:
            waiting = [pool.submit(self._load, *item) for item in islice(rows, 3)]
            while waiting:
                ready = waiting.pop(0)
                waiting.extend(pool.submit(self._load, *item) for item in islice(rows, 1))
                yield ready.result()

    def _rows(self, generator: np.random.Generator) -> Iterator[tuple[NDArray[np.int64], int]]:
        people, pictures = int(self.batch["people"]), int(self.batch["pictures"])
        extra = int(self.batch.get("unlabelled", 0)) if len(self.unlabelled) else 0
        while True:
            for rows in pk_batches(self.labels.tolist(), people, pictures, generator):
                more = generator.choice(self.unlabelled, extra) if extra else np.zeros(0, np.int64)
                yield np.concatenate([rows, more]), int(generator.integers(1 << 62))

    def _load(self, rows: NDArray[np.int64], seed: int) -> Batch:
        generator = np.random.default_rng(seed)
        views = [self.augmentation(self.pictures[row], self.width, self.height, generator) for row in rows]
        images = np.stack(views)
        inputs = self._inputs(images)
        labels = np.array([self.labels[row] if row < len(self.labels) else -1 for row in rows])
        taught = None
        if self.taught is not None:
            taught = torch.from_numpy(self.taught[rows].astype(np.float32))
        return Batch(inputs.contiguous(memory_format=torch.channels_last), torch.from_numpy(labels), taught)

    def _inputs(self, images: NDArray[np.uint8]) -> Tensor:
        """What the trained part of the network sees of (B, H, W, 3) pictures."""
        if self.stem is not None:
            return torch.from_numpy(self.stem(images))
        mean, std = (np.asarray(v, np.float32) * 255 for v in (MEAN, STD))
        return torch.from_numpy((images - mean) / std).permute(0, 3, 1, 2)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted terms."""
        network, weights = self.network.embed, self.weights
        device = self.network.classifier.weight.device
        inputs = batch.inputs.to(device)
        bounds = torch.from_numpy(equal_bounds(self.strips)).to(device).expand(len(inputs), -1, -1)
        before = network.before_neck(inputs, bounds).float()  # type: ignore[operator]
        after = network.neck(before)  # type: ignore[operator]
        known = batch.labels >= 0
        labels = batch.labels[known].to(device)
        logits = self.network.classifier(after[known]).float()
        terms = {
            "identity": functional.cross_entropy(logits, labels, label_smoothing=float(weights["smoothing"])),
            "triplet": batch_hard_triplet(before[known], labels, float(weights["margin"])),
        }
        if batch.taught is not None:
            taught = batch.taught.to(device)
            terms["cosine"] = float(weights["cosine"]) * cosine_distillation(after, taught)
            terms["similarity"] = float(weights["similarity"]) * similarity_distillation(after, taught)
        return terms

    def evaluate(self) -> dict[str, float]:
        """Fit how a score becomes a probability, and say how well people are told apart there.

        The pairs come from people whose labels were not trained on. The data sets that are for measuring must not be
        at hand while training; see `reidpipe evaluate`.
        """
        if self.judged is None:
            return {}
        people, pictures = self.judged
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

    def _vectors(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        network = self.network.embed.eval()
        bounds = torch.from_numpy(equal_bounds(self.strips))
        device = self.network.classifier.weight.device
        rows = []
        for start in range(0, len(pictures), 64):
            images = np.stack(
                [
                    cv2.resize(p, (self.width, self.height), interpolation=cv2.INTER_AREA)
                    for p in pictures[start : start + 64]
                ]
            )
            with torch.inference_mode():
                inputs = self._inputs(images).to(device)
                output = network(inputs, bounds.to(device).expand(len(images), -1, -1))
            rows.append(functional.normalize(output.float(), dim=1).cpu().numpy())
        return np.concatenate(rows)

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        """Write network and card, without the classifier."""
        size = {"height": self.height, "width": self.width, "mean": MEAN, "std": STD, "flip": True}
        card = {
            "kind": "appearance",
            "network": dict(self.config["network"]),
            "preprocess": size,
            "config": dict(self.config),
            "figures": dict(figures),
            "calibration": self.calibration,
            **self.origin,
        }
        checkpoint.write(folder, self.network.embed.state_dict(), card, {})


cv2.setNumThreads(1)  # one picture at a time in a thread of our own; OpenCV's threads would only fight torch's
