"""A checkpoint is a folder: ``weights.safetensors``, ``card.json``, and for sentences the words they are made of.

The card says what the network is (so that it can be rebuilt), where it comes from (data, seed, command, figures,
licence) and the sha256 of each file beside it (so that damage is noticed).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

WEIGHTS = "weights.safetensors"
CARD = "card.json"
BESIDE = "beside"  # of a card: name -> sha256 of files that were added later and decide no vector
_REQUIRED = ("kind", "network", "preprocess", "files")


class CheckpointError(ValueError):
    """A checkpoint folder that is missing, incomplete or damaged; the message is one line."""


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a checkpoint folder.

    Raises:
        CheckpointError: if the folder or its card is missing, unreadable, or lacks what rebuilding needs.
    """
    path = Path(folder) / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"no checkpoint at {folder}: it lacks {CARD}; give a folder that `train` wrote") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); copy the checkpoint again") from None
    missing = [key for key in _REQUIRED if key not in card] if isinstance(card, dict) else list(_REQUIRED)
    if missing:
        raise CheckpointError(f"{path} lacks {', '.join(missing)}: it is not a card of this project")
    return dict(card)


def verify(folder: Path) -> str | None:
    """What is wrong with a checkpoint folder, in one line; None if every file has the checksum of its card."""
    try:
        card = read_card(folder)
    except CheckpointError as error:
        return str(error)
    for name, expected in {**card["files"], **card.get(BESIDE, {})}.items():
        path = Path(folder) / name
        if not path.is_file():
            return f"{path} is missing; copy the checkpoint again"
        if sha256(path) != expected:
            return f"{path} does not have the checksum of its card: it is damaged; copy the checkpoint again"
    return None


def space_digest(card: Mapping[str, Any]) -> str:
    """A short digest of all that decides a vector: weights and words, architecture, preprocessing.

    What lies `BESIDE` does not count: a reader of attributes can be added while galleries stay as they are.
    """
    decisive = {key: card[key] for key in ("kind", "network", "preprocess", "files")}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


def load_weights(folder: Path, prefix: str = "") -> dict[str, torch.Tensor]:
    """The tensors whose name starts with ``prefix``, without it, as float32 where they are floating.

    Raises:
        CheckpointError: if the file is missing or is no safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(folder) / WEIGHTS
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 - not a dict
            tensors = {name[len(prefix) :]: file.get_tensor(name) for name in names}
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing; copy the checkpoint again") from None
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); copy the checkpoint again") from None
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def add_to_card(folder: Path, entries: Mapping[str, Any]) -> None:
    """Write entries into the card of a checkpoint, such as a calibration; what decides a vector cannot be changed.

    Raises:
        CheckpointError: if there is no sound card.
        ValueError: if an entry is one that decides a vector, see `space_digest`.
        OSError: if the card cannot be written.
    """
    card = read_card(folder)
    if fixed := sorted(set(entries) & set(_REQUIRED)):
        raise ValueError(f"{', '.join(fixed)}: not to be changed in the card of {folder}: its galleries would be void")
    _write_card(folder, {**card, **entries})


def _write_card(folder: Path, card: Mapping[str, Any]) -> None:
    temporary = folder / (CARD + ".part")
    temporary.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(temporary, folder / CARD)  # noqa: PTH105 - atomic


def write(folder: Path, tensors: Mapping[str, torch.Tensor], card: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Write a checkpoint folder: floating tensors in fp16, ``texts`` as files beside them, then the card.

    Args:
        folder: made if need be.
        tensors: name -> tensor.
        card: everything but ``files``, which is filled in here.
        texts: file name -> content, for files beside the weights such as ``words.txt``.
    """
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    halves = {
        name: tensor.detach().cpu().to(torch.float16 if tensor.dtype == torch.float32 else tensor.dtype).contiguous()
        for name, tensor in tensors.items()
    }
    save_file(halves, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors makes it private; a checkpoint is for others too
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")
    files = {name: sha256(folder / name) for name in (WEIGHTS, *sorted(texts))}
    _write_card(folder, {**card, "files": files})  # the card comes last


def add_beside(folder: Path, name: str, make: Callable[[Path], None], said: Mapping[str, Any]) -> None:
    """Add a file that decides no vector to a checkpoint, or put another in its place.

    Args:
        folder: of the checkpoint.
        name: of the file.
        make: writes it to a path.
        said: what the card will say of it, key by key.

    Raises:
        CheckpointError: if the folder is no checkpoint.
    """
    card = read_card(folder)
    beside = {key: digest for key, digest in card.pop(BESIDE, {}).items() if key != name}
    # a card that knows nothing of the file comes first: killed in between, the checkpoint is sound all the same
    _write_card(folder, {**card, BESIDE: beside} if beside else card)
    make(folder / name)
    beside[name] = sha256(folder / name)
    _write_card(folder, {**card, BESIDE: beside, **said})
