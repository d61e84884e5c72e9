"""Training of the text search: pictures and generated sentences into one space."""

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
from torch import Tensor

from reid import checkpoint, registry
from reid.data import datasets, described
from reid.data.attributes import ATTRIBUTES, UNKNOWN
from reid.data.captions import Caption, CaptionWriter, contradictions, stated
from reid.data.described import Described
from reid.data.disturbance import CameraNoise
from reid.data.pictures import decoded
from reid.data.recolour import rarity, recoloured
from reid.data.sampling import pk_batches
from reid.data.transforms import Augmentation
from reid.data.words import Vocabulary, WordVectors
from reid.losses.attributes import masked_attribute_loss
from reid.losses.matching import matching_loss
from reid.networks.crossmodal import CrossModalNetwork
from reid.training.inputs import MARGIN, MEAN, STD
from reid.training.language_inputs import completed, continue_from, load_backbone, said_of_backbone
from reid.training.language_report import figures_and_calibration
from reid.training.lexical import shipped_words
from reid.training.stem import FrozenStem

TOKENS = 64  # words of a sentence that are read; what comes after them is not
_TRAINED_TOKENS = 48  # generated sentences are shorter, and padding costs time


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures after the stem, sentences, and what is known of both.

    Attributes:
        inputs: (B, C, h, w).
        labels: (B, A), negative is unknown.
        tokens: (B + E, L) int64; sentence i was written for picture i, the last E for nobody.
        said: (B + E, 2, A) what the sentences state and deny.
        positive: (B, B) bool, sentence by picture.
        negative: (B, B) weight as a negative.
    """

    inputs: Tensor
    labels: Tensor
    tokens: Tensor
    said: Tensor
    positive: Tensor
    negative: Tensor


class LanguageTask:
    """Matching of sentences and pictures, attributes seen in pictures, and facts read in sentences.

    Args:
        config: as in configs/language.yaml.
        people: whom to train on.
        pictures: (N, h, w, 3) theirs.
        held: people to calibrate on.
        held_pictures: (M, h, w, 3) theirs.
        words: the vocabulary that ships.
        backbone: ImageNet weights, or None for a random start.
        trial: (captions, pictures) to choose between models by, or None; see `language_report`.
        origin: what the card says of data.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        people: Described,
        pictures: NDArray[np.uint8],
        held: Described,
        held_pictures: NDArray[np.uint8],
        words: WordVectors,
        backbone: Path | None,
        trial: Any,
        origin: dict[str, Any],
    ) -> None:
        self.config, self.people, self.pictures, self.origin = config, people, pictures, origin
        self.held, self.held_pictures, self.trial = held, held_pictures, trial
        self.height, self.width = int(config["input"]["height"]), int(config["input"]["width"])
        self.vocabulary = Vocabulary(words.words)
        self.augmentation = Augmentation(**config.get("augmentation", {}))
        self.noise = CameraNoise(**config.get("camera_noise", {}))
        self.seed = int(config["loop"].get("seed", 0))
        torch.manual_seed(self.seed)
        self.args = {
            **config["network"]["args"],
            "attributes": len(ATTRIBUTES),
            "words": len(words.words),
        }
        network = registry.build_network(config["network"]["name"], self.args)
        assert isinstance(network, CrossModalNetwork)
        self.network = network
        network.text.set_words(torch.from_numpy(words.vectors))
        self.stem: FrozenStem | None = None
        if backbone is not None:
            first = network.image.backbone
            load_backbone(first, backbone)
            first.freeze(int(config.get("frozen_stages", 0)))
            if first.frozen and not torch.cuda.is_available():
                self.stem = FrozenStem(first, self.height, self.width, MEAN, STD)
        known = people.labels != UNKNOWN
        rate = ((people.labels == 1).sum(axis=0) + 1) / (known.sum(axis=0) + 20)
        self.rarity = torch.from_numpy(np.clip(np.sqrt((1 - rate) / rate), 0.5, 5).astype(np.float32))
        self.weight = rarity(people.labels)
        if "start" in config:
            continue_from(network, config["start"])
        self.named = np.array([sample.dataset == "market1501" for sample in people.samples])

    def groups(self) -> list[dict[str, Any]]:
        """The backbone learns slower than what is new; the temperature and the weights of facts do not decay."""
        backbone = [p for p in self.network.image.backbone.parameters() if p.requires_grad]
        free = [self.network.log_scale, self.network.text.weight]
        known = {id(p) for p in backbone + free}
        new = [p for p in self.network.parameters() if p.requires_grad and id(p) not in known]
        faster = float(self.config["loss"]["new_lr"])
        return [
            {"params": backbone, "lr_scale": 1.0},
            {"params": new, "lr_scale": faster},
            {"params": free, "lr_scale": faster, "weight_decay": 0.0},
        ]

    def steps(self) -> int:
        """Steps of an epoch: each picture once, about."""
        return max(1, len(self.people) // int(self.config["batch"]["size"]))

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Batches of pictures and sentences, prepared in a thread ahead of the network."""
        rows = self._rows(np.random.default_rng((self.seed, epoch)))
        with ThreadPoolExecutor(1) as pool:
            waiting = [pool.submit(self._load, *item) for item in islice(rows, 2)]
            while waiting:
                ready = waiting.pop(0)
                waiting.extend(pool.submit(self._load, *item) for item in islice(rows, 1))
                yield ready.result()

    def _rows(self, generator: np.random.Generator) -> Iterator[tuple[NDArray[np.int64], int]]:
        """Some people in several pictures, so that one sentence has several right answers, and many in one."""
        size, several = int(self.config["batch"]["size"]), int(self.config["batch"]["several"])
        named, others = np.flatnonzero(self.named), np.flatnonzero(~self.named)
        if not len(others):
            several = size // 4
        elif not len(named):
            several = 0
        names = self.people.people[named].tolist()
        sets: Iterator[NDArray[np.int64]] = iter(())
        for _ in range(self.steps()):
            rows = np.zeros(0, np.int64)
            if several:
                chosen = next(sets, None)
                if chosen is None:
                    sets = pk_batches(names, several, 4, generator)
                    chosen = next(sets, np.arange(len(named))[: several * 4])
                rows = named[chosen]
            if len(others):
                more = min(size - len(rows), len(others))
                weight = self.weight[others] / self.weight[others].sum()
                rows = np.concatenate([rows, generator.choice(others, more, replace=False, p=weight)])
            yield rows, int(generator.integers(1 << 62))

    def _load(self, rows: NDArray[np.int64], seed: int) -> Batch:
        generator = np.random.default_rng(seed)
        views = [
            self.noise(self.augmentation(self.pictures[row], self.width, self.height, generator), generator)
            for row in rows
        ]
        writer = CaptionWriter(generator)
        captions = [self._caption(writer, self.people.labels[row]) for row in rows]
        labels, names = self.people.labels[rows], self.people.people[rows]
        facts = [caption.facts for caption in captions]
        # Behind the sentences of the pictures come some about people who do not exist, to be read only.
        spare = recoloured(labels[: int(self.config["batch"]["unseen"])], generator)
        captions += [self._caption(writer, row) for row in spare]
        texts, claims = [caption.text for caption in captions], [caption.facts for caption in captions]
        return Batch(
            self.prepare(np.stack(views)),
            torch.from_numpy(labels.astype(np.float32)),
            torch.from_numpy(_trimmed(self.vocabulary.encode(texts, _TRAINED_TOKENS))),
            torch.from_numpy(np.stack([stated(claim, labels.shape[1]) for claim in claims])),
            torch.from_numpy(names[:, None] == names[None]),
            torch.from_numpy(contradictions(facts, labels, float(self.config["loss"]["near"]))),
        )

    def _caption(self, writer: CaptionWriter, labels: NDArray[np.int8]) -> Caption:
        """A caption that says something: of people of whom little is known it may take another try."""
        caption = writer.write(labels)
        for _ in range(4):
            if caption.facts:
                break
            caption = writer.write(labels)
        return caption

    def prepare(self, images: NDArray[np.uint8]) -> Tensor:
        """(B, H, W, 3) -> what the part of the backbone that learns takes."""
        if self.stem is not None:
            inputs = torch.from_numpy(self.stem(images))
        else:
            mean, std = (np.asarray(v, np.float32) * 255 for v in (MEAN, STD))
            inputs = torch.from_numpy((images - mean) / std).permute(0, 3, 1, 2)
        return inputs.contiguous(memory_format=torch.channels_last)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted terms."""
        weights, network = self.config["loss"], self.network
        device = network.log_scale.device
        seen, logits = network.image.heads(batch.inputs.to(device))
        read, claims = network.text.heads(batch.tokens.to(device))
        scores = read[: len(seen)].float() @ seen.float().T * network.log_scale.clamp(max=4.6).exp()
        labels, said = batch.labels.to(device), batch.said.to(device)
        rarity = self.rarity.to(device)
        return {
            "matching": matching_loss(scores, batch.positive.to(device), batch.negative.to(device)),
            "seen": float(weights["seen"]) * masked_attribute_loss(logits.float(), labels, rarity),
            "read": float(weights["read"]) * masked_attribute_loss(claims.float(), said),
        }

    def evaluate(self) -> dict[str, float]:
        """Figures on held-out people, and on real captions if there are any to choose by."""
        return figures_and_calibration(self)[0]

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        """Write both networks, their words, and the card."""
        fresh, calibration = figures_and_calibration(self)
        size = {"height": self.height, "width": self.width, "mean": MEAN, "std": STD, "flip": True}
        card = {
            "kind": "language",
            "network": {"name": self.config["network"]["name"], "args": self.args},
            "preprocess": size,
            "tokens": TOKENS,
            "attributes": list(ATTRIBUTES),
            "config": {key: value for key, value in self.config.items() if key != "start"},
            "figures": {**figures, **fresh},
            "calibration": list(calibration),
            "calibration_of": "score of a picture and a sentence that is true of it, against one that is not, evens",
            **self.origin,
        }
        tensors = {k: v for k, v in self.network.state_dict().items() if k.startswith(("image.", "text."))}
        checkpoint.write(folder, tensors, card, {"words.txt": "\n".join(self.vocabulary.words) + "\n"})


def _trimmed(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without the columns that are padding in every row."""
    return tokens[:, : max(1, int((tokens > 0).sum(axis=1).max()))]


def build(config: Mapping[str, Any], data: Mapping[str, Path]) -> LanguageTask:
    """Make the task of a configuration.

    Args:
        config: the file as a mapping.
        data: name -> path: ``market1501`` and/or ``peta`` (described people), ``words`` (word vectors), and optionally
            ``backbone`` (ImageNet weights), ``kept_apart`` (people who must not take part) with ``cuhk01`` (to find
            them in PETA), ``first`` (a checkpoint of such a training, to fill in what is not told), ``start`` (such a
            checkpoint to go on from), ``captions`` (a file of real captions to measure on, never to train on) and
            ``cache``.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    if "words" not in data:
        raise ValueError("the configuration needs word vectors; add --data words:PATH")
    cache = data.get("cache", Path.home() / ".cache" / "reidpipe" / "training")
    kept = datasets.read_kept_apart(data["kept_apart"]) if "kept_apart" in data else {}
    people, left_out = described.load(data, kept)
    size = config["input"]
    height, width = round(size["height"] * MARGIN), round(size["width"] * MARGIN)
    pictures = decoded(people.samples, height, width, cache)
    if "first" in data:
        people = completed(people, pictures, data["first"], cache)
    mask = described.held_out(people.people, float(config["held_out"]), int(config["loop"].get("seed", 0)))
    held, train = people.take(mask), people.take(~mask)
    words = shipped_words(data["words"], int(config["words"]["frequent"]), cache)
    counts = {name: sum(s.dataset == name for s in train.samples) for name in ("market1501", "peta")}
    origin = {
        "data": {name: f"{count} pictures" for name, count in counts.items() if count},
        "exclusions": {**left_out, "held out": f"{len(np.unique(held.people))} people, for the calibration"},
        "captions": "generated from attribute labels; no written caption was trained on",
        "words": f"{len(words.words)} of {data['words'].name}",
        "backbone": said_of_backbone(data.get("backbone")),
        "filled in": "attributes that are not told, by a first training of the same kind" if "first" in data else None,
        "licence": "research use only: the data sets it was trained on allow no other",
    }
    if "start" in data:
        config = {**config, "start": data["start"]}
        origin["started from"] = checkpoint.read_card(data["start"])["files"][checkpoint.WEIGHTS][:16]
    trial = None
    if "captions" in data:
        from reid.evaluation.captions import cuhk_pedes

        roots = {path.parent for name, path in data.items() if name in ("market1501", "peta", "cuhk01")}
        trial = cuhk_pedes(data["captions"], sorted(roots))
    return LanguageTask(
        config, train, pictures[~mask], held, pictures[mask], words, data.get("backbone"), trial, origin
    )


cv2.setNumThreads(1)  # one picture at a time in a thread of our own; OpenCV's threads would only fight torch's
