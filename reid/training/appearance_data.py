"""The data of the picture-to-picture training: who takes part, who must not, and what a teacher says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid.data import datasets
from reid.data.keypoints import KeypointStore
from reid.data.market_attributes import QUESTIONS, UNKNOWN, market_attributes
from reid.data.near_duplicates import resembling
from reid.data.pictures import decoded
from reid.training.appearance import AppearanceTask
from reid.training.criteria import TAUGHT
from reid.training.inputs import MARGIN
from reid.training.language_inputs import said_of_backbone
from reid.training.picture_batches import PictureData
from reid.training.teacher import teacher_vectors
from reid.types import Floats, PersonSample

Kept = Mapping[str, frozenset[int]]


def build(config: Mapping[str, Any], data: Mapping[str, Path]) -> AppearanceTask:
    """Make the task of a configuration.

    Args:
        config: the file as a mapping.
        data: name -> path: the data sets the configuration names, and optionally ``teacher`` (an OpenVINO model),
            ``backbone`` (weights to start from), ``keypoints`` (see `KeypointStore`), ``kept_apart`` (identities that
            must not take part) and ``cache`` (a folder for decoded pictures and the teacher's vectors).

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    labelled, unlabelled = list(config["data"]["labelled"]), list(config["data"].get("unlabelled", []))
    _check_given(config, labelled + unlabelled, data)
    backbone = data.get("backbone", Path(config["weights"]) if config.get("weights") else None)
    if backbone is not None and not backbone.exists():
        raise FileNotFoundError(f"weights: {backbone} does not exist")
    cache = data.get("cache", Path.home() / ".cache" / "reidpipe" / "training")
    apart = datasets.read_kept_apart(data["kept_apart"]) if "kept_apart" in data else {}
    # The protocol of Market-1501 lets its whole training half take part in identity training.
    kept = {name: identities for name, identities in apart.items() if name != "market1501"}
    height, width = (round(config["input"][side] * MARGIN) for side in ("height", "width"))
    lists: dict[bool, list[PersonSample]] = {True: [], False: []}
    stores, vectors, counts = [], [], {}
    for name in labelled + unlabelled:
        found = datasets.load(name, data[name], config["data"].get("splits", {}).get(name, "train"))
        keep = _allowed(found, kept, data)
        lists[name in labelled].extend(sample for sample, ok in zip(found, keep, strict=True) if ok)
        store = decoded(found, height, width, cache)
        stores.append(store if keep.all() else store[keep])
        if "teacher" in data and TAUGHT & config["losses"].keys():
            vectors.append(teacher_vectors(data["teacher"], found, cache)[keep])
        counts[name] = int(keep.sum())
    exclusions = {name: f"{len(ids)} identities kept apart" for name, ids in kept.items()}
    answers = None
    if "attributes" in config["losses"]:
        answers = _answers(lists[True], data["market1501"], apart.get("market1501", frozenset()))
        if "market1501" in apart:
            exclusions["market1501 attributes"] = f"{len(apart['market1501'])} identities kept apart"
    origin = {
        "data": {name: f"{count} pictures" for name, count in counts.items()},
        "exclusions": exclusions,
        "teacher": data["teacher"].stem if vectors else None,
        "backbone": said_of_backbone(backbone),
        "licence": "research use only: the data sets it was trained on allow no other",
    }
    judged = None
    if config["data"].get("judged"):
        people = [s for split in config["data"]["judged"] for s in datasets.load("peta", data["peta"], split)]
        judged = np.array([s.identity for s in people]), decoded(people, height, width, cache)
        origin["calibrated on"] = f"{len(people)} pictures of {len({s.identity for s in people})} people in PETA"
    pictures = PictureData(
        pictures=stores[0] if len(stores) == 1 else np.concatenate(stores),
        labels=_classes(lists[True]),
        answers=answers,
        taught=np.concatenate(vectors) if vectors else None,
        placed=_placing(config, lists[True] + lists[False], data),
        judged=judged,
    )
    return AppearanceTask(config, pictures, backbone, origin)


def _check_given(config: Mapping[str, Any], named: list[str], data: Mapping[str, Path]) -> None:
    wanted = [*named, *(["peta"] if config["data"].get("judged") else [])]
    missing = sorted({name for name in wanted if name not in data}, key=wanted.index)
    if missing:
        raise ValueError(
            f"the configuration needs data that were not given: {', '.join(missing)}; add --data NAME:PATH"
        )
    if config.get("keypoints") and "keypoints" not in data:
        raise ValueError("keypoints: true needs --data keypoints:FILE.npz; `reidpipe keypoints` makes such a file")


def _classes(samples: list[PersonSample]) -> NDArray[np.int64]:
    """(N,) pairs of data set and identity as classes from 0."""
    people = sorted({(s.dataset, s.identity) for s in samples})
    number = {person: label for label, person in enumerate(people)}
    return np.array([number[s.dataset, s.identity] for s in samples], np.int64)


def _answers(samples: list[PersonSample], market: Path, kept: frozenset[int]) -> NDArray[np.int64]:
    """(N, M) attributes; unknown for other data sets, and for those who may be learnt by identity only."""
    known = {person: row for person, row in market_attributes(market).items() if person not in kept}
    unknown = np.full(len(QUESTIONS), UNKNOWN, np.int64)
    return np.stack([known.get(s.identity, unknown) if s.dataset == "market1501" else unknown for s in samples])


def _placing(
    config: Mapping[str, Any], samples: list[PersonSample], data: Mapping[str, Path]
) -> Callable[[int], Floats] | None:
    """How many strips -> (N, S, 2) where they lie, by keypoints; None if the configuration does not ask for it."""
    if not config.get("keypoints"):
        return None
    store = KeypointStore.load(data["keypoints"])
    if not store.heights_of(samples).any():
        raise ValueError(f"{data['keypoints']} tells nothing of these pictures; `reidpipe keypoints` adds them to it")
    return partial(store.bounds, samples)


def _allowed(samples: list[PersonSample], kept: Kept, data: Mapping[str, Path]) -> NDArray[np.bool_]:
    """Mask of the samples that may be trained on: none kept apart, and none that looks like one who is."""
    stays = {sample.path for sample in datasets.without(samples, kept)}
    mask = np.array([sample.path in stays for sample in samples])
    if kept.get("cuhk01") and "cuhk01" in data and samples and samples[0].dataset == "peta":
        apart = [s for s in datasets.load("cuhk01", data["cuhk01"], "train") if s.identity in kept["cuhk01"]]
        mask &= ~resembling(samples, apart)
    return mask
