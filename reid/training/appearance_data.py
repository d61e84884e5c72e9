"""The data of the picture-to-picture training: who takes part, who must not, and what a teacher says of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reid.data import datasets
from reid.data.near_duplicates import resembling
from reid.data.pictures import decoded
from reid.training.appearance import AppearanceTask
from reid.training.inputs import MARGIN
from reid.training.teacher import teacher_vectors
from reid.types import PersonSample


def build(config: Mapping[str, Any], data: Mapping[str, Path]) -> AppearanceTask:
    """Make the task of a configuration.

    Args:
        config: the file as a mapping.
        data: name -> path: the data sets the configuration names, and optionally ``teacher`` (an OpenVINO model),
            ``backbone`` (ImageNet weights), ``kept_apart`` (identities that must not take part) and ``cache`` (a
            folder for decoded pictures and the teacher's vectors).

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    labelled, unlabelled = list(config["data"]["labelled"]), list(config["data"].get("unlabelled", []))
    missing = [name for name in labelled + unlabelled if name not in data]
    if missing:
        raise ValueError(
            f"the configuration needs data that were not given: {', '.join(missing)}; add --data NAME:PATH"
        )
    cache = data.get("cache", Path.home() / ".cache" / "reidpipe" / "training")
    kept = datasets.read_kept_apart(data["kept_apart"]) if "kept_apart" in data else {}
    # The protocol of Market-1501 lets its whole training half take part in identity training.
    kept = {name: identities for name, identities in kept.items() if name != "market1501"}
    size = config["input"]
    height, width = round(size["height"] * MARGIN), round(size["width"] * MARGIN)
    lists: dict[bool, list[PersonSample]] = {True: [], False: []}
    stores, vectors, counts = [], [], {}
    for name in labelled + unlabelled:
        found = datasets.load(name, data[name], config["data"].get("splits", {}).get(name, "train"))
        keep = _allowed(found, kept, data)
        lists[name in labelled].extend(sample for sample, ok in zip(found, keep, strict=True) if ok)
        stores.append(decoded(found, height, width, cache)[keep])
        if "teacher" in data:
            vectors.append(teacher_vectors(data["teacher"], found, cache)[keep])
        counts[name] = int(keep.sum())
    taught = np.concatenate(vectors) if vectors else None
    origin = {
        "data": {name: f"{count} pictures" for name, count in counts.items()},
        "exclusions": {name: f"{len(ids)} identities kept apart" for name, ids in kept.items()},
        "teacher": data["teacher"].stem if "teacher" in data else None,
        "backbone": "ImageNet" if "backbone" in data else None,
        "licence": "research use only: the data sets it was trained on allow no other",
    }
    judged = None
    if config["data"].get("judged"):
        people = [s for split in config["data"]["judged"] for s in datasets.load("peta", data["peta"], split)]
        judged = np.array([s.identity for s in people]), decoded(people, height, width, cache)
        origin["calibrated on"] = f"{len(people)} pictures of {len({s.identity for s in people})} people in PETA"
    everything = np.concatenate(stores)
    return AppearanceTask(config, lists[True], lists[False], everything, taught, data.get("backbone"), judged, origin)


def _allowed(samples: list[PersonSample], kept: Mapping[str, frozenset[int]], data: Mapping[str, Path]) -> Any:
    """Mask of the samples that may be trained on: none kept apart, and none that looks like one who is."""
    stays = {sample.path for sample in datasets.without(samples, kept)}
    mask = np.array([sample.path in stays for sample in samples])
    if kept.get("cuhk01") and "cuhk01" in data and samples and samples[0].dataset == "peta":
        apart = [s for s in datasets.load("cuhk01", data["cuhk01"], "train") if s.identity in kept["cuhk01"]]
        mask &= ~resembling(samples, apart)
    return mask
