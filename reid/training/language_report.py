"""What a trained text search is worth: figures, and how a score becomes a probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from reid.data.captions import CaptionWriter, contradictions
from reid.data.pictures import read_rgb
from reid.evaluation.bootstrap import interval_of_mean
from reid.evaluation.calibration import fit_calibration
from reid.evaluation.ranking import labels, rank_scores
from reid.types import Floats

if TYPE_CHECKING:
    from reid.training.language import LanguageTask

_TOKENS = 64
_BATCH = 128


def picture_vectors(task: LanguageTask, images: NDArray[np.uint8] | Sequence[NDArray[np.uint8]]) -> Floats:
    """(N, dim) of pictures of any size, averaged over the mirror image, as the encoder does it."""
    rows = []
    device = task.network.log_scale.device
    for start in range(0, len(images), _BATCH):
        resized = [
            cv2.resize(im, (task.width, task.height), interpolation=cv2.INTER_AREA if im.shape[0] > task.height else 1)
            for im in images[start : start + _BATCH]
        ]
        block = np.stack(resized)
        with torch.inference_mode():
            both = [task.network.image(task.prepare(view).to(device)) for view in (block, block[:, :, ::-1])]
        rows.append((both[0] + both[1]).float().cpu().numpy())
    vectors = np.concatenate(rows)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def sentence_vectors(task: LanguageTask, texts: Sequence[str]) -> Floats:
    """(N, dim) of sentences."""
    rows = []
    for start in range(0, len(texts), _BATCH):
        tokens = torch.from_numpy(task.vocabulary.encode(texts[start : start + _BATCH], _TOKENS))
        with torch.inference_mode():
            rows.append(task.network.text(tokens.to(task.network.log_scale.device)).float().cpu().numpy())
    return np.concatenate(rows)


def figures_and_calibration(task: LanguageTask) -> tuple[dict[str, float], tuple[float, float]]:
    """Figures in percent, and (a, b) of probability = sigmoid(a * score + b).

    The calibration is fitted on held-out people with generated sentences: a pair is right if the sentence was made
    for the person, wrong if the picture contradicts it.
    """
    training = task.network.training
    task.network.eval()
    figures, calibration = _on_held_out(task)
    if task.trial is not None:
        figures |= _on_captions(task)
    task.network.train(training)
    return figures, calibration


def _on_held_out(task: LanguageTask) -> tuple[dict[str, float], tuple[float, float]]:
    if not len(task.held):
        return {}, (1.0, 0.0)
    writer = CaptionWriter(np.random.default_rng((task.seed, 21)))
    people = task.held.people
    _, first = np.unique(people, return_index=True)
    captions = [writer.write(task.held.labels[row]) for row in np.repeat(first, 4)]
    owners = np.repeat(people[first], 4)
    texts = [caption.text or "person" for caption in captions]
    scores = sentence_vectors(task, texts) @ picture_vectors(task, task.held_pictures).T
    right = owners[:, None] == people[None]
    wrong = (contradictions([c.facts for c in captions], task.held.labels, soft=0.0) > 0) & ~right
    ranking = rank_scores(
        scores, labels((int(p), -1) for p in owners), labels((int(p), -1) for p in people), drop_same_camera=False
    )
    if not right.any() or not wrong.any():
        return {}, (1.0, 0.0)
    figures = {"held_out_mAP": 100 * float(ranking.average_precision.mean())}
    # Chance that a right pair scores above a wrong one, the area under the curve of Hanley and McNeil (1982).
    order = np.sort(scores[wrong])
    figures["held_out_AUC"] = 100 * float((np.searchsorted(order, scores[right]) / len(order)).mean())
    return figures, fit_calibration(scores[right].astype(np.float64), scores[wrong].astype(np.float64))


def _on_captions(task: LanguageTask) -> dict[str, float]:
    trial = task.trial
    vectors = picture_vectors(task, [read_rgb(sample.path) for sample in trial.gallery])
    query, gallery = trial.labels
    ranking = rank_scores(sentence_vectors(task, trial.captions) @ vectors.T, query, gallery, drop_same_camera=False)
    values = np.stack([*(ranking.found_within(k) for k in (1, 5, 10)), ranking.average_precision], axis=1)
    low, high = interval_of_mean(values, query.identities[ranking.queries])
    figures: dict[str, float] = {}
    for place, name in enumerate(("R1", "R5", "R10", "mAP")):
        figures[f"captions_{name}"] = 100 * float(values[:, place].mean())
        figures[f"captions_{name}_low"] = 100 * float(low[place])
        figures[f"captions_{name}_high"] = 100 * float(high[place])
    return figures
