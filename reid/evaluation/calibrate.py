"""Fits how probable hits are for a checkpoint, on people whom it did not learn from; see `reid.evaluation.background`.

Pictures: half of the people of PETA's subsets whose labels nobody learns from, in galleries of single subsets and of
all with strangers among them; the other half is what the figures are of. Words: half of the people of written
captions, and half of the held-out people of the training with generated descriptions, three written sentences for each
description. No weight is learnt here, only the few numbers of `BackgroundCalibration`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid import registry
from reid.data import datasets, described
from reid.data.pictures import read_rgb
from reid.evaluation import described_galleries as words
from reid.evaluation import sampled_galleries as sampled
from reid.evaluation.background import BackgroundCalibration
from reid.evaluation.background_fit import Asked, fit_background
from reid.evaluation.captions import open_caption_trial
from reid.evaluation.open_set import figures, tell
from reid.evaluation.sampled_galleries import Sizes
from reid.types import Floats, PersonSample

JUDGED = ("i-LID", "3DPeS", "CAVIAR4REID")
_STRANGERS = {"MIT": 900, "SARC3D": 200, "CUHK": 1500}  # pictures of each at most
_OF_A_CAMERA = 3  # pictures of a person before a camera that are reported on at most
_AT_ONCE = 64

Advance = Callable[[int], None]
Encode = Callable[[str, Sequence[PersonSample]], Floats]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was fitted, and what it is worth: by the name of the questions, the figures of `open_set.figures`."""

    calibration: BackgroundCalibration
    figures: Mapping[str, Mapping[str, Any]]


def encode_with(folder: Path, counting: Callable[[str, int], Any], runtime: str = "auto") -> Encode:
    """What turns the pictures of a data set into vectors (N, D), and shows how far it is.

    Args:
        folder: the checkpoint.
        counting: (name, number of pictures) -> context with a function that is told how many more are done.
        runtime: see `registry.open_encoder`.

    Raises:
        CheckpointError: if it is no checkpoint of an encoder.
    """
    encoder = registry.open_encoder(folder, runtime=runtime)

    def encode(name: str, samples: Sequence[PersonSample]) -> Floats:
        rows = []
        with counting(name, len(samples)) as advance:
            for start in range(0, len(samples), _AT_ONCE):
                part = samples[start : start + _AT_ONCE]
                rows.append(encoder.encode([read_rgb(sample.path) for sample in part]))
                advance(len(part))
        return np.concatenate(rows)

    return encode


def calibrate_pictures(encode: Encode, peta: Path, market1501: Path | None, seed: int = 0) -> Calibrated:
    """Calibrate picture-to-picture search.

    Args:
        encode: makes vectors.
        peta: folder of PETA.
        market1501: folder of Market-1501, to report on its test people; nothing is fitted there.
        seed: of the sampled galleries.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not as published.
    """
    pool, generator = judged_pool(encode, peta), np.random.default_rng(seed)
    fitted = fit_background(_ask_peta(pool.half(True), generator), rivals=True)
    found = {
        "PETA, the other half of the people": figures(
            tell(fitted, _ask_peta(pool.half(False), generator)), fitted.found_at
        )
    }
    if market1501 is not None:
        known = market_pool(encode, market1501)
        for name, sizes in {
            "Market-1501, 2 to 12 people": Sizes(200, 2, 12, 5, 3),
            "Market-1501, 20 to 100 people": Sizes(120, 20, 100, 10, 3),
            "Market-1501, 20 to 700 people": Sizes(240, 20, 700, 10, 3),
        }.items():
            asked = list(sampled.ask_pictures(known, sizes, generator))
            found[name] = figures(tell(fitted, asked), fitted.found_at)
    return Calibrated(fitted, found)


def calibrate_words(
    folder: Path,
    encode: Encode,
    captions: tuple[str, Path],
    pictures: Sequence[Path],
    data: Mapping[str, Path],
    seed: int = 0,
) -> Calibrated:
    """Calibrate text-to-picture search.

    Args:
        folder: the checkpoint; its card says which people were held out of its training.
        encode: makes vectors of pictures.
        captions: format and file of written captions.
        pictures: folders that hold their pictures.
        data: name -> path as the training was given them: `market1501`, `peta`, and and `cuhk01`, `kept_apart`.
        seed: of galleries and descriptions.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not as published.
    """
    text, generator = registry.open_text_encoder(folder), np.random.default_rng(seed)
    trial = open_caption_trial(*captions, pictures)
    who = np.array([sample.identity for sample in trial.gallery], np.int64)
    pool = words.shown(encode(trial.name, trial.gallery), who)
    about = np.array(trial.identities, np.int64), np.array(trial.places, np.int64)
    sentences = words.Sentences(text.encode(list(trial.captions)), *about)
    held = held_out_people(folder, data)
    known = words.shown(encode("held-out people", held.samples), held.people)
    labels = {int(one): held.labels[np.flatnonzero(held.people == one)[0]] for one in known.people}

    def written(first: bool) -> list[Asked]:
        return list(words.ask_sentences(pool.half(first), sentences, Sizes(80, 5, 120, 15), generator))

    def generated(first: bool, count: int) -> list[Asked]:
        half = known.half(first)
        told = words.describe({one: labels[one] for one in half.people}, 4, seed + first)
        vectors = text.encode(list(told.texts))
        return list(words.ask_descriptions(half, told, vectors, Sizes(count, 5, 200, 15), generator))

    fitted = fit_background(written(True) + generated(True, 27), rivals=False)
    found = {
        f"{trial.name}, the other half of the people": written(False),
        "descriptions of held-out people, the other half": generated(False, 80),
    }
    return Calibrated(fitted, {name: figures(tell(fitted, asked), fitted.found_at) for name, asked in found.items()})


def judged_pool(encode: Encode, peta: Path) -> sampled.Pool:
    """The people of PETA whose labels nobody learns from, and strangers of its other subsets."""
    samples = [sample for subset in JUDGED for sample in datasets.load("peta", peta, subset)]
    people, count = sampled.appearances(samples), len(samples)
    for subset, most in _STRANGERS.items():
        others = datasets.load("peta", peta, subset)
        chosen = sorted(np.random.default_rng(0).permutation(len(others))[:most].tolist())
        samples += [others[place] for place in chosen]
    strangers = [np.array([row], np.int64) for row in range(count, len(samples))]
    return sampled.Pool(encode("peta", samples), people, strangers)


def market_pool(encode: Encode, market1501: Path) -> sampled.Pool:
    """The test people of Market-1501, of whom nobody learnt: all probes, and a few pictures from each camera."""
    samples = datasets.load("market1501", market1501, "query")
    seen: dict[tuple[int, int], list[PersonSample]] = {}
    for sample in datasets.load("market1501", market1501, "gallery"):
        if sample.identity > 0:
            seen.setdefault((sample.identity, sample.camera), []).append(sample)
    generator = np.random.default_rng(0)
    for _, several in sorted(seen.items()):
        samples += [several[place] for place in sorted(generator.permutation(len(several))[:_OF_A_CAMERA].tolist())]
    return sampled.Pool(encode("market1501", samples), sampled.appearances(samples))


def held_out_people(folder: Path, data: Mapping[str, Path]) -> described.Described:
    """The labelled people whom the training of a checkpoint left out, by its card's share and seed.

    Raises:
        ValueError: if the card does not say so, or its training saw written captions, which changes who is left out.
    """
    from reid.checkpoint import read_card

    card = read_card(folder)
    config = card.get("config", {})
    if "held_out" not in config or "written" in str(card.get("captions", "")).replace("no written", ""):
        raise ValueError(f"{folder}: its card does not say which labelled people its training held out")
    kept = datasets.read_kept_apart(data["kept_apart"]) if "kept_apart" in data else {}
    people, _ = described.load({name: path for name, path in data.items() if name != "kept_apart"}, kept)
    seed = int(config.get("loop", {}).get("seed", 0))
    mask: NDArray[np.bool_] = described.held_out(people.people, float(config["held_out"]), seed)
    return people.take(mask)


def _ask_peta(pool: sampled.Pool, generator: np.random.Generator) -> list[Asked]:
    """Galleries of everybody with strangers, and of each subset alone: there all cameras are of one place."""
    asked = list(sampled.ask_pictures(pool, Sizes(90, 5, 2000, 8), generator))
    for subset in sorted({who // datasets.PETA_STRIDE for who in pool.people}):
        people = [who for who in pool.people if who // datasets.PETA_STRIDE == subset]
        asked += sampled.ask_pictures(pool.only(people), Sizes(30, 5, 100, 8), generator)
    return asked
