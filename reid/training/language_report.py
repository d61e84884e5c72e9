"""What a trained text search is worth: figures, and how a score becomes a probability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from reid.data.captions import Caption, CaptionWriter, contradictions
from reid.data.pictures import read_rgb
from reid.data.written import Told
from reid.evaluation.bootstrap import interval_of_mean
from reid.evaluation.calibration import fit_calibration
from reid.evaluation.ranking import labels, rank_scores
from reid.types import Floats

if TYPE_CHECKING:
    from reid.training.caption_task import CaptionTask

TOKENS = 64  # words of a sentence that are read in use
_BATCH = 128

Pictures = NDArray[np.uint8] | Sequence[NDArray[np.uint8]]
Scores = Callable[[Sequence[str], Pictures], Floats]


def both_views(task: CaptionTask, images: Pictures) -> list[torch.Tensor]:
    """Pictures of any size as the network takes them, and their mirror images."""
    resized = [
        cv2.resize(image, (task.width, task.height), interpolation=cv2.INTER_AREA if len(image) > task.height else 1)
        for image in images
    ]
    block = np.stack(resized)
    return [task.prepare(view).to(task.device) for view in (block, block[:, :, ::-1])]


def picture_vectors(task: CaptionTask, images: Pictures) -> Floats:
    """(N, dim) of pictures of any size, averaged over the mirror image, as the encoder does it."""
    rows, network = [], task.model.get_submodule("image")
    for start in range(0, len(images), _BATCH):
        with torch.inference_mode():
            both = [network(view) for view in both_views(task, images[start : start + _BATCH])]
        rows.append((both[0] + both[1]).float().cpu().numpy())
    vectors = np.concatenate(rows)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def sentence_vectors(task: CaptionTask, texts: Sequence[str]) -> Floats:
    """(N, dim) of sentences."""
    rows, network = [], task.model.get_submodule("text")
    for start in range(0, len(texts), _BATCH):
        tokens = torch.from_numpy(task.vocabulary.encode(texts[start : start + _BATCH], TOKENS))
        with torch.inference_mode():
            rows.append(network(tokens.to(task.device)).float().cpu().numpy())
    return np.concatenate(rows)


def searcher_figures(task: CaptionTask) -> tuple[dict[str, float], tuple[float, float]]:
    """Figures in percent of a network with two paths, and (a, b) of probability = sigmoid(a * score + b).

    The calibration is fitted on held-out people with generated sentences: a pair is right if the sentence was made
    for the person, wrong if the picture contradicts it.
    """
    training = task.network.training
    task.network.eval()

    def scores(texts: Sequence[str], images: Pictures) -> Floats:
        return np.asarray(sentence_vectors(task, texts) @ picture_vectors(task, images).T)

    figures, calibration = on_held_out(scores, task.data.held, task.data.held_pictures, task.seed)
    if task.data.trial is not None:
        figures |= _on_captions(scores, task.data.trial)
    task.network.train(training)
    return figures, calibration


def export_searcher(task: CaptionTask, folder: Path, figures: Mapping[str, Any]) -> None:
    """Write a network with the two paths ``image`` and ``text``, its words, and the card."""
    fresh, calibration = searcher_figures(task)
    tensors = {k: v for k, v in task.model.state_dict().items() if k.startswith(("image.", "text."))}
    task.write(
        folder,
        tensors,
        {**figures, **fresh},
        calibration=list(calibration),
        calibration_of="score of a picture and a sentence that is true of it, against one that is not, evens",
    )


def on_held_out(
    scores: Scores, held: Told, pictures: NDArray[np.uint8], seed: int, *, each: int = 4, most: int | None = None
) -> tuple[dict[str, float], tuple[float, float]]:
    """Figures in percent and calibration on people who were not trained on.

    Args:
        scores: gives (T, N) of sentences and pictures.
        held: the people.
        pictures: (M, h, w, 3) theirs.
        seed: of the sentences.
        each: sentences of a person.
        most: how many people at most, each with one picture, where scores are dear; None for all in all pictures.
    """
    if not len(held):
        return {}, (1.0, 0.0)
    _, first = np.unique(held.people.people, return_index=True)
    if most is not None:
        first = np.sort(np.random.default_rng((seed, 24)).permutation(first)[:most])
        mask = np.isin(np.arange(len(held)), first)
        held, pictures, first = held.take(mask), pictures[first], np.arange(len(first))
    who = held.people.people
    captions, owners = _sentences(held, first, each, seed)
    table = scores([caption.text or "person" for caption in captions], pictures)
    right = owners[:, None] == who[None]
    wrong = contradictions([caption.facts for caption in captions], held.people.labels, soft=0.0) > 0
    # Of what a written sentence states nothing is known: everybody else is wrong.
    wrong[[not caption.facts and bool(caption.text) for caption in captions]] = True
    wrong &= ~right
    ranking = rank_scores(
        table, labels((int(p), -1) for p in owners), labels((int(p), -1) for p in who), drop_same_camera=False
    )
    if not right.any() or not wrong.any():
        return {}, (1.0, 0.0)
    figures = {"held_out_mAP": 100 * float(ranking.average_precision.mean())}
    # Chance that a right pair scores above a wrong one, the area under the curve of Hanley and McNeil (1982).
    order = np.sort(table[wrong])
    figures["held_out_AUC"] = 100 * float((np.searchsorted(order, table[right]) / len(order)).mean())
    return figures, fit_calibration(table[right].astype(np.float64), table[wrong].astype(np.float64))


def _sentences(held: Told, first: NDArray[np.int64], each: int, seed: int) -> tuple[list[Caption], NDArray[np.int64]]:
    """``each`` sentences about the persons of some rows, written ones where there are any, and whom they describe."""
    writer = CaptionWriter(np.random.default_rng((seed, 21)))
    captions: list[Caption] = []
    owners: list[int] = []
    for row in first:
        some = [Caption(text, ()) for text in held.texts[row][:each]]
        some = some or [writer.write(held.people.labels[row]) for _ in range(each)]
        captions += some
        owners += [int(held.people.people[row])] * len(some)
    return captions, np.array(owners, np.int64)


def _on_captions(scores: Scores, trial: Any) -> dict[str, float]:
    query, gallery = trial.labels
    table = scores(trial.captions, [read_rgb(sample.path) for sample in trial.gallery])
    ranking = rank_scores(table, query, gallery, drop_same_camera=False)
    values = np.stack([*(ranking.found_within(k) for k in (1, 5, 10)), ranking.average_precision], axis=1)
    low, high = interval_of_mean(values, query.identities[ranking.queries])
    figures: dict[str, float] = {}
    for place, name in enumerate(("R1", "R5", "R10", "mAP")):
        figures[f"captions_{name}"] = 100 * float(values[:, place].mean())
        figures[f"captions_{name}_low"] = 100 * float(low[place])
        figures[f"captions_{name}_high"] = 100 * float(high[place])
    return figures
