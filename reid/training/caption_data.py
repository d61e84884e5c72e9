"""What the trainings of a text search learn from: described people, written captions, words, a backbone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid.data import datasets, described, written
from reid.data.pictures import decoded
from reid.data.shipped_words import shipped_vectors
from reid.data.words import WordVectors, trim
from reid.data.written import Told
from reid.training.inputs import MARGIN
from reid.training.language_inputs import completed, said_of_backbone
from reid.training.lexical import needed_words, shipped_words

_LABELLED = ("market1501", "peta")


@dataclass(frozen=True, slots=True)
class CaptionData:
    """All that such a training is given.

    Attributes:
        told: whom to train on.
        pictures: (N, h, w, 3) theirs.
        held: people to choose and calibrate by.
        held_pictures: (M, h, w, 3) theirs.
        words: the vocabulary that ships, with its vectors.
        backbone: weights to start from, or None for a random start.
        trial: real captions and their pictures to choose between models by, or None; never trained on.
        origin: what the card says of data.
    """

    told: Told
    pictures: NDArray[np.uint8]
    held: Told
    held_pictures: NDArray[np.uint8]
    words: WordVectors
    backbone: Path | None
    trial: Any
    origin: dict[str, Any]


def caption_data(config: Mapping[str, Any], data: Mapping[str, Path]) -> CaptionData:
    """Load what a configuration asks for.

    Args:
        config: the file as a mapping: ``input``, ``words``, ``held_out``, ``loop``.
        data: name -> path: ``market1501`` and/or ``peta`` (described people), ``cuhk_pedes``, ``icfg_pedes`` and/or
            ``rstp_reid`` (written captions, see `reid.data.written`), and optionally ``words`` (word vectors; else
            those that ship), ``backbone`` (ImageNet weights or a checkpoint), ``kept_apart`` (people who must not take
            part) with ``cuhk01`` (to find them in PETA), ``first`` (a checkpoint of task `language`, to fill in what
            Market-1501 does not tell, and what the sets of ``crowds`` tell nothing of), ``captions`` (a file of real
            captions to measure on, never to train on) and
            ``cache``.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    backbone = data.get("backbone")
    if backbone is None and config.get("weights"):
        backbone = Path(config["weights"]).expanduser()
    cache = data.get("cache", Path.home() / ".cache" / "reidpipe" / "training")
    captions = written.given(data)
    parts: list[Told] = []
    sets: dict[str, str] = {}
    left_out: dict[str, str] = {}
    height, width = (round(config["input"][side] * MARGIN) for side in ("height", "width"))
    if not captions or any(name in data for name in _LABELLED):
        kept = datasets.read_kept_apart(data["kept_apart"]) if "kept_apart" in data else {}
        people, left_out = described.load(data, kept)
        if config.get("crowds"):
            if "first" not in data:
                raise ValueError("crowds: nothing is told of them; give --data first:CHECKPOINT, which looks at them")
            more, left_out_too = described.crowd(config["crowds"], data, kept)
            people, left_out = described.joined([people, more]), left_out | left_out_too
        if "first" in data:
            people = completed(people, decoded(people.samples, height, width, cache), data["first"], cache)
        parts.append(written.untold(people))
        counts = Counter(sample.dataset for sample in people.samples)
        sets = {name: f"{count} pictures" for name, count in counts.items()}
    for name, path in captions.items():
        told, said = written.load(name, path)
        parts.append(told)
        sets[name] = said
    told = written.joined(parts)
    pictures = decoded(told.people.samples, height, width, cache)
    mask = described.held_out(told.people.people, float(config["held_out"]), int(config["loop"].get("seed", 0)))
    # who is only told of by another network is not what to choose or calibrate by
    mask &= np.array([sample.dataset not in described.CROWDS for sample in told.people.samples])
    words = _words(data.get("words"), int(config["words"]["frequent"]), cache)
    generated = "generated from attribute labels"
    origin = {
        "data": sets,
        "exclusions": {
            **left_out,
            "held out": f"{len(np.unique(told.people.people[mask]))} people, {mask.sum()} pictures, to calibrate by",
        },
        "captions": (
            f"written ones of {', '.join(captions)}" + (f", others {generated}" if len(parts) > len(captions) else "")
        )
        if captions
        else f"{generated}; no written caption was trained on",
        "words": f"{len(words.words)} of {data['words'].name if 'words' in data else 'those that ship'}",
        "backbone": said_of_backbone(backbone),
        "filled in": "attributes that a set does not tell, by a first training of the same kind"
        if "first" in data
        else None,
        "licence": "research use only: the data sets it was trained on allow no other",
    }
    return CaptionData(
        told.take(~mask), pictures[~mask], told.take(mask), pictures[mask], words, backbone, _trial(data), origin
    )


def _words(path: Path | None, frequent: int, cache: Path) -> WordVectors:
    if path is not None:
        return shipped_words(path, frequent, cache)
    return trim(shipped_vectors(), frequent, needed_words())


def _trial(data: Mapping[str, Path]) -> Any:
    if "captions" not in data:
        return None
    from reid.evaluation.captions import open_caption_trial

    roots = {path.parent for name, path in data.items() if name in (*_LABELLED, "cuhk01")}
    return open_caption_trial("cuhk_pedes", data["captions"], sorted(roots))
