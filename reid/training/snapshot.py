"""The state of a run after a whole epoch, in one file, from which it goes on to the same bits."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

FREE = ("loop.threads", "loop.tensorboard")  # what may differ when a run goes on
_VERSION = 2


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's global generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def random_state() -> dict[str, Any]:
    """Where all generators of this process are."""
    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(np.asarray(keys, np.int64)), int(position), int(has_gauss), float(gauss)),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def set_random_state(state: Mapping[str, Any]) -> None:
    """Put all generators where `random_state` found them."""
    version, internal, gauss_next = state["python"]
    random.setstate((version, tuple(internal), gauss_next))
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])


def write(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state so that either it or the one before is there, whenever the process may be killed."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        torch.save({**state, "version": _VERSION}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read(path: Path) -> dict[str, Any]:
    """A state.

    Raises:
        ValueError: if it is damaged, or of a version of reidpipe that wrote it otherwise.
    """
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path} is damaged ({' '.join(str(error).split())[:80]}); give another --out") from None
    if state.get("version") != _VERSION:
        raise ValueError(f"{path} was written by another version of reidpipe; give another --out")
    return dict(state)


def compare(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with other settings.

    Raises:
        ValueError: names every setting that differs.
    """
    old, new = flat(before), flat(now)
    names = [name for name in dict.fromkeys([*old, *new]) if name not in FREE and old.get(name) != new.get(name)]
    if names:
        told = ", ".join(
            f"{name} was {old.get(name, 'not set')!r} and is {new.get(name, 'not set')!r}" for name in names
        )
        raise ValueError(f"{path.parent} was begun with other settings: {told}; use the same, or another --out folder")


def flat(settings: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """``{"loop": {"lr": 1}}`` as ``{"loop.lr": 1}``, with tuples as lists."""
    result: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            result |= flat(value, f"{above}{name}.")
        else:
            result[f"{above}{name}"] = list(value) if isinstance(value, tuple) else value
    return result
