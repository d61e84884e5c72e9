"""Reading a file of published weights: torchvision's, the OSNet authors', or another's that names its layers so."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

_WRAPPERS = ("state_dict", "model", "model_state_dict")


def read_published(path: Path) -> dict[str, Tensor]:
    """The tensors of a ``.pth`` or ``.safetensors`` file by name.

    A dictionary around them (``state_dict``) and the prefix ``module.`` that parallel training leaves are taken off.
    Nothing but tensors and plain values is unpickled.

    Raises:
        ValueError: if the file is missing or holds no tensors that can be read.
    """
    if not path.is_file():
        raise ValueError(f"{path} does not exist; give a weights file (.pth, .safetensors) or a checkpoint folder")
    state = _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    for wrapper in _WRAPPERS:
        inner = state.get(wrapper)
        if isinstance(inner, Mapping):
            state = inner
            break
    tensors = {str(name).removeprefix("module."): t for name, t in state.items() if isinstance(t, Tensor)}
    if not tensors:
        raise ValueError(f"{path} holds no weights by name; give a file that was saved from a state_dict")
    return tensors


def _safetensors(path: Path) -> Mapping[str, object]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise _unreadable(path, error) from None


def _pickled(path: Path) -> Mapping[str, object]:
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise _unreadable(path, error) from None
    if not isinstance(state, Mapping):
        raise ValueError(f"{path} holds a {type(state).__name__} instead of weights by name; save its state_dict()")
    return state


def _unreadable(path: Path, error: Exception) -> ValueError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return ValueError(f"{path} cannot be read as weights ({first}); give a .pth or .safetensors file of tensors alone")
