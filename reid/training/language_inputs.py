"""What the training of the text search starts from: a backbone, and labels that another training completed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid import checkpoint, registry
from reid.checkpoint import sha256
from reid.data.attributes import ATTRIBUTES, UNKNOWN
from reid.data.described import Described
from reid.data.filling import filled
from reid.data.pictures import cache_key
from reid.networks.crossmodal import CrossModalNetwork

# Told only of those who have it, so that its rate says nothing.
_UNRELIABLE = frozenset({"tshirt", "jacket", "sweater", "suit", "hair_band"})


def said_of_backbone(path: Path | None) -> str | None:
    """For the card: where the backbone comes from."""
    if path is None or path.is_file():
        return None if path is None else "ImageNet"
    card = checkpoint.read_card(path)
    return f"from a checkpoint for {card['kind']}, weights {card['files'][checkpoint.WEIGHTS][:16]}"


def continue_from(network: CrossModalNetwork, path: Path) -> None:
    """Take over the weights of a checkpoint of the same architecture; its words may be others.

    Means (see Centre) that it does not have yet begin at 0.

    Raises:
        ValueError: if its architecture is another.
    """
    own = network.state_dict()
    taken = {f"image.{name}": tensor for name, tensor in checkpoint.load_weights(path, "image.").items()}
    taken |= {f"text.{name}": tensor for name, tensor in checkpoint.load_weights(path, "text.").items()}
    taken |= {name: own[name] for name in ("text.codes", "text.scales", "log_scale")}
    taken = {name: own[name] for name in own if ".halves." in name} | taken
    try:
        network.load_state_dict(taken)
    except RuntimeError as error:
        raise ValueError(f"{path} has another architecture ({str(error).splitlines()[-1].strip()})") from None


def completed(people: Described, pictures: NDArray[np.uint8], first: Path, cache: Path) -> Described:
    """With the attributes filled in that a data set tells of nobody, as a first network sees them.

    Of Market-1501 these are some, of people of whom nothing is told (`described.crowd`) nearly all.
    """
    target = cache / f"seen-{cache_key(people.samples, sha256(first / checkpoint.WEIGHTS))}.npy"
    if not target.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(target, _seen(pictures, first))
    seen, labels = np.load(target), people.labels.copy()
    sets = np.array([sample.dataset for sample in people.samples])
    for name in sorted(set(sets) - {"peta"}):
        within = sets == name
        columns = [
            column
            for column in range(people.labels.shape[1])
            if (people.labels[within, column] == UNKNOWN).all() and ATTRIBUTES[column] not in _UNRELIABLE
        ]
        labels[within] = filled(people.labels, people.people, seen, columns, among=within)[within]
    return Described(people.samples, people.people, labels)


def _seen(pictures: NDArray[np.uint8], first: Path) -> NDArray[np.float32]:
    """(N, A) attribute half of the pictures' vectors, as the encoder of a checkpoint gives them."""
    attributes = int(checkpoint.read_card(first)["network"]["args"]["attributes"])
    encoder = registry.open_encoder(first)
    return np.concatenate(
        [encoder.encode(list(pictures[start : start + 256]))[:, -attributes:] for start in range(0, len(pictures), 256)]
    )
